"""Who says what in a conversation, and whether a sentence of its minutes has somebody say or do what another does.

What is copied from "Tom: I will cook tonight" is Tom's to do; what is copied from "Anna: Can you fetch the kids?" is
not Anna's. A sentence that begins with a name is held against that, where the turn that it was copied from leaves
little doubt: most of what is named is wrong, not all that is wrong is named.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

Span = tuple[int, int]  # characters [start, end)

# A turn: who, perhaps when, and what. "#Person1#: Hi!", "[10:32] Anna Smith: ok", "Tom (09:15): yes"
_TURN = re.compile(
    r"^[ \t]*(?:\[[^\]\n]{1,30}\][ \t]*)?(#?[A-Z][\w.'’ -]{0,30}?#?)(?:[ \t]*\([^)\n]{1,20}\))?:[ \t]+(\S.*)", re.M
)
_LINE = re.compile(r"^[ \t]*\S", re.M)
LEAST_SAID = 3  # words a turn, on average
# What stands before a colon in lists, logs and forms, and is nobody.
_LABEL_WORDS = """added changed fixed removed deprecated security error warning info debug note todo name title author
date time place from to cc sent subject price size colour color phone email address question answer q a"""
_LABELS = frozenset(_LABEL_WORDS.split())

_OWN = re.compile(r"\b(?:i|im|i['’](?:m|ll|ve|d)|my|me|mine)\b", re.I)
_OTHERS = re.compile(r"\b(?:you|u|your|yours|you['’](?:re|ll|ve|d))\b", re.I)
_END = re.compile(r"[.!?]+(?=\s)")
# After these a sentence tells what its subject says, and not what it does.
_SAYING_WORDS = """advise advised advises ask asked asks encourage encouraged encourages explain explained explains hope
hoped hopes inform informed informs invite invited invites offer offered offers promise promised promises propose
proposed proposes recommend recommended recommends remind reminded reminds request requested requests said say says
suggest suggested suggests tell tells thank thanked thanks think thinks thought told want wanted wants warn warned warns
would"""
_SAYING = frozenset(_SAYING_WORDS.split())
_JOINING = frozenset({"and", "or", "&", ",", ":", "'", "’", "'s", "’s", "/"})  # after a name that is no subject
# Words that are in every turn, so that they were copied from none.
_EMPTY_WORDS = """a about an and are as at be but by do for from had has have he her him his in is it its of on or she
so that the their them they to was were will with"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
LEAST_COPIED = 2  # words of one turn, for a sentence to be held against it


class WordLike(Protocol):
    """A summary's word as this module needs it."""

    @property
    def text(self) -> str:
        """As it is written."""

    @property
    def span(self) -> Span | None:
        """Where in the document it was copied from."""


@dataclass(frozen=True)
class Turn:
    """What somebody, named at document[label[0]:label[1]], says at document[start:end]."""

    speaker: str
    label: Span
    start: int
    end: int


def conversation(text: str, start: int = 0, end: int | None = None) -> list[Turn]:
    """The turns of text[start:end], in order, if that is a conversation: if most of its lines are turns, of two or more
    who take several and say something. Else none."""
    end = len(text) if end is None else end
    said = [Turn(match[1], match.span(1), *match.span(2)) for match in _TURN.finditer(text, start, end)]
    speakers = {turn.speaker for turn in said}
    if not 2 <= len(speakers) < len(said) or 2 * len(said) <= len(_LINE.findall(text, start, end)):
        return []
    words = sum(len(text[turn.start : turn.end].split()) for turn in said)
    if words < LEAST_SAID * len(said) or any(speaker.lower() in _LABELS for speaker in speakers):
        return []
    return said


class Conversation:
    """The turns of a document, or of a stretch of it, against which a summary's sentences can be held."""

    def __init__(self, document: str, start: int = 0, end: int | None = None) -> None:
        """Of a text that is no conversation nothing is found mixed up."""
        self._document, self._turns = document, conversation(document, start, end)
        self._starts = [turn.start for turn in self._turns]
        self._names = _names({turn.speaker for turn in self._turns})

    def mixed_up(self, words: Sequence[WordLike]) -> int:
        """How many words at the beginning of a sentence name somebody who, as the turn has it that the others were
        copied from, is not who says or does this; 0: there is nobody, or no doubt."""
        subject, named = self._subject(words)
        found = self._copied_from(words[named:]) if subject else None
        if found is None:
            return 0
        turn, first, last = found
        is_own = turn.speaker == subject
        if words[named].text.lower() in _SAYING:
            return 0 if is_own else named
        begin = max((end.end() for end in _END.finditer(self._document, turn.start, first)), default=turn.start)
        clause = self._document[begin:last]
        of_own, of_others = bool(_OWN.search(clause)), bool(_OTHERS.search(clause))
        if of_own and not of_others:
            return 0 if is_own else named
        # What one of two says of "you" is the other's; of three or more, who is meant is anybody's guess.
        is_mine = is_own and len(set(self._names.values())) == 2
        return named if of_others and not of_own and is_mine else 0

    def _subject(self, words: Sequence[WordLike]) -> tuple[str | None, int]:
        """The speaker that a sentence begins with, and how many words that takes; None: nobody, or several."""
        letters, found, named = "", None, 0
        marks = sum(1 for _ in takewhile(lambda word: word.text == "#", words))
        for i, word in enumerate(words[marks : marks + 4], marks + 1):
            letters += _letters(word.text) or " "
            if letters in self._names:
                found, named = self._names[letters], i
        if found is None:
            return None, 0
        named += sum(1 for _ in takewhile(lambda word: word.text == "#", words[named:]))
        return (None, 0) if named == len(words) or words[named].text in _JOINING else (found, named)

    def _copied_from(self, words: Sequence[WordLike]) -> tuple[Turn, int, int] | None:
        """The turn that more words than of any other were copied from, and from where to where there."""
        spans: dict[Turn, list[Span]] = {}
        for word in words:
            letters = _letters(word.text)
            if word.span is None or not letters or letters in _EMPTY or letters in self._names:
                continue
            i = bisect_right(self._starts, word.span[0]) - 1
            if i >= 0 and word.span[0] < self._turns[i].end:
                spans.setdefault(self._turns[i], []).append(word.span)
        ranked = sorted(spans.items(), key=lambda own: -len(own[1]))
        if not ranked or len(ranked[0][1]) < LEAST_COPIED:
            return None
        if len(ranked) > 1 and len(ranked[1][1]) == len(ranked[0][1]):
            return None
        turn, copied = ranked[0]
        return turn, min(copied)[0], max(end for _, end in copied)


def _names(speakers: set[str]) -> dict[str, str]:
    """The speaker that a name is of: each one's own, and a first name that only one has."""
    names = {_letters(speaker): speaker for speaker in speakers}
    first: dict[str, list[str]] = {}
    for speaker in speakers:
        first.setdefault(_letters(speaker.split()[0]), []).append(speaker)
    return {name: own[0] for name, own in first.items() if len(own) == 1 and name} | names


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
