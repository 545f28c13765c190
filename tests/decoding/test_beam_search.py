"""Beam search against plain searches over tables of probabilities, without a network."""

from __future__ import annotations

import dataclasses
import math
import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.hypothesis import SearchOptions
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, SENTENCE
from tests.helpers.plain_search import (
    every_summary,
    has_no_empty_sentence,
    plain_beam_search,
    plain_repeated_tokens,
    split_words,
)
from tests.helpers.tables import (
    COMMA,
    FULL_STOP,
    QUOTE,
    S_ENDING,
    VOCABULARY,
    A,
    B,
    C,
    Ids,
    TableDecoder,
    assert_hypotheses,
    random_table,
    search,
    search_with,
)

EXHAUSTIVE = SearchOptions(beam_size=200, patience=math.inf, min_length=0, max_length=4, no_repeat_words=0)


@pytest.mark.parametrize("length_penalty", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("min_length", [0, 2])
def test_a_wide_beam_finds_every_summary(length_penalty: float, min_length: int) -> None:
    options = dataclasses.replace(EXHAUSTIVE, length_penalty=length_penalty, min_length=min_length)
    for seed in range(3):
        expected = sorted(every_summary(random_table(seed), options), reverse=True)
        assert len(expected) > 40
        assert_hypotheses(search([random_table(seed)], options)[0], expected)


@pytest.mark.parametrize("max_length", [1, 2, 3])
def test_no_summary_exceeds_the_maximum_length(max_length: int) -> None:
    options = dataclasses.replace(EXHAUSTIVE, max_length=max_length)
    (hypotheses,) = search([random_table(5)], options)
    assert max(len(h.ids) for h in hypotheses) == max_length
    assert_hypotheses(hypotheses, sorted(every_summary(random_table(5), options), reverse=True))


def random_attention(document: int, ids: Ids) -> list[float]:
    generator = random.Random(f"{document} {ids}")
    weights = [generator.random() ** 3 for _ in range(3)]
    return [w / sum(weights) for w in weights]


@pytest.mark.parametrize("penalty", [0.5, 3.0])
def test_the_coverage_penalty_counts_attention_beyond_one(penalty: float) -> None:
    options = dataclasses.replace(EXHAUSTIVE, coverage_penalty=penalty)
    penalised = search([random_table(0), random_table(1)], options, random_attention)
    for document in range(2):
        expected = every_summary(random_table(document), options, partial(random_attention, document))
        assert_hypotheses(penalised[document], sorted(expected, reverse=True))
    unpenalised = search([random_table(0)], EXHAUSTIVE)[0]
    assert {h.ids: h.score for h in penalised[0]} != {h.ids: h.score for h in unpenalised}


@given(
    seed=st.integers(0, 10**6),
    beam_size=st.integers(1, 5),
    patience=st.sampled_from([0.5, 1.0, 2.0]),
    length_penalty=st.sampled_from([0.0, 1.0, 2.0]),
    coverage_penalty=st.sampled_from([0.0, 1.0]),
    lengths=st.tuples(st.integers(0, 4), st.integers(0, 7)),
    limits=st.sampled_from([{}, {}, {"n_sentences": 2}, {"n_sentences": 3}, {"max_words": 1}, {"max_words": 4}]),
)
@settings(max_examples=120)
def test_any_beam_equals_a_plain_one(
    seed: int,
    beam_size: int,
    patience: float,
    length_penalty: float,
    coverage_penalty: float,
    lengths: tuple[int, int],
    limits: dict[str, int],
) -> None:
    options = SearchOptions(
        beam_size=beam_size,
        patience=patience,
        length_penalty=length_penalty,
        coverage_penalty=coverage_penalty,
        no_repeat_words=0,
    )
    own_limits = Limits(lengths[0], max(1, sum(lengths)), **limits)
    table = random_table(seed, (A, B, S_ENDING, FULL_STOP, SENTENCE, END))
    expected = plain_beam_search(table, options, attention=partial(random_attention, 0), limits=own_limits)
    assert_hypotheses(search([table], options, random_attention, limits=[own_limits])[0], expected)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 3), beam_size=st.integers(1, 3), doubles=st.booleans())
