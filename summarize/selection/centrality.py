"""Salience without a model, for texts in any language: by the words that a sentence shares with the others, its
position and its length.

The centroid method (Radev et al. 2004, Centroid-based summarization of multiple documents), its weights fitted to the
labels on which the salience head is trained.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from summarize.text.matching import unicode_words

# A logistic regression on 800 English documents of eleven kinds (see models/LOG.md). Nothing in it depends on English.
POSITION_WEIGHT, CENTRALITY_WEIGHT, LENGTH_WEIGHT, BIAS = -0.35, 3.2, 2.3, -4.3
FULL_LENGTH = 8  # words; a longer sentence is not better for it


def centrality_logits(sentences: Sequence[str]) -> NDArray[np.float32]:
    """The log-odds of each of n sentences of a document, in order, to be in a good extract, (n,)."""
    words = [unicode_words(sentence) for sentence in sentences]
    positions = np.log1p(np.arange(len(words)))
    lengths = np.minimum([len(own) for own in words], FULL_LENGTH) / FULL_LENGTH
    logits = POSITION_WEIGHT * positions + CENTRALITY_WEIGHT * _centralities(words) + LENGTH_WEIGHT * lengths + BIAS
    return logits.astype(np.float32)


def _centralities(words: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """The cosine (0 to 1) of each sentence's TF-IDF vector with the mean of all, (n,); 0 for one without words."""
    n_sentences_with = Counter(word for own in words for word in set(own))
    idf = {word: math.log(1 + (len(words) - n + 0.5) / (n + 0.5)) for word, n in n_sentences_with.items()}
    vectors = [_unit({word: (1 + math.log(n)) * idf[word] for word, n in Counter(own).items()}) for own in words]
    total: dict[str, float] = {}
    for vector in vectors:
        for word, value in vector.items():
            total[word] = total.get(word, 0.0) + value
    centroid = _unit(total)
    return np.array([sum(value * centroid[word] for word, value in vector.items()) for vector in vectors])


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {word: value / length for word, value in vector.items()}
