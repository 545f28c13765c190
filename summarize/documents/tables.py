"""The one reader of tables: JSON Lines, JSON, CSV, TSV and Parquet into rows, one by one.

A row that cannot be read is replaced by a sentence that says why, and the rows after it are still read; a file that
cannot be read further raises DocumentError. `row_documents` makes documents of the rows, `dataset_rows` data sets.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from summarize.documents.delimited import Row, delimited_rows
from summarize.documents.document import MAX_DEPTH, ReadOptions, damage_explained, plain_value, reason_of
from summarize.documents.encodings import marked_encoding, refuse_binary, text_lines, utf8_blocks
from summarize.documents.formats import format_name
from summarize.documents.streams import plain_file, read_all, reading_explained
from summarize.errors import DocumentError

PARQUET_BATCH_ROWS = 32  # converted to Python objects at a time
_LIST_OF_OBJECTS = re.compile(r"\s*\[\s*(\{|\Z)")


@dataclass(frozen=True)
class Table:
    """An open table.

    rows: each as soon as it has been read; iterating raises DocumentError where the file cannot be read further.
    names: of the columns; None for JSON, whose objects each name their fields. location: of the names, for messages.
    """

    rows: Iterator[Row]
    names: tuple[str, ...] | None = None
    location: str = ""


def open_table(stream: io.BufferedReader, head: bytes, format: str, source: str, options: ReadOptions) -> Table:
    """The table in a stream; the stream is read no further than the rows taken.

    head: the stream's first bytes. format: one of ROW_FORMATS. source: what messages call the file.
    Raises DocumentError if the names of the columns cannot be read.
    """
    names: list[str] = []
    location = source
    with _explained(source, format):
        if format in ("csv", "tsv"):
            names, number, rows = delimited_rows(stream, head, format, source, options)
            location = f"{source}, line {number}"
        elif format == "parquet":
            names, rows = _parquet(stream, source, options)
        else:
            rows = _json(stream, head, format, source, options)
        _refuse_equal_names(names, location)
    return Table(_explained_rows(rows, source, format), tuple(names) or None, location)


def _refuse_equal_names(names: list[str], location: str) -> None:
    """Raises DocumentError if two columns have a name in common: only one of them could be a field of a row.

    Columns without a name, which spreadsheets leave at the end, are no fields that anyone asks for.
    """
    for name, n in Counter(names).items():
        if name.strip() and n > 1:
            raise DocumentError(f"{location}: has {n} columns that are called {name!r}; rename all but one of them")


def find_field(names: Collection[str], usual: Sequence[str]) -> str | None:
    """The first of the usual names that there is, otherwise the first that there is in other letter case."""
    if name := next((name for name in usual if name in names), None):
        return name
    folded = {str(name).strip().casefold(): name for name in reversed(list(names))}
    return next((folded[name.casefold()] for name in usual if name.casefold() in folded), None)


def missing_field(name: str, names: Iterable[str], option: str) -> str:
    """What is wrong with a row that lacks a field. names: of the fields that it has; option: says which to take."""
    has = ", ".join(map(str, islice(names, 20))) or "nothing"
    return f"has no field {name!r} (it has {has}); {option} names it"


@contextmanager
def _explained(source: str, format: str) -> Iterator[None]:
    """Turn errors of storage, decompression and libraries into a DocumentError."""
    with damage_explained(source, format_name(format)), reading_explained(source):
        yield


def _explained_rows(rows: Iterator[Row], source: str, format: str) -> Iterator[Row]:
    with _explained(source, format):
        yield from rows


def _null(_: str) -> None:
    """JSON has no NaN and no infinity: a field that holds one is null."""


_decoder = json.JSONDecoder(parse_constant=_null)


def _parse_json(text: str) -> Any:
    """A JSON value. Raises ValueError, RecursionError, and DocumentError if it is nested too deeply."""
    value = _decoder.decode(text)
    escapes_surrogates = "\\ud" in text or "\\uD" in text  # of which one may be without the other half
    return plain_value(value) if escapes_surrogates else value


def _json(stream: io.BufferedReader, head: bytes, format: str, source: str, options: ReadOptions) -> Iterator[Row]:
    """The objects of a list, of lines, or the one object of a file, whichever of them the file holds."""
    encoding = marked_encoding(head)
    start = head.decode(encoding or "utf-8", "replace").lstrip()
    if start.startswith("[") if format == "json" else _begins_list(start):
        yield from _json_list(stream, head, source, options)
        return
    if not encoding and not start.startswith(("{", "[")):
        refuse_binary(head, source)
    lines = enumerate(text_lines(stream, head, source, options), 1)
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is None:
        return
    if format == "jsonl" or isinstance(_json_object(first[1]), dict):
        yield from _json_lines(chain([first], lines))
    else:
        yield from _json_document(first, (line for _, line in lines), source, options)


def _begins_list(start: str) -> bool:
    """Whether JSON Lines are in fact a list of objects, by their beginning; not if the first line holds a whole list,
    and anything follows."""
    if not _LIST_OF_OBJECTS.match(start):
        return False
    first, _, others = start.partition("\n")
    try:
        _, end = _decoder.raw_decode(first)
    except (ValueError, RecursionError):
        return True
    return not (first[end:].strip() or others.strip())


def _json_lines(lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    for number, line in lines:
        if line.strip():
            yield f"line {number}", _json_object(line)


def _json_object(text: str) -> dict[str, Any] | str:
    """A JSON object's fields, or what is wrong with the text."""
    try:
        return _object_or_problem(_parse_json(text))
    except DocumentError as error:
        return str(error)
    except RecursionError:
        return "is nested too deeply"
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg} (column {error.colno})"
    except ValueError as error:  # a number that is too long
        return f"is not JSON: {str(error)[:100]}"


