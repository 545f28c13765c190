"""Data sets to score on, from the files they come in: documents with one or more references each, one by one.

JSON Lines, CSV, TSV and Parquet; text files with a document a line beside files of references; folders of files. Only
what a file says is held in memory, a row at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from summarize.documents import DOCUMENT_FIELDS, SUMMARY_FIELDS, decode
from summarize.documents.tables import is_kept, is_table, records, required, stem, text_lines
from summarize.errors import DataError, DocumentError

# Several references come under these names; they are looked for before the names of single ones.
REFERENCE_FIELDS = ("references", *SUMMARY_FIELDS, "reference", "abstract", "tldr")


@dataclass(frozen=True)
class Example:
    """A document, if there is one, with its references, a sentence a line.

    place: the file and line, for messages.
    """

    id: str
    place: str
    document: str | None
    references: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """Where a data set is and which part of it counts.

    data: a table (JSON Lines, CSV, TSV, Parquet), a text file with a document a line, or a folder of documents;
    references: for the last two, files or folders of the same shape, each with one reference a document. A text file
    without any holds the references themselves. where: "field=value" keeps the rows of a table whose field has that
    value; every: keeps every Nth of these.
    """

    data: Path
    references: tuple[Path, ...] = ()
    document_field: str | None = None
    summary_field: str | None = None
    where: str | None = None
    every: int = 1

    @property
    def is_part(self) -> bool:
        """Whether rows are left out."""
        return self.where is not None or self.every > 1

    def __iter__(self) -> Iterator[Example]:
        """The examples that count, in the file's order. Raises DataError with file and line."""
        return (example for example in self.all_rows() if example is not None)

    def all_rows(self) -> Iterator[Example | None]:
        """An example for every row, or None for one that is left out."""
        kept = 0
        for example in self._all():
            if example is not None:
                kept += 1
            yield example if example is not None and (kept - 1) % self.every == 0 else None

    def _all(self) -> Iterator[Example | None]:
        """Every example, None in the place of those that `where` leaves out."""
        for path in (self.data, *self.references):
            if str(path) == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
                raise DataError(f"{path}: is read only once, but a data set is read again to score it; name a file")
        if is_table(self.data):
            if self.references:
                raise DataError(
                    f"{self.data}: a table holds its references; --references is for text files and folders"
                )
            return self._table()
        if self.where:
            raise DataError(f"{self.data}: --where needs fields, which only JSON Lines, CSV, TSV and Parquet have")
        return self._folders() if self.data.is_dir() else self._lines()

    def _table(self) -> Iterator[Example | None]:
        for row, (place, record) in enumerate(records(self.data)):
            if not is_kept(record, self.where):
                yield None
                continue
            name = self.summary_field or _usual(record, REFERENCE_FIELDS) or SUMMARY_FIELDS[0]
            references = texts_of(required(record, name, "summary", place), name, place)
            document = self.document_field or _usual(record, DOCUMENT_FIELDS)
            text = None
            if document is not None:
                text = "\n".join(texts_of(required(record, document, "document", place), document, place))
            yield self._example(row_id(record, row), place, text, references)

    def _lines(self) -> Iterator[Example]:
        paths = (self.data, *self.references)
        for row, texts in enumerate(zip_longest(*map(text_lines, paths))):
            if None in texts:
                longer = next(p for p, t in zip(paths, texts, strict=True) if t is not None)
                shorter = paths[texts.index(None)]
                raise DataError(f"{shorter}: ends after line {row:,}, but {longer} goes on: both need as many lines")
            document, *references = texts
            place = f"{self.references[0] if self.references else self.data}, line {row + 1}"
            if not references:
                yield self._example(str(row + 1), place, None, [document])
            else:
                yield self._example(str(row + 1), place, document, references)

    def _folders(self) -> Iterator[Example]:
        if not self.references:
            raise DataError(f"{self.data}: is a folder of documents; name that of the references with --references")
        names = folder_files(self.data)
        others = [(folder, folder_files(folder)) for folder in self.references]
        for folder, files in others:
            for name in names.keys() ^ files.keys():
                lacking = folder if name in names else self.data
                raise DataError(f"{lacking}: has no file for {(names | files)[name]}")
        for name, path in names.items():
            references = [read_text(files[name]) for _, files in others]
            yield self._example(name, str(path), read_text(path), references)

    def _example(self, id_: str, place: str, document: str | None, references: Sequence[str]) -> Example:
        if not references or not all(reference.strip() for reference in references):
            raise DataError(f"{place}: the reference is empty; a score against it would mean nothing")
        return Example(id_, place, document, tuple(references))


def row_id(record: dict[str, Any], row: int) -> str:
    """A row's id as text; its number, from 1, where it has none."""
    value = record.get("id")
    return str(row + 1) if value is None else str(value)


def _usual(record: dict[str, Any], names: Iterable[str]) -> str | None:
    return next((name for name in names if record.get(name) is not None), None)


def texts_of(value: Any, name: str, place: str) -> list[str]:
    """A field's text, or texts where it holds a list of them."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) for v in values):
        raise DataError(f"{place}: the field {name!r} is neither text nor a list of texts")
    return values


def folder_files(folder: Path) -> dict[str, Path]:
    """The files of a folder by their stems, in order; hidden ones are left out."""
    if not folder.is_dir():
        raise DataError(f"{folder}: is no folder, but the documents are in one")
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
