"""Oracle extracts against rouge-score and against enumeration, and the alignment of summary sentences."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from summarize.selection.oracle import align, greedy_oracle, oracle_probabilities, rouge_1_plus_2
from summarize.text.matching import rouge_tokens

SCORER = RougeScorer(["rouge1", "rouge2"], use_stemmer=True)
WORDS = st.sampled_from(["the", "mayor", "cats", "cat", "running", "ran", "bridge", "opened", "in", "1927"])
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@given(st.text(max_size=60))
def test_tokens_are_those_of_rouge_score(text: str) -> None:
    assert rouge_tokens(text) == DefaultTokenizer(use_stemmer=True).tokenize(text)


@given(TEXTS, TEXTS)
def test_rouge_is_that_of_rouge_score(text: str, reference: str) -> None:
    scores = SCORER.score(reference, text)
    expected = scores["rouge1"].fmeasure + scores["rouge2"].fmeasure
    assert rouge_1_plus_2(text, reference) == pytest.approx(expected)


@given(st.lists(TEXTS, min_size=1, max_size=6, unique=True), TEXTS)
def test_the_first_sentence_selected_has_the_highest_rouge(sentences: list[str], reference: str) -> None:
    scores = [rouge_1_plus_2(sentence, reference) for sentence in sentences]
    selected = greedy_oracle(sentences, reference, max_selected=1)
    if max(scores) == 0:
        assert selected == []
    else:
        assert scores[selected[0]] == pytest.approx(max(scores))


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
def test_each_further_sentence_raises_rouge_the_most(sentences: list[str], reference: str) -> None:
    def score(selected: list[int]) -> float:
        return rouge_of_extract([sentences[i] for i in selected], reference)

    last: list[int] = []
    for max_selected in range(1, 5):
        selected = greedy_oracle(sentences, reference, max_selected=max_selected)
        others = [sorted([*last, i]) for i in range(len(sentences)) if i not in last]
        best = max(map(score, others), default=0.0)
        if len(selected) == len(last):
            assert selected == last
            assert best <= score(last) + 1e-9
        else:
            assert len(selected) == len(last) + 1
            assert score(selected) > score(last)
            assert score(selected) == pytest.approx(best)
        last = selected


def rouge_of_extract(sentences: list[str], reference: str) -> float:
    """ROUGE-1 F1 + ROUGE-2 F1 by plain counting; bigrams do not cross sentences."""
    total = 0.0
    for n in (1, 2):
        ngrams = [tuple(w[i : i + n]) for s in sentences if (w := rouge_tokens(s)) for i in range(len(w) - n + 1)]
        tokens = rouge_tokens(reference)
        reference_ngrams = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
        overlap = sum(min(ngrams.count(ngram), reference_ngrams.count(ngram)) for ngram in set(reference_ngrams))
        total += 2 * overlap / (len(ngrams) + len(reference_ngrams)) if overlap else 0.0
    return total


def test_selected_sentences_are_in_document_order_and_within_limits() -> None:
    sentences = ["nothing here", "the bridge opened", "a dog", "in 1927 by the mayor"]
    assert greedy_oracle(sentences, "in 1927 by the mayor the bridge opened") == [1, 3]
    assert greedy_oracle(sentences, "in 1927 by the mayor the bridge opened", max_selected=1) == [3]
    assert greedy_oracle(sentences, "in 1927 by the mayor the bridge opened", n_leading=2) == [1]
    assert greedy_oracle([], "a") == []
    assert greedy_oracle(["a", "b", "a"], "a") == [0]  # the first of equals


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS, st.floats(0.01, 1))
def test_probabilities_are_sums_over_all_extracts(sentences: list[str], reference: str, temperature: float) -> None:
    overlapping = [i for i, text in enumerate(sentences) if set(rouge_tokens(text)) & set(rouge_tokens(reference))]
    extracts = [own for size in (1, 2) for own in combinations(overlapping, size)]
    weights = [math.exp(rouge_of_extract([sentences[i] for i in own], reference) / temperature) for own in extracts]
    expected = [sum(w for w, own in zip(weights, extracts, strict=True) if i in own) for i in range(len(sentences))]
    probabilities = oracle_probabilities(sentences, reference, temperature, max_selected=2)
    assert probabilities == pytest.approx([value / (sum(weights) or 1) for value in expected], abs=1e-6)


def test_near_duplicates_share_their_probability() -> None:
    probabilities = oracle_probabilities(["the mayor opened it", "a dog", "it the mayor opened"], "the mayor opened it")
    assert probabilities[0] > probabilities[2] > probabilities[1] == 0
    many = oracle_probabilities(["the mayor opened it"] * 30, "the mayor opened it", pool_size=3)
    assert many[:3] == pytest.approx([1 / 3] * 3, abs=0.01)
    assert not many[3:].any()


def test_only_leading_sentences_have_probabilities() -> None:
    assert oracle_probabilities(["b", "a"], "a", n_leading=1).tolist() == [0]
    assert oracle_probabilities([], "a").tolist() == []


def test_extracts_have_at_most_four_sentences() -> None:
    """Of five sentences that make up the reference, any four are one of the five best extracts."""
    sentences = ["a b", "c d", "e f", "g h", "i j"]
    probabilities = oracle_probabilities(
        sentences, " x ".join(sentences), temperature=0.001
    )  # exp(F1 / 0.001) overflows
    assert probabilities == pytest.approx([0.8] * 5)


SENTENCES = ["The mayor visits the old bridge.", "Anna Smith said it was old.", "John met the minister in March."]


def test_a_summary_sentence_is_aligned_with_the_sentence_that_has_most_of_it() -> None:
    summary = ["John met the minister.", "A dog ran.", "The mayor visits the bridge."]
    assert align(summary, SENTENCES) == [2, -1, 0]
    assert align(summary, SENTENCES, n_leading=1) == [-1, -1, 0]
    assert align(["old bridge mayor"], ["mayor bridge old", "the old bridge and its mayor"]) == [1]  # by its bigrams
    assert align([], SENTENCES) == []
    assert align(["A dog."], []) == [-1]


def test_a_summary_sentence_of_which_much_is_missing_is_not_aligned() -> None:
    assert align(["one two three four"], ["one two five"]) == [-1]  # half is there, but half is missing
    assert align(["one two three four"], ["four three", "one two"]) == [1]  # the rest is right before
    assert align(["one two three"], ["one"]) == [-1]
    ten = "a b c d e f g h i j"
    assert align([ten], ["a b c d e f g"]) == [0]
    assert align([ten], ["a b c d e f"]) == [-1]


def test_a_number_must_be_in_the_source_sentence_or_right_before_it() -> None:
    before = "It was built in 1927 by Anna Smith."
    assert align(["The bridge of 1927 was closed."], [before, "The bridge was closed."]) == [1]
    assert align(["The bridge of 1928 was closed."], [before, "The bridge was closed."]) == [-1]
    assert align(["The bridge of 1927 was closed."], ["The bridge was closed.", before]) == [-1]


@pytest.mark.parametrize(
    ("between", "source"), [(["a " * 25], 2), (["a " * 26], -1), (["a", "b"], 3), (["a", "b", "c"], -1)]
)
def test_the_context_is_thirty_words_of_three_sentences(between: list[str], source: int) -> None:
    """1927 is the fifth word from the end of its sentence."""
    sentences = ["It was built in 1927 by Anna Smith too.", *between, "The bridge was closed."]
    assert align(["The bridge of 1927 was closed."], sentences) == [source]
