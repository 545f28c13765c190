"""Who says it: the names of speakers for the sentences of a conversation, which stand only at a turn's beginning."""

from __future__ import annotations

from bisect import bisect_right

from summarize.grounding.explanation import Span
from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.summary import Sentence
from summarize.text.conversation import Turn
from summarize.text.tokenizer import word_spans


def turn_of(document: SegmentedDocument, sentence_index: int) -> Turn | None:
    """The turn that a sentence belongs to, its label included; None outside of a conversation."""
    position = int(document.spans[sentence_index][0])
    i = bisect_right(document.turns, position, key=lambda turn: turn.label[0]) - 1
    return document.turns[i] if i >= 0 and position < document.turns[i].end else None


def missing_label(text: str, sentence: Sentence, turn: Turn) -> tuple[Span, ...]:
    """The words of a turn's label and the mark after it, as spans, if a sentence does not begin with the name.

    text: the document's.
    """
    if sentence.text.lower().startswith(turn.speaker.lower()):
        return ()
    start, end = turn.label
    mark = text.index(":", end)
    words = [(start + a, start + b) for a, b in word_spans(text[start:end])]
    return (*words, (mark, mark + 1))
