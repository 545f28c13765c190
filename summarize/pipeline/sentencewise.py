"""Parts of documents in, summaries out, sentence by sentence: each likely sentence is written anew from itself and what
stands before it, and what is told, in the document's words or in new ones, is what is expected to be most like a
summary.

A sentence of such a summary has nothing from elsewhere in the document, so whoever checks it has one place to look. And
all of a document is read once, however long it is: of each window only the sentences that may be told are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder
from summarize.decoding.hypothesis import SearchOptions
from summarize.grounding.explanation import Span, find_claims
from summarize.network.padding import MAX_SENTENCE_TOKENS, PASSAGE_TOKENS, passage_places, sentence_window
from summarize.network.pointer_generator import Memory
from summarize.pipeline.attribution import AttentionTrace, source_words
from summarize.pipeline.encoder import Passage, SegmentedDocument, Window
from summarize.pipeline.extractive import extracted, likely, telling_first
from summarize.pipeline.generator import Generated, Generator
from summarize.pipeline.plan import Part
from summarize.pipeline.summary import Sentence, joined
from summarize.selection.expected_rouge import ExpectedRouge
from summarize.text.lengths import TOKENS_PER_WORD, Limits
from summarize.text.tokenizer import Encoding

AT_ONCE = 48  # sentences that are written at once, at most
LIKELIEST = 5  # sentences of a part that are written anew; as they stand, more may be told
# What a sentence written anew may cost of the likeness to a summary (0 to 2): it says as much in fewer words.
REWRITE_BONUS = 0.02
SHORTEST_TOLD = 4  # tokens


@dataclass(frozen=True, eq=False)
class _Task:
    """A sentence that may be written anew: the window that it was read in, its number in the document, whether it tells
    anything by itself and its log-odds of being worth it. The window was read in a row of a memory; places (L,): what
    it is told from, there; marked (L,): where it stands itself."""

    window: Window
    number: int
    rank: tuple[bool, float]
    row: int
    places: np.ndarray
    marked: np.ndarray

    @property
    def part(self) -> int:
        """The number of the part that it is of."""
        return self.window.stretch

    @property
    def source(self) -> Passage:
        """The tokens at the places that it is told from."""
        return _only(self.window.passage, self.places[1:] - 1)  # START is no token

    @property
    def read(self) -> Span:
        """From where to where the document was read with it."""
        spans = self.window.passage.encoding.spans
        return spans[0][0], spans[-1][1]


@dataclass(frozen=True)
class _Choice:
    """A sentence that may be told, by its number in the document, as it stands there or as it was written.

    Of one that was written, score: the search's, −inf where it was cut off at the limits; read: from where to where the
    document was read with the sentence that it was told from.
    """

    number: int
    sentence: Sentence
    score: float | None = None
    read: Span = (0, 0)
    traced: tuple[tuple[AttentionTrace, int], ...] = ()


class SentencewiseGenerator(Generator):
    """Writes summaries of what a DocumentEncoder reads with a model that learned them sentence by sentence."""

    def write(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: with what was attended to."""
        odds, tasks, memory = self._read(parts)
        written: list[list[_Choice]] = [[] for _ in parts]
        for some in _groups(tasks):
            own = [tasks[i] for i in some]
            assert memory is not None  # there is one where there are tasks
            source = memory if len(own) == len(tasks) else memory.select(torch.tensor(some))
            words = [parts[task.part].limits.words for task in own]
            found = self._written_anew(source, own, words, explain)
            for task, choice in zip(own, found, strict=True):
                written[task.part] += [choice] if choice else []
        told = [_told(*own, self.options) for own in zip(parts, odds, written, strict=True)]
        return [self._with_all_read(*both) for both in zip(told, parts, strict=True)] if explain else told

    def _with_all_read(self, told: Generated, part: Part) -> Generated:
        """The same with all words of the part among those that were read: each sentence knows only its own."""
        if not told.traced:
            return told
        encoding, _ = self.reader.whole(part.document, range(part.first, part.last))
        source, _ = source_words(encoding, self.tokenizer.vocabulary)
        return replace(told, traced=(*told.traced, (_unseen(told.traced[0][0], source), 0)))

    def _read(self, parts: Sequence[Part]) -> tuple[list[np.ndarray], list[_Task], Memory | None]:
        """Of each part the log-odds of its sentences being worth telling (n,), and those sentences that may be written
        anew, with the memory of what each is told from."""
        odds = [np.zeros(part.last - part.first, np.float32) for part in parts]
        kept: list[tuple[list[_Task], Memory]] = []
        for windows, memory in self.reader.read(parts):
            found: list[_Task] = []
            for row, (window, own) in enumerate(zip(windows, self.reader.odds(windows, memory), strict=True)):
                part = parts[window.stretch]
                odds[window.stretch][window.passage.places - part.first] = own
                found += self._tasks(row, window, own, part.limits)
            best = _best([*(task for tasks, _ in kept for task in tasks), *found], parts)
            kept = [_only_best(*each, best) for each in kept if not best.isdisjoint(each[0])]
            new = [task for task in found if task in best]
            if new:
                kept.append((new, self.model.passages(memory, *_tensors(new, memory.src.device))))
        tasks = [task for own, _ in kept for task in own]
        return odds, tasks, Memory.joined([memory for _, memory in kept]) if kept else None

    def _tasks(self, row: int, window: Window, odds: np.ndarray, limits: Limits) -> list[_Task]:
        """The likeliest sentences of a window, which is in a row of a memory."""
        passage = window.passage
        numbers = sentence_window(passage.numbers, self.reader.max_src)
        order, tells = telling_first(passage.document, passage.places, odds)
        tasks = []
        for i, tells_something in zip(order[: _most(limits)].tolist(), tells.tolist(), strict=False):
            places = passage_places(numbers, i)
            if len(places):
                number, rank = int(passage.places[i]), (tells_something, float(odds[i]))
                tasks.append(_Task(window, number, rank, row, places, numbers[places] == i))
        return tasks

    def _written_anew(
        self, source: Memory, tasks: Sequence[_Task], words: Sequence[int | None], explain: bool
    ) -> list[_Choice | None]:
        """Each task's sentence as the model writes it of its source, in so many words; None where it writes nothing."""
        passages = [task.source for task in tasks]
        rules = [self._rule(passage) for passage in passages]
        decoder = IncrementalDecoder(self.model, source.shared() if explain else source, self._output)
        longest = min(MAX_SENTENCE_TOKENS, self.model.config.max_tgt) - 1
        limits = [Limits(SHORTEST_TOLD, longest, most, sentences=1) for most in words]
        found = beam_search(decoder, source.src, rules, self._properties, self.options, limits)
        texts = self._as_text(source, passages, rules, [hypotheses[0] for hypotheses in found], explain)
        return [
            _Choice(task.number, text.sentences[0], text.score, task.read, text.traced)
            if text.sentences and text.sentences[0].words
            else None
            for task, text in zip(tasks, texts, strict=True)
        ]


