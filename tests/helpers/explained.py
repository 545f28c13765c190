"""Records with an explanation made by hand, without a model, for the tests of formats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from summarize.grounding.explanation import Explanation, Head, find_claims, find_passages
from summarize.rendering import Record
from summarize.text.sentences import sentence_spans

N_KEPT = 3  # source words of each head for each word
HEADS = (
    Head(None, None), Head(None, 1), Head(None, 2),
    Head(1, None), Head(1, 1), Head(1, 2),
    Head(2, None), Head(2, 1), Head(2, 2),
)  # fmt: skip

DOCUMENT = """The bridge at Carrow Point will close for eleven weeks, the council said.

It opened in 1927 and is crossed by 14,200 vehicles a day. Helen Farrow told a
meeting that the rollers are original.

What is further down was not read."""
SUMMARY = ["The bridge at Brooklyn opened in 1927.", "Farrow says 15,300 vehicles cross it a day."]

_WORD = re.compile(r"\d[\d,.]*\d|\w+|[^\w\s]")


@dataclass(frozen=True)
class StubWord:
    """A word of a summary. span: where in the document it was copied from; None: it was generated."""

    text: str
    span: tuple[int, int] | None
    space_before: bool


def explained(
    document: str,
    sentences: Sequence[str],
    source: str = "bridge.txt",
    end: int | None = None,
    mark_copies: bool = True,
) -> Record:
    """A record of a summary whose words are copied from their first occurrence in document[:end].

    mark_copies: False makes all words generated ones. Head number h gives weight 204 / 255 to the source word that a
    word was copied from (source word h for a generated one), and 26 and 5 to the two source words after it.
    """
    source_words = [m.span() for m in _WORD.finditer(document) if end is None or m.end() <= end]
    words: list[list[StubWord]] = []
    occurrences: list[int | None] = []  # of every word of the summary, an index into source_words
    for text in sentences:
        words.append([])
        for m in _WORD.finditer(text):
            first = next((i for i, (a, b) in enumerate(source_words) if document[a:b] == m[0]), None)
            occurrences.append(first)
            span = source_words[first] if first is not None and mark_copies else None
            words[-1].append(StubWord(m[0], span, text[m.start() - 1 : m.start()] == " "))
    top = [[h if i is None else i for i in occurrences] for h in range(len(HEADS))]
    index = np.array([[[(i + k) % len(source_words) for k in range(N_KEPT)] for i in row] for row in top], np.uint32)
    explanation = Explanation(
        document,
        tuple(source_words),
        tuple(find_passages(document, sentence_spans(document), sentence) for sentence in words),
        find_claims(document, words, ("number", "name", "word")),
        tuple(0.02 if i is not None else 0.93 for i in occurrences),
        HEADS,
        index,
        np.broadcast_to(np.array([204, 26, 5], np.uint8), index.shape).copy(),
    )
    return Record(
        source, "news", " ".join(sentences), _fields(sentences, words), len(document.split()),
        len(document[:end].split()), explanation=explanation,
    )  # fmt: skip


def _fields(sentences: Sequence[str], words: Sequence[Sequence[StubWord]]) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "text": text,
            "words": [{"text": w.text, "copied": 0.98 if w.span else 0.04, "span": w.span} for w in sentence],
        }
        for text, sentence in zip(sentences, words, strict=True)
    )


def bridge() -> Record:
    """A summary with a wrong name, a wrong number and a new word; the document's last line was not read."""
    return explained(DOCUMENT, SUMMARY, end=DOCUMENT.index("What"))
