"""Data sets of documents with their reference summaries, for training and scoring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summarize.documents.document import DOCUMENT_FIELDS
from summarize.documents.tables import is_kept, records, required
from summarize.errors import DataError

SUMMARY_FIELDS = ("summary", "highlights", "target")


@dataclass(frozen=True)
class TextPair:
    """A document with its reference summary, one sentence a line; candidates: other summaries of it, each with how good
    it is (0–1), for learning to rank."""

    id: str
    document: str
    summary: str
    candidates: tuple[tuple[str, float], ...] = ()


def _field(row: dict[str, Any], wanted: str | None, usual: tuple[str, ...], kind: str, where: str) -> str:
    """The text of one field, by the name asked for or one of the usual names."""
    name = wanted or next((n for n in usual if n in row), usual[0])
    text = required(row, name, kind, where)
    if not isinstance(text, str):
        raise DataError(f"{where}: the field {name!r} is not text")
    return text


def _candidates(row: dict[str, Any], where: str) -> tuple[tuple[str, float], ...]:
    """The candidates of a row, in which they are a list of objects with a summary and a score; most rows have none."""
    try:
        return tuple((str(each["summary"]), float(each["score"])) for each in row.get("candidates") or ())
    except (TypeError, KeyError, ValueError):
        raise DataError(f'{where}: candidates are [{{"summary": text, "score": 0-1}}, ...]') from None


def read_pairs(
    path: Path,
    document_field: str | None = None,
    summary_field: str | None = None,
    where: str | None = None,
) -> Iterator[TextPair]:
    """Pairs of a JSON Lines, CSV, TSV or Parquet file, plain or compressed (.gz, .xz), one by one.

    where: "field=value" keeps the rows whose field has that value (as text, or as JSON: true, 3).
    Raises DataError with file and line.
    """
    for place, row in records(path):
        if is_kept(row, where):
            document = _field(row, document_field, DOCUMENT_FIELDS, "document", place)
            summary = _field(row, summary_field, SUMMARY_FIELDS, "summary", place)
            id_ = place.rpartition(" ")[2] if row.get("id") is None else row["id"]
            yield TextPair(str(id_), document, summary, _candidates(row, place))
