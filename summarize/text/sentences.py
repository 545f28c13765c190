"""Where a text's sentences begin and end, in characters of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

# What no full stop ends (a list, a table, a log) is taken line by line once it is longer than a sentence can be.
LONGEST = 400  # characters
# A line that somebody's name or a list's mark opens is a sentence of its own, full stop or not.
_ITEM = re.compile(
    r"\n(?=[ \t]*(?:(?:[-*•‣–—]|\d{1,3}[.)])[ \t]+\S|#?[A-Z][\w.'’-]*#?(?: [A-Z#(][\w.'’()-]*){0,3}:[ \t]))"
)
# Quotation marks: what is no apostrophe, neither in a word nor, in tokenised text, before the end of one.
_QUOTE = re.compile(r"(?<!\w)(?:['’](?!(?:s|d|m|t|re|ve|ll|em)\b)|[\"‘“”`´])['\"‘’“”`´]*|['\"‘’“”`´]+(?!\w)")
# After a full stop: marks that surely close, and one that does where one is open.
_CLOSING = re.compile(r"['\"’”´]+(?!\w)|\s(?:[’”´]|'')+(?=\s|$)")
_AMBIGUOUS = re.compile(r"\s['\"](?=\s|$)")
_PART = re.compile(r"\S(?:.{0,399}(?!\S)|\S{0,399})", re.DOTALL)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence, without the space around it, in order; they do not overlap and leave out
    nothing but space. Boundaries are sentencex's (Wikimedia), which does not go by letter case; also inside quotation
    marks, where it would see none: a speech of many sentences is not one, and an apostrophe may pass for a mark."""
    spans: list[tuple[int, int]] = []
    for sentence_start, sentence_end in _boundaries(text):
        for start, end in _items(text, sentence_start, sentence_end):
            spans += _parts(text, start, end)
    return spans


def _boundaries(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of sentences, each with the quotation marks that close it."""
    unquoted = _QUOTE.sub(lambda marks: " " * len(marks[0]), text)
    start, is_open = 0, False  # whether the sentence begins inside quotation marks
    for boundary in sentencex.get_sentence_boundaries("en", unquoted):
        end = boundary["end_index"]
        while end > start and unquoted[end - 1].isspace():
            end -= 1
        opened = is_open ^ bool(sum(mark[0] in "'\"" for mark in _QUOTE.findall(text, start, end)) % 2)
        closing = _CLOSING.match(text, end) or (_AMBIGUOUS.match(text, end) if opened else None)
        stop = closing.end() if closing else end
        if end == start or (closing and text[end - 1] in "?!" and text[stop : stop + 2].lstrip()[:1].islower()):
            continue  # "Is it true?" he asked.
        yield start, stop
        start, is_open = stop, opened and not closing and "\n" not in text[end : boundary["end_index"]]
    if start < len(text):
        yield start, len(text)


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The turns of a conversation, or the items of a list, that were taken for one sentence."""
    for item in _ITEM.finditer(text, start, end):
        yield start, item.start()
        start = item.start()
    yield start, end


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
