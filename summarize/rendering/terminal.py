"""What a stream can show: whether colours are wanted there, and whether a line may be redrawn."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console

Color = Literal["auto", "always", "never"]
COLORS: tuple[Color, ...] = ("auto", "always", "never")


def console(out: IO[str], color: Color = "auto") -> Console:
    """A rich console on a stream.

    auto: colours on a terminal, as NO_COLOR, FORCE_COLOR and TERM=dumb have it; always and never are stronger than
    those. Its width is the terminal's, or COLUMNS. A reader that has gone raises BrokenPipeError, as for any stream.
    """
    from rich.console import Console

    class PlainPipeConsole(Console):
        def on_broken_pipe(self) -> None:
            """Let the caller end the program: rich's own way is to exit with 1."""
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
    """The colours to write where they are always wanted: the terminal's own, or those that every pager knows."""
    return "auto" if out.isatty() and not is_dumb() else "256"


def is_dumb() -> bool:
    """Whether the terminal obeys no control sequences."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def can_redraw(out: IO[str]) -> bool:
    """Whether a line on this stream can be drawn again and again, as a progress bar is."""
    return out.isatty() and not is_dumb()
