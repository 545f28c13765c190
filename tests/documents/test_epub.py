"""EPUB: which pages are text of the book, and what is left out of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from summarize.documents import Document
from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES

FILES = makers.every_format()
CASES = Path(__file__).parent / "cases"
HEAD = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'


def book(pages: Mapping[str, str], guide: str = "") -> bytes:
    """A book. pages: the body element, or what is in it, by file name."""
    items = "".join(
        f'<item id="i{i}" href="{name}" media-type="application/xhtml+xml"/>' for i, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="i{i}"/>' for i in range(len(pages)))
    package = f"""<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine>
        <guide>{guide}</guide></package>"""
    bodies = {
        f"OEBPS/{name}": f"{HEAD}{body if body.startswith('<body') else f'<body>{body}</body>'}</html>"
        for name, body in pages.items()
    }
    return makers.epub({"OEBPS/book.opf": package, **bodies})


def case(name: str, folder: Path) -> Document:
    return read_one("a.epub", (CASES / f"epub-{name}.epub").read_bytes(), folder)


def test_chapters_are_read_in_order(tmp_path: Path) -> None:
    document = read_one("a.epub", FILES[".epub"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, THIRD))


def test_a_protected_book_is_refused(tmp_path: Path) -> None:
    encryption = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData
        xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="OEBPS/text/one.xhtml"/></CipherData>
        </EncryptedData></encryption>"""
    assert error_of("a.epub", makers.epub({"META-INF/encryption.xml": encryption}), tmp_path) == ": is protected (DRM)"


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    package = f"""<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY n SYSTEM
        "http://192.0.2.1/">]><package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a"
        href="text/one.xhtml" media-type="application/xhtml+xml"/></manifest><t>&e;&n;</t>
        <spine><itemref idref="a"/></spine></package>"""
    chapter = f"""<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e SYSTEM "file://{secret}">]><html
        xmlns="http://www.w3.org/1999/xhtml"><body><p>Here: &e;</p></body></html>"""
    data = makers.epub({"OEBPS/book.opf": package, "OEBPS/text/one.xhtml": chapter})
    assert "secret" not in read_one("a.epub", data, tmp_path).text
    assert "secret" not in read_one("a.html", chapter.encode(), tmp_path).text


def test_case_imprint(tmp_path: Path) -> None:
    text = case("imprint", tmp_path).text
    assert text.startswith("I\n\nThe mill was sold")
    assert "edition" not in text
    assert "type drawn" not in text


def test_case_missing_chapter(tmp_path: Path) -> None:
    document = case("missing-chapter", tmp_path)
    assert [section.title for section in document.sections] == ["One", "Three"]
    assert document.notes == ("the chapter OEBPS/c1.xhtml is missing and is left out",)


def test_case_verse(tmp_path: Path) -> None:
    text = case("verse", tmp_path).text
    assert (
        "in spring, carrying the doors of nine drowned houses, and the miller stood upon the weir to count what" in text
    )


CHAPTER = f"<h1>{TITLES[0]}</h1><p>{FIRST}</p>"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("p1.xhtml", '<body epub:type="frontmatter copyright-page"><p>All rights reserved.</p></body>'),
        ("p1.xhtml", '<section epub:type="titlepage"><h1>The bridge</h1></section>'),
        ("p1.xhtml", '<section role="doc-dedication"><p>For Anna.</p></section>'),
        ("p1.xhtml", '<div role="doc-acknowledgments"><h2>Thanks</h2><p>To all.</p></div>'),
        ("p1.xhtml", '<section epub:type="index"><h2>Names</h2><p>Anna, 4, 7</p></section>'),
        ("copyright.xhtml", "<p>All rights reserved.</p>"),
        ("Title_Page01.xhtml", "<h1>The bridge</h1><p>A novel</p>"),
        ("p1.xhtml", "<h2>Table of Contents</h2><p>One</p><p>Two</p>"),
        ("p1.xhtml", "<h2>Acknowledgements</h2><p>My thanks go to all of them.</p>"),
        ("p1.xhtml", "<h2>Also by Anna Smith</h2><p>The mill</p>"),
    ],
)
def test_pages_that_are_no_text_are_left_out(name: str, body: str, tmp_path: Path) -> None:
    text = read_one("a.epub", book({name: body, "c1.xhtml": CHAPTER}), tmp_path).text
    assert text == f"{TITLES[0]}\n\n{FIRST}"


