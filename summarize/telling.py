"""Passages in, summaries out, sentence by sentence: each likely sentence is written anew from itself and what stands
before it, and what is told, in the document's words or in new ones, is what is expected to be most like a summary.

A sentence of such a summary has nothing from elsewhere in the document, so whoever checks it has one place to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from summarize.batching import LONGEST_TOLD, PASSAGE, passage_places, sentence_window
from summarize.constraints import NumberRule
from summarize.expectation import Expectation, probabilities
from summarize.explanation import Span, find_claims
from summarize.extraction import extracted, sentences_asked, telling_first
from summarize.incremental import IncrementalDecoder
from summarize.lengths import PIECES_PER_WORD, Limits
from summarize.model import Memory
from summarize.provenance import Traced, source_words
from summarize.reading import Passage
from summarize.search import beam_search
from summarize.summary import Sentence
from summarize.tokenizer import Encoding
from summarize.writing import Writer, Written

AT_ONCE = 32  # sentences that are written at once
LIKELIEST = 5  # sentences of a passage that are written anew
SHORTEST_TOLD = 4  # pieces


@dataclass(frozen=True)
class _Task:
    """A sentence to be written: of which passage, its number there, and the places in the window it is told from."""

    row: int
    number: int
    places: np.ndarray
    marked: np.ndarray
    passage: Passage


@dataclass(frozen=True)
class _Choice:
    """A sentence that may be told, as it stands in the document or as it was written."""

    task: _Task
    sentence: Sentence
    score: float
    traced: tuple[tuple[Traced, int], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end within the limits, and was not cut off there."""
        return self.score > -np.inf


class Teller(Writer):
    """Writes summaries of what a Reader reads with a model that learned them sentence by sentence."""

    def write(self, passages: Sequence[Passage], limits: Sequence[Limits], explain: bool = False) -> list[Written]:
        """A summary of each passage, within its limits; explain: with what was attended to."""
        if not passages:
            return []
        windows = [(np.array(p.encoding.ids), p.numbers) for p in passages]
        memory = self.reader.encode(windows, [p.places for p in passages])
        assert memory.salience is not None
        odds = [_odds(*own) for own in zip(memory.salience.float().cpu().numpy(), passages, strict=True)]
        rows = enumerate(zip(passages, odds, limits, strict=True))
        tasks = [task for row, own in rows for task in self._tasks(row, *own)]
        tasks.sort(key=lambda task: len(task.places))  # what is of one length is done at one time
        written: list[_Choice] = []
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            written += self._written_anew(memory, some, [limits[task.row].words for task in some], explain)
        told = []
        for row, (passage, own, limit) in enumerate(zip(passages, odds, limits, strict=True)):
            choices = [choice for choice in written if choice.task.row == row]
            told.append(_told(passage, own, limit, choices, self.options.no_repeat_words))
        return [self._with_all_read(*both) for both in zip(told, passages, strict=True)] if explain else told

    def _with_all_read(self, told: Written, passage: Passage) -> Written:
        """The same with all words of the passage among those that were read: each sentence knows only its own."""
        if not told.traced:
            return told
        source, _ = source_words(passage.encoding, self.tokenizer.vocabulary)
        return replace(told, traced=(*told.traced, (_unseen(told.traced[0][0], source), 0)))

    def _tasks(self, row: int, passage: Passage, odds: np.ndarray, limits: Limits) -> list[_Task]:
        """The likeliest sentences of a passage; others than those that tell something only where too few do."""
        numbers = sentence_window(passage.numbers, self.reader.max_src)
        order, tells = telling_first(passage.document, passage.places, odds)
        read = np.isin(order, numbers)  # the last one may have been cut off
        order, tells = order[read], tells[read]
        wanted = limits.sentences or 1
        size = min(max(LIKELIEST, wanted), max(wanted, int(tells.sum())))
        return [_task(row, int(i), numbers, passage) for i in order[:size]]

    def _written_anew(
        self, memory: Memory, tasks: Sequence[_Task], words: Sequence[int | None], explain: bool
    ) -> list[_Choice]:
        """Each task's sentence as the model writes it, in so many words; none for one of which it writes nothing."""
        source = self.model.passages(memory, *_tensors(tasks, memory.src.device))
        passages = [task.passage for task in tasks]
        rules: list[NumberRule] = [self._rule(passage) for passage in passages]
        decoder = IncrementalDecoder(self.model, source)
        longest = min(LONGEST_TOLD, self.model.config.max_tgt) - 1
        limits = [Limits(SHORTEST_TOLD, longest, most, sentences=1) for most in words]
        found = beam_search(decoder, source.src, rules, self._pieces, self.options, limits)
        texts = self._as_text(source, passages, rules, [hypotheses[0] for hypotheses in found], explain)
        return [
            _Choice(task, text.sentences[0], text.score, text.traced)
            for task, text in zip(tasks, texts, strict=True)
            if text.sentences and text.sentences[0].words
        ]


