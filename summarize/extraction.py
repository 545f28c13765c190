"""A summary of the document's own sentences: those that are expected to be most like a summary of it, in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from summarize.expectation import Expectation, probabilities
from summarize.lengths import Limits
from summarize.reading import Sentences
from summarize.summary import Sentence, SummaryWord

USUAL = Limits(0, 0)  # where nothing else is asked for: as many sentences as help
LIKELY = 400  # sentences that a summary may tell of; all others are as good as certain to be left out
POOL = 10  # sentences that may be chosen, beyond those that are asked for
SHORTEST = 4  # words: a shorter sentence tells something only where there is no other
USUAL_WORDS = 22  # of a sentence


def extract(
    sentences: Sentences, scores: np.ndarray, limits: Limits, first: int = 0, last: int | None = None
) -> list[int]:
    """The best of the sentences first … last − 1 within limits (so many sentences, words at most), in order.

    scores: log-odds of each sentence of the document. They are chosen one by one, each for the most that the choice
    with it is expected to be like a summary, until none adds to that or there are as many as are asked for.
    """
    own, words = scores[first:last], sentences.words[first:last]
    asked = sentences_asked(limits)
    order = np.argsort(-own, kind="stable")
    order = np.concatenate([order[words[order] >= SHORTEST], order[(words[order] > 0) & (words[order] < SHORTEST)]])
    likely = order[:LIKELY]
    room = np.inf if limits.words is None else limits.words
    pool = np.flatnonzero(words[likely] <= room)[: POOL + int(asked or 0)].tolist()
    if not pool:
        return []
    texts = [sentences.of(first + int(i)) for i in likely]
    expected = Expectation(texts, probabilities(own, asked)[likely], [(i, texts[i]) for i in pool])
    return sorted(first + int(likely[pool[c]]) for c in expected.choose(limits.sentences, room))


def sentences_asked(limits: Limits) -> float | None:
    """About how many sentences limits ask for; None where they leave it open."""
    return limits.sentences or (limits.words and max(1.0, limits.words / USUAL_WORDS))


def extracted(sentences: Sentences, chosen: Sequence[int]) -> tuple[Sentence, ...]:
    """The chosen sentences as a summary's, every word copied from its place."""
    return tuple(_as_sentence(sentences, i) for i in chosen)


def _as_sentence(sentences: Sentences, i: int) -> Sentence:
    words: list[SummaryWord] = []
    position, end = (int(x) for x in sentences.spans[i])
    for text in sentences.of(i).split():
        position = sentences.text.index(text, position, end)
        words.append(SummaryWord(text, 1.0, (position, position + len(text)), bool(words)))
        position += len(text)
    return Sentence(" ".join(word.text for word in words), tuple(words))
