"""DOCX, EPUB and other archives: which text is taken, and which files are refused."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES

FILES = makers.every_format()


def test_docx_gives_lists_and_tables_in_order_without_page_headers(tmp_path: Path) -> None:
    document = read_one("a.docx", FILES[".docx"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, "mast | nine", THIRD))


def test_epub_gives_chapters_in_reading_order(tmp_path: Path) -> None:
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


def test_old_office_files_and_other_archives_are_refused(tmp_path: Path) -> None:
    assert "old Office format" in error_of("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), tmp_path)
    assert "neither DOCX nor EPUB" in error_of("a.zip", makers.zip_of({"x": "y"}), tmp_path)
