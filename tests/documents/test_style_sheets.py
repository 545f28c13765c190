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
        ".a { display: none } .a::after, p:hover > .a, .a.b > i { display: block } .a.b { visibility: visible }",
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
        ".a { display: none } .x, .a.b:not(.c, .d) { display: block }",
        "div > p.a { display: block } .a { display: none }",
        "p.a { display: block } .a { display: none }",
    ],
)
def test_what_a_sheet_hides_elsewhere_is_read(tmp_path: Path, rules: str) -> None:
    """In print, never in the end, in other elements; and what holds most of the text, for a script shows it."""
    page = article(
        f"<style>{rules}</style><div class='all'><p>{FIRST}</p><p class='a'>{SECOND}</p><p>{THIRD}</p></div>"
    )
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND, THIRD))


@pytest.mark.parametrize(
    ("sheet", "style"),
    [
        ("<style>", "display: block"),
        ("<style media='not screen'>", ""),
        ("<style media='screen and (max-width: 600px)'>", ""),
        ("<noscript><style>", ""),
    ],
)
def test_a_sheet_that_does_not_hide_an_element(tmp_path: Path, sheet: str, style: str) -> None:
    """Its own style is stronger; the sheet is for some screens, or for browsers that run no scripts."""
    end = "</style></noscript>" if "noscript" in sheet else "</style>"
    rest = f"<p>{FIRST}</p><p class='a' style='{style}'>{SECOND}</p><p>{THIRD}</p>"
    page = article(f"{sheet}.a {{ display: none }}{end}{rest}")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND, THIRD))


def test_sections_that_a_script_shows_are_read(tmp_path: Path) -> None:
    """Scripts and sheets are no part of a page's text, of which a sheet may hide only a part."""
    tabs = [f"<div class='tab'><p>{text}</p></div>" for text in (FIRST, SECOND, THIRD, FIRST.replace("swing", "old"))]
    page = article("<style>.tab{display:none}</style>", *tabs, f"<script>{'show(1);' * 2000}</script>")
    assert text_of(page, tmp_path).count("\n\n") == 4


def test_hidden_text_within_hidden_text_is_counted_once(tmp_path: Path) -> None:
    hidden = "<div class='a'><div class='a'><div class='a'><p>The keeper slept in the tower.</p></div></div></div>"
    page = article(f"<style>.a{{display:none}}</style><p>{FIRST}</p>{hidden}")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST))


@pytest.mark.parametrize("style", ["font-size:0", "font-size: 0px !important", "opacity: 0;", "color:red;opacity:0.0"])
def test_letters_without_size_or_colour_are_hidden(style: str, tmp_path: Path) -> None:
    for tag in ("p", "span", "div"):
        page = article(f"<p>{FIRST}</p><{tag} style='{style}'>The keeper slept in the tower.</{tag}><p>{SECOND}</p>")
        assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND))


def test_classes_that_hide(tmp_path: Path) -> None:
    hidden = "<div class='d-none'><p>Cheap loans are offered to everybody who comes here today.</p></div>"
    page = article(f"<p>{FIRST}</p>", hidden, f"<div class='hidden md:block'><p>{SECOND}</p></div><p>{THIRD}</p>")
    assert text_of(page, tmp_path) == "\n\n".join((TITLES[0], FIRST, SECOND, THIRD))
