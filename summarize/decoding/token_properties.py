"""What the search knows of a vocabulary's tokens: words, marks, digits, and where words begin."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from summarize.grounding.numbers import SEPARATORS
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE, UNK

# Marks that end a sentence, and marks that may follow them.
SENTENCE_END_MARKS, CLOSING_MARKS = frozenset(".!?…"), frozenset("\"')]”’")

WordIds = list[int]  # the tokens of a word


class TokenProperties(ABC):
    """Properties of a vocabulary's V tokens, as lists and, where a search needs them so, as masks (V,) of bool."""

    is_word: list[bool]  # it has a letter or digit
    is_sentence_end: list[bool]  # it ends in a mark that ends a sentence; closing marks may follow
    is_closing: list[bool]  # it has only closing marks
    ends_in_closing: list[bool]
    never_generated_mask: Tensor

    @abstractmethod
    def split_words(self, ids: Sequence[int]) -> list[WordIds]:
        """The words of a summary or source, each as its tokens."""

    @abstractmethod
    def keys(self, words: Sequence[WordIds]) -> Sequence[object]:
        """What is equal for words that count as the same."""

    @abstractmethod
    def readings(self, ids: Sequence[int], words: list[WordIds]) -> list[tuple[list[WordIds], str | None]]:
        """What the next token can be after ids, which have these words: the beginning of a word, or more of the last.

        Each with the words that are complete then, and what the word to complete has so far, None for nothing.
        """

    @abstractmethod
    def spellings(self, words: Iterable[WordIds], so_far: str | None) -> set[int]:
        """The tokens that would begin one of the words, or complete one that has the text so_far (see readings)."""

    @abstractmethod
    def n_words(self, ids: Sequence[int]) -> int:
        """How many words begin in a summary."""

    @abstractmethod
    def begins_word_mask_after(self, ids: Sequence[int]) -> Tensor:
        """(V,) bool, True: the token would begin a word after ids. Few masks, the same objects at every call."""


class WordPieceProperties(TokenProperties):
    """The properties of a WordPiece vocabulary, in which "##" continues a word. Words are compared by their tokens."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.continues_word = [token.startswith("##") for token in vocabulary]
        text = [token.removeprefix("##") for token in vocabulary]
        plain = [t.isascii() and t.isalpha() for t in text]  # most tokens: their characters need no further check
        self.has_digit = [i >= N_SPECIAL and not plain[i] and any(map(str.isnumeric, t)) for i, t in enumerate(text)]
        self.is_separator = [t in SEPARATORS for t in text]
        self.is_word = [i >= N_SPECIAL and (plain[i] or any(map(str.isalnum, t))) for i, t in enumerate(text)]
        self.begins_word = [a and not b for a, b in zip(self.is_word, self.continues_word, strict=True)]
        self.is_sentence_end = [t in SENTENCE_END_MARKS for t in text]
        self.is_closing = self.ends_in_closing = [t in CLOSING_MARKS for t in text]
        self.begins_word_mask = as_mask(self.begins_word)
        self.continues_word_mask = as_mask(self.continues_word)
        self.has_digit_mask = as_mask(self.has_digit)
        self.never_generated_mask = torch.arange(len(text)) < N_SPECIAL
        self.never_generated_mask[[SENTENCE, END, UNK]] = False

    def split_words(self, ids: Sequence[int]) -> list[WordIds]:
        """The words among ids, each as its tokens."""
        words: list[WordIds] = []
        is_after_mark = True
        for token in ids:
            if not self.is_word[token]:
                is_after_mark = True
                continue
            if self.continues_word[token] and words and not is_after_mark:
                words[-1].append(token)
            else:
                words.append([token])
            is_after_mark = False
        return words

    def keys(self, words: Sequence[WordIds]) -> Sequence[object]:
        """The words themselves."""
        return words

    def readings(self, ids: Sequence[int], words: list[WordIds]) -> list[tuple[list[WordIds], str | None]]:
        """The next token begins a word: one that continues the last word makes another word of it."""
        return [(words, None)]

    def spellings(self, words: Iterable[WordIds], so_far: str | None) -> set[int]:
        """The first tokens of the words."""
        return {word[0] for word in words}

    def n_words(self, ids: Sequence[int]) -> int:
        """How many words begin in a summary."""
        return sum(self.begins_word[i] for i in ids)

    def begins_word_mask_after(self, ids: Sequence[int]) -> Tensor:
        """(V,) bool, True: the token begins a word, after any ids."""
        return self.begins_word_mask


def allow(forbidden: Tensor, tokens: set[int]) -> Tensor:
    """A copy of the mask forbidden (V,) in which tokens are allowed."""
    forbidden = forbidden.clone()
    forbidden[list(tokens)] = False
    return forbidden


def as_mask(values: Sequence[bool]) -> Tensor:
    """(V,) bool. By way of numpy, as torch.tensor takes ten times as long on a list."""
    return torch.from_numpy(np.array(values))
