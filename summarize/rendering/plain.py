"""Summaries as plain text, for pipes and files."""

from __future__ import annotations

from typing import IO

from summarize.rendering.records import Record, new_section
from summarize.rendering.text import on_one_line, printable, unwrapped
from summarize.rendering.words import ShownWord, claim_lines, shown_words


class PlainRenderer:
    """The sentences of a summary, one per line; with several documents, a heading before each and a blank line between.

    Under each sentence of an explained summary, indented lines show where its words came from.
    """

    shows_word_counts = False

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._is_first = out, several, True

    def write(self, record: Record) -> None:
        """Write one summary. A document that failed is skipped: it is reported on stderr."""
        if record.summary is None:
            return
        if self._several:
            print("" if self._is_first else "\n", f"==> {on_one_line(record.source)} <==", sep="", file=self._out)
        self._is_first = False
        for i, (sentence, words) in enumerate(zip(record.sentences, shown_words(record), strict=True)):
            if title := new_section(record, i):
                print("" if i == 0 else "\n", on_one_line(title), sep="", file=self._out)
            print(printable(sentence["text"]), file=self._out)
            for line in _attribution_lines(record, i, words):
                print(f"    {line}", file=self._out)
        self._out.flush()

    def close(self) -> None:
        """Nothing follows the last summary."""


def _attribution_lines(record: Record, sentence: int, words: list[ShownWord]) -> list[str]:
    """The passages of a sentence, its generated words and its unsupported claims, as lines."""
    explanation = record.explanation
    if explanation is None:
        return []
    lines = [
        f"line {p.line}: {unwrapped(explanation.document[p.start : p.end])}" for p in explanation.passages[sentence]
    ]
    generated = [word.text for word in words if not word.is_copied and not word.is_punctuation]
    if generated:
        lines.append(f"generated, not copied: {unwrapped(', '.join(generated))}")
    return lines + [f"{label}: {texts}" for label, texts in claim_lines(record, sentence, unwrapped)]
