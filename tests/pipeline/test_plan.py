"""The parts of a document, and the sections of an outline."""

from __future__ import annotations

from itertools import pairwise

import pytest

from summarize.pipeline.encoder import SentenceRange
from summarize.pipeline.plan import Part, batch_parts, find_headings, plan
from summarize.pipeline.request import Request, Sections
from summarize.text.lengths import Length, Limits
from tests.helpers.segmented import segmented, segmented_lengths

DEFAULT_LIMITS = Limits(10, 30)
OUTLINE = Request(outline=True)


def ends(parts: list[Part]) -> list[tuple[int, int]]:
    return [(part.first, part.last) for part in parts]


def test_by_default_there_is_one_part() -> None:
    (part,) = plan(segmented_lengths(*[10] * 40), (), Request(), DEFAULT_LIMITS)
    assert (part.first, part.last, part.title, part.limits) == (0, 40, None, DEFAULT_LIMITS)


def test_parts_have_similar_numbers_of_tokens_and_leave_out_nothing() -> None:
    request = Request(Length(sentences=9))
    parts = plan(segmented_lengths(*[10] * 40), (), request, DEFAULT_LIMITS)
    assert ends(parts) == [(0, 14), (14, 27), (27, 40)]
    assert [part.limits.n_sentences for part in parts] == [3, 3, 3]
    uneven = plan(segmented_lengths(*[5] * 30, 200, *[5] * 9), (), request, DEFAULT_LIMITS)
    assert uneven[0].first == 0
    assert uneven[-1].last == 40
    assert all(a.last == b.first for a, b in pairwise(uneven))


def test_short_parts_are_taken_together() -> None:
    document = segmented_lengths(*[10] * 9, 80, *[10] * 3)
    parts = [Part(document, i, i + 1, DEFAULT_LIMITS) for i in range(13)]
    assert [len(batch) for batch in batch_parts(parts, 1, 40)] == [4, 4, 1, 1, 3]
    assert [len(batch) for batch in batch_parts(parts, 2, 20)] == [4, 4, 2, 3]
    assert [len(batch) for batch in batch_parts(parts, 6, 1)] == [6, 6, 1]
    assert not list(batch_parts([], 1, 40))


def test_a_part_without_tokens_is_left_out() -> None:
    document = segmented_lengths(*[10] * 30)
    document.n_tokens[:] = [0] * 20 + [10] * 10
    parts = plan(document, (), Request(Length(sentences=6)), DEFAULT_LIMITS)
    assert all(part.n_tokens for part in parts)
    assert parts[-1].last == 30
    document.n_tokens[:] = 0
    assert plan(document, (), Request(), DEFAULT_LIMITS) == []


def test_a_whole_document_is_one_part_however_long_it_is() -> None:
    document = segmented_lengths(*[10] * 4000)
    assert len(plan(document, (), Request(), DEFAULT_LIMITS)) > 1
    (part,) = plan(document, (), Request(), DEFAULT_LIMITS, is_whole=True)
    assert (part.first, part.last, part.limits) == (0, 4000, DEFAULT_LIMITS)
    (part,) = plan(document, (), Request(Length(sentences=9)), DEFAULT_LIMITS, is_whole=True)
    assert part.limits.n_sentences == 9
    (part,) = plan(document, (), Request(Length(ratio=0.001)), DEFAULT_LIMITS, is_whole=True)
    assert part.limits.max_words == 40
    assert len(plan(document, (), OUTLINE, DEFAULT_LIMITS, is_whole=True)) > 1


def test_sentences_that_are_selected_one_by_one_are_selected_from_the_whole_document() -> None:
    for length in (Length(words=200), Length(sentences=9), Length(ratio=0.3), Length(name="long")):
        (part,) = plan(segmented_lengths(*[10] * 100), (), Request(length), DEFAULT_LIMITS, selects_sentences=True)
        assert (part.first, part.last) == (0, 100)
    (part,) = plan(
        segmented_lengths(*[10] * 100), (), Request(Length(words=200)), DEFAULT_LIMITS, selects_sentences=True
    )
    assert part.limits.max_words == 200


def test_every_part_of_a_very_long_document_has_its_share() -> None:
    document = segmented_lengths(*[10] * 500)
    parts = plan(document, (), Request(Length(words=200)), DEFAULT_LIMITS, selects_sentences=True)
    assert [part.limits.max_words for part in parts] == [50] * 4
    parts = plan(document, (), Request(), DEFAULT_LIMITS, selects_sentences=True)
    assert sum(part.limits.max_words or 0 for part in parts) == 100  # the default has grown


def test_a_paragraph_gets_one_sentence() -> None:
    (part,) = plan(segmented_lengths(*[10] * 7), (), Request(), DEFAULT_LIMITS, selects_sentences=True)
    assert part.limits.n_sentences == 1
    (part,) = plan(segmented_lengths(*[10] * 7), (), Request(), DEFAULT_LIMITS)
    assert part.limits.n_sentences is None


