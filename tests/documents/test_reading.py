"""A path to the one document that it names, or to an error."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from summarize.documents import Document, read_document, try_read_document
from summarize.errors import DocumentError

TEXT = "Le café – « déjà fermé » – coûte 5 €.\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_document_is_read_from_a_path(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.txt", TEXT))
    assert read_document(path) == Document(path, TEXT)


def test_try_read_document_returns_the_error(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.txt", TEXT))
    assert try_read_document(path) == Document(path, TEXT)
    error = try_read_document(str(tmp_path))
    assert isinstance(error, DocumentError)
    assert "is a folder" in str(error)


def test_a_document_is_read_from_standard_input() -> None:
    assert read_document("-", io.BytesIO(TEXT.encode())) == Document("stdin", TEXT)


def test_an_empty_standard_input_is_an_error() -> None:
    with pytest.raises(DocumentError, match=r"^stdin: is empty"):
        read_document("-", io.BytesIO(b""))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.txt: no such file"):
        read_document(str(tmp_path / "nowhere.txt"))


def test_a_folder_is_refused_without_recursive(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is a folder; --recursive reads"):
        read_document(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n", "\ufeff".encode(), "\u00a0\u2003\n".encode()])
def test_a_document_without_text_is_empty(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"a\.txt: is empty"):
        read_document(str(write(tmp_path / "a.txt", content)))


@pytest.mark.parametrize("path", ["", "a\0b", "a" * 5000])
def test_an_impossible_path_is_an_error(path: str) -> None:
    with pytest.raises(DocumentError):
        read_document(path)
