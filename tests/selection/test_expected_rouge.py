"""Expected ROUGE: the samples, the score against a plain version of it, and the selection against enumeration."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from summarize.selection import expected_rouge
from summarize.selection.expected_rouge import (
    EXCERPT_SHARE,
    LOGIT_OFFSET,
    MAX_EXPECTED_SENTENCES,
    N_SAMPLES,
    REWRITE_SHARE,
    ExpectedRouge,
    salience_probabilities,
)
from summarize.text.matching import rouge_tokens

TEXTS = ["The bridge opened in May.", "The old bridge opened.", "It rained.", "Trains run late, they said."]


def score(texts: list[str], probabilities: list[float], selection: list[int]) -> float:
    return float(ExpectedRouge(texts, np.array(probabilities), list(enumerate(texts))).score([selection])[0])


def select(texts: list[str], probabilities: list[float], **limits: float) -> list[int]:
    expected = ExpectedRouge(texts, np.array(probabilities), list(enumerate(texts)))
    return sorted(expected.select(**limits))  # type: ignore[arg-type]


# The samples.


def test_samples_follow_the_probabilities() -> None:
    texts, probabilities = [f"{'a ' * 19}a", f"{'b ' * 9}b", "c d", "e"], np.array([0.9, 0.5, 0.2, 0.0])
    words, excerpts = expected_rouge._sample_summaries(texts, probabilities, {0: "x y z", 2: "v"})
    assert [len(own) for own in words] == [20, 10, 2, 0, 3, 1]  # what is in no sample has no words
    sample, text, start, end = excerpts.T
    assert sorted(set(sample.tolist())) == list(range(sample[-1] + 1))
    assert N_SAMPLES * 0.9 < sample[-1] + 1 < N_SAMPLES
    assert (np.diff(sample) >= 0).all()
    sentence = np.array([0, 1, 2, 3, 0, 2])[text]
    assert len(set(zip(sample.tolist(), sentence.tolist(), strict=True))) == len(excerpts)  # each sentence once
    np.testing.assert_allclose(np.bincount(sentence, minlength=4) / N_SAMPLES, probabilities, atol=0.06)
    assert set((end - start)[text == 0].tolist()) == {round(20 * EXCERPT_SHARE)}
    assert set(start[text == 0].tolist()) == set(range(20 - round(20 * EXCERPT_SHARE) + 1))
    assert set(zip(start[text == 4].tolist(), end[text == 4].tolist(), strict=True)) == {(0, 3)}
    assert np.mean(text[sentence == 0] == 4) == pytest.approx(REWRITE_SHARE, abs=0.06)


def test_if_no_sentence_is_probable_the_most_probable_is_sampled() -> None:
    _, excerpts = expected_rouge._sample_summaries(TEXTS, np.array([0.0, 1e-12, 0.0, 0.0]), {})
    assert excerpts[:, :2].tolist() == [[0, 1]]


# The score.


@pytest.mark.parametrize("selection", [[0], [0, 3], [1], [2], [0, 1, 2, 3]])
def test_against_a_certain_summary_the_score_is_its_rouge(
    selection: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expected_rouge, "EXCERPT_SHARE", 1.0)
    summary = [0, 3]
    rouge = RougeScorer(["rouge1"]).score(" ".join(TEXTS[i] for i in summary), " ".join(TEXTS[i] for i in selection))
    bigrams = [Counter(pair for i in own for pair in pairwise(rouge_tokens(TEXTS[i]))) for own in (summary, selection)]
    rouge_2 = 2 * (bigrams[0] & bigrams[1]).total() / (bigrams[0] + bigrams[1]).total()
    assert score(TEXTS, [1, 0, 0, 1], selection) == pytest.approx(rouge["rouge1"].fmeasure + rouge_2, abs=1e-5)


def mean_rouge(texts: Sequence[str], samples: tuple[list[list[str]], np.ndarray]) -> float:
    """Mean ROUGE-1 + ROUGE-2 F1 of texts together against all samples, by plain counting."""
    words, excerpts = samples
    total = 0.0
    for n in (1, 2):
        counts = sum((ngrams(text.lower().rstrip(".").split(), n) for text in texts), Counter())
        for sample in range(excerpts[-1, 0] + 1):
            own = [words[text][start:end] for s, text, start, end in excerpts.tolist() if s == sample]
            sampled = sum((ngrams(excerpt, n) for excerpt in own), Counter())
            total += 2 * (counts & sampled).total() / max(1, counts.total() + sampled.total())
    return total / (excerpts[-1, 0] + 1)


def ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


@pytest.mark.parametrize("seed", range(4))
def test_the_score_is_the_mean_over_the_samples(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected_rouge, "N_SAMPLES", 40)
    chance = random.Random(seed)
    texts = [" ".join(chance.choices("abcde", k=chance.randint(1, 12))) for _ in range(5)]
    probabilities, rewrites = np.array([chance.random() for _ in texts]), {1: "a b a", 4: "e"}
    samples = expected_rouge._sample_summaries(texts, probabilities, rewrites)
    candidates = [*enumerate(texts), *rewrites.items()]
    expected = ExpectedRouge(texts, probabilities, candidates, rewrites)
    selections = [[0], [6], [2, 5], [0, 1, 2, 3, 4]]
    scores = [mean_rouge([candidates[c][1] for c in selection], samples) for selection in selections]
    np.testing.assert_allclose(expected.score(selections), scores, rtol=1e-5)


def test_what_many_sentences_say_is_safer_than_what_one_says() -> None:
    texts = ["The bridge opened in May.", "The bridge opened today.", "The bridge opened late.", "Trains ran well."]
    probabilities = [0.4, 0.4, 0.4, 0.45]
    assert score(texts, probabilities, [0]) > score(texts, probabilities, [3])


def test_repetition_gains_less_than_something_new() -> None:
    probabilities = [0.9, 0.3, 0.05, 0.6]
    assert score(TEXTS, probabilities, [0, 3]) > score(TEXTS, probabilities, [0, 1])


def test_scores_are_deterministic() -> None:
    probabilities = [0.5, 0.2, 0.4, 0.3]
    assert score(TEXTS, probabilities, [0, 2]) == score(TEXTS, probabilities, [0, 2])


def test_scores_are_exact_under_bfloat16_autocast() -> None:
    texts, probabilities = [*TEXTS, " ".join(TEXTS * 9)], [0.9, 0.7, 0.5, 0.3, 0.1]
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        under_autocast = score(texts, probabilities, [0, 4])
    assert under_autocast == score(texts, probabilities, [0, 4])


# The probabilities.


def test_probabilities_are_those_of_the_logits_or_shifted_to_a_number_of_sentences() -> None:
    logits = np.array([0.0, 2.0, -2.0])
    np.testing.assert_allclose(salience_probabilities(logits, None), 1 / (1 + np.exp(LOGIT_OFFSET - logits)))
    shifted = salience_probabilities(logits, 1)
    np.testing.assert_allclose(shifted.sum(), 1, atol=1e-6)
    np.testing.assert_allclose(np.diff(np.log(shifted / (1 - shifted))), np.diff(logits), atol=1e-6)  # all alike
    many = np.linspace(-3, 3, 200) + LOGIT_OFFSET
    np.testing.assert_allclose(salience_probabilities(many, None).sum(), MAX_EXPECTED_SENTENCES, atol=1e-6)
    assert (np.diff(salience_probabilities(many, None)) > 0).all()
    np.testing.assert_allclose(salience_probabilities(logits, 9).sum(), 2.5)  # there are only three


# The selection.


def test_a_selection_respects_its_limits() -> None:
    probabilities = [0.9, 0.4, 0.01, 0.8]
    assert select(TEXTS, probabilities) == [0, 3]
    assert select(TEXTS, probabilities, n_sentences=1) == [0]
    assert select(TEXTS, probabilities, n_sentences=3) == [0, 1, 3]
    assert select(TEXTS, probabilities, n_sentences=9) == [0, 1, 2, 3]
    assert select(TEXTS, probabilities, max_words=8) == [0]
    assert select(TEXTS, probabilities, max_words=9) == [1, 3]
    assert select(TEXTS, probabilities, max_words=10) == [0, 3]
    assert select(TEXTS, probabilities, max_words=1) == []
    assert select(TEXTS, probabilities, min_words=11) == [0, 1, 3]
    assert select(TEXTS, probabilities, min_words=100) == [0, 1, 2, 3]


LIMITS = [{}, {"n_sentences": 2}, {"min_words": 9}, {"max_words": 8}, {"no_repeat_words": 2}]


@given(st.integers(0, 1000), st.sampled_from(LIMITS))
@settings(deadline=None, max_examples=60)
def test_no_other_set_has_a_higher_score(seed: int, limits: dict[str, int]) -> None:
    chance = random.Random(seed)
    texts = [" ".join(chance.choices("abcdefgh", k=chance.randint(2, 5))) for _ in range(5)]
    candidates = [*enumerate(texts), (0, "a b"), (3, "c d e")]
    probabilities = np.array([chance.random() for _ in texts])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expected_rouge, "N_SAMPLES", 40)  # fewer, for speed
        expected = ExpectedRouge(texts, probabilities, candidates, dict(candidates[5:]))
    sets = [own for size in range(1, 6) for own in combinations(range(7), size) if is_allowed(own, candidates, limits)]
    selection = expected.select(**limits)  # type: ignore[arg-type]
    if sets:
        assert is_allowed(tuple(selection), candidates, limits)
        assert expected.score([selection])[0] == pytest.approx(expected.score(sets).max(), abs=1e-6)


def is_allowed(selection: tuple[int, ...], candidates: list[tuple[int, str]], limits: dict[str, int]) -> bool:
    """Whether a set has no sentence twice and respects the limits, by a plain check."""
    words = [candidates[c][1].split() for c in selection]
    n_words = sum(map(len, words))
    n = limits.get("no_repeat_words", 9)
    repeated = [ngram for own in words for ngram in ngrams(own, n)]
    return (
        len({candidates[c][0] for c in selection}) == len(selection)
        and len(selection) == limits.get("n_sentences", len(selection))
        and limits.get("min_words", 0) <= n_words <= limits.get("max_words", 99)
        and len(repeated) == len(set(repeated))
    )


def test_candidates_with_common_words_are_not_selected_together() -> None:
    texts, probabilities = (
        ["The old bridge opened in May.", "In June the old bridge opened.", "Trains run."],
        [0.95, 0.9, 0.1],
    )
    assert select(texts, probabilities, n_sentences=2) == [0, 1]
    assert select(texts, probabilities, n_sentences=2, no_repeat_words=3)[1] == 2
    assert select(texts, probabilities, n_sentences=2, no_repeat_words=5) == [0, 1]  # four words are in common
    assert select(texts, probabilities, n_sentences=3, no_repeat_words=3) == [0, 1, 2]  # the number has priority
    assert len(select(texts, probabilities, min_words=99, no_repeat_words=3)) == 2


def test_a_sentence_is_selected_once_verbatim_or_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Trains, they said on Monday to all who asked, run late.", "It rained."]
    candidates = [(0, texts[0]), (1, texts[1]), (0, "Trains run late.")]

    def select_with(bonus: float = 0.0, n_sentences: int | None = None) -> list[int]:
        rewrites, bonuses = {0: "Trains run late."}, [0, 0, bonus]
        expected = ExpectedRouge(texts, np.array([1.0, 0.0]), candidates, rewrites, bonuses)
        return sorted(expected.select(n_sentences))

    monkeypatch.setattr(expected_rouge, "REWRITE_SHARE", 0.9)
    assert select_with() == [2]
    assert select_with(n_sentences=2) == [1, 2]
    monkeypatch.setattr(expected_rouge, "REWRITE_SHARE", 0.1)
    assert select_with() == [0]
    assert select_with(bonus=2.0) == [2]


def test_a_candidate_that_refers_back_is_selected_with_what_it_refers_to(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["The old bridge opened.", "It cost nine million crowns.", "Trains run late today."]
    probabilities, candidates = np.array([0.4, 0.9, 0.5]), list(enumerate(texts))

    def select_with(penalty: float, antecedents: dict[int, int]) -> list[int]:
        monkeypatch.setattr(expected_rouge, "DANGLING_PENALTY", penalty)
        return sorted(ExpectedRouge(texts, probabilities, candidates, companions=antecedents).select(2))

    assert select_with(0.9, {}) == [1, 2]
    assert select_with(0.0, {1: 0}) == [1, 2]
    assert select_with(0.9, {1: 0}) == [0, 1]
    assert select_with(0.9, {1: -1}) == [0, 2]  # what it refers to is not there
    assert ExpectedRouge(texts, probabilities, candidates, companions={1: -1}).select(3) == [0, 1, 2]


def test_a_narrow_beam_misses_the_best_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one set kept, the best single sentence stays in; the full beam finds the better pair."""
    probabilities = [0.9, 0.4, 0.01, 0.8]
    assert select(TEXTS, probabilities, max_words=9) == [1, 3]
    monkeypatch.setattr(expected_rouge, "BEAM_WIDTH", 1)
    assert select(TEXTS, probabilities, max_words=9) == [0]
