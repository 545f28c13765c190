"""Salience without a model, for texts in any language: by the words that a sentence shares with the others, its
position and its length.

The centroid method (Radev et al. 2004, Centroid-based summarization of multiple documents) and degree centrality (Erkan
and Radev 2004, LexRank), which finds what many sentences say also where they are not most of the document.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from summarize.text.matching import unicode_words

# A logistic regression on 800 English documents of eleven kinds; the two measures of centrality and FULL_LENGTH were
# chosen on documents of six other languages (see models/LOG.md).
POSITION_WEIGHT, CENTROID_WEIGHT, DEGREE_WEIGHT, LENGTH_WEIGHT, BIAS = -0.35, 1.6, 1.1, 2.3, -4.3
FULL_LENGTH = 14  # words (characters in scripts without spaces); a longer sentence is not better for it


def centrality_logits(sentences: Sequence[str]) -> NDArray[np.float32]:
    """The log-odds of each of n sentences of a document, in order, to be in a good extract, (n,)."""
    words = [unicode_words(sentence) for sentence in sentences]
    centroid, degree = _centralities(words)
    positions = np.log1p(np.arange(len(words)))
    lengths = np.minimum([len(own) for own in words], FULL_LENGTH) / FULL_LENGTH
    logits = CENTROID_WEIGHT * centroid + DEGREE_WEIGHT * degree
    logits += POSITION_WEIGHT * positions + LENGTH_WEIGHT * lengths + BIAS
    return logits.astype(np.float32)


def _centralities(words: Sequence[Sequence[str]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each sentence's TF-IDF vector the cosine with the mean of all, (n,), and the sum of its cosines with the
    others, divided by the largest such sum, (n,). Both are from 0 to 1; 0 for a sentence without words."""
    n_sentences_with = Counter(word for own in words for word in set(own))
    idf = {word: math.log(1 + (len(words) - n + 0.5) / (n + 0.5)) for word, n in n_sentences_with.items()}
    vectors = [_unit({word: (1 + math.log(n)) * idf[word] for word, n in Counter(own).items()}) for own in words]
    total: dict[str, float] = {}
    for vector in vectors:
        for word, value in vector.items():
            total[word] = total.get(word, 0.0) + value
    norm = _norm(total)
    centroid = [sum(value * total[word] for word, value in vector.items()) / norm for vector in vectors]
    degree = np.array([sum(v * (total[word] - v) for word, v in vector.items()) for vector in vectors])
    return np.array(centroid), degree / (degree.max(initial=0.0) or 1.0)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    norm = _norm(vector)
    return {word: value / norm for word, value in vector.items()}


def _norm(vector: dict[str, float]) -> float:
    return math.sqrt(sum(value * value for value in vector.values())) or 1.0
