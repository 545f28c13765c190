"""Other systems' summaries, from the files they come in, matched to a data set before anything long starts.

The texts lie in a temporary database on disk, so that files may be in any order and of any length.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summarize.documents.tables import is_table, records, stem, text_lines
from summarize.errors import DataError, UsageError
from summarize.evaluation.datasets import REFERENCE_FIELDS, folder_files, read_text, texts_of

PREDICTION_FIELDS = ("prediction", "hypothesis", "output", "generated", "candidate", "summary")
NOT_PREDICTIONS = frozenset({*REFERENCE_FIELDS, "id", "document", "article", "text", "dialogue", "source"})


@dataclass(frozen=True)
class PredictionFile:
    """A file or folder of predictions. name: of its system, if it holds one; fields: those that hold predictions,
    each a system (default: the first of the usual names, or every other text field)."""

    path: Path
    name: str | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keys:
    """How a data set's documents are called: ids in order; rows: their numbers among the file's rows; all_rows: how
    many rows the file has; is_part: whether some of them are left out; without_document: the first that has none."""

    source: str
    ids: Sequence[str]
    places: Sequence[str]
    rows: Sequence[int]
    all_rows: int
    is_part: bool
    without_document: str | None = None


class TextStore:
    """Texts by system and document, on disk; it goes when the program ends."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("BEGIN")  # for good: nobody else sees it, and nothing is to be kept
        self._db.execute(
            "CREATE TABLE texts (system TEXT, n INTEGER, text TEXT, PRIMARY KEY (system, n)) WITHOUT ROWID"
        )

    def put(self, system: str, n: int, text: str) -> None:
        """Keep a system's text for document n."""
        # JSON may hold half a character ("\\ud800"), which the database does not take.
        safe = text.encode("utf-8", "replace").decode("utf-8")
        self._db.execute("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", (system, n, safe))

    def get(self, system: str, n: int) -> str:
        """The text that was kept. Raises KeyError."""
        row = self._db.execute("SELECT text FROM texts WHERE system = ? AND n = ?", (system, n)).fetchone()
        if row is None:
            raise KeyError((system, n))
        return row[0]


def load_predictions(file: PredictionFile, keys: Keys, store: TextStore, taken: Collection[str] = ()) -> list[str]:
    """Read a file into the store, a text for every document of the data set; the names of its systems.

    Rows with ids are matched by them, others by their order. Raises DataError with file and line: for an id that the
    data set lacks, or has twice; for a document without a prediction; for unequal lengths. Raises UsageError for a
    system's name that is taken.
    """
    default = file.name or stem(file.path)
    if file.path.is_dir():
        entries = ((str(path), name, {default: read_text(path)}) for name, path in folder_files(file.path).items())
        return _by_id(file, entries, keys, store, taken)
    if not is_table(file.path):
        rows = ((f"{file.path}, line {i}", {default: line}) for i, line in enumerate(text_lines(file.path), 1))
        return _by_order(file, rows, keys, store, taken)
    rows_of = _table(file, default)
    first = next(rows_of, None)
    if first is None:
        raise DataError(f"{file.path}: holds no prediction")

    def every() -> Iterator[tuple[str, str | None, dict[str, str]]]:
        yield first
        yield from rows_of

    if first[1] is not None:
        return _by_id(file, every(), keys, store, taken)
    return _by_order(file, ((place, texts) for place, _, texts in every()), keys, store, taken)


def _table(file: PredictionFile, default: str) -> Iterator[tuple[str, str | None, dict[str, str]]]:
    """(file and line, id, system's name -> text) of each row."""
    fields: tuple[str, ...] = file.fields
    for place, record in records(file.path):
        fields = fields or _found_fields(record, place)
        for name in fields:
            if name not in record:
                has = ", ".join(map(str, record)) or "nothing"
                raise DataError(f"{place}: has no field {name!r} (it has {has}); --prediction-field names it")
        if len(fields) == 1 and fields[0] in PREDICTION_FIELDS and not file.fields:
            own = record.get("system")  # as rows of --scores have it
            names: Mapping[str, str] = {fields[0]: file.name or (own if isinstance(own, str) else default)}
        elif len(fields) == 1:
            names = {fields[0]: file.name or fields[0]}
        else:
            names = {name: f"{file.name}:{name}" if file.name else name for name in fields}
        texts = {names[name]: "\n".join(texts_of(record[name], name, place)) for name in fields}
        yield place, None if record.get("id") is None else str(record["id"]), texts


