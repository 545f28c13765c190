"""Repetition and endings of WordPiece summaries: no n-gram of words twice, no doubled word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.decoding.repetition import (
    echoed_tokens,
    echoing_tokens,
    lacks_end_mark,
    repeated_ngram_tokens,
)
from summarize.decoding.token_properties import WordPieceProperties
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import SENTENCE, UNK
from tests.helpers.plain_search import plain_repeated_tokens


@pytest.mark.parametrize(
    ("summary", "n", "refused"),
    [
        ("the mayor met the mayor", 3, ["met"]),
        ("the mayor met the mayor met", 3, ["the"]),
        ("the mayor, met. the (mayor)", 3, ["met"]),  # punctuation is no word
        ("the mayors met the mayor", 3, []),
        ("the mayor met anna and the mayor", 3, ["met"]),
        ("the mayor met the mayor said the mayor", 3, ["met", "said"]),
        ("the mayor", 3, []),
        ("the the", 2, ["the"]),
        ("the mayor", 1, ["the", "mayor"]),
        ("the mayor the mayor the mayor", 0, []),
    ],
)
def test_no_n_gram_is_completed_twice(wide_tokenizer: Tokenizer, summary: str, n: int, refused: list[str]) -> None:
    properties, vocabulary = WordPieceProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    tokens = repeated_ngram_tokens(properties, wide_tokenizer.encode(summary).ids, n)
    assert {vocabulary[i] for i in tokens} == set(refused)


def test_a_sentence_end_separates_words_but_not_n_grams(wide_tokenizer: Tokenizer) -> None:
    the, mayor, met, s = (wide_tokenizer.vocabulary.index(token) for token in ("the", "mayor", "met", "##s"))
    properties = WordPieceProperties(wide_tokenizer.vocabulary)
    assert repeated_ngram_tokens(properties, [the, mayor, met, SENTENCE, the, mayor], 3) == {met}
    assert repeated_ngram_tokens(properties, [the, mayor, s, met, the, mayor, s], 3) == {met}
    assert (
        repeated_ngram_tokens(properties, [the, mayor, met, the, mayor, SENTENCE, s], 3) == set()
    )  # "s" is a word of its own


@given(st.data(), st.integers(0, 4))
def test_repeated_n_grams_equal_those_of_a_plain_version(
    wide_tokenizer: Tokenizer, data: st.DataObject, n: int
) -> None:
    vocabulary = wide_tokenizer.vocabulary
    tokens = [vocabulary.index(token) for token in ("the", "mayor", "##s", "##bn", ",", "5")]
    ids = data.draw(st.lists(st.sampled_from([*tokens, SENTENCE, UNK]), max_size=20))
    assert repeated_ngram_tokens(WordPieceProperties(vocabulary), ids, n) == plain_repeated_tokens(vocabulary, ids, n)


@pytest.mark.parametrize(
    ("summary", "last"),
    [("", ""), ("the mayor", "mayor"), ("the mayor,", "mayor"), ("the mayors", "mayor"), ("mayors mayor s", "s"),
     ("the mayor the", "the mayor"), ("they met the mayor, the", "the mayor"), ("the mayor met the", "the")],
)  # fmt: skip
def test_the_last_words_of_the_sentence_are_not_said_again(wide_tokenizer: Tokenizer, summary: str, last: str) -> None:
    properties, vocabulary = WordPieceProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    ids = wide_tokenizer.encode(summary).ids
    assert {vocabulary[i] for i in echoing_tokens(properties, ids)} == set(last.split())
    assert echoing_tokens(properties, [*ids, SENTENCE]) == set()  # it may open the next sentence


def test_the_pairs_that_a_source_doubles(wide_tokenizer: Tokenizer) -> None:
    properties, vocabulary = WordPieceProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    ids = wide_tokenizer.encode("the mayor met the mayor; they met, they met. the minister met").ids
    assert {vocabulary[i] for i in echoed_tokens(properties, ids)} == {"met"}


def test_the_words_that_a_source_doubles(wide_tokenizer: Tokenizer) -> None:
    properties, vocabulary = WordPieceProperties(wide_tokenizer.vocabulary), wide_tokenizer.vocabulary
    ids = wide_tokenizer.encode("the mayor met the the, the minister, minister. met they met").ids
    assert {vocabulary[i] for i in echoed_tokens(properties, ids)} == {"the", "minister"}


@pytest.mark.parametrize(
    ("summary", "lacks"),
    [("", False), ("they said", False), ("(they said)", True), ("(they said.)", False), ('"they"', True),
     ('"they."', False), ('("they said")', True), ("the mayor.", False)],
)  # fmt: skip
def test_a_quotation_needs_a_mark_that_ends_its_sentence(wide_tokenizer: Tokenizer, summary: str, lacks: bool) -> None:
    assert lacks_end_mark(WordPieceProperties(wide_tokenizer.vocabulary), wide_tokenizer.encode(summary).ids) == lacks
