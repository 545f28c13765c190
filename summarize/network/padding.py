"""Padding: token id sequences to padded tensors, and the windows and passages that the network reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from summarize.text.vocabulary import END, PAD, START

# Few tensor shapes: the CPU library builds and keeps a kernel for every new one (memory grew by gigabytes, and speed
# fell by a third, with ragged shapes).
SRC_MULTIPLE, TGT_MULTIPLE, SENTENCE_MULTIPLE = 80, 16, 16
# A passage, from which one summary sentence is written: at most so many tokens, of which at most so many come before
# the source sentence.
PASSAGE_TOKENS, CONTEXT_TOKENS = 96, 40
MAX_SENTENCE_TOKENS = 48  # of a summary sentence that is written from a passage


def pad(sequences: Sequence[Sequence[int] | np.ndarray], multiple: int = 1) -> Tensor:
    """Id sequences to one (B, L) tensor padded with PAD, L the longest rounded up to a multiple."""
    longest = max(1, *(len(s) for s in sequences)) if sequences else 1
    padded = torch.full((len(sequences), -(-longest // multiple) * multiple), PAD)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = torch.as_tensor(np.asarray(sequence, dtype=np.int64))
    return padded


def source_window(ids: Sequence[int] | np.ndarray, max_src: int) -> np.ndarray:
    """START, as many tokens as fit in max_src, END."""
    return np.concatenate([[START], np.asarray(ids[: max_src - 2], dtype=np.int64), [END]])


def sentence_window(sentences: Sequence[int] | np.ndarray, max_src: int) -> np.ndarray:
    """The sentence numbers of a source_window's positions, counted from its first; START and END are in none."""
    kept = np.asarray(sentences[: max_src - 2], dtype=np.int64)
    return np.concatenate([[-1], kept - (kept[0] if len(kept) else 0), [-1]])


def passage_places(sentences: np.ndarray, number: int) -> np.ndarray:
    """The places in a window with sentence numbers (S,) that one sentence is told from: START (attention that has
    nothing to look for goes there), as many tokens before the sentence as CONTEXT says and fit, and its own; at most
    PASSAGE_TOKENS. None for a sentence that is not there."""
    own = np.flatnonzero(sentences == number)[: PASSAGE_TOKENS - 1]
    if not len(own):
        return own
    before = min(CONTEXT_TOKENS, PASSAGE_TOKENS - 1 - len(own))
    return np.concatenate([[0], np.arange(max(1, own[0] - before), own[-1] + 1)])
