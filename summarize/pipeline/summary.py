"""What a summarizer says of a document, as data: sentences, their words, and where each word came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from summarize.grounding.explanation import Attention, Explanation


@dataclass(frozen=True)
class SummaryWord:
    """One word (or mark) of a summary and where it came from.

    copied: the share (0–1) of its probability that came from copying; span: the characters of the document that it
    was copied from, or None. document[start:end] is the word, but for a capital that opens a sentence.
    Of an explained summary also p_gen, and what the pointer attended to, the most attended source words first:
    (start, end, share of 1). An extracted sentence has neither.
    """

    text: str
    copied: float
    span: tuple[int, int] | None
    space_before: bool
    p_gen: float | None = None
    attention: Attention = ()


def joined(words: Sequence[SummaryWord]) -> str:
    """Words as text."""
    return "".join(" " * word.space_before + word.text for word in words)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a summary: its text, its words, and, in an outline, the section of the document it is about."""

    text: str
    words: tuple[SummaryWord, ...]
    section: str | None = None


@dataclass(frozen=True)
class Summary:
    """What the summarizer says of one document."""

    sentences: tuple[Sentence, ...]
    # Mean log-probability per token of what was written, as the search ranked it; of extracted sentences their mean
    # log-odds.
    score: float
    words: int  # of the document
    selected_words: int  # of those, how many the model read closely
    explanation: Explanation | None = field(default=None, compare=False)  # where it was asked for
    style: str | None = None  # that it is in, asked for or chosen by the document's looks
    scored: bool = False  # whether what was read was chosen, by its worth, from more than could be read at once

    @property
    def text(self) -> str:
        """The whole summary as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)

    def __str__(self) -> str:
        return self.text
