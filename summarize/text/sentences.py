"""Sentence boundaries of a text, in characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

# A longer "sentence" is text without full stops (a list, a table, a log) and is split into its lines.
MAX_CHARACTERS = 400
# A line that begins with a speaker's name or a list marker begins a sentence, even after a line without a full stop.
_ITEM = re.compile(
    r"\n(?=[ \t]*(?:(?:[-*•‣–—]|\d{1,3}[.)])[ \t]+\S|#?[A-Z][\w.'’-]*#?(?: [A-Z#(][\w.'’()-]*){0,3}:[ \t]))"
)
# Quotation marks, but not apostrophes: those are inside a word or, in tokenised text, before "s", "t", "ll" …
_QUOTE = re.compile(r"(?<!\w)(?:['’](?!(?:s|d|m|t|re|ve|ll|em)\b)|[\"‘“”`´])['\"‘’“”`´]*|['\"‘’“”`´]+(?!\w)")
# After a full stop: marks that always close a quotation, and marks that close one only if one is open.
_CLOSING = re.compile(r"['\"’”´]+(?!\w)|\s(?:[’”´]|'')+(?=\s|$)")
_AMBIGUOUS = re.compile(r"\s['\"](?=\s|$)")
_LINE = re.compile(r"[^\n]+")
_CHUNK = re.compile(rf"\S(?:.{{0,{MAX_CHARACTERS - 1}}}(?!\S)|\S{{0,{MAX_CHARACTERS - 1}}})", re.DOTALL)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence in order, without the white space around it.

    Sentences do not overlap, and only white space lies between them. Boundaries are those of sentencex (Wikimedia),
    which does not depend on letter case. It finds none inside quotation marks, so marks are hidden from it: a quotation
    of several sentences is several sentences, and an apostrophe that looks like a mark does no harm.
    """
    spans: list[tuple[int, int]] = []
    for sentence_start, sentence_end in _boundaries(text):
        for start, end in _split_at_items(text, sentence_start, sentence_end):
            spans += _split_if_long(text, start, end)
    return spans


def _boundaries(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of sentences, each with the quotation marks that close it."""
    unquoted = _QUOTE.sub(lambda marks: " " * len(marks[0]), text)
    start, starts_quoted = 0, False
    for boundary in sentencex.get_sentence_boundaries("en", unquoted):
        end = boundary["end_index"]
        while end > start and unquoted[end - 1].isspace():
            end -= 1
        n_straight_marks = sum(mark[0] in "'\"" for mark in _QUOTE.findall(text, start, end))
        ends_quoted = starts_quoted ^ bool(n_straight_marks % 2)
        closing = _CLOSING.match(text, end) or (_AMBIGUOUS.match(text, end) if ends_quoted else None)
        stop = closing.end() if closing else end
        if end == start or (closing and text[end - 1] in "?!" and text[stop : stop + 2].lstrip()[:1].islower()):
            continue  # "Is it true?" he asked.
        yield start, stop
        start = stop
        starts_quoted = ends_quoted and not closing and "\n" not in text[end : boundary["end_index"]]
    if start < len(text):
        yield start, len(text)


def _split_at_items(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of the turns of a conversation, or of the items of a list, in one sentence of sentencex."""
    for item in _ITEM.finditer(text, start, end):
        yield start, item.start()
        start = item.start()
    yield start, end


def _split_if_long(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence; or the lines of a sentence that is too long; or parts, cut between words, of a line that is too
    long."""
    if end - start <= MAX_CHARACTERS:
        yield from _stripped(text, start, end)
        return
    for line in _LINE.finditer(text, start, end):
        if line.end() - line.start() <= 2 * MAX_CHARACTERS:
            yield from _stripped(text, *line.span())
        else:
            for chunk in _CHUNK.finditer(text, *line.span()):
                yield from _stripped(text, *chunk.span())


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without the white space around it; nothing if it is all white space."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
