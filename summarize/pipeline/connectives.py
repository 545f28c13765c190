"""A sentence without what only leads to it: a connective, or the mark of a list's item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from summarize.pipeline.attribution import AttentionTrace
from summarize.pipeline.summary import Sentence, join_words
from summarize.text.openers import connective_length

_MARKS = frozenset(",;:–—-")
_ITEM_MARKS = frozenset("-–—•*‣◦▪●·")


def without_item_mark(sentence: Sentence) -> Sentence:
    """A sentence without the bullet at its beginning."""
    words = sentence.words
    if len(words) < 2 or words[0].text not in _ITEM_MARKS or not words[1].space_before:
        return sentence
    kept = (replace(words[1], space_before=False), *words[2:])
    return replace(sentence, text=join_words(kept), words=kept)


def without_connective(
    sentence: Sentence, traces: Sequence[AttentionTrace]
) -> tuple[Sentence, tuple[AttentionTrace, ...]]:
    """A sentence without "However," and the like at its beginning, with a capital, and the traces of its words."""
    words = sentence.words
    lengths = accumulate(len(word.text) + (word.space_before and i > 0) for i, word in enumerate(words))
    n_characters = connective_length(sentence.text) - 1  # without the space after it
    n_dropped = next((n for n, length in enumerate(lengths, 1) if length == n_characters), 0)
    while 0 < n_dropped < len(words) and words[n_dropped].text in _MARKS:  # "But , it": tokenised text
        n_dropped += 1
    if not 0 < n_dropped < len(words):
        return sentence, tuple(traces)
    first = words[n_dropped]
    first = replace(first, text=first.text[:1].upper() + first.text[1:], space_before=False)
    kept = (first, *words[n_dropped + 1 :])
    return replace(sentence, text=join_words(kept), words=kept), tuple(t.between(n_dropped, len(words)) for t in traces)
