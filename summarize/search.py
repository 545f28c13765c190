"""Batched beam search: the bookkeeping of hypotheses, and nothing about what scores them or what their ids mean.

The decoder keeps one memory a document, whatever the beam; a document that is finished leaves the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
    # A document is done with patience × beam_size finished hypotheses (Kasai et al. 2022), when none that could go on
    # is better as it stands than the best of them.
    patience: float = 1.0
    check_numbers: bool = True
    # Of a sentence told by itself: the mean probability of its pieces (geometric, coverage penalty included) below
    # which the document's own sentence may be told, but not this one.
    min_confidence: float = 0.0
    whole: bool = False  # one summary of a document however long, not one of each of its parts
    name_speakers: bool = False  # conversations are read with names for "I" and "you"

    @property
    def limits(self) -> Limits:
        """The lengths, for a document of which nothing else is asked."""
        return Limits(self.min_length, self.max_length)


# Where a summary has all the words it may have, it may go on to its end only with what is so likely: a full stop after
# any word would be an end in mid-sentence.
LIKELY_END = 0.1


TOGETHER = 8  # documents: a batch shrinks by so many at once


@dataclass(frozen=True)
class Hypothesis:
    """A summary's T pieces without END, its length-normalised score (natural logarithm), and where the pieces are from.

    copied (T, S): of each piece's probability, the share that is of copying it from each place of the source.
    """

    ids: tuple[int, ...]
    score: float
    copied: Tensor = field(compare=False)


@dataclass(frozen=True)
class Step:
    """What a decoder says of the next piece of N hypotheses."""

    probabilities: Tensor  # (N, C), one column for each of the decoder's pieces; a search's own to change
    pointer: Tensor  # (N, S) attention over the source
    p_copy: Tensor  # (N,): the share of copying by that attention, 1 − p_gen


class Decoder(Protocol):
    """What a search needs: N hypotheses of B documents, a document's own next to each other."""

    pieces: Tensor | None  # (C,) those that it gives probabilities of; None: all of the vocabulary

    def step(self, tokens: Tensor) -> Step:
        """Continue every hypothesis by tokens (N,)."""
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
        columns: Tensor | None = None,
    ) -> None:
        """columns (C,): the pieces that may be written, PAD for none; a step's probabilities are of these (default:
        all)."""
        b = src.shape[0]
        self.options, self.pieces, self.rules, self.src = options, pieces, rules, src
        self.limits = limits or [options.limits] * b
        self.documents = list(range(b))  # which document each group of hypotheses belongs to
        self.ids: list[tuple[int, ...]] = [()] * b
        self.states: list[Compound] = [()] * b
        self.scores = torch.zeros(b, device=src.device)
        self.coverage = torch.zeros(src.shape, device=src.device)
        self.copied = torch.zeros(b, 0, src.shape[1], device=src.device)  # (N, T, S): see Hypothesis
        self.finished: list[list[Hypothesis]] = [[] for _ in range(b)]
        self.done: set[int] = set()  # documents that no longer change
        self.has_unknown = src.eq(UNK).any(1).tolist()
        self.doubled = [doubled(pieces, ids) for ids in src.tolist()] if options.no_repeat_words else []
        every = torch.arange(len(pieces.continues))
        self.columns = every if columns is None else columns.cpu()
        of_pieces = torch.full_like(every, -1)
        of_pieces[self.columns] = torch.arange(len(self.columns))
        self.column_of: list[int] = of_pieces.tolist()  # −1: a piece that cannot be written
        self.never = pieces.never_mask[self.columns]
        self.begins_word = pieces.begins_word_mask[self.columns]
        # The mask of what may follow a word is the same at almost every step.
        self.between = [rule.between[self.columns] | self.never for rule in rules] if options.check_numbers else []

    @property
    def width(self) -> int:
        """Hypotheses per document: one before the first step, then beam_size."""
        return len(self.ids) // max(1, len(self.documents))

    def forbid(self, probabilities: Tensor) -> None:
        """Set probabilities (N, C) to zero wherever a rule forbids a piece."""
        rows: list[int] = []
        columns: list[int] = []
        masks: list[Tensor] = []
        for row, ids in enumerate(self.ids):
            document = self.documents[row // self.width]
            masks.append(self._mask(document, self.states[row]))
            if document in self.done:
                continue
            if self._has_all_words(document, ids):
                masks[-1] = masks[-1] | self._all_but_its_end(probabilities[row])
            own = [self.column_of[piece] for piece in self._forbidden(document, ids)]
            own = [column for column in own if column >= 0]
            rows += [row] * len(own)
            columns += own
        probabilities.masked_fill_(torch.stack(masks).to(probabilities.device), 0.0)
        probabilities[rows, columns] = 0.0

    def _mask(self, document: int, state: Compound) -> Tensor:
        """(C,) bool: what may not follow a state, whatever else was written."""
        if not self.options.check_numbers or document in self.done:
            return self.never
        mask = self.rules[document].forbidden(state)
        if mask is self.rules[document].between:
            return self.between[document]
        return mask[self.columns] | self.never

    def _all_but_its_end(self, probabilities: Tensor) -> Tensor:
        """(C,) bool: what may not end a sentence that has all its words, by the probabilities (C,) of what follows."""
        return self.begins_word | (probabilities < LIKELY_END).cpu()

    def _forbidden(self, document: int, ids: tuple[int, ...]) -> list[int]:
        """Single pieces that may not follow ids."""
        limits, sentences, opens = self.limits[document], ids.count(SENTENCE) + 1, not ids or ids[-1] == SENTENCE
        too_short = len(ids) < limits.min_pieces or (limits.sentences is not None and sentences < limits.sentences)
        is_unfinished = lacks_end(self.pieces, ids)
        found: list[int] = []
        if self.options.no_repeat_words:
            found += repeating(self.pieces, ids, self.options.no_repeat_words)
            found += doubling(self.pieces, ids) - self.doubled[document]
        if too_short or is_unfinished or (ids and opens):
            found.append(END)
        if opens or is_unfinished or (limits.sentences is not None and sentences >= limits.sentences):
            found.append(SENTENCE)
        if not self.has_unknown[document]:
            found.append(UNK)
        return found

    def _has_all_words(self, document: int, ids: tuple[int, ...]) -> bool:
        most = self.limits[document].words
        return most is not None and self._words(ids) >= most

    def _words(self, ids: Sequence[int]) -> int:
        return sum(self.pieces.begins_word[i] for i in ids)

    def penalise(self, pointer: Tensor) -> None:
        """Take each hypothesis's new excess coverage from its score."""
        if self.options.coverage_penalty:
            excess = (self.coverage - 1).clamp_min(0).sum(1)
            self.coverage = self.coverage + pointer
            added = (self.coverage - 1).clamp_min(0).sum(1) - excess
            self.scores = self.scores - self.options.coverage_penalty * added

    def extend(self, step: Step) -> list[int]:
        """Replace the hypotheses by their best continuations; returns the row that each new one continues."""
        # A document has 2k candidates: at most k of them end here, so k are left to go on.
        likely = step.probabilities.topk(min(2 * self.options.beam_size, step.probabilities.shape[1]), dim=1)
        total = (self.scores[:, None] + likely.values.log()).tolist()
        indices = self.columns[likely.indices.cpu()].tolist()
        rows: list[int] = []
        pieces: list[int] = []
        scores: list[float] = []
        for i, document in enumerate(self.documents):
            own = range(i * self.width, (i + 1) * self.width)
            if document in self.done:
                chosen = [(own.start, SENTENCE, -torch.inf)] * self.options.beam_size
            else:
                found = [(row, *each) for row in own for each in zip(indices[row], total[row], strict=True)]
                chosen = self._candidates(document, sorted(found, key=lambda each: -each[2]), own.start)
            rows += [row for row, _, _ in chosen]
            pieces += [piece for _, piece, _ in chosen]
            scores += [score for _, _, score in chosen]
        self._remember(step, rows, pieces)
        self._continue(rows, pieces, scores)
        return rows

    def _candidates(
        self, document: int, found: Sequence[tuple[int, int, float]], first: int
    ) -> list[tuple[int, int, float]]:
        """The (row, piece, score) to go on with of those found, best first; those that end go to the finished ones."""
        k = self.options.beam_size
        chosen: list[tuple[int, int, float]] = []
        for rank, (row, piece, score) in enumerate(found[: 2 * k]):
            if piece == END and score > -torch.inf:
                if rank < k:  # an ending is worth keeping where it is among the best k
                    self._finish(document, row, self.ids[row], score)
            elif len(chosen) < k and score > -torch.inf:
                chosen.append((row, piece, score))
                self._consider_stopping(document, row, piece, score)
        while len(chosen) < k:  # a hypothesis that may write nothing more; _cut_off takes the SENTENCE away again
            chosen.append((first, SENTENCE, -torch.inf))
        return chosen

    def _consider_stopping(self, document: int, row: int, piece: int, score: float) -> None:
        """Where words are limited, a hypothesis that could go on with another sentence is also kept as it is."""
        limits, ids = self.limits[document], self.ids[row]
        if piece == SENTENCE and limits.words is not None and len(ids) >= limits.min_pieces:
            self._finish(document, row, ids, score)

    def _finish(self, document: int, row: int, ids: tuple[int, ...], score: float) -> None:
        """Keep ids, what hypothesis `row` has or the beginning of it."""
        copied = self.copied[row, : len(ids)].clone()
        self.finished[document].append(Hypothesis(ids, self._normalised(document, score, len(ids) + 1), copied))

    def _normalised(self, document: int, score: float, length: int) -> float:
        """A score by which hypotheses of different lengths are compared."""
        # Of so many sentences the likeliest are wanted, not the longest.
        penalty = self.options.length_penalty if self.limits[document].sentences is None else 1.0
        return score / length**penalty

    def _remember(self, step: Step, rows: list[int], pieces: list[int]) -> None:
        """Note where the pieces that go on these rows are from."""
        sources = self.src.repeat_interleave(self.options.beam_size, 0)  # (N′, S)
        at, piece = torch.tensor(rows, device=sources.device), torch.tensor(pieces, device=sources.device)
        there = step.pointer[at] * sources.eq(piece[:, None]) * step.p_copy[at, None]
        column = torch.tensor([self.column_of[piece] for piece in pieces], device=sources.device)
        share = there / step.probabilities[at, column, None].clamp_min(1e-30)
        self.copied = torch.cat([self.copied[at], share[:, None].clamp_max(1.0)], 1)

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
        """Drop documents that are done; returns the positions of those that go on, none where all are done.

        A multiple of TOGETHER goes on, some for nothing, so that the shapes of a step are few.
        """
        best = self.scores.view(-1, self.options.beam_size).max(1).values.tolist()
        for i, document in enumerate(self.documents):
            if document not in self.done and not self._goes_on(i, document, best[i]):
                self.done.add(document)
                if not self.finished[document]:
                    self._cut_off(i, document)
        order = sorted(range(len(self.documents)), key=lambda i: self.documents[i] in self.done)
        live = sum(document not in self.done for document in self.documents)
        keep = sorted(order[: -(-live // TOGETHER) * TOGETHER])
        if len(keep) < len(self.documents):
            self._keep(keep)
        return keep

    def _goes_on(self, i: int, document: int, best: float) -> bool:
        """Whether group i, that of a document, may still find a better summary; best: its best live score."""
        length = len(self.ids[i * self.options.beam_size])
        if best == -torch.inf or length > self.limits[document].max_pieces:
            return False
        finished = self.finished[document]
        if len(finished) < self.options.patience * self.options.beam_size:
            return True
        # Early ends may be many and poor, for an end needs only to be among the likeliest few.
        return self._normalised(document, best, length) > max(hypothesis.score for hypothesis in finished)

    def _keep(self, groups: list[int]) -> None:
        k = self.options.beam_size
        rows = [i * k + j for i in groups for j in range(k)]
        self.documents = [self.documents[i] for i in groups]
        self.ids, self.states = [self.ids[r] for r in rows], [self.states[r] for r in rows]
        self.scores, self.coverage, self.copied = self.scores[rows], self.coverage[rows], self.copied[rows]
        self.src = self.src[groups]

    def _cut_off(self, i: int, document: int) -> None:
        """Finish a document that has nothing finished with its best live hypothesis, up to the last whole sentence
        where it has one. Its score is −inf where no hypothesis could go on."""
        k = self.width
        best = max(range(i * k, (i + 1) * k), key=lambda row: self.scores[row].item())
        ids, score = self.ids[best], self.scores[best].item()
        ids = ids[:-1] if score == -torch.inf else ids[: self.limits[document].max_pieces]
        if SENTENCE in ids:
            ids = ids[: len(ids) - 1 - ids[::-1].index(SENTENCE)]
        self._finish(document, best, self.rules[document].whole(ids) if self.options.check_numbers else ids, score)


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
    b = src.shape[0]
    if spare := -b % TOGETHER if b > TOGETHER else 0:  # few shapes, see Beams.retire
        together = [*range(b), *[0] * spare]
        index = torch.tensor(together, device=src.device)
        decoder.select(index, index)
        src, rules = src[index], [rules[i] for i in together]
        limits = limits and [limits[i] for i in together]
    beams = Beams(src, rules, pieces, options, limits, decoder.pieces)
    beams.done.update(range(b, b + spare))
    tokens = torch.full((b + spare,), START, device=src.device)
    while True:
        step = decoder.step(tokens)
        beams.penalise(step.pointer)
        beams.forbid(step.probabilities)
        rows = beams.extend(step)
        keep = beams.retire()
        if not keep:
            break
        k = options.beam_size
        rows = [rows[i * k + j] for i in keep for j in range(k)]
        decoder.select(torch.tensor(keep, device=src.device), torch.tensor(rows, device=src.device))
        tokens = torch.tensor([ids[-1] for ids in beams.ids], device=src.device)
    return [sorted(found, key=lambda h: -h.score) for found in beams.finished[:b]]
