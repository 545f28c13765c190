"""Parts of documents in, written summaries out: the search, and where each token that it found came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from torch import Tensor

from summarize.decoding.beam_search import beam_search
from summarize.decoding.constraints import NumberRule, TokenProperties
from summarize.decoding.decoder import IncrementalDecoder, OutputLayer
from summarize.decoding.detokenizer import Detokenizer, Word, join
from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.grounding.explanation import find_claims
from summarize.network.padding import TGT_MULTIPLE, pad
from summarize.network.pointer_generator import Memory, shift_right
from summarize.pipeline.attribution import AttentionRecorder, AttentionTrace
from summarize.pipeline.encoder import DocumentEncoder, Passage
from summarize.pipeline.plan import Part
from summarize.pipeline.summary import Sentence, SummaryWord
from summarize.text.conversation import Conversation
from summarize.text.vocabulary import END

# What is read where there is a query: a share of the tokens, but not too few of them.
QUERY_SHARE, QUERY_LEAST = 0.3, 120


@dataclass(frozen=True)
class Generated:
    """A summary of one part of a document, with the score that the search ranked it by, and what was read for it."""

    sentences: tuple[Sentence, ...]
    score: float
    read: int = 0  # words
    chosen: bool = False  # whether these were chosen, by their worth, from more than could be read at once
    # Where an explanation was asked for: what was seen in writing, each with how many words it is about.
    traced: tuple[tuple[AttentionTrace, int], ...] = ()


class Generator:
    """Writes summaries of what a DocumentEncoder reads."""

    def __init__(self, reader: DocumentEncoder, options: SearchOptions) -> None:
        self.model, self.tokenizer, self.reader, self.options = reader.model, reader.tokenizer, reader, options

    @cached_property
    def _properties(self) -> TokenProperties:
        return TokenProperties(
            self.tokenizer.vocabulary
        )  # made at the first summary that is written: many are only extracted

    @cached_property
    def _output(self) -> OutputLayer:
        return OutputLayer(self.model)

    def write(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: with what was attended to."""
        if not parts:
            return []
        rooms = [self._room(part) for part in parts]
        longer = [i for i, part in enumerate(parts) if part.tokens > rooms[i]]
        worth = dict(zip(longer, self.reader.worth([parts[i] for i in longer]), strict=True))
        read = [self.reader.choose(part, worth.get(i), rooms[i]) for i, part in enumerate(parts)]
        passages = [self.reader.passage(part.document, own) for part, own in zip(parts, read, strict=True)]
        rules = [self._rule(passage) for passage in passages]
        memory = self.reader.encode(passages)
        decoder = IncrementalDecoder(self.model, memory.shared() if explain else memory, self._output)
        found = beam_search(decoder, memory.src, rules, self._properties, self.options, [part.limits for part in parts])
        best = [self._supported(*own) for own in zip(passages, rules, found, strict=True)]
        written = [own for _, own in best]
        if explain:
            written = self._as_text(memory, passages, rules, [hypothesis for hypothesis, _ in best], explain)
        return [
            replace(_within(own, part.limits.words), read=passage.words, chosen=worth.get(i) is not None)
            for i, (own, part, passage) in enumerate(zip(written, parts, passages, strict=True))
        ]

    def _supported(
        self, passage: Passage, rule: NumberRule, found: Sequence[Hypothesis]
    ) -> tuple[Hypothesis, Generated]:
        """The best of which what was read has all numbers and names, and in which, where that is a conversation, nobody
        says or does what another does; where none is such, the best of those that come nearest to it."""
        document = passage.document
        text = "\n".join(document.of(i) for i in passage.places)
        conversation = Conversation(document.text, *passage.reach)
        tried: list[tuple[tuple[bool, int], tuple[Hypothesis, Generated]]] = []
        for hypothesis in found:
            written = self._written(passage, rule, hypothesis, None, 0)
            words = [sentence.words for sentence in written.sentences]
            wrong = bool(find_claims(text, words)), sum(conversation.mixed_up(own) > 0 for own in words)
            tried.append((wrong, (hypothesis, written)))
            if not any(wrong):
                break
        return min(tried, key=lambda each: each[0])[1]

    def _room(self, part: Part) -> int:
        """How many tokens of a part are read."""
        has_query = part.document.relevance is not None
        return min(
            self.reader.room, max(QUERY_LEAST, int(QUERY_SHARE * part.tokens)) if has_query else self.reader.room
        )

    def _as_text(
        self,
        memory: Memory,
        passages: Sequence[Passage],
        rules: Sequence[NumberRule],
        best: Sequence[Hypothesis],
        explain: bool,
    ) -> list[Generated]:
        """What a search found of the passages in memory as sentences of words that know where they came from."""
        trace = self._trace(memory, passages, best) if explain else None
        parts = zip(passages, rules, best, strict=True)
        return [self._written(*own, trace, row) for row, own in enumerate(parts)]

    def _trace(self, memory: Memory, passages: Sequence[Passage], best: Sequence[Hypothesis]) -> AttentionRecorder:
        """What is attended to in one pass over the finished summaries."""
        trace = AttentionRecorder([p.encoding for p in passages], self.tokenizer.vocabulary, [len(h.ids) for h in best])
        tgt = pad([[*h.ids, END] for h in best], TGT_MULTIPLE)[:, : self.model.config.max_tgt]
        decoded = self.model.decode(shift_right(tgt.to(memory.src.device)), memory, observe=trace.observe)
        trace.p_gen = decoded.p_gen.tolist()
        return trace

    def _rule(self, passage: Passage) -> NumberRule:
        encoding = passage.encoding
        return NumberRule(self._properties, encoding.ids, encoding.joined, encoding.numeric)

    def _written(
        self,
        passage: Passage,
        rule: NumberRule,
        best: Hypothesis,
        trace: AttentionRecorder | None,
        row: int,
    ) -> Generated:
        copied: list[float] = best.copied.sum(-1).tolist()
        origins = _follow_runs(best.copied)
        # Position 0 of the window is START; where the vocabulary gave more than the source, it was not copied.
        places = [o - 1 if o is not None and share >= 0.5 else None for o, share in zip(origins, copied, strict=True)]
        surface = Detokenizer(passage.encoding, self.tokenizer.vocabulary, rule)
        found = surface.sentences(best.ids, places)
        traced = trace.words(row, found) if trace else None
        numbers = count()
        sentences = tuple(
            Sentence(join(words), tuple(_with_origin(word, copied, traced, next(numbers)) for word in words))
            for words in found
        )
        return Generated(sentences, best.score, traced=((traced, sum(map(len, found))),) if traced else ())


