"""Choosing by expected ROUGE: the formula on summaries that are certain, and what uncertainty does."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from summarize.selection import expected_rouge
from summarize.selection.expected_rouge import LOGIT_OFFSET, MAX_EXPECTED_SENTENCES, ExpectedRouge, probabilities
from summarize.selection.oracle import rouge_tokens

TEXTS = ["The bridge opened in May.", "The old bridge opened.", "It rained.", "Trains run late, they said."]


def likeness(texts: list[str], told: list[float], chosen: list[int]) -> float:
    return float(ExpectedRouge(texts, np.array(told), list(enumerate(texts))).likeness([chosen])[0])


@pytest.mark.parametrize("chosen", [[0], [0, 3], [1], [2], [0, 1, 2, 3]])
def test_of_a_certain_summary_it_is_its_rouge(chosen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected_rouge, "EXCERPT_SHARE", 1.0)
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


def test_they_are_where_a_model_multiplies_in_bfloat16_too() -> None:
    texts, told = [*TEXTS, " ".join(TEXTS * 9)], [0.9, 0.7, 0.5, 0.3, 0.1]
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        rounded = likeness(texts, told, [0, 4])
    assert rounded == likeness(texts, told, [0, 4])


def test_where_nothing_is_likely_the_likeliest_is_told() -> None:
    assert likeness(TEXTS, [0.0, 1e-12, 0.0, 0.0], [1]) > likeness(TEXTS, [0.0, 1e-12, 0.0, 0.0], [2])


def test_probabilities_are_the_log_odds_or_scaled_to_a_number() -> None:
    odds = np.array([0.0, 2.0, -2.0])
    np.testing.assert_allclose(probabilities(odds, None), 1 / (1 + np.exp(LOGIT_OFFSET - odds)))
    np.testing.assert_allclose(probabilities(odds, 1).sum(), 1, atol=1e-6)
    many = np.linspace(-3, 3, 200) + LOGIT_OFFSET
    np.testing.assert_allclose(probabilities(many, None).sum(), MAX_EXPECTED_SENTENCES, atol=1e-6)
    assert (np.diff(probabilities(many, None)) > 0).all()
    np.testing.assert_allclose(probabilities(odds, 9).sum(), 2.5)  # more than there are


def chosen(texts: list[str], told: list[float], **limits: float) -> list[int]:
    return sorted(ExpectedRouge(texts, np.array(told), list(enumerate(texts))).choose(**limits))  # type: ignore[arg-type]


def test_a_choice_keeps_to_its_limits() -> None:
    told = [0.9, 0.4, 0.01, 0.8]
    assert chosen(TEXTS, told) == [0, 3]
    assert chosen(TEXTS, told, number=1) == [0]
    assert chosen(TEXTS, told, number=3) == [0, 1, 3]
    assert chosen(TEXTS, told, most=8) == [0]
    assert chosen(TEXTS, told, most=9) == [1, 3]
    assert chosen(TEXTS, told, most=10) == [0, 3]
    assert chosen(TEXTS, told, most=1) == []
    assert chosen(TEXTS, told, least=11) == [0, 1, 3]
    assert chosen(TEXTS, told, least=100) == [0, 1, 2, 3]


@given(st.integers(0, 1000), st.sampled_from([{}, {"number": 2}, {"least": 9}, {"most": 8}, {"run": 2}]))
@settings(deadline=None, max_examples=60)
def test_no_other_choice_is_expected_to_be_more_like_a_summary(seed: int, limits: dict[str, int]) -> None:
    chance = random.Random(seed)
    texts = [" ".join(chance.choices("abcdefgh", k=chance.randint(2, 5))) for _ in range(5)]
    choices = [*enumerate(texts), (0, "a b"), (3, "c d e")]
    expected = ExpectedRouge(texts, np.array([chance.random() for _ in texts]), choices, dict(choices[5:]))
    sets = [own for size in range(1, 6) for own in combinations(range(7), size) if is_allowed(own, choices, limits)]
    found = expected.choose(**limits)  # type: ignore[arg-type]
    if sets:
        assert expected.likeness([found])[0] == pytest.approx(expected.likeness(sets).max(), abs=1e-6)


def is_allowed(own: tuple[int, ...], choices: list[tuple[int, str]], limits: dict[str, int]) -> bool:
    """Whether a choice tells no sentence twice and keeps to limits, checked plainly."""
    words = [choices[c][1].split() for c in own]
    size = sum(map(len, words))
    run = limits.get("run", 9)
    runs = [gram for w in words for gram in {tuple(w[i : i + run]) for i in range(len(w) - run + 1)}]
    return (
        len({choices[c][0] for c in own}) == len(own)
        and len(own) == limits.get("number", len(own))
        and limits.get("least", 0) <= size <= limits.get("most", 99)
        and len(runs) == len(set(runs))
    )


def test_runs_of_words_are_not_told_twice() -> None:
    texts = ["The old bridge opened in May.", "In June the old bridge opened.", "Trains run."]
    assert chosen(texts, [0.95, 0.9, 0.1], number=2) == [0, 1]
    assert chosen(texts, [0.95, 0.9, 0.1], number=2, run=3)[1] == 2
    assert chosen(texts, [0.95, 0.9, 0.1], number=3, run=3) == [0, 1, 2]  # unless so many are asked for
    assert len(chosen(texts, [0.95, 0.9, 0.1], least=99, run=3)) == 2


def test_a_sentence_is_told_once_in_its_words_or_in_others(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Trains, they said on Monday to all who asked, run late.", "It rained."]
    choices = [(0, texts[0]), (1, texts[1]), (0, "Trains run late.")]

    def choose(favour: float = 0.0, number: int | None = None) -> list[int]:
        told = np.array([1.0, 0.0])
        return sorted(ExpectedRouge(texts, told, choices, {0: "Trains run late."}, [0, 0, favour]).choose(number))

    monkeypatch.setattr(expected_rouge, "REWRITE_SHARE", 0.9)
    assert choose() == [2]
    assert choose(number=2) == [1, 2]
    monkeypatch.setattr(expected_rouge, "REWRITE_SHARE", 0.1)
    assert choose() == [0]
    assert choose(favour=2.0) == [2]
