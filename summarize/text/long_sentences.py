"""What is too long for a sentence: lists and logs are split into lines, speech without full stops into clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from summarize.text.clauses import clause_starts
from summarize.text.word_classes import FUNCTION_WORDS

Span = tuple[int, int]  # characters [start, end)

MAX_CHARACTERS = 400  # a longer "sentence" may be text without full stops: a list, a table, a log, or speech
MAX_SPEECH_CHARACTERS, MIN_SPEECH_WORDS = 250, 30  # more than so many may be speech without punctuation
_LINE = re.compile(r"[^\n]+")
_CHUNK = re.compile(rf"\S(?:.{{0,{MAX_CHARACTERS - 1}}}(?!\S)|\S{{0,{MAX_CHARACTERS - 1}}})", re.DOTALL)
_PART = re.compile(r"[;:](?=\s)|,(?=\s+(?:and|but|or|provided|except|unless|which|in which|if|so|because|while)\b)")
_MARK = re.compile(r"[,;:()–—]")
_MIN_MARKS_PER_WORD = 1 / 40  # a sentence with fewer commas and the like is speech without punctuation
_MIN_OPEN_LINES, _MIN_LOWER_LINES, _MIN_FULL_LINES = 0.15, 0.5, 0.9  # shares of the lines of wrapped text
_FULL_LINE, _MIN_WIDTH = 0.85, 60  # of the longest line; characters


def split_long(text: str, start: int, end: int) -> Iterator[Span]:
    """A sentence, or its parts if it is too long; without the white space around them.

    A long sentence is kept whole up to twice MAX_CHARACTERS if its punctuation shows that it is one. Lines that are
    only the wrapping of a text do not split it.
    """
    is_speech = end - start > MAX_SPEECH_CHARACTERS and _is_speech(text, start, end)
    lines = [line.span() for line in _LINE.finditer(text, start, end)]
    if end - start <= MAX_CHARACTERS and not is_speech:
        yield from _stripped(text, start, end)
    elif len(lines) > 1 and not _is_wrapped(text, lines):
        for line_start, line_end in lines:
            yield from _split_line(text, line_start, line_end)
    else:
        yield from _split_line(text, start, end)


def _split_line(text: str, start: int, end: int) -> Iterator[Span]:
    """Text that no line end splits: whole, or split into clauses, or between words."""
    is_long = end - start > MAX_CHARACTERS
    is_speech = end - start > MAX_SPEECH_CHARACTERS and _is_speech(text, start, end)
    if (is_speech or (is_long and _is_unpunctuated(text, start, end))) and (starts := clause_starts(text[start:end])):
        bounds = [start, *(start + offset for offset in starts), end]
        for clause_start, clause_end in pairwise(bounds):
            yield from _in_chunks(text, clause_start, clause_end)
    elif end - start <= 2 * MAX_CHARACTERS:
        yield from _stripped(text, start, end)
    else:
        for part_start, part_end in _parts(text, start, end):
            yield from _in_chunks(text, part_start, part_end)


def _is_wrapped(text: str, lines: Sequence[Span]) -> bool:
    """Whether lines are those of running text: most begin with a small letter, and many end where a phrase does not or
    all are as long as the page is wide."""
    n_open = n_lower = n_full = 0
    width = max(end - start for start, end in lines)
    for (start, end), (next_start, next_end) in pairwise(lines):
        line = text[start:end].rstrip()
        n_open += line.endswith((",", "-")) or line.rpartition(" ")[2].lower() in FUNCTION_WORDS
        n_lower += text[next_start:next_end].lstrip(" \t\"'“‘(")[:1].islower()
        n_full += end - start > max(_MIN_WIDTH, _FULL_LINE * width)
    n = len(lines) - 1
    if n_open >= 2 * _MIN_OPEN_LINES * n:
        return True
    return n_lower >= _MIN_LOWER_LINES * n and (n_open >= _MIN_OPEN_LINES * n or n_full >= _MIN_FULL_LINES * n)


def _is_unpunctuated(text: str, start: int, end: int) -> bool:
    n_marks = len(_MARK.findall(text, start, end))
    return n_marks < _MIN_MARKS_PER_WORD * len(text[start:end].split())


def _is_speech(text: str, start: int, end: int) -> bool:
    """Whether a text has no full stop at its end and hardly any marks, as speech that a machine wrote down."""
    said = text[start:end].rstrip()
    return said[-1:].isalnum() and len(said.split()) >= MIN_SPEECH_WORDS and _is_unpunctuated(text, start, end)


def _parts(text: str, start: int, end: int) -> Iterator[Span]:
    """Pieces of a very long sentence, of up to MAX_CHARACTERS, that end with a semicolon or before a clause."""
    part_end = start
    for mark in _PART.finditer(text, start, end):
        if mark.end() - start > MAX_CHARACTERS and part_end > start:
            yield start, part_end
            start = part_end
        part_end = mark.end()
    if end - start > MAX_CHARACTERS and part_end > start:
        yield start, part_end
        start = part_end
    yield start, end


def _in_chunks(text: str, start: int, end: int) -> Iterator[Span]:
    """Parts of at most MAX_CHARACTERS, cut between words."""
    if end - start <= MAX_CHARACTERS:
        yield from _stripped(text, start, end)
        return
    for chunk in _CHUNK.finditer(text, start, end):
        yield from _stripped(text, *chunk.span())


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without the white space around it; nothing if it is all white space."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
