"""What a search may not write: a number that the source lacks, a run of words it has already written, special ids.

Everything here works on ids. A rule looks at one hypothesis at a time and names the few tokens that matter; only the
masks over the vocabulary, made once, are long.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE, UNK

# What may stand inside a number between its digits: 2,500  3.5  10:30  24/7  2013-05-12.
SEPARATORS = frozenset(".,:/-")
# What ends a sentence, and what may stand behind that.
SENTENCE_ENDS, CLOSING_MARKS = frozenset(".!?…"), frozenset("\"')]”’")

Compound = tuple[int, ...]  # the tokens of a number as written without a space, from the start of its first word


class TokenProperties:
    """What the tokens of a vocabulary are, as masks over it (V,) and as plain lists."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.continues = [token.startswith("##") for token in vocabulary]
        text = [token.removeprefix("##") for token in vocabulary]
        plain = [t.isascii() and t.isalpha() for t in text]  # nearly all; there is no need to look at each character
        self.numeric = [i >= N_SPECIAL and not plain[i] and any(map(str.isnumeric, t)) for i, t in enumerate(text)]
        self.separates = [t in SEPARATORS for t in text]
        self.is_word = [i >= N_SPECIAL and (plain[i] or any(map(str.isalnum, t))) for i, t in enumerate(text)]
        self.begins_word = [a and not b for a, b in zip(self.is_word, self.continues, strict=True)]
        self.ends = [t in SENTENCE_ENDS for t in text]
        self.closes = [t in CLOSING_MARKS for t in text]
        self.begins_word_mask = _mask(self.begins_word)
        self.continues_mask = _mask(self.continues)
        self.numeric_mask = _mask(self.numeric)
        self.never_mask = torch.arange(len(text)) < N_SPECIAL
        self.never_mask[[SENTENCE, END, UNK]] = False