def _object_or_problem(value: Any) -> dict[str, Any] | str:
    return value if isinstance(value, dict) else "is not a JSON object"


def _json_document(first: tuple[int, str], rest: Iterable[str], source: str, options: ReadOptions) -> Iterator[Row]:
    """One object over several lines, or a list after a great deal of white space."""
    number, line = first
    lines, n_characters = ["\n" * (number - 1), line], len(line)
    for line in rest:
        n_characters += len(line)
        if n_characters > options.max_bytes:
            lines.clear()
            raise options.too_large(source)
        lines.append(line)
    try:
        value = _parse_json("".join(lines))
    except json.JSONDecodeError as error:
        raise DocumentError(f"{source}, line {error.lineno}: is not JSON: {error.msg} (column {error.colno})") from None
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield f"row {number}", _object_or_problem(item)


def _json_list(stream: io.BufferedReader, head: bytes, source: str, options: ReadOptions) -> Iterator[Row]:
    """The objects of a list, each as soon as it has arrived."""
    import ijson

    reader = _ListReader(stream, head, source, options)
    events = _not_too_deep(ijson.parse(reader, use_float=True), source)
    number = 0
    try:
        for number, item in enumerate(ijson.items(events, "item"), 1):
            reader.n_bytes_of_row = 0
            yield f"row {number}", _object_or_problem(item)
    except ijson.JSONError as error:
        raise DocumentError(f"{source}, row {number + 1}: is not JSON: {reason_of(error)}") from None


class _ListReader:
    """The file that ijson reads: in UTF-8, as much as has arrived, and no more than max_bytes between two rows."""

    def __init__(self, stream: io.BufferedReader, head: bytes, source: str, options: ReadOptions) -> None:
        self._blocks = utf8_blocks(iter(lambda: stream.read1(65536), b""), head)
        self._source, self._options = source, options
        self.n_bytes_of_row = 0

    def read(self, size: int = -1) -> bytes:
        """Some bytes; none at the end. Raises DocumentError for a row that is too large."""
        data = next(self._blocks, b"") if size else b""
        self.n_bytes_of_row += len(data)
        if self.n_bytes_of_row > self._options.max_bytes:
            raise self._options.too_large(f"{self._source}: a row")
        return data


def _not_too_deep(events: Iterable[tuple[str, str, Any]], source: str) -> Iterator[tuple[str, str, Any]]:
    depth = 0
    for event in events:
        depth += event[1].startswith("start_") - event[1].startswith("end_")
        if depth > MAX_DEPTH:
            raise DocumentError(f"{source}: is nested too deeply")
        yield event


def _parquet(stream: io.BufferedReader, source: str, options: ReadOptions) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns, and the rows."""
    import pyarrow.parquet

    data = plain_file(stream) or io.BytesIO(read_all(stream, source, options))
    file = pyarrow.parquet.ParquetFile(data, pre_buffer=False, buffer_size=1 << 20)
    batches = file.iter_batches(batch_size=PARQUET_BATCH_ROWS)
    rows = (row for batch in batches for row in batch.to_pylist())
    return file.schema_arrow.names, ((f"row {number}", row) for number, row in enumerate(rows, 1))
