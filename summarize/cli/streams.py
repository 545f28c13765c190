"""What every command shares with its caller: exit codes, one-sentence messages on stderr, a progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import TypeVar

import click

from summarize.errors import SummarizeError
from summarize.rendering import heading

Item = TypeVar("Item")


class ExitStatus(IntEnum):
    """What the program's exit code says."""

    OK = 0
    DOCUMENT_FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


def complain(message: str) -> None:
    """One sentence on stderr, without what a terminal would obey."""
    click.echo(f"summarize: {heading(message)}", err=True)


@contextmanager
def errors_explained() -> Iterator[None]:
    """Turn what a person can cause into a sentence and an exit code; never a traceback."""
    try:
        yield
        sys.stdout.flush()
    except SummarizeError as error:
        complain(str(error))
        sys.exit(ExitStatus.USAGE)
    except BrokenPipeError:
        # The reader has had enough (| head). Python would complain when it closes stdout: give it another.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitStatus.OK)
    except OSError as error:
        complain(f"cannot write the output: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitStatus.DOCUMENT_FAILED)
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)


def progress(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, with a progress bar on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, what, console=Console(stderr=True), transient=True)
