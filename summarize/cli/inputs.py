"""The options that say what is read and how, and the documents of the inputs, a batch at a time."""

from __future__ import annotations

import io
import os
import queue
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from summarize.cli.help import section
from summarize.cli.options import Values, with_options

if TYPE_CHECKING:
    from summarize.documents import Document, ReadOptions
    from summarize.errors import DocumentError

Item = TypeVar("Item")

INPUT_FORMATS = (
    "text", "markdown", "rst", "org", "asciidoc", "latex", "ipynb", "xml", "html", "pdf", "epub", "rtf", "docx",
    "pptx", "xlsx", "xls", "odt", "ods", "odp", "msg", "eml", "mbox", "srt", "vtt", "sbv", "ass", "jsonl", "json",
    "csv", "tsv", "parquet",
)  # fmt: skip
PAUSE_SECONDS = 0.2  # a batch is not held back for a pipe that gives nothing for this long
_RECURSIVE = click.option("--recursive", "-r", is_flag=True, help="Search folders for files to read.")
_INPUT = (
    section("Input"),
    click.option("--input-format", "-i", type=click.Choice(INPUT_FORMATS), metavar="FORMAT",
                 help="Read all inputs in this format, whatever their names: " + ", ".join(INPUT_FORMATS) + "."),
    click.option("--field", metavar="NAME",
                 help="The field of a row that holds the text. [default: the first of the usual names]"),
    click.option("--id-field", metavar="NAME", help="The field that names a row. [default: id]"),
    _RECURSIVE,
    click.option("--max-size", type=click.FloatRange(0, min_open=True), default=100, show_default=True, metavar="MB",
                 help="Largest document (file or row) in megabytes, decompressed."),
)  # fmt: skip


def add_input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is read."""
    return with_options(_INPUT, command)


def add_corpus_input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the same options but --recursive: the folders of a corpus are always searched."""
    return with_options([option for option in _INPUT if option is not _RECURSIVE], command)


def read_options_from(values: Values) -> ReadOptions:
    """How documents are read. Folders are searched by a command that has no --recursive."""
    from summarize.documents import ReadOptions

    return ReadOptions(
        values["input_format"],
        values["field"],
        values["id_field"],
        values.get("recursive", True),
        max(1, min(round(values["max_size"] * 1_000_000), 2**31 - 2)),
    )


def read_inputs(
    paths: Sequence[str],
    options: ReadOptions,
    batch_size: int,
    is_wanted: Callable[[str], bool] = lambda source: True,
) -> Iterator[list[Document | DocumentError]]:
    """Batches of the documents that the paths name, or the errors in their places; never an empty batch.

    is_wanted: whether a document is to be read, by its source. A batch from a pipe is smaller where the pipe pauses.
    """
    from summarize.documents import read_documents

    has_pipe = any(map(_may_pause, paths))
    documents = read_documents(paths, options, _own_standard_input() if has_pipe else None)
    wanted = (document for document in documents if is_wanted(document.source or ""))
    return (_prompt_batches if has_pipe else _full_batches)(wanted, batch_size)


def with_total(
    batches: Iterator[list[Document | DocumentError]], paths: Sequence[str]
) -> tuple[Iterator[list[Document | DocumentError]], int | None]:
    """The batches, and the number of documents in all if each path names one; None where that is not known.

    Reads the first batch.
    """
    from summarize.documents import source_name

    names = set(map(source_name, paths))
    first = next(batches, [])
    is_one_each = all(document.source in names and not document.part for document in first)
    return (chain([first], batches) if first else batches), len(paths) if is_one_each else None


def _may_pause(path: str) -> bool:
    """Whether a path is a pipe or a device, which may give its next bytes late."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode if path == "-" else os.stat(path).st_mode
    except (OSError, ValueError, AttributeError):  # no such file, or a stream without a file
        return path == "-"
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _own_standard_input() -> BinaryIO | None:
    """Standard input for the reading thread. A thread that waits in Python's own object would lock it at exit."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except (OSError, ValueError, AttributeError, io.UnsupportedOperation):
        return None


def _full_batches(documents: Iterable[Item], size: int) -> Iterator[list[Item]]:
    documents = iter(documents)
    while batch := list(islice(documents, size)):
        yield batch


@dataclass(frozen=True)
class _End:
    """The end of the documents, or the error that ended them."""

    error: BaseException | None = None


def _prompt_batches(documents: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Batches of the documents that have arrived: a document waits for others no longer than PAUSE_SECONDS.

    A thread reads ahead, at most two batches, as a read that waits cannot be cancelled.
    """
    arrived: queue.Queue[Item | _End] = queue.Queue(size)

    def read() -> None:
        try:
            for document in documents:
                arrived.put(document)
            arrived.put(_End())
        except BaseException as error:  # raised again in the main thread
            arrived.put(_End(error))

    threading.Thread(target=read, daemon=True).start()
    batch: list[Item] = []
    while True:
        try:
            item = arrived.get(timeout=PAUSE_SECONDS if batch else None)
        except queue.Empty:
            yield batch
            batch = []
            continue
        if isinstance(item, _End):
            if batch:
                yield batch
            if item.error is not None:
                raise item.error
            return
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
