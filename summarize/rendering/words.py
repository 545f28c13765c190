"""The words and claims of a record, as all formats with explanations show them: copied, generated or unsupported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from summarize.grounding.explanation import Claim, ClaimKind, Span
from summarize.rendering.records import Record


@dataclass(frozen=True)
class ShownWord:
    """A word of a sentence.

    space_before: what separates it from the word before; copied_share: the part of its probability that copying gave;
    span: where in the document it was copied from; index: counted over all sentences; claim_kind: if unsupported.
    """

    text: str
    space_before: str
    copied_share: float
    span: Span | None
    index: int
    claim_kind: ClaimKind | None
    is_punctuation: bool

    @property
    def is_copied(self) -> bool:
        """Whether the word was copied from the document."""
        return self.span is not None

    @property
    def is_unsupported_fact(self) -> bool:
        """Whether a reader would take the word for a fact, and the document does not support it."""
        return self.claim_kind not in (None, "word")


def shown_words(record: Record) -> Iterator[list[ShownWord]]:
    """The words of each sentence of a summary."""
    kinds: dict[tuple[int, int], ClaimKind] = {}
    for claim in claims_of(record):
        kinds |= {(claim.sentence, w): claim.kind for w in range(claim.first, claim.last)}
    index = 0
    for s, sentence in enumerate(record.sentences):
        words, at = [], 0
        for w, word in enumerate(sentence["words"]):
            start = sentence["text"].index(word["text"], at)
            words.append(_shown_word(word, sentence["text"][at:start], index, kinds.get((s, w))))
            at, index = start + len(word["text"]), index + 1
        yield words


def _shown_word(word: dict[str, Any], space_before: str, index: int, claim_kind: ClaimKind | None) -> ShownWord:
    is_punctuation = not any(c.isalnum() for c in word["text"])
    return ShownWord(word["text"], space_before, word["copied"], word["span"], index, claim_kind, is_punctuation)


def claims_of(record: Record, sentence: int | None = None) -> list[Claim]:
    """The unsupported claims of a record: all, or those of one sentence."""
    if record.explanation is None:
        return []
    return [c for c in record.explanation.claims if sentence is None or c.sentence == sentence]


def claim_lines(record: Record, sentence: int, escape: Callable[[str], str]) -> list[tuple[str, str]]:
    """The unsupported claims of a sentence as lines: (what is wrong, the claims). escape: makes text safe to show."""
    claims = claims_of(record, sentence)
    not_in_document = [f"{escape(claim.text)} ({claim.kind})" for claim in claims if claim.kind != "speaker"]
    speakers = [escape(claim.text) for claim in claims if claim.kind == "speaker"]
    lines = [
        ("not in the document", not_in_document),
        ("perhaps said or done by someone other than", speakers),
    ]
    return [(label, ", ".join(texts)) for label, texts in lines if texts]
