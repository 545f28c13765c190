"""Documents and pairs of texts from files and streams: bytes in, text out, one sentence where that cannot be done."""

from __future__ import annotations

import csv
import gzip
import json
import lzma
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from summarize.errors import DataError, DocumentError

SUMMARY_FIELDS = ("summary", "highlights", "target")
DOCUMENT_FIELDS = ("document", "article", "text", "dialogue", "source")
_COMPRESSIONS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}


@dataclass(frozen=True)
class Document:
    """A text to summarise and where it came from (a path, or "stdin")."""

    source: str
    text: str


@dataclass(frozen=True)
class TextPair:
    """A document with its reference summary, one sentence a line."""

    id: str
    document: str
    summary: str


def decode(data: bytes, source: str) -> str:
    """Bytes to text: by its byte order mark, as UTF-8, or in the encoding that the bytes look like.

    Raises DocumentError where they do not look like text.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data[:65536]:
        raise DocumentError(f"{source}: is not text (it has NUL bytes)")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(data[:65536]).best()
        if best is None:
            raise DocumentError(f"{source}: is not text in any known encoding") from None
        return data.decode(best.encoding, errors="replace")


def read_document(path: str, stdin: BinaryIO | None = None) -> Document:
    """Read the document at a path; "-" is standard input. Raises DocumentError."""
    source = "stdin" if path == "-" else path
    try:
        if path == "-":
            data = (stdin or sys.stdin.buffer).read()
        else:
            data = Path(path).read_bytes()
    except IsADirectoryError:
        raise DocumentError(f"{path}: is a folder; name its files, as in {path}/*.txt") from None
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path}: cannot be read: {getattr(error, 'strerror', error)}") from None
    text = decode(data, source)
    if not text.strip():
        raise DocumentError(f"{source}: is empty")
    return Document(source, text)


def try_read_document(path: str) -> Document | DocumentError:
    """The document at a path, or the error in its place."""
    try:
        return read_document(path)
    except DocumentError as error:
        return error


def _records(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, fields) of each row of JSON Lines, CSV or TSV."""
    if _suffix(path) in (".csv", ".tsv"):
        reader = csv.DictReader(lines, delimiter="\t" if _suffix(path) == ".tsv" else ",")
        for row in reader:
            yield reader.line_num, row
        return
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number}: is not JSON: {error}") from None
            if not isinstance(row, dict):
                raise DataError(f"{path}, line {number}: is not a JSON object")
            yield number, row


def _field(row: dict[str, Any], wanted: str | None, usual: tuple[str, ...], kind: str, where: str) -> str:
    """The text of one field, by the name asked for or one of the usual names."""
    name = wanted or next((n for n in usual if n in row), usual[0])
    if name not in row:
        has = ", ".join(map(str, row)) or "nothing"
        raise DataError(f"{where}: has no field {name!r} (it has {has}); --{kind}-field names it")
    if not isinstance(row[name], str):
        raise DataError(f"{where}: the field {name!r} is not text")
    return row[name]


def _suffix(path: Path) -> str:
    """What kind of file it is, under its compression."""
    return Path(path.stem).suffix if path.suffix in _COMPRESSIONS else path.suffix


def _open_lines(path: Path) -> TextIO:
    opener = _COMPRESSIONS.get(path.suffix, open)
    newline = "" if _suffix(path) in (".csv", ".tsv") else None
    return opener(path, "rt", encoding="utf-8-sig", newline=newline)


def read_pairs(
    path: Path,
    document_field: str | None = None,
    summary_field: str | None = None,
    where: str | None = None,
) -> Iterator[TextPair]:
    """Pairs of a JSON Lines, CSV or TSV file, plain or compressed (.gz, .xz), one by one.

    where: "field=value" keeps the rows whose field has that value (as text, or as JSON: true, 3).
    Raises DataError with file and line.
    """
    key, _, value = (where or "").partition("=")
    try:
        with _open_lines(path) as lines:
            for number, row in _records(path, lines):
                if where and value not in (row.get(key), json.dumps(row.get(key))):
                    continue
                place = f"{path}, line {number}"
                document = _field(row, document_field, DOCUMENT_FIELDS, "document", place)
                summary = _field(row, summary_field, SUMMARY_FIELDS, "summary", place)
                yield TextPair(str(row.get("id", number)), document, summary)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, lzma.LZMAError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
