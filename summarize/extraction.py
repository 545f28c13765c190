"""A summary of the document's own sentences: the most worthwhile that do not repeat each other, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from summarize.lengths import Limits
from summarize.reading import Sentences
from summarize.summary import Sentence, SummaryWord

USUAL = Limits(0, 0, sentences=3)  # what is extracted where nothing else is asked for


def extract(
    sentences: Sentences, scores: np.ndarray, limits: Limits, first: int = 0, last: int | None = None
) -> list[int]:
    """The best-scored of the sentences first … last − 1 within limits (sentences at most, words at most), in order.

    One that shares three words in a row with a better one is left out (Paulus et al. 2018), unless there are too few.
    """
    order = first + np.argsort(-scores[first:last], kind="stable")
    most = limits.sentences or len(order)
    room = limits.words if limits.words is not None else int(sentences.words.sum())
    chosen: list[int] = []
    seen: set[tuple[str, ...]] = set()
    repeating: list[int] = []
    for i in map(int, order):
        trigrams = set(_trigrams(sentences.of(i)))
        if len(chosen) == most or sentences.words[i] > room or not sentences.words[i]:
            continue
        if trigrams & seen:
            repeating.append(i)
            continue
        chosen.append(i)
        seen |= trigrams
        room -= int(sentences.words[i])
    if limits.sentences is not None:
        chosen += repeating[: most - len(chosen)]
    return sorted(chosen)


def _trigrams(text: str) -> Iterator[tuple[str, ...]]:
    words = text.lower().split()
    return zip(words, words[1:], words[2:], strict=False)


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
