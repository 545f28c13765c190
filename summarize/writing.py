"""Passages in, written summaries out: the search, and where each piece that it found came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from torch import Tensor

from summarize.batching import TGT_MULTIPLE, pad
from summarize.constraints import NumberRule, Pieces
from summarize.incremental import IncrementalDecoder
from summarize.lengths import Limits
from summarize.model import Memory, shift_right
from summarize.provenance import Trace, Traced
from summarize.reading import Passage, Reader
from summarize.search import Hypothesis, SearchOptions, beam_search
from summarize.summary import Sentence, SummaryWord
from summarize.surface import Surface, Word, join
from summarize.vocabulary import END


@dataclass(frozen=True)
class Written:
    """A summary of one passage, with the score that the search ranked it by."""

    sentences: tuple[Sentence, ...]
    score: float
    # Where an explanation was asked for: what was seen in writing, each with how many words it is about.
    traced: tuple[tuple[Traced, int], ...] = ()


class Writer:
    """Writes summaries of what a Reader reads."""

    def __init__(self, reader: Reader, options: SearchOptions) -> None:
        self.model, self.tokenizer, self.reader, self.options = reader.model, reader.tokenizer, reader, options
        self._pieces = Pieces(self.tokenizer.vocabulary)

    def write(self, passages: Sequence[Passage], limits: Sequence[Limits], explain: bool = False) -> list[Written]:
        """A summary of each passage, within its limits; explain: with what was attended to."""
        if not passages:
            return []
        rules = [self._rule(passage) for passage in passages]
        windows = [(np.array(p.encoding.ids), p.numbers) for p in passages]
        memory = self.reader.encode(windows, [p.places for p in passages])
        decoder = IncrementalDecoder(self.model, memory)
        found = beam_search(decoder, memory.src, rules, self._pieces, self.options, limits)
        written = self._as_text(memory, passages, rules, [hypotheses[0] for hypotheses in found], explain)
        return [_within(own, each.words) for own, each in zip(written, limits, strict=True)]

    def _as_text(
        self,
        memory: Memory,
        passages: Sequence[Passage],
        rules: Sequence[NumberRule],
        best: Sequence[Hypothesis],
        explain: bool,
    ) -> list[Written]:
        """What a search found of the passages in memory as sentences of words that know where they came from."""
        trace = self._trace(memory, passages, best) if explain else None
        parts = zip(passages, rules, best, strict=True)
        return [self._written(*own, trace, row) for row, own in enumerate(parts)]

    def _trace(self, memory: Memory, passages: Sequence[Passage], best: Sequence[Hypothesis]) -> Trace:
        """What is attended to in one pass over the finished summaries."""
        trace = Trace([p.encoding for p in passages], self.tokenizer.vocabulary, [len(h.ids) for h in best])
        tgt = pad([[*h.ids, END] for h in best], TGT_MULTIPLE)[:, : self.model.config.max_tgt]
        decoded = self.model.decode(shift_right(tgt.to(memory.src.device)), memory, observe=trace.observe)
        trace.p_gen = decoded.p_gen.tolist()
        return trace

    def _rule(self, passage: Passage) -> NumberRule:
        encoding = passage.encoding
        return NumberRule(self._pieces, encoding.ids, encoding.joined, encoding.numeric)

    def _written(
        self,
        passage: Passage,
        rule: NumberRule,
        best: Hypothesis,
        trace: Trace | None,
        row: int,
    ) -> Written:
        copied: list[float] = best.copied.sum(-1).tolist()
        origins = _follow_runs(best.copied)
        # Position 0 of the window is START; where the vocabulary gave more than the source, it was not copied.
        places = [o - 1 if o is not None and share >= 0.5 else None for o, share in zip(origins, copied, strict=True)]
        surface = Surface(passage.encoding, self.tokenizer.vocabulary, rule)
        found = surface.sentences(best.ids, places)
        traced = trace.words(row, found) if trace else None
        numbers = count()
        sentences = tuple(
            Sentence(join(words), tuple(_with_origin(word, copied, traced, next(numbers)) for word in words))
            for words in found
        )
        return Written(sentences, best.score, ((traced, sum(map(len, found))),) if traced else ())


def _within(written: Written, words: int | None) -> Written:
    """A summary without the last sentences that make it longer than so many words, the first one aside. The search
    counts pieces that begin a word, and now and then a lone mark is a word too."""
    kept = len(written.sentences)
    while words is not None and kept > 1 and sum(len(s.text.split()) for s in written.sentences[:kept]) > words:
        kept -= 1
    return first(written, kept)


def first(written: Written, n: int) -> Written:
    """The first n sentences of a summary."""
    sentences = written.sentences[:n]
    words = sum(len(sentence.words) for sentence in sentences)
    return replace(written, sentences=sentences, traced=tuple((traced, words) for traced, _ in written.traced))


def _follow_runs(copied: Tensor) -> list[int | None]:
    """The window position that each piece was copied from: the likeliest, or the one after the piece before's, so that
    words copied in a row come from one place. copied (T, S)."""
    likeliest = zip(copied.argmax(-1).tolist(), copied.amax(-1).tolist(), strict=True) if len(copied) else []
    origins: list[int | None] = []
    for t, (position, share) in enumerate(likeliest):
        following = (origins[-1] or 0) + 1 if origins and origins[-1] is not None else copied.shape[1]
        if following < copied.shape[1] and 0 < share <= 4 * copied[t, following]:
            position = following
        origins.append(position if share > 0 else None)
    return origins


def _with_origin(word: Word, copied: Sequence[float], traced: Traced | None, number: int) -> SummaryWord:
    start, end = word.pieces
    share = sum(copied[start:end]) / (end - start)
    if traced is None:
        return SummaryWord(word.text, share, word.span, word.space_before)
    p_gen, attention = traced.p_gen[number], traced.attention(number)
    return SummaryWord(word.text, share, word.span, word.space_before, p_gen, attention)
