"""Choosing by expected ROUGE: the formula on summaries that are certain, and what uncertainty does."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer

from summarize import expectation
from summarize.expectation import MOST_TOLD, Expectation, probabilities
from summarize.oracle import rouge_tokens

TEXTS = ["The bridge opened in May.", "The old bridge opened.", "It rained.", "Trains run late, they said."]


def likeness(texts: list[str], told: list[float], chosen: list[int]) -> float:
    expected = Expectation(texts, np.array(told), list(enumerate(texts)))
    counts = expected.nothing()
    for i in chosen:
        each = expected.with_each(counts)
        counts = each[0][i], each[1][i]
    return float(expected.likeness((counts[0][None], counts[1][None]))[0])


@pytest.mark.parametrize("chosen", [[0], [0, 3], [1], [2], [0, 1, 2, 3]])
def test_of_a_certain_summary_it_is_its_rouge(chosen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectation, "SHARE", 1.0)
    told = [0, 3]
    score = RougeScorer(["rouge1"]).score(" ".join(TEXTS[i] for i in told), " ".join(TEXTS[i] for i in chosen))
    pairs = [Counter(pair for i in own for pair in pairwise(rouge_tokens(TEXTS[i]))) for own in (told, chosen)]
    expected = score["rouge1"].fmeasure + 2 * (pairs[0] & pairs[1]).total() / (pairs[0] + pairs[1]).total()
    assert likeness(TEXTS, [1, 0, 0, 1], chosen) == pytest.approx(expected, abs=1e-5)


def test_what_many_sentences_say_is_safer_than_what_one_says() -> None:
    texts = ["The bridge opened in May.", "The bridge opened today.", "The bridge opened late.", "Trains ran well."]
    told = [0.4, 0.4, 0.4, 0.45]
    assert likeness(texts, told, [0]) > likeness(texts, told, [3])


def test_saying_the_same_twice_gains_less_than_something_else() -> None:
    told = [0.9, 0.3, 0.05, 0.6]
    assert likeness(TEXTS, told, [0, 3]) > likeness(TEXTS, told, [0, 1])


def test_the_same_sentences_are_worth_the_same_again() -> None:
    told = [0.5, 0.2, 0.4, 0.3]
    assert likeness(TEXTS, told, [0, 2]) == likeness(TEXTS, told, [0, 2])


def test_where_nothing_is_likely_the_likeliest_is_told() -> None:
    assert likeness(TEXTS, [0.0, 1e-12, 0.0, 0.0], [1]) > likeness(TEXTS, [0.0, 1e-12, 0.0, 0.0], [2])


def test_probabilities_are_the_log_odds_or_scaled_to_a_number() -> None:
    odds = np.array([0.0, 2.0, -2.0])
    np.testing.assert_allclose(probabilities(odds, None), 1 / (1 + np.exp(-odds)))
    np.testing.assert_allclose(probabilities(odds, 1).sum(), 1, atol=1e-6)
    many = np.linspace(-3, 3, 200)
    np.testing.assert_allclose(probabilities(many, None).sum(), MOST_TOLD, atol=1e-6)
    assert (np.diff(probabilities(many, None)) > 0).all()
    np.testing.assert_allclose(probabilities(odds, 9).sum(), 2.5)  # more than there are
