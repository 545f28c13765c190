"""The program: in this process with streams that are no terminal, or its command line for another process."""

from __future__ import annotations

import sys
from pathlib import Path

from click.testing import CliRunner, Result

from summarize import Summarizer
from summarize.cli import main


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """The result of the program with these arguments; an exception other than SystemExit fails the test."""
    result = CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def command_line(*arguments: str | Path) -> list[str]:
    """The command line that starts the program in a process of its own."""
    return [sys.executable, "-m", "summarize", *map(str, arguments)]


def messages_in(stderr: str) -> list[str]:
    """The messages on stderr, each on a line of its own, without the program's name."""
    lines = stderr.splitlines()
    assert all(line.startswith("summarize: ") for line in lines), stderr
    return [line.removeprefix("summarize: ") for line in lines]


def summary_lines(summarizer: Summarizer, text: str) -> str:
    """The summary of a text as plain output: a sentence a line."""
    return "".join(f"{sentence.text}\n" for sentence in summarizer.summarize(text).sentences)