def _groups(tasks: Sequence[_Task]) -> list[list[int]]:
    """The numbers of tasks in as few groups as may be, all of about one size, each told from sources of like length;
    one group is in the order of the tasks."""
    if len(tasks) <= AT_ONCE:
        return [list(range(len(tasks)))] if tasks else []
    order = sorted(range(len(tasks)), key=lambda i: len(tasks[i].places))
    size = -(-len(order) // -(-len(order) // AT_ONCE))
    return [order[start : start + size] for start in range(0, len(order), size)]


def _most(limits: Limits) -> int:
    """How many sentences of a part are written anew."""
    return max(LIKELIEST, limits.sentences or 1)


def _best(tasks: Sequence[_Task], parts: Sequence[Part]) -> set[_Task]:
    """The likeliest of each part; others than those that tell something only where too few do."""
    found: dict[int, list[_Task]] = {}
    for task in sorted(tasks, key=lambda task: task.rank, reverse=True):
        own, limits = found.setdefault(task.part, []), parts[task.part].limits
        if len(own) < _most(limits) and (task.rank[0] or len(own) < (limits.sentences or 1)):
            own.append(task)
    return {task for own in found.values() for task in own}


def _only_best(tasks: list[_Task], memory: Memory, best: set[_Task]) -> tuple[list[_Task], Memory]:
    """Those tasks, and what they are told from, that are still among the best."""
    rows = [i for i, task in enumerate(tasks) if task in best]
    if len(rows) == len(tasks):
        return tasks, memory
    return [tasks[i] for i in rows], memory.select(torch.tensor(rows))


def _only(passage: Passage, tokens: np.ndarray) -> Passage:
    """Some tokens of a passage."""
    ids, spans = ([own[i] for i in tokens] for own in (passage.encoding.ids, passage.encoding.spans))
    return replace(passage, encoding=Encoding(passage.encoding.text, ids, spans), numbers=passage.numbers[tokens])


def _tensors(tasks: Sequence[_Task], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Rows (N,), places (N, L) and marked (N, L) of tasks."""
    places, marked = np.full((len(tasks), PASSAGE_TOKENS), -1), np.zeros((len(tasks), PASSAGE_TOKENS), bool)
    for n, task in enumerate(tasks):
        places[n, : len(task.places)], marked[n, : len(task.places)] = task.places, task.marked
    rows = np.array([task.row for task in tasks])
    return tuple(torch.from_numpy(x).to(device) for x in (rows, places, marked))  # type: ignore[return-value]


def _told(part: Part, odds: np.ndarray, written: Sequence[_Choice], options: SearchOptions) -> Generated:
    """What is told of a part, in its order: sentences as they stand or as they were written, if that is sure enough."""
    document, limits, found = part.document, part.limits, likely(part, odds, part.limits)
    place = {number: i for i, number in enumerate(found.numbers)}
    traced = next((own.traced for own in written if own.traced), ())
    sure = [own for own in written if _is_sure(own, options.min_confidence)]
    written = [own for own in _supported(sure, document.text) if own.number in place]
    choices = [*(_as_it_stands(document, found.numbers[i], traced) for i in found.pool), *written]
    expected = ExpectedRouge(
        found.texts,
        found.probabilities,
        [(place[choice.number], choice.sentence.text) for choice in choices],
        {place[choice.number]: choice.sentence.text for choice in written},
        [REWRITE_BONUS * (choice.score is not None) for choice in choices],
    )
    least, most = limits.min_tokens / TOKENS_PER_WORD, limits.words or limits.max_tokens / TOKENS_PER_WORD
    if limits.sentences:
        least, most = 0, np.inf
    chosen = sorted(
        (choices[c] for c in expected.choose(limits.sentences, most, least, options.no_repeat_words)),
        key=lambda own: own.number,
    )
    if not chosen and found.numbers:  # no sentence is as short as that: the beginning of one
        chosen = [_beginning([*written, _as_it_stands(document, found.numbers[0], traced)][0], most)]
    scores = [own.score for own in chosen if own.score is not None]
    parts_traced = tuple(own for choice in chosen for own in choice.traced)
    return Generated(
        tuple(own.sentence for own in chosen), sum(scores) / max(1, len(scores)), part.words, traced=parts_traced
    )


def _is_sure(choice: _Choice, least: float) -> bool:
    """Whether a sentence was written to its end, with so high a mean probability of its tokens at least."""
    return choice.score is not None and choice.score > -np.inf and bool(np.exp(choice.score) >= least)


def _beginning(choice: _Choice, most: float) -> _Choice:
    """As many words of a sentence as may be told."""
    begun = np.cumsum([word.space_before or not i for i, word in enumerate(choice.sentence.words)])
    words = choice.sentence.words[: int((begun <= most).sum())]
    text = joined(words)
    traced = tuple((traced, len(words)) for traced, _ in choice.traced)
    return replace(choice, sentence=replace(choice.sentence, text=text, words=words), traced=traced)


def _supported(written: Sequence[_Choice], text: str) -> list[_Choice]:
    """Those of which what was read with them, in the document's text, has all numbers and names. A name that the tokens
    of several were mixed to is told by nobody, where the document's own sentence can be told instead."""
    found: list[_Choice] = []
    for read in dict.fromkeys(own.read for own in written):
        own = [choice for choice in written if choice.read == read]
        without = {claim.sentence for claim in find_claims(text[slice(*read)], [w.sentence.words for w in own])}
        found += [choice for i, choice in enumerate(own) if i not in without]
    return found


def _as_it_stands(document: SegmentedDocument, number: int, like: Sequence[tuple[AttentionTrace, int]]) -> _Choice:
    """A sentence in the document's own words. Nothing was attended to, as nothing was written; like: the trace of one
    that was, if there are traces."""
    (sentence,) = extracted(document, [number])
    words = [word.span for word in sentence.words if word.span]
    return _Choice(number, sentence, traced=tuple((_unseen(traced, words), len(words)) for traced, _ in like))


def _unseen(like: AttentionTrace, words: Sequence[Span]) -> AttentionTrace:
    """The trace of words of the document that were not written: themselves, and no attention."""
    shape = (len(like.heads), len(words), 0)
    index, share = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    return AttentionTrace(tuple(words), like.heads, index, share, (0.0,) * len(words))
