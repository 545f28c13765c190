"""The parts of a document, and outlines of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.plan import Request, headings, plan
from summarize.text.lengths import Length, Limits

USUAL = Limits(10, 30)


def document(*words: int) -> SegmentedDocument:
    """A document of sentences with so many one-letter words; a token a word."""
    texts = [" ".join("a" * n) for n in words]
    starts = [sum(len(t) + 1 for t in texts[:i]) for i in range(len(texts))]
    spans = np.array([(s, s + len(t)) for s, t in zip(starts, texts, strict=True)])
    return SegmentedDocument(" ".join(texts), spans, np.array(words), np.array(words))


def ends(parts: list[object]) -> list[tuple[int, int]]:
    return [(p.first, p.last) for p in parts]  # type: ignore[attr-defined]


def test_usually_there_is_one_part() -> None:
    assert ends(plan(document(*[10] * 40), (), Request(), USUAL)) == [(0, 40)]  # type: ignore[arg-type]


def test_parts_are_of_like_size_and_leave_out_nothing() -> None:
    parts = plan(document(*[10] * 40), (), Request(Length(sentences=9)), USUAL)
    assert ends(parts) == [(0, 14), (14, 27), (27, 40)]  # type: ignore[arg-type]
    uneven = plan(document(*[5] * 30, 200, *[5] * 9), (), Request(Length(sentences=9)), USUAL)
    assert uneven[0].first == 0
    assert uneven[-1].last == 40
    assert all(a.last == b.first for a, b in pairwise(uneven))


def test_of_a_few_words_no_long_summary_is_asked() -> None:
    (part,) = plan(document(6, 6), (), Request(), USUAL)
    assert part.limits.min_tokens == 6


def test_an_outline_has_a_part_for_each_section() -> None:
    text = document(10, 1, 10, 10, 1, 10)
    starts = [int(a) for a, _ in text.spans]
    sections = ((starts[1], starts[4], "a"), (starts[4], len(text.text), "a"))
    parts = plan(text, sections, Request(outline=True), USUAL)
    assert [(p.first, p.last, p.title) for p in parts] == [(0, 1, ""), (2, 4, "a"), (5, 6, "a")]
    assert all(p.limits.sentences == 1 for p in parts)
    longer = plan(text, sections, Request(Length(words=9), outline=True), USUAL)
    assert [p.limits.words for p in longer] == [9, 9, 9]


def test_headings_are_the_sentences_of_titles() -> None:
    text = document(2, 3, 10, 2, 10)
    starts = [int(a) for a, _ in text.spans]
    sections = ((starts[0], starts[3], "a a a a a"), (starts[3], len(text.text), "a a"), (0, 1, "b"))
    assert headings(text, sections) == {0, 1, 3}
    parts = plan(text, sections[:2], Request(outline=True), USUAL)
    assert [(p.first, p.last) for p in parts] == [(2, 3), (4, 5)]


def test_a_section_with_nothing_to_tell_is_left_out() -> None:
    text = document(10, 1, 1, 20)
    starts = [int(a) for a, _ in text.spans]
    sections = ((starts[1], starts[2], "a"), (starts[2], len(text.text), "a"))
    parts = plan(text, sections, Request(outline=True), USUAL)
    assert [(p.first, p.last) for p in parts] == [(0, 1), (3, 4)]
    (whole,) = plan(document(2, 3), (), Request(outline=True), USUAL)
    assert (whole.first, whole.last) == (0, 2)


@pytest.mark.parametrize(("sentences", "n"), [(40, 1), (80, 2), (400, 10), (4000, 12)])
def test_without_headings_an_outline_goes_by_length(sentences: int, n: int) -> None:
    parts = plan(document(*[10] * sentences), (), Request(outline=True), USUAL)
    assert len(parts) == n
    assert parts[0].title is not None
    assert parts[0].title.startswith("words 1 to ")
    assert parts[-1].title is not None
    assert parts[-1].title.endswith(f"{sentences * 10:,}")
