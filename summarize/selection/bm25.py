"""BM25: the relevance of each sentence of a document to a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from summarize.text.matching import matching_tokens

K1, B = 1.2, 0.75  # the usual constants


def relevance(
    query: str, sentences: Sequence[str], split: Callable[[str], list[str]] = matching_tokens
) -> NDArray[np.float64]:
    """The BM25 score of each of n sentences, divided by the largest score, (n,); all 0 where no sentence has a word of
    the query.

    Robertson & Zaragoza 2009, equation 3.15, with an idf that is never negative; the collection is the document's
    sentences. split: a text into words (default: stemmed ones).
    """
    terms = set(split(query))
    tokenized = [split(sentence) for sentence in sentences]
    counts = [Counter(word for word in words if word in terms) for words in tokenized]
    n_sentences_with = Counter(term for sentence_counts in counts for term in sentence_counts)
    lengths = np.array([len(words) for words in tokenized], dtype=np.float64)
    length_norm = K1 * (1 - B + B * lengths / max(1.0, lengths.mean() if len(lengths) else 1.0))
    scores = np.zeros(len(tokenized))
    for i, sentence_counts in enumerate(counts):
        for term, n in sentence_counts.items():
            idf = np.log(1 + (len(tokenized) - n_sentences_with[term] + 0.5) / (n_sentences_with[term] + 0.5))
            scores[i] += idf * n * (K1 + 1) / (n + length_norm[i])
    return scores / scores.max() if len(scores) and scores.max() > 0 else scores
