"""Data sets as tables: JSON Lines, CSV, TSV and Parquet, plain or compressed, a row at a time, for what must be all
right or not be used at all. (`rows` reads the same formats for documents, of which a bad one stops nothing.)"""

from __future__ import annotations

import csv
import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from summarize.errors import DataError

TABLES = (".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet")
_COMPRESSIONS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}


def suffix(path: Path) -> str:
    """What kind of file it is, under its compression."""
    return (Path(path.stem) if path.suffix in _COMPRESSIONS else path).suffix.lower()


def stem(path: Path) -> str:
    """A file's name without what says its kind."""
    return (Path(path.stem) if path.suffix in _COMPRESSIONS else path).stem


def is_table(path: Path) -> bool:
    """Whether a file has fields, by its name."""
    return suffix(path) in TABLES


def records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file and line, fields) of each row of a table. Raises DataError with file and line."""
    if suffix(path) == ".parquet":
        yield from _parquet(path)
        return
    table = suffix(path) in (".csv", ".tsv")
    with _open(path, newline="" if table else None) as lines:
        if table:
            csv.field_size_limit(2**31 - 1)  # the module's own is shorter than many documents
            reader = csv.DictReader(lines, delimiter="\t" if suffix(path) == ".tsv" else ",")
            for row in reader:
                yield f"{path}, line {reader.line_num}", row
            return
        for number, line in enumerate(lines, 1):
            if number == 1 and line.startswith("["):
                raise DataError(
                    f"{path}: is a JSON list, but an object a line is wanted (JSON Lines): jq -c '.[]' writes it so"
                )
            if line.strip():
                yield f"{path}, line {number}", _json_object(line, f"{path}, line {number}")


def is_kept(record: dict[str, Any], where: str | None) -> bool:
    """Whether a row is one that "field=value" asks for: the value as text, or as JSON (true, 3)."""
    key, _, value = (where or "").partition("=")
    return not where or value in (record.get(key), json.dumps(record.get(key)))


def required(record: dict[str, Any], name: str, kind: str, place: str) -> Any:
    """A field of a row. Raises DataError where there is none; kind: what --…-field names it."""
    if name not in record:
        has = ", ".join(map(str, record)) or "nothing"
        raise DataError(f"{place}: has no field {name!r} (it has {has}); --{kind}-field names it")
    return record[name]


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, without their ends. Raises DataError."""
    with _open(path) as lines:
        for line in lines:
            yield line.rstrip("\n")


def _json_object(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place}: is not JSON: {error}") from None
    if not isinstance(row, dict):
        raise DataError(f"{place}: is not a JSON object")
    return row


def _parquet(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DataError(
            f"{path}: reading Parquet needs the extra `documents`: pip install 'summarize[documents]'"
        ) from None
    if not path.exists():
        raise DataError(f"{path}: no such file")
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None


@contextmanager
def _open(path: Path, newline: str | None = None) -> Iterator[TextIO]:
    """The lines of a text file, plain or compressed, with what goes wrong as a sentence."""
    try:
        with _COMPRESSIONS.get(path.suffix, open)(path, "rt", encoding="utf-8-sig", newline=newline) as lines:
            yield lines
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder where a file was expected") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
