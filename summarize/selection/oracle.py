"""Oracle extracts: the sentences of a document that are most like its reference summary, by ROUGE.

They are the labels for training salience and sentence-by-sentence generation, and an upper bound in evaluation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summarize.text.matching import matching_tokens

MIN_OVERLAP = 0.5  # share of a summary sentence's words that its source sentence must have
MAX_MISSING = 0.3  # share of a summary sentence's words that may be neither in the source sentence nor in its context
CONTEXT_WORDS, _CONTEXT_SENTENCES = 30, 3  # before the source sentence; whichever is shorter

Ngrams = tuple[Counter[Any], Counter[Any]]  # the counts of each word and of each bigram


def _text_ngrams(text: str) -> Ngrams:
    return _ngrams(matching_tokens(text))


def _ngrams(words: Sequence[str]) -> Ngrams:
    return Counter(words), Counter(pairwise(words))


def _rouge_1_plus_2(ngrams: Ngrams, reference: Ngrams) -> float:
    """ROUGE-1 F1 + ROUGE-2 F1, from 0 to 2."""
    total = 0.0
    for counts, reference_counts in zip(ngrams, reference, strict=True):
        overlap = sum(min(counts[ngram], count) for ngram, count in reference_counts.items() if ngram in counts)
        total += 2 * overlap / (counts.total() + reference_counts.total()) if overlap else 0.0
    return total


def rouge_1_plus_2(text: str, reference: str) -> float:
    """ROUGE-1 F1 + ROUGE-2 F1 of a text with stemming, from 0 to 2."""
    return _rouge_1_plus_2(_text_ngrams(text), _text_ngrams(reference))


def align(summary: Sequence[str], sentences: Sequence[str], n_leading: int = 60) -> list[int]:
    """For each sentence of a summary, the index of its source: the sentence of the document that has the largest share
    of its words plus the largest share of its bigrams.

    Only the document's first n_leading sentences are considered. The index is −1 where no sentence has half of the
    words, and where the summary sentence has a number, or more than three in ten words, that are neither in the source
    sentence nor right before it: a model that is trained on such pairs learns to invent.
    """
    words = [matching_tokens(text) for text in sentences[:n_leading]]
    ngrams = [_ngrams(sentence_words) for sentence_words in words]
    return [_find_source(_text_ngrams(summary_sentence), ngrams, words) for summary_sentence in summary]


def _find_source(target: Ngrams, ngrams: Sequence[Ngrams], words: Sequence[list[str]]) -> int:
    """The index of the source of one summary sentence, or −1; ngrams and words: of the document's sentences."""
    recalls = [[(a & b).total() / max(1, b.total()) for a, b in zip(own, target, strict=True)] for own in ngrams]
    best = max(range(len(recalls)), key=lambda i: sum(recalls[i]), default=-1)
    if best < 0 or recalls[best][0] < MIN_OVERLAP:
        return -1
    context = [word for before in words[max(0, best - _CONTEXT_SENTENCES) : best] for word in before]
    available = {*words[best], *context[-CONTEXT_WORDS:]}
    missing = {word: count for word, count in target[0].items() if word not in available}
    has_invented_number = any(c.isdigit() for word in missing for c in word)
    return -1 if has_invented_number or sum(missing.values()) > MAX_MISSING * target[0].total() else best


def _overlapping(sentences: Sequence[str], reference: Ngrams) -> dict[int, Ngrams]:
    """By index, the sentences that share a word with the reference; any other sentence only lowers ROUGE."""
    ngrams = ((i, _text_ngrams(text)) for i, text in enumerate(sentences))
    return {i: own for i, own in ngrams if own[0].keys() & reference[0].keys()}


def greedy_oracle(sentences: Sequence[str], reference: str, max_selected: int = 5, n_leading: int = 60) -> list[int]:
    """The greedy oracle extract: indices of sentences, in order (Nallapati et al. 2017, SummaRuNNer, section 3.4).

    Sentences are added one by one, each time the one with the largest ROUGE-1 + ROUGE-2 F1 of the extract, until none
    raises it or there are max_selected. Only the first n_leading sentences are considered. Bigrams do not cross
    sentences.
    """
    target = _text_ngrams(reference)
    ngrams = _overlapping(sentences[:n_leading], target)
    selected: list[int] = []
    extract: Ngrams = (Counter(), Counter())
    best = 0.0
    while ngrams and len(selected) < max_selected:
        scores = {i: _rouge_1_plus_2((extract[0] + own[0], extract[1] + own[1]), target) for i, own in ngrams.items()}
        i = max(scores, key=lambda i: (scores[i], -i))
        if scores[i] <= best:
            break
        best = scores[i]
        selected.append(i)
        extract[0].update(ngrams[i][0])
        extract[1].update(ngrams.pop(i)[1])
    return sorted(selected)


def oracle_probabilities(
    sentences: Sequence[str],
    reference: str,
    temperature: float = 0.04,
    max_selected: int = 4,
    pool_size: int = 10,
    n_leading: int = 60,
) -> NDArray[np.float64]:
    """The probability that each of the first n_leading sentences is in a good extract, (n,), each 0 to 1.

    Where sentences are near-duplicates, or several extracts are equally good, the greedy oracle picks one arbitrarily.
    Here every extract of up to max_selected of the pool_size sentences most like the reference has a probability
    proportional to exp(F1 / temperature), F1 being ROUGE-1 + ROUGE-2. A sentence's probability is the sum over the
    extracts that contain it (after Xu & Lapata 2022, Text Summarization with Oracle Expectation, who sum over a beam
    of extracts).
    """
    probabilities = np.zeros(len(sentences[:n_leading]))
    target = _text_ngrams(reference)
    ngrams = _overlapping(sentences[:n_leading], target)
    pool = sorted(ngrams, key=lambda i: -_rouge_1_plus_2(ngrams[i], target))[:pool_size]
    if not pool:
        return probabilities
    extracts = _extracts(len(pool), max_selected)
    scores = np.zeros(len(extracts))
    for n, target_counts in enumerate(target):
        counts = np.array([[ngrams[i][n][ngram] for ngram in target_counts] for i in pool], dtype=np.float64)
        overlap = np.minimum(extracts @ counts, np.array([*target_counts.values()])).sum(1)
        sizes = extracts @ np.array([ngrams[i][n].total() for i in pool]) + target_counts.total()
        scores += 2 * overlap / np.maximum(sizes, 1)
    weights = np.exp((scores - scores.max()) / temperature)
    probabilities[pool] = weights @ extracts / weights.sum()
    return probabilities


@lru_cache
def _extracts(n: int, max_selected: int) -> NDArray[np.float64]:
    """All sets of one to max_selected of n sentences, (number of sets, n): 1 for each sentence of a set, else 0."""
    sets = [chosen for size in range(1, max_selected + 1) for chosen in combinations(range(n), size)]
    extracts = np.zeros((len(sets), n))
    for row, chosen in zip(extracts, sets, strict=True):
        row[list(chosen)] = 1
    return extracts
