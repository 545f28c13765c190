"""How long a summary is to be: what a person asks for, and what that means for each part of a document."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

NamedLength = Literal["short", "medium", "long"]

PART_WORDS = 55  # of a summary, that are written at once: the model learned from summaries of about so many
PART_SENTENCES = 3
TOKENS_PER_WORD = 1.3
SHORTEST_SHARE = 10  # words: a share of a few words is no sentence
LONGEST_SENTENCE = 40  # tokens
USUAL_SENTENCE = 16  # tokens, of those that a style writes
# A document of so many words gets a summary of one part; one of n² times as many gets n parts.
WORDS_OF_ONE_PART = 3000
# A part of a document has at least so many sentences.
PART_OF_DOCUMENT = 5


@dataclass(frozen=True)
class Limits:
    """Of one part's summary: tokens (without END), and, where asked for, words at most and sentences exactly."""

    min_tokens: int
    max_tokens: int
    words: int | None = None
    sentences: int | None = None


@dataclass(frozen=True)
class Length:
    """What a person asks for: words at most, sentences exactly, a share of the document's words at most (but at least
    ten words), or a name; at most one of them. Nothing: what the model was trained to write, and more for very long
    documents."""

    words: int | None = None
    sentences: int | None = None
    ratio: float | None = None
    name: NamedLength | None = None

    @property
    def is_usual(self) -> bool:
        """Whether nothing is asked for."""
        return self == Length() or self.name == "medium"

    def of_document(self, words: int) -> Length:
        """The same in words or sentences, for a document of so many words."""
        if self.ratio is not None:
            return Length(words=max(SHORTEST_SHARE, int(self.ratio * words)))
        if self.name == "short":
            return Length(sentences=1)
        if self.name == "long":
            return Length(words=2 * PART_WORDS)
        return self

    def parts(self, words: int, sentences: int, usual: Limits) -> list[Limits]:
        """The limits of each of the parts that a document of so many words and sentences is summarised in.

        usual: what the model writes of one part where nothing is asked for.
        """
        wanted = self.of_document(words)
        most = max(1, sentences // PART_OF_DOCUMENT)
        if wanted.sentences is not None:
            n = min(most, math.ceil(wanted.sentences / PART_SENTENCES))
            return [_of_sentences(share, usual) for share in _shares(wanted.sentences, n)]
        if wanted.words is not None:
            n = min(most, max(1, round(wanted.words / PART_WORDS)))
            return [_of_words(share, usual) for share in _shares(wanted.words, n)]
        return [usual] * min(most, max(1, round(math.sqrt(words / WORDS_OF_ONE_PART))))


def _shares(total: int, n: int) -> list[int]:
    """A total in n whole shares, as equal as can be."""
    return [total // n + (i < total % n) for i in range(n)]


def _of_sentences(n: int, usual: Limits) -> Limits:
    return Limits(min(8 * n, usual.min_tokens), min(LONGEST_SENTENCE * n, usual.max_tokens), sentences=n)


def _of_words(n: int, usual: Limits) -> Limits:
    least, most = int(0.6 * n * TOKENS_PER_WORD), int(2 * n * TOKENS_PER_WORD) + 4
    return Limits(min(least, usual.max_tokens // 2), min(most, usual.max_tokens), words=n)
