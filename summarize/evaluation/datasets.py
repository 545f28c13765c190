"""Data sets to score on, read from files one example at a time: documents with one or more references each.

JSON Lines, JSON, CSV, TSV and Parquet; text files with one text per line; folders with one file per text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from summarize.documents import DOCUMENT_FIELDS, SUMMARY_FIELDS, decode
from summarize.documents.dataset_rows import (
    dataset_rows,
    find_filled,
    given_id,
    is_table,
    read_lines,
    required_field,
    row_matches,
    stem,
)
from summarize.documents.tables import find_field
from summarize.errors import DataError, DocumentError, UsageError

# The usual names of reference fields, in order of preference; "references" holds a list of several.
REFERENCE_FIELDS = ("references", *SUMMARY_FIELDS)
PLURAL_FIELDS = frozenset({"references", "summaries"})  # in these, a list of texts is several references

# What a list of texts is in a field of references: the sentences of one, or one each; auto: as the field's name says.
Lists = Literal["auto", "sentences", "references"]


@dataclass(frozen=True)
class Example:
    """A document, if there is one, with its references, one sentence per line.

    location: for messages; has_joined_list: whether a reference was a list of sentences.
    """

    id: str
    location: str
    document: str | None
    references: tuple[str, ...]
    has_joined_list: bool = False


@dataclass(frozen=True)
class DataSet:
    """The location of a data set, and which of its rows are used.

    data: a table (JSON Lines, JSON, CSV, TSV, Parquet), a text file with one document per line, or a folder of files.
    references: for the last two, files or folders of the same shape, each with one reference per document; without any,
    a text file holds the references themselves. summary_fields: each of them holds a reference, or several; by default
    the first of the usual names. lists: what a list of texts in them is. where: "field=value" keeps the rows of a table
    whose field has that value; every: keeps every Nth of these.
    """

    data: Path
    references: tuple[Path, ...] = ()
    document_field: str | None = None
    summary_fields: tuple[str, ...] = ()
    lists: Lists = "auto"
    where: str | None = None
    every: int = 1

    @property
    def is_subset(self) -> bool:
        """Whether some rows are left out."""
        return self.where is not None or self.every > 1

    def __iter__(self) -> Iterator[Example]:
        """The examples that are used, in the file's order. Raises DataError with file and line, and UsageError where
        the data set cannot be what the options say."""
        return (example for example in self.all_rows() if example is not None)

    def all_rows(self) -> Iterator[Example | None]:
        """An example for every row, or None for one that is left out."""
        n_kept = 0
        for example in self._rows_where():
            if example is not None:
                n_kept += 1
            yield example if example is not None and (n_kept - 1) % self.every == 0 else None

    def _rows_where(self) -> Iterator[Example | None]:
        """An example for every row, or None for one that `where` leaves out."""
        for path in (self.data, *self.references):
            if str(path) == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
                raise UsageError(f"{path}: can be read only once, but scoring reads a data set twice; name a file")
        if is_table(self.data):
            if self.references:
                raise UsageError(
                    f"{self.data}: a table holds its references; --references is for text files and folders"
                )
            return self._table_rows()
        if self.where:
            raise UsageError(
                f"{self.data}: --where needs fields, which only JSON Lines, JSON, CSV, TSV and Parquet have"
            )
        return self._folder_rows() if self.data.is_dir() else self._text_rows()

    def _table_rows(self) -> Iterator[Example | None]:
        for row, (location, record) in enumerate(dataset_rows(self.data)):
            if not row_matches(record, self.where):
                yield None
                continue
            first = find_filled(record, REFERENCE_FIELDS) or SUMMARY_FIELDS[0]
            references: list[str] = []
            has_joined_list = False
            for name in self.summary_fields or (first,):
                value = required_field(record, name, "summary", location)
                of_field = self._references_in(value, name, location)
                has_joined_list |= isinstance(value, list) and len(of_field) != len(value)
                references += of_field
            document = self._document_in(record, location)
            yield _example(row_id(record, row), location, document, references, has_joined_list)

    def _document_in(self, record: dict[str, Any], location: str) -> str | None:
        """The document of a row; None if it has none, which only systems that summarise it need."""
        name = self.document_field or find_field(record, DOCUMENT_FIELDS)
        if name is None or (self.document_field is None and record[name] is None):
            return None
        value = required_field(record, name, "document", location)
        return "\n".join(texts_of(value, name, location))

    def _references_in(self, value: Any, name: str, location: str) -> list[str]:
        """The references in a field: text; a list of texts, by `lists`; or a list of lists of sentences."""
        if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
            return ["\n".join(texts_of(item, name, location)) for item in value]
        texts = texts_of(value, name, location)
        lists = self.lists
        if lists == "auto":
            lists = "references" if name in PLURAL_FIELDS else "sentences"
        return texts if lists == "references" else ["\n".join(texts)]

    def _text_rows(self) -> Iterator[Example]:
        paths = (self.data, *self.references)
        for row, texts in enumerate(zip_longest(*map(read_lines, paths))):
            if None in texts:
                longer = next(p for p, t in zip(paths, texts, strict=True) if t is not None)
                shorter = paths[texts.index(None)]
                raise DataError(f"{shorter}: ends after line {row:,}, but {longer} goes on: both need as many lines")
            document, *references = texts
            location = f"{self.references[0] if self.references else self.data}, line {row + 1}"
            if not references:
                yield _example(str(row + 1), location, None, [document])
            else:
                yield _example(str(row + 1), location, document, references)

    def _folder_rows(self) -> Iterator[Example]:
        if not self.references:
            raise UsageError(f"{self.data}: is a folder of documents; name that of the references with --references")
        documents = folder_files(self.data)
        reference_folders = [(folder, folder_files(folder)) for folder in self.references]
        for folder, files in reference_folders:
            for name in documents.keys() ^ files.keys():
                lacking = folder if name in documents else self.data
                raise DataError(f"{lacking}: has no file for {(documents | files)[name]}")
        for name, path in documents.items():
            references = [read_text(files[name]) for _, files in reference_folders]
            yield _example(name, str(path), read_text(path), references)


def _example(
    id_: str, location: str, document: str | None, references: Sequence[str], has_joined_list: bool = False
) -> Example:
    """An example. Raises DataError if a reference is empty."""
    if not references or not all(reference.strip() for reference in references):
        raise DataError(f"{location}: the reference is empty; a score against it would mean nothing")
    return Example(id_, location, document, tuple(references), has_joined_list)


def row_id(record: dict[str, Any], row: int) -> str:
    """A row's id as text; its number, from 1, if it has none."""
    return given_id(record) or str(row + 1)


def texts_of(value: Any, name: str, location: str) -> list[str]:
    """The text of a field, or the texts if it holds a list. name, location: for the message of the DataError."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) for v in values):
        raise DataError(f"{location}: the field {name!r} is neither text nor a list of texts")
    return values


def folder_files(folder: Path) -> dict[str, Path]:
    """The files of a folder by their stems, in order; hidden files are left out. Raises DataError."""
    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder, but the documents are in one")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            if stem(path) in files:
                raise DataError(f"{path}: has the same name as {files[stem(path)]}")
            files[stem(path)] = path
    return files


def read_text(path: Path) -> str:
    """The text of a file, in whatever encoding. Raises DataError."""
    try:
        return decode(path.read_bytes(), str(path))
    except DocumentError as error:
        raise DataError(str(error)) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
