"""The rules of a search for tokens: repetition, numbers, unknown tokens and special tokens."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.beam_search import beam_search
from summarize.decoding.hypothesis import SearchOptions
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE, UNK
from tests.helpers.sources import DOCUMENTS, Source, numbers
from tests.helpers.tables import (
    COMMA,
    FIVE_HUNDRED,
    FULL_STOP,
    S_ENDING,
    TWO,
    VOCABULARY,
    A,
    B,
    C,
    Ids,
    RandomDecoder,
    search,
    search_with,
)


def words(ids: Sequence[int]) -> list[str]:
    """The words of a summary, without marks."""
    text = "".join(f" {VOCABULARY[i]}" if i >= N_SPECIAL else " ." for i in ids)
    text = re.sub(r"([.,]) ##", r"\1 ", text).replace(" ##", "")
    return [word for word in text.split() if word not in ".,"]


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 3),
    beam_size=st.integers(1, 3),
    lengths=st.tuples(st.integers(0, 12), st.integers(1, 16)),
)
@settings(max_examples=60)
def test_no_n_gram_of_words_is_generated_twice(seed: int, n: int, beam_size: int, lengths: tuple[int, int]) -> None:
    options = SearchOptions(beam_size=beam_size, min_length=lengths[0], max_length=lengths[1], no_repeat_words=n)
    bonus = dict.fromkeys([A, B, S_ENDING, FULL_STOP], 4.0) | {SENTENCE: 2.0}
    for hypotheses in search_with(RandomDecoder(seed, 1, len(VOCABULARY), bonus), [[A]] * 2, options):
        assert hypotheses
        for hypothesis in hypotheses:
            assert len(hypothesis.ids) <= options.max_length
            assert all(i >= N_SPECIAL or i == SENTENCE for i in hypothesis.ids)
            assert SENTENCE not in (hypothesis.ids[:1] + hypothesis.ids[-1:])
            text = words(hypothesis.ids)
            n_grams = [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]
            assert len(n_grams) == len(set(n_grams)), n_grams


def test_repetition_is_allowed_only_without_the_rule() -> None:
    options = SearchOptions(beam_size=1, min_length=0, max_length=4, no_repeat_words=0)
    assert search([lambda _: {A: -0.1, B: -1.0}], options)[0][0].ids == (A, A, A, A)
    options = dataclasses.replace(options, no_repeat_words=2)
    assert search([lambda _: {A: -0.1, B: -1.0, C: -2.0}], options)[0][0].ids == (A, B, A, C)


@pytest.mark.parametrize(("src", "summary"), [([A, B], (A, B)), ([A, A, B], (A, A)), ([A, COMMA, A, B], (A, A))])
def test_a_word_is_doubled_only_where_the_source_doubles_it(src: list[int], summary: Ids) -> None:
    options = SearchOptions(beam_size=1, min_length=0, max_length=2)
    assert search([lambda _: {A: -0.1, B: -1.0}], options, src=src)[0][0].ids == summary


@given(document=DOCUMENTS, seed=st.integers(0, 10**6), beam_size=st.integers(1, 3), max_length=st.integers(1, 14))
@settings(max_examples=100)
def test_a_random_decoder_generates_no_number_that_the_source_lacks(
    wide_tokenizer: Tokenizer, document: str, seed: int, beam_size: int, max_length: int
) -> None:
    source = Source.of(document.replace("☃", "a"), wide_tokenizer)
    properties, options = source.properties, SearchOptions(beam_size=beam_size, min_length=0, max_length=max_length)
    bonus = {i: 4.0 for i, digit in enumerate(properties.has_digit) if digit or properties.is_separator[i]}
    decoder = RandomDecoder(seed, len(source.encoding.ids), len(wide_tokenizer.vocabulary), bonus)
    src = torch.tensor([source.encoding.ids])
    (hypotheses,) = beam_search(decoder, src, [source.rule], properties, options)
    for hypothesis in hypotheses:
        text = source.text(hypothesis.ids, [None] * len(hypothesis.ids))
        assert numbers(text) <= numbers(document), text


def test_any_number_may_be_generated_without_the_rule() -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {END: -0.1} if ids else {TWO: -0.1, A: -3.0}

    options = SearchOptions(beam_size=1, min_length=0, max_length=3)
    assert search([table], options, src=[A])[0][0].ids == (A,)
    options = dataclasses.replace(options, check_numbers=False)
    assert search([table], options, src=[A])[0][0].ids == (TWO,)


def test_a_summary_that_does_not_end_is_not_cut_inside_a_number() -> None:
    tokens = [A, A, A, A, TWO, COMMA, FIVE_HUNDRED]
    options = SearchOptions(beam_size=1, min_length=0, max_length=6, no_repeat_words=0)
    (hypotheses,) = search([lambda ids: {tokens[len(ids)]: -0.1}], options, src=[TWO, COMMA, FIVE_HUNDRED])
    assert [h.ids for h in hypotheses] == [(A,) * 4]


def test_without_the_rule_a_summary_may_be_cut_inside_a_number() -> None:
    options = SearchOptions(beam_size=1, min_length=0, max_length=3, no_repeat_words=0, check_numbers=False)
    src = [TWO, COMMA, FIVE_HUNDRED]
    assert search([lambda _: {TWO: -0.1}], options, src=src)[0][0].ids == (TWO, TWO, TWO)


def test_a_hypothesis_that_cannot_continue_is_cut_before_its_number() -> None:
    """After "a 2,500 … a 2," nothing may follow: 500 would repeat a trigram, any other token would split a number."""
    tokens = [A, TWO, COMMA, FIVE_HUNDRED, B, A, TWO, COMMA]
    options = SearchOptions(beam_size=1, min_length=0, max_length=12)

    def table(ids: Ids) -> dict[int, float]:
        return {tokens[len(ids)]: -0.1} if len(ids) < len(tokens) else dict.fromkeys([A, FIVE_HUNDRED, END], -0.1)

    (hypotheses,) = search([table], options, src=[TWO, COMMA, FIVE_HUNDRED])
    assert [h.ids for h in hypotheses] == [(A, TWO, COMMA, FIVE_HUNDRED, B, A)]


def test_the_unknown_token_is_generated_only_if_the_source_has_it() -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {END: -1.0} if ids else {UNK: -0.1, A: -3.0}

    options = SearchOptions(beam_size=1, min_length=0, max_length=5)
    assert search([table], options, src=[A])[0][0].ids == (A,)
    assert search([table], options, src=[A, UNK])[0][0].ids == (UNK,)


@pytest.mark.parametrize("check_numbers", [True, False])
def test_other_special_tokens_are_never_generated(check_numbers: bool) -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {i: -0.1 for i in range(N_SPECIAL) if i not in (SENTENCE, END, UNK)} | {A if not ids else END: -5.0}

    options = SearchOptions(beam_size=1, min_length=0, max_length=5, check_numbers=check_numbers)
    assert search([table], options)[0][0].ids == (A,)


def test_an_unknown_token_does_not_split_a_number() -> None:
    def table(ids: Ids) -> dict[int, float]:
        return {TWO: -0.1} if not ids else {UNK: -0.1, COMMA: -1.0, FIVE_HUNDRED: -1.0, END: -2.0}

    options = SearchOptions(beam_size=2, min_length=0, max_length=5)
    for hypothesis in search([table], options, src=[UNK, TWO, COMMA, FIVE_HUNDRED])[0]:
        assert hypothesis.ids[:3] in ((), (TWO, COMMA, FIVE_HUNDRED))


def test_a_word_and_a_number_may_follow_a_whole_number() -> None:
    """The rule forbids nothing that is no number, and no number of the source."""
    tokens = [TWO, A, FIVE_HUNDRED, FULL_STOP]
    options = SearchOptions(beam_size=1, min_length=0, max_length=5)

    def table(ids: Ids) -> dict[int, float]:
        return {tokens[len(ids)] if len(ids) < len(tokens) else END: -0.1}

    assert search([table], options, src=[TWO, A, FIVE_HUNDRED])[0][0].ids == tuple(tokens)
