"""Who says it: the names of speakers for the sentences of a conversation, which stand only at a turn's beginning."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from summarize.grounding.explanation import Span
from summarize.pipeline.summary import Sentence
from summarize.text.conversation import Turn, find_turns
from summarize.text.tokenizer import word_spans


class SpeakerLabels:
    """The turns of a document, if it is a conversation."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _turns(self) -> list[Turn]:
        return find_turns(self._text)

    def turn_at(self, position: int) -> Turn | None:
        """The turn that a character belongs to, its label included; None outside of a conversation."""
        i = bisect_right(self._turns, position, key=lambda turn: turn.label[0]) - 1
        return self._turns[i] if i >= 0 and position < self._turns[i].end else None

    def missing_label(self, sentence: Sentence, turn: Turn) -> tuple[Span, ...]:
        """The words of a turn's label and the mark after it, as spans, if a sentence does not begin with the name."""
        if sentence.text.lower().startswith(turn.speaker.lower()):
            return ()
        start, end = turn.label
        mark = self._text.index(":", end)
        words = [(start + a, start + b) for a, b in word_spans(self._text[start:end])]
        return (*words, (mark, mark + 1))
