"""Token rules of a search: which tokens may follow each hypothesis, over a batch of documents."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from summarize.decoding.beam import Beam
from summarize.decoding.constraints import TokenProperties, doubled, doubling, lacks_end, repeating
from summarize.decoding.hypothesis import Node
from summarize.text.vocabulary import END, SENTENCE, UNK

# Where a summary has all the words it may have, it may go on to its end only with what is so likely: a full stop after
# any word would be an end in mid-sentence.
LIKELY_END = 0.1


class TokenRules:
    """What may not be written next, of all documents of a search."""

    def __init__(self, src: Tensor, beams: Sequence[Beam], properties: TokenProperties, columns: Tensor | None) -> None:
        """columns (C,): the tokens that may be written, PAD for none; probabilities are of these (default: all)."""
        self._properties, self._options = properties, beams[0].options
        self._has_unknown = dict(zip(beams, src.eq(UNK).any(1).tolist(), strict=True))
        most = self._options.no_repeat_words
        self._doubled = (
            {beam: doubled(properties, ids) for beam, ids in zip(beams, src.tolist(), strict=True)} if most else {}
        )
        every = torch.arange(len(properties.continues))
        self.columns = every if columns is None else columns.cpu()
        of_tokens = torch.full_like(every, -1)
        of_tokens[self.columns] = torch.arange(len(self.columns))
        self._column_of: list[int] = of_tokens.tolist()  # −1: a token that cannot be written
        self._never = properties.never_mask[self.columns]
        self._begins_word = properties.begins_word_mask[self.columns]
        # The mask of what may follow a word is the same at almost every step.
        checked = beams if self._options.check_numbers else ()
        self._between = {beam: beam.rule.between[self.columns] | self._never for beam in checked}

    def forbid(self, probabilities: Tensor, nodes: Sequence[tuple[Beam, Node]]) -> None:
        """Set probabilities (N, C) of what follows nodes to zero wherever a rule forbids a token."""
        rows: list[int] = []
        columns: list[int] = []
        masks: list[Tensor] = []
        for row, (beam, node) in enumerate(nodes):
            masks.append(self._mask(beam, node))
            if self._has_all_words(beam, node.ids):
                masks[-1] = masks[-1] | self._begins_word | (probabilities[row] < LIKELY_END).cpu()
            own = [self._column_of[token] for token in self._forbidden(beam, node.ids)]
            own = [column for column in own if column >= 0]
            rows += [row] * len(own)
            columns += own
        probabilities.masked_fill_(torch.stack(masks).to(probabilities.device), 0.0)
        probabilities[rows, columns] = 0.0

    def _mask(self, beam: Beam, node: Node) -> Tensor:
        """(C,) bool: what may not follow the state of a node, whatever else was written."""
        if not self._options.check_numbers:
            return self._never
        mask = beam.rule.forbidden(node.state)
        return self._between[beam] if mask is beam.rule.between else mask[self.columns] | self._never

    def _forbidden(self, beam: Beam, ids: tuple[int, ...]) -> list[int]:
        """Single tokens that may not follow ids."""
        limits, sentences, opens = beam.limits, ids.count(SENTENCE) + 1, not ids or ids[-1] == SENTENCE
        too_short = len(ids) < limits.min_tokens or (limits.sentences is not None and sentences < limits.sentences)
        is_unfinished = lacks_end(self._properties, ids)
        found: list[int] = []
        if self._options.no_repeat_words:
            found += repeating(self._properties, ids, self._options.no_repeat_words)
            found += doubling(self._properties, ids) - self._doubled[beam]
        if too_short or is_unfinished or (ids and opens):
            found.append(END)
        if opens or is_unfinished or (limits.sentences is not None and sentences >= limits.sentences):
            found.append(SENTENCE)
        if not self._has_unknown[beam]:
            found.append(UNK)
        return found

    def _has_all_words(self, beam: Beam, ids: tuple[int, ...]) -> bool:
        most = beam.limits.words
        return most is not None and sum(self._properties.begins_word[i] for i in ids) >= most
