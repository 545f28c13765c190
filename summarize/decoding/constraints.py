"""Constraints on generated tokens: numbers only as the source has them, no repeated n-grams, no special tokens.

All constraints work on token ids. Each looks at one hypothesis and names the few tokens that it concerns; masks over
the whole vocabulary are built once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE, UNK

# Marks that may stand between the digits of one number: 2,500  3.5  10:30  24/7  2013-05-12.
SEPARATORS = frozenset(".,:/-")
# Marks that end a sentence, and marks that may follow them.
SENTENCE_END_MARKS, CLOSING_MARKS = frozenset(".!?…"), frozenset("\"')]”’")

WordTokens = tuple[int, ...]  # the tokens of one word or number generated so far, from its first token


class TokenProperties:
    """Properties of a vocabulary's V tokens, as lists and, where a search needs them so, as masks (V,) of bool."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.continues_word = [token.startswith("##") for token in vocabulary]
        text = [token.removeprefix("##") for token in vocabulary]
        plain = [t.isascii() and t.isalpha() for t in text]  # most tokens: their characters need no further check
        self.has_digit = [i >= N_SPECIAL and not plain[i] and any(map(str.isnumeric, t)) for i, t in enumerate(text)]
        self.is_separator = [t in SEPARATORS for t in text]
        self.is_word = [i >= N_SPECIAL and (plain[i] or any(map(str.isalnum, t))) for i, t in enumerate(text)]
        self.begins_word = [a and not b for a, b in zip(self.is_word, self.continues_word, strict=True)]
        self.is_sentence_end = [t in SENTENCE_END_MARKS for t in text]
        self.is_closing = [t in CLOSING_MARKS for t in text]
        self.begins_word_mask = _mask(self.begins_word)
        self.continues_word_mask = _mask(self.continues_word)
        self.has_digit_mask = _mask(self.has_digit)
        self.never_generated_mask = torch.arange(len(text)) < N_SPECIAL
        self.never_generated_mask[[SENTENCE, END, UNK]] = False


