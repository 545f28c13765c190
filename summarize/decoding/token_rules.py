"""Which tokens may follow each hypothesis of a batch of documents: by source, repetition, lengths and endings."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from summarize.decoding.beam import Beam
from summarize.decoding.hypothesis import Node
from summarize.decoding.repetition import (
    echoed_tokens,
    echoing_tokens,
    lacks_end_mark,
    repeated_ngram_tokens,
)
from summarize.decoding.token_properties import TokenProperties
from summarize.text.vocabulary import END, SENTENCE, UNK

# Minimum token probability once the word budget is spent. Without it, a full stop after any word would end a summary
# in mid-sentence.
MIN_END_PROBABILITY = 0.1


class TokenRules:
    """Sets the probabilities of forbidden tokens to zero, for all documents of a search."""

    def __init__(self, src: Tensor, beams: Sequence[Beam], properties: TokenProperties, columns: Tensor | None) -> None:
        """src (B, S): the sources of the B beams; columns (C,): the token of each column of probabilities, PAD for
        none (default: all of the vocabulary)."""
        self._properties, self._options = properties, beams[0].options
        self._has_unknown = dict(zip(beams, src.eq(UNK).any(1).tolist(), strict=True))
        self._echoed: dict[Beam, set[int]] = {}
        if self._options.no_repeat_words:
            sources = zip(beams, src.tolist(), strict=True)
            self._echoed = {beam: echoed_tokens(properties, ids) for beam, ids in sources}
        vocabulary = torch.arange(len(properties.is_word))
        self.columns = vocabulary if columns is None else columns.cpu()
        column_of = torch.full_like(vocabulary, -1)
        column_of[self.columns] = torch.arange(len(self.columns))
        self._column_of: list[int] = column_of.tolist()  # −1: a token without a column
        self._never_generated = properties.never_generated_mask[self.columns]
        # The usual mask is needed at almost every node, and is the same at each.
        checked = [beam for beam in beams if beam.applies_rule]
        self._usual_masks = {beam: beam.rule.usual_mask[self.columns] | self._never_generated for beam in checked}

    def apply(self, probabilities: Tensor, nodes: Sequence[tuple[Beam, Node]]) -> None:
        """Set the probabilities (N, C) of the tokens that may not follow N nodes to zero."""
        rows: list[int] = []
        columns: list[int] = []
        masks: list[Tensor] = []
        for row, (beam, node) in enumerate(nodes):
            mask = self._mask(beam, node)
            if self._has_spent_words(beam, node.ids):
                begins_word = self._properties.begins_word_mask_after(node.ids)[self.columns]
                mask = mask | begins_word | (probabilities[row] < MIN_END_PROBABILITY).cpu()
            masks.append(mask)
            forbidden = [self._column_of[token] for token in self._forbidden_tokens(beam, node.ids)]
            forbidden = [column for column in forbidden if column >= 0]
            rows += [row] * len(forbidden)
            columns += forbidden
        probabilities.masked_fill_(torch.stack(masks).to(probabilities.device), 0.0)
        probabilities[rows, columns] = 0.0

    def _mask(self, beam: Beam, node: Node) -> Tensor:
        """(C,) bool, True: forbidden after a node by its source, or in every summary."""
        if not beam.applies_rule:
            return self._never_generated
        mask = beam.rule.forbidden_mask(node.state)
        if mask is beam.rule.usual_mask:
            return self._usual_masks[beam]
        return mask[self.columns] | self._never_generated

    def _forbidden_tokens(self, beam: Beam, ids: tuple[int, ...]) -> list[int]:
        """The single tokens that may not follow ids."""
        limits, is_sentence_start = beam.limits, not ids or ids[-1] == SENTENCE
        n_missing = None if limits.n_sentences is None else limits.n_sentences - ids.count(SENTENCE) - 1  # sentences
        is_too_short = len(ids) < limits.min_tokens or (n_missing is not None and n_missing > 0)
        is_unfinished = lacks_end_mark(self._properties, ids)
        tokens: list[int] = []
        if self._options.no_repeat_words:
            tokens += repeated_ngram_tokens(self._properties, ids, self._options.no_repeat_words)
            tokens += echoing_tokens(self._properties, ids) - self._echoed[beam]
        if is_too_short or is_unfinished or (ids and is_sentence_start):
            tokens.append(END)
        if is_sentence_start or is_unfinished or (n_missing is not None and n_missing <= 0):
            tokens.append(SENTENCE)
        if not self._has_unknown[beam]:
            tokens.append(UNK)
        return tokens

    def _has_spent_words(self, beam: Beam, ids: tuple[int, ...]) -> bool:
        """Whether ids have all the words that the summary may have."""
        max_words = beam.limits.max_words
        return max_words is not None and self._properties.n_words(ids) >= max_words
