"""Training batches: encoded pairs collated to padded tensors, and length buckets in an order that can be resumed.

Shapes: B documents, S source tokens, T summary tokens, n sentences, K candidates, N passages of L tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from summarize.network.padding import (
    MAX_SENTENCE_TOKENS,
    PASSAGE_TOKENS,
    SENTENCE_MULTIPLE,
    SRC_MULTIPLE,
    TGT_MULTIPLE,
    pad,
    passage_positions,
    sentence_window,
    source_window,
)
from summarize.text.vocabulary import END, SENTENCE

PASSAGES_PER_DOCUMENT = 3  # room for summary sentences in a batch, on average
SCALE = 10_000  # fractions of 1 are stored as integers of ten-thousandths
_BUCKET_BATCHES = 40  # that are sorted by length together


@dataclass(frozen=True)
class Pair:
    """One training example as token ids, without START; the summary ends in END.

    With salience: sentences (tokens,): the number of each document token's sentence. oracle_salience: of each of the
    first sentences, the probability that it is in a good extract, in ten-thousandths. alignment: of each summary
    sentence, the number of its source sentence in the document, −1 for none.

    With candidates, which are other summaries of the document: candidates: their ids in a row, best first.
    candidate_ends: where each ends. candidate_scores: how good each is, in ten-thousandths.
    """

    src: np.ndarray
    tgt: np.ndarray
    sentences: np.ndarray | None = None
    oracle_salience: np.ndarray | None = None
    alignment: np.ndarray | None = None
    candidates: np.ndarray | None = None
    candidate_ends: np.ndarray | None = None
    candidate_scores: np.ndarray | None = None


@dataclass(frozen=True)
class PassageTargets:
    """Summary sentences of a batch, each with the passage that it is generated from.

    A row whose tgt is all PAD is filling. PointerGenerator.passages describes the last three.
    """

    tgt: Tensor  # (N, T), each ends in END
    documents: Tensor  # (N,): the index of the document in the batch
    positions: Tensor  # (N, L): the passage's tokens in that document, −1 for none
    is_marked: Tensor  # (N, L) bool: True on the source sentence, False on its context

    def to(self, device: str) -> PassageTargets:
        """The same on a device."""
        return PassageTargets(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True)
class Batch:
    """The tensors of one training step. All but src and tgt are there only where the pairs have what they need."""

    src: Tensor  # (B, S)
    tgt: Tensor  # (B, T), ends in END
    sentences: Tensor | None = None  # (B, S): the number of each token's sentence in the window, −1 for none
    oracle_salience: Tensor | None = None  # (B, n): 0 to 1; −1 where there is no sentence
    sentence_positions: Tensor | None = None  # (B, n): each sentence's number in the document
    candidates: Tensor | None = None  # (B, K, T), best first; one that is missing is all PAD
    candidate_scores: Tensor | None = None  # (B, K): how good each candidate is, 0 to 1
    passage_targets: PassageTargets | None = None  # the summaries sentence by sentence

    def to(self, device: str) -> Batch:
        """The same on a device."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: part.to(device) for name, part in parts.items() if part is not None})


def collate(pairs: Sequence[Pair], max_src: int, max_tgt: int, starts: Sequence[int] | None = None) -> Batch:
    """Pairs to a batch of S ≤ max_src and T ≤ max_tgt, padded to few shapes.

    starts: the token at which each document's window begins (default: the first). With starts there are no passages.
    """
    batch = _collate_sources(pairs, max_src, max_tgt, starts)
    if batch.sentences is not None and not starts and all(p.alignment is not None for p in pairs):
        batch = replace(batch, passage_targets=_collate_passages(pairs, batch.sentences.numpy()))
    if any(p.candidates is None for p in pairs):
        return batch
    by_pair = [np.split(p.candidates, p.candidate_ends[:-1]) for p in pairs]  # type: ignore[arg-type, index]
    k = max(len(candidates) for candidates in by_pair)
    missing = np.empty(0, dtype=np.int32)
    flat = [ids[:max_tgt] for candidates in by_pair for ids in [*candidates, *[missing] * (k - len(candidates))]]
    scores = torch.zeros(len(pairs), k)
    for row, pair in zip(scores, pairs, strict=True):
        row[: len(pair.candidate_scores)] = torch.from_numpy(pair.candidate_scores / SCALE)  # type: ignore[arg-type, operator]
    candidates = pad(flat, TGT_MULTIPLE)[:, :max_tgt].view(len(pairs), k, -1)
    return replace(batch, candidates=candidates, candidate_scores=scores)


