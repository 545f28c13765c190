"""The entries of an outline: the sections of a document or, where these are too many to read, longer ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from summarize.pipeline.request import Sectioned, Sections

MAX_ENTRIES = 100  # an outline of more is as hard to read as a document, and takes seconds
MIN_ENTRIES = 5  # of a level of headings; of fewer, those of the next level are put together


def outline_entries(text: Sectioned) -> Sections:
    """At most MAX_ENTRIES sections of a text, in order.

    Of more sections, those of the highest levels are taken, each with the deeper ones below it. Where one level has too
    few and the next too many, neighbours become one entry, with the first and the last of their titles.
    """
    sections, levels = text.sections, text.levels or (1,) * len(text.sections)
    if len(sections) <= MAX_ENTRIES:
        return sections
    kept: list[int] = []
    for deepest in sorted(set(levels)):
        wider = [i for i, level in enumerate(levels) if level <= deepest]
        if len(wider) > MAX_ENTRIES:
            return _selected(sections, kept) if len(kept) >= MIN_ENTRIES else _joined(_selected(sections, wider))
        kept = wider
    return _selected(sections, kept)


def _selected(sections: Sections, indices: Sequence[int]) -> Sections:
    """Some sections, each up to the next one of them."""
    end = max(end for _, end, _ in sections)
    starts = [sections[0][0], *(sections[i][0] for i in indices[1:])]  # the first has what comes before it, too
    ends = [*starts[1:], end]
    return tuple((start, stop, sections[i][2]) for i, start, stop in zip(indices, starts, ends, strict=True))


def _joined(sections: Sections) -> Sections:
    """Groups of neighbours as one section each, of similar numbers."""
    n, n_groups = len(sections), MAX_ENTRIES
    bounds = [n * i // n_groups for i in range(n_groups + 1)]
    groups = [sections[start:end] for start, end in pairwise(bounds)]
    return tuple((group[0][0], group[-1][1], _title(group[0][2], group[-1][2])) for group in groups)


def _title(first: str, last: str) -> str:
    return first if first == last else f"{first} – {last}"
