"""Where a summary's words came from, as plain data: passages, attention, and what the document does not support.

No tensors: `provenance` takes the figures from the model, `rendering` shows them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from summarize.grounding.claims import CLAIMS, Kind, unsupported
from summarize.text.conversation import Conversation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Span = tuple[int, int]  # characters [start, end)
ClaimKind = Kind | Literal["speaker"]
Attention = tuple[tuple[int, int, float], ...]  # start and end of a source word, share of 1; the largest first

MOST_PASSAGES = 3  # of one summary sentence
LEAST_SHARE = 0.15  # of a sentence's copied words, for a passage to be named


class WordLike(Protocol):
    """A summary's word as this module needs it."""

    @property
    def text(self) -> str:
        """As it is written."""

    @property
    def span(self) -> Span | None:
        """Where in the document it was copied from."""

    @property
    def space_before(self) -> bool:
        """Whether a space parts it from the word before."""


@dataclass(frozen=True)
class SourceSentence:
    """A sentence of the document, document[start:end], from which a summary sentence took words.

    line: that of its first character, from 1; share: of the summary sentence's copied words, how many are from here.
    """

    start: int
    end: int
    line: int
    share: float


@dataclass(frozen=True)
class Claim:
    """What the document does not support: words[first:last] of a sentence of its summary. A number, name or word that
    it does not contain; or a speaker of whom the sentence has what another says or does."""

    text: str
    kind: ClaimKind
    sentence: int
    first: int
    last: int


@dataclass(frozen=True)
class Head:
    """One attention that can be looked at: the pointer's or a layer's, of one head or of all on average."""

    layer: int | None  # from 1; None: the pointer
    head: int | None  # from 1; None: the mean


@dataclass(frozen=True, eq=False)
class Explanation:
    """All there is to show of one summary. W: the summary's words over all sentences; k: source words kept for each.

    A weight is the share of a head's attention, in 255ths; what is missing to 1 went to words not kept, to the marks
    around the source and, in the layers of the stack, to the summary itself.
    """

    document: str
    source: tuple[Span, ...]  # the words that the model read, in order; none overlaps another
    passages: tuple[tuple[SourceSentence, ...], ...]  # for each sentence
    claims: tuple[Claim, ...]
    p_gen: tuple[float, ...]  # (W)
    heads: tuple[Head, ...]
    index: NDArray[np.uint32]  # (heads, W, k): which source words, most attended first
    weight: NDArray[np.uint8]  # (heads, W, k)

    def attention(self, head: Head, word: int) -> Attention:
        """What a head attended to when it wrote the summary's word of this number, counted over all sentences."""
        h = self.heads.index(head)
        return tuple(
            (*self.source[i], int(w) / 255) for i, w in zip(self.index[h, word], self.weight[h, word], strict=True) if w
        )


def find_claims(
    document: str, sentences: Sequence[Sequence[WordLike]], kinds: Sequence[ClaimKind] = CLAIMS
) -> tuple[Claim, ...]:
    """What of these kinds a summary has and its document does not support, in the summary's order.

    A name or word that was copied is in the document, however it is read there; a number can be put together wrongly
    from parts that were copied. Of speakers, the words' spans must be places of this document.
    """
    text, places = _lay_out(sentences)
    found = []
    for each in unsupported(document, text, [kind for kind in kinds if kind != "speaker"]):
        covered = [place for place, (start, end) in places.items() if start < each.end and each.start < end]
        sentence, first = covered[0]
        copied = all(sentences[s][w].span is not None for s, w in covered)
        if not (copied and each.kind != "number"):
            last = max(w for s, w in covered if s == sentence)
            found.append(Claim(each.text, each.kind, sentence, first, last + 1))
    if "speaker" in kinds:
        found += _mixed_up(document, sentences)
    return tuple(sorted(found, key=lambda claim: (claim.sentence, claim.first)))


def _mixed_up(document: str, sentences: Sequence[Sequence[WordLike]]) -> Iterator[Claim]:
    """The speakers that a sentence begins with and is not about."""
    conversation = Conversation(document)
    for i, words in enumerate(sentences):
        if n := conversation.mixed_up(words):
            yield Claim("".join(" " * word.space_before + word.text for word in words[:n]).strip(), "speaker", i, 0, n)


def _lay_out(sentences: Sequence[Sequence[WordLike]]) -> tuple[str, dict[tuple[int, int], Span]]:
    """The summary a sentence a line, and where each (sentence, word) stands in it."""
    parts: list[str] = []
    places: dict[tuple[int, int], Span] = {}
    at = 0
    for s, words in enumerate(sentences):
        for w, word in enumerate(words):
            before = " " if word.space_before else ""
            places[s, w] = (at + len(before), at + len(before) + len(word.text))
            parts.append(before + word.text)
            at += len(parts[-1])
        parts.append("\n")
        at += 1
    return "".join(parts), places


def find_passages(document: str, spans: Sequence[Span], words: Sequence[WordLike]) -> tuple[SourceSentence, ...]:
    """The sentences of the document (spans, in order) that most of a summary sentence's words were copied from."""
    counts: Counter[Span] = Counter()
    starts = [start for start, _ in spans]
    for word in words:
        if word.span is not None and any(c.isalnum() for c in word.text):
            i = bisect_right(starts, word.span[0]) - 1
            if i >= 0 and word.span[0] < spans[i][1]:
                counts[spans[i]] += 1
    total = counts.total()
    named = [span for span, n in counts.most_common(MOST_PASSAGES) if n >= LEAST_SHARE * total]
    return tuple(
        SourceSentence(*span, document.count("\n", 0, span[0]) + 1, counts[span] / total) for span in sorted(named)
    )
