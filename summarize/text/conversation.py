"""Find the turns of a conversation, and summary sentences that name the wrong speaker.

In "Tom: I will cook tonight", Tom is the one who will cook; in "Anna: Can you fetch the kids?", Anna is not the one who
will fetch them. A summary sentence that begins with a speaker's name is compared with the turn that its other words
were copied from. The check favours precision: it reports a speaker only where the turn leaves little doubt, so it
misses some errors.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

Span = tuple[int, int]  # characters [start, end)

# A turn: speaker, optional time, utterance. "#Person1#: Hi!", "[10:32] Anna Smith: ok", "Tom (09:15): yes"
_TURN = re.compile(
    r"^[ \t]*(?:\[[^\]\n]{1,30}\][ \t]*)?(#?[A-Z][\w.'’ -]{0,30}?#?)(?:[ \t]*\([^)\n]{1,20}\))?:[ \t]+(\S.*)", re.M
)
_LINE = re.compile(r"^[ \t]*\S", re.M)
MIN_WORDS_PER_TURN = 3  # on average; with fewer, a text is a form or a list
# Words before a colon in lists, logs and forms. They are not speakers.
_LABEL_WORDS = """added changed fixed removed deprecated security error warning info debug note todo name title author
date time place from to cc sent subject price size colour color phone email address question answer q a"""
_LABELS = frozenset(_LABEL_WORDS.split())
# Two lines with labels, a question and an answer, are a conversation between these only.
_ROLE = re.compile(
    r"#?person ?\d#?|speaker ?\d|doctor|patient|nurse|guest_\w+|caller|agent|customer|client|teacher|student"
    r"|interviewer|interviewee|host|guest|mother|father|mom|dad"
)
_LOG_LEVELS = frozenset(["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical", "severe"])

_FIRST_PERSON = re.compile(r"\b(?:i|im|i['’](?:m|ll|ve|d)|my|me|mine)\b", re.I)
_SECOND_PERSON = re.compile(r"\b(?:you|u|your|yours|you['’](?:re|ll|ve|d))\b", re.I)
_SENTENCE_END = re.compile(r"[.!?]+(?=\s)")
# After one of these verbs, a sentence reports what its subject says, not what the subject does.
_SAYING_WORDS = """advise advised advises ask asked asks encourage encouraged encourages explain explained explains hope
hoped hopes inform informed informs invite invited invites offer offered offers promise promised promises propose
proposed proposes recommend recommended recommends remind reminded reminds request requested requests said say says
suggest suggested suggests tell tells thank thanked thanks think thinks thought told want wanted wants warn warned warns
would"""
_SAYING = frozenset(_SAYING_WORDS.split())
# After one of these, the name at the beginning of a sentence is not its subject, or not its only one.
_AFTER_NO_SUBJECT = frozenset({"and", "or", "&", ",", ":", "'", "’", "'s", "’s", "/"})
# Words of every turn: they do not show which turn a sentence was copied from.
_STOP_WORD_LIST = """a about an and are as at be but by do for from had has have he her him his in is it its of on or
she so that the their them they to was were will with"""
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
MIN_COPIED_WORDS = 2  # copied from one turn; with fewer, a sentence is not compared with the turn
_MAX_NAME_WORDS = 4


class WordLike(Protocol):
    """A word of a summary, as far as this module needs it."""

    @property
    def text(self) -> str:
        """The word's characters."""

    @property
    def span(self) -> Span | None:
        """The characters of the document that the word was copied from; None where it was not copied."""


@dataclass(frozen=True)
class Turn:
    """A speaker's turn: the name is document[label[0]:label[1]], the utterance document[start:end]."""

    speaker: str
    label: Span
    start: int
    end: int


def find_turns(text: str, start: int = 0, end: int | None = None) -> list[Turn]:
    """The turns of text[start:end], in order, if it is a conversation; otherwise none.

    A conversation has at least two speakers, more turns than speakers (or is a question to a doctor or the like, and
    its answer), turns on most of its lines, and at least MIN_WORDS_PER_TURN words a turn on average.
    """
    end = len(text) if end is None else end
    turns = [Turn(match[1], match.span(1), *match.span(2)) for match in _TURN.finditer(text, start, end)]
    speakers = {turn.speaker for turn in turns}
    has_roles = all(_ROLE.fullmatch(speaker.lower()) for speaker in speakers)
    is_exchange = len(turns) == 2 and has_roles and text[start : turns[0].end].rstrip().endswith("?")
    if not 2 <= len(speakers) < len(turns) + is_exchange or 2 * len(turns) <= len(_LINE.findall(text, start, end)):
        return []
    n_words = sum(len(text[turn.start : turn.end].split()) for turn in turns)
    is_form = any(speaker.lower() in _LABELS or begins_log_line(speaker) for speaker in speakers)
    return [] if is_form or n_words < MIN_WORDS_PER_TURN * len(turns) else turns


