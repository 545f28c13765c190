"""Data sets, a document a row: JSON Lines, JSON, CSV, TSV and Parquet, each row as soon as it has been read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from summarize.documents.document import (
    DEEPEST,
    ID_FIELDS,
    TEXT_FIELDS,
    Document,
    ReadOptions,
    clean,
    damage_explained,
    plain_value,
)
from summarize.documents.encodings import text_lines
from summarize.documents.formats import format_name
from summarize.documents.streams import plain_file, read_all, reading_explained
from summarize.errors import DocumentError

Row = tuple[str, Mapping[str, Any] | str]  # where ("line 3"), and its fields or what is wrong with it
PARQUET_ROWS = 32  # converted at a time


def read_rows(
    stream: io.BufferedReader, head: bytes, format: str, source: str, options: ReadOptions
) -> Iterator[Document | DocumentError]:
    """A document, or the error in its place, for every row; the stream is read no further than the rows taken.

    Raises DocumentError where the file can be read no further.
    """
    rows = {
        "jsonl": lambda: _json_lines(text_lines(stream, head, source, options), source),
        "json": lambda: _json(stream, source, options),
        "csv": lambda: _csv(text_lines(stream, head, source, options), source, options, ","),
        "tsv": lambda: _csv(text_lines(stream, head, source, options), source, options, "\t"),
        "parquet": lambda: _parquet(stream, source, options),
    }[format]()
    found = False
    with reading_explained(source), damage_explained(source, format_name(format)):
        for part, row in rows:
            found = True
            yield _document(row, part, source, options)
    if not found:
        raise DocumentError(f"{source}: is empty")


def _document(row: Mapping[str, Any] | str, part: str, path: str, options: ReadOptions) -> Document | DocumentError:
    """A row as a document."""
    place = f"{path}, {part}"
    source, fields = f"{path}:{part.rpartition(' ')[2]}", {}
    try:
        if isinstance(row, str):
            raise DocumentError(row)
        fields = {clean(str(k)): plain_value(v) for k, v in row.items()}
        source = _id(row, options) or source
        name = text_field(row, options)
        text = row.get(name)
        fields.pop(clean(name), None)
        if not isinstance(text, str):
            raise DocumentError(f"the field {name!r} is {'empty' if text is None else 'not text'}")
        if not text.strip():
            raise DocumentError(f"the field {name!r} is empty")
        if len(text) > options.max_bytes:
            raise options.too_large("the text")
    except DocumentError as error:
        return DocumentError(f"{place}: {error}", source=source, part=part, fields=fields)
    return Document(source, clean(text), fields, path=path, part=part)


def text_field(row: Iterable[str], options: ReadOptions) -> str:
    """The name of the field that holds the text. Raises DocumentError where there is none."""
    names = list(row)
    name = options.field or next((n for n in TEXT_FIELDS if n in names), None)
    if name is None or name not in names:
        has = ", ".join(map(str, names[:20])) or "nothing"
        wanted = repr(options.field or TEXT_FIELDS[0])
        raise DocumentError(f"has no field {wanted} (it has {has}); --field names the text's")
    return name


def _id(row: Mapping[str, Any], options: ReadOptions) -> str | None:
    if options.id_field and options.id_field not in row:
        raise DocumentError(f"has no field {options.id_field!r}, which --id-field names")
    names = (options.id_field,) if options.id_field else ID_FIELDS
    value = next((row[name] for name in names if row.get(name) is not None), None)
    return clean(str(value)) if isinstance(value, str | int) and str(value).strip() else None


def _no_constant(_: str) -> None:
    """JSON has no NaN; a field that holds one is null."""


def _json_lines(lines: Iterator[str], source: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_no_constant)
        except RecursionError:
            yield f"line {number}", "is nested too deeply"
            continue
        except json.JSONDecodeError as error:
            yield f"line {number}", f"is not JSON: {error.msg} (column {error.colno})"
            continue
        except ValueError as error:  # a number that is too long
            yield f"line {number}", f"is not JSON: {str(error)[:100]}"
            continue
        yield f"line {number}", row if isinstance(row, dict) else "is not a JSON object"


class _Metered:
    """A stream that gives what is there, and refuses to give more than a document's bytes between two rows."""

    def __init__(self, stream: io.BufferedReader, source: str, options: ReadOptions) -> None:
        self._stream, self._source, self._options = stream, source, options
        self._bom, self.since_row = True, 0

    def read(self, size: int = -1) -> bytes:
        """Some bytes; none at the end."""
        data = self._stream.read1(65536 if size < 0 else size)
        if self._bom:
            data, self._bom = data.removeprefix(b"\xef\xbb\xbf"), False
        self.since_row += len(data)
        if self.since_row > self._options.max_bytes:
            raise self._options.too_large(f"{self._source}: a row")
        return data


def _json(stream: io.BufferedReader, source: str, options: ReadOptions) -> Iterator[Row]:
    """The objects of an array, one by one; or the one object that a file holds."""
    start = stream.peek(1).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] != b"[":
        data = read_all(stream, source, options)
        if not data.strip():
            return
        row = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
        for number, one in enumerate(row if isinstance(row, list) else [row], 1):  # a list after much white space
            yield f"row {number}", one if isinstance(one, dict) else "is not a JSON object"
        return
    import ijson

    metered = _Metered(stream, source, options)
    events = _not_too_deep(ijson.parse(metered, use_float=True), source)
    for number, row in enumerate(ijson.items(events, "item"), 1):
        metered.since_row = 0
        yield f"row {number}", row if isinstance(row, dict) else "is not a JSON object"


def _not_too_deep(events: Iterable[tuple[str, str, Any]], source: str) -> Iterator[tuple[str, str, Any]]:
    depth = 0
    for event in events:
        depth += event[1].startswith("start_") - event[1].startswith("end_")
        if depth > DEEPEST:
            raise DocumentError(f"{source}: is nested too deeply")
        yield event


def _csv(lines: Iterator[str], source: str, options: ReadOptions, delimiter: str) -> Iterator[Row]:
    """Rows under a line of names. A CSV whose names have no comma between them may have another mark there."""
    csv.field_size_limit(options.max_bytes)  # the module's own is shorter than many documents
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        return
    if delimiter == "," and "," not in first:
        delimiter = max(",;\t|", key=first.count)
    reader = csv.DictReader(chain([first], lines), delimiter=delimiter)
    try:
        text_field(reader.fieldnames or (), options)
    except DocumentError as error:
        raise DocumentError(f"{source}, line 1: {error}") from None
    try:
        for row in reader:
            fields = {name: value for name, value in row.items() if name is not None}  # None: more cells than names
            yield f"line {reader.line_num}", fields
    except csv.Error as error:
        if "field limit" in str(error):
            raise options.too_large(f"{source}, line {reader.line_num}: a field") from None
        raise


def _parquet(stream: io.BufferedReader, source: str, options: ReadOptions) -> Iterator[Row]:
    import pyarrow.parquet

    data = plain_file(stream) or io.BytesIO(read_all(stream, source, options))
    file = pyarrow.parquet.ParquetFile(data, pre_buffer=False, buffer_size=1 << 20)
    try:
        text_field(file.schema_arrow.names, options)
    except DocumentError as error:
        raise DocumentError(f"{source}: {error}") from None
    number = 0
    for batch in file.iter_batches(batch_size=PARQUET_ROWS):
        for row in batch.to_pylist():
            number += 1
            yield f"row {number}", row
