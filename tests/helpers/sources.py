"""Documents as the search and the detokenizer see them, and their numbers by a plain regular expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from summarize.decoding.detokenizer import Detokenizer, join_words
from summarize.decoding.number_rule import NumberRule
from summarize.decoding.token_properties import WordPieceProperties
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import SENTENCE

NUMBER = re.compile(r"[^\W_]*\d[^\W_]*(?:[.,:/-][^\W_]*\d[^\W_]*)*")
DASHES = str.maketrans("–—", "--")


def numbers(text: str) -> set[str]:
    """The words with a digit in a text, each with what a mark joins to it: {"2,500", "a380"}."""
    return {number.lower() for number in NUMBER.findall(text.translate(DASHES))}


# Documents full of numbers, for Hypothesis.
PARTS = [
    *("5", "50", "2,500", "3.5bn", "A380", "3rd", "10:30", "2013-05-12", "1999", "14200", "5²", "24/7", "u-19"),
    *("Mayor", "the", "a", "s", "bn", "-", ",", ".", ":", "/", "–", "(", ")", "$", "%", "&", "'", '"', "_", " ☃ "),
]
DOCUMENTS = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", " "])), min_size=3, max_size=12).map(
    lambda parts: "".join(part + space for part, space in parts)
)


@cache
def properties_of(tokenizer: Tokenizer) -> WordPieceProperties:
    """The properties of a tokenizer's tokens, built once."""
    return WordPieceProperties(tokenizer.vocabulary)


@dataclass(frozen=True)
class Source:
    """A document's tokens and its number rule."""

    tokenizer: Tokenizer
    encoding: Encoding
    rule: NumberRule
    properties: WordPieceProperties

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer) -> Source:
        """The source that a whole document makes."""
        encoding = tokenizer.encode(text)
        properties = properties_of(tokenizer)
        rule = NumberRule(properties, encoding.ids, encoding.follows_directly, encoding.has_digit)
        return cls(tokenizer, encoding, rule, properties)

    @property
    def detokenizer(self) -> Detokenizer:
        """The detokenizer of summaries of this source."""
        return Detokenizer(self.encoding, self.tokenizer.vocabulary, self.rule)

    def positions(self, token: int) -> list[int]:
        """The positions of a token."""
        return [i for i, other in enumerate(self.encoding.ids) if other == token]

    def text(self, ids: Sequence[int], origins: Sequence[int | None]) -> str:
        """The text of a summary, a sentence a line."""
        return "\n".join(join_words(words) for words in self.detokenizer.detokenize(ids, origins))

    def ids(self, summary: str) -> tuple[list[int], list[int | None]]:
        """Tokens and origins of a summary in which ‹…› is copied from the document and ¶ ends a sentence."""
        ids: list[int] = []
        origins: list[int | None] = []
        for part in re.findall(r"‹[^›]*›|¶|[^‹¶]+", summary):
            if part == "¶":
                ids.append(SENTENCE)
                origins.append(None)
            elif part.startswith("‹"):
                start = self.encoding.text.index(part[1:-1])
                end = start + len(part) - 2
                copied = [i for i, (a, b) in enumerate(self.encoding.spans) if start <= a and b <= end]
                ids += [self.encoding.ids[i] for i in copied]
                origins += copied
            else:
                generated = self.tokenizer.encode(part).ids
                ids += generated
                origins += [None] * len(generated)
        return ids, origins
