"""Documents read from bytes, as a file of any name would hold them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from summarize.documents import Document, ReadOptions, read_documents
from summarize.errors import DocumentError


def read_bytes(name: str, data: bytes, folder: Path, **options: Any) -> list[Document | DocumentError]:
    """The documents, or errors instead of them, of a file with a name. options: of ReadOptions."""
    (folder / name).write_bytes(data)
    return list(read_documents([str(folder / name)], ReadOptions(**options)))


def read_one(name: str, data: bytes, folder: Path, **options: Any) -> Document:
    """The one document of a file."""
    (document,) = read_bytes(name, data, folder, **options)
    assert isinstance(document, Document), document
    return document


def error_of(name: str, data: bytes, folder: Path, **options: Any) -> str:
    """The one error of a file, without the path that it begins with."""
    (error,) = read_bytes(name, data, folder, **options)
    assert isinstance(error, DocumentError), error
    path = str(folder / name)
    assert str(error).startswith(path)
    assert "\n" not in str(error)
    return str(error).removeprefix(path)


def texts_of(documents: Sequence[Document | DocumentError]) -> list[str]:
    """The texts of documents, none of which is an error."""
    assert all(isinstance(document, Document) for document in documents), documents
    return [document.text for document in documents if isinstance(document, Document)]
