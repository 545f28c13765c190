"""The lengths that a search keeps to, for each document its own."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.beam_search import beam_search
from summarize.decoding.constraints import NumberRule
from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, SENTENCE
from tests.helpers.tables import PROPERTIES, A, B, C, TableDecoder, random_table

OPTIONS = SearchOptions(beam_size=3, min_length=0, max_length=9, no_repeat_words=0)


def search(tables: list[object], limits: list[Limits], options: SearchOptions = OPTIONS) -> list[list[Hypothesis]]:
    rules = [NumberRule(PROPERTIES, [A], [False, True]) for _ in tables]
    src = torch.tensor([[A, B, C]] * len(tables))
    return beam_search(TableDecoder(tables), src, rules, PROPERTIES, options, limits)  # type: ignore[arg-type]


def sentences(ids: tuple[int, ...]) -> int:
    return ids.count(SENTENCE) + 1


@given(st.integers(0, 200), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=60)
def test_exactly_so_many_sentences(seed: int, n: int, beam_size: int) -> None:
    options = SearchOptions(beam_size=beam_size, min_length=0, max_length=20, no_repeat_words=0)
    (found,) = search([random_table(seed, (A, B, SENTENCE, END))], [Limits(0, 20, sentences=n)], options)
    # A table that never ends is cut off at the last whole sentence, and has fewer.
    assert all(sentences(h.ids) == n or (len(found) == 1 and sentences(h.ids) < n) for h in found)


@given(st.integers(0, 200), st.integers(1, 8))
@settings(max_examples=60)
def test_never_more_than_so_many_words(seed: int, n: int) -> None:
    (found,) = search([random_table(seed)], [Limits(0, 12, words=n)])
    for h in found:
        assert sum(PROPERTIES.begins_word[i] for i in h.ids) <= n


def test_each_document_has_its_own_limits() -> None:
    tables = [random_table(1, (A, B)), random_table(1, (A, B)), random_table(1, (A, B))]
    found = search(tables, [Limits(0, 2), Limits(0, 7), Limits(0, 4)])  # type: ignore[arg-type]
    assert [len(f[0].ids) for f in found] == [2, 7, 4]


def test_a_summary_that_could_go_on_stops_at_a_sentence_rather_than_in_the_middle_of_one() -> None:
    def table(ids: tuple[int, ...]) -> dict[int, float]:
        likely = {3: SENTENCE}.get(len(ids), A)  # a sentence of three words, then one without end
        return {likely: math.log(0.9), END: math.log(0.01)}

    (found,) = search([table], [Limits(2, 9, words=5)])
    assert {h.ids for h in found} == {(A, A, A), (A, A)}  # END after two words is free to come, and unlikely
    assert found[0].ids == (A, A, A)


def test_a_full_stop_that_is_not_likely_is_no_way_to_end_in_so_many_words() -> None:
    stop = PROPERTIES.ends.index(True)

    def table(ids: tuple[int, ...]) -> dict[int, float]:
        if ids[-1:] == (stop,):
            return {END: 0.0}
        if ids[:1] == (B,):  # a sentence of two words, less likely than one of many
            return {stop: 0.0} if len(ids) == 2 else {A: 0.0}
        return {A: math.log(0.8), B: math.log(0.15), stop: math.log(0.05)}

    (found,) = search([table], [Limits(2, 9, words=2)])
    assert [h.ids for h in found] == [(B, A, stop)]


def test_an_end_that_is_likely_is_an_end() -> None:
    def table(ids: tuple[int, ...]) -> dict[int, float]:
        return {END: math.log(0.5), A: math.log(0.5)} if len(ids) >= 5 else {A: 0.0}

    (found,) = search([table], [Limits(0, 9, words=5)])
    assert found[0].ids == (A,) * 5


@pytest.mark.parametrize("n", [1, 2])
def test_of_so_many_sentences_the_likeliest_are_chosen_not_the_longest(n: int) -> None:
    """A length penalty of two would choose ever more words of even probability."""

    def table(ids: tuple[int, ...]) -> dict[int, float]:
        here = len(ids) - (ids[::-1].index(SENTENCE) if SENTENCE in ids else 0)
        ends = {SENTENCE: -0.1, END: -0.1} if here else {}
        return {A: -1.0} | ends

    options = SearchOptions(beam_size=3, length_penalty=2, min_length=0, max_length=9, no_repeat_words=0)
    (found,) = search([table], [Limits(0, 9, sentences=n)], options)
    assert found[0].ids == (A, SENTENCE, A)[: 2 * n - 1]