def begins_log_line(label: str) -> bool:
    """Whether what stands before a colon begins with a log's level: "INFO backup"; no speaker's name does."""
    return any(word.strip("[]").lower() in _LOG_LEVELS for word in label.split(maxsplit=1)[:1])


class Conversation:
    """The turns of document[start:end], with which the sentences of a summary can be compared."""

    def __init__(self, document: str, start: int = 0, end: int | None = None) -> None:
        """The text need not be a conversation: if it is not, no sentence is reported."""
        self._document, self._turns = document, find_turns(document, start, end)
        self._starts = [turn.start for turn in self._turns]
        self._names = _names({turn.speaker for turn in self._turns})

    def count_misattributed_words(self, words: Sequence[WordLike]) -> int:
        """The number of words at the beginning of a sentence that name the wrong speaker; 0 if they name none or if
        there is doubt.

        The speaker is wrong where the turn that the other words were copied from shows that another speaker says or
        does this. Spans of words are in characters of the document.
        """
        subject, n_name_words = self._subject(words)
        copied = self._copied_from(words[n_name_words:]) if subject else None
        if copied is None:
            return 0
        turn, start, end = copied
        is_by_subject = turn.speaker == subject
        if words[n_name_words].text.lower() in _SAYING:
            return 0 if is_by_subject else n_name_words
        sentence_ends = (match.end() for match in _SENTENCE_END.finditer(self._document, turn.start, start))
        clause = self._document[max(sentence_ends, default=turn.start) : end]
        has_first_person, has_second_person = bool(_FIRST_PERSON.search(clause)), bool(_SECOND_PERSON.search(clause))
        if has_first_person and not has_second_person:
            return 0 if is_by_subject else n_name_words
        # Between two speakers, "you" is the other one. Between three or more, it can be anyone.
        is_about_other = is_by_subject and len(set(self._names.values())) == 2
        return n_name_words if has_second_person and not has_first_person and is_about_other else 0

    def _subject(self, words: Sequence[WordLike]) -> tuple[str | None, int]:
        """The speaker that a sentence begins with and the number of words of the name; (None, 0) if the sentence
        begins with no speaker or with several."""
        letters, speaker, n_name_words = "", None, 0
        n_hashes = _count_hashes(words)
        for i, word in enumerate(words[n_hashes : n_hashes + _MAX_NAME_WORDS], n_hashes + 1):
            letters += _letters(word.text) or " "
            if letters in self._names:
                speaker, n_name_words = self._names[letters], i
        if speaker is None:
            return None, 0
        n_name_words += _count_hashes(words[n_name_words:])
        if n_name_words == len(words) or words[n_name_words].text in _AFTER_NO_SUBJECT:
            return None, 0
        return speaker, n_name_words

    def _copied_from(self, words: Sequence[WordLike]) -> tuple[Turn, int, int] | None:
        """The turn that most words were copied from, and the characters [start, end) of the document that enclose them.

        None if too few words were copied, or if two turns have equally many. Names and stop words do not count.
        """
        spans: dict[Turn, list[Span]] = {}
        for word in words:
            letters = _letters(word.text)
            if word.span is None or not letters or letters in _STOP_WORDS or letters in self._names:
                continue
            i = bisect_right(self._starts, word.span[0]) - 1
            if i >= 0 and word.span[0] < self._turns[i].end:
                spans.setdefault(self._turns[i], []).append(word.span)
        ranked = sorted(spans.items(), key=lambda item: -len(item[1]))
        if not ranked or len(ranked[0][1]) < MIN_COPIED_WORDS:
            return None
        if len(ranked) > 1 and len(ranked[1][1]) == len(ranked[0][1]):
            return None
        turn, copied = ranked[0]
        return turn, min(copied)[0], max(end for _, end in copied)


def _names(speakers: set[str]) -> dict[str, str]:
    """Each speaker by the letters of the whole name, and by those of the first name if no other speaker has it."""
    whole_names = {_letters(speaker): speaker for speaker in speakers}
    by_first_name: dict[str, list[str]] = {}
    for speaker in speakers:
        by_first_name.setdefault(_letters(speaker.split()[0]), []).append(speaker)
    return {name: same[0] for name, same in by_first_name.items() if len(same) == 1 and name} | whole_names


def _count_hashes(words: Sequence[WordLike]) -> int:
    """The number of "#" before the first other word; DialogSum's speakers are "#Person1#"."""
    return sum(1 for _ in takewhile(lambda word: word.text == "#", words))


def _letters(text: str) -> str:
    """The letters and digits of a text in lower case."""
    return "".join(c for c in text.lower() if c.isalnum())
