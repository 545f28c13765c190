"""Summaries as panels on a terminal."""

from __future__ import annotations

from typing import IO

from summarize.rendering.records import Record
from summarize.rendering.text import heading, printable
from summarize.terminal import Color, console


class RichRenderer:
    """A panel a document."""

    says_what_was_read = True

    def __init__(self, out: IO[str], color: Color = "auto") -> None:
        self._console = console(out, color)

    def write(self, record: Record) -> None:
        """Print one panel; failed documents are told of on stderr only."""
        if record.summary is None:
            return
        from rich.panel import Panel
        from rich.text import Text

        body = Text("\n".join(printable(s["text"]) for s in record.sentences))
        read = f"{record.selected_words:,} of {record.words:,} words read"
        if record.selected_words == record.words:
            read = f"{record.words:,} words read"
        title = Text(heading(record.source), style="bold")
        self._console.print(
            Panel(
                body,
                title=title,
                title_align="left",
                subtitle=Text(read, style="dim"),
                subtitle_align="right",
                padding=(0, 1),
            )
        )

    def close(self) -> None:
        """Nothing comes after the last one."""
