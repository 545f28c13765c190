"""A conversation read with its speakers' names where they say "I" and, if they are two, "you".

"Tom: I will cook if you come" is read as "Tom: Tom will cook if Anna come". Who does what then stands in the sentence
itself, where a small model finds it, instead of at the beginning of the line, and a name that is copied from there is
copied from what names the speaker.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from summarize.text.conversation import Turn, conversation
from summarize.text.tokenizer import Encoding, Tokenizer

OWN, OTHERS = ("i", "me", "my", "mine"), ("you", "u", "your", "yours")


@dataclass(frozen=True)
class Named:
    """Tokens with names among them, and of each the number of the token that it was, or stands for."""

    encoding: Encoding
    places: list[int]


def unresolved(encoding: Encoding) -> Named:
    """Tokens as they are."""
    return Named(encoding, list(range(len(encoding.ids))))


class PronounResolver:
    """Puts names into the tokens of a text, as far as it is a conversation."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        self._vocabulary = tokenizer.vocabulary
        self._turns = conversation(text)
        self._starts = [turn.start for turn in self._turns]
        speakers = list(dict.fromkeys(turn.speaker for turn in self._turns))
        labels = {turn.speaker: turn for turn in reversed(self._turns)}  # where each is first named
        self._names = {speaker: _label(tokenizer, text, labels[speaker]) for speaker in speakers}
        self._other = dict(zip(speakers, reversed(speakers), strict=True)) if len(speakers) == 2 else {}

    def named(self, encoding: Encoding) -> Named:
        """The tokens of a stretch of the text, whose spans are places of the text, with names."""
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        places: list[int] = []
        for i, (token, span) in enumerate(zip(encoding.ids, encoding.spans, strict=True)):
            name = self._name(encoding, i)
            ids += name.ids if name else [token]
            spans += name.spans if name else [span]
            places += [i] * (len(name.ids) if name else 1)
        return Named(replace(encoding, ids=ids, spans=spans), places)

    def _name(self, encoding: Encoding, i: int) -> Encoding | None:
        """The name that token i stands for; None: it stands for itself."""
        word = self._vocabulary[encoding.ids[i]]
        if word not in OWN and word not in OTHERS:
            return None
        start, end = encoding.spans[i]
        text = encoding.text
        if (start and (text[start - 1].isalnum() or text[start - 1] in "_'’")) or text[end : end + 1].isalnum():
            return None  # part of a word
        number = bisect_right(self._starts, start) - 1
        if number < 0 or start >= self._turns[number].end:
            return None
        speaker = self._turns[number].speaker
        named = speaker if word in OWN else self._other.get(speaker)
        return self._names[named] if named else None


def _label(tokenizer: Tokenizer, text: str, turn: Turn) -> Encoding:
    """The tokens of a speaker's name where it stands before a turn."""
    first, last = turn.label
    return tokenizer.encode(text[first:last]).placed(text, first)
