"""A summary as data: sentences, their words, and where in the document each word was copied from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from summarize.grounding.explanation import Attention, Explanation


@dataclass(frozen=True)
class SummaryWord:
    """One word (or punctuation mark) of a summary, and its source.

    copied: the share (0 to 1) of its probability that came from copying. span: the characters of the document that it
    was copied from, or None; document[start:end] is the word, except for a capital at the start of a sentence.
    p_gen, attention: only of an explained summary; attention lists the source words that the pointer attended to, the
    largest share first: (start, end, share). A verbatim sentence has neither.
    """

    text: str
    copied: float
    span: tuple[int, int] | None
    space_before: bool
    p_gen: float | None = None
    attention: Attention = ()


def join_words(words: Sequence[SummaryWord]) -> str:
    """Words as text."""
    return "".join(" " * word.space_before + word.text for word in words)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a summary. section: in an outline, the title of the section that it summarises."""

    text: str
    words: tuple[SummaryWord, ...]
    section: str | None = None


@dataclass(frozen=True)
class Summary:
    """The summary of one document.

    score: the mean log-probability per token of what was generated, as the search ranks it; of verbatim sentences their
    mean salience logit. words: how many the document has; selected_words: how many of them the network read.
    explanation: if it was asked for. style: the style's name, if the summary is in one. language: the name of the
    text's language, if the model does not read it and the sentences were selected without it. scored: whether the
    network read sentences that were selected by salience, because the document was longer than its window.
    """

    sentences: tuple[Sentence, ...]
    score: float
    words: int
    selected_words: int
    explanation: Explanation | None = field(default=None, compare=False)
    style: str | None = None
    language: str | None = None
    scored: bool = False

    @property
    def text(self) -> str:
        """The whole summary as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences)

    def __str__(self) -> str:
        return self.text
