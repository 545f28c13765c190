"""Progress on stderr: how many documents are done, of how many, how quickly; only where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from summarize.cli.streams import is_quiet, print_above
from summarize.rendering.terminal import Color, can_redraw, console

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

Item = TypeVar("Item")


class Meter:
    """Counts what is done, and shows it where somebody can see it."""

    def __init__(self, bar: Progress | None, total: int | None) -> None:
        self.done = 0  # by this run
        self._bar = bar
        self._task = None if bar is None else bar.add_task("", total=total)

    def step(self, before: int = 0) -> None:
        """One more is done, beside so many that were done before."""
        self.done += 1
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=before + self.done)


@contextmanager
def meter(what: str, total: int | None = None, *, shared: bool = False, color: Color = "auto") -> Iterator[Meter]:
    """A meter of so many documents (None: unknown) that is taken away at the end.

    shared: whether results go to the same terminal, where a bar would be drawn over them: they are progress enough.
    """
    if shared or is_quiet() or not can_redraw(sys.stderr):
        yield Meter(None, total)
        return
    from rich.progress import Progress
    from rich.text import Text

    bar = Progress(*_columns(what), console=console(sys.stderr, color), transient=True, redirect_stdout=False,
                   redirect_stderr=False)  # fmt: skip
    with bar:
        print_above.append(lambda line: bar.console.print(Text(line), soft_wrap=True))
        try:
            yield Meter(bar, total)
        finally:
            print_above.pop()


def _columns(what: str) -> list[ProgressColumn]:
    """What a bar shows: a word, the bar, how many of how many, the rate, the time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class RateColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            """Documents a second, or seconds a document where that says more."""
            speed = task.finished_speed or task.speed
            if not speed:
                return Text("")
            return Text(f"{speed:.1f} a second" if speed >= 1 else f"{1 / speed:.1f} s each", style="dim")

    return [TextColumn(what), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn(compact=True)]


def progress(items: Iterable[Item], what: str) -> Iterator[Item]:
    """The items, with a meter."""
    with meter(what, len(items) if isinstance(items, Sequence) else None) as counted:
        for item in items:
            yield item
            counted.step()
