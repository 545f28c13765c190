"""Cut a sentence that is longer than a word limit: at the end of a phrase, marked with an ellipsis."""

from __future__ import annotations

from collections.abc import Sequence

from summarize.grounding.numbers import find_numbers
from summarize.pipeline.attribution import AttentionTrace
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.matching import unspaced_starts

ELLIPSIS = SummaryWord("…", 0.0, None, space_before=False)
MIN_KEPT_SHARE = 0.6  # of the words that the limit allows; a phrase that ends earlier is not worth the loss
_PUNCTUATION = frozenset(",;:.!?–—-(，、；：。！？،؛؟")
_END_MARKS = frozenset(".!?…\"'”’)")
# A phrase ends before these words.
_OPENER_WORDS = """after although and as at because before but by during for from if in into on or since so than that
though to under until when where which while who whose with without"""
_PHRASE_OPENERS = frozenset(_OPENER_WORDS.split())
# A cut sentence does not end with one of these, or with one of the above.
_DANGLING_WORDS = """a an are be been had has have he her his i is it its my no not of our she the their they this those
was we were will would you your"""
_DANGLING = _PHRASE_OPENERS | frozenset(_DANGLING_WORDS.split())


def shorten(sentence: Sentence, max_words: float) -> Sentence:
    """A sentence of at most max_words words; unchanged where it has no more, else cut and with ELLIPSIS as its last
    word. It keeps at least one word. Words are counted by `count_words`.
    """
    n_kept = kept_words(sentence.words, max_words)
    if n_kept == len(sentence.words):
        return sentence
    return _cut(sentence, n_kept)


def shorten_with_traces(
    sentence: Sentence, traces: Sequence[AttentionTrace], max_words: float
) -> tuple[Sentence, tuple[AttentionTrace, ...]]:
    """A sentence as `shorten` gives it, and the traces of its words cut to match."""
    n_kept = kept_words(sentence.words, max_words)
    if n_kept == len(sentence.words):
        return sentence, tuple(traces)
    return shorten(sentence, max_words), tuple(trace.first_words(n_kept).with_ellipsis() for trace in traces)


def without_dangling_end(sentence: Sentence) -> Sentence:
    """A sentence that a search ended when its words were spent, cut before the words that say nothing without those
    that are missing, and with ELLIPSIS as its last word: "will close for eleven" → "will close…".

    Unchanged where it has an end mark, does not end so, or has nothing else.
    """
    words = sentence.words
    n_kept = _without_dangling(words, len(words), with_numbers=True)
    if not words or words[-1].text in _END_MARKS or n_kept in (1, len(words)):
        return sentence
    return _cut(sentence, n_kept)


def _cut(sentence: Sentence, n: int) -> Sentence:
    """The first n words of a sentence, and ELLIPSIS."""
    words = (*sentence.words[:n], ELLIPSIS)
    return Sentence(join_words(words), words, sentence.section)


def kept_words(words: Sequence[SummaryWord], max_words: float) -> int:
    """How many of a sentence's words and punctuation marks `shorten` keeps, before the ellipsis."""
    n_words = _cumulative_words(words)
    if not words or n_words[-1] <= max_words:
        return len(words)
    starts = [i for i in range(1, len(words)) if words[i].space_before or unspaced_starts(words[i].text)]
    cuts = [i for i in starts if n_words[i - 1] <= max_words]
    if not cuts:  # not even the first word is allowed, but a summary is not empty
        return starts[0] if starts else len(words)
    phrase_ends = [i for i in cuts if _ends_phrase(words, i) and n_words[i - 1] >= MIN_KEPT_SHARE * max_words]
    return _without_dangling(words, phrase_ends[-1] if phrase_ends else cuts[-1])


def _cumulative_words(words: Sequence[SummaryWord]) -> list[int]:
    """How many words a sentence has up to each of these, as `count_words` counts what stands between two spaces."""
    counts: list[int] = []
    n_before = n_unspaced = 0
    for i, word in enumerate(words):
        if word.space_before and i:
            n_before, n_unspaced = counts[-1], 0
        n_unspaced += len(unspaced_starts(word.text))
        counts.append(n_before + max(1, round(n_unspaced / 2)))
    return counts


def _ends_phrase(words: Sequence[SummaryWord], i: int) -> bool:
    """Whether a phrase ends before word i."""
    return words[i - 1].text in _PUNCTUATION or words[i].text.lower() in _PHRASE_OPENERS


def _without_dangling(words: Sequence[SummaryWord], n: int, *, with_numbers: bool = False) -> int:
    """n without punctuation marks and function words at the end, and without numbers if asked; at least 1."""

    def is_dangling(word: str) -> bool:
        return word in _PUNCTUATION or word.lower() in _DANGLING or (with_numbers and bool(find_numbers(word)))

    while n > 1 and is_dangling(words[n - 1].text):
        n -= 1
    return n
