"""The greedy oracle against rouge-score, step by step."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from summarize.selection.oracle import greedy_oracle, oracle_probabilities, rouge_tokens

SCORER = RougeScorer(["rouge1", "rouge2"], use_stemmer=True)
WORDS = st.sampled_from(["the", "mayor", "cats", "cat", "running", "ran", "bridge", "opened", "in", "1927"])
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


def likeness(text: str, reference: str) -> float:
    scores = SCORER.score(reference, text)
    return scores["rouge1"].fmeasure + scores["rouge2"].fmeasure


@given(st.text(max_size=60))
def test_tokens_are_those_that_rouge_score_counts(text: str) -> None:
    assert rouge_tokens(text) == DefaultTokenizer(use_stemmer=True).tokenize(text)


@given(st.lists(TEXTS, min_size=1, max_size=6, unique=True), TEXTS)
def test_the_first_choice_is_the_sentence_most_like_the_reference(sentences: list[str], reference: str) -> None:
    alone = [likeness(s, reference) for s in sentences]
    chosen = greedy_oracle(sentences, reference, most=1)
    if max(alone) == 0:
        assert chosen == []
    else:
        assert alone[chosen[0]] == pytest.approx(max(alone))


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
def test_more_sentences_are_chosen_only_where_they_help(sentences: list[str], reference: str) -> None:
    def worth(chosen: list[int]) -> float:
        # Bigrams do not cross sentences: a word that no reference has stands between them, and is not counted.
        return oracle_likeness([sentences[i] for i in chosen], reference)

    last = 0.0
    for most in range(1, 5):
        now = worth(greedy_oracle(sentences, reference, most=most))
        assert now >= last - 1e-9
        last = now


def oracle_likeness(chosen: list[str], reference: str) -> float:
    """ROUGE-1 F1 + ROUGE-2 F1 by plain counting."""
    total = 0.0
    for n in (1, 2):
        have = [tuple(w[i : i + n]) for s in chosen if (w := rouge_tokens(s)) for i in range(len(w) - n + 1)]
        tokens = rouge_tokens(reference)
        wanted = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
        overlap = sum(min(have.count(g), wanted.count(g)) for g in set(wanted))
        total += 2 * overlap / (len(have) + len(wanted)) if overlap else 0.0
    return total


def test_the_order_is_the_documents_and_the_limit_holds() -> None:
    sentences = ["nothing here", "the bridge opened", "a dog", "in 1927 by the mayor"]
    assert greedy_oracle(sentences, "in 1927 by the mayor the bridge opened") == [1, 3]
    assert greedy_oracle(sentences, "in 1927 by the mayor the bridge opened", most=1) == [3]
    assert greedy_oracle(sentences, "in 1927 by the mayor the bridge opened", first=2) == [1]
    assert greedy_oracle([], "a") == []


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS, st.floats(0.01, 1))
def test_its_expectation_is_that_over_all_extracts(sentences: list[str], reference: str, temperature: float) -> None:
    useful = [i for i, text in enumerate(sentences) if set(rouge_tokens(text)) & set(rouge_tokens(reference))]
    extracts = [own for size in (1, 2) for own in combinations(useful, size)]
    odds = [math.exp(oracle_likeness([sentences[i] for i in own], reference) / temperature) for own in extracts]
    expected = [sum(o for o, own in zip(odds, extracts, strict=True) if i in own) for i in range(len(sentences))]
    found = oracle_probabilities(sentences, reference, temperature, most=2)
    assert found == pytest.approx([value / (sum(odds) or 1) for value in expected], abs=1e-6)


def test_in_its_expectation_what_says_the_same_shares_the_worth() -> None:
    found = oracle_probabilities(["the mayor opened it", "a dog", "it the mayor opened"], "the mayor opened it")
    assert found[0] > found[2] > found[1] == 0
    assert oracle_probabilities(["b", "a"], "a", first=1).tolist() == [0]
    assert oracle_probabilities([], "a").tolist() == []
    many = oracle_probabilities(["the mayor opened it"] * 30, "the mayor opened it", pool=3)
    assert many[:3] == pytest.approx([1 / 3] * 3, abs=0.01)
    assert not many[3:].any()
