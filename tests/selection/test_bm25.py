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


def test_the_formula() -> None:
    lengths, n = [5, 5, 10], 3
    mean = sum(lengths) / n
    idf = {"bridge": math.log(1 + (n - 2 + 0.5) / 2.5), "mayor": math.log(1 + (n - 1 + 0.5) / 1.5)}
    weight = (K1 + 1) / (1 + K1 * (1 - B + B * 5 / mean))
    expected = np.array([idf["bridge"] * weight, (idf["bridge"] + idf["mayor"]) * weight, 0])
    np.testing.assert_allclose(relevance("mayor bridges", SENTENCES), expected / expected.max())


def test_nothing_in_common() -> None:
    assert relevance("zebra", SENTENCES).tolist() == [0, 0, 0]
    assert relevance("", SENTENCES).tolist() == [0, 0, 0]
    assert relevance("zebra", []).tolist() == []
