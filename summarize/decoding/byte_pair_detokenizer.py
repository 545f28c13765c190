"""Byte-level tokens with their copy positions back to words: the tokens' own text, and where each word was copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from summarize.decoding.detokenizer import Word
from summarize.text.byte_pair import BytePairTokenizer, Spelling
from summarize.text.tokenizer import Encoding, word_spans
from summarize.text.vocabulary import SENTENCE

Span = tuple[int, int]


@dataclass(frozen=True)
class _Character:
    """A character of a summary, the [start, end) of its tokens, and its index in the source's text if it was copied."""

    text: str
    token_span: Span
    source_index: int | None


class BytePairDetokenizer:
    """Turns summaries of one source into words. Case and spacing are those of the tokens."""

    def __init__(self, source: Encoding, tokenizer: BytePairTokenizer) -> None:
        self._source, self._tokenizer = source, tokenizer

    def detokenize(self, ids: Sequence[int], origins: Sequence[int | None]) -> list[list[Word]]:
        """The words of each sentence of a summary. origins[i]: the source position that token ids[i] was copied from,
        or None. Incomplete and unprintable characters are left out."""
        ends = [i for i, token in enumerate(ids) if token == SENTENCE]
        starts = [0, *(end + 1 for end in ends)]
        sentences = [self._words(ids, origins, span) for span in zip(starts, [*ends, len(ids)], strict=True)]
        return [words for words in sentences if words]

    def _words(self, ids: Sequence[int], origins: Sequence[int | None], span: Span) -> list[Word]:
        """The words of the sentence ids[start:end]; marks are words of their own."""
        start, end = span
        characters = [
            character
            for spelling in self._tokenizer.spellings(ids[start:end])
            for character in self._characters(spelling, start, origins)
        ]
        text = "".join(character.text for character in characters)
        words: list[Word] = []
        for a, b in word_spans(text):
            tokens = characters[a].token_span[0], characters[b - 1].token_span[1]
            words.append(Word(text[a:b], tokens, _source_span(characters[a:b]), bool(words) and text[a - 1] == " "))
        return words

    def _characters(self, spelling: Spelling, offset: int, origins: Sequence[int | None]) -> list[_Character]:
        """The printable characters of a spelling; offset: of the sentence in the summary. White space is a space."""
        tokens = offset + spelling.start, offset + spelling.start + len(spelling.ids)
        first = self._source_start(spelling.text, origins[slice(*tokens)])
        pairs = enumerate(" " if c.isspace() else c for c in spelling.text)
        return [_Character(c, tokens, None if first is None else first + i) for i, c in pairs if c.isprintable()]

    def _source_start(self, text: str, origins: Sequence[int | None]) -> int | None:
        """The index in the source's text of the first character of tokens; None if they were not copied from there.

        A space before the first has the index before it, whatever stands there.
        """
        first = origins[0]
        if first is None or list(origins) != list(range(first, first + len(origins))):
            return None
        start, end = self._source.spans[first][0], self._source.spans[first + len(origins) - 1][1]
        bare = text.removeprefix(" ") or text
        return start - (len(text) - len(bare)) if self._source.text[start:end] == bare else None


def _source_span(characters: Sequence[_Character]) -> Span | None:
    """The [start, end) in the source of characters that were copied from one place, one after the other."""
    first = characters[0].source_index
    if first is None or any(c.source_index != i for i, c in enumerate(characters, first)):
        return None
    return first, first + len(characters)
