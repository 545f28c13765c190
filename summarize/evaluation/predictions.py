"""Other systems' summaries, read from files and matched to a data set before any slow work starts.

The texts are kept in a temporary database on disk, so that files may be in any order and of any length.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from summarize.documents import DOCUMENT_FIELDS, ID_FIELDS
from summarize.documents.dataset_rows import dataset_rows, given_id, is_table, read_lines, stem
from summarize.documents.tables import find_field
from summarize.errors import DataError, UsageError
from summarize.evaluation.datasets import REFERENCE_FIELDS, folder_files, read_text, texts_of

PREDICTION_FIELDS = ("prediction", "hypothesis", "output", "generated", "candidate", "summary")
NOT_PREDICTIONS = frozenset({*REFERENCE_FIELDS, *DOCUMENT_FIELDS, *ID_FIELDS})
RECORD_FIELDS = frozenset({"source", "summary", "request", "read", "error"})  # of the records of this program

# (file and line, id if it has one, text by system) of each row of a file
Rows = Iterator[tuple[str, str | None, dict[str, str]]]


@dataclass(frozen=True)
class PredictionFile:
    """A file or folder of predictions.

    name: of its system, if it holds one. fields: those that hold predictions, each a system; by default the first of
    the usual names, or the only other text field.
    """

    path: Path
    name: str | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentIndex:
    """The documents of a data set that are used: their ids and locations (file and line), in order.

    source: the data set's path; rows: their indices among the n_rows rows of the file; is_subset: whether some rows
    are left out; without_document: the location of the first example that has no document. references: how many a
    document has, and how they were read, as the signature says it. uncounted_share: of the letters of the references
    those that are not among a to z.
    """

    source: str
    ids: Sequence[str]
    locations: Sequence[str]
    rows: Sequence[int]
    n_rows: int
    is_subset: bool
    without_document: str | None = None
    references: str = "1"
    uncounted_share: float = 0.0


class TextStore:
    """Texts by system and document, in a temporary file that is removed when the program ends."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("BEGIN")  # never committed: nobody else reads the database, and nothing is to be kept
        self._db.execute(
            "CREATE TABLE texts (system TEXT, n INTEGER, text TEXT, PRIMARY KEY (system, n)) WITHOUT ROWID"
        )

    def put(self, system: str, n: int, text: str) -> None:
        """Store a system's text for document n."""
        # JSON may hold a lone surrogate ("\\ud800"), which the database does not accept.
        encodable = text.encode("utf-8", "replace").decode("utf-8")
        self._db.execute("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", (system, n, encodable))

    def get(self, system: str, n: int) -> str:
        """The stored text. Raises KeyError."""
        row = self._db.execute("SELECT text FROM texts WHERE system = ? AND n = ?", (system, n)).fetchone()
        if row is None:
            raise KeyError((system, n))
        return row[0]


def load_predictions(
    file: PredictionFile, index: DocumentIndex, store: TextStore, taken_names: Collection[str] = ()
) -> list[str]:
    """Read a file into the store, a text for every document of the index, and return the names of its systems.

    Rows with ids are matched by id, others by their order. Raises DataError with file and line: for an id that is not
    in the data set, or occurs twice; for a document without a prediction; for unequal numbers of rows. Raises
    UsageError for a system whose name is taken.
    """
    default_name = file.name or stem(file.path)
    if file.path.is_dir():
        files = folder_files(file.path).items()
        rows: Rows = ((str(path), name, {default_name: read_text(path)}) for name, path in files)
        return _match_by_id(file, rows, index, store, taken_names)
    if not is_table(file.path):
        lines = enumerate(read_lines(file.path), 1)
        rows = ((f"{file.path}, line {i}", None, {default_name: line}) for i, line in lines)
        return _match_by_order(file, rows, index, store, taken_names)
    rows = _table_rows(file, default_name, index)
    first = next(rows, None)
    if first is None:
        raise DataError(f"{file.path}: holds no prediction")
    match = _match_by_order if first[1] is None else _match_by_id
    return match(file, chain([first], rows), index, store, taken_names)


def _table_rows(file: PredictionFile, default_name: str, index: DocumentIndex) -> Rows:
    fields: tuple[str, ...] = file.fields
    is_data_set = file.path.absolute() == Path(index.source).absolute()  # its summaries are the references
    for location, record in dataset_rows(file.path):
        fields = fields or _prediction_fields(record, location, is_data_set=is_data_set)
        for name in fields:
            if name not in record:
                has = ", ".join(map(str, record)) or "nothing"
                raise DataError(f"{location}: has no field {name!r} (it has {has}); --prediction-field names it")
        systems = _system_names(file, fields, record, default_name)
        texts = {systems[name]: _prediction(record, name, location) for name in fields}
        yield location, given_id(record) or _source(record, index), texts


def _prediction(record: dict[str, Any], name: str, location: str) -> str:
    """The text of a field, with a line for each text of a list; empty in this program's record of a failure."""
    if record[name] is None and record.get("error"):
        return ""
    return "\n".join(texts_of(record[name], name, location))


def _source(record: dict[str, Any], index: DocumentIndex) -> str | None:
    """The id of the document that a record of this program summarises: its source, or for a row without an id the
    row's number, which stands behind the file's name. None for another record."""
    source = record.get("source")
    if not record.keys() >= RECORD_FIELDS or not isinstance(source, str):
        return None
    path, _, line = source.rpartition(":")
    return line if path and Path(path).name == Path(index.source).name and line.isdecimal() else source