def _found_fields(record: dict[str, Any], place: str) -> tuple[str, ...]:
    """The field that is named as predictions usually are, or all text fields that hold neither id nor data."""
    usual = next((name for name in PREDICTION_FIELDS[:-1] if name in record), None)
    if usual:
        return (usual,)
    others = tuple(name for name, value in record.items() if isinstance(value, str) and name not in NOT_PREDICTIONS)
    if others:
        return others
    if PREDICTION_FIELDS[-1] in record:
        return (PREDICTION_FIELDS[-1],)
    has = ", ".join(map(str, record)) or "nothing"
    raise DataError(f"{place}: has no field of predictions (it has {has}); --prediction-field names it")


def _by_id(
    file: PredictionFile,
    rows: Iterator[tuple[str, str | None, dict[str, str]]],
    keys: Keys,
    store: TextStore,
    taken: Collection[str],
) -> list[str]:
    places_of = _positions(keys)
    seen: dict[str, dict[int, str]] = {}
    for place, id_, texts in rows:
        if id_ is None:
            raise DataError(f"{place}: has no id, as the rows before it have")
        n = places_of.get(id_)
        if n is None:
            if keys.is_part:
                continue  # a row that --where or --every leaves out, for all that is known here
            raise DataError(f"{place}: the id {id_!r} is not in {keys.source}, whose first is {keys.ids[0]!r}")
        for system, text in texts.items():
            if system not in seen:
                _check_name(system, file, taken)
            before = seen.setdefault(system, {})
            if n in before:
                raise DataError(f"{place}: the id {id_!r} was at {before[n]} already")
            before[n] = place.rpartition(", ")[2]
            store.put(system, n, text)
    if not seen:
        raise DataError(f"{file.path}: has no prediction for any document of {keys.source}")
    for system, found in seen.items():
        if len(found) < len(keys.ids):
            missing = [n for n in range(len(keys.ids)) if n not in found]
            more = f" (and {len(missing) - 1:,} more)" if len(missing) > 1 else ""
            where = f"the document {keys.ids[missing[0]]!r} of {keys.places[missing[0]]}{more}"
            of = f" of {system}" if len(seen) > 1 else ""
            raise DataError(f"{file.path}: has no prediction{of} for {where}")
    return list(seen)


def _check_name(system: str, file: PredictionFile, taken: Collection[str]) -> None:
    if system in taken:
        raise UsageError(f"{file.path}: there is a system called {system!r} already; NAME={file.path} names this one")


def _positions(keys: Keys) -> dict[str, int]:
    positions: dict[str, int] = {}
    for n, id_ in enumerate(keys.ids):
        if id_ in positions:
            raise DataError(f"{keys.places[n]}: the id {id_!r} was at {keys.places[positions[id_]]} already")
        positions[id_] = n
    return positions


def _by_order(
    file: PredictionFile,
    rows: Iterator[tuple[str, dict[str, str]]],
    keys: Keys,
    store: TextStore,
    taken: Collection[str],
) -> list[str]:
    """A row for every document that counts, or for every row of the data set's file."""
    count = 0
    systems: dict[str, None] = {}
    for count, (_, texts) in enumerate(rows, 1):
        for system, text in texts.items():
            if system not in systems:
                _check_name(system, file, taken)
                systems[system] = None
            store.put(f"row {system}", count - 1, text)
    if count not in (len(keys.ids), keys.all_rows):
        part = f" ({len(keys.ids):,} of them chosen)" if keys.is_part else ""
        predictions = "1 prediction" if count == 1 else f"{count:,} predictions"
        raise DataError(f"{file.path}: holds {predictions}, but {keys.source} holds {keys.all_rows:,} documents{part}")
    order = keys.rows if count == keys.all_rows else range(len(keys.ids))
    for system in systems:
        for n, row in enumerate(order):
            store.put(system, n, store.get(f"row {system}", row))
    return list(systems)
