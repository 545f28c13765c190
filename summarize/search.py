"""Batched beam search: the bookkeeping of hypotheses, and nothing about what scores them or what their ids mean.

The decoder keeps one memory a document, whatever the beam; a document that is finished leaves the batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from summarize.constraints import Compound, NumberRule, Pieces, doubled, doubling, lacks_end, repeating
from summarize.lengths import Limits
from summarize.vocabulary import END, SENTENCE, START, UNK


@dataclass(frozen=True)
class SearchOptions:
    """How to read and how to search. Lengths are in pieces, END not counted."""

    max_src: int = 512  # of a document, what is read
    beam_size: int = 4
    # A finished hypothesis is ranked by its score / length ** length_penalty (Wu et al. 2016, simplified).
    length_penalty: float = 1.0
    min_length: int = 45
    max_length: int = 110
    # No run of so many words comes twice, and no word follows itself but where the document has it so; 0 allows both.
    no_repeat_words: int = 3
    # Taken from the score for every unit of pointer attention beyond one on a source piece (Gehrmann et al. 2018).
    coverage_penalty: float = 0.0
    # A document is done with patience × beam_size finished hypotheses (Kasai et al. 2022).
    patience: float = 1.0
    check_numbers: bool = True

    @property
    def limits(self) -> Limits:
        """The lengths, for a document of which nothing else is asked."""
        return Limits(self.min_length, self.max_length)


# Where a summary has all the words it may have, it may go on to its end only with what is so likely: a full stop after
# any word would be an end in mid-sentence.
LIKELY_END = math.log(0.1)


@dataclass(frozen=True)
class Hypothesis:
    """A summary's pieces without END, and its length-normalised score (natural logarithm)."""

    ids: tuple[int, ...]
    score: float