class NumberRule:
    """Lets a summary write a number only as the source writes it: whole, with all its digits and separators.

    A number is a word with a digit in it, with any further such words joined to it by a separator and no space
    (`2,500`, `3.5bn`, `A380`, `10:30`). Its tokens may be written only in its order, and it may not be left before
    its end: a source with 2,500 allows neither 2 nor 500 nor, from elsewhere, 2,700.
    """

    def __init__(
        self,
        properties: TokenProperties,
        src: Sequence[int],
        joined: Sequence[bool],
        numeric: Sequence[bool] | None = None,
    ) -> None:
        """src: the source's tokens; joined[i]: no space stands between token i − 1 and token i; numeric[i]: token i
        has a digit (default: as the vocabulary says, which does not know what stands behind an unknown token)."""
        self.properties = properties
        if numeric is None:
            numeric = [properties.numeric[p] for p in src]
        self.complete: set[Compound] = set(self._compounds(src, joined, numeric))
        self.following: dict[Compound, set[int]] = {}
        for compound in self.complete:
            for i, token in enumerate(compound):
                self.following.setdefault(compound[:i], set()).add(token)
        self.starts = {p for p in self.following.get((), ()) if properties.numeric[p]}
        self.between = self._allowing(properties.numeric_mask, self.starts)  # what may not stand between numbers

    def _compounds(self, src: Sequence[int], joined: Sequence[bool], digit: Sequence[bool]) -> list[Compound]:
        """The numbers of a source."""
        words: list[tuple[int, int]] = []  # [start, end) of each word
        for i, token in enumerate(src):
            if words and self.properties.continues[token] and joined[i]:
                words[-1] = (words[-1][0], i + 1)
            else:
                words.append((i, i + 1))
        numeric = [any(digit[a:b]) for a, b in words]
        found: list[Compound] = []
        w = 0
        while w < len(words):
            if not numeric[w]:
                w += 1
                continue
            start, end = words[w]
            while (
                w + 2 < len(words)
                and numeric[w + 2]
                and self.properties.separates[src[end]]
                and joined[end]
                and joined[end + 1]
            ):
                w, end = w + 2, words[w + 2][1]
            found.append(tuple(src[start:end]))
            w += 1
        return found

    def advance(self, state: Compound, token: int) -> Compound:
        """The state after a token: the tokens of the word or number being written, () between words."""
        goes_on = self.properties.continues[token] or (
            token in self.following.get(state, ()) and self._has_digit(state)
        )
        if goes_on:
            return (*state, token)
        starts = self.properties.is_word[token] or token in self.following.get((), ())  # the € of €50 is no word
        return (token,) if starts else ()

    def whole(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The longest beginning of ids that does not end inside a number."""
        state: Compound = ()
        end = 0
        for i, token in enumerate(ids, 1):
            state = self.advance(state, token)
            if not self._has_digit(state) or self._may_end(state):
                end = i
        return tuple(ids[:end])

    def is_joined(self, state: Compound, token: int) -> bool:
        """Whether a token is written without a space after state because the source has a number that goes on so."""
        return self._has_digit(state) and token in self.following.get(state, ())

    def forbidden(self, state: Compound) -> Tensor:
        """(V,) bool: the tokens that may not follow state."""
        p = self.properties
        following = self.following.get(state, set())
        if not self._has_digit(state):
            allowed = {i for i in following if p.numeric[i]} if state else set()
            return self._allowing(self.between, allowed) if allowed else self.between
        if self._may_end(state):
            return self._allowing(p.numeric_mask | p.continues_mask, following | self.starts)
        return self._allowing(torch.ones_like(p.numeric_mask), following)

    @staticmethod
    def _allowing(mask: Tensor, allowed: set[int]) -> Tensor:
        mask = mask.clone()
        mask[list(allowed)] = False
        return mask

    def _has_digit(self, state: Compound) -> bool:
        return any(self.properties.numeric[token] for token in state)

    def _may_end(self, state: Compound) -> bool:
        if state in self.complete:
            return True
        return self.properties.separates[state[-1]] and state[:-1] in self.complete


def repeating(properties: TokenProperties, ids: Sequence[int], n: int) -> set[int]:
    """First tokens of words that would make the last n − 1 words and the next one a run of n words written before.

    Words, not tokens: a name of four tokens may come twice. Punctuation is no word.
    """
    words = _words(properties, ids)
    if n < 1 or len(words) < n:
        return set()
    last = words[len(words) - n + 1 :]
    return {words[i + n - 1][0] for i in range(len(words) - n + 1) if words[i : i + n - 1] == last}


def doubled(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """First tokens with which two words in a row begin, as in very, very good."""
    words = _words(properties, ids)
    return {word[0] for word, following in pairwise(words) if word[0] == following[0]}


def doubling(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """The first token of the sentence's last word, if there is one: what would begin to write it twice."""
    i = len(ids) - 1
    while i >= 0 and ids[i] != SENTENCE and not properties.is_word[ids[i]]:
        i -= 1
    if i < 0 or ids[i] == SENTENCE:
        return set()
    while i > 0 and properties.continues[ids[i]] and properties.is_word[ids[i - 1]]:
        i -= 1
    return {ids[i]}


def lacks_end(properties: TokenProperties, ids: Sequence[int]) -> bool:
    """Whether ids end in a quotation or bracket without a mark that ends a sentence: he said "yes"."""
    last = next((i for i in reversed(ids) if not properties.closes[i]), None)
    return last is not None and last != ids[-1] and not properties.ends[last]


def _mask(holds: Sequence[bool]) -> Tensor:
    """(V,) bool: torch itself would take ten times as long to make it."""
    return torch.from_numpy(np.array(holds))


def _words(properties: TokenProperties, ids: Sequence[int]) -> list[list[int]]:
    """The words among ids, each as its tokens."""
    words: list[list[int]] = []
    after_mark = True
    for token in ids:
        if not properties.is_word[token]:
            after_mark = True
            continue
        if properties.continues[token] and words and not after_mark:
            words[-1].append(token)
        else:
            words.append([token])
        after_mark = False
    return words
