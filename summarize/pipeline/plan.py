"""The parts of a document that are summarised one by one to answer a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from summarize.pipeline.encoder import SegmentedDocument, SentenceRange
from summarize.pipeline.request import Request, Sections
from summarize.text.lengths import Length, Limits

SECTION_WORDS, MAX_SECTIONS = 400, 12  # of an outline of a document without headings
# Of a document of up to this many words, all sentences of a summary are selected together; of a longer one, each part's
# by themselves, so that none is left out. (See models/LOG.md: papers gain 14 ROUGE-1, stories of 5,000 words lose 1.)
MAX_WORDS_OF_ONE_PART = 4000
MIN_SECTION_WORDS = 8  # without the title; a shorter section is left out


@dataclass(frozen=True)
class Part(SentenceRange):
    """A range of a document that is summarised by itself; that of an outline has a title."""

    limits: Limits
    title: str | None = None


def plan(
    document: SegmentedDocument,
    sections: Sections,
    request: Request,
    default_limits: Limits,
    is_whole: bool = False,
    selects_sentences: bool = False,
) -> list[Part]:
    """The parts of a document.

    default_limits: of one part's summary, where the request gives no length; is_whole: one part however long the
    document is, unless an outline is requested; selects_sentences: the summary's sentences are selected one by one from
    the whole part, so that there can be any number of them, and the default length grows with the document.
    """
    length, n_words = request.length, int(document.n_words.sum())
    if request.outline:
        parts = _outline(document, sections, request, default_limits)
    elif is_whole:
        parts = [_whole_document(document, length, default_limits)]
    elif selects_sentences and n_words <= MAX_WORDS_OF_ONE_PART:
        parts = [_whole_document(document, length.grown(n_words), default_limits)]
    else:
        parts = _equal_parts(document, length.grown(n_words) if selects_sentences else length, default_limits)
    return [_cap_min_tokens(part) for part in parts if part.n_tokens]  # control characters and spaces have no tokens


def batch_parts(parts: Sequence[Part], n: int, max_tokens: int) -> Iterator[Sequence[Part]]:
    """Consecutive parts: n of them or, where they are short, as many as, padded to one length, take no more room than
    n of max_tokens tokens."""
    start, longest = 0, 0
    for end, part in enumerate(parts):
        longest = max(longest, part.n_tokens)
        if end - start >= n and (end + 1 - start) * longest > n * max_tokens:
            yield parts[start:end]
            start, longest = end, part.n_tokens
    if parts:
        yield parts[start:]


def find_headings(document: SegmentedDocument, sections: Sections) -> frozenset[int]:
    """The indices of the sentences that are a section's title, or a piece of one."""
    indices: set[int] = set()
    for start, _, title in sections:
        i = int(np.searchsorted(document.spans[:, 0], start))
        end = start + len(title) if document.text.startswith(title, start) else start
        while i < len(document) and document.spans[i][1] <= end:
            indices.add(i)
            i += 1
    return frozenset(indices)


def _whole_document(document: SegmentedDocument, length: Length, default_limits: Limits) -> Part:
    limits = length.limits(int(document.n_words.sum()), default_limits)
    return Part(document, 0, len(document), limits)


def _equal_parts(document: SegmentedDocument, length: Length, default_limits: Limits) -> list[Part]:
    """Parts with similar numbers of tokens, as many as the length needs."""
    limits = length.part_limits(int(document.n_words.sum()), len(document), default_limits)
    ranges = _equal_ranges(document, len(limits))
    return [Part(document, first, last, part_limits) for (first, last), part_limits in zip(ranges, limits, strict=True)]


def _equal_ranges(document: SegmentedDocument, n: int) -> list[tuple[int, int]]:
    """(first, last) of n ranges with similar numbers of tokens, which together have every sentence once."""
    ends = np.searchsorted(document.n_tokens.cumsum(), document.n_tokens.sum() * (1 + np.arange(n)) / n) + 1
    ends[-1] = len(document)
    return [(int(a), int(b)) for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def _outline(document: SegmentedDocument, sections: Sections, request: Request, default_limits: Limits) -> list[Part]:
    """A part for each section or, in a document without headings, for each range of about SECTION_WORDS words."""
    length = Length(sentences=1) if request.length.is_default else request.length
    parts = []
    for first, last, title in _section_ranges(document, sections) if sections else _untitled_ranges(document):
        n_words = int(document.n_words[first:last].sum())
        if n_words >= MIN_SECTION_WORDS:
            parts.append(Part(document, first, last, length.limits(n_words, default_limits), title))
    return parts or [_whole_document(document, length, default_limits)]


def _section_ranges(document: SegmentedDocument, sections: Sections) -> Iterator[tuple[int, int, str]]:
    """(first, last, title) of each section without its title, and of what comes before the first one."""
    preamble = [(0, sections[0][0], "")] if sections[0][0] > 0 else []
    headings = document.headings | find_headings(document, sections)
    for start, end, title in [*preamble, *sections]:
        first, last = (int(i) for i in np.searchsorted(document.spans[:, 0], [start, end]))
        while first < last and first in headings:
            first += 1
        yield first, last, title


def _untitled_ranges(document: SegmentedDocument) -> Iterator[tuple[int, int, str]]:
    """(first, last, title) of ranges of about SECTION_WORDS words; the title says which words."""
    n_words = document.n_words.cumsum()
    n = int(np.clip(round(int(document.n_words.sum()) / SECTION_WORDS), 1, MAX_SECTIONS))
    for first, last in _equal_ranges(document, n):
        if first < last:
            first_word = int(n_words[first] - document.n_words[first]) + 1
            yield first, last, f"words {first_word:,} to {int(n_words[last - 1]):,}"


def _cap_min_tokens(part: Part) -> Part:
    """Cap the minimum length of the summary of a short part."""
    if part.n_tokens >= 2 * part.limits.min_tokens:
        return part
    return replace(part, limits=replace(part.limits, min_tokens=part.n_tokens // 2))