def _system_names(
    file: PredictionFile, fields: Sequence[str], record: dict[str, Any], default_name: str
) -> Mapping[str, str]:
    """The name of the system of each field."""
    if len(fields) == 1 and _is_among(fields[0], PREDICTION_FIELDS) and not file.fields:
        system = record.get("system")  # in rows that --scores has written
        return {fields[0]: file.name or (system if isinstance(system, str) else default_name)}
    if len(fields) == 1:
        return {fields[0]: file.name or fields[0]}
    return {name: f"{file.name}:{name}" if file.name else name for name in fields}


def _prediction_fields(record: dict[str, Any], location: str, *, is_data_set: bool) -> tuple[str, ...]:
    """The field with a usual name of predictions, or the only text field that is neither id nor part of the data set.

    is_data_set: whether the file is the data set itself. Raises DataError where several fields might be meant.
    """
    if record.keys() >= RECORD_FIELDS:
        return ("summary",)
    usual = find_field(record, PREDICTION_FIELDS)
    if usual and not (is_data_set and _is_among(usual, REFERENCE_FIELDS)):
        return (usual,)
    texts = (name for name, value in record.items() if isinstance(value, str))
    others = tuple(name for name in texts if not _is_among(name, NOT_PREDICTIONS))
    if len(others) == 1:
        return others
    if others:
        named = " ".join(f"--prediction-field {shlex.quote(name)}" for name in others)
        raise DataError(f"{location}: has several text fields; name those that hold summaries, of: {named}")
    has = ", ".join(map(str, record)) or "nothing"
    raise DataError(f"{location}: has no field of predictions (it has {has}); --prediction-field names it")


def _is_among(name: str, usual: Collection[str]) -> bool:
    """Whether a field has one of the usual names, in any letter case."""
    return name.strip().casefold() in usual


def _match_by_id(
    file: PredictionFile, rows: Rows, index: DocumentIndex, store: TextStore, taken_names: Collection[str]
) -> list[str]:
    """Store the text of every row under the document with its id."""
    numbers = _numbers_by_id(index)
    lines: dict[str, dict[int, str]] = {}  # by system and document, where the text was read
    for location, id_, texts in rows:
        if id_ is None:
            raise DataError(f"{location}: has no id, but the rows before it have one")
        n = numbers.get(id_)
        if n is None:
            if index.is_subset:
                continue  # presumably a row that --where or --every leaves out
            raise DataError(f"{location}: the id {id_!r} is not in {index.source}, whose first is {index.ids[0]!r}")
        for system, text in texts.items():
            if system not in lines:
                _check_name(system, file, taken_names)
            lines_of_system = lines.setdefault(system, {})
            if n in lines_of_system:
                raise DataError(f"{location}: the id {id_!r} was at {lines_of_system[n]} already")
            lines_of_system[n] = location.rpartition(", ")[2]
            store.put(system, n, text)
    if not lines:
        raise DataError(f"{file.path}: has no prediction for any document of {index.source}")
    for system, lines_of_system in lines.items():
        if len(lines_of_system) < len(index.ids):
            missing = [n for n in range(len(index.ids)) if n not in lines_of_system]
            more = f" (and {len(missing) - 1:,} more)" if len(missing) > 1 else ""
            where = f"the document {index.ids[missing[0]]!r} of {index.locations[missing[0]]}{more}"
            of = f" of {system}" if len(lines) > 1 else ""
            raise DataError(f"{file.path}: has no prediction{of} for {where}")
    return list(lines)


def _check_name(system: str, file: PredictionFile, taken_names: Collection[str]) -> None:
    if system in taken_names:
        raise UsageError(f"{file.path}: there is a system called {system!r} already; NAME={file.path} names this one")


def _numbers_by_id(index: DocumentIndex) -> dict[str, int]:
    """The number of each document by its id. Raises DataError if an id occurs twice."""
    numbers: dict[str, int] = {}
    for n, id_ in enumerate(index.ids):
        if id_ in numbers:
            raise DataError(f"{index.locations[n]}: the id {id_!r} was at {index.locations[numbers[id_]]} already")
        numbers[id_] = n
    return numbers


def _match_by_order(
    file: PredictionFile, rows: Rows, index: DocumentIndex, store: TextStore, taken_names: Collection[str]
) -> list[str]:
    """Store a row for every document that is used, or for every row of the data set's file."""
    n_predictions = 0
    systems: dict[str, None] = {}
    for n_predictions, (location, id_, texts) in enumerate(rows, 1):
        if id_ is not None:
            raise DataError(f"{location}: has the id {id_!r}, but the rows before it have none")
        for system, text in texts.items():
            if system not in systems:
                _check_name(system, file, taken_names)
                systems[system] = None
            store.put(f"row {system}", n_predictions - 1, text)
    if n_predictions not in (len(index.ids), index.n_rows):
        used = f" ({len(index.ids):,} of them used)" if index.is_subset else ""
        predictions = "1 prediction" if n_predictions == 1 else f"{n_predictions:,} predictions"
        raise DataError(f"{file.path}: holds {predictions}, but {index.source} holds {index.n_rows:,} documents{used}")
    order = index.rows if n_predictions == index.n_rows else range(len(index.ids))
    for system in systems:
        for n, row in enumerate(order):
            store.put(system, n, store.get(f"row {system}", row))
    return list(systems)
