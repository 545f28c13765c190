"""Parts of documents to generated summaries, each part's in one search over its most salient sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from summarize.decoding.hypothesis import Hypothesis, SearchOptions
from summarize.grounding.explanation import find_claims
from summarize.pipeline.encoder import DocumentEncoder
from summarize.pipeline.generated import Generated
from summarize.pipeline.plan import Part
from summarize.pipeline.summary_decoder import SearchResult, SummaryDecoder
from summarize.text.conversation import Conversation

# Where there is a query, the share of a part's tokens that is encoded, and the minimum number of tokens.
QUERY_SHARE, MIN_QUERY_TOKENS = 0.3, 120


class WholeSummaryGenerator:
    """Generates the whole summary of a part in one search."""

    def __init__(self, encoder: DocumentEncoder, options: SearchOptions) -> None:
        self._encoder = encoder
        self._decoder = SummaryDecoder(encoder.model, encoder.tokenizer, options)

    def generate(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; explain: with attention traces."""
        if not parts:
            return []
        max_tokens = [self._max_tokens(part) for part in parts]
        long_parts = [i for i, part in enumerate(parts) if part.n_tokens > max_tokens[i]]
        logits = dict(zip(long_parts, self._encoder.salience_logits([parts[i] for i in long_parts]), strict=True))
        selected = [self._encoder.select_sentences(part, logits.get(i), max_tokens[i]) for i, part in enumerate(parts)]
        sources = [
            self._encoder.source_tokens(part.document, indices) for part, indices in zip(parts, selected, strict=True)
        ]
        memory = self._encoder.encode(sources)
        results = self._decoder.search(memory, sources, [part.limits for part in parts], keeps_memory=explain)
        best = [self._best(result) for result in results]
        summaries = [summary for _, summary in best]
        if explain:
            hypotheses = [hypothesis for hypothesis, _ in best]
            summaries = self._decoder.detokenize_with_attention(memory, results, hypotheses)
        return [
            replace(
                summary.within(part.limits.max_words),
                n_words_encoded=source.n_words,
                is_source_selected=logits.get(i) is not None,
            )
            for i, (summary, part, source) in enumerate(zip(summaries, parts, sources, strict=True))
        ]

    def _best(self, result: SearchResult) -> tuple[Hypothesis, Generated]:
        """The best hypothesis without unsupported claims and misattributed speakers, and the same as sentences.

        Where there is none, the best of those with no unsupported claims, if any, and the fewest sentences with a
        misattributed speaker.
        """
        document, source = result.source.document, result.source
        text = "\n".join(document.sentence_text(i) for i in source.sentence_indices)
        conversation = Conversation(document.text, *source.char_range)
        candidates: list[tuple[tuple[bool, int], tuple[Hypothesis, Generated]]] = []
        for hypothesis in result.hypotheses:
            summary = self._decoder.detokenize(result, hypothesis)
            sentences = [sentence.words for sentence in summary.sentences]
            n_misattributed = sum(conversation.count_misattributed_words(words) > 0 for words in sentences)
            errors = bool(find_claims(text, sentences)), n_misattributed
            candidates.append((errors, (hypothesis, summary)))
            if not any(errors):
                break
        return min(candidates, key=lambda candidate: candidate[0])[1]

    def _max_tokens(self, part: Part) -> int:
        """How many tokens of a part to encode."""
        if part.document.relevance is None:
            return self._encoder.max_text_tokens
        return min(self._encoder.max_text_tokens, max(MIN_QUERY_TOKENS, int(QUERY_SHARE * part.n_tokens)))
