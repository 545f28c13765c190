"""A summary of the document's own sentences: those that are expected to be most like a summary of it, in order."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarize.pipeline.encoder import DocumentEncoder, SegmentedDocument, SentenceRange
from summarize.pipeline.generator import Generated
from summarize.pipeline.plan import Part
from summarize.pipeline.summary import Sentence, SummaryWord, joined
from summarize.selection.expected_rouge import ExpectedRouge, probabilities
from summarize.text.lengths import Limits
from summarize.text.tokenizer import word_spans

USUAL = Limits(0, 0)  # where nothing else is asked for: as many sentences as help
# Sentences, beyond those that are asked for, that a summary may tell of: each of the many others hardly ever is, and
# all of them together would make what is expected too long. Of these, so many may be chosen. (See models/LOG.md.)
LIKELY, POOL = 12, 10
SHORTEST = 4  # words: a shorter sentence tells something only where there is no other
USUAL_WORDS = 22  # of a sentence


@dataclass(frozen=True)
class Candidates:
    """Sentences that a summary may tell of, the likeliest first: their numbers in the document and texts (n,), how
    probable it is that each is told (n,), and the places among these of those that may be told as they stand."""

    numbers: list[int]
    texts: list[str]
    probabilities: np.ndarray
    pool: list[int]

    def as_they_stand(self) -> list[tuple[int, str]]:
        """What may be told in the document's own words, for an ExpectedRouge."""
        return [(i, self.texts[i]) for i in self.pool]


def likely(stretch: SentenceRange, odds: np.ndarray, limits: Limits) -> Candidates:
    """What may be told of a stretch of a document within limits; odds (n,): of each of its sentences being worth
    telling."""
    document, numbers = stretch.document, np.arange(stretch.first, stretch.last)
    asked, wanted = sentences_asked(limits), limits.sentences or 1
    order, tells = telling_first(document, numbers, odds)
    words = document.words[numbers[order]]
    fits = (words > 0) & (words <= (np.inf if limits.words is None else limits.words))
    size = min(max(wanted, int((tells & fits).sum())), POOL + int(asked or 0))
    pool = np.flatnonzero(fits)[:size]
    tell = np.flatnonzero(words)[: LIKELY + int(asked or 0)]
    kept = np.array(sorted({*tell.tolist(), *pool.tolist()}), np.int64)  # np.union1d would import numpy.ma
    chosen = numbers[order[kept]].tolist()
    texts = [document.of(i) for i in chosen]
    return Candidates(chosen, texts, probabilities(odds[order[kept]], asked), np.searchsorted(kept, pool).tolist())


class Extractor:
    """Makes summaries of what a DocumentEncoder reads in the document's own sentences, as a Generator does in the model's."""

    def __init__(self, reader: DocumentEncoder) -> None:
        """Of a reader whose model has salience."""
        self.reader = reader

    def write(self, parts: Sequence[Part], explain: bool = False) -> list[Generated]:
        """A summary of each part, within its limits; nothing is attended to that could be explained."""
        return [_written(part, odds) for part, odds in zip(parts, self.reader.worth(parts), strict=True)]


def _written(part: Part, odds: np.ndarray | None) -> Generated:
    assert odds is not None
    chosen = extract(part, odds, part.limits)
    sentences = tuple(sentence for sentence in extracted(part.document, chosen) if sentence.words)
    score = float(odds[[i - part.first for i in chosen]].mean()) if chosen else 0.0
    return Generated(sentences, score, part.words)


def extract(stretch: SentenceRange, odds: np.ndarray, limits: Limits) -> list[int]:
    """The numbers of the best sentences of a stretch within limits (so many sentences, words at most), in order.

    odds (n,): of each of its sentences being worth telling. Of all sets of them that is chosen which is expected to be
    most like a summary, of as many as are asked for or as help.
    """
    found = likely(stretch, odds, limits)
    if not found.pool:
        return []
    most = np.inf if limits.words is None else limits.words
    chosen = ExpectedRouge(found.texts, found.probabilities, found.as_they_stand()).choose(limits.sentences, most)
    return sorted(found.numbers[found.pool[c]] for c in chosen)


def telling_first(
    sentences: SegmentedDocument, numbers: np.ndarray, odds: np.ndarray
) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """Which of these sentences (n,) tell most: their places, and of each in that order whether it tells anything by
    itself. Headings, a few words and what announces something else do not, and come last."""
    tells = np.array([_tells(sentences, int(i)) for i in numbers], dtype=bool)
    order = np.lexsort((-odds, ~tells))
    return order, tells[order]


def _tells(sentences: SegmentedDocument, i: int) -> bool:
    return bool(sentences.words[i] >= SHORTEST) and i not in sentences.headings and not sentences.of(i).endswith(":")


def sentences_asked(limits: Limits) -> float | None:
    """About how many sentences limits ask for; None where they leave it open."""
    return limits.sentences or (limits.words and max(1.0, limits.words / USUAL_WORDS))


def extracted(sentences: SegmentedDocument, chosen: Sequence[int]) -> tuple[Sentence, ...]:
    """The chosen sentences as a summary's, every word copied from its place."""
    return tuple(_as_sentence(sentences, i) for i in chosen)


def _as_sentence(sentences: SegmentedDocument, i: int) -> Sentence:
    """A sentence as it stands, but for control characters and the kind of space between its words."""
    words: list[SummaryWord] = []
    text, offset, at = sentences.of(i), int(sentences.spans[i][0]), 0
    for start, end in word_spans(text):
        word = "".join(c for c in text[start:end] if unicodedata.category(c) != "Cc")
        if word:
            span = (offset + start, offset + end)
            words.append(SummaryWord(word, 1.0, span, bool(words) and any(map(str.isspace, text[at:start]))))
            at = end
    return Sentence(joined(words), tuple(words))
