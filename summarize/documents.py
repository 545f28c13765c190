"""Documents and pairs of texts from files and streams: bytes in, text out, one sentence where that cannot be done."""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import lzma
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from summarize.errors import DataError, DocumentError

SUMMARY_FIELDS = ("summary", "highlights", "target")
DOCUMENT_FIELDS = ("document", "article", "text", "dialogue", "source")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROLS = [bytes([byte]) for byte in range(32) if byte not in b"\t\n\r\f\v\b\x1b"]
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
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    head = data[:65536]
    controls = sum(head.count(byte) for byte in CONTROLS)
    if b"\0" in head or controls * 50 > len(head):
        raise DocumentError(f"{source}: is not text (it has control bytes)")
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    if not wrong or wrong * 4 <= sum(c > "\x7f" for c in text):
        return text  # UTF-8, perhaps with a few bytes damaged or cut off
    return data.decode(_guess_encoding(data), errors="replace")


def _guess_encoding(data: bytes) -> str:
    """The single- or multi-byte encoding that bytes look like; Western where the guess is any Latin one, for the
    differences between those are too small to be told from a short text, and what is read here is English."""
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines() if any(byte > 127 for byte in line)]
    best = from_bytes(b"\n".join(lines)[:65536]).best()
    latin = ("Basic Latin", "Latin", "General Punctuation", "Currency", "Control", "Letterlike", "Spacing")
    if best is None or all(alphabet.startswith(latin) for alphabet in best.alphabets):
        return "cp1252"
    return best.encoding


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
        csv.field_size_limit(2**31 - 1)  # the module's own is shorter than many documents
        reader = csv.DictReader(lines, delimiter="\t" if _suffix(path) == ".tsv" else ",")
        for row in reader:
            yield reader.line_num, row
        return
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
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
    return (Path(path.stem) if path.suffix in _COMPRESSIONS else path).suffix.lower()


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
                yield TextPair(str(number if row.get("id") is None else row["id"]), document, summary)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
