"""What every command shares with its caller: exit codes, and messages of one sentence on stderr."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum

import click

from summarize.cli.signals import Interrupted, interruptible
from summarize.errors import DataError, DocumentError, SummarizeError, UsageError
from summarize.rendering import on_one_line

MessageWriter = Callable[[str], None]

_message_writers: list[MessageWriter] = []  # of the progress bars that are drawn on stderr; the last one is in use
_ARGUMENT = re.compile(r"\A(\w+)=(.+?): ")


class ExitStatus(IntEnum):
    """The program's exit codes."""

    OK = 0
    DOCUMENT_FAILED = 1
    USAGE = 2
    INTERRUPTED = 130
    TERMINATED = 143


def report(message: str) -> None:
    """Print a message on stderr, on one line and without control sequences."""
    line = f"summarize: {on_one_line(message)}"
    if _message_writers:
        _message_writers[-1](line)
    else:
        with suppress(OSError):  # stderr is closed or full: the program goes on without it
            click.echo(line, err=True)


def show_traceback(error: Exception) -> None:
    """Print where an exception was raised on stderr, a message a line."""
    for entry in traceback.format_exception(error):
        for line in entry.rstrip().split("\n"):
            report(line)


@contextmanager
def messages_written_by(writer: MessageWriter) -> Iterator[None]:
    """Within it, messages go to `writer` instead of stderr: a progress bar prints them above itself."""
    _message_writers.append(writer)
    try:
        yield
    finally:
        _message_writers.pop()


def discard_output() -> None:
    """Send stdout to nowhere once its reader has gone; else Python would fail when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def errors_reported() -> Iterator[None]:
    """Turn an error that a user can cause into a message and an exit code, never a traceback."""
    try:
        with interruptible():
            yield
            _flush_output()
    except SummarizeError as error:
        report(_with_option_name(str(error)) if isinstance(error, UsageError) else str(error))
        is_unreadable = isinstance(error, DataError | DocumentError)
        sys.exit(ExitStatus.DOCUMENT_FAILED if is_unreadable else ExitStatus.USAGE)
    except BrokenPipeError:  # the reader has read enough (| head)
        discard_output()
        sys.exit(ExitStatus.OK)
    except OSError as error:
        report(f"cannot write the output: {error.strerror or error}")
        discard_output()
        sys.exit(ExitStatus.DOCUMENT_FAILED)
    except KeyboardInterrupt as error:
        try:
            _flush_output()
        except OSError:  # the reader was interrupted, too
            discard_output()
        sys.exit(error.exit_code if isinstance(error, Interrupted) else ExitStatus.INTERRUPTED)


def _flush_output() -> None:
    if sys.stdout is not None:  # None where the caller has closed it
        sys.stdout.flush()


def _with_option_name(message: str) -> str:
    """A library's message about an argument (max_length=3: …), about the option of the command (--max-length 3: …)."""
    argument, context = _ARGUMENT.match(message), click.get_current_context(silent=True)
    for parameter in context.command.params if argument and context else ():
        if argument and isinstance(parameter, click.Option) and parameter.name == argument[1]:
            option = max(parameter.opts, key=len) + ("" if argument[2] == "True" else f" {argument[2]}")
            return f"{option}: {message[argument.end() :]}"
    return message
