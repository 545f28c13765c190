"""A sentence without what only leads to it: a connective, the mark of a list's item, or the name of its speaker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, takewhile

from summarize.pipeline.attribution import AttentionTrace
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.conversation import Turn
from summarize.text.openers import connective_length

MAX_INDENTATION = 40  # characters before an item's mark, looked at; not the whole text for each sentence of a book
_NO_WORD = SummaryWord("", 0.0, None, False)
_MARKS = frozenset(",;:–—-")
# "- ", "3. ", "4.1 ", "(b) ", "iv) ", "Q: ": before a sentence, at the beginning of a line.
_ITEM_MARK = re.compile(
    r"(?:[-–—•*‣◦▪●·]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})\)|[QA]\d{0,2}:) (?=\S)"
    r"|(?:\d{1,3}\.|\d{1,2}(?:\.\d{1,2}){1,3}\.?|[QA]\d{0,2}\.) (?=[\"“‘'(]?[A-Z])"
)
_NAME_WITH_INITIAL = re.compile(r"[QA]\. [A-Z]\w+ (?:[a-z]+(?:s|ed)|[A-Z])\b")  # "A. Smith says so."


def without_item_mark(
    sentence: Sentence, traces: Sequence[AttentionTrace], text: str
) -> tuple[Sentence, tuple[AttentionTrace, ...]]:
    """A sentence without the mark of a list's item at its beginning, and the traces of its words.

    text: the document's, in which the mark begins a line.
    """
    span = next(iter(sentence.words), _NO_WORD).span
    n_characters = 0 if span is None else item_mark_length(sentence.text, text, span[0])
    return _without_first(sentence, traces, _n_words_of(sentence.words, n_characters - 1), capital=False)


def item_mark_length(sentence: str, text: str, start: int) -> int:
    """The number of characters, with the space after them, of the mark of a list's item at the beginning of a sentence;
    0 without one. start: where the sentence begins in text, the document's."""
    mark = _ITEM_MARK.match(sentence)
    if mark is None or _NAME_WITH_INITIAL.match(sentence):
        return 0
    before = text[max(0, start - MAX_INDENTATION) : start].rstrip(" \t")
    return mark.end() if before[-1:] in ("", "\n") else 0


def without_connective(
    sentence: Sentence, traces: Sequence[AttentionTrace]
) -> tuple[Sentence, tuple[AttentionTrace, ...]]:
    """A sentence without "However," and the like at its beginning, with a capital, and the traces of its words."""
    words = sentence.words
    n_dropped = _n_words_of(words, connective_length(sentence.text) - 1)  # without the space after it
    return _without_first(sentence, traces, n_dropped)


def without_speaker(
    sentence: Sentence, traces: Sequence[AttentionTrace], text: str, turn: Turn, speakers: Iterable[str] = ()
) -> tuple[Sentence, tuple[AttentionTrace, ...]]:
    """A sentence of a turn without the speaker's name, the time and the colon before it, and the traces of its words.

    text: the document's. speakers: whose names may stand there, too, as a model can copy one from the turn before.
    """
    line_start = text.rfind("\n", 0, turn.label[0]) + 1
    spans = [word.span or (-1, -1) for word in sentence.words]
    n_copied = len(list(takewhile(lambda span: line_start <= span[0] and span[1] <= turn.start, spans)))
    names = "|".join(map(re.escape, {turn.speaker, *speakers}))
    label = re.match(rf"(?:{names})\s?:(?=\s)", sentence.text, re.IGNORECASE)
    n_dropped = max(n_copied, _n_words_of(sentence.words, label.end()) if label else 0)
    return _without_first(sentence, traces, n_dropped, capital=False)


def _without_first(
    sentence: Sentence, traces: Sequence[AttentionTrace], n: int, *, capital: bool = True
) -> tuple[Sentence, tuple[AttentionTrace, ...]]:
    """A sentence without its first n words and the marks after them, if it has others; with a capital if asked."""
    words = sentence.words
    while 0 < n < len(words) and words[n].text in _MARKS:  # "But , it": tokenised text
        n += 1
    if not 0 < n < len(words):
        return sentence, tuple(traces)
    first = words[n]
    kept = (replace(first, text=first.text[:1].upper() + first.text[1:]) if capital else first, *words[n + 1 :])
    kept = (replace(kept[0], space_before=False), *kept[1:])
    return replace(sentence, text=join_words(kept), words=kept), _traces_without_first(traces, n)


def _traces_without_first(traces: Sequence[AttentionTrace], n: int) -> tuple[AttentionTrace, ...]:
    """The traces of a sentence's words without those of its first n."""
    kept: list[AttentionTrace] = []
    for trace in traces:
        n_words = len(trace.p_gen)
        kept += [trace.between(min(n, n_words), n_words)] if n < n_words else []
        n = max(0, n - n_words)
    return tuple(kept)


def _n_words_of(words: Sequence[SummaryWord], n_characters: int) -> int:
    """How many words make the first n_characters of a sentence; 0 if its end is inside a word."""
    lengths = accumulate(len(word.text) + (word.space_before and i > 0) for i, word in enumerate(words))
    return next((n for n, length in enumerate(lengths, 1) if length == n_characters), 0)
