"""A summary of the document's own sentences: those that are expected to be most like a summary of it, in order."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from summarize.expectation import Expectation, probabilities
from summarize.lengths import Limits
from summarize.reading import Sentences
from summarize.summary import Sentence, SummaryWord, joined
from summarize.tokenizer import word_spans

USUAL = Limits(0, 0)  # where nothing else is asked for: as many sentences as help
LIKELY = 400  # sentences that a summary may tell of; all others are as good as certain to be left out
POOL = 10  # sentences that may be chosen, beyond those that are asked for
SHORTEST = 4  # words: a shorter sentence tells something only where there is no other
USUAL_WORDS = 22  # of a sentence


def extract(
    sentences: Sentences, scores: np.ndarray, limits: Limits, first: int = 0, last: int | None = None
) -> list[int]:
    """The best of the sentences first … last − 1 within limits (so many sentences, words at most), in order.

    scores: log-odds of each sentence of the document. Of all sets of them that is chosen
    which is expected to be most like a summary, of as many as are asked for or as help.
    """
    own, words = scores[first:last], sentences.words[first:last]
    asked = sentences_asked(limits)
    room = np.inf if limits.words is None else limits.words
    order, tells = telling_first(sentences, np.arange(first, first + len(own)), own)
    likely, tells = order[words[order] > 0][:LIKELY], tells[words[order] > 0][:LIKELY]
    fits = words[likely] <= room
    size = max(limits.sentences or 1, int((tells & fits).sum()))
    pool = np.flatnonzero(fits)[: min(size, POOL + int(asked or 0))].tolist()
    if not pool:
        return []
    texts = [sentences.of(first + int(i)) for i in likely]
    expected = Expectation(texts, probabilities(own, asked)[likely], [(i, texts[i]) for i in pool])
    return sorted(first + int(likely[pool[c]]) for c in expected.choose(limits.sentences, room))


def telling_first(sentences: Sentences, numbers: np.ndarray, odds: np.ndarray) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """Which of these sentences (n,) tell most: their places, and of each in that order whether it tells anything by
    itself. Headings, a few words and what announces something else do not, and come last."""
    tells = np.array([_tells(sentences, int(i)) for i in numbers], dtype=bool)
    order = np.lexsort((-odds, ~tells))
    return order, tells[order]


def _tells(sentences: Sentences, i: int) -> bool:
    return bool(sentences.words[i] >= SHORTEST) and i not in sentences.headings and not sentences.of(i).endswith(":")


def sentences_asked(limits: Limits) -> float | None:
    """About how many sentences limits ask for; None where they leave it open."""
    return limits.sentences or (limits.words and max(1.0, limits.words / USUAL_WORDS))


def extracted(sentences: Sentences, chosen: Sequence[int]) -> tuple[Sentence, ...]:
    """The chosen sentences as a summary's, every word copied from its place."""
    return tuple(_as_sentence(sentences, i) for i in chosen)


def _as_sentence(sentences: Sentences, i: int) -> Sentence:
    """A sentence as it stands, but for control characters and the kind of space between its words."""
    words: list[SummaryWord] = []
    text, offset, at = sentences.of(i), int(sentences.spans[i][0]), 0
    for start, end in word_spans(text):
        word = "".join(c for c in text[start:end] if unicodedata.category(c) != "Cc")
        if word:
            span = (offset + start, offset + end)
            words.append(SummaryWord(word, 1.0, span, bool(words) and any(map(str.isspace, text[at:start]))))
            at = end
    return Sentence(joined(words), tuple(words))
