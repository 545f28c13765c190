"""A record's words as all formats that explain show them: copied or written, and what the document does not contain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from summarize.explanation import Claim, Span
from summarize.rendering.records import Record
from summarize.support import CLAIMS, Kind


@dataclass(frozen=True)
class ShownWord:
    """A word of a sentence. space: what parts it from the word before; number: counted over all sentences."""

    text: str
    space: str
    copied: float
    span: Span | None
    number: int
    unsupported: Kind | None
    is_mark: bool  # punctuation, of which nobody asks where it came from

    @property
    def is_copied(self) -> bool:
        """Whether the word stands in the document where span says."""
        return self.span is not None

    @property
    def is_claim(self) -> bool:
        """Whether it is a number or name that the document does not contain."""
        return self.unsupported in CLAIMS


def shown_words(record: Record) -> Iterator[list[ShownWord]]:
    """The words of each sentence of a summary."""
    kinds: dict[tuple[int, int], Kind] = {}
    for claim in claims(record):
        kinds |= {(claim.sentence, w): claim.kind for w in range(claim.first, claim.last)}
    number = 0
    for s, sentence in enumerate(record.sentences):
        words, at = [], 0
        for w, word in enumerate(sentence["words"]):
            start = sentence["text"].index(word["text"], at)
            words.append(_shown(word, sentence["text"][at:start], number, kinds.get((s, w))))
            at, number = start + len(word["text"]), number + 1
        yield words


def _shown(word: dict[str, Any], space: str, number: int, kind: Kind | None) -> ShownWord:
    is_mark = not any(c.isalnum() for c in word["text"])
    return ShownWord(word["text"], space, word["copied"], word["span"], number, kind, is_mark)


def claims(record: Record, sentence: int | None = None) -> list[Claim]:
    """What the document of a record does not contain, in the whole summary or in one sentence."""
    if record.explanation is None:
        return []
    return [c for c in record.explanation.claims if sentence is None or c.sentence == sentence]
