"""Segmented documents made by hand, with one token a word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from summarize.pipeline.encoder import SegmentedDocument, SentenceRange
from summarize.text.matching import count_words


def segmented(sentences: Sequence[str], separator: str = " ") -> SegmentedDocument:
    """A document of these sentences, separator (one character) between them."""
    starts = [0, *accumulate(len(text) + 1 for text in sentences[:-1])]
    spans = np.array([(start, start + len(text)) for start, text in zip(starts, sentences, strict=True)])
    n_words = np.array([count_words(text) for text in sentences])
    return SegmentedDocument(separator.join(sentences), spans, n_words, n_words)


def segmented_lengths(*n_words: int) -> SegmentedDocument:
    """A document of sentences with these numbers of one-letter words."""
    return segmented([" ".join("a" * n) for n in n_words])


def whole(document: SegmentedDocument) -> SentenceRange:
    """All sentences of a document."""
    return SentenceRange(document, 0, len(document))
