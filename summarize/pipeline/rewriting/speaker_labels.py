"""Who says it: the names of speakers for the sentences of a conversation, which stand only at a turn's beginning."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from summarize.grounding.explanation import Span
from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.rewriting.connectives import item_mark_length
from summarize.text.conversation import Turn
from summarize.text.tokenizer import word_spans


def turn_of(document: SegmentedDocument, sentence_index: int) -> Turn | None:
    """The turn that a sentence belongs to, its label included; None outside of a conversation."""
    start, end = document.spans[sentence_index].tolist()
    i = bisect_left(document.turns, end, key=lambda turn: turn.label[0]) - 1  # a time may stand before the label
    return document.turns[i] if i >= 0 and start < document.turns[i].end else None


def said_span(document: SegmentedDocument, index: int) -> Span:
    """The characters of a sentence without its speaker's name and without the mark of a list's item."""
    start, end = document.spans[index].tolist()
    turn = turn_of(document, index)
    if turn is not None and turn.start < end:
        return max(start, turn.start), end
    return start + item_mark_length(document.text[start:end], document.text, start), end


def missing_label(text: str, sentence: str, turn: Turn) -> tuple[Span, ...]:
    """The words of a turn's label and the mark after it, as spans, if a sentence does not begin with the name.

    text: the document's.
    """
    name = turn.speaker.lower()
    if sentence.lower().startswith(name) and not sentence[len(name) : len(name) + 1].isalnum():
        return ()
    start, end = turn.label
    mark = text.index(":", end)
    words = [(start + a, start + b) for a, b in word_spans(text[start:end])]
    return (*words, (mark, mark + 1))


def count_label_words(label: Sequence[Span]) -> int:
    """The number of words of a label, a mark being a part of the word before it."""
    return sum(i == 0 or start > label[i - 1][1] for i, (start, _) in enumerate(label))
