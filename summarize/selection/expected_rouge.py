"""What to tell where it is not certain what is worth telling: the sentences that together are expected to be most like
a summary that somebody would write (minimum Bayes risk: Kumar & Byrne 2004; for summaries, Bertsch et al. 2023, It's
MBR All the Way Down).

A salience is a probability, and the most probable sentences are not the best summary: they may all say the same, and
how many of them are worth it depends on how sure the probabilities are. So summaries that might be written are drawn
from the probabilities, and a choice of sentences is worth its mean ROUGE against these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

_Chosen = tuple[int, ...]

N_SAMPLES = 400  # summaries that might be written
# Of a sentence that is told, a summary has about so much: a stretch in a row, anywhere in it. (See models/LOG.md.)
EXCERPT_SHARE = 0.85
REWRITE_SHARE = 0.4  # or the sentence is told as a model would, so often where it did
# Salience is learned from all good extracts at once, of which each tells only some of the sentences that might be told:
# so much less, in log-odds, is how probable each is of one summary.
LOGIT_OFFSET = 0.5
MAX_EXPECTED_SENTENCES = 5.0  # sentences that a drawn summary tells on average; a part of a book would have many more
BEAM_WIDTH = 200  # sets of what may be told, at each size of a set
_Stretch = tuple[int, int, int, int]  # of a drawn summary: its number, a source, and of that words [start, end)
_WORD = re.compile(r"\w+")


class ExpectedRouge:
    """The summaries that might be written of some sentences, and how like them a choice of what to tell is."""

    def __init__(
        self,
        texts: Sequence[str],
        probabilities: NDArray[np.floating],
        choices: Sequence[tuple[int, str]],
        retold: Mapping[int, str] | None = None,
        favour: Sequence[float] | None = None,
    ) -> None:
        """texts: all sentences; probabilities (n,): of each being told; choices: what may be told, each the number of a
        sentence and a text of it; retold: of some sentences, how they would be told in other words; favour: of each
        choice, what it is worth besides making a text more like a summary (default: nothing)."""
        chance, retold = np.random.default_rng(0), retold or {}
        told = chance.random((N_SAMPLES, len(texts))) < probabilities
        told = told[told.any(1)]
        if not len(told):  # nothing is likely: then the likeliest
            told = np.arange(len(texts))[None, :] == np.argmax(probabilities)
        sources = [_words(text) if told[:, i].any() else [] for i, text in enumerate(texts)]
        sizes = np.array([round(len(words) * EXCERPT_SHARE) for words in sources])
        room = np.array([len(words) for words in sources]) - sizes + 1
        starts, as_retold = (chance.random(told.shape) * room).astype(int), chance.random(told.shape) < REWRITE_SHARE
        reworded = {i: len(sources) + n for n, i in enumerate(retold)}
        sources += [_words(text) for text in retold.values()]
        stretches: list[_Stretch] = []
        for n, i in np.argwhere(told).tolist():
            if as_retold[n, i] and i in reworded:
                stretches.append((n, reworded[i], 0, len(sources[reworded[i]])))
            else:
                stretches.append((n, i, starts[n, i], starts[n, i] + sizes[i]))
        self.choices, self._own = list(choices), [_words(text) for _, text in choices]
        self._favour = np.zeros(len(choices)) if favour is None else np.array(favour)
        self._sizes = [len(text.split()) for _, text in choices]
        self._grams = tuple(_Grams(n, self._own, sources, np.array(stretches)) for n in (1, 2))

    def likeness(self, chosen: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Mean ROUGE-1 + ROUGE-2 F1 of texts, each the choices that it tells, against the drawn summaries, (C,)."""
        told = np.zeros((len(chosen), len(self.choices)), np.float32)
        for row, own in zip(told, chosen, strict=True):
            row[list(own)] = 1
        first, second = (grams.likeness(_product(told, grams.own)) for grams in self._grams)
        return first + second

    def choose(self, number: int | None = None, most: float = np.inf, least: float = 0, run: int = 0) -> list[int]:
        """The choices to tell: so many of them, or as many as help, in at most and if possible at least so many words;
        run: so many words in a row are not told twice (0: they may be), unless the number asks for it.

        Of so many choices together, those that are expected to be most like a summary are kept, and each is tried with
        one more (a beam search over sets). A sentence is told once.
        """
        kept: list[_Chosen] = [()]
        found, best = kept[0], -1.0
        repeated = self._repeated(run)
        while number is None or len(kept[0]) < number:
            more = [own for own in self._with_one_more(kept) if self._words_of(own) <= most]
            new = [own for own in more if not any(pair in repeated for pair in combinations(own, 2))]
            more = new if new or not number else more
            if not more:
                break
            worth = self.likeness(more) + [self._favour[list(own)].sum() for own in more]
            order = (-worth).argsort(kind="stable")
            enough = [i for i in order if len(more[i]) >= (number or 1) and self._words_of(more[i]) >= least]
            if enough and worth[enough[0]] > best:
                found, best = more[enough[0]], float(worth[enough[0]])
            elif best < 0:  # not enough yet, and perhaps there is no more
                found = more[order[0]]
            elif worth[order[0]] < best:
                break
            kept = [more[i] for i in order[: max(1, BEAM_WIDTH // len(self.choices))]]
        return list(found)

    def _with_one_more(self, kept: Sequence[_Chosen]) -> list[_Chosen]:
        """Each of these with each choice that tells another sentence, once."""
        found: dict[_Chosen, None] = {}
        for own in kept:
            told = {self.choices[c][0] for c in own}
            others = (c for c, (sentence, _) in enumerate(self.choices) if sentence not in told)
            found.update({tuple(sorted((*own, c))): None for c in others})
        return list(found)

    def _words_of(self, chosen: Sequence[int]) -> int:
        return sum(self._sizes[c] for c in chosen)

    def _repeated(self, run: int) -> set[_Chosen]:
        """The pairs of choices that have so many words in a row in common."""
        runs = [set(_runs(words, run)) if run else set() for words in self._own]
        return {(a, b) for a, b in combinations(range(len(runs)), 2) if not runs[a].isdisjoint(runs[b])}


class _Grams:
    """Runs of n words of what may be told and of the drawn summaries: how often each is there, and totals."""

    def __init__(
        self, n: int, own: Sequence[list[str]], sources: Sequence[list[str]], stretches: NDArray[np.int64]
    ) -> None:
        """own: the words of what may be told; sources and stretches (M, 4): what the drawn summaries have."""
        ids: dict[tuple[str, ...], int] = {}
        numbered = [[ids.setdefault(gram, len(ids)) for gram in _runs(words, n)] for words in own]
        counts = [np.bincount(row, minlength=len(ids) + 1)[:-1] for row in map(_integers, numbered)]
        self.own: NDArray[np.float32] = np.stack(counts).astype(np.float32)
        known = [[ids.get(gram, len(ids)) for gram in _runs(words, n)] for words in sources]
        row, source, start, end = stretches.T
        lengths = np.maximum(0, end - start - (n - 1))
        offsets = np.cumsum([0, *map(len, known)])[source] + start
        places = np.arange(lengths.sum()) + np.repeat(offsets - np.cumsum(lengths) + lengths, lengths)
        found = _integers([gram for grams in known for gram in grams])[places]
        shape = (row[-1] + 1, len(ids) + 1)  # the last gram is any that nothing to be told has
        drawn = np.bincount(np.repeat(row, lengths) * shape[1] + found, minlength=shape[0] * shape[1])
        self.drawn = drawn.reshape(shape)[:, :-1].astype(np.float32)
        self.totals = np.bincount(row, lengths).astype(np.float32)

    def likeness(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean F1 of texts (C, V), (C,)."""
        common = np.zeros((len(counts), len(self.drawn)), np.float32)
        # The lesser of two counts is how many numbers there are that both reach.
        for times in range(1, int(self.drawn.max(initial=0)) + 1):
            often = (self.drawn >= times).any(0)
            both = (counts[:, often] >= times).astype(np.float32), (self.drawn[:, often] >= times).astype(np.float32)
            common += _product(both[0], both[1].T)
        return (2 * common / np.maximum(1, counts.sum(-1)[:, None] + self.totals[None])).mean(1)


def _product(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """A b, by torch: numpy's threads, which nobody asked for, would go on turning for a tenth of a second after it."""
    with torch.autocast("cpu", enabled=False):  # counts are to stay exact
        return (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _runs(words: list[str], n: int) -> Iterable[tuple[str, ...]]:
    """Each n words in a row."""
    return zip(*(words[i:] for i in range(n)), strict=False)


def _integers(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def probabilities(salience: NDArray[np.floating], told: float | None) -> NDArray[np.floating]:
    """Of log-odds of being worth telling (n,), how probable it is that each sentence is told, where a summary tells so
    many on average: as many as the log-odds say, but at most MAX_EXPECTED_SENTENCES (None), or as many as are wanted. The odds of
    all change alike."""
    odds = np.clip(salience.astype(np.float64) - LOGIT_OFFSET, -60, 60)
    if told is None and _probable(odds).sum() <= MAX_EXPECTED_SENTENCES:
        return _probable(odds)
    wanted = min(MAX_EXPECTED_SENTENCES if told is None else told, len(odds) - 0.5)
    least, most = -80.0, 80.0
    for _ in range(40):
        shift = (least + most) / 2
        least, most = (shift, most) if _probable(odds + shift).sum() < wanted else (least, shift)
    return _probable(odds + most)


def _probable(odds: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (1 + np.exp(-odds))