class Decoder(Protocol):
    """What a search needs: N hypotheses of B documents, a document's own next to each other."""

    def step(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Continue every hypothesis by tokens (N,): log_probs (N, V) of the next, pointer attention (N, S)."""
        ...

    def select(self, documents: Tensor, rows: Tensor) -> None:
        """Go on with these documents (B′,) and hypotheses (N′,), in that order."""
        ...


class Beams:
    """The live hypotheses of the documents still in the batch, and what each document has finished."""

    def __init__(
        self,
        src: Tensor,
        rules: Sequence[NumberRule],
        pieces: Pieces,
        options: SearchOptions,
        limits: Sequence[Limits] | None = None,
    ) -> None:
        b = src.shape[0]
        self.options, self.pieces, self.rules = options, pieces, rules
        self.limits = limits or [options.limits] * b
        self.documents = list(range(b))  # which document each group of hypotheses belongs to
        self.ids: list[tuple[int, ...]] = [()] * b
        self.states: list[Compound] = [()] * b
        self.scores = torch.zeros(b, device=src.device)
        self.coverage = torch.zeros(src.shape, device=src.device)
        self.finished: list[list[Hypothesis]] = [[] for _ in range(b)]
        self.has_unknown = src.eq(UNK).any(1).tolist()
        self.doubled = [doubled(pieces, ids) for ids in src.tolist()] if options.no_repeat_words else []

    @property
    def width(self) -> int:
        """Hypotheses per document: one before the first step, then beam_size."""
        return len(self.ids) // max(1, len(self.documents))

    def forbid(self, log_probs: Tensor) -> Tensor:
        """log_probs (N, V) with −inf wherever a rule forbids a piece."""
        masks = [self.pieces.never_mask.clone() for _ in self.ids]
        o = self.options
        for row, (ids, state, mask) in enumerate(zip(self.ids, self.states, masks, strict=True)):
            document = self.documents[row // self.width]
            if o.check_numbers:
                mask |= self.rules[document].forbidden(state)
            if o.no_repeat_words:
                mask[list(repeating(self.pieces, ids, o.no_repeat_words))] = True
                mask[list(doubling(self.pieces, ids) - self.doubled[document])] = True
            self._forbid_by_length(mask, self.limits[document], ids, log_probs[row])
            is_unfinished = lacks_end(self.pieces, ids)
            mask[SENTENCE] |= not ids or ids[-1] == SENTENCE or is_unfinished
            mask[END] |= bool(ids) and (ids[-1] == SENTENCE or is_unfinished)
            mask[UNK] |= not self.has_unknown[document]
        return log_probs.masked_fill(torch.stack(masks).to(log_probs.device), -torch.inf)

    def _forbid_by_length(self, mask: Tensor, limits: Limits, ids: tuple[int, ...], log_probs: Tensor) -> None:
        """Set in mask (V,) what would make a hypothesis too short or too long; log_probs (V,): of what follows it."""
        mask[END] |= len(ids) < limits.min_pieces
        if limits.sentences is not None:
            sentences = ids.count(SENTENCE) + 1
            mask[END] |= sentences < limits.sentences
            mask[SENTENCE] |= sentences >= limits.sentences
        if limits.words is not None and self._words(ids) >= limits.words:
            mask |= self.pieces.begins_word_mask | (log_probs.cpu() < LIKELY_END)

    def _words(self, ids: Sequence[int]) -> int:
        return sum(self.pieces.begins_word[i] for i in ids)

    def penalise(self, pointer: Tensor) -> None:
        """Take each hypothesis's new excess coverage from its score."""
        if self.options.coverage_penalty:
            excess = (self.coverage - 1).clamp_min(0).sum(1)
            self.coverage = self.coverage + pointer
            added = (self.coverage - 1).clamp_min(0).sum(1) - excess
            self.scores = self.scores - self.options.coverage_penalty * added

    def extend(self, log_probs: Tensor) -> list[int]:
        """Replace the hypotheses by their best continuations; returns the row that each new one continues."""
        k, v = self.options.beam_size, log_probs.shape[-1]
        total = (self.scores[:, None] + log_probs).view(len(self.documents), -1)
        # Of 2k candidates at most k end here, so k are left to go on.
        values, indices = total.topk(min(2 * k, total.shape[1]), dim=1)
        rows: list[int] = []
        pieces: list[int] = []
        scores: list[float] = []
        for i, document in enumerate(self.documents):
            chosen = self._candidates(i, document, values[i].tolist(), indices[i].tolist(), v)
            rows += [row for row, _, _ in chosen]
            pieces += [piece for _, piece, _ in chosen]
            scores += [score for _, _, score in chosen]
        self._continue(rows, pieces, scores)
        return rows

    def _candidates(
        self, i: int, document: int, values: list[float], indices: list[int], v: int
    ) -> list[tuple[int, int, float]]:
        """(row, piece, score) of the continuations of group i; those that end go to the finished ones."""
        k = self.options.beam_size
        chosen: list[tuple[int, int, float]] = []
        for rank, (score, index) in enumerate(zip(values, indices, strict=True)):
            row, piece = i * self.width + index // v, index % v
            if piece == END and score > -torch.inf:
                if rank < k:  # an ending is worth keeping where it is among the best k
                    self._finish(document, self.ids[row], score)
            elif len(chosen) < k and score > -torch.inf:
                chosen.append((row, piece, score))
                self._consider_stopping(document, self.ids[row], piece, score)
        while len(chosen) < k:  # a hypothesis that may write nothing more; _cut_off takes the SENTENCE away again
            chosen.append((i * self.width, SENTENCE, -torch.inf))
        return chosen

    def _consider_stopping(self, document: int, ids: tuple[int, ...], piece: int, score: float) -> None:
        """Where words are limited, a hypothesis that could go on with another sentence is also kept as it is."""
        limits = self.limits[document]
        if piece == SENTENCE and limits.words is not None and len(ids) >= limits.min_pieces:
            self._finish(document, ids, score)

    def _finish(self, document: int, ids: tuple[int, ...], score: float) -> None:
        length = max(1, len(ids) + 1)
        # Of so many sentences the likeliest are wanted, not the longest.
        penalty = self.options.length_penalty if self.limits[document].sentences is None else 1.0
        self.finished[document].append(Hypothesis(ids, score / length**penalty))

    def _continue(self, rows: list[int], pieces: list[int], scores: list[float]) -> None:
        k = self.options.beam_size
        old_states = [self.states[row] for row in rows]
        rules = [self.rules[self.documents[i // k]] for i in range(len(rows))]
        self.ids = [(*self.ids[row], piece) for row, piece in zip(rows, pieces, strict=True)]
        self.states = [rule.advance(state, piece) for rule, state, piece in zip(rules, old_states, pieces, strict=True)]
        self.scores = torch.tensor(scores, device=self.scores.device)
        if self.options.coverage_penalty:
            self.coverage = self.coverage[rows]
        elif len(self.coverage) != len(rows):
            self.coverage = self.coverage.new_zeros(len(rows), self.coverage.shape[1])

    def retire(self) -> list[int]:
        """Drop the documents that are done; returns the positions of those that go on."""
        enough, k = self.options.patience * self.options.beam_size, self.options.beam_size
        live = self.scores.view(-1, k).max(1).values.tolist()
        keep = [
            i
            for i, document in enumerate(self.documents)
            if len(self.finished[document]) < enough
            and live[i] > -torch.inf
            and len(self.ids[i * k]) <= self.limits[document].max_pieces
        ]
        for i, document in enumerate(self.documents):
            if i not in keep and not self.finished[document]:
                self._cut_off(i, document)
        if len(keep) < len(self.documents):
            rows = [i * k + j for i in keep for j in range(k)]
            self.documents = [self.documents[i] for i in keep]
            self.ids, self.states = [self.ids[r] for r in rows], [self.states[r] for r in rows]
            self.scores, self.coverage = self.scores[rows], self.coverage[rows]
        return keep

    def _cut_off(self, i: int, document: int) -> None:
        """Finish a document that has nothing finished with its best live hypothesis, up to the last whole sentence
        where it has one. Its score is −inf where no hypothesis could go on."""
        k = self.width
        best = max(range(i * k, (i + 1) * k), key=lambda row: self.scores[row].item())
        ids, score = self.ids[best], self.scores[best].item()
        ids = ids[:-1] if score == -torch.inf else ids[: self.limits[document].max_pieces]
        if SENTENCE in ids:
            ids = ids[: len(ids) - 1 - ids[::-1].index(SENTENCE)]
        self._finish(document, self.rules[document].whole(ids) if self.options.check_numbers else ids, score)


def beam_search(
    decoder: Decoder,
    src: Tensor,
    rules: Sequence[NumberRule],
    pieces: Pieces,
    options: SearchOptions,
    limits: Sequence[Limits] | None = None,
) -> list[list[Hypothesis]]:
    """Search summaries of documents src (B, S), which decoder has read, one number rule a document; limits: how long
    each is to be (default: the options').

    Returns each document's finished hypotheses, best first, at least one each.
    """
    beams = Beams(src, rules, pieces, options, limits)
    tokens = torch.full((src.shape[0],), START, device=src.device)
    while True:
        log_probs, pointer = decoder.step(tokens)
        beams.penalise(pointer)
        rows = beams.extend(beams.forbid(log_probs))
        keep = beams.retire()
        if not keep:
            break
        k = options.beam_size
        rows = [rows[i * k + j] for i in keep for j in range(k)]
        decoder.select(torch.tensor(keep, device=src.device), torch.tensor(rows, device=src.device))
        tokens = torch.tensor([ids[-1] for ids in beams.ids], device=src.device)
    return [sorted(found, key=lambda h: -h.score) for found in beams.finished]
