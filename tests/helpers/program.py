"""The program in this process, its streams being no terminal."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from summarize.cli import main


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """What it does with these arguments; anything but an exit is raised."""
    result = CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result
