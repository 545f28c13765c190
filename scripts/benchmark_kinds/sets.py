"""The documents: data sets in JSON Lines, and folders of files with references."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click
import numpy as np
from prepare_news import read_rows

from summarize.documents import read_document
from summarize.pipeline.request import Sectioned
from summarize.records import sectioned
from summarize.text.language import ENGLISH, foreign_language, language_code
from summarize.text.matching import count_words

REFERENCES = "references.jsonl"  # in a folder of files: rows with `file` and `references`
MIN_WORDS = 5  # that a summary may have at least


@dataclass(frozen=True)
class Document:
    """A document of a set as it is read, with its references."""

    id: str
    source: Sectioned
    references: tuple[str, ...]

    @cached_property
    def language(self) -> str:
        """The ISO 639 code of its language as the program recognises it."""
        name = foreign_language(self.source.text)
        return language_code(name) if name else ENGLISH


@dataclass(frozen=True)
class DocumentSet:
    """The documents of one kind, and the words that a summary of one may have."""

    name: str
    documents: list[Document]

    @property
    def max_words(self) -> int:
        """The mean length of the references."""
        lengths = [count_words(reference) for document in self.documents for reference in document.references]
        return max(MIN_WORDS, round(float(np.mean(lengths))))


def find_sets(paths: Sequence[Path], only: Sequence[str], n: int) -> list[DocumentSet]:
    """The sets of files and folders, of each at most n documents; only: their names, all if empty.

    A folder with REFERENCES is a set; of any other folder every data set with "-validation" or "-all" in its name is
    one. Raises click.UsageError if there are none.
    """
    sources = {name: source for path in paths for name, source in _sources(path).items()}
    unknown = [name for name in only if name not in sources]
    if unknown or not sources:
        raise click.UsageError(f"no set {', '.join(unknown) or 'was found'}; there are: {', '.join(sources) or 'none'}")
    return [_load(name, source, n) for name, source in sources.items() if not only or name in only]


def _sources(path: Path) -> dict[str, Path]:
    """By name, the files and folders that are sets."""
    if path.is_file() or (path / REFERENCES).exists():
        return {_name(path): path}
    found = sorted(p for p in path.glob("*.jsonl*") if "-validation" in p.name or "-all" in p.name)
    return {_name(p): p for p in found}


def _name(path: Path) -> str:
    return path.name.split(".")[0].removesuffix("-validation").removesuffix("-all")


def _load(name: str, path: Path, n: int) -> DocumentSet:
    documents = _read_folder(path) if path.is_dir() else _read_rows(path)
    return DocumentSet(name, random.Random(name).sample(documents, min(n, len(documents))))


def _read_folder(folder: Path) -> list[Document]:
    """The files of a folder that REFERENCES names, each as the program reads it."""
    rows = read_rows(folder / REFERENCES)
    return [_written(row["file"], str(folder / row["file"]), row["references"]) for row in rows]


def _written(name: str, path: str, references: Sequence[str]) -> Document:
    return Document(name, sectioned(read_document(path)), tuple(references))


def _read_rows(path: Path) -> list[Document]:
    """The rows of a data set; of CNN/DailyMail, those of the official proportion alone."""
    rows = [row for row in read_rows(path) if row.get("official_mix", True) and row.get("summary", "").strip()]
    if "-all" in path.name:  # the other rows are for training: scripts/prepare_writer.py
        rows = rows[::10]
    return [
        Document(str(row["id"]), Sectioned(row["document"]), tuple(row.get("references") or [row["summary"]]))
        for row in rows
    ]