@pytest.mark.parametrize(("n_tokens", "min_tokens"), [(12, 6), (19, 9), (20, 10), (21, 10)])
def test_the_minimum_length_of_a_short_part_is_half_of_its_tokens(n_tokens: int, min_tokens: int) -> None:
    (part,) = plan(segmented_lengths(n_tokens), (), Request(), DEFAULT_LIMITS)
    assert part.limits == Limits(min_tokens, 30)


def test_an_outline_has_a_part_for_each_section() -> None:
    document = segmented_lengths(10, 1, 10, 10, 1, 10)
    starts = [int(start) for start, _ in document.spans]
    sections = ((starts[1], starts[4], "a"), (starts[4], len(document.text), "a"))
    parts = plan(document, sections, OUTLINE, DEFAULT_LIMITS)
    assert [(p.first, p.last, p.title) for p in parts] == [(0, 1, ""), (2, 4, "a"), (5, 6, "a")]
    assert all(p.limits.n_sentences == 1 for p in parts)
    longer = plan(document, sections, Request(Length(words=9), outline=True), DEFAULT_LIMITS)
    assert [p.limits.max_words for p in longer] == [9, 9, 9]
    medium = plan(document, sections, Request(Length(name="medium"), outline=True), DEFAULT_LIMITS)
    assert all(p.limits.n_sentences == 1 for p in medium)
    half = plan(document, sections, Request(Length(ratio=0.6), outline=True), DEFAULT_LIMITS)
    assert [p.limits.max_words for p in half] == [10, 12, 10]  # of each section's own words


def test_nothing_stands_before_a_section_that_begins_the_document() -> None:
    document = segmented_lengths(10, 10)
    parts = plan(document, ((0, int(document.spans[1][0]), "b"), (11, 11, "c")), OUTLINE, DEFAULT_LIMITS)
    assert [(p.first, p.last, p.title) for p in parts] == [(0, 1, "b")]


@pytest.mark.parametrize(
    ("sections", "headings"),
    [
        (((0, 22, "The bridge. It opened."), (23, 50, "Trains run late")), {0, 1}),  # a title of two sentences
        (((0, 11, "The bridge"), (23, 38, "Trains run late.")), {2}),  # half a sentence is no heading
        (((0, 11, "The bridge."), (23, 38, "Trains")), {0}),
        (((0, 11, "A ferry."),), set()),  # the title is not in the text
        ((), set()),
    ],
)
def test_headings_are_the_sentences_of_titles(sections: Sections, headings: set[int]) -> None:
    document = segmented(["The bridge.", "It opened.", "Trains run late.", "All day."])
    assert find_headings(document, sections) == headings


def test_a_section_has_no_title_in_its_part() -> None:
    document = segmented_lengths(2, 3, 10, 2, 10)
    starts = [int(start) for start, _ in document.spans]
    sections = ((starts[0], starts[3], "a a a a a"), (starts[3], len(document.text), "a a"))
    assert find_headings(document, sections) == {0, 1, 3}
    assert ends(plan(document, sections, OUTLINE, DEFAULT_LIMITS)) == [(2, 3), (4, 5)]


def test_a_section_of_a_few_words_is_left_out() -> None:
    document = segmented_lengths(8, 1, 7, 1, 8)
    starts = [int(start) for start, _ in document.spans]
    sections = ((starts[1], starts[3], "a"), (starts[3], len(document.text), "a"))
    assert ends(plan(document, sections, OUTLINE, DEFAULT_LIMITS)) == [(0, 1), (4, 5)]
    (part,) = plan(segmented_lengths(2, 3), (), OUTLINE, DEFAULT_LIMITS)
    assert (part.first, part.last, part.title) == (0, 2, None)
    assert part.limits.n_sentences == 1


@pytest.mark.parametrize(("n_sentences", "n_parts"), [(59, 1), (60, 2), (80, 2), (100, 2), (101, 3), (4000, 12)])
def test_without_headings_an_outline_has_parts_of_similar_length(n_sentences: int, n_parts: int) -> None:
    parts = plan(segmented_lengths(*[10] * n_sentences), (), OUTLINE, DEFAULT_LIMITS)
    assert len(parts) == n_parts
    assert parts[0].first == 0
    assert parts[-1].last == n_sentences
    for part in parts:
        assert part.title == f"words {10 * part.first + 1:,} to {10 * part.last:,}"


def test_a_range_without_sentences_has_no_part() -> None:
    """One long sentence is more than its share."""
    parts = plan(segmented_lengths(10, 2000, 10), (), OUTLINE, DEFAULT_LIMITS)
    assert ends(parts) == [(0, 2), (2, 3)]


def test_a_range_knows_its_numbers_of_words_and_tokens() -> None:
    document = segmented_lengths(1, 2, 4, 8)
    document = type(document)(document.text, document.spans, document.n_tokens * 10, document.n_words)
    assert (SentenceRange(document, 1, 3).n_words, SentenceRange(document, 1, 3).n_tokens) == (6, 60)
