"""Padding: token ids to tensors of few shapes, and the windows and passages of a document that the network encodes.

A window is a row of consecutive sentences encoded together, between START and END. A passage is what one summary
sentence is generated from: a source sentence and its context, picked out of an encoded window.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from summarize.text.vocabulary import END, PAD, START

# Lengths are rounded up to multiples: the CPU library builds and keeps a kernel for every new shape (with unrounded
# lengths, memory grew by gigabytes and speed fell by a third).
SRC_MULTIPLE, TGT_MULTIPLE, SENTENCE_MULTIPLE = 80, 16, 16
PASSAGE_TOKENS = 96  # of a passage, at most
CONTEXT_TOKENS = 40  # of a passage before its source sentence, at most
MAX_SENTENCE_TOKENS = 48  # of a summary sentence that is generated from a passage


def pad(sequences: Sequence[Sequence[int] | np.ndarray], multiple: int = 1) -> Tensor:
    """Id sequences to one int64 tensor (B, L) padded with PAD; L is the longest length rounded up to a multiple."""
    longest = max(1, *(len(s) for s in sequences)) if sequences else 1
    padded = torch.full((len(sequences), -(-longest // multiple) * multiple), PAD)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = torch.as_tensor(np.asarray(sequence, dtype=np.int64))
    return padded


def source_window(ids: Sequence[int] | np.ndarray, max_src: int) -> np.ndarray:
    """START, the first max_src − 2 ids, END."""
    return np.concatenate([[START], np.asarray(ids[: max_src - 2], dtype=np.int64), [END]])


def sentence_window(sentences: Sequence[int] | np.ndarray, max_src: int) -> np.ndarray:
    """The sentence number of each position of a source_window, counted from the window's first; −1 for START and END.

    sentences: of each id, the number of its sentence in the document.
    """
    kept = np.asarray(sentences[: max_src - 2], dtype=np.int64)
    return np.concatenate([[-1], kept - (kept[0] if len(kept) else 0), [-1]])


def passage_positions(sentences: np.ndarray, number: int) -> np.ndarray:
    """The window positions (L,) of one sentence's passage, L ≤ PASSAGE_TOKENS; empty if the sentence is not there.

    sentences (S,): the sentence number of each position. The passage is START (attention that looks for nothing goes
    there), up to CONTEXT_TOKENS tokens before the sentence, as far as they fit, and the sentence.
    """
    sentence = np.flatnonzero(sentences == number)[: PASSAGE_TOKENS - 1]
    if not len(sentence):
        return sentence
    n_context = min(CONTEXT_TOKENS, PASSAGE_TOKENS - 1 - len(sentence))
    return np.concatenate([[0], np.arange(max(1, sentence[0] - n_context), sentence[-1] + 1)])