class NumberRule:
    """Allows a number in a summary only as one source has it: complete, with all its digits and separators.

    A number is a word with a digit, together with any further such words that a separator joins to it without a space
    (`2,500`, `3.5bn`, `A380`, `10:30`). Its tokens may be generated only in order, and generation may not leave it
    before its end: a source with 2,500 allows neither 2 nor 500 nor 2,700.

    The state of the rule is the tokens of the word or number generated last (WordTokens); it is () between words.
    """

    def __init__(
        self,
        properties: TokenProperties,
        src: Sequence[int],
        follows_directly: Sequence[bool],
        has_digit: Sequence[bool] | None = None,
    ) -> None:
        """src: the source's tokens; follows_directly[i]: no space stands between tokens i − 1 and i; has_digit[i]:
        token i has a digit (default: by the vocabulary, which does not know the characters of an unknown token)."""
        self.properties = properties
        if has_digit is None:
            has_digit = [properties.has_digit[token] for token in src]
        self.numbers: set[WordTokens] = set(self._find_numbers(src, follows_directly, has_digit))
        # From each proper prefix of a number to the tokens that may follow it.
        self.continuations: dict[WordTokens, set[int]] = {}
        for number in self.numbers:
            for i, token in enumerate(number):
                self.continuations.setdefault(number[:i], set()).add(token)
        self.first_digit_tokens = {p for p in self.continuations.get((), ()) if properties.has_digit[p]}
        # The mask that holds outside numbers: tokens with digits are forbidden unless a number begins with them.
        self.outside_numbers = _allow(properties.has_digit_mask, self.first_digit_tokens)

    def _find_numbers(
        self, src: Sequence[int], follows_directly: Sequence[bool], has_digit: Sequence[bool]
    ) -> list[WordTokens]:
        """The numbers of a source, in order."""
        words: list[tuple[int, int]] = []  # [start, end) of each word
        for i, token in enumerate(src):
            if words and self.properties.continues_word[token] and follows_directly[i]:
                words[-1] = (words[-1][0], i + 1)
            else:
                words.append((i, i + 1))
        is_number = [any(has_digit[a:b]) for a, b in words]
        numbers: list[WordTokens] = []
        w = 0
        while w < len(words):
            if not is_number[w]:
                w += 1
                continue
            start, end = words[w]
            while (
                w + 2 < len(words)
                and is_number[w + 2]
                and self.properties.is_separator[src[end]]
                and follows_directly[end]
                and follows_directly[end + 1]
            ):
                w, end = w + 2, words[w + 2][1]
            numbers.append(tuple(src[start:end]))
            w += 1
        return numbers

    def advance(self, state: WordTokens, token: int) -> WordTokens:
        """The state after a token."""
        if self.properties.continues_word[token] or self.follows_directly(state, token):
            return (*state, token)
        # A number may begin with a mark that is no word: the € of €50.
        begins = self.properties.is_word[token] or token in self.continuations.get((), ())
        return (token,) if begins else ()

    def without_partial_number(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The longest prefix of ids that does not end inside a number."""
        state: WordTokens = ()
        end = 0
        for i, token in enumerate(ids, 1):
            state = self.advance(state, token)
            if not self._has_digit(state) or self._may_end(state):
                end = i
        return tuple(ids[:end])

    def follows_directly(self, state: WordTokens, token: int) -> bool:
        """Whether no space stands between state and token, because a number of the source continues so."""
        return token in self.continuations.get(state, ()) and self._has_digit(state)

    def forbidden_mask(self, state: WordTokens) -> Tensor:
        """(V,) bool, True: the token may not follow state. Outside numbers this is outside_numbers itself."""
        p = self.properties
        continuations = self.continuations.get(state, set())
        if not self._has_digit(state):
            allowed = {i for i in continuations if p.has_digit[i]} if state else set()
            return _allow(self.outside_numbers, allowed) if allowed else self.outside_numbers
        if self._may_end(state):
            return _allow(p.has_digit_mask | p.continues_word_mask, continuations | self.first_digit_tokens)
        return _allow(torch.ones_like(p.has_digit_mask), continuations)

    def _has_digit(self, state: WordTokens) -> bool:
        return any(self.properties.has_digit[token] for token in state)

    def _may_end(self, state: WordTokens) -> bool:
        """Whether a state with a digit is a whole number, or one with a punctuation mark after it."""
        if state in self.numbers:
            return True
        return self.properties.is_separator[state[-1]] and state[:-1] in self.numbers


def repeated_ngram_tokens(properties: TokenProperties, ids: Sequence[int], n: int) -> set[int]:
    """First tokens of the words that would complete an n-gram of words that ids have already.

    The n-grams are of words, not of tokens: a name of four tokens may come twice. Punctuation is no word.
    """
    words = _split_words(properties, ids)
    if n < 1 or len(words) < n:
        return set()
    last = words[len(words) - n + 1 :]
    return {words[i + n - 1][0] for i in range(len(words) - n + 1) if words[i : i + n - 1] == last}


def doubled_word_tokens(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """First tokens of the words that ids have twice in a row, as in "very, very good"."""
    words = _split_words(properties, ids)
    return {word[0] for word, next_word in pairwise(words) if word[0] == next_word[0]}


def last_word_token(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """The first token of the current sentence's last word, which would begin to double it; empty if there is none."""
    i = len(ids) - 1
    while i >= 0 and ids[i] != SENTENCE and not properties.is_word[ids[i]]:
        i -= 1
    if i < 0 or ids[i] == SENTENCE:
        return set()
    while i > 0 and properties.continues_word[ids[i]] and properties.is_word[ids[i - 1]]:
        i -= 1
    return {ids[i]}


def lacks_end_mark(properties: TokenProperties, ids: Sequence[int]) -> bool:
    """Whether ids close a quotation or bracket with no sentence-end mark before the closing mark: he said "yes"."""
    last = next((i for i in reversed(ids) if not properties.is_closing[i]), None)
    return last is not None and last != ids[-1] and not properties.is_sentence_end[last]


def _allow(forbidden: Tensor, tokens: set[int]) -> Tensor:
    """A copy of the mask forbidden (V,) in which tokens are allowed."""
    forbidden = forbidden.clone()
    forbidden[list(tokens)] = False
    return forbidden


def _mask(values: Sequence[bool]) -> Tensor:
    """(V,) bool. By way of numpy, as torch.tensor takes ten times as long on a list."""
    return torch.from_numpy(np.array(values))


def _split_words(properties: TokenProperties, ids: Sequence[int]) -> list[list[int]]:
    """The words among ids, each as its tokens."""
    words: list[list[int]] = []
    is_after_mark = True
    for token in ids:
        if not properties.is_word[token]:
            is_after_mark = True
            continue
        if properties.continues_word[token] and words and not is_after_mark:
            words[-1].append(token)
        else:
            words.append([token])
        is_after_mark = False
    return words
