"""Rows of data sets for training and scoring: the first row that cannot be read is a DataError with file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from summarize.documents.document import ID_FIELDS, ReadOptions, plain_value
from summarize.documents.encodings import marked_encoding, refuse_binary, text_lines
from summarize.documents.formats import ROW_FORMATS, SUFFIXES, format_of, suffix_of
from summarize.documents.streams import COMPRESSED, open_file, open_input, source_name
from summarize.documents.tables import find_field, missing_field, open_table
from summarize.errors import DataError, DocumentError

OPTIONS = ReadOptions(max_bytes=2**31 - 2)  # of a row, as many as csv can hold


def is_table(path: Path) -> bool:
    """Whether a file has fields, by its name."""
    return SUFFIXES.get(suffix_of(path.name)) in ROW_FORMATS


def stem(path: Path) -> str:
    """A file's name without the suffixes of its format and compression."""
    return Path(path.stem if path.suffix.lower() in COMPRESSED else path.name).stem


def dataset_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file and line, fields) of each row of a table: JSON Lines, JSON, CSV, TSV or Parquet, plain or compressed.

    A file whose name does not say that it is a table is read as JSON Lines. Raises DataError with file and line.
    """
    name = source_name(str(path))
    with _as_data_errors(), open_file(str(path)) as file:
        head, stream = open_input(file, name)
        table = open_table(stream, head, _table_format(path, head), name, OPTIONS)
        for position, row in table.rows:
            if isinstance(row, str):
                raise DataError(f"{name}, {position}: {row}")
            yield f"{name}, {position}", row


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, plain or compressed, without their ends. Raises DataError with file and line."""
    name = source_name(str(path))
    with _as_data_errors(), open_file(str(path)) as file:
        head, stream = open_input(file, name)
        if not marked_encoding(head):
            refuse_binary(head, name, allow_nul=True)
        for number, line in enumerate(text_lines(stream, head, name, OPTIONS), 1):
            if "\0" in line:
                raise DataError(f"{name}, line {number}: has a NUL character, which is not text")
            yield line.rstrip("\r\n")


def row_matches(row: Mapping[str, Any], condition: str | None) -> bool:
    """Whether a row is one that "field=value" asks for: the value as text, or as JSON (true, 3)."""
    if not condition:
        return True
    name, _, wanted = condition.partition("=")
    value = plain_value(row.get(name))
    return wanted in (value, json.dumps(value))


def required_field(row: Mapping[str, Any], name: str, kind: str, location: str) -> Any:
    """A field of a row, found in any letter case. Raises DataError if there is none; kind: "document" if
    --document-field names it."""
    found = find_field(row, (name,))
    if found is None:
        raise DataError(f"{location}: {missing_field(name, row, f'--{kind}-field')}")
    return row[found]


def given_id(row: Mapping[str, Any]) -> str | None:
    """The id that a row has in one of ID_FIELDS, as text; None if it has none."""
    name = find_filled(row, ID_FIELDS)
    return None if name is None else str(row[name]) or None


def find_filled(row: Mapping[str, Any], usual: Sequence[str]) -> str | None:
    """The first of the usual fields that a row has, in any letter case, with a value that is not null."""
    return find_field([name for name, value in row.items() if value is not None], usual)


def _table_format(path: Path, head: bytes) -> str:
    """One of ROW_FORMATS: by the first bytes, then by the name."""
    named = SUFFIXES.get(suffix_of(path.name), "")
    recognised = format_of(str(path), head)
    return next((format for format in (recognised, named) if format in ROW_FORMATS), "jsonl")


@contextmanager
def _as_data_errors() -> Iterator[None]:
    try:
        yield
    except DocumentError as error:
        raise DataError(str(error)) from None
