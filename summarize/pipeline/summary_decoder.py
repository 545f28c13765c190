"""Encoded sources to summaries: beam search under token rules, detokenization, and the source span of each word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from torch import Tensor

from summarize.concurrency import made_once
from summarize.decoding.beam_search import beam_search
from summarize.decoding.decoder import IncrementalDecoder, Network, OutputLayer
from summarize.decoding.detokenizer import Word, join_words
from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.decoding.source_rule import SourceRule
from summarize.decoding.vocabulary_rules import VocabularyRules
from summarize.network.memory import Memory
from summarize.network.padding import TGT_MULTIPLE, pad
from summarize.network.pointer_generator import shift_right
from summarize.pipeline.attribution import AttentionRecorder, AttentionTrace
from summarize.pipeline.encoder import SourceTokens
from summarize.pipeline.generated import Generated
from summarize.pipeline.summary import Sentence, SummaryWord
from summarize.text.lengths import Limits
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import END

MIN_COPIED_SHARE = 0.5  # of a token's probability; with less, the token was generated and has no source position
MAX_LIKELIHOOD_RATIO = 4  # by which another source position may be likelier than the one that continues a copied run


@dataclass(frozen=True)
class SearchResult:
    """The hypotheses for one source, best first, and the rule that they follow."""

    source: SourceTokens
    rule: SourceRule
    hypotheses: list[Hypothesis]


class SummaryDecoder:
    """Searches the summaries of encoded sources, and detokenizes hypotheses."""

    def __init__(self, model: Network, tokenizer: Tokenizer, options: SearchOptions) -> None:
        self._model, self._tokenizer, self._options = model, tokenizer, options
        # Made for the first generated summary: many runs only extract.
        self._vocabulary_rules = made_once(lambda: VocabularyRules(tokenizer))
        self._output_layer = made_once(lambda: OutputLayer(model))

    def search(
        self, memory: Memory, sources: Sequence[SourceTokens], limits: Sequence[Limits], *, keeps_memory: bool
    ) -> list[SearchResult]:
        """Search a summary of each of B sources within its limits; memory: of these sources.

        keeps_memory: leave the memory as it is; else its tensors are handed over to the search, which frees those of
        finished documents.
        """
        vocabulary_rules = self._vocabulary_rules()
        rules = [vocabulary_rules.source_rule(source.encoding, self._options) for source in sources]
        decoder = IncrementalDecoder(self._model, memory if keeps_memory else memory.hand_over(), self._output_layer())
        hypotheses = beam_search(decoder, memory.src, rules, vocabulary_rules.properties, self._options, limits)
        return [SearchResult(*result) for result in zip(sources, rules, hypotheses, strict=True)]

    def detokenize(
        self,
        result: SearchResult,
        hypothesis: Hypothesis,
        trace_words: Callable[[Sequence[Sequence[Word]]], AttentionTrace] | None = None,
    ) -> Generated:
        """One of the result's hypotheses as sentences; trace_words: gives the trace of their words."""
        copied: list[float] = hypothesis.copy_shares.sum(-1).tolist()
        positions = [
            position - result.source.n_before if position is not None and share >= MIN_COPIED_SHARE else None
            for position, share in zip(copied_positions(hypothesis.copy_shares), copied, strict=True)
        ]
        detokenizer = self._vocabulary_rules().detokenizer(result.source.encoding, result.rule)
        sentences = detokenizer.detokenize(hypothesis.ids, positions)
        trace = trace_words(sentences) if trace_words else None
        word_index = count()
        return Generated(
            tuple(
                Sentence(
                    join_words(words), tuple(_summary_word(word, copied, trace, next(word_index)) for word in words)
                )
                for words in sentences
            ),
            hypothesis.score,
            traces=(trace,) if trace else (),
        )

    def detokenize_with_attention(
        self, memory: Memory, results: Sequence[SearchResult], hypotheses: Sequence[Hypothesis]
    ) -> list[Generated]:
        """One hypothesis of each result as sentences with the trace of their words, recorded in one pass over all of
        them; memory: of the results' sources."""
        encodings = [result.source.encoding for result in results]
        n_before = [result.source.n_before for result in results]
        recorder = AttentionRecorder(encodings, self._tokenizer, [len(h.ids) for h in hypotheses], n_before)
        tgt = pad([[*h.ids, END] for h in hypotheses], TGT_MULTIPLE)[:, : self._model.config.max_tgt]
        decoded = self._model.decode(shift_right(tgt.to(memory.src.device)), memory, observe=recorder.observe)
        p_gen = decoded.p_gen.tolist()
        return [
            self.detokenize(result, hypothesis, partial(recorder.trace, b, p_gen[b]))
            for b, (result, hypothesis) in enumerate(zip(results, hypotheses, strict=True))
        ]


def copied_positions(copied: Tensor) -> list[int | None]:
    """The source position that each of T tokens was copied from, None for none; copied (T, S): see Hypothesis.

    The likeliest position; or the one after the previous token's, unless another is far likelier, so that a run of
    words that stands in the source is attributed to one place.
    """
    likeliest = zip(copied.argmax(-1).tolist(), copied.amax(-1).tolist(), strict=True) if len(copied) else []
    positions: list[int | None] = []
    for t, (position, share) in enumerate(likeliest):
        previous = positions[-1] if positions else None
        following = copied.shape[1] if previous is None else previous + 1
        if following < copied.shape[1] and 0 < share <= MAX_LIKELIHOOD_RATIO * copied[t, following]:
            position = following
        positions.append(position if share > 0 else None)
    return positions


def _summary_word(word: Word, copied: Sequence[float], trace: AttentionTrace | None, index: int) -> SummaryWord:
    """A word with its mean copied share of tokens (T,), and with what the trace says of the word with this index."""
    start, end = word.token_span
    share = min(1.0, sum(copied[start:end]) / (end - start))  # rounding can make it more
    if trace is None:
        return SummaryWord(word.text, share, word.span, word.space_before)
    return SummaryWord(word.text, share, word.span, word.space_before, trace.p_gen[index], trace.attention(index))
