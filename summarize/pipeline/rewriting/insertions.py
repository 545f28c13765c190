"""Whether what a rewritten sentence begins with, and has not from its source, stands for words of the source.

The model may begin with a name from what stands before its source sentence, in the place of "he" or "the company". It
must not put a title or heading there as well, nor let a name take the place of whoever writes ("I", "we").
"""

from __future__ import annotations

import re

from summarize.grounding.explanation import Span
from summarize.pipeline.summary import Sentence
from summarize.text.word_classes import ARTICLES

_WORD = re.compile(r"[^\W_]+")
_WRITER = frozenset({"i", "me", "my", "mine", "we", "us", "our", "ours", "you", "your", "yours"})


def keeps_beginning(rewritten: Sentence, text: str, span: Span) -> bool:
    """Whether the words before the first one from the source sentence, articles apart, replace some of the source, and
    none of these is the writer or the reader.

    text: the document's; span: of the source sentence in it.
    """
    start, end = span
    before: list[str] = []
    for word in rewritten.words:
        if word.span is not None and start <= word.span[0] and word.span[1] <= end:
            replaced = {found.lower() for found in _WORD.findall(text[start : word.span[0]])}
            return not before or (bool(replaced) and replaced.isdisjoint(_WRITER))
        before += [found for found in _WORD.findall(word.text) if found.lower() not in ARTICLES]
    return True


def adds_no_words(rewritten: Sentence, text: str, span: Span) -> bool:
    """Whether all words after the first one from the source sentence that were copied from elsewhere are names, or
    words of the source too.

    text: the document's; span: of the source sentence in it.
    """
    start, end = span
    source = set(_WORD.findall(text[start:end].lower()))
    is_inside = [word.span is not None and start <= word.span[0] and word.span[1] <= end for word in rewritten.words]
    first = next((i for i, inside in enumerate(is_inside) if inside), len(is_inside))
    return not any(
        word.span is not None and word.text[:1].isalnum() and not word.text[:1].isupper()
        for word, inside in zip(rewritten.words[first:], is_inside[first:], strict=True)
        if not inside and source.isdisjoint(_WORD.findall(word.text.lower()))
    )
