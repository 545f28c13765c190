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
from summarize.documents.field_values import read_value
from summarize.documents.tables import find_field, missing_field, open_table
from summarize.errors import DocumentError

CONVERSATION_FIELDS = ("messages", "conversation", "transcript")  # which hold lists of messages, after DOCUMENT_FIELDS


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
        extracted = read_value(row[name], options)
        if extracted is None:
            raise DocumentError(f"the field {name!r} is not text")
        text = clean(extracted.text)
        if not text.strip():
            raise DocumentError(f"the field {name!r} is empty")
    except DocumentError as error:
        return DocumentError(f"{path}, {position}: {error}", source=source, part=position, fields=fields)
    return Document(source, text, fields, extracted.sections, path, position)


def _text_field(names: Collection[str], options: ReadOptions) -> str | None:
    """The name of the field that holds the text; None if there is no such field."""
    return find_field(names, (options.field,) if options.field else (*DOCUMENT_FIELDS, *CONVERSATION_FIELDS))


def _no_text_field(names: Collection[str], options: ReadOptions) -> str:
    return missing_field(options.field or DOCUMENT_FIELDS[0], names, "--field")


def _id(row: Mapping[str, Any], options: ReadOptions) -> str | None:
    """The row's id; None if it has none. Raises DocumentError if the field that was asked for is not there."""
    if options.id_field and find_field(row, (options.id_field,)) is None:
        raise DocumentError(f"has no field {options.id_field!r}, which --id-field names")
    has_value = [name for name in row if row[name] is not None]
    name = find_field(has_value, (options.id_field,) if options.id_field else ID_FIELDS)
    value = None if name is None else row[name]
    return without_surrogates(str(value)) if isinstance(value, str | int | float) and str(value).strip() else None
