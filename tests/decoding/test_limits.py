"""The lengths of summaries in a search: exactly n sentences, at most n words, at most n tokens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, SENTENCE
from tests.helpers.tables import FULL_STOP, PROPERTIES, A, B, Ids, Table, random_table, search

OPTIONS = SearchOptions(beam_size=3, min_length=0, max_length=9, no_repeat_words=0)


def search_one(table: Table, limits: Limits, options: SearchOptions = OPTIONS) -> list[Hypothesis]:
    (hypotheses,) = search([table], options, limits=[limits])
    return hypotheses


def n_sentences(ids: Ids) -> int:
    return ids.count(SENTENCE) + 1


@given(st.integers(0, 200), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=60)
def test_a_summary_has_exactly_n_sentences(seed: int, n: int, beam_size: int) -> None:
    options = SearchOptions(beam_size=beam_size, min_length=0, max_length=20, no_repeat_words=0)
    hypotheses = search_one(random_table(seed), Limits(0, 20, n_sentences=n), options)
    # A summary that does not end is cut after its last whole sentence, and has fewer.
    is_cut = len(hypotheses) == 1 and n_sentences(hypotheses[0].ids) < n
    assert is_cut or {n_sentences(h.ids) for h in hypotheses} == {n}


@given(st.integers(0, 200), st.integers(1, 8))
@settings(max_examples=60)
def test_a_summary_has_at_most_n_words(seed: int, n: int) -> None:
    for hypothesis in search_one(random_table(seed), Limits(0, 12, max_words=n)):
        assert sum(PROPERTIES.begins_word[i] for i in hypothesis.ids) <= n


def test_with_limited_words_a_summary_ends_after_a_sentence_rather_than_inside_one() -> None:
    def table(ids: Ids) -> dict[int, float]:
        probable = {3: SENTENCE}.get(len(ids), A)  # a sentence of three words, then one without end
        return {probable: math.log(0.9), END: math.log(0.01)}

    hypotheses = search_one(table, Limits(2, 9, max_words=5))
    assert {h.ids for h in hypotheses} == {(A, A, A), (A, A)}  # END is possible after two words, but improbable
    assert hypotheses[0].ids == (A, A, A)


@pytest.mark.parametrize(("min_tokens", "summary"), [(3, (A, A, A)), (4, (A, A, A, SENTENCE, B, A))])
def test_with_limited_words_a_summary_ends_at_its_minimum_length_at_the_earliest(min_tokens: int, summary: Ids) -> None:
    def table(ids: Ids) -> dict[int, float]:
        tokens = (A, A, A, SENTENCE, B, A, END)
        return {tokens[len(ids)]: -0.1}

    assert search_one(table, Limits(min_tokens, 9, max_words=5))[0].ids == summary


def test_an_improbable_full_stop_does_not_end_a_summary_whose_words_are_spent() -> None:
    def table(ids: Ids) -> dict[int, float]:
        if ids[-1:] == (FULL_STOP,):
            return {END: 0.0}
        if ids[:1] == (B,):  # a sentence of two words, less probable than one of many
            return {FULL_STOP: 0.0} if len(ids) == 2 else {A: 0.0}
        return {A: math.log(0.8), B: math.log(0.15), FULL_STOP: math.log(0.05)}

    hypotheses = search_one(table, Limits(2, 9, max_words=2))
    assert [h.ids for h in hypotheses] == [(B, A, FULL_STOP)]


@pytest.mark.parametrize(("probability", "ends"), [(0.5, True), (0.11, True), (0.09, False)])
def test_a_probable_end_ends_a_summary_whose_words_are_spent(probability: float, ends: bool) -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {END: math.log(probability), A: math.log(1 - probability)} if len(ids) >= 5 else {A: 0.0}

    (hypothesis,) = search_one(table, Limits(0, 9, max_words=5))
    assert hypothesis.ids == (A,) * 5
    assert (hypothesis.score > -math.inf) == ends  # without an end it is cut off


@pytest.mark.parametrize("n", [1, 2])
def test_the_length_penalty_does_not_apply_to_a_fixed_number_of_sentences(n: int) -> None:
    """With all words equally probable, a length penalty of two would prefer the longest sentences."""

    def table(ids: Ids) -> dict[int, float]:
        n_here = len(ids) - (ids[::-1].index(SENTENCE) if SENTENCE in ids else 0)
        return {A: -1.0} | ({SENTENCE: -0.1, END: -0.1} if n_here else {})

    options = SearchOptions(beam_size=3, length_penalty=2, min_length=0, max_length=9, no_repeat_words=0)
    hypotheses = search_one(table, Limits(0, 9, n_sentences=n), options)
    assert hypotheses[0].ids == (A, SENTENCE, A)[: 2 * n - 1]


def test_search_that_may_not_stop_ends_only_where_the_network_does() -> None:
    def table(ids: Ids) -> dict[int, float]:
        tokens = (A, A, A, SENTENCE, B, A, END)
        return {tokens[len(ids)]: -0.1}

    hypotheses = search_one(table, Limits(2, 9, max_words=6, may_stop=False))
    assert [h.ids for h in hypotheses] == [(A, A, A, SENTENCE, B, A)]


def test_log_probabilities_are_of_the_tokens() -> None:
    def table(ids: Ids) -> dict[int, float]:
        steps = ((A, -0.1), (A, -0.2), (SENTENCE, -0.3), (B, -0.4), (END, -0.5))
        token, log_prob = steps[len(ids)]
        return {token: log_prob}

    hypothesis = search_one(table, Limits(2, 9))[0]
    assert hypothesis.log_probs == pytest.approx((-0.1, -0.2, -0.3, -0.4))
    assert hypothesis.sentence_log_probs() == pytest.approx([-0.2, -0.4])
