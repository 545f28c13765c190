"""The search with byte-level tokens: whole characters, and no number or name that the source lacks."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding.beam_search import beam_search
from summarize.decoding.hypothesis import SearchOptions
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE
from tests.helpers.byte_pair import (
    STEPS,
    numbers,
    refused_token,
    rule_of,
    sentences,
    small_byte_pair,
    small_rules,
    unsupported_names,
    walk,
)
from tests.helpers.tables import RandomDecoder, TableDecoder

PARTS = [
    "5",
    "2,500",
    "A380",
    "€50",
    "Anna",
    "McDonald's",
    "the",
    "bridge",
    "it's",
    "☃",
    "한국",
    "½",
    "-",
    ",",
    ".",
    "\n",
]
DOCUMENTS = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", " "])), min_size=1, max_size=12).map(
    lambda parts: "".join(part + space for part, space in parts)
)


def search(
    source: str, decoder: RandomDecoder, options: SearchOptions, limits: Limits | None = None
) -> list[list[int]]:
    """The summaries of a source that a search finds."""
    encoding = small_byte_pair().encode(source)
    rule = small_rules().source_rule(encoding, options)
    own_limits = None if limits is None else [limits]
    src = torch.tensor([encoding.ids])
    (hypotheses,) = beam_search(decoder, src, [rule], small_rules().properties, options, own_limits)
    return [list(hypothesis.ids) for hypothesis in hypotheses]


def decoder_of(source: str, seed: int, *, copies: float = 3.0) -> RandomDecoder:
    """A random decoder that prefers the source's tokens, digits and capitals."""
    properties, encoding = small_rules().properties, small_byte_pair().encode(source)
    bonus = {SENTENCE: 2.0, END: 2.0}
    bonus |= dict.fromkeys((properties.has_digit_mask | properties.has_capital_mask).nonzero().flatten().tolist(), 3.0)
    bonus |= dict.fromkeys(encoding.ids, copies)
    return RandomDecoder(seed, len(encoding.ids), len(small_byte_pair().vocabulary), bonus)


@pytest.mark.slow
@given(document=DOCUMENTS, seed=st.integers(0, 10**6), beam_size=st.integers(1, 3), max_length=st.integers(1, 20))
@settings(max_examples=150)
def test_a_random_decoder_generates_no_number_and_no_name_that_the_source_lacks(
    document: str, seed: int, beam_size: int, max_length: int
) -> None:
    options = SearchOptions(beam_size=beam_size, min_length=0, max_length=max_length, check_names=True)
    for ids in search(document, decoder_of(document, seed), options):
        assert len(ids) <= max_length
        assert all(i >= N_SPECIAL or i == SENTENCE for i in ids)
        for sentence in sentences(ids):
            assert sentence.isprintable()
            assert numbers(sentence) <= numbers(document), sentence
            assert unsupported_names(document, sentence) == []
        text = b"".join(small_byte_pair().token_bytes[i] for i in ids)
        assert text.decode("utf-8") == small_byte_pair().decode(ids)  # no incomplete character


@pytest.mark.slow
@given(document=DOCUMENTS, seed=st.integers(0, 10**6), n=st.integers(1, 3))
@settings(max_examples=80)
def test_a_random_decoder_repeats_no_n_gram_of_words(document: str, seed: int, n: int) -> None:
    options = SearchOptions(beam_size=2, min_length=8, max_length=20, no_repeat_words=n)
    properties = small_rules().properties
    for ids in search(document, decoder_of(document, seed, copies=7.0), options):
        words = list(properties.keys(properties.split_words(ids)))
        # A word that is cut off or left incomplete by the next token's mark counts as the word that it is.
        n_grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
        assert len(n_grams) == len(set(n_grams)), n_grams


@given(document=DOCUMENTS, seed=st.integers(0, 10**6), max_words=st.integers(1, 5))
@settings(max_examples=60)
def test_no_summary_has_more_words_than_its_limit(document: str, seed: int, max_words: int) -> None:
    options = SearchOptions(beam_size=2, min_length=0, max_length=20)
    limits = Limits(0, 20, max_words=max_words)
    for ids in search(document, decoder_of(document, seed), options, limits):
        assert small_rules().properties.n_words(ids) <= max_words


def test_numbers_and_names_are_free_without_their_rules() -> None:
    for summary, rule in [("the London", "names"), ("it was 5", "numbers")]:
        assert refused_token(rule_of("a town", **{rule: False}), summary) is None
        assert refused_token(rule_of("a town"), summary) is not None


@pytest.mark.parametrize("check_numbers", [True, False])
def test_a_character_without_a_token_is_generated_only_as_the_source_spells_it(check_numbers: bool) -> None:
    rule = rule_of("a ☃ is 한국", numbers=check_numbers, names=False)
    for summary in ("the ☃", "한국", "국한 ☃☃"):
        assert refused_token(rule, summary) is None, summary
    for summary in ("the ☂", "☃️☂", "중", "½", "ş"):
        assert refused_token(rule, summary) is not None, summary
    snow, man, _ = small_byte_pair().encode("☃").ids
    state = rule.advance(rule.start, snow)
    assert (~rule.forbidden_mask(state)).nonzero().flatten().tolist() == [man]
    assert rule.complete_prefix([*small_byte_pair().encode("the").ids, snow, man]) == (
        *small_byte_pair().encode("the").ids,
    )


def test_what_is_not_printed_is_never_generated() -> None:
    properties, tokenizer = small_rules().properties, small_byte_pair()
    possible = [tokenizer.decode([i]) for i in (~properties.never_generated_mask).nonzero().flatten().tolist()]
    assert all(text.isprintable() for text in possible)
    assert " " in possible
    assert not {"\n", "\t", "\0", "  "} & set(possible)
    allowed = {i for i in range(N_SPECIAL) if not properties.never_generated_mask[i]}
    assert allowed == {SENTENCE, END}


@given(document=st.text(max_size=40), steps=STEPS)
@settings(max_examples=200)
def test_something_may_always_follow(document: str, steps: list[tuple[int, int]]) -> None:
    """The rules together leave no hypothesis without a continuation: walk asserts it."""
    ids = walk(rule_of(document), document, steps)
    assert small_byte_pair().decode(ids).isprintable()


@pytest.mark.parametrize(
    ("max_length", "summary"),
    [(1, "it"), (3, "it cost "), (4, "it cost "), (7, "it cost "), (8, "it cost 2,500"), (9, "it cost 2,500 for"),
     (10, "it cost 2,500 for Anna"), (14, "it cost 2,500 for Anna "), (15, "it cost 2,500 for Anna Lewis")],
)  # fmt: skip
def test_a_summary_that_does_not_end_is_not_cut_inside_a_number_or_name(max_length: int, summary: str) -> None:
    tokenizer, source = small_byte_pair(), "it cost 2,500 for Anna Lewis"
    ids = tokenizer.encode(f"{source}, it was he").ids
    decoder = TableDecoder([lambda so_far: {ids[len(so_far)]: -0.1}], None, 1, len(tokenizer.vocabulary))
    options = SearchOptions(beam_size=1, min_length=0, max_length=max_length, no_repeat_words=0, check_names=True)
    rule = small_rules().source_rule(tokenizer.encode(source), options)
    src = torch.tensor([ids[:1]])
    ((hypothesis, *_),) = beam_search(decoder, src, [rule], small_rules().properties, options)
    assert tokenizer.decode(hypothesis.ids) == summary
