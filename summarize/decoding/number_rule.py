"""The number rule: a summary has only numbers of its source, each complete.

`NumberRule` is for WordPiece tokens, `NumberTextRule` for the text that byte-level tokens spell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

from summarize.decoding.byte_pair_properties import BytePairProperties
from summarize.decoding.token_properties import WordPieceProperties, allow
from summarize.grounding.numbers import SEPARATORS, has_digit
from summarize.text.byte_pair import Spelling

# What joins the parts of a number in text. (A WordPiece vocabulary has one hyphen for all dashes.)
JOINING_MARKS = SEPARATORS | frozenset("‐‑‒–—−")
WordTokens = tuple[int, ...]  # the tokens of one word or number generated so far, from its first token


class NumberRule:
    """Allows a number in a summary only as one source has it: complete, with all its digits and separators.

    A number is a word with a digit, together with any further such words that a separator joins to it without a space
    (`2,500`, `3.5bn`, `A380`, `10:30`). Its tokens may be generated only in order, and generation may not leave it
    before its end: a source with 2,500 allows neither 2 nor 500 nor 2,700.

    The state of the rule is the tokens of the word or number generated last (WordTokens); it is () between words.
    """

    start: WordTokens = ()
    keeps_characters = False

    def __init__(
        self,
        properties: WordPieceProperties,
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
        self.usual_mask = allow(properties.has_digit_mask, self.first_digit_tokens)

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

    def complete_prefix(self, ids: Sequence[int]) -> tuple[int, ...]:
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
        """(V,) bool, True: the token may not follow state. Outside numbers this is usual_mask itself."""
        p = self.properties
        continuations = self.continuations.get(state, set())
        if not self._has_digit(state):
            allowed = {i for i in continuations if p.has_digit[i]} if state else set()
            return allow(self.usual_mask, allowed) if allowed else self.usual_mask
        if self._may_end(state):
            return allow(p.has_digit_mask | p.continues_word_mask, continuations | self.first_digit_tokens)
        return allow(torch.ones_like(p.has_digit_mask), continuations)

    def _has_digit(self, state: WordTokens) -> bool:
        return any(self.properties.has_digit[token] for token in state)

    def _may_end(self, state: WordTokens) -> bool:
        """Whether a state with a digit is a whole number, or one with a punctuation mark after it."""
        if state in self.numbers:
            return True
        return self.properties.is_separator[state[-1]] and state[:-1] in self.numbers


class NumberTextRule:
    """The number rule for byte-level tokens, which spell a summary character for character.

    A number is a word of letters and digits with a digit, with a currency sign before it, and together with any further
    such words that a separator joins to it (`2,500`, `3.5bn`, `A380`, `10:30`, `€50`). In it only those tokens may
    follow that spell it in the source.

    The state of the rule is the text at the summary's end that is a number or may become one: at most a currency sign;
    words with a digit, each with a separator after it; a word.
    """

    start = ""

    def __init__(self, properties: BytePairProperties, spellings: Sequence[Spelling]) -> None:
        """spellings: of the source."""
        self._properties = properties
        self.numbers: set[str] = set()
        # From each beginning of a number to the tokens that may follow it; those of several tokens a character are in
        # _beginnings alone.
        self._continuations: dict[str, set[int]] = {}
        self._beginnings: set[str] = set()
        for number in self._find_numbers(spellings):
            self._add(number)
        first_digits = {i for i in self._continuations.get("", ()) if properties.has_digit_mask[i]}
        self._between_words = allow(properties.has_digit_mask, first_digits)
        self.usual_mask = properties.has_digit_mask  # after a letter: no digit may follow

    def _find_numbers(self, spellings: Sequence[Spelling]) -> list[list[Spelling]]:
        """The characters of each number of a source, the first without what stands before the number."""
        numbers: list[list[Spelling]] = []
        before, run = "", list[Spelling]()  # the state, and what has spelled it
        for spelling in [*spellings, Spelling((), " ", 0)]:
            state = self.advance(before, spelling.text)
            if state != before + spelling.text:  # the run ends before or within these characters
                if _number_in(before):
                    numbers.append(run)
                run = []
            own = state.removeprefix(before) if run else state
            run = [*run, Spelling(spelling.ids, own, spelling.start)] if state else []
            before = state
        return numbers

    def _add(self, run: Sequence[Spelling]) -> None:
        """Note a number of the source, of a run that begins with it."""
        number = _number_in("".join(spelling.text for spelling in run))
        lengths = list(accumulate(len(spelling.text) for spelling in run))
        if len(number) not in lengths:
            return  # a token that ends the number goes on after it, so the number cannot be generated whole
        self.numbers.add(number)
        self._beginnings.add(number)
        for spelling, length in zip(run, lengths, strict=True):
            if length > len(number):
                break
            beginning = number[: length - len(spelling.text)]
            self._beginnings.add(beginning)
            if len(spelling.ids) == 1:
                self._continuations.setdefault(beginning, set()).add(spelling.ids[0])

    def advance(self, state: str, text: str) -> str:
        """The state after some characters."""
        if text.isalnum():
            return state + text
        for character in text:
            if character.isalnum() or (character in JOINING_MARKS and has_digit(_last_word(state))):
                state += character
            else:
                state = character if unicodedata.category(character) == "Sc" else ""
        return state

    def may_end(self, state: str) -> bool:
        """Whether state has no incomplete number."""
        number = _number_in(state)
        return not number or number in self.numbers

    def allows(self, state: str, text: str) -> bool:
        """Whether some characters may follow state. (forbidden_mask says the same of each token.)"""
        after = self.advance(state, text)
        continues = after.startswith(state) and after in self._beginnings
        if has_digit(text):
            return after in self._beginnings and (continues or self.may_end(state))
        is_inside = _number_in(state) == state != "" and text[0].isalnum()
        return continues or (self.may_end(state) and not is_inside)

    def forbidden_mask(self, state: str) -> Tensor:
        """(V,) bool, True: the token may not follow state."""
        p = self._properties
        if not state:
            return self._between_words
        continuations = self._continuations.get(state, set())
        if not self.may_end(state):
            return allow(torch.ones_like(p.has_digit_mask), continuations)
        if _number_in(state) == state:
            return allow(p.has_digit_mask | p.extends_word_mask, continuations)
        return allow(self.usual_mask, continuations) if continuations else self.usual_mask


def _number_in(state: str) -> str:
    """The number that the state of a NumberTextRule begins with, as far as it has come; "" if it has no digit."""
    last = _last_word(state)
    if has_digit(last):
        return state
    number = state[: len(state) - len(last)]
    return number[:-1] if has_digit(number) else ""


def _last_word(state: str) -> str:
    """The letters and digits that the state of a NumberTextRule ends in."""
    start = len(state)
    while start and state[start - 1].isalnum():
        start -= 1
    return state[start:]
