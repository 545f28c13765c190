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
from summarize.extraction import POOL, extracted, sentences_asked, telling_first
from summarize.incremental import IncrementalDecoder
from summarize.lengths import PIECES_PER_WORD, Limits
from summarize.model import Memory
from summarize.provenance import Traced, source_words
from summarize.reading import Passage
from summarize.search import beam_search
from summarize.summary import Sentence, joined
from summarize.tokenizer import Encoding
from summarize.writing import Writer, Written

AT_ONCE = 32  # sentences that are written at once
LIKELIEST = 5  # sentences of a passage that are written anew; as they stand, POOL of them may be told
# What a sentence written anew may cost of the likeness to a summary (0 to 2): it says as much in fewer words.
FAVOUR = 0.02
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
    """A sentence that may be told, number so and so of its passage, as it stands in the document or as it was written.

    score: of one that was written, −inf where it was cut off at the limits.
    """

    number: int
    sentence: Sentence
    score: float | None = None
    traced: tuple[tuple[Traced, int], ...] = ()


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
        likeliest = [self._likeliest(*own) for own in zip(passages, odds, limits, strict=True)]
        tasks = [
            _task(row, number, passage, self.reader.max_src)
            for row, (passage, numbers, limit) in enumerate(zip(passages, likeliest, limits, strict=True))
            for number in numbers[: max(LIKELIEST, limit.sentences or 1)]
        ]
        tasks.sort(key=lambda task: len(task.places))  # what is of one length is done at one time
        written: list[list[_Choice]] = [[] for _ in passages]
        for start in range(0, len(tasks), AT_ONCE):
            some = tasks[start : start + AT_ONCE]
            found = self._written_anew(memory, some, [limits[task.row].words for task in some], explain)
            for task, choice in zip(some, found, strict=True):
                written[task.row] += [choice] if choice else []
        run = self.options.no_repeat_words
        told = [_told(*own, run) for own in zip(passages, odds, limits, likeliest, written, strict=True)]
        return [self._with_all_read(*both) for both in zip(told, passages, strict=True)] if explain else told

    def _with_all_read(self, told: Written, passage: Passage) -> Written:
        """The same with all words of the passage among those that were read: each sentence knows only its own."""
        if not told.traced:
            return told
        source, _ = source_words(passage.encoding, self.tokenizer.vocabulary)
        return replace(told, traced=(*told.traced, (_unseen(told.traced[0][0], source), 0)))

    def _likeliest(self, passage: Passage, odds: np.ndarray, limits: Limits) -> list[int]:
        """The sentences of a passage that may be told, by their numbers, the likeliest first; others than those that
        tell something only where too few do."""
        order, tells = telling_first(passage.document, passage.places, odds)
        read = np.isin(order, sentence_window(passage.numbers, self.reader.max_src))  # the last may have been cut off
        order, tells = order[read], tells[read]
        wanted = limits.sentences or 1
        size = min(max(POOL, wanted), max(wanted, int(tells.sum())))
        return [int(i) for i in order[:size]]

    def _written_anew(
        self, memory: Memory, tasks: Sequence[_Task], words: Sequence[int | None], explain: bool
    ) -> list[_Choice | None]:
        """Each task's sentence as the model writes it, in so many words; None where it writes nothing."""
        source = self.model.passages(memory, *_tensors(tasks, memory.src.device))
        passages = [task.passage for task in tasks]
        rules: list[NumberRule] = [self._rule(passage) for passage in passages]
        decoder = IncrementalDecoder(self.model, source)
        longest = min(LONGEST_TOLD, self.model.config.max_tgt) - 1
        limits = [Limits(SHORTEST_TOLD, longest, most, sentences=1) for most in words]
        found = beam_search(decoder, source.src, rules, self._pieces, self.options, limits)
        texts = self._as_text(source, passages, rules, [hypotheses[0] for hypotheses in found], explain)
        return [
            _Choice(task.number, text.sentences[0], text.score, text.traced)
            if text.sentences and text.sentences[0].words
            else None
            for task, text in zip(tasks, texts, strict=True)
        ]


def _odds(salience: np.ndarray, passage: Passage) -> np.ndarray:
    """The log-odds of a passage's sentences: as the whole document, and a query, have them, or as they are here."""
    known = passage.document.salience
    return salience[: len(passage.places)] if known is None else known[passage.places]


def _task(row: int, number: int, passage: Passage, max_src: int) -> _Task:
    numbers = sentence_window(passage.numbers, max_src)
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


def _told(
    passage: Passage, odds: np.ndarray, limits: Limits, likeliest: Sequence[int], written: Sequence[_Choice], run: int
) -> Written:
    """What is told of a passage, in its order: sentences as they stand or as they were written."""
    document = passage.document
    texts = [document.of(int(i)) for i in passage.places]
    traced = next((own.traced for own in written if own.traced), ())
    as_they_stand = [_as_it_stands(passage, number, traced) for number in likeliest]
    written = [own for own in _supported(written, " ".join(texts)) if own.score != -np.inf]
    choices = [*as_they_stand, *written]
    expected = Expectation(
        texts,
        probabilities(odds, sentences_asked(limits)),
        [(choice.number, choice.sentence.text) for choice in choices],
        {choice.number: choice.sentence.text for choice in written},
        [FAVOUR * (choice.score is not None) for choice in choices],
    )
    least, most = limits.min_pieces / PIECES_PER_WORD, limits.words or limits.max_pieces / PIECES_PER_WORD
    if limits.sentences:
        least, most = 0, np.inf
    found = expected.choose(limits.sentences, most, least, run)
    chosen = sorted((choices[c] for c in found), key=lambda own: own.number)
    if not chosen and choices:  # no sentence is as short as that: the beginning of one
        chosen = [_beginning([*written, *choices][0], most)]
    scores = [own.score for own in chosen if own.score is not None]
    score = sum(scores) / max(1, len(scores))
    return Written(tuple(own.sentence for own in chosen), score, tuple(part for own in chosen for part in own.traced))


def _beginning(choice: _Choice, most: float) -> _Choice:
    """As many words of a sentence as may be told."""
    begun = np.cumsum([word.space_before or not i for i, word in enumerate(choice.sentence.words)])
    words = choice.sentence.words[: int((begun <= most).sum())]
    text = joined(words)
    traced = tuple((traced, len(words)) for traced, _ in choice.traced)
    return replace(choice, sentence=replace(choice.sentence, text=text, words=words), traced=traced)


def _supported(written: Sequence[_Choice], text: str) -> list[_Choice]:
    """Those of which the text that was read has all numbers and names. A name that the pieces of several were mixed to
    is told by nobody, where the document's own sentence can be told instead."""
    claims = find_claims(text, [own.sentence.words for own in written])
    without = {claim.sentence for claim in claims}
    return [own for i, own in enumerate(written) if i not in without]


def _as_it_stands(passage: Passage, number: int, like: Sequence[tuple[Traced, int]]) -> _Choice:
    """A sentence in the document's own words. Nothing was attended to, as nothing was written; like: the trace of one
    that was, if there are traces."""
    (sentence,) = extracted(passage.document, [int(passage.places[number])])
    words = [word.span for word in sentence.words if word.span]
    return _Choice(number, sentence, traced=tuple((_unseen(traced, words), len(words)) for traced, _ in like))


def _unseen(like: Traced, words: Sequence[Span]) -> Traced:
    """The trace of words of the document that were not written: themselves, and no attention."""
    shape = (len(like.heads), len(words), 0)
    index, share = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    return Traced(tuple(words), like.heads, index, share, (0.0,) * len(words))
