"""Where the words of a summary came from, as plain data: passages, attention, and claims the document does not support.

No tensors: `pipeline.attribution` takes the figures from the model, `rendering` shows them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from summarize.grounding.claims import FACT_KINDS, TextClaimKind, find_unsupported
from summarize.text.conversation import Conversation
from summarize.text.conversation import WordLike as AttributedWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Span = tuple[int, int]  # characters [start, end)
ClaimKind = TextClaimKind | Literal["speaker"]
Attention = tuple[tuple[int, int, float], ...]  # start and end of a source word, share of 1; the largest share first

MAX_PASSAGES = 3  # of one summary sentence
MIN_SHARE = 0.15  # of a summary sentence's copied words, for a passage to be listed


class WordLike(AttributedWord, Protocol):
    """A word of a summary, as far as this module reads it: its text, its source span, and the space before it."""

    @property
    def space_before(self) -> bool:
        """Whether a space separates it from the word before."""


@dataclass(frozen=True)
class SourceSentence:
    """A sentence of the document, document[start:end], that words of a summary sentence were copied from.

    line: that of its first character, from 1; share: the part of the summary sentence's copied words that it gave.
    """

    start: int
    end: int
    line: int
    share: float


@dataclass(frozen=True)
class Claim:
    """A claim that the document does not support: words[first:last] of a sentence of its summary.

    It is a number, name or word that the document does not contain, or the name of a misattributed speaker.
    """

    text: str
    kind: ClaimKind
    sentence: int
    first: int
    last: int


@dataclass(frozen=True)
class Head:
    """An attention head: one of the pointer's or of a layer's, or the mean of them all."""

    layer: int | None  # from 1; None: the pointer
    head: int | None  # from 1; None: the mean


@dataclass(frozen=True, eq=False)
class Explanation:
    """Attribution of one summary. W: its words, over all sentences; k: source words kept for each word and head.

    A weight is a share of a head's attention, in 255ths. The weights of a word need not add up to 255: the rest went
    to words not kept, to the tokens around the source and, in the layers of the stack, to the summary itself.
    """

    document: str
    source_words: tuple[Span, ...]  # the words that were encoded, in order; none overlaps another
    passages: tuple[tuple[SourceSentence, ...], ...]  # of each sentence
    claims: tuple[Claim, ...]
    p_gen: tuple[float, ...]  # (W)
    heads: tuple[Head, ...]
    index: NDArray[np.uint32]  # (heads, W, k): into source_words, most attended first
    weight: NDArray[np.uint8]  # (heads, W, k)

    def attention(self, head: Head, word: int) -> Attention:
        """What a head attended to when a word was generated. word: its number, counted over all sentences."""
        h = self.heads.index(head)
        return tuple(
            (*self.source_words[i], int(w) / 255)
            for i, w in zip(self.index[h, word], self.weight[h, word], strict=True)
            if w
        )


def find_claims(
    document: str, sentences: Sequence[Sequence[WordLike]], kinds: Sequence[ClaimKind] = FACT_KINDS
) -> tuple[Claim, ...]:
    """The claims of these kinds in a summary that its document does not support, in the summary's order.

    A copied name or word is supported, however the document's text is cut into words. A number is not supported by
    being copied: it may be composed of copied parts. For "speaker", the words' spans must be spans of this document.
    """
    text, word_spans = _as_lines(sentences)
    claims = []
    for claim in find_unsupported(document, text, [kind for kind in kinds if kind != "speaker"]):
        covered = [at for at, (start, end) in word_spans.items() if start < claim.end and claim.start < end]
        sentence, first = covered[0]
        is_copied = all(sentences[s][w].span is not None for s, w in covered)
        if claim.kind == "number" or not is_copied:
            last = max(w for s, w in covered if s == sentence)
            claims.append(Claim(claim.text, claim.kind, sentence, first, last + 1))
    if "speaker" in kinds:
        claims += _misattributed_speakers(document, sentences)
    return tuple(sorted(claims, key=lambda claim: (claim.sentence, claim.first)))


def _misattributed_speakers(document: str, sentences: Sequence[Sequence[WordLike]]) -> Iterator[Claim]:
    """The speakers that open a sentence whose words were copied from what another says or does."""
    conversation = Conversation(document)
    for i, words in enumerate(sentences):
        if n := conversation.count_misattributed_words(words):
            yield Claim("".join(" " * word.space_before + word.text for word in words[:n]).strip(), "speaker", i, 0, n)


def _as_lines(sentences: Sequence[Sequence[WordLike]]) -> tuple[str, dict[tuple[int, int], Span]]:
    """The summary as text, one sentence per line; and the span in it of each (sentence, word)."""
    parts: list[str] = []
    spans: dict[tuple[int, int], Span] = {}
    at = 0
    for s, words in enumerate(sentences):
        for w, word in enumerate(words):
            space = " " if word.space_before else ""
            spans[s, w] = (at + len(space), at + len(space) + len(word.text))
            parts.append(space + word.text)
            at += len(parts[-1])
        parts.append("\n")
        at += 1
    return "".join(parts), spans


def find_passages(
    document: str, sentence_spans: Sequence[Span], words: Sequence[WordLike]
) -> tuple[SourceSentence, ...]:
    """The sentences of the document that most of a summary sentence's words were copied from, in document order.

    sentence_spans: all sentences of the document, in order.
    """
    counts: Counter[Span] = Counter()
    starts = [start for start, _ in sentence_spans]
    for word in words:
        if word.span is not None and any(c.isalnum() for c in word.text):
            i = bisect_right(starts, word.span[0]) - 1
            if i >= 0 and word.span[0] < sentence_spans[i][1]:
                counts[sentence_spans[i]] += 1
    total = counts.total()
    passages = [span for span, n in counts.most_common(MAX_PASSAGES) if n >= MIN_SHARE * total]
    return tuple(
        SourceSentence(*span, document.count("\n", 0, span[0]) + 1, counts[span] / total) for span in sorted(passages)
    )
