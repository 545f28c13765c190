"""The summary of one part of a document, before the summaries of all parts are joined."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from summarize.pipeline.attribution import AttentionTrace
from summarize.pipeline.rewriting.shortening import shorten, without_dangling_end
from summarize.pipeline.summary import Sentence
from summarize.text.matching import count_words


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

        The search counts tokens that begin a word; sometimes a punctuation mark between spaces is a word too. Where all
        words are spent, the last sentence does not end in words that say nothing without the missing ones.
        """
        if max_words is None or not self.sentences:
            return self
        n = len(self.sentences)
        while n > 1 and self._count_words(n) > max_words:
            n -= 1
        kept = self.first_sentences(n)
        *before, last = kept.sentences
        shortened = shorten(last, np.inf if before else max_words)
        if self._count_words(n) == max_words:
            shortened = without_dangling_end(shortened)
        if shortened is last:
            return kept
        n_words = sum(len(sentence.words) for sentence in before) + len(shortened.words) - 1
        traces = tuple(trace.first_words(n_words).with_ellipsis() for trace in kept.traces)
        return replace(kept, sentences=(*before, shortened), traces=traces)

    def _count_words(self, n: int) -> int:
        """The number of words of the first n sentences."""
        return sum(count_words(sentence.text) for sentence in self.sentences[:n])
