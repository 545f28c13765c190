"""What the style sheets of a page hide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents.test_html import article, text_of
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES


@pytest.mark.parametrize(
    "rules",
    [
        "/* */ p, .a.b { color: red } .a, #x { display:none }",
        "@media print { p { display: none } } p#x { visibility: hidden }",
        ".a { display: block } @import 'b.css'; .a { color: red; display: none !important }",
    ],
)
def test_what_a_sheet_hides_is_left_out(tmp_path: Path, rules: str) -> None:
    page = article(f"<style>{rules}</style><p>{FIRST}</p><p class='no a' id='x'>{SECOND}</p><p>{THIRD}</p>")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, THIRD))


@pytest.mark.parametrize(
    "rules",
    [
        "@media print { .a { display: none } }",
        ".a { display: none } .a { display: block }",
        "div .a, .a:hover, .a.b { display: none }",
        ".all { display: none }",
    ],
)
def test_what_a_sheet_hides_elsewhere_is_read(tmp_path: Path, rules: str) -> None:
    """In print, never in the end, in other elements; and what holds most of the text, for a script shows it."""
    page = article(
        f"<style>{rules}</style><div class='all'><p>{FIRST}</p><p class='a'>{SECOND}</p><p>{THIRD}</p></div>"
    )
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND, THIRD))
