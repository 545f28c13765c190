"""What to tell where it is not certain what is worth telling: the sentences that together are expected to be most like
a summary that somebody would write (minimum Bayes risk: Kumar & Byrne 2004; for summaries, Bertsch et al. 2023, It's
MBR All the Way Down).

A salience is a probability, and the most probable sentences are not the best summary: they may all say the same, and
how many of them are worth it depends on how sure the probabilities are. So summaries that might be written are drawn
from the probabilities, and a choice of sentences is worth its mean ROUGE against these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = tuple[NDArray[np.float32], NDArray[np.float32]]  # of words and of pairs of words, (…, V) each

DRAWS = 400  # summaries that might be written
# Of a sentence that is told, a summary has about so much: a stretch in a row, anywhere in it. (See models/LOG.md.)
SHARE = 0.65
MOST_TOLD = 5.0  # sentences that a drawn summary tells on average; a part of a book would have many more
_WORD = re.compile(r"\w+")


class Expectation:
    """The summaries that might be written of some sentences, and how like them a choice of sentences is."""

    def __init__(
        self, texts: Sequence[str], probabilities: NDArray[np.floating], candidates: Sequence[int], draws: int = DRAWS
    ) -> None:
        """texts: all sentences; probabilities (n,): of each being told; candidates: those that may be chosen."""
        chance = np.random.default_rng(0)
        told = chance.random((draws, len(texts))) < probabilities
        told = told[told.any(1)]
        if not len(told):  # nothing is likely: then the likeliest
            told = np.arange(len(texts))[None, :] == np.argmax(probabilities)
        words = {i: _WORD.findall(texts[i].lower()) for i in {*np.flatnonzero(told.any(0)).tolist(), *candidates}}
        starts = chance.random(told.shape)
        grams = [words, {i: list(pairwise(own)) for i, own in words.items()}]
        self._drawn = tuple(_Drawn(own, told, starts, candidates) for own in grams)
        self.candidates = list(candidates)

    def nothing(self) -> Counts:
        """The counts of no sentence."""
        first, second = (np.zeros(drawn.own.shape[1], np.float32) for drawn in self._drawn)
        return first, second

    def with_each(self, counts: Counts) -> Counts:
        """The counts of a choice with each of the candidates added to it, (candidates, V)."""
        first, second = (own + drawn.own for own, drawn in zip(counts, self._drawn, strict=True))
        return first, second

    def likeness(self, counts: Counts) -> NDArray[np.float32]:
        """Mean ROUGE-1 + ROUGE-2 F1 of choices (C, V) against the drawn summaries, (C,)."""
        first, second = (drawn.likeness(own) for own, drawn in zip(counts, self._drawn, strict=True))
        return first + second


class _Drawn:
    """Words, or pairs of words, of the drawn summaries: counts of those that candidates have, and totals."""

    def __init__(self, grams: dict[int, list[Any]], told: NDArray[np.bool_], starts: NDArray[np.floating],
                 candidates: Sequence[int]) -> None:  # fmt: skip
        ids: dict[Any, int] = {}
        places = {
            i: np.array([ids.setdefault(gram, len(ids)) for gram in grams[i]], dtype=np.int64) for i in candidates
        }
        for i, own in grams.items():
            if i not in places:
                known = (ids.get(gram, -1) for gram in own)
                places[i] = np.fromiter(known, np.int64, len(own))
        self.own = np.zeros((len(candidates), max(1, len(ids))), np.float32)
        for row, i in zip(self.own, candidates, strict=True):
            np.add.at(row, places[i], 1)
        self.counts = np.zeros((len(told), max(1, len(ids))), np.float32)
        self.totals = np.zeros(len(told), np.float32)
        for n, i in zip(*np.nonzero(told), strict=True):
            size = round(len(places[i]) * SHARE)
            start = int(starts[n, i] * (len(places[i]) - size + 1))
            stretch = places[i][start : start + size]
            np.add.at(self.counts[n], stretch[stretch >= 0], 1)
            self.totals[n] += len(stretch)

    def likeness(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean F1 of choices (C, V), (C,)."""
        common = np.minimum(counts[:, None, :], self.counts[None]).sum(-1)
        return (2 * common / np.maximum(1, counts.sum(-1)[:, None] + self.totals[None])).mean(1)


def probabilities(salience: NDArray[np.floating], told: float | None) -> NDArray[np.floating]:
    """Of log-odds (n,), how probable it is that each sentence is told, where a summary tells so many on average: as
    many as the log-odds say, but at most MOST_TOLD (None), or as many as are wanted. The odds of all change alike."""
    odds = np.clip(salience.astype(np.float64), -60, 60)
    if told is None and _probable(odds).sum() <= MOST_TOLD:
        return _probable(odds)
    wanted = min(MOST_TOLD if told is None else told, len(odds) - 0.5)
    least, most = -80.0, 80.0
    for _ in range(40):
        shift = (least + most) / 2
        least, most = (shift, most) if _probable(odds + shift).sum() < wanted else (least, shift)
    return _probable(odds + most)


def _probable(odds: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (1 + np.exp(-odds))
