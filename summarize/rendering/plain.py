"""Summaries as plain text, for pipes and files."""

from __future__ import annotations

from typing import IO

from summarize.rendering.records import Record
from summarize.rendering.text import heading, printable


class PlainRenderer:
    """A summary's sentences, one a line; a blank line and a heading between documents where there are several."""

    says_what_was_read = False

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._first = out, several, True

    def write(self, record: Record) -> None:
        """Write one summary; failed documents are told of on stderr only."""
        if record.summary is None:
            return
        if self._several:
            print("" if self._first else "\n", f"==> {heading(record.source)} <==", sep="", file=self._out)
        self._first = False
        for sentence in record.sentences:
            print(printable(sentence["text"]), file=self._out)
        self._out.flush()

    def close(self) -> None:
        """Nothing comes after the last one."""
