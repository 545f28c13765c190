"""What a stream can show: whether it gets colours, and whether a line on it can be redrawn."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console

Color = Literal["auto", "always", "never"]
COLORS: tuple[Color, ...] = ("auto", "always", "never")


def make_console(out: IO[str], color: Color = "auto") -> Console:
    """A rich console on a stream, as wide as the terminal, or COLUMNS.

    color: "auto" gives colours on a terminal, subject to NO_COLOR, FORCE_COLOR and TERM=dumb; "always" and "never"
    override these. Its methods raise BrokenPipeError once the reader of the stream is gone.
    """
    from rich.console import Console

    class PlainPipeConsole(Console):
        def on_broken_pipe(self) -> None:
            """Let the caller end the program: rich itself would exit with 1."""
            raise  # the BrokenPipeError that rich is handling

    match color:
        case "always":
            return PlainPipeConsole(
                file=out, highlight=False, force_terminal=True, no_color=False, color_system=_color_system(out)
            )
        case "never":
            return PlainPipeConsole(file=out, highlight=False, no_color=True, color_system=None)
        case _:
            return PlainPipeConsole(file=out, highlight=False)


def _color_system(out: IO[str]) -> Literal["256", "auto"]:
    """The colours for "always": the terminal's own, or the 256 that every pager knows."""
    return "auto" if out.isatty() and not is_dumb() else "256"


def is_dumb() -> bool:
    """Whether the terminal ignores control sequences."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def can_redraw(out: IO[str]) -> bool:
    """Whether a line on this stream can be redrawn, as a progress bar needs."""
    return out.isatty() and not is_dumb()
