"""The rules of one source for byte-level tokens: numbers and names, and no character in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import torch
from torch import Tensor

from summarize.decoding.byte_pair_properties import BytePairProperties
from summarize.decoding.token_properties import allow
from summarize.text.byte_pair import Spelling
from summarize.text.vocabulary import N_SPECIAL, SENTENCE


class TextRule(Protocol):
    """A rule for the text of a sentence. A state stands for the characters so far."""

    start: Any
    usual_mask: Tensor  # (V,): the forbidden_mask of most states

    def advance(self, state: Any, text: str) -> Any:
        """The state after some characters."""
        ...

    def may_end(self, state: Any) -> bool:
        """Whether the sentence may end here."""
        ...

    def allows(self, state: Any, text: str) -> bool:
        """Whether some characters may follow state."""
        ...

    def forbidden_mask(self, state: Any) -> Tensor:
        """(V,) bool, True: the token may not follow state. For tokens of whole characters it is what allows says."""
        ...


@dataclass(frozen=True, slots=True)
class SpelledState:
    """The state of each text rule, and the tokens after it that are the beginning of a character."""

    states: tuple[Any, ...]
    pending: tuple[int, ...] = ()


class BytePairRule:
    """Applies text rules to byte-level tokens.

    A character that no single token spells may be generated only if the source has it, and with the tokens that the
    tokenizer has for it. So every summary is valid text, and the rules see its characters.
    """

    keeps_characters = True

    def __init__(
        self, properties: BytePairProperties, spellings: Sequence[Spelling], rules: Sequence[TextRule]
    ) -> None:
        """spellings: of the source."""
        self._properties, self._rules = properties, rules
        self.start = SpelledState(tuple(rule.start for rule in rules))
        # The characters of the source that several tokens spell, in the source or elsewhere in a text.
        tokenizer = properties.tokenizer
        characters = sorted({c for spelling in spellings for c in spelling.text if not c.isascii()})
        encodings = tokenizer.encode_batch([*characters, *(f" {c}" for c in characters)])
        possible = [*spellings, *(s for encoding in encodings for s in tokenizer.spellings(encoding.ids))]
        self._composed = {s.ids: s.text for s in possible if len(s.ids) > 1 and s.text.isprintable()}
        self.usual_mask = self._joined([rule.usual_mask for rule in rules])

    def advance(self, state: SpelledState, token: int) -> SpelledState:
        """The state after a token."""
        if token == SENTENCE:
            return self.start
        if token < N_SPECIAL:
            return state
        text, pending = self._properties.texts[token], (*state.pending, token)
        if state.pending or not text:
            if pending not in self._composed:
                return SpelledState(state.states, pending)
            text = self._composed[pending]
        pairs = zip(self._rules, state.states, strict=True)
        return SpelledState(tuple(rule.advance(own, text) for rule, own in pairs))

    def forbidden_mask(self, state: SpelledState) -> Tensor:
        """(V,) bool, True: the token may not follow state."""
        n = len(state.pending)
        possible = {
            ids[n]
            for ids, text in self._composed.items()
            if ids[:n] == state.pending and self._allow(state.states, text)
        }
        if n:
            return allow(torch.ones_like(self.usual_mask), possible)
        pairs = list(zip(self._rules, state.states, strict=True))
        masks = [rule.forbidden_mask(own) for rule, own in pairs]
        is_usual = all(mask is rule.usual_mask for mask, (rule, _) in zip(masks, pairs, strict=True))
        mask = self.usual_mask if is_usual else self._joined(masks)
        return allow(mask, possible) if possible else mask

    def complete_prefix(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The longest prefix of ids that does not end inside a number, a name or a character."""
        state, end = self.start, 0
        for i, token in enumerate(ids, 1):
            state = self.advance(state, token)
            pairs = zip(self._rules, state.states, strict=True)
            if not state.pending and all(rule.may_end(own) for rule, own in pairs):
                end = i
        return tuple(ids[:end])

    def _allow(self, states: Sequence[Any], text: str) -> bool:
        return all(rule.allows(own, text) for rule, own in zip(self._rules, states, strict=True))

    def _joined(self, masks: Sequence[Tensor]) -> Tensor:
        """(V,) bool, True: a mask forbids the token, or it spells no whole character."""
        return reduce(torch.logical_or, masks, self._properties.is_fragment_mask)
