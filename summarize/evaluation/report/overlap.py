"""The words that a summary shares with its references, as segments to be highlighted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from summarize.evaluation.rouge import Settings
from summarize.text.matching import rouge_tokens, unicode_word_spans, unicode_words

_WORD = re.compile(r"[A-Za-z0-9]+")

Kind = Literal["", "word", "run"]


@dataclass(frozen=True)
class Segment:
    """A part of a text. kind: "run" for words in shared bigrams (ROUGE-2), "word" for a single shared word (ROUGE-1),
    "" for the rest."""

    text: str
    kind: Kind


def overlap(text: str, references: Sequence[str], settings: Settings | None = None) -> list[Segment]:
    """The text in segments, by the words and bigrams that it shares with the references, as ROUGE counts them.

    The segments together are the text itself.
    """

    settings = settings or Settings(words="rouge-score")
    is_unicode = settings.words == "unicode"

    def words_of(text: str) -> list[str]:
        if is_unicode:
            return unicode_words(text)
        return rouge_tokens(text) if settings.stemmer else _WORD.findall(text.lower())

    references_words = [words_of(reference) for reference in references]
    words = {word for reference_words in references_words for word in reference_words}
    bigrams = {bigram for reference_words in references_words for bigram in pairwise(reference_words)}
    spans = unicode_word_spans(text) if is_unicode else [match.span() for match in _WORD.finditer(text)]
    stems = ["".join(words_of(text[start:end])) for start, end in spans]
    kinds: list[Kind] = ["word" if stem in words else "" for stem in stems]
    for i, bigram in enumerate(pairwise(stems)):
        if bigram in bigrams:
            kinds[i] = kinds[i + 1] = "run"
    segments: list[Segment] = []
    at = 0
    for i, (start, end) in enumerate(spans):
        # The text between two words of a run belongs to the run.
        in_run = i > 0 and kinds[i] == kinds[i - 1] == "run" and (stems[i - 1], stems[i]) in bigrams
        _append(segments, text[at:start], "run" if in_run else "")
        _append(segments, text[start:end], kinds[i])
        at = end
    _append(segments, text[at:], "")
    return segments


def _append(segments: list[Segment], text: str, kind: Kind) -> None:
    """Append text as a segment; it extends the last one if both have the same kind, except single words."""
    if not text:
        return
    if segments and segments[-1].kind == kind and kind != "word":
        segments[-1] = Segment(segments[-1].text + text, kind)
    else:
        segments.append(Segment(text, kind))
