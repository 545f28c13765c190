"""The name rule: a capitalised word within a sentence is a word of the source. For cased byte-level vocabularies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from summarize.decoding.byte_pair_properties import BytePairProperties, has_capital
from summarize.decoding.token_properties import allow
from summarize.grounding.words import common_words, is_common_word
from summarize.text.byte_pair import Spelling

HYPHENS_AND_APOSTROPHES = frozenset("-‐‑'’")
ALWAYS_ALLOWED = frozenset({"I"})


@dataclass(frozen=True, slots=True)
class NamePlace:
    """Where a sentence of a summary stands: the letters and digits that it ends in, and what they belong to."""

    word: str = ""
    is_first: bool = True  # the word is the sentence's first, or none has begun
    is_free: bool = False  # what follows a hyphen or an apostrophe in a word is not checked


class CommonForms:
    """The common words with a capital, as they may begin a sentence whatever its source; for one vocabulary."""

    def __init__(self, properties: BytePairProperties) -> None:
        # Of a word with an apostrophe the part before it: the rest is free.
        forms = {word.partition("'")[0].capitalize() for word in common_words()}
        self._forms, self._ordered = forms, sorted(forms)
        self._continuations: dict[str, set[int]] = {}
        self._unspaced = {t: i for i, t in enumerate(properties.texts) if t.isalpha()}
        is_beginning = [self._is_beginning(text.removeprefix(" ")) for text in properties.texts]
        self.first_tokens = {token for token, possible in enumerate(is_beginning) if possible}

    def __contains__(self, word: str) -> bool:
        return word in self._forms

    def _is_beginning(self, text: str) -> bool:
        """Whether any of the words begins with a text."""
        if not (text.isascii() and text.isalpha()):
            return False
        i = bisect_left(self._ordered, text)
        return i < len(self._ordered) and self._ordered[i].startswith(text)

    def continuations(self, beginning: str) -> set[int]:
        """The tokens that may follow the beginning of a word."""
        if beginning not in self._continuations:
            tokens: set[int] = set()
            i = bisect_left(self._ordered, beginning)
            while i < len(self._ordered) and self._ordered[i].startswith(beginning):
                rest = self._ordered[i][len(beginning) :]
                tokens.update(self._unspaced[rest[:n]] for n in range(1, len(rest) + 1) if rest[:n] in self._unspaced)
                i += 1
            self._continuations[beginning] = tokens
        return self._continuations[beginning]


class _Words:
    """Words that may be generated, as a trie of the tokens that spell them: from each beginning to its next tokens."""

    def __init__(self, words: Iterable[str], properties: BytePairProperties) -> None:
        self.words = frozenset(words)
        self.beginnings: set[str] = {""}
        self.continuations: dict[str, set[int]] = {}
        self.spaced_first: set[int] = set()
        tokenizer, ordered = properties.tokenizer, sorted(self.words)
        for encoding in tokenizer.encode_batch([*ordered, *(f" {word}" for word in ordered)]):
            beginning = ""
            for spelling in tokenizer.spellings(encoding.ids):
                text = spelling.text.removeprefix(" ")
                if len(spelling.ids) == 1 and text:
                    followers = self.continuations.setdefault(beginning, set())
                    (self.spaced_first if spelling.text != text else followers).add(spelling.ids[0])
                beginning += text
                self.beginnings.add(beginning)


class NameRule:
    """Allows a word with a capital letter only as the source has it.

    A word is a run of letters and digits. After a hyphen or an apostrophe in a word the rest is free. The first word of
    a sentence may also be any other word of the source, or a common word, with its first letter in upper case; within a
    sentence such a capital needs a word of the source that is not common (a name that the source does not capitalise).

    The state of the rule is a NamePlace.
    """

    start = NamePlace()

    def __init__(self, properties: BytePairProperties, spellings: Sequence[Spelling], common: CommonForms) -> None:
        """spellings: of the source; common: of the same vocabulary."""
        words = _words_of("".join(spelling.text for spelling in spellings))
        names = {word for word in words if has_capital(word)}
        uncommon = {word.capitalize() for word in words if word.isalpha() and not is_common_word(word.lower())}
        within = ALWAYS_ALLOWED | names | {word for word in uncommon if has_capital(word)}
        first = within | {word.capitalize() for word in words if word.islower()}
        self._common, self._within, self._first = common, _Words(within, properties), _Words(first, properties)
        capital, spaced = properties.has_capital_mask, properties.begins_spaced_mask
        next_word = self._within.spaced_first
        # Inside a word, a token without a space before it continues the word; at its end any other may follow.
        self.usual_mask = allow(capital, next_word)
        self._in_free_word = allow(capital & spaced, next_word)
        self._after_name = allow((capital & spaced) | properties.extends_word_mask, next_word)
        self._between_words = allow(capital, next_word | self._within.continuations.get("", set()))
        at_start = self._first.spaced_first | self._first.continuations.get("", set()) | common.first_tokens
        self._at_start = allow(capital, at_start)

    def advance(self, state: NamePlace, text: str) -> NamePlace:
        """The state after some characters."""
        word, is_first, is_free = state.word, state.is_first, state.is_free
        for character in text:
            if character.isalnum():
                word += character
            else:
                is_free = word != "" and character in HYPHENS_AND_APOSTROPHES
                is_first = is_first and not word
                word = ""
        return NamePlace(word, is_first, is_free)

    def may_end(self, state: NamePlace) -> bool:
        """Whether the word of a state is complete."""
        if state.is_free or not has_capital(state.word):
            return True
        words = self._first if state.is_first else self._within
        return state.word in words.words or (state.is_first and state.word in self._common)

    def allows(self, state: NamePlace, text: str) -> bool:
        """Whether some characters, which no common word has, may follow state. (forbidden_mask says the same of each
        token.)"""
        continues_word = text[0].isalnum()
        if continues_word and state.is_free:
            return True
        after = self.advance(state, text)
        words = self._first if after.is_first else self._within
        is_possible = not has_capital(text + after.word) or (after.word != "" and after.word in words.beginnings)
        return is_possible and (continues_word or self.may_end(state))

    def forbidden_mask(self, state: NamePlace) -> Tensor:
        """(V,) bool, True: the token may not follow state."""
        if state.is_free:
            return self._in_free_word
        if not state.word:
            return self._at_start if state.is_first else self._between_words
        words = self._first if state.is_first else self._within
        continuations = words.continuations.get(state.word, set())
        if not has_capital(state.word):
            return allow(self.usual_mask, continuations) if continuations else self.usual_mask
        if state.is_first:
            continuations = continuations | self._common.continuations(state.word)
        if self.may_end(state):
            return allow(self._after_name, continuations) if continuations else self._after_name
        return allow(torch.ones_like(self.usual_mask), continuations)


def _words_of(text: str) -> set[str]:
    """The runs of letters and digits of a text."""
    return set("".join(c if c.isalnum() else " " for c in text).split())
