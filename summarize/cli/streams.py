"""What every command shares with its caller: exit codes and one-sentence messages on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum

import click

from summarize.cli.signals import Interrupted, interruptible
from summarize.errors import SummarizeError
from summarize.rendering import heading

QUIET = "summarize.quiet"  # the key in a context's meta under which --quiet stands

# Where messages go while a progress bar is drawn on stderr: above it.
print_above: list[Callable[[str], None]] = []


class ExitStatus(IntEnum):
    """What the program's exit code says."""

    OK = 0
    DOCUMENT_FAILED = 1
    USAGE = 2
    INTERRUPTED = 130
    TERMINATED = 143


def complain(message: str) -> None:
    """One sentence on stderr, without what a terminal would obey."""
    line = f"summarize: {heading(message)}"
    if print_above:
        print_above[-1](line)
    else:
        with suppress(OSError):  # nobody reads it: no reason to stop
            click.echo(line, err=True)


def note(message: str) -> None:
    """The same, for what is no error: --quiet leaves it out."""
    if not is_quiet():
        complain(message)


def is_quiet() -> bool:
    """Whether the command that runs was asked to say nothing but errors."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(QUIET))


def _flush() -> None:
    """Write what stdout holds back, if the caller has left it open."""
    if sys.stdout is not None:
        sys.stdout.flush()


def end_output() -> None:
    """Give stdout nowhere to go: its reader has gone, and Python would complain when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def errors_explained() -> Iterator[None]:
    """Turn what a person can cause into a sentence and an exit code; never a traceback."""
    try:
        with interruptible():
            yield
            _flush()
    except SummarizeError as error:
        complain(str(error))
        sys.exit(ExitStatus.USAGE)
    except BrokenPipeError:  # the reader has had enough (| head)
        end_output()
        sys.exit(ExitStatus.OK)
    except OSError as error:
        complain(f"cannot write the output: {error.strerror or error}")
        end_output()
        sys.exit(ExitStatus.DOCUMENT_FAILED)
    except KeyboardInterrupt as error:
        try:
            _flush()
        except OSError:  # the reader was interrupted, too
            end_output()
        sys.exit(error.exit_code if isinstance(error, Interrupted) else ExitStatus.INTERRUPTED)