def test_the_guide_of_epub_2_names_such_pages(tmp_path: Path) -> None:
    guide = '<reference type="copyright-page" href="p1.xhtml"/><reference type="text" href="c1.xhtml#top"/>'
    data = book({"p1.xhtml": "<p>Printed at the quay.</p>", "c1.xhtml": CHAPTER}, guide)
    assert read_one("a.epub", data, tmp_path).text == f"{TITLES[0]}\n\n{FIRST}"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("index.xhtml", f"<p>{SECOND}</p>"),  # a usual name for a page of text
        ("p1.xhtml", f"<h2>Notes from the quay</h2><p>{SECOND}</p>"),
        ("p1.xhtml", f'<body epub:type="bodymatter chapter"><h2>Cover story</h2><p>{SECOND}</p></body>'),
        ("index_split_001.html", f"<p>{SECOND}</p>"),
        ("copyright.xhtml", f'<section epub:type="chapter"><p>{SECOND}</p></section>'),  # its type says what it is
    ],
)
def test_pages_of_text_are_kept(name: str, body: str, tmp_path: Path) -> None:
    assert SECOND in read_one("a.epub", book({name: body, "c1.xhtml": CHAPTER}), tmp_path).text


def test_a_book_of_such_pages_only_is_read(tmp_path: Path) -> None:
    assert SECOND in read_one("a.epub", book({"cover.xhtml": f"<p>{SECOND}</p>"}), tmp_path).text


def test_a_section_of_contents_within_a_page_is_left_out(tmp_path: Path) -> None:
    body = f"<h2>Contents</h2><p>One 3</p><p>Two 9</p><h2>One</h2><p>{FIRST}</p>"
    assert (
        read_one("a.epub", book({"c1.xhtml": f"<h1>A book</h1>{body}"}), tmp_path).text == f"A book\n\nOne\n\n{FIRST}"
    )


def test_notes_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    body = (
        '<p>The mill<a epub:type="noteref" href="#n">1</a> was<span epub:type="pagebreak" title="9">9</span> sold'
        '<a role="doc-noteref" href="#m">2</a>.<span class="pagenum">[Pg 3]</span></p>'
        '<aside epub:type="footnote" id="n"><p>For a crown.</p></aside><p>It rained.</p>'
        '<section epub:type="endnotes"><h2>Notes</h2><p>All of them.</p></section>'
        '<div class="footnote"><p>[1] For two crowns.</p></div>'
    )
    assert read_one("a.epub", book({"c1.xhtml": body}), tmp_path).text == "The mill was sold.\n\nIt rained."


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("", "is missing"),
        ("<p", "is damaged"),
    ],
)
def test_the_rest_of_a_damaged_book_is_read(damage: str, reason: str, tmp_path: Path) -> None:
    data = book({"c1.xhtml": "x", "c2.xhtml": CHAPTER})
    if damage:
        data = data.replace(b"OEBPS/c1.xhtml", b"OEBPS/c0.xhtml", 1)  # the name before the data is not the directory's
    else:
        data = data.replace(b"OEBPS/c1.xhtml", b"OEBPS/c0.xhtml")
    document = read_one("a.epub", data, tmp_path)
    assert document.text == f"{TITLES[0]}\n\n{FIRST}"
    (note,) = document.notes
    assert note.startswith(f"the chapter OEBPS/c1.xhtml {reason}")
    assert note.endswith(" and is left out")


