"""Salience without a model: what many sentences speak of, early, and not in a few words."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.selection.centrality import (
    BIAS,
    CENTROID_WEIGHT,
    DEGREE_WEIGHT,
    FULL_LENGTH,
    LENGTH_WEIGHT,
    POSITION_WEIGHT,
    centrality_logits,
)

BRIDGE = ["Rain fell.", "The bridge over the river is closed.", "Cars cannot cross the river.", "Nobody came at all."]
CHINESE = ["下雨了。", "河上的桥关闭了。", "汽车不能过河上的桥。", "没有人来。"]


@pytest.mark.parametrize("sentences", [BRIDGE, CHINESE])
def test_what_other_sentences_speak_of_is_salient(sentences: list[str]) -> None:
    assert int(np.argmax(centrality_logits(sentences))) in (1, 2)


def test_the_earlier_of_two_equal_sentences_is_more_salient() -> None:
    first, _, last = centrality_logits(["The bridge is closed.", "It rained.", "The bridge is closed."])
    assert first > last


def test_no_sentences_and_no_words() -> None:
    assert centrality_logits([]).shape == (0,)
    np.testing.assert_allclose(centrality_logits(["--- !!!"]), [BIAS], rtol=1e-6)


@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=12), min_size=1, max_size=6))
def test_logits_are_those_of_a_plain_computation(words: list[list[str]]) -> None:
    idf = {
        word: math.log(1 + (len(words) - n + 0.5) / (n + 0.5))
        for word in "abcdefg"
        for n in [sum(word in own for own in words)]
    }
    vectors = np.array(
        [[(1 + math.log(own.count(w))) * idf[w] if w in own else 0.0 for w in "abcdefg"] for own in words]
    )
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
    centroid = units.sum(0) / max(np.linalg.norm(units.sum(0)), 1e-300)
    similarities = units @ units.T
    degrees = similarities.sum(1) - similarities.diagonal()
    lengths = np.array([min(len(own), FULL_LENGTH) / FULL_LENGTH for own in words])
    expected = (
        POSITION_WEIGHT * np.log1p(np.arange(len(words)))
        + CENTROID_WEIGHT * units @ centroid
        + DEGREE_WEIGHT * degrees / (degrees.max() if degrees.max() > 1e-9 else 1)
        + LENGTH_WEIGHT * lengths
        + BIAS
    )
    np.testing.assert_allclose(centrality_logits([" ".join(own) for own in words]), expected, rtol=1e-4, atol=1e-4)
    assert Counter(map(len, words)).total() == len(expected)
