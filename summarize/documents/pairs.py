"""Data sets of documents with their reference summaries, for training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summarize.documents.dataset_rows import dataset_rows, given_id, required_field, row_matches
from summarize.documents.document import DOCUMENT_FIELDS
from summarize.documents.tables import find_field
from summarize.errors import DataError

SUMMARY_FIELDS = ("summary", "highlights", "target", "reference", "abstract", "tldr")


@dataclass(frozen=True)
class TextPair:
    """A document with its reference summary, one sentence a line.

    candidates: other summaries of it, each with its score (0–1), for learning to rank.
    """

    id: str
    document: str
    summary: str
    candidates: tuple[tuple[str, float], ...] = ()


def _text(row: dict[str, Any], name: str | None, kind: str, location: str, *, null_is_empty: bool) -> str:
    """The text of the field with a name, or else with the first of the usual names of its kind; of a list of sentences,
    a line each."""
    usual_names = DOCUMENT_FIELDS if kind == "document" else SUMMARY_FIELDS
    name = name or find_field(row, usual_names) or usual_names[0]
    text = required_field(row, name, kind, location)
    if text is None and null_is_empty:
        return ""
    if isinstance(text, list) and all(isinstance(sentence, str) for sentence in text):
        return "\n".join(text)
    if not isinstance(text, str):
        raise DataError(f"{location}: the field {name!r} is neither text nor a list of sentences")
    return text


def _candidates(row: dict[str, Any], location: str) -> tuple[tuple[str, float], ...]:
    """The candidates of a row: a list of objects with a summary and a score. Most rows have none."""
    try:
        return tuple((str(item["summary"]), float(item["score"])) for item in row.get("candidates") or ())
    except (TypeError, KeyError, ValueError):
        raise DataError(f'{location}: candidates are [{{"summary": text, "score": 0-1}}, ...]') from None


def read_pairs(
    path: Path,
    document_field: str | None = None,
    summary_field: str | None = None,
    where: str | None = None,
    *,
    null_is_empty: bool = False,
) -> Iterator[TextPair]:
    """The pairs of a table (JSON Lines, JSON, CSV, TSV, Parquet; plain or compressed), one by one.

    where: "field=value" keeps the rows whose field has that value (as text, or as JSON: true, 3). null_is_empty: a null
    document or summary is read as an empty text; otherwise it is an error.

    Raises DataError with file and line.
    """
    for location, row in dataset_rows(path):
        if row_matches(row, where):
            document = _text(row, document_field, "document", location, null_is_empty=null_is_empty)
            summary = _text(row, summary_field, "summary", location, null_is_empty=null_is_empty)
            yield TextPair(given_id(row) or location.rpartition(" ")[2], document, summary, _candidates(row, location))
