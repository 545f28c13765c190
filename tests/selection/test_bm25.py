"""BM25 against its formula."""

from __future__ import annotations

import math

import numpy as np

from summarize.selection.bm25 import K1, B, relevance

SENTENCES = [
    "The bridge opened in May.",
    "The mayor opened the bridge.",
    "It rained all day on the old town, they said.",
]


def test_relevance_is_the_formula_divided_by_its_maximum() -> None:
    n_words, n = [5, 5, 10], 3
    mean = sum(n_words) / n
    idf = {"bridge": math.log(1 + (n - 2 + 0.5) / 2.5), "mayor": math.log(1 + (n - 1 + 0.5) / 1.5)}
    weight = (K1 + 1) / (1 + K1 * (1 - B + B * 5 / mean))
    expected = np.array([idf["bridge"] * weight, (idf["bridge"] + idf["mayor"]) * weight, 0])
    np.testing.assert_allclose(relevance("mayor bridges", SENTENCES), expected / expected.max())


def test_repeated_words_count_less_each_time() -> None:
    sentences = ["rain", "rain rain", "sun and wind"]
    idf, mean = math.log(1 + 1.5 / 2.5), 2
    expected = [idf * n * (K1 + 1) / (n + K1 * (1 - B + B * n_words / mean)) for n, n_words in ((1, 1), (2, 2), (0, 3))]
    np.testing.assert_allclose(relevance("rain rain", sentences), np.array(expected) / max(expected))


def test_without_common_words_the_relevance_is_zero() -> None:
    assert relevance("zebra", SENTENCES).tolist() == [0, 0, 0]
    assert relevance("", SENTENCES).tolist() == [0, 0, 0]
    assert relevance("zebra", []).tolist() == []
