"""Progress bars on stderr, drawn only where stderr is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from summarize.cli.options import DisplayOptions
from summarize.cli.streams import messages_written_by
from summarize.rendering.terminal import can_redraw, make_console

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, Task
    from rich.text import Text


class Meter:
    """Counts the documents of a run, and shows the count on a progress bar if there is one."""

    def __init__(self, bar: Progress | None = None, n_total: int | None = None) -> None:
        self.n_done = 0
        self._bar = bar
        self._task = None if bar is None else bar.add_task("", total=n_total)

    def step(self, n_before: int = 0) -> None:
        """Count one more document. n_before: documents that an earlier run has done."""
        self.n_done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=n_before + self.n_done)


@contextmanager
def meter(
    label: str, n_total: int | None, display: DisplayOptions, *, shares_terminal: bool = False
) -> Iterator[Meter]:
    """A meter of n_total documents (None: unknown), whose bar is removed at the end.

    shares_terminal: results are written to the same terminal. No bar is drawn then, as it would overwrite them.
    """
    if shares_terminal or display.quiet or not can_redraw(sys.stderr):
        yield Meter()
        return
    with progress_bar(_columns(label), display) as bar:
        yield Meter(bar, n_total)


@contextmanager
def progress_bar(columns: list[ProgressColumn], display: DisplayOptions) -> Iterator[Progress]:
    """A bar on stderr that is removed at the end; messages are printed above it."""
    from rich.progress import Progress
    from rich.text import Text

    bar = Progress(*columns, console=make_console(sys.stderr, display.color), transient=True, redirect_stdout=False,
                   redirect_stderr=False)  # fmt: skip
    with bar, messages_written_by(lambda line: bar.console.print(Text(line), soft_wrap=True)):
        yield bar


def _columns(label: str) -> list[ProgressColumn]:
    """What a bar shows: a label, the bar, how many of how many, the rate, the time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class RateColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            """The rate of a task."""
            speed = task.finished_speed or task.speed
            return Text(rate_text(speed) if speed else "", style="dim" if speed else "")

    return [TextColumn(label), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn(compact=True)]


def rate_text(documents_per_second: float) -> str:
    """Documents per second, or seconds per document where there is less than one in a second."""
    if documents_per_second >= 1 or not documents_per_second:
        return f"{documents_per_second:,.1f} a second"
    return f"{1 / documents_per_second:.1f} s each"
