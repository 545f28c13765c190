"""The best that extraction can do: the sentences of a document that together are most like its reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of the words of a reference's sentence, what one sentence tells at least, and what may be said nowhere near it.
LEAST_TOLD, MOST_MISSING = 0.5, 0.3
WORDS_BEFORE = 30  # what a sentence is told from begins so many words before it

Grams = tuple[Counter[Any], Counter[Any]]  # how often each word and each pair of neighbouring words occurs


@lru_cache(1)
def _tools() -> tuple[Any, Any]:
    """rouge-score's tokenizer and the stemmer it uses; over a second to import, for they bring nltk."""
    from nltk.stem.porter import PorterStemmer
    from rouge_score.tokenizers import DefaultTokenizer

    return DefaultTokenizer(use_stemmer=False), PorterStemmer()


@lru_cache(1 << 18)
def _stem(word: str) -> str:
    return _tools()[1].stem(word) if len(word) > 3 else word


def rouge_tokens(text: str) -> list[str]:
    """What rouge-score counts of a text with its stemmer, several times as fast (words recur)."""
    return [_stem(word) for word in _tools()[0].tokenize(text)]


def _grams(text: str) -> Grams:
    return _grams_of(rouge_tokens(text))


def _grams_of(words: Sequence[str]) -> Grams:
    return Counter(words), Counter(pairwise(words))


def _likeness(grams: Grams, wanted: Grams) -> float:
    """ROUGE-1 F1 + ROUGE-2 F1, 0 to 2."""
    total = 0.0
    for own, reference in zip(grams, wanted, strict=True):
        overlap = sum(min(own[gram], count) for gram, count in reference.items() if gram in own)
        total += 2 * overlap / (own.total() + reference.total()) if overlap else 0.0
    return total


def likeness(text: str, reference: str) -> float:
    """ROUGE-1 F1 + ROUGE-2 F1 of a text, with stemming, 0 to 2."""
    return _likeness(_grams(text), _grams(reference))


def align(references: Sequence[str], sentences: Sequence[str], first: int = 60) -> list[int]:
    """For each sentence of a reference, the one that tells most of it: the largest share of its words and pairs of
    words that are there too, of the first `first` sentences.

    −1 where no sentence has half of its words, or where it says what neither that sentence nor what stands right
    before it does: more than three in ten words, or a number. Whoever learned from these would learn to invent.
    """
    words = [rouge_tokens(text) for text in sentences[:first]]
    grams = [_grams_of(own) for own in words]
    return [_source_of(_grams(reference), grams, words) for reference in references]


def _source_of(wanted: Grams, grams: Sequence[Grams], words: Sequence[list[str]]) -> int:
    shares = [[(own & some).total() / max(1, some.total()) for own, some in zip(g, wanted, strict=True)] for g in grams]
    best = max(range(len(shares)), key=lambda i: sum(shares[i]), default=-1)
    if best < 0 or shares[best][0] < LEAST_TOLD:
        return -1
    before = [word for own in words[max(0, best - 3) : best] for word in own]
    there = {*words[best], *before[-WORDS_BEFORE:]}
    missing = {word: count for word, count in wanted[0].items() if word not in there}
    invented = any(c.isdigit() for word in missing for c in word)
    return -1 if invented or sum(missing.values()) > MOST_MISSING * wanted[0].total() else best


def _useful(sentences: Sequence[str], wanted: Grams) -> dict[int, Grams]:
    """The sentences that have a word in common with the reference; all others only make the rest less like it."""
    grams = ((i, _grams(text)) for i, text in enumerate(sentences))
    return {i: own for i, own in grams if own[0].keys() & wanted[0].keys()}


def greedy_oracle(sentences: Sequence[str], reference: str, most: int = 5, first: int = 60) -> list[int]:
    """Indices, in order, of the sentences chosen one by one for the largest ROUGE-1 + ROUGE-2 F1, until no other
    raises it (Nallapati et al. 2017, SummaRuNNer, section 3.4).

    At most `most` are chosen, from the first `first` sentences. Bigrams do not cross sentences.
    """
    wanted = _grams(reference)
    grams = _useful(sentences[:first], wanted)
    chosen: list[int] = []
    have: Grams = (Counter(), Counter())
    best = 0.0
    while grams and len(chosen) < most:
        likeness = {i: _likeness((have[0] + own[0], have[1] + own[1]), wanted) for i, own in grams.items()}
        i = max(likeness, key=lambda i: (likeness[i], -i))
        if likeness[i] <= best:
            break
        best = likeness[i]
        chosen.append(i)
        have[0].update(grams[i][0])
        have[1].update(grams.pop(i)[1])
    return sorted(chosen)


def oracle_probabilities(
    sentences: Sequence[str], reference: str, temperature: float = 0.04, most: int = 4, pool: int = 10, first: int = 60
) -> NDArray[np.float64]:
    """How probable it is of each of the first `first` sentences that a good extract has it, (n,), each 0 to 1.

    Where sentences say the same, or an extract is good in many ways, the greedy oracle picks one arbitrarily; here
    every extract of up to `most` of the `pool` sentences most like the reference has a probability proportional to
    exp(likeness / temperature), and a sentence the sum of those that have it (after Xu & Lapata 2022, Text
    Summarization with Oracle ExpectedRouge, who sum over a beam of extracts).
    """
    probabilities = np.zeros(len(sentences[:first]))
    wanted = _grams(reference)
    grams = _useful(sentences[:first], wanted)
    chosen = sorted(grams, key=lambda i: -_likeness(grams[i], wanted))[:pool]
    if not chosen:
        return probabilities
    extracts = _extracts(len(chosen), most)
    likeness = np.zeros(len(extracts))
    for n, reference_grams in enumerate(wanted):
        counts = np.array([[grams[i][n][gram] for gram in reference_grams] for i in chosen], dtype=np.float64)
        overlap = np.minimum(extracts @ counts, np.array([*reference_grams.values()])).sum(1)
        sizes = extracts @ np.array([grams[i][n].total() for i in chosen]) + reference_grams.total()
        likeness += 2 * overlap / np.maximum(sizes, 1)
    odds = np.exp((likeness - likeness.max()) / temperature)
    probabilities[chosen] = odds @ extracts / odds.sum()
    return probabilities


@lru_cache
def _extracts(n: int, most: int) -> NDArray[np.float64]:
    """All choices of one to `most` of n, a row each, with 1 for what is chosen."""
    rows = [chosen for size in range(1, most + 1) for chosen in combinations(range(n), size)]
    found = np.zeros((len(rows), n))
    for row, chosen in zip(found, rows, strict=True):
        row[list(chosen)] = 1
    return found
