"""Which words of a summary its reference has too, to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from summarize.selection.oracle import rouge_tokens

_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class Piece:
    """A stretch of a text. kind: "run" for words that stand beside each other in the other text too (ROUGE-2), "word"
    for single ones that it has (ROUGE-1), "" for the rest."""

    text: str
    kind: Literal["", "word", "run"]


def overlap(text: str, others: Sequence[str], stemmer: bool = True) -> list[Piece]:
    """The text in pieces, together the text itself, by what the other texts have of it, in ROUGE's words."""

    def words_of(text: str) -> list[str]:
        return rouge_tokens(text) if stemmer else _WORD.findall(text.lower())

    words = [words_of(other) for other in others]
    known = {word for some in words for word in some}
    runs = {pair for some in words for pair in pairwise(some)}
    spans = [match.span() for match in _WORD.finditer(text)]
    stems = ["".join(words_of(text[start:end])) for start, end in spans]
    kinds: list[Literal["", "word", "run"]] = ["word" if stem in known else "" for stem in stems]
    for i, pair in enumerate(pairwise(stems)):
        if pair in runs:
            kinds[i] = kinds[i + 1] = "run"
    pieces: list[Piece] = []
    at = 0
    for i, (start, end) in enumerate(spans):
        # What stands between two words of a run belongs to it.
        joined = i > 0 and kinds[i] == kinds[i - 1] == "run" and (stems[i - 1], stems[i]) in runs
        _add(pieces, text[at:start], "run" if joined else "")
        _add(pieces, text[start:end], kinds[i])
        at = end
    _add(pieces, text[at:], "")
    return pieces


def _add(pieces: list[Piece], text: str, kind: Literal["", "word", "run"]) -> None:
    """Append a stretch, to the last piece where that is of the same kind and kinds may be joined."""
    if not text:
        return
    if pieces and pieces[-1].kind == kind and kind != "word":
        pieces[-1] = Piece(pieces[-1].text + text, kind)
    else:
        pieces.append(Piece(text, kind))