@settings(max_examples=80)
def test_any_beam_equals_a_plain_one_under_the_rules_of_repetition_and_quotation(
    seed: int, n: int, beam_size: int, doubles: bool
) -> None:
    src = (A, A, B) if doubles else (A, B, A)
    options = SearchOptions(beam_size=beam_size, min_length=2, max_length=9, no_repeat_words=n)

    def is_allowed(ids: Ids, token: int) -> bool:
        text = "".join("|" if i == SENTENCE else VOCABULARY[i] for i in ids)
        is_unfinished = text.endswith('"') and text.rstrip('"')[-1:] not in ("", ".")
        if is_unfinished and token in (END, SENTENCE):
            return False
        sentence = ids[len(ids) - ids[::-1].index(SENTENCE) :] if SENTENCE in ids else ids
        words = split_words(VOCABULARY, sentence)
        echoing = [first for _, first in words[-1:]]
        if len(words) >= 3 and words[-3][0] == words[-1][0]:
            echoing.append(words[-2][1])
        if token in echoing and not (doubles and token == A):
            return False
        return has_no_empty_sentence(ids, token) and token not in plain_repeated_tokens(VOCABULARY, ids, n)

    table = random_table(seed, (A, B, C, S_ENDING, FULL_STOP, COMMA, QUOTE, SENTENCE, END))
    assert_hypotheses(search([table], options, src=src)[0], plain_beam_search(table, options, is_allowed))


def test_a_patient_search_continues_for_more_hypotheses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summarize.decoding.beam_search.MAX_LOOKAHEAD", 0)

    def table(ids: Ids) -> dict[int, float]:
        return {END: -0.1, A: -5.0, B: -5.5} if len(ids) >= 2 else {A: -1.0, B: -2.0}

    def n_steps(patience: float) -> int:
        options = SearchOptions(beam_size=2, patience=patience, min_length=0, max_length=9, no_repeat_words=0)
        decoder = TableDecoder([table], n_src=1)
        (hypotheses,) = search_with(decoder, [[A]], options)
        assert len(hypotheses) >= 2 * patience
        return len(decoder.batches)

    assert n_steps(1.0) < n_steps(3.0)


def test_poor_ends_do_not_end_the_search() -> None:
    def table(ids: Ids) -> dict[int, float]:
        if ids == (A,) * 6:
            return {END: -0.01, B: -6.0}
        return {A: -0.01, END: -5.0, B: -6.0} if ids == (A,) * len(ids) else {END: -0.01}

    options = SearchOptions(beam_size=2, min_length=1, max_length=9, no_repeat_words=0)
    assert search([table], options)[0][0].ids == (A,) * 6


def test_a_summary_that_does_not_end_is_cut_after_its_last_whole_sentence() -> None:
    def endless(ids: Ids) -> dict[int, float]:
        return {SENTENCE: -0.1} if len(ids) in (2, 4) else {A: -0.1}

    options = SearchOptions(beam_size=2, min_length=0, max_length=7, no_repeat_words=0)
    (hypotheses,) = search([endless], options)
    assert_hypotheses(hypotheses, [(-0.8 / 5, (A, A, SENTENCE, A))])
    assert hypotheses[0].copy_shares.shape == (4, 3)
    (hypotheses,) = search([lambda _: {A: -0.1}], options)
    assert_hypotheses(hypotheses, [(-0.8 / 8, (A,) * 7)])


def test_a_minimum_length_above_the_maximum_still_gives_a_summary() -> None:
    options = SearchOptions(beam_size=2, min_length=9, max_length=3, no_repeat_words=0)
    (hypotheses,) = search([random_table(0)], options)
    assert len(hypotheses) == 1
    assert 1 <= len(hypotheses[0].ids) <= 3


def test_a_search_without_possible_tokens_gives_what_it_has() -> None:
    options = SearchOptions(beam_size=2, min_length=0, max_length=12)
    (hypotheses,) = search([lambda ids: {A: -0.1, B: -0.2} if len(ids) < 2 else {}], options)
    assert_hypotheses(hypotheses, [(-math.inf, (A, B))])
    (hypotheses,) = search([lambda _: {}], options)
    assert_hypotheses(hypotheses, [(-math.inf, ())])
