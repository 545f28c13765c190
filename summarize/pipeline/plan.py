"""What is asked for, and the parts of a document that are summarised one by one to give it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from summarize.pipeline.encoder import SegmentedDocument, SentenceRange
from summarize.text.lengths import Length, Limits

Sections = tuple[tuple[int, int, str], ...]  # (start, end, title) each, in characters, in order

SECTION_WORDS, MOST_SECTIONS = 400, 12  # of an outline of a document without headings
SHORTEST_SECTION = 8  # words besides the title; a shorter one has nothing to tell


@dataclass(frozen=True)
class Request:
    """What is asked for: how long, in the document's own sentences or in the model's words, and about what.

    explain: also what every word's attention was on, and what the document does not support (Summary.explanation).
    outline: the length is of each section, by default one sentence, and Sentence.section names it.
    """

    length: Length = field(default_factory=Length)
    extractive: bool = False
    query: str | None = None
    explain: bool = False
    outline: bool = False


@dataclass(frozen=True)
class Sectioned:
    """A text with its sections, for an outline; is_email: whether it was read as one."""

    text: str
    sections: Sections = ()
    is_email: bool = False


@dataclass(frozen=True)
class Part(SentenceRange):
    """A stretch of a document that is summarised by itself; an outline's has a title."""

    limits: Limits
    title: str | None = None


def plan(
    document: SegmentedDocument, sections: Sections, request: Request, usual: Limits, whole: bool = False
) -> list[Part]:
    """The parts of a document; usual: what is written of one part where nothing is asked for; whole: of a document
    however long."""
    if request.outline:
        parts = _outline(document, sections, request, usual)
    elif whole:
        parts = [Part(document, 0, len(document), request.length.parts(int(document.words.sum()), 1, usual)[0])]
    else:
        parts = _parts(document, request, usual)
    return [_no_longer_than_itself(part) for part in parts if part.tokens]  # marks and spaces alone cannot be read


def _parts(document: SegmentedDocument, request: Request, usual: Limits) -> list[Part]:
    """Parts of about as many tokens each, as many as the length asks for."""
    limits = request.length.parts(int(document.words.sum()), len(document), usual)
    return [Part(document, *ends, own) for ends, own in zip(_even(document, len(limits)), limits, strict=True)]


def _even(document: SegmentedDocument, n: int) -> list[tuple[int, int]]:
    """A document's sentences in n stretches of about as many tokens each."""
    ends = np.searchsorted(document.sizes.cumsum(), document.sizes.sum() * (1 + np.arange(n)) / n) + 1
    ends[-1] = len(document)
    return [(int(a), int(b)) for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def _outline(document: SegmentedDocument, sections: Sections, request: Request, usual: Limits) -> list[Part]:
    """A part for each section, or, of a document without headings, for each stretch of it."""
    wanted = Length(sentences=1) if request.length.is_usual else request.length
    parts = []
    for first, last, title in _titled(document, sections) or _stretches(document):
        words = int(document.words[first:last].sum())
        if words >= SHORTEST_SECTION:
            limits = wanted.parts(words, 1, usual)[0]
            parts.append(Part(document, first, last, limits, title))
    return parts or [Part(document, 0, len(document), wanted.parts(int(document.words.sum()), 1, usual)[0])]


def _titled(document: SegmentedDocument, sections: Sections) -> Iterator[tuple[int, int, str]] | None:
    """(first, last, title) of the sections, and before them of what comes before the first; titles left out."""
    if not sections:
        return None
    before = [(0, sections[0][0], "")] if sections[0][0] > 0 else []
    titles = headings(document, sections)
    return (_section(document, *section, titles) for section in [*before, *sections])


def _section(
    document: SegmentedDocument, start: int, end: int, title: str, titles: frozenset[int]
) -> tuple[int, int, str]:
    first, last = (int(i) for i in np.searchsorted(document.spans[:, 0], [start, end]))
    while first < last and first in titles:
        first += 1
    return first, last, title


def headings(document: SegmentedDocument, sections: Sections) -> frozenset[int]:
    """The numbers of the sentences that are sections' titles, or parts of one."""
    found: set[int] = set()
    for start, _, title in sections:
        i = int(np.searchsorted(document.spans[:, 0], start))
        end = start + len(title) if document.text.startswith(title, start) else start
        while i < len(document) and document.spans[i][1] <= end:
            found.add(i)
            i += 1
    return frozenset(found)


def _stretches(document: SegmentedDocument) -> Iterator[tuple[int, int, str]]:
    words = document.words.cumsum()
    n = int(np.clip(round(int(document.words.sum()) / SECTION_WORDS), 1, MOST_SECTIONS))
    for first, last in _even(document, n):
        if first < last:
            yield first, last, f"words {int(words[first] - document.words[first]) + 1:,} to {int(words[last - 1]):,}"


def _no_longer_than_itself(part: Part) -> Part:
    """Of a few words no long summary can be made."""
    if part.tokens >= 2 * part.limits.min_tokens:
        return part
    return replace(part, limits=replace(part.limits, min_tokens=part.tokens // 2))
