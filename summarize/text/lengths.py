"""The requested length of a summary, and the limits that follow from it for each part of a document."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal, get_args

from summarize.errors import UsageError

NamedLength = Literal["short", "medium", "long"]

# Summaries of this length were in the training data. A longer summary is made of several parts, each of this length.
WORDS_PER_PART = 55
SENTENCES_PER_PART = 3
LONG_WORDS = 2 * WORDS_PER_PART
# With the default length, a document of this length has one part; one that is n² times as long has n parts.
DOCUMENT_WORDS_PER_PART = 3000
MIN_DOCUMENT_SENTENCES_PER_PART = 5
MIN_RATIO_WORDS = 10  # in fewer words there is no sentence
# The default length of a summary whose sentences are selected one by one: one sentence of a paragraph, what the model
# has learned of an article, and of a longer document half of it more each time that the document is twice as long.
PARAGRAPH_WORDS, ARTICLE_WORDS, ARTICLE_SUMMARY_WORDS = 80, 2000, 60

TOKENS_PER_WORD = 1.3
MIN_TOKENS_PER_SENTENCE, TYPICAL_TOKENS_PER_SENTENCE, MAX_TOKENS_PER_SENTENCE = 8, 16, 40
# The range of lengths of a summary that is to have n words, relative to n. Its words are then limited to n.
_MIN_WORDS_SHARE, _MAX_WORDS_SHARE = 0.6, 2


@dataclass(frozen=True)
class Limits:
    """The limits of one part's summary, in tokens (END not counted), in words and in sentences.

    min_tokens may be above max_tokens, as a user can set either one alone; max_tokens then has priority.
    """

    min_tokens: int
    max_tokens: int
    max_words: int | None = None
    n_sentences: int | None = None  # exactly
    may_stop: bool = True  # with max_words, whether a search also considers to stop after each sentence

    def __post_init__(self) -> None:
        """Raises ValueError for a negative number of tokens, or for less than one word or sentence."""
        if self.min_tokens < 0 or self.max_tokens < 0:
            raise ValueError(f"{self}: numbers of tokens are at least 0")
        if any(n is not None and n < 1 for n in (self.max_words, self.n_sentences)):
            raise ValueError(f"{self}: numbers of words and sentences are at least 1")


@dataclass(frozen=True)
class Length:
    """The requested length of a summary, in one of four ways; without any, the length that the model has learned.

    words: at most this many. sentences: exactly this many. ratio: at most this share of the document's words, but at
    least 10 words. name: short, medium or long; medium is the default length. Very long documents have longer default
    summaries.
    """

    words: int | None = None
    sentences: int | None = None
    ratio: float | None = None
    name: NamedLength | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for a value that is no length, and for more than one of the four."""
        _check_count("words", self.words)
        _check_count("sentences", self.sentences)
        _check_ratio(self.ratio)
        names = get_args(NamedLength)
        if self.name is not None and self.name not in names:
            raise UsageError(f"name={self.name!r}: a named length must be {', '.join(names[:-1])} or {names[-1]}")
        given = [f"{field}={value!r}" for field, value in vars(self).items() if value is not None]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)}: give only one of them; a summary has one length")

    @property
    def is_default(self) -> bool:
        """Whether this is the length that the model has learned."""
        return self == Length() or self.name == "medium"

    def for_document(self, n_words: int) -> Length:
        """The same length in words or sentences, for a document of n_words; unchanged if it is the default."""
        if self.ratio is not None:
            return Length(words=max(MIN_RATIO_WORDS, int(self.ratio * n_words)))
        if self.name == "short":
            return Length(sentences=1)
        if self.name == "long":
            return Length(words=LONG_WORDS)
        return self

    def grown(self, n_words: int) -> Length:
        """The same length; the default, and "long", as one that grows with the logarithm of a document's n_words: one
        sentence of a paragraph, 60 words of an article, 150 of a report of 16,000 words, 270 of a book of 250,000."""
        growth = 1 + math.log2(max(1.0, n_words / ARTICLE_WORDS)) / 2
        if self.name == "long":
            return Length(words=round(growth * LONG_WORDS))
        if not self.is_default or PARAGRAPH_WORDS <= n_words <= ARTICLE_WORDS:
            return self
        return Length(sentences=1) if n_words < PARAGRAPH_WORDS else Length(words=round(growth * ARTICLE_SUMMARY_WORDS))

    def limits(self, n_words: int, default: Limits) -> Limits:
        """The limits of one summary of a whole document of n_words; default: where no length is requested."""
        return self.part_limits(n_words, 1, default)[0]

    def part_limits(self, n_words: int, n_sentences: int, default: Limits) -> list[Limits]:
        """The limits of each part in which a document of n_words and n_sentences is summarised.

        default: the limits of one part where no length is requested. No part exceeds its max_tokens.
        """
        length = self.for_document(n_words)
        max_parts = max(1, n_sentences // MIN_DOCUMENT_SENTENCES_PER_PART)
        if length.sentences is not None:
            n = min(max_parts, math.ceil(length.sentences / SENTENCES_PER_PART))
            return [_sentence_limits(share, default) for share in _shares(length.sentences, n)]
        if length.words is not None:
            n = min(max_parts, max(1, round(length.words / WORDS_PER_PART)))
            return [_word_limits(share, default) for share in _shares(length.words, n)]
        return [default] * min(max_parts, max(1, round(math.sqrt(n_words / DOCUMENT_WORDS_PER_PART))))


def _check_count(field: str, value: object) -> None:
    """Raises UsageError where a value is not a whole number of at least 1. Integral includes numpy's integers."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, Integral) or value < 1):
        raise UsageError(f"{field}={value!r}: must be a whole number of at least 1")


def _check_ratio(ratio: object) -> None:
    """Raises UsageError where a ratio is not a number above 0 and at most 1."""
    if ratio is None or (not isinstance(ratio, bool) and isinstance(ratio, Real) and 0 < float(ratio) <= 1):
        return
    raise UsageError(
        f"ratio={ratio!r}: must be a share of the document's words, above 0 and at most 1; 0.3 asks for 30 percent"
    )


def _shares(total: int, n: int) -> list[int]:
    """A total as the sum of n whole numbers that differ by at most 1."""
    return [total // n + (i < total % n) for i in range(n)]


def _sentence_limits(n: int, default: Limits) -> Limits:
    """The limits of a summary of exactly n sentences."""
    return Limits(
        min(MIN_TOKENS_PER_SENTENCE * n, default.min_tokens),
        min(MAX_TOKENS_PER_SENTENCE * n, default.max_tokens),
        n_sentences=n,
    )


def _word_limits(n: int, default: Limits) -> Limits:
    """The limits of a summary of at most n words."""
    min_tokens = int(_MIN_WORDS_SHARE * n * TOKENS_PER_WORD)
    max_tokens = int(_MAX_WORDS_SHARE * n * TOKENS_PER_WORD) + 4
    return Limits(min(min_tokens, default.max_tokens // 2), min(max_tokens, default.max_tokens), max_words=n)
