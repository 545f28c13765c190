"""Documents as the search and the surface see them, and what a plain regular expression calls their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from summarize.decoding.constraints import NumberRule, TokenProperties
from summarize.decoding.detokenizer import Detokenizer, join
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.text.vocabulary import SENTENCE

NUMBER = re.compile(r"[^\W_]*\d[^\W_]*(?:[.,:/-][^\W_]*\d[^\W_]*)*")
DASHES = str.maketrans("–—", "--")


def numbers(text: str) -> set[str]:
    """Every word with a digit in a text, with what is joined to it by a mark: {"2,500", "a380"}."""
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
def properties_of(tokenizer: Tokenizer) -> TokenProperties:
    """What a tokenizer's tokens are; made once."""
    return TokenProperties(tokenizer.vocabulary)


@dataclass(frozen=True)
class Source:
    """A document's tokens and its numbers."""

    tokenizer: Tokenizer
    encoding: Encoding
    rule: NumberRule
    properties: TokenProperties

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer) -> Source:
        """Read a whole document."""
        encoding = tokenizer.encode(text)
        properties = properties_of(tokenizer)
        return cls(
            tokenizer, encoding, NumberRule(properties, encoding.ids, encoding.joined, encoding.numeric), properties
        )

    @property
    def surface(self) -> Detokenizer:
        """What turns tokens into words."""
        return Detokenizer(self.encoding, self.tokenizer.vocabulary, self.rule)

    def positions(self, token: int) -> list[int]:
        """Where a token stands in the document."""
        return [i for i, other in enumerate(self.encoding.ids) if other == token]

    def text(self, ids: Sequence[int], origins: Sequence[int | None]) -> str:
        """A summary, a sentence a line."""
        return "\n".join(join(words) for words in self.surface.sentences(ids, origins))

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
                written = self.tokenizer.encode(part).ids
                ids += written
                origins += [None] * len(written)
        return ids, origins
