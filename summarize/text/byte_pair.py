"""Byte-level BPE: any text as tokens of its UTF-8 bytes, and back, character for character (Radford et al. 2019)."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

import tokenizers

from summarize.errors import CheckpointError
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import N_SPECIAL


@dataclass(frozen=True)
class Spelling:
    """Whole characters, and the fewest tokens of a sequence that spell them: mostly one, several where each has only
    some bytes of a character. start: the position of the first token in the sequence."""

    ids: tuple[int, ...]
    text: str
    start: int


class BytePairTokenizer(Tokenizer):
    """A cased byte-level BPE tokenizer, for which no text is unknown. vocabulary: the tokens, by id.

    A token that begins with a space ("Ġpaid") has the span of its other characters; a token of white space alone has
    that of the white space. A character of several tokens is the span of each of them.
    """

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        """Raises CheckpointError if the vocabulary is not a byte-level one: if it lacks any byte."""
        super().__init__(backend)
        value = {symbol: byte for byte, symbol in enumerate(byte_symbols())}
        text_tokens = self.vocabulary[N_SPECIAL:]
        if not value.keys() <= set(text_tokens) or not value.keys() >= set("".join(text_tokens)):
            raise CheckpointError("the vocabulary is not one of byte-level BPE")
        # The bytes of each token; of the special ones none.
        self.token_bytes: list[bytes] = [b""] * N_SPECIAL + [bytes(value[c] for c in token) for token in text_tokens]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of any tokens, without the special ones and without incomplete characters."""
        return "".join(spelling.text for spelling in self.spellings(ids))

    def spellings(self, ids: Sequence[int]) -> list[Spelling]:
        """The characters of a sequence in order, with their tokens. Special tokens and incomplete characters are left
        out."""
        spellings: list[Spelling] = []
        pending: list[int] = []  # tokens of a character that is not complete
        for i, token in enumerate(ids):
            if token < N_SPECIAL:
                pending = []
                continue
            pending.append(token)
            text = self._whole_text(pending)
            if text is None and len(pending) > 1 and not self._may_be_completed(pending):
                pending = [token]
                text = self._whole_text(pending)
            if text is not None:
                spellings.append(Spelling(tuple(pending), text, i + 1 - len(pending)))
                pending = []
        return spellings

    def words(self, encoding: Encoding) -> tuple[list[tuple[int, int]], list[int]]:
        """The words and marks of a text as spans of its characters, and for each token the index of its word.

        White space belongs to the word after it, at the end of the text to the last word. In a text of white space
        alone no token has a word.
        """
        text, spans = encoding.text, list[tuple[int, int]]()
        word_of_token: list[int] = []
        for start, end in encoding.spans:
            if not text[start:end].strip():
                word_of_token.append(len(spans))
                continue
            last_start, last_end = spans[-1] if spans else (-1, -1)
            continues_word = start == last_end and text[start].isalnum() and text[start - 1].isalnum()
            if continues_word or start < last_end:  # the same character, or a token that ends inside one
                spans[-1] = (last_start, end)
            else:
                spans.append((start, end))
            word_of_token.append(len(spans) - 1)
        return spans, [min(word, len(spans) - 1) for word in word_of_token] if spans else []

    def _whole_text(self, ids: Sequence[int]) -> str | None:
        """The text of tokens; None if it has an incomplete character."""
        try:
            return b"".join(self.token_bytes[i] for i in ids).decode("utf-8")
        except UnicodeDecodeError:
            return None

    def _may_be_completed(self, ids: Sequence[int]) -> bool:
        """Whether tokens are text except that they end inside a character."""
        try:
            codecs.getincrementaldecoder("utf-8")().decode(b"".join(self.token_bytes[i] for i in ids))
        except UnicodeDecodeError:
            return False
        return True

    def _spans(self, text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(start + (text[start] == " " and end > start + 1), end) for start, end in offsets]


def byte_symbols() -> str:
    """The printable character that stands for each of the 256 bytes in tokens: "Ġ" for a space."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return "".join(chr(byte if byte in printable else next(others)) for byte in range(256))
