"""Resolve "I" and, in a conversation of two, "you": replace these pronouns by speakers' names before encoding.

"Tom: I will cook if you come" becomes "Tom: Tom will cook if Anna come". Who does what is then in the sentence itself,
where a small model finds it, and not only at the beginning of the line. The tokens of an inserted name have the span of
the speaker's label, so a word that is copied from the name is attributed to the label.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from summarize.text.conversation import Turn, find_turns
from summarize.text.tokenizer import Encoding, Tokenizer

FIRST_PERSON, SECOND_PERSON = ("i", "me", "my", "mine"), ("you", "u", "your", "yours")


@dataclass(frozen=True)
class ResolvedEncoding:
    """Tokens with names in place of pronouns.

    token_indices: for each token, the index of the token that it was, or that it replaces, before resolution.
    """

    encoding: Encoding
    token_indices: list[int]

    @classmethod
    def unchanged(cls, encoding: Encoding) -> ResolvedEncoding:
        """The same tokens, with no pronoun resolved."""
        return cls(encoding, list(range(len(encoding.ids))))


class PronounResolver:
    """Replaces the pronouns of one text by names; in a text that is not a conversation, it replaces none."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        self._vocabulary = tokenizer.vocabulary
        self._turns = find_turns(text)
        self._starts = [turn.start for turn in self._turns]
        speakers = list(dict.fromkeys(turn.speaker for turn in self._turns))
        first_turns = {turn.speaker: turn for turn in reversed(self._turns)}
        self._names = {speaker: _encode_label(tokenizer, text, first_turns[speaker]) for speaker in speakers}
        self._partners = dict(zip(speakers, reversed(speakers), strict=True)) if len(speakers) == 2 else {}

    def resolve(self, encoding: Encoding) -> ResolvedEncoding:
        """Tokens of a part of the text, with names in place of pronouns. Spans are in characters of the whole text."""
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        token_indices: list[int] = []
        for i, (token, span) in enumerate(zip(encoding.ids, encoding.spans, strict=True)):
            name = self._name(encoding, i)
            ids += name.ids if name else [token]
            spans += name.spans if name else [span]
            token_indices += [i] * (len(name.ids) if name else 1)
        return ResolvedEncoding(replace(encoding, ids=ids, spans=spans), token_indices)

    def _name(self, encoding: Encoding, i: int) -> Encoding | None:
        """The name that replaces token i; None if the token stays."""
        word = self._vocabulary[encoding.ids[i]]
        if word not in FIRST_PERSON and word not in SECOND_PERSON:
            return None
        start, end = encoding.spans[i]
        text = encoding.text
        if (start and (text[start - 1].isalnum() or text[start - 1] in "_'’")) or text[end : end + 1].isalnum():
            return None  # part of a longer word
        turn_index = bisect_right(self._starts, start) - 1
        if turn_index < 0 or start >= self._turns[turn_index].end:
            return None
        speaker = self._turns[turn_index].speaker
        referent = speaker if word in FIRST_PERSON else self._partners.get(speaker)
        return self._names[referent] if referent else None


def _encode_label(tokenizer: Tokenizer, text: str, turn: Turn) -> Encoding:
    """The tokens of the speaker's name at the beginning of a turn."""
    start, end = turn.label
    return tokenizer.encode(text[start:end]).shifted_into(text, start)
