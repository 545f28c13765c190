"""How much each sentence of a document has to do with a query: BM25 over the document's sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from summarize.selection.oracle import rouge_tokens

K1, B = 1.2, 0.75  # the usual constants


def relevance(query: str, sentences: Sequence[str]) -> NDArray[np.float64]:
    """BM25 of each sentence (Robertson & Zaragoza 2009, equation 3.15, with the idf that is never negative), on
    stemmed words, as a share of the largest: (n,), all 0 where no sentence has a word of the query."""
    terms = set(rouge_tokens(query))
    found = [rouge_tokens(sentence) for sentence in sentences]
    counts = [Counter(word for word in words if word in terms) for words in found]
    having = Counter(term for own in counts for term in own)
    lengths = np.array([len(words) for words in found], dtype=np.float64)
    norm = K1 * (1 - B + B * lengths / max(1.0, lengths.mean() if len(lengths) else 1.0))
    scores = np.zeros(len(found))
    for i, own in enumerate(counts):
        for term, n in own.items():
            idf = np.log(1 + (len(found) - having[term] + 0.5) / (having[term] + 0.5))
            scores[i] += idf * n * (K1 + 1) / (n + norm[i])
    return scores / scores.max() if len(scores) and scores.max() > 0 else scores
