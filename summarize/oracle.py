"""The best that extraction can do: the sentences of a document that together are most like its reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

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
    words = rouge_tokens(text)
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


def align(references: Sequence[str], sentences: Sequence[str], least: float = 0.5, first: int = 60) -> list[int]:
    """For each sentence of a reference, the one that tells most of it: the largest share of its words and pairs of
    words that are there too, of the first `first` sentences; −1 where less than `least` of its words are."""
    grams = [_grams(text) for text in sentences[:first]]
    return [_source_of(_grams(reference), grams, least) for reference in references]


def _source_of(wanted: Grams, grams: Sequence[Grams], least: float) -> int:
    shares = [[(own & some).total() / max(1, some.total()) for own, some in zip(g, wanted, strict=True)] for g in grams]
    best = max(range(len(shares)), key=lambda i: sum(shares[i]), default=-1)
    return best if best >= 0 and shares[best][0] >= least else -1


def greedy_oracle(sentences: Sequence[str], reference: str, most: int = 5, first: int = 60) -> list[int]:
    """Indices, in order, of the sentences chosen one by one for the largest ROUGE-1 + ROUGE-2 F1, until no other
    raises it (Nallapati et al. 2017, SummaRuNNer, section 3.4).

    At most `most` are chosen, from the first `first` sentences. Bigrams do not cross sentences.
    """
    wanted = _grams(reference)
    # A sentence that has no word in common with the reference only makes the rest less like it.
    grams = {i: own for i, text in enumerate(sentences[:first]) if (own := _grams(text))[0].keys() & wanted[0].keys()}
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