def _collate_passages(pairs: Sequence[Pair], sentences: np.ndarray) -> PassageTargets:
    """The summary sentences whose source sentence is in the window, as many as there is room for.

    sentences (B, S): the sentence number of each window position.
    """
    size = PASSAGES_PER_DOCUMENT * len(pairs)
    tgt: list[np.ndarray] = []
    documents = np.zeros(size, np.int64)
    positions, is_marked = np.full((size, PASSAGE_TOKENS), -1), np.zeros((size, PASSAGE_TOKENS), bool)
    for document, pair in enumerate(pairs):
        ends = np.flatnonzero(pair.tgt == SENTENCE)
        for ids, number in zip(np.split(pair.tgt, ends + 1), pair.alignment, strict=True):  # type: ignore[arg-type]
            number -= pair.sentences[0]  # type: ignore[index]
            passage = passage_positions(sentences[document], number) if number >= 0 else ()
            n = len(tgt)
            if len(passage) and n < size:
                tgt.append(np.append(ids[:-1][: MAX_SENTENCE_TOKENS - 1], END))
                documents[n], positions[n, : len(passage)] = document, passage
                is_marked[n, : len(passage)] = sentences[document, passage] == number
    tgt += [np.empty(0, dtype=np.int32)] * (size - len(tgt))
    return PassageTargets(pad(tgt, TGT_MULTIPLE), *(torch.from_numpy(x) for x in (documents, positions, is_marked)))


def _collate_sources(pairs: Sequence[Pair], max_src: int, max_tgt: int, starts: Sequence[int] | None) -> Batch:
    """The batch without passages and candidates."""
    starts = starts or [0] * len(pairs)
    src = pad([source_window(p.src[i:], max_src) for p, i in zip(pairs, starts, strict=True)], SRC_MULTIPLE)
    tgt = pad([p.tgt[:max_tgt] for p in pairs], TGT_MULTIPLE)[:, :max_tgt]
    if any(p.sentences is None for p in pairs):
        return Batch(src[:, :max_src], tgt)
    windows = [(p.sentences[i : i + max_src - 2], p.oracle_salience) for p, i in zip(pairs, starts, strict=True)]  # type: ignore[index]
    sentences = pad([sentence_window(s, max_src) + 1 for s, _ in windows], SRC_MULTIPLE)[:, :max_src] - 1
    salience = torch.full((len(pairs), int(sentences.max()) + SENTENCE_MULTIPLE), -1.0)
    positions = torch.arange(salience.shape[1]).repeat(len(pairs), 1)
    for row, (numbers, oracle_salience) in enumerate(windows):
        if len(numbers):
            first, last = int(numbers[0]), int(numbers[-1])
            positions[row] += first
            salience[row, : last - first + 1] = 0  # the oracle selects none beyond the sentences that it considers
            labels = torch.from_numpy(oracle_salience[first : last + 1] / SCALE)  # type: ignore[index]
            salience[row, : len(labels)] = labels
    return Batch(src[:, :max_src], tgt, sentences, salience, positions)


def later_window_starts(pair: Pair, max_src: int) -> np.ndarray:
    """The tokens beyond the first window that begin a sentence: another window of the document can begin there."""
    if pair.sentences is None or len(pair.sentences) <= max_src:
        return np.empty(0, dtype=np.int64)
    sentence_starts = np.flatnonzero(np.diff(pair.sentences)) + 1
    return sentence_starts[sentence_starts >= max_src - 2]


def epoch_order(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The batches of one epoch, as arrays of indices; the examples of a batch have similar lengths.

    lengths (n, k): sort keys of each example, most important first. The order depends on the arguments alone, so a
    resumed run finds its place by counting batches. All batches are full, unless there are fewer examples than one
    batch; the few examples left over differ from epoch to epoch.
    """
    rng = np.random.default_rng([seed, epoch])
    order = rng.permutation(len(lengths))
    if len(order) <= batch_size:
        return [order]
    batches: list[np.ndarray] = []
    for start in range(0, len(order), batch_size * _BUCKET_BATCHES):
        bucket = order[start : start + batch_size * _BUCKET_BATCHES]
        n_full = len(bucket) // batch_size
        bucket = bucket[: n_full * batch_size]  # cut before sorting: after it, the longest would always be left out
        bucket = bucket[np.lexsort(lengths[bucket].T[::-1])]
        batches += np.split(bucket, n_full) if n_full else []
    return [batches[i] for i in rng.permutation(len(batches))]


def batches_from(lengths: np.ndarray, batch_size: int, seed: int, start: int) -> Iterator[tuple[int, np.ndarray]]:
    """(epoch, indices) of every batch from batch number start on, without end."""
    epoch, n_skipped = 0, start
    while True:
        order = epoch_order(lengths, batch_size, seed, epoch)
        for indices in order[n_skipped:]:
            yield epoch, indices
        n_skipped = max(0, n_skipped - len(order))
        epoch += 1
