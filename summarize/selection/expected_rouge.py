"""Select sentences by minimum Bayes risk: maximise expected ROUGE over summaries sampled from the salience
probabilities.

The most salient sentences are not always the best summary. They can all say the same, and how many of them to select
depends on how certain their probabilities are. So reference summaries are sampled from the probabilities, and a set of
sentences is scored by its mean ROUGE-1 + ROUGE-2 F1 against the samples (Kumar & Byrne 2004; for summarisation, Bertsch
et al. 2023, It's MBR All the Way Down).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from summarize.text.matching import count_words, unicode_words

N_SAMPLES = 400
# These three values were chosen by experiment (see models/LOG.md).
# A sampled summary has this share of the words of each of its sentences: consecutive words at a random position.
EXCERPT_SHARE = 0.85
# The probability that a sampled summary has, in place of that excerpt, the sentence as the model rewrote it.
REWRITE_SHARE = 0.4
# Subtracted from every salience logit: the log-odds offset from the probability of being in one of several good
# extracts, on which salience is trained, to the probability of being in a single summary.
LOGIT_OFFSET = 0.5
MAX_EXPECTED_SENTENCES = 5.0  # mean number of sentences of a sample; without a limit, a chapter would have far more
# Subtracted from the score of a set (0 to 2) for each candidate that says little without a sentence which the set does
# not have.
DANGLING_PENALTY = 0.1
BEAM_WIDTH = 200  # sets of candidates that are extended at each step of the search

_Selection = tuple[int, ...]  # indices of candidates, ascending
_WORD = re.compile(r"\w+")


class ExpectedRouge:
    """Summaries sampled from a document's sentences, and the expected ROUGE of candidate sentences against them."""

    def __init__(
        self,
        sentences: Sequence[str],
        probabilities: NDArray[np.floating],
        candidates: Sequence[tuple[int, str]],
        rewrites: Mapping[int, str] | None = None,
        bonuses: Sequence[float] | None = None,
        companions: Mapping[int, int] | None = None,
        n_words_before: Sequence[int] | None = None,
    ) -> None:
        """Sample N_SAMPLES summaries; always the same ones for the same arguments.

        sentences: n texts. probabilities (n,): of each sentence being in a summary. candidates: what can be selected,
        as (index of a sentence, text), the text being the sentence itself or a rewrite. rewrites: for some sentences,
        by index, the rewritten text. bonuses: for each candidate, what is added to the score of a set that has it
        (default: 0). companions: for candidates that say little without another sentence, the index of that sentence;
        −1 if it is not among them. n_words_before: how many words are shown before each candidate (default: 0).
        """
        texts, excerpts = _sample_summaries(sentences, probabilities, rewrites or {})
        self._sentence_indices = [sentence for sentence, _ in candidates]
        self._words = [_words(text) for _, text in candidates]
        before = n_words_before or [0] * len(candidates)
        self._n_words = [count_words(text) + n for (_, text), n in zip(candidates, before, strict=True)]
        self._bonuses = np.zeros(len(candidates)) if bonuses is None else np.array(bonuses)
        self._companions = companions or {}
        self._ngrams = tuple(_NgramCounts(n, self._words, texts, excerpts) for n in (1, 2))

    def score(self, selections: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The expected ROUGE of C sets of candidates: mean ROUGE-1 + ROUGE-2 F1 against the samples, (C,), without
        bonuses."""
        is_selected = np.zeros((len(selections), len(self._words)), np.float32)
        for row, selection in zip(is_selected, selections, strict=True):
            row[list(selection)] = 1
        rouge_1, rouge_2 = (ngrams.mean_f1(_product(is_selected, ngrams.candidates)) for ngrams in self._ngrams)
        return rouge_1 + rouge_2

    def select(
        self,
        n_sentences: int | None = None,
        max_words: float = np.inf,
        min_words: float = 0,
        no_repeat_words: int = 0,
    ) -> list[int]:
        """The indices of the candidates with the highest expected ROUGE, at most one of each sentence.

        n_sentences: exactly this many if there are as many; None: as many as raise the score. max_words is always
        respected, min_words if there are enough words. no_repeat_words: no two of the candidates have this many
        consecutive words in common (0: no such rule), unless n_sentences can only be reached with repetition.

        A beam search over sets of candidates: the best sets of each size are extended by one candidate.
        """
        beam: list[_Selection] = [()]
        best, best_score = beam[0], -1.0
        repeating = self._repeating_pairs(no_repeat_words)
        while n_sentences is None or len(beam[0]) < n_sentences:
            extended = [selection for selection in self._extend(beam) if self._count_words(selection) <= max_words]
            unrepeated = [selection for selection in extended if repeating.isdisjoint(combinations(selection, 2))]
            if unrepeated or not n_sentences:
                extended = unrepeated
            if not extended:
                break
            scores = self.score(extended) + [self._adjustment(selection) for selection in extended]
            order = (-scores).argsort(kind="stable")
            is_long_enough = [
                len(selection) >= (n_sentences or 1) and self._count_words(selection) >= min_words
                for selection in extended
            ]
            complete = [i for i in order if is_long_enough[i]]
            if complete and scores[complete[0]] > best_score:
                best, best_score = extended[complete[0]], float(scores[complete[0]])
            elif best_score < 0:  # no set was long enough so far, and perhaps none will be
                best = extended[order[0]]
            elif scores[order[0]] < best_score:
                break
            beam = [extended[i] for i in order[: max(1, BEAM_WIDTH // len(self._words))]]
        return list(best)

    def _adjustment(self, selection: _Selection) -> float:
        """The bonuses of a set's candidates, less the penalties for companions that the set does not have."""
        selected = {self._sentence_indices[c] for c in selection}
        n_dangling = sum(c in self._companions and self._companions[c] not in selected for c in selection)
        return float(self._bonuses[list(selection)].sum()) - DANGLING_PENALTY * n_dangling

    def _extend(self, selections: Sequence[_Selection]) -> list[_Selection]:
        """Every set with one more candidate, of a sentence that the set does not have; each set once."""
        extended: dict[_Selection, None] = {}
        for selection in selections:
            selected = {self._sentence_indices[c] for c in selection}
            others = (c for c, sentence in enumerate(self._sentence_indices) if sentence not in selected)
            extended.update({tuple(sorted((*selection, c))): None for c in others})
        return list(extended)

    def _count_words(self, selection: _Selection) -> int:
        return sum(self._n_words[c] for c in selection)

    def _repeating_pairs(self, n: int) -> set[_Selection]:
        """The pairs of candidates that have n consecutive words in common; none for n = 0."""
        ngrams = [set(_ngrams(words, n)) if n else set() for words in self._words]
        return {(a, b) for a, b in combinations(range(len(ngrams)), 2) if not ngrams[a].isdisjoint(ngrams[b])}


def _sample_summaries(
    sentences: Sequence[str], probabilities: NDArray[np.floating], rewrites: Mapping[int, str]
) -> tuple[list[list[str]], NDArray[np.int64]]:
    """Sampled summaries, each of one or more excerpts.

    Returns the words of each sentence and then of each rewrite, and the excerpts (M, 4), ordered by sample: the index
    of the sample, the index of the sentence or rewrite, and the range [start, end) of its words.
    """
    generator = np.random.default_rng(0)
    is_included = generator.random((N_SAMPLES, len(sentences))) < probabilities
    is_included = is_included[is_included.any(1)]
    if not len(is_included):  # no sentence is probable: one sample, of the most probable sentence
        is_included = np.arange(len(sentences))[None, :] == np.argmax(probabilities)
    texts = [_words(text) if is_included[:, i].any() else [] for i, text in enumerate(sentences)]
    sizes = np.array([round(len(words) * EXCERPT_SHARE) for words in texts])
    n_starts = np.array([len(words) for words in texts]) - sizes + 1
    starts = (generator.random(is_included.shape) * n_starts).astype(int)
    is_rewritten = generator.random(is_included.shape) < REWRITE_SHARE
    rewrite_of = {i: len(texts) + n for n, i in enumerate(rewrites)}
    texts += [_words(text) for text in rewrites.values()]
    excerpts: list[tuple[int, int, int, int]] = []
    for sample, i in np.argwhere(is_included).tolist():
        if is_rewritten[sample, i] and i in rewrite_of:
            excerpts.append((sample, rewrite_of[i], 0, len(texts[rewrite_of[i]])))
        else:
            excerpts.append((sample, i, starts[sample, i], starts[sample, i] + sizes[i]))
    return texts, np.array(excerpts)


class _NgramCounts:
    """How often each of the V n-grams of the candidates occurs in each candidate and in each sample.

    candidates: (K, V); samples: (N, V); sample_sizes: (N,), the number of all n-grams of each sample.
    """

    def __init__(
        self, n: int, candidates: Sequence[list[str]], texts: Sequence[list[str]], excerpts: NDArray[np.int64]
    ) -> None:
        """candidates: their words; texts and excerpts: the samples, as _sample_summaries returns them."""
        ids: dict[tuple[str, ...], int] = {}
        candidate_ids = [[ids.setdefault(ngram, len(ids)) for ngram in _ngrams(words, n)] for words in candidates]
        counts = [np.bincount(row, minlength=len(ids) + 1)[:-1] for row in map(_integers, candidate_ids)]
        self.candidates: NDArray[np.float32] = np.stack(counts).astype(np.float32)
        other = len(ids)  # the id of every n-gram that no candidate has
        text_ids = [[ids.get(ngram, other) for ngram in _ngrams(words, n)] for words in texts]
        sample, text, start, end = excerpts.T
        lengths = np.maximum(0, end - start - (n - 1))
        # All n-grams of all excerpts, by their positions in the concatenated texts.
        offsets = np.cumsum([0, *map(len, text_ids)])[text] + start
        positions = np.arange(lengths.sum()) + np.repeat(offsets - np.cumsum(lengths) + lengths, lengths)
        sample_ids = _integers([i for row in text_ids for i in row])[positions]
        shape = (sample[-1] + 1, other + 1)
        flat_counts = np.bincount(np.repeat(sample, lengths) * shape[1] + sample_ids, minlength=shape[0] * shape[1])
        self.samples = flat_counts.reshape(shape)[:, :-1].astype(np.float32)
        self.sample_sizes = np.bincount(sample, lengths).astype(np.float32)

    def mean_f1(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean ROUGE-n F1 against the samples, (C,), of C texts with these counts of n-grams, (C, V)."""
        overlap = np.zeros((len(counts), len(self.samples)), np.float32)
        # min(a, b) is the number of integers from 1 that both a and b reach; so the overlap is a sum of products.
        for times in range(1, int(self.samples.max(initial=0)) + 1):
            columns = (self.samples >= times).any(0)
            in_texts = (counts[:, columns] >= times).astype(np.float32)
            in_samples = (self.samples[:, columns] >= times).astype(np.float32)
            overlap += _product(in_texts, in_samples.T)
        return (2 * overlap / np.maximum(1, counts.sum(-1)[:, None] + self.sample_sizes[None])).mean(1)


def _product(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """A b, by torch: the threads of numpy's product would stay busy for a tenth of a second after it."""
    with torch.autocast("cpu", enabled=False):  # bfloat16 would round the counts
        return (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower()) if text.isascii() else unicode_words(text)


def _ngrams(words: list[str], n: int) -> Iterable[tuple[str, ...]]:
    """Every n consecutive words."""
    return zip(*(words[i:] for i in range(n)), strict=False)


def _integers(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def salience_probabilities(salience_logits: NDArray[np.floating], n_expected: float | None) -> NDArray[np.floating]:
    """The probabilities (n,) of sentences being in a summary that has n_expected sentences on average.

    None: as many as the logits (n,) imply, but at most MAX_EXPECTED_SENTENCES. To reach the number, all logits are
    shifted by the same amount.
    """
    logits = np.clip(salience_logits.astype(np.float64) - LOGIT_OFFSET, -60, 60)
    if n_expected is None and _sigmoid(logits).sum() <= MAX_EXPECTED_SENTENCES:
        return _sigmoid(logits)
    target = min(MAX_EXPECTED_SENTENCES if n_expected is None else n_expected, len(logits) - 0.5)
    low, high = -80.0, 80.0
    for _ in range(40):
        shift = (low + high) / 2
        low, high = (shift, high) if _sigmoid(logits + shift).sum() < target else (low, shift)
    return _sigmoid(logits + high)


def _sigmoid(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    return 1 / (1 + np.exp(-logits))
