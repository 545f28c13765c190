"""Documents from tables, one a row; a row that holds none is an error instead."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from summarize.documents.characters import clean, without_surrogates
from summarize.documents.document import (
    DOCUMENT_FIELDS,
    ID_FIELDS,
    Document,
    ReadOptions,
    plain_value,
)
from summarize.documents.tables import missing_field, open_table
from summarize.errors import DocumentError


def read_rows(
    stream: io.BufferedReader, head: bytes, format: str, source: str, options: ReadOptions
) -> Iterator[Document | DocumentError]:
    """A document, or the error instead of it, for every row; the stream is read no further than the rows taken.

    Raises DocumentError where the file can be read no further.
    """
    table = open_table(stream, head, format, source, options)
    if table.names is not None and _text_field(table.names, options) is None:
        raise DocumentError(f"{table.location}: {_no_text_field(table.names, options)}")
    is_empty = True
    for position, row in table.rows:
        is_empty = False
        yield _document(row, position, source, options)
    if is_empty:
        raise DocumentError(f"{source}: is empty")


def _document(row: Mapping[str, Any] | str, position: str, path: str, options: ReadOptions) -> Document | DocumentError:
    """A row as a document."""
    source, fields = f"{path}:{position.rpartition(' ')[2]}", {}
    try:
        if isinstance(row, str):
            raise DocumentError(row)
        name = _text_field(row, options)
        fields = {without_surrogates(str(key)): plain_value(value) for key, value in row.items() if key != name}
        source = _id(row, options) or source
        if name is None:
            raise DocumentError(_no_text_field(row, options))
        text = row[name]
        if not isinstance(text, str):
            raise DocumentError(f"the field {name!r} is {'empty' if text is None else 'not text'}")
        if not text.strip():
            raise DocumentError(f"the field {name!r} is empty")
        if len(text) > options.max_bytes:
            raise options.too_large("the text")
    except DocumentError as error:
        return DocumentError(f"{path}, {position}: {error}", source=source, part=position, fields=fields)
    return Document(source, clean(text), fields, path=path, part=position)


def _text_field(names: Collection[str], options: ReadOptions) -> str | None:
    """The name of the field that holds the text; None if there is no such field."""
    usual = (options.field,) if options.field else DOCUMENT_FIELDS
    return next((name for name in usual if name in names), None)


def _no_text_field(names: Collection[str], options: ReadOptions) -> str:
    return missing_field(options.field or DOCUMENT_FIELDS[0], names, "--field")


def _id(row: Mapping[str, Any], options: ReadOptions) -> str | None:
    """The row's id; None if it has none. Raises DocumentError if the field that was asked for is not there."""
    if options.id_field and options.id_field not in row:
        raise DocumentError(f"has no field {options.id_field!r}, which --id-field names")
    names = (options.id_field,) if options.id_field else ID_FIELDS
    value = next((row[name] for name in names if row.get(name) is not None), None)
    return without_surrogates(str(value)) if isinstance(value, str | int) and str(value).strip() else None
