"""Records with an explanation, made by hand: what formats are tested on, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from summarize.grounding.explanation import Explanation, Head, find_claims, find_passages
from summarize.rendering import Record
from summarize.text.sentences import sentence_spans

KEPT = 3
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


@dataclass(frozen=True)
class HandWord:
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
    """A record of a summary whose words are copied from the first place of the document that has them.

    end: how far the document was read. Head number h looks mostly at a word's own place (or at source word h), with
    weight 204 / 255, then at the two source words after it, with 26 and 5.
    """
    places = [m.span() for m in re.finditer(r"\d[\d,.]*\d|\w+|[^\w\s]", document) if end is None or m.end() <= end]
    words: list[list[HandWord]] = []
    first: list[int | None] = []
    for text in sentences:
        words.append([])
        for m in re.finditer(r"\d[\d,.]*\d|\w+|[^\w\s]", text):
            found = next((i for i, (a, b) in enumerate(places) if document[a:b] == m[0]), None)
            first.append(found)
            span = places[found] if found is not None and mark_copies else None
            words[-1].append(HandWord(m[0], span, text[m.start() - 1 : m.start()] == " "))
    at = [[h if i is None else i for i in first] for h in range(len(HEADS))]
    index = np.array([[[(i + k) % len(places) for k in range(KEPT)] for i in row] for row in at], np.uint32)
    explanation = Explanation(
        document,
        tuple(places),
        tuple(find_passages(document, sentence_spans(document), sentence) for sentence in words),
        find_claims(document, words, ("number", "name", "word")),
        tuple(0.02 if i is not None else 0.93 for i in first),
        HEADS,
        index,
        np.broadcast_to(np.array([204, 26, 5], np.uint8), index.shape).copy(),
    )
    return Record(
        source, "news", " ".join(sentences), _fields(sentences, words), len(document.split()),
        len(document[:end].split()), explanation=explanation,
    )  # fmt: skip


def _fields(sentences: Sequence[str], words: Sequence[Sequence[HandWord]]) -> tuple[dict[str, object], ...]:
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
