"""Training batches: encoded pairs collated to padded tensors, in length buckets, in an order that can be resumed."""

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
    passage_places,
    sentence_window,
    source_window,
)
from summarize.text.vocabulary import END, SENTENCE

SENTENCES_PER_DOCUMENT = 3  # summary sentences of a batch, on average


@dataclass(frozen=True)
class Pair:
    """One training example: tokens of the document and of its summary, without START; the summary ends in END.

    sentences: for each token of the document, the number of its sentence; worth: of each of the first sentences, how
    probable it is that a good extract has it, in ten-thousandths; aligned: for each sentence of the summary, the
    number of the one that it is told from, −1 for none. All None where no salience is learned. candidates: the tokens
    of other summaries in a row, best first; candidate_ends: where each ends; candidate_scores: how good each is, in
    ten-thousandths.
    """

    src: np.ndarray
    tgt: np.ndarray
    sentences: np.ndarray | None = None
    worth: np.ndarray | None = None
    aligned: np.ndarray | None = None
    candidates: np.ndarray | None = None
    candidate_ends: np.ndarray | None = None
    candidate_scores: np.ndarray | None = None


@dataclass(frozen=True)
class PassageTargets:
    """Sentences of a batch's summaries, each with the passage of a document that it is told from: tgt (N, T), ending
    in END; rows (N,): the documents; places (N, L): the passage's tokens, −1 for none; marked (N, L): those of the
    sentence itself, after what stands before it. A sentence that is all PAD fills up the batch."""

    tgt: Tensor
    rows: Tensor
    places: Tensor
    marked: Tensor

    def to(self, device: str) -> PassageTargets:
        """The same on a device."""
        return PassageTargets(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True)
class Batch:
    """Tensors of a training step: src (B, S), tgt (B, T), sentences (B, S) with −1 for none, worth (B, n), 0 to
    1, how probably a sentence is worth telling, −1 for none, places (B, n), their numbers in the document,
    candidates (B, K, T), best first, of PAD where there are fewer, and how good each is (B, K); told: the summaries
    sentence by sentence."""

    src: Tensor
    tgt: Tensor
    sentences: Tensor | None = None
    worth: Tensor | None = None
    places: Tensor | None = None
    candidates: Tensor | None = None
    candidate_scores: Tensor | None = None
    told: PassageTargets | None = None

    def to(self, device: str) -> Batch:
        """The same on a device."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: part.to(device) for name, part in parts.items() if part is not None})


def collate(pairs: Sequence[Pair], max_src: int, max_tgt: int, starts: Sequence[int] | None = None) -> Batch:
    """Pairs to S ≤ max_src and T ≤ max_tgt, padded to few shapes; starts: the token at which each window begins."""
    batch = _collate_sources(pairs, max_src, max_tgt, starts)
    if batch.sentences is not None and not starts and all(p.aligned is not None for p in pairs):
        batch = replace(batch, told=_collate_told(pairs, batch.sentences.numpy()))
    if any(p.candidates is None for p in pairs):
        return batch
    own = [np.split(p.candidates, p.candidate_ends[:-1]) for p in pairs]  # type: ignore[arg-type, index]
    k = max(len(each) for each in own)
    flat = [ids[:max_tgt] for each in own for ids in [*each, *[np.empty(0, dtype=np.int32)] * (k - len(each))]]
    scores = torch.zeros(len(pairs), k)
    for row, pair in zip(scores, pairs, strict=True):
        row[: len(pair.candidate_scores)] = torch.from_numpy(pair.candidate_scores / 10_000)  # type: ignore[arg-type, operator]
    candidates = pad(flat, TGT_MULTIPLE)[:, :max_tgt].view(len(pairs), k, -1)
    return replace(batch, candidates=candidates, candidate_scores=scores)


def _collate_told(pairs: Sequence[Pair], sentences: np.ndarray) -> PassageTargets:
    """The sentences of the summaries that are told from one in the window, sentences (B, S): as many as there is room
    for, SENTENCES_PER_DOCUMENT a document."""
    size = SENTENCES_PER_DOCUMENT * len(pairs)
    tgt: list[np.ndarray] = []
    rows, places, marked = (
        np.zeros(size, np.int64),
        np.full((size, PASSAGE_TOKENS), -1),
        np.zeros((size, PASSAGE_TOKENS), bool),
    )
    for row, pair in enumerate(pairs):
        ends = np.flatnonzero(pair.tgt == SENTENCE)
        for ids, number in zip(np.split(pair.tgt, ends + 1), pair.aligned, strict=True):  # type: ignore[arg-type]
            number -= pair.sentences[0]  # type: ignore[index]
            own = passage_places(sentences[row], number) if number >= 0 else ()
            n = len(tgt)
            if len(own) and n < size:
                tgt.append(np.append(ids[:-1][: MAX_SENTENCE_TOKENS - 1], END))
                rows[n], places[n, : len(own)] = row, own
                marked[n, : len(own)] = sentences[row, own] == number
    tgt += [np.empty(0, dtype=np.int32)] * (size - len(tgt))
    return PassageTargets(pad(tgt, TGT_MULTIPLE), *(torch.from_numpy(x) for x in (rows, places, marked)))


def _collate_sources(pairs: Sequence[Pair], max_src: int, max_tgt: int, starts: Sequence[int] | None) -> Batch:
    """All but the candidates and the told sentences."""
    starts = starts or [0] * len(pairs)
    src = pad([source_window(p.src[i:], max_src) for p, i in zip(pairs, starts, strict=True)], SRC_MULTIPLE)
    tgt = pad([p.tgt[:max_tgt] for p in pairs], TGT_MULTIPLE)[:, :max_tgt]
    if any(p.sentences is None for p in pairs):
        return Batch(src[:, :max_src], tgt)
    windows = [(p.sentences[i : i + max_src - 2], p.worth) for p, i in zip(pairs, starts, strict=True)]  # type: ignore[index]
    sentences = pad([sentence_window(s, max_src) + 1 for s, _ in windows], SRC_MULTIPLE)[:, :max_src] - 1
    worth = torch.full((len(pairs), int(sentences.max()) + SENTENCE_MULTIPLE), -1.0)
    places = torch.arange(worth.shape[1]).repeat(len(pairs), 1)
    for row, (numbers, known) in enumerate(windows):
        if len(numbers):
            first, last = int(numbers[0]), int(numbers[-1])
            places[row] += first
            worth[row, : last - first + 1] = 0  # also of those beyond what is known
            own = torch.from_numpy(known[first : last + 1] / 10_000)  # type: ignore[index]
            worth[row, : len(own)] = own
    return Batch(src[:, :max_src], tgt, sentences, worth, places)


def later_starts(pair: Pair, max_src: int) -> np.ndarray:
    """The tokens that begin a sentence beyond the first window, where another window of the document could begin."""
    if pair.sentences is None or len(pair.sentences) <= max_src:
        return np.empty(0, dtype=np.int64)
    begins = np.flatnonzero(np.diff(pair.sentences)) + 1
    return begins[begins >= max_src - 2]


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
