"""Data sets of documents with their reference summaries, for training and scoring."""

from __future__ import annotations

import csv
import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from summarize.documents.document import DOCUMENT_FIELDS
from summarize.errors import DataError

SUMMARY_FIELDS = ("summary", "highlights", "target")
_COMPRESSIONS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}


@dataclass(frozen=True)
class TextPair:
    """A document with its reference summary, one sentence a line; candidates: other summaries of it, each with how good
    it is (0–1), for learning to rank."""

    id: str
    document: str
    summary: str
    candidates: tuple[tuple[str, float], ...] = ()


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


def _candidates(row: dict[str, Any], where: str) -> tuple[tuple[str, float], ...]:
    """The candidates of a row, in which they are a list of objects with a summary and a score; most rows have none."""
    try:
        return tuple((str(each["summary"]), float(each["score"])) for each in row.get("candidates") or ())
    except (TypeError, KeyError, ValueError):
        raise DataError(f'{where}: candidates are [{{"summary": text, "score": 0-1}}, ...]') from None


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
                id_ = str(number if row.get("id") is None else row["id"])
                yield TextPair(id_, document, summary, _candidates(row, place))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
