"""The summary of one part of a document, before the summaries of all parts are joined."""

from __future__ import annotations

from dataclasses import dataclass, replace

from summarize.pipeline.attribution import AttentionTrace
from summarize.pipeline.shortening import shorten_with_traces
from summarize.pipeline.summary import Sentence


@dataclass(frozen=True)
class Generated:
    """The summary of one part of a document."""

    sentences: tuple[Sentence, ...]
    # Mean log-probability per token, as the search ranked it; of an extractive summary the mean salience logit.
    score: float
    n_words_encoded: int = 0  # words of the document that were encoded for it
    is_source_selected: bool = False  # whether these were selected by salience from more than fits in one source
    traces: tuple[AttentionTrace, ...] = ()  # in order of the summary's words; empty unless explained

    def first_sentences(self, n: int) -> Generated:
        """The same without all but the first n sentences; of a summary with at most one trace."""
        sentences = self.sentences[:n]
        n_words = sum(len(sentence.words) for sentence in sentences)
        return replace(self, sentences=sentences, traces=tuple(trace.first_words(n_words) for trace in self.traces))

    def within(self, max_words: int | None) -> Generated:
        """The same without the last sentences that exceed max_words; a first sentence that exceeds it is shortened.

        The search counts tokens that begin a word; sometimes a punctuation mark between spaces is a word too.
        """
        n = len(self.sentences)
        while max_words is not None and n > 1 and sum(len(s.text.split()) for s in self.sentences[:n]) > max_words:
            n -= 1
        kept = self.first_sentences(n)
        if max_words is None or n != 1:
            return kept
        sentence, traces = shorten_with_traces(kept.sentences[0], kept.traces, max_words)
        return replace(kept, sentences=(sentence,), traces=traces)
