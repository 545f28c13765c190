"""Summaries as plain text, for pipes and files."""

from __future__ import annotations

from typing import IO

from summarize.rendering.records import Record, new_section
from summarize.rendering.text import heading, passage, printable
from summarize.rendering.words import ShownWord, doubts, shown_words


class PlainRenderer:
    """A summary's sentences, one a line; a blank line and a heading between documents where there are several.

    Of an explained one, indented lines under each sentence say where it came from.
    """

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
        for i, (sentence, words) in enumerate(zip(record.sentences, shown_words(record), strict=True)):
            if title := new_section(record, i):
                print("" if i == 0 else "\n", heading(title), sep="", file=self._out)
            print(printable(sentence["text"]), file=self._out)
            for line in _origins(record, i, words):
                print(f"    {line}", file=self._out)
        self._out.flush()

    def close(self) -> None:
        """Nothing comes after the last one."""


def _origins(record: Record, sentence: int, words: list[ShownWord]) -> list[str]:
    """What there is to say of where a sentence came from, a thing a line."""
    explanation = record.explanation
    if explanation is None:
        return []
    lines = [f"line {p.line}: {passage(explanation.document[p.start : p.end])}" for p in explanation.passages[sentence]]
    written = [word.text for word in words if not word.is_copied and not word.is_mark]
    if written:
        lines.append(f"written, not copied: {passage(', '.join(written))}")
    return lines + [f"{what}: {of}" for what, of in doubts(record, sentence, passage)]
