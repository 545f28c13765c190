"""MSG: read as the e-mail that it is; other OLE files are refused by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND
from tests.helpers.office_makers import compound_file, msg


def test_a_message_has_fields_and_no_quotations(tmp_path: Path) -> None:
    body = f"{FIRST}\r\n\r\n{SECOND}\r\n\r\n-----Original Message-----\r\nFrom: Bob\r\n\r\nIs it open?\r\n"
    document = read_one("a.msg", msg("The bridge", "Anna Smith", body), tmp_path)
    assert document.text == f"{FIRST}\n\n{SECOND}"
    assert document.fields == {"subject": "The bridge", "from": "Anna Smith <anna@example.org>"}


def test_a_message_of_html(tmp_path: Path) -> None:
    html = f"<html><body><p>{FIRST}</p><p>{SECOND}</p></body></html>"
    text = read_one("a.msg", msg("The bridge", "Anna", "", html), tmp_path).text
    assert FIRST in text
    assert "<p>" not in text


@pytest.mark.parametrize(
    ("code_page", "body"), [(950, "橋在三月關閉。"), (1252, "Das Café öffnet."), (932, "橋は閉まる。")]
)
def test_code_pages(code_page: int, body: str, tmp_path: Path) -> None:
    assert read_one("a.msg", msg("x", "Anna", body, code_page=code_page), tmp_path).text == body


def test_an_empty_message_is_refused(tmp_path: Path) -> None:
    assert error_of("a.msg", msg("The bridge", "Anna", ""), tmp_path) == ": holds no text"


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ("WordDocument", "is a Word 97 document (DOC); save it as DOCX or PDF"),
        ("PowerPoint Document", "is a PowerPoint 97 presentation (PPT); save it as PPTX or PDF"),
        ("EncryptedPackage", "is protected by a password"),
        ("ENCRYPTEDPACKAGE", "is protected by a password"),
        ("Contents", "is in an old Office format; save it as DOCX or PDF"),
    ],
)
@pytest.mark.parametrize("name", ["a.doc", "a.docx", "a.data"])
def test_other_ole_files_are_refused(stream: str, message: str, name: str, tmp_path: Path) -> None:
    assert error_of(name, compound_file({stream: b"x"}), tmp_path) == f": {message}"


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    assert "is damaged" in error_of("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), tmp_path)
