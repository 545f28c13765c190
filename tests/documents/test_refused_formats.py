"""Files without text are refused by their first bytes, with what they are and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarize.documents.refused_formats import refusal
from tests.helpers.documents import error_of, read_one


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a JPEG picture; run OCR first, as with ocrmypdf"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG picture; run OCR first, as with ocrmypdf"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "is a WAV recording; transcribe it first"),
        (b"ID3\x04\0", "is an MP3 recording; transcribe it first"),
        (b"\0\0\0\x18ftypmp42", "is an MP4 video; transcribe it first"),
        (b"\0\0\0\x18ftypM4A ", "is an M4A recording; transcribe it first"),
        (b"x" * 60 + b"BOOKMOBI", "is a Kindle or Mobipocket book; convert it to EPUB, as with Calibre"),
        (b"AT&TFORM\0\0", "is a DjVu document; convert it to PDF and run OCR"),
        (b"a" * 257 + b"ustar\0", "is a tar archive; unpack it first"),
        (b"%!PS-Adobe-3.0", "is a PostScript file; convert it to PDF, as with ps2pdf"),
        (b"\x7fELF\2", "is a program; give its documentation instead"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.data", "a.docx"])
def test_a_file_without_text_is_refused_by_its_name(head: bytes, message: str, name: str, tmp_path: Path) -> None:
    assert error_of(name, head + bytes(100), tmp_path) == f": {message}"


@pytest.mark.parametrize(
    "text", ["MZ is short for Mozart.", "BM25 ranks passages.", "GIF is a format.", "Rar! he said."]
)
def test_texts_that_begin_alike_are_read(text: str, tmp_path: Path) -> None:
    assert refusal(text.encode()) is None
    assert read_one("a.txt", text.encode(), tmp_path).text == text
