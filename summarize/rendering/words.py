"""A record's words as all formats that explain show them: copied or written, and what the document does not contain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from summarize.grounding.explanation import Claim, ClaimKind, Span
from summarize.rendering.records import Record


@dataclass(frozen=True)
class ShownWord:
    """A word of a sentence. space: what parts it from the word before; number: counted over all sentences."""

    text: str
    space: str
    copied: float
    span: Span | None
    number: int
    unsupported: ClaimKind | None
    is_mark: bool  # punctuation, of which nobody asks where it came from

    @property
    def is_copied(self) -> bool:
        """Whether the word stands in the document where span says."""
        return self.span is not None

    @property
    def is_claim(self) -> bool:
        """Whether a reader would take it for a fact, and the document does not support it."""
        return self.unsupported not in (None, "word")


def shown_words(record: Record) -> Iterator[list[ShownWord]]:
    """The words of each sentence of a summary."""
    kinds: dict[tuple[int, int], ClaimKind] = {}
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


def _shown(word: dict[str, Any], space: str, number: int, kind: ClaimKind | None) -> ShownWord:
    is_mark = not any(c.isalnum() for c in word["text"])
    return ShownWord(word["text"], space, word["copied"], word["span"], number, kind, is_mark)


def claims(record: Record, sentence: int | None = None) -> list[Claim]:
    """What the document of a record does not support, in the whole summary or in one sentence."""
    if record.explanation is None:
        return []
    return [c for c in record.explanation.claims if sentence is None or c.sentence == sentence]


def doubts(record: Record, sentence: int, shown: Callable[[str], str]) -> list[tuple[str, str]]:
    """What is not supported in a sentence, as a line each: what is wrong, and with what, as `shown` writes it."""
    found = claims(record, sentence)
    foreign = [f"{shown(claim.text)} ({claim.kind})" for claim in found if claim.kind != "speaker"]
    speakers = [shown(claim.text) for claim in found if claim.kind == "speaker"]
    lines = [("not in the document", foreign), ("said or done by another, it seems, than", speakers)]
    return [(what, ", ".join(of)) for what, of in lines if of]
