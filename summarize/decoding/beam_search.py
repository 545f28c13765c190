"""Batched beam search. All beams of a document share one encoder memory. The search blocks repeated n-grams of words
and doubled words, and generates only numbers of the source.

The documents are searched independently, but decoded together; finished documents leave the batch. Nothing here knows
what a decoder computes or what the tokens mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from summarize.decoding.beam import Beam
from summarize.decoding.hypothesis import DecoderStep, Hypothesis, Node, SearchOptions
from summarize.decoding.source_rule import SourceRule
from summarize.decoding.token_properties import TokenProperties
from summarize.decoding.token_rules import TokenRules
from summarize.text.lengths import Limits
from summarize.text.vocabulary import PAD, START

# Documents: a batch shrinks by so many at a time, so that its steps have few different shapes.
BATCH_MULTIPLE = 8
# Nodes: each step decodes so many of a document by look-ahead, beyond one for each beam, as long as the batch stays
# within so many in all. A few more take a decoder no longer, as it reads all its weights for any; a hundred more do.
MAX_LOOKAHEAD, MAX_NODES_PER_STEP = 4, 120
# Slots of a decoder's tree: from so many on, the nodes that no search needs any more are removed.
MIN_SLOTS_TO_PRUNE = 192


class Decoder(Protocol):
    """What a search needs of a decoder: a tree of decoded nodes for each document, with numbered slots."""

    output_tokens: Tensor | None  # (C,) the token of each column of probabilities; None: all of the vocabulary

    def step(self, tokens: Tensor, parents: Tensor) -> DecoderStep:
        """Predict the token after tokens (B, W), each of which follows the node in its slot of parents (B, W), −1 for
        none. The W tokens take the next W slots of their document."""
        ...

    def select(self, documents: Tensor) -> None:
        """Continue with the documents (B′,) alone, in that order."""
        ...

    def prune(self, slots: Tensor) -> None:
        """Keep of each document only what is in slots (B, P), −1 for none; slot slots[b, p] becomes slot p."""
        ...


def beam_search(
    decoder: Decoder,
    src: Tensor,
    rules: Sequence[SourceRule],
    properties: TokenProperties,
    options: SearchOptions,
    limits: Sequence[Limits] | None = None,
) -> list[list[Hypothesis]]:
    """Search for summaries of the documents src (B, S), which the decoder has encoded. rules: the rule of each
    source; limits: the length of each summary (default: that of the options).

    Returns the finished hypotheses of each document, at least one, best first.
    """
    limits = limits or [options.limits] * len(src)
    sources = src.cpu().numpy()
    documents = zip(sources, rules, limits, strict=True)
    beams = [Beam(ids, rule, properties, options, own_limits) for ids, rule, own_limits in documents]
    token_rules = TokenRules(src, beams, properties, decoder.output_tokens)
    batch = _Batch(decoder, beams, token_rules, options, src.device)
    while batch.drop_finished():
        batch.step()
        batch.prune()
    return [sorted(beam.finished, key=lambda hypothesis: -hypothesis.score) for beam in beams]


class _Batch:
    """The documents that are decoded together: those whose search goes on, and some that pad the batch."""

    def __init__(
        self, decoder: Decoder, beams: Sequence[Beam], rules: TokenRules, options: SearchOptions, device: torch.device
    ) -> None:
        self._decoder, self._rules, self._options, self._device = decoder, rules, options, device
        self._beams = list(beams)
        self._n_padding = 0  # documents of the decoder after those of the beams, copies of the first, which do nothing
        self._n_slots = 0  # of each document's tree in the decoder
        self._prune_at = MIN_SLOTS_TO_PRUNE

    @property
    def _size(self) -> int:
        """How many documents the decoder has."""
        return len(self._beams) + self._n_padding

    def drop_finished(self) -> bool:
        """Shrink the batch to a multiple of BATCH_MULTIPLE that holds all unfinished documents; returns whether there
        are any. A batch that begins with more than that multiple is padded to the next."""
        n_active = sum(not beam.is_done for beam in self._beams)
        size = -(-n_active // BATCH_MULTIPLE) * BATCH_MULTIPLE
        if n_active <= BATCH_MULTIPLE:
            size = min(size, self._size)  # a small batch is not padded
        if n_active and size != self._size:
            active_first = sorted(range(len(self._beams)), key=lambda i: self._beams[i].is_done)
            kept = sorted(active_first[:size])
            self._beams, self._n_padding = [self._beams[i] for i in kept], size - len(kept)
            self._decoder.select(torch.tensor(kept + [0] * self._n_padding, device=self._device))
        return n_active > 0

    def step(self) -> None:
        """Decode the nodes that the searches request next, and continue the searches."""
        beam_size = self._options.beam_size
        n_ahead = max(0, min(MAX_LOOKAHEAD, MAX_NODES_PER_STEP // self._size - beam_size))
        width = beam_size + n_ahead if self._n_slots else 1
        requested = [beam.request(width, self._n_slots) for beam in self._beams]
        self._decode(requested, width)
        self._n_slots += width
        for beam in self._beams:
            beam.advance()

    def prune(self) -> None:
        """Have the decoder forget the nodes that no search needs any more, if it has many."""
        if self._n_slots < self._prune_at:
            return
        kept = [beam.compact_slots() for beam in self._beams]
        self._n_slots = max(map(len, kept))
        slots = np.full((self._size, self._n_slots), -1)
        for row, former in zip(slots, kept, strict=False):
            row[: len(former)] = former
        self._decoder.prune(self._on_device(slots))
        self._prune_at = 2 * self._n_slots + MIN_SLOTS_TO_PRUNE

    def _decode(self, requested: Sequence[Sequence[Node]], width: int) -> None:
        """Decode the requested nodes of each document, at most width, and record what may follow each."""
        tokens, parents = np.full((self._size, width), PAD), np.full((self._size, width), -1)
        nodes: list[tuple[Beam, Node]] = []
        indices: list[tuple[int, int]] = []  # of nodes, in tokens
        for i, (beam, own) in enumerate(zip(self._beams, requested, strict=True)):
            for j, node in enumerate(own):
                tokens[i, j] = node.ids[-1] if node.ids else START
                parents[i, j] = node.parent.slot if node.parent else -1
                nodes.append((beam, node))
                indices.append((i, j))
        step = self._decoder.step(self._on_device(tokens), self._on_device(parents))
        index = torch.tensor(indices, device=self._device).unbind(1)
        probabilities = step.probabilities[index]
        self._rules.apply(probabilities, nodes)
        best = probabilities.topk(min(2 * self._options.beam_size, probabilities.shape[1]), dim=1)
        best_tokens = self._rules.columns[best.indices.cpu()].tolist()
        log_probs, pointers, p_copy = best.values.log().tolist(), step.pointer[index].cpu(), step.p_copy[index].tolist()
        predictions = zip(nodes, best_tokens, log_probs, pointers.numpy(), p_copy, strict=True)
        for (_, node), node_tokens, node_log_probs, pointer, node_p_copy in predictions:
            next_tokens = [*zip(node_tokens, node_log_probs, strict=True)]
            node.record(next_tokens, pointer, node_p_copy, self._options.coverage_penalty)

    def _on_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self._device)
