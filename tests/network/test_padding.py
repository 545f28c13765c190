"""Padding to few shapes; windows and passages of a document."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from summarize.network.padding import (
    CONTEXT_TOKENS,
    MAX_SENTENCE_TOKENS,
    PASSAGE_TOKENS,
    pad,
    passage_positions,
    sentence_window,
    source_window,
)
from summarize.text.vocabulary import END, PAD, START


def test_the_sizes_are_those_that_the_shipped_models_were_trained_with() -> None:
    assert (PASSAGE_TOKENS, CONTEXT_TOKENS, MAX_SENTENCE_TOKENS) == (96, 40, 48)


def test_pad_fills_up_to_a_multiple() -> None:
    padded = pad([[5, 6, 7], [8]], multiple=4)
    assert padded.tolist() == [[5, 6, 7, PAD], [8, PAD, PAD, PAD]]
    assert padded.dtype == torch.int64
    assert pad([[5, 6], [7]]).tolist() == [[5, 6], [7, PAD]]
    assert pad([[], []], multiple=4).tolist() == [[PAD] * 4] * 2


@pytest.mark.parametrize("n", [0, 1, 8, 9, 50])
def test_a_source_window_is_framed_and_cut(n: int) -> None:
    window = source_window(range(200, 200 + n), max_src=10).tolist()
    assert window == [START, *range(200, 200 + min(n, 8)), END]


def test_a_sentence_window_counts_from_its_first_sentence() -> None:
    assert sentence_window([7, 7, 8, 9, 9], max_src=10).tolist() == [-1, 0, 0, 1, 2, 2, -1]
    assert sentence_window([7, 7, 8, 9, 9], max_src=5).tolist() == [-1, 0, 0, 1, -1]
    assert sentence_window([], max_src=5).tolist() == [-1, -1]


def test_a_passage_is_a_sentence_and_its_context() -> None:
    sentences = np.array([-1, *np.repeat(np.arange(4), [30, 20, 150, 5]), -1])
    assert passage_positions(sentences, 0).tolist() == list(range(31))
    assert passage_positions(sentences, 1).tolist() == list(range(51))
    # A long sentence is cut and leaves no room for context.
    assert passage_positions(sentences, 2).tolist() == [0, *range(51, 50 + PASSAGE_TOKENS)]
    assert passage_positions(sentences, 3).tolist() == [0, *range(201 - CONTEXT_TOKENS, 206)]
    assert passage_positions(sentences, 4).tolist() == []


def test_context_is_cut_to_the_room_that_a_sentence_leaves() -> None:
    sentences = np.array([-1, *np.repeat([0, 1], [60, PASSAGE_TOKENS - 11]), -1])
    positions = passage_positions(sentences, 1)
    assert len(positions) == PASSAGE_TOKENS
    assert positions.tolist() == [0, *range(51, 61 + PASSAGE_TOKENS - 11)]
