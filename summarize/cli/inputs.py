"""The options that say what to read and how, and the documents they ask for, a batch at a time."""

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
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from summarize.cli.help import section
from summarize.cli.options import with_options

if TYPE_CHECKING:
    from summarize.documents import Document, ReadOptions
    from summarize.errors import DocumentError

INPUT_FORMATS = (
    "text", "markdown", "html", "pdf", "docx", "epub", "rtf", "eml", "mbox", "srt", "vtt",
    "jsonl", "json", "csv", "tsv", "parquet",
)  # fmt: skip
PAUSE_SECONDS = 0.2  # a pipe that gives nothing for so long is not waited for
_RECURSIVE = click.option("--recursive", "-r", is_flag=True, help="Read the files in folders, too.")
INPUT_OPTIONS = (
    section("Input"),
    click.option("--input-format", "-i", type=click.Choice(INPUT_FORMATS), metavar="FORMAT",
                 help="How to read what names do not tell: " + ", ".join(INPUT_FORMATS) + "."),
    click.option("--field", metavar="NAME", help="The field that holds the text of a row. [default: a usual name]"),
    click.option("--id-field", metavar="NAME", help="The field that names a row. [default: id]"),
    _RECURSIVE,
    click.option("--max-size", type=click.FloatRange(0, min_open=True), default=100, show_default=True, metavar="MB",
                 help="Largest document (file or row) in megabytes, decompressed."),
)  # fmt: skip


def input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is read."""
    return with_options(INPUT_OPTIONS, command)


def corpus_input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same but for --recursive: a corpus is what is in its folders."""
    return with_options([option for option in INPUT_OPTIONS if option is not _RECURSIVE], command)


def read_options(options: dict[str, Any]) -> ReadOptions:
    """How the options say that documents are read."""
    from summarize.documents import ReadOptions

    return ReadOptions(
        options["input_format"],
        options["field"],
        options["id_field"],
        options.get("recursive", True),
        max(1, min(round(options["max_size"] * 1_000_000), 2**31 - 2)),
    )


def with_first(
    batches: Iterator[list[Document | DocumentError]], paths: Sequence[str]
) -> tuple[Iterator[list[Document | DocumentError]], int | None]:
    """The batches again, the first of them being read; and how many documents there are, if each path is one."""
    from summarize.documents import source_name

    names = set(map(source_name, paths))
    first = next(batches, [])
    one_each = all(document.source in names and not document.part for document in first)
    return (chain([first], batches) if first else batches), len(paths) if one_each else None


def read_inputs(
    files: Sequence[str], options: dict[str, Any], wants: Callable[[str], bool] | None = None
) -> Iterator[list[Document | DocumentError]]:
    """Batches of the documents that the files name, or the errors in their places; never an empty one.

    What comes from a pipe is handed on in smaller batches where the pipe pauses. wants: whether a document is wanted,
    by its source.
    """
    from summarize.documents import read_documents

    live = any(map(_may_pause, files))
    documents = read_documents(files, read_options(options), _standard_input() if live else None)
    if wants is not None:
        documents = (document for document in documents if wants(document.source or ""))
    return (_prompt_batches if live else _batches)(documents, options["batch_size"])


def _may_pause(path: str) -> bool:
    """Whether a path is a pipe or a device, whose next bytes may be long in coming."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode if path == "-" else os.stat(path).st_mode
    except (OSError, ValueError, AttributeError):  # no such file, or a stream that is no file
        return path == "-"
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _standard_input() -> BinaryIO | None:
    """Standard input for another thread. Python's own object would be locked at exit by a thread that waits in it."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except (OSError, ValueError, AttributeError, io.UnsupportedOperation):
        return None


def _batches(documents: Iterable[Any], size: int) -> Iterator[list[Any]]:
    documents = iter(documents)
    while batch := list(islice(documents, size)):
        yield batch


@dataclass(frozen=True)
class _Stopped:
    """The end of the documents, or what ended them."""

    error: BaseException | None = None


def _prompt_batches(documents: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Batches of what is there: a document waits for others no longer than a pipe pauses. A thread reads ahead, at
    most two batches, for a read that waits cannot be called off."""
    ready: queue.Queue[Any] = queue.Queue(size)

    def read() -> None:
        try:
            for document in documents:
                ready.put(document)
            ready.put(_Stopped())
        except BaseException as error:  # raised again where it is waited for
            ready.put(_Stopped(error))

    threading.Thread(target=read, daemon=True).start()
    batch: list[Any] = []
    while True:
        try:
            item = ready.get(timeout=PAUSE_SECONDS if batch else None)
        except queue.Empty:
            yield batch
            batch = []
            continue
        if isinstance(item, _Stopped):
            if batch:
                yield batch
            if item.error is not None:
                raise item.error
            return
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
