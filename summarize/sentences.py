"""Where a text's sentences begin and end, in characters of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

# What no full stop ends (a list, a table, a log) is taken line by line once it is longer than a sentence can be.
LONGEST = 400  # characters
_PART = re.compile(r"\S(?:.{0,399}(?!\S)|\S{0,399})", re.DOTALL)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence, without the space around it, in order; they do not overlap and leave out
    nothing but space. Boundaries are sentencex's (Wikimedia), which does not go by letter case."""
    spans: list[tuple[int, int]] = []
    for boundary in sentencex.get_sentence_boundaries("en", text):
        spans += _parts(text, boundary["start_index"], boundary["end_index"])
    return spans


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, or the lines of one that is too long, or the stretches of a line that is too long."""
    if end - start <= LONGEST:
        yield from _trimmed(text, start, end)
        return
    for line in re.compile(r"[^\n]+").finditer(text, start, end):
        if line.end() - line.start() <= 2 * LONGEST:
            yield from _trimmed(text, *line.span())
        else:
            for part in _PART.finditer(text, *line.span()):
                yield from _trimmed(text, *part.span())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without the space around it, unless it is all space."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