def _odds(salience: np.ndarray, passage: Passage) -> np.ndarray:
    """The log-odds of a passage's sentences: as the whole document, and a query, have them, or as they are here."""
    known = passage.document.salience
    return salience[: len(passage.places)] if known is None else known[passage.places]


def _task(row: int, number: int, numbers: np.ndarray, passage: Passage) -> _Task:
    places = passage_places(numbers, number)
    pieces = places[1:] - 1  # START is no piece
    encoding = passage.encoding
    ids, spans = ([own[i] for i in pieces] for own in (encoding.ids, encoding.spans))
    own = replace(passage, encoding=Encoding(encoding.text, ids, spans), numbers=passage.numbers[pieces])
    return _Task(row, number, places, numbers[places] == number, own)


def _tensors(tasks: Sequence[_Task], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Rows (N,), places (N, L) and marked (N, L) of tasks."""
    places, marked = np.full((len(tasks), PASSAGE), -1), np.zeros((len(tasks), PASSAGE), bool)
    for n, task in enumerate(tasks):
        places[n, : len(task.places)], marked[n, : len(task.places)] = task.places, task.marked
    rows = np.array([task.row for task in tasks])
    return tuple(torch.from_numpy(x).to(device) for x in (rows, places, marked))  # type: ignore[return-value]


def _told(passage: Passage, odds: np.ndarray, limits: Limits, written: Sequence[_Choice], run: int) -> Written:
    """What is told of a passage, in its order: sentences as they stand or as they were written."""
    document = passage.document
    texts = [document.of(int(i)) for i in passage.places]
    as_they_stand = [_as_it_stands(passage, own) for own in written]
    written = [own for own in _supported(written, " ".join(texts)) if own.is_whole]
    choices = [*as_they_stand, *written]
    expected = Expectation(
        texts,
        probabilities(odds, sentences_asked(limits)),
        [(choice.task.number, choice.sentence.text) for choice in choices],
        {choice.task.number: choice.sentence.text for choice in written},
    )
    least, most = limits.min_pieces / PIECES_PER_WORD, limits.words or limits.max_pieces / PIECES_PER_WORD
    if limits.sentences:
        least, most = 0, np.inf
    found = expected.choose(limits.sentences, most, least, run)
    chosen = sorted((choices[c] for c in found), key=lambda own: own.task.number)
    if not chosen and choices:  # no sentence is as short as that: the beginning of one
        chosen = [_beginning([*written, *choices][0], most)]
    score = sum(own.score for own in chosen) / max(1, len(chosen))
    return Written(tuple(own.sentence for own in chosen), score, tuple(part for own in chosen for part in own.traced))


def _beginning(choice: _Choice, most: float) -> _Choice:
    """As many words of a sentence as may be told."""
    begun = np.cumsum([word.space_before or not i for i, word in enumerate(choice.sentence.words)])
    words = choice.sentence.words[: int((begun <= most).sum())]
    text = "".join(" " * word.space_before + word.text for word in words)
    traced = tuple((traced, len(words)) for traced, _ in choice.traced)
    return replace(choice, sentence=replace(choice.sentence, text=text, words=words), traced=traced)


def _supported(written: Sequence[_Choice], text: str) -> list[_Choice]:
    """Those of which the text that was read has all numbers and names. A name that the pieces of several were mixed to
    is told by nobody, where the document's own sentence can be told instead."""
    claims = find_claims(text, [own.sentence.words for own in written])
    without = {claim.sentence for claim in claims}
    return [own for i, own in enumerate(written) if i not in without]


def _as_it_stands(passage: Passage, written: _Choice) -> _Choice:
    """The same sentence in the document's own words. Nothing was attended to, as nothing was written."""
    (sentence,) = extracted(passage.document, [int(passage.places[written.task.number])])
    words = [word.span for word in sentence.words if word.span]
    unseen = tuple((_unseen(traced, words), len(words)) for traced, _ in written.traced)
    return _Choice(written.task, sentence, written.score, unseen)


def _unseen(like: Traced, words: Sequence[Span]) -> Traced:
    """The trace of words of the document that were not written: themselves, and no attention."""
    shape = (len(like.heads), len(words), 0)
    index, share = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    return Traced(tuple(words), like.heads, index, share, (0.0,) * len(words))
