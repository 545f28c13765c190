"""What styles, classes and the style sheets of a page hide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES


def text_of(page: str, folder: Path) -> str:
    return read_one("a.html", page.encode(), folder).text


def article(*parts: str) -> str:
    """A page with an article of these parts."""
    return f"<!doctype html><html><body><article><h1>{TITLES[0]}</h1>{''.join(parts)}</article></body></html>"


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


@pytest.mark.parametrize("style", ["font-size:0", "font-size: 0px !important", "opacity: 0;", "color:red;opacity:0.0"])
def test_letters_without_size_or_colour_are_hidden(style: str, tmp_path: Path) -> None:
    for tag in ("p", "span", "div"):
        page = article(f"<p>{FIRST}</p><{tag} style='{style}'>The keeper slept in the tower.</{tag}><p>{SECOND}</p>")
        assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND))


def test_classes_that_hide(tmp_path: Path) -> None:
    hidden = "<div class='d-none'><p>Cheap loans are offered to everybody who comes here today.</p></div>"
    page = article(f"<p>{FIRST}</p>", hidden, f"<div class='hidden md:block'><p>{SECOND}</p></div><p>{THIRD}</p>")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND, THIRD))
