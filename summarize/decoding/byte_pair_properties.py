"""What the search knows of the tokens of byte-level BPE: their text, and the classes of it that its rules speak of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor

from summarize.decoding.token_properties import (
    CLOSING_MARKS,
    SENTENCE_END_MARKS,
    TokenProperties,
    WordIds,
    allow,
    as_mask,
)
from summarize.text.byte_pair import BytePairTokenizer
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE


class BytePairProperties(TokenProperties):
    """The properties of a byte-level BPE vocabulary.

    A token with a letter or digit continues a word if it does not begin with a space and the token before ends in a
    letter or digit. Words are compared by their text, without case. A token with only some bytes of a character (a
    fragment) counts as letters.
    """

    def __init__(self, tokenizer: BytePairTokenizer) -> None:
        self.tokenizer = tokenizer
        # "" for special tokens and fragments.
        self.texts = [_whole_text(characters) for characters in tokenizer.token_bytes]
        is_fragment = [i >= N_SPECIAL and not text for i, text in enumerate(self.texts)]
        self.is_fragment_mask = as_mask(is_fragment)
        bare = [text.removeprefix(" ") for text in self.texts]
        is_alphabetic = [text.isascii() and text.isalpha() for text in bare]  # most tokens; nothing more to find out
        marks = zip(bare, is_alphabetic, is_fragment, strict=True)
        self.is_word = [plain or fragment or any(map(str.isalnum, text)) for text, plain, fragment in marks]
        self.is_sentence_end = [
            not plain and _without_closing_marks(text)[-1:] in SENTENCE_END_MARKS
            for text, plain in zip(bare, is_alphabetic, strict=True)
        ]
        self.is_closing = [text != "" and set(text) <= CLOSING_MARKS for text in bare]
        self.ends_in_closing = [text[-1:] in CLOSING_MARKS for text in bare]
        begins_spaced = [a[:1] == " " or b[:1] == b" " for a, b in zip(self.texts, tokenizer.token_bytes, strict=True)]
        self._ends_word = [
            fragment or text[-1:].isalnum() for text, fragment in zip(self.texts, is_fragment, strict=True)
        ]
        self._begins_spaced = begins_spaced
        self._keys = [
            f"\0{token}" if fragment else text.casefold()
            for token, text, fragment in zip(tokenizer.vocabulary, bare, is_fragment, strict=True)
        ]
        self._set_masks(bare, is_alphabetic)
        # From each key to the tokens that have it, by whether they begin with a space.
        self._tokens_of: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        for token, key in enumerate(self._keys):
            if self.is_word[token]:
                self._tokens_of[begins_spaced[token]].setdefault(key, []).append(token)

    def _set_masks(self, bare: Sequence[str], is_alphabetic: Sequence[bool]) -> None:
        """Set the masks (V,). bare: the texts without a space before them."""
        pairs = list(zip(bare, is_alphabetic, strict=True))
        self.has_digit_mask = as_mask([not plain and any(map(str.isnumeric, text)) for text, plain in pairs])
        self.has_capital_mask = as_mask([has_capital(text) for text in bare])
        self.begins_spaced_mask = as_mask(self._begins_spaced)
        # It begins with a letter or digit, so that what stands before is not the end of a word.
        self.extends_word_mask = as_mask([text[:1].isalnum() for text in self.texts])
        # What is not printed, and white space other than the space before a word, is never generated.
        self.never_generated_mask = as_mask([not text.isprintable() for text in self.texts])
        self.never_generated_mask[:N_SPECIAL] = True
        self.never_generated_mask |= as_mask([len(text) > 1 and text.isspace() for text in self.texts])
        self.never_generated_mask[[SENTENCE, END]] = False
        is_word = as_mask(self.is_word)
        lone_space = {token for token, text in enumerate(self.texts) if text == " "}
        self._begins_word_inside = ~allow(~(is_word & self.begins_spaced_mask), lone_space)
        self._begins_word_after_mark = is_word

    def split_words(self, ids: Sequence[int]) -> list[WordIds]:
        """The words among ids, each as its tokens."""
        words: list[WordIds] = []
        is_inside = False
        for token in ids:
            if self.is_word[token]:
                if is_inside and not self._begins_spaced[token]:
                    words[-1].append(token)
                else:
                    words.append([token])
            is_inside = self._ends_word[token]
        return words

    def keys(self, words: Sequence[WordIds]) -> Sequence[object]:
        """The text of each word, without case and the space before it."""
        return [self._key(word) for word in words]

    def _key(self, word: WordIds) -> str:
        return "".join(self._keys[token] for token in word)

    def readings(self, ids: Sequence[int], words: list[WordIds]) -> list[tuple[list[WordIds], str | None]]:
        """After a mark the next token begins a word, with or without a space; after a letter or digit it begins a word
        with a space, and continues the last word without one."""
        if not ids or not self._ends_word[ids[-1]]:
            return [(words, "")]
        return [(words, None), (words[:-1], self._key(words[-1]))]

    def spellings(self, words: Iterable[WordIds], so_far: str | None) -> set[int]:
        """The tokens that would begin one of the words, spelled as it is or as one token; and those that would complete
        one that has the text so_far."""
        unspaced, spaced = self._tokens_of
        tokens: set[int] = set()
        for word in words:
            key = self._key(word)
            if so_far and key.startswith(so_far):
                tokens.update(unspaced.get(key[len(so_far) :], ()))
            if not so_far:
                for beginning in {key, self._keys[word[0]]}:
                    tokens.update(spaced.get(beginning, ()))
                    tokens.update(unspaced.get(beginning, ()) if so_far == "" else ())
        return tokens

    def n_words(self, ids: Sequence[int]) -> int:
        """How many words begin in a summary."""
        return len(self.split_words(ids))

    def begins_word_mask_after(self, ids: Sequence[int]) -> Tensor:
        """(V,) bool, True: the token would begin a word after ids."""
        is_inside = bool(ids) and self._ends_word[ids[-1]]
        return self._begins_word_inside if is_inside else self._begins_word_after_mark


def has_capital(text: str) -> bool:
    """Whether a text has a capital letter."""
    return not text.islower() and any(c.isupper() or c.istitle() for c in text)


def _whole_text(characters: bytes) -> str:
    """The text that these bytes are; "" if they are none."""
    try:
        return characters.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _without_closing_marks(text: str) -> str:
    return text.rstrip("".join(CLOSING_MARKS))
