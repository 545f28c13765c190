"""Batches: pairs of id sequences to padded tensors, in buckets of like length and an order that can be resumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from summarize.vocabulary import END, PAD, START

# Few tensor shapes: the CPU library builds and keeps a kernel for every new one (memory grew by gigabytes, and speed
# fell by a third, with ragged shapes).
SRC_MULTIPLE, TGT_MULTIPLE = 80, 16


@dataclass(frozen=True)
class Pair:
    """One training example: pieces of the document and of its summary, without START; the summary ends in END."""

    src: np.ndarray
    tgt: np.ndarray


def pad(sequences: Sequence[Sequence[int] | np.ndarray], multiple: int = 1) -> Tensor:
    """Id sequences to one (B, L) tensor padded with PAD, L the longest rounded up to a multiple."""
    longest = max(1, *(len(s) for s in sequences)) if sequences else 1
    padded = torch.full((len(sequences), -(-longest // multiple) * multiple), PAD)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = torch.as_tensor(np.asarray(sequence, dtype=np.int64))
    return padded


def source_window(ids: Sequence[int] | np.ndarray, max_src: int) -> np.ndarray:
    """START, as many pieces as fit in max_src, END."""
    return np.concatenate([[START], np.asarray(ids[: max_src - 2], dtype=np.int64), [END]])


def collate(pairs: Sequence[Pair], max_src: int, max_tgt: int) -> tuple[Tensor, Tensor]:
    """Pairs to src (B, S ≤ max_src) and tgt (B, T ≤ max_tgt), padded to few shapes."""
    src = pad([source_window(p.src, max_src) for p in pairs], SRC_MULTIPLE)[:, :max_src]
    tgt = pad([p.tgt[:max_tgt] for p in pairs], TGT_MULTIPLE)[:, :max_tgt]
    return src, tgt


def epoch_order(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Batches of indices for one epoch, each of like length; a function of its arguments alone, so that a resumed
    run finds its place by counting.

    lengths (n, k): sort keys of each example, most important first. Only full batches are given, except where the
    data do not fill one; the few examples left over differ from epoch to epoch.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    if len(order) <= batch_size:
        return [order]
    batches: list[np.ndarray] = []
    for start in range(0, len(order), batch_size * 40):
        chunk = order[start : start + batch_size * 40]
        full = len(chunk) // batch_size
        chunk = chunk[: full * batch_size]  # cut before sorting, or it would always be the longest that are left out
        chunk = chunk[np.lexsort(lengths[chunk].T[::-1])]
        batches += np.split(chunk, full) if full else []
    return [batches[i] for i in rng.permutation(len(batches))]


def batches_from(lengths: np.ndarray, batch_size: int, seed: int, start: int) -> Iterator[tuple[int, np.ndarray]]:
    """(epoch, indices) of every batch from number start on, without end."""
    epoch, skip = 0, start
    while True:
        order = epoch_order(lengths, batch_size, seed, epoch)
        for indices in order[skip:]:
            yield epoch, indices
        skip = max(0, skip - len(order))
        epoch += 1