def _within(written: Generated, words: int | None) -> Generated:
    """A summary without the last sentences that make it longer than so many words, the first one aside. The search
    counts tokens that begin a word, and now and then a lone mark is a word too."""
    kept = len(written.sentences)
    while words is not None and kept > 1 and sum(len(s.text.split()) for s in written.sentences[:kept]) > words:
        kept -= 1
    return first(written, kept)


def first(written: Generated, n: int) -> Generated:
    """The first n sentences of a summary."""
    sentences = written.sentences[:n]
    words = sum(len(sentence.words) for sentence in sentences)
    return replace(written, sentences=sentences, traced=tuple((traced, words) for traced, _ in written.traced))


def _follow_runs(copied: Tensor) -> list[int | None]:
    """The window position that each token was copied from: the likeliest, or the one after the token before's, so that
    words copied in a row come from one place. copied (T, S)."""
    likeliest = zip(copied.argmax(-1).tolist(), copied.amax(-1).tolist(), strict=True) if len(copied) else []
    origins: list[int | None] = []
    for t, (position, share) in enumerate(likeliest):
        following = (origins[-1] or 0) + 1 if origins and origins[-1] is not None else copied.shape[1]
        if following < copied.shape[1] and 0 < share <= 4 * copied[t, following]:
            position = following
        origins.append(position if share > 0 else None)
    return origins


def _with_origin(word: Word, copied: Sequence[float], traced: AttentionTrace | None, number: int) -> SummaryWord:
    start, end = word.tokens
    share = sum(copied[start:end]) / (end - start)
    if traced is None:
        return SummaryWord(word.text, share, word.span, word.space_before)
    p_gen, attention = traced.p_gen[number], traced.attention(number)
    return SummaryWord(word.text, share, word.span, word.space_before, p_gen, attention)