def test_a_book_without_a_readable_chapter_is_refused(tmp_path: Path) -> None:
    data = book({"c1.xhtml": CHAPTER}).replace(b"OEBPS/c1.xhtml", b"OEBPS/c0.xhtml")
    assert "none of its chapters can be read; the chapter OEBPS/c1.xhtml is missing" in error_of(
        "a.epub", data, tmp_path
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('<div class="stanza"><p>The mill was old</p><p>Its wheel was gone.</p></div>',
         "The mill was old Its wheel was gone."),
        ("<p>They carried the boats,</p><p>the oars and the sails</p><p>to the weir.</p>",
         "They carried the boats, the oars and the sails to the weir."),
        ("<p>They came by night;</p><p>The tide was high,</p><p>And nobody saw.</p>",
         "They came by night; The tide was high, And nobody saw."),
        ('<p class="verse"><span>Who rings</span><br/><span>the bell?</span></p>', "Who rings the bell?"),
        ("<p>They came by night.</p><p>The tide was high.</p>", "They came by night.\n\nThe tide was high."),
        ("<p>Apples</p><p>Pears</p>", "Apples\n\nPears"),
    ],
)  # fmt: skip
def test_verse(body: str, text: str, tmp_path: Path) -> None:
    assert read_one("a.epub", book({"c1.xhtml": body}), tmp_path).text == text


def test_xhtml_of_the_web_and_named_characters(tmp_path: Path) -> None:
    data = book({"c1.xhtml": "<p>Caf&eacute;&nbsp;&amp; quay<p>Unclosed &mdash; & bare"})
    assert read_one("a.epub", data, tmp_path).text == "Café & quay\n\nUnclosed — & bare"
    closed = makers.epub(
        {"OEBPS/text/one.xhtml": f"{HEAD}<head><title/><script/></head><body><p>{FIRST}</p></body></html>"}
    )
    assert FIRST in read_one("a.epub", closed, tmp_path).text


def test_names_that_differ_in_case(tmp_path: Path) -> None:
    data = makers.epub().replace(b"OEBPS/text/one.xhtml", b"OEBPS/Text/One.xhtml")
    document = read_one("a.epub", data, tmp_path)
    assert FIRST in document.text
    assert document.notes == ()


def test_a_chapter_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    data = book({"one.xhtml": f"<p>{FIRST}</p>", "two.xhtml": "\x00\x01\x02" * 200})
    document = read_one("a.epub", data, tmp_path)
    assert document.text == FIRST
    assert document.notes == ("the chapter OEBPS/two.xhtml is damaged (it is not text) and is left out",)


@pytest.mark.parametrize("attribute", ['id="pg-header"', 'class="pgheader"'])
def test_project_gutenbergs_notices_are_left_out(attribute: str, tmp_path: Path) -> None:
    notice = f"<div {attribute}><h2>The Project Gutenberg eBook of The Mill</h2><p>For the use of anyone.</p></div>"
    assert read_one("a.epub", book({"one.xhtml": f"{notice}<p>{FIRST}</p>"}), tmp_path).text == FIRST


@pytest.mark.parametrize("container", ["", "<container/>", "<container"])
def test_a_book_without_a_container_or_a_reading_order(container: str, tmp_path: Path) -> None:
    package = """<package xmlns="http://www.idpf.org/2007/opf"><manifest>
        <item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/></manifest></package>"""
    data = makers.epub({"META-INF/container.xml": container, "OEBPS/book.opf": package})
    assert read_one("a.epub", data, tmp_path).text == f"{TITLES[0]}\n\n{FIRST}"


def test_encodings(tmp_path: Path) -> None:
    page = '<?xml version="1.0" encoding="{}"?><html><body><p>Café – “quay”</p></body></html>'
    for encoding in ("windows-1252", "utf-8", "utf-16"):
        data = makers.epub({"OEBPS/text/one.xhtml": page.format(encoding).encode(encoding)})
        assert "Café – “quay”" in read_one("a.epub", data, tmp_path).text
