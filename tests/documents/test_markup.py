"""Markdown and HTML: which text is taken, and which is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES

FILES = makers.every_format()


def test_html_gives_only_the_article(tmp_path: Path) -> None:
    document = read_one("a.html", FILES[".html"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, THIRD))


@pytest.mark.parametrize(
    "page",
    [
        "<p>Just this line.</p>",
        "<html><body>Just <b>this</b> line.",
        "<!doctype html><div>Just<br>this<br/>line.",
        "<body><p>Just<br>this line.</p>",
    ],
)
def test_a_short_page_is_read_whole(tmp_path: Path, page: str) -> None:
    assert read_one("a.html", page.encode(), tmp_path).text == "Just this line."


def test_a_page_is_decoded_as_it_declares(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="ISO-8859-2"></head><body><article><p>Łódź – {FIRST}</p></article></body></html>'
    data = page.replace("–", "-").encode("iso-8859-2")
    assert read_one("a.html", data, tmp_path).text.startswith("Łódź - The swing")


def test_blocks_of_code_are_left_out(tmp_path: Path) -> None:
    code = "<pre><code>x = 1\ny = 2</code></pre>"
    page = f"<html><body><article><p>{FIRST} See <code>bridge</code>.</p>{code}<p>{SECOND}</p>"
    assert read_one("a.html", page.encode(), tmp_path).text == f"{FIRST} See bridge.\n\n{SECOND}"


def test_a_page_without_text_is_an_error(tmp_path: Path) -> None:
    assert error_of("a.html", b"<html><body><script>x()</script></body></html>", tmp_path) == ": holds no text"


def test_markdown_gives_text_without_marks_and_code(tmp_path: Path) -> None:
    text = read_one("a.md", FILES[".md"], tmp_path).text
    for mark in ("#", "**", "`", "](", "print", "front matter", ">", "```", "bridge.png"):
        assert mark not in text
    assert "a drawing of it" in text
    assert "mast | nine" in text
