"""Batched beam search: documents are searched side by side, each by itself, and what they want read is read at once.

Nothing here knows what scores hypotheses or what their ids mean. The decoder keeps one memory a document, whatever the
beam; a document that is finished leaves the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from summarize.decoding.beam import Beam
from summarize.decoding.constraints import NumberRule, TokenProperties
from summarize.decoding.hypothesis import Hypothesis, NextTokens, Node, SearchOptions, Step
from summarize.decoding.token_rules import TokenRules
from summarize.text.lengths import Limits
from summarize.text.vocabulary import PAD, START

TOGETHER = 8  # documents: a batch shrinks by so many at once, so that the shapes of a step are few
# Nodes of a document that are read at a time, beyond as many as it has beams: as many as fit into so many nodes in all.
# A few more rows take a decoder no longer, which reads all its weights for them anyway; a hundred more do.
AHEAD, NODES = 4, 120
PRUNE = 192  # places of a decoder's tree, from which on what nobody needs is cut


class Decoder(Protocol):
    """What a search needs. It has a place for each node that it has read of a document, numbered as they came."""

    output_tokens: Tensor | None  # (C,) those that it gives probabilities of; None: all of the vocabulary

    def step(self, tokens: Tensor, parents: Tensor) -> Step:
        """What follows tokens (B, W), which follow those at the places parents (B, W), −1 for none."""
        ...

    def select(self, documents: Tensor) -> None:
        """Go on with these documents (B′,), in that order."""
        ...

    def prune(self, places: Tensor) -> None:
        """Forget of each document all but what is at places (B, P), −1 for none, which are then the first ones."""
        ...


def beam_search(
    decoder: Decoder,
    src: Tensor,
    rules: Sequence[NumberRule],
    properties: TokenProperties,
    options: SearchOptions,
    limits: Sequence[Limits] | None = None,
) -> list[list[Hypothesis]]:
    """Search summaries of documents src (B, S), which decoder has read, one number rule a document; limits: how long
    each is to be (default: the options').

    Returns each document's finished hypotheses, best first, at least one each.
    """
    limits = limits or [options.limits] * len(src)
    sources = src.cpu().numpy()
    beams = [Beam(own, rule, properties, options, most) for own, rule, most in zip(sources, rules, limits, strict=True)]
    forbidden = TokenRules(src, beams, properties, decoder.output_tokens)
    spare = Beam(sources[0], rules[0], properties, options, limits[0])
    spare.is_done = True
    going, places, room = beams, 0, PRUNE
    while going := _going_on(going, spare, decoder, src.device):
        ahead = max(0, min(AHEAD, NODES // len(going) - options.beam_size))
        width = options.beam_size + ahead if places else 1
        wanted = [beam.wanted(width) for beam in going]
        _read(decoder, forbidden, going, wanted, (places, width), src.device)
        places += width
        for beam in going:
            beam.advance()
        if places >= room:
            places = _prune(decoder, going, src.device)
            room = 2 * places + PRUNE
    return [sorted(beam.finished, key=lambda h: -h.score) for beam in beams]


def _going_on(beams: list[Beam], spare: Beam, decoder: Decoder, device: torch.device) -> list[Beam]:
    """Those that go on, and from nine on, for nothing, as many as a multiple of TOGETHER takes; the decoder goes on
    with the same."""
    live = sum(not beam.is_done for beam in beams)
    most = -(-live // TOGETHER) * TOGETHER
    kept = sorted(sorted(range(len(beams)), key=lambda i: beams[i].is_done)[:most])
    spares = most - len(kept) if live > TOGETHER else 0
    if live and kept + [0] * spares != list(range(len(beams))):
        decoder.select(torch.tensor(kept + [0] * spares, device=device))
    return [*(beams[i] for i in kept), *[spare] * spares] if live else []


def _read(
    decoder: Decoder,
    rules: TokenRules,
    beams: Sequence[Beam],
    wanted: Sequence[Sequence[Node]],
    at: tuple[int, int],
    device: torch.device,
) -> None:
    """Have nodes read, a list of them for each document, at so many places from the first one on."""
    first, width = at
    tokens, parents = np.full((len(beams), width), PAD), np.full((len(beams), width), -1)
    where: list[tuple[int, int]] = []
    for row, nodes in enumerate(wanted):
        for column, node in enumerate(nodes):
            node.place = first + column
            tokens[row, column] = node.ids[-1] if node.ids else START
            parents[row, column] = node.parent.place if node.parent else -1
            where.append((row, column))
    step = decoder.step(torch.from_numpy(tokens).to(device), torch.from_numpy(parents).to(device))
    index = torch.tensor(where, device=device).unbind(1)
    read = [(beams[row], wanted[row][column]) for row, column in where]
    probabilities = step.probabilities[index]
    rules.forbid(probabilities, read)
    likely = probabilities.topk(min(2 * beams[0].options.beam_size, probabilities.shape[1]), dim=1)
    found = rules.columns[likely.indices.cpu()].tolist()
    log_probs, pointers, p_copy = likely.values.log().tolist(), step.pointer[index].cpu(), step.p_copy[index].tolist()
    penalty = beams[0].options.coverage_penalty
    parts = zip(read, found, log_probs, pointers.numpy(), p_copy, strict=True)
    for (_, node), likeliest, values, pointer, share in parts:
        _note(node, [*zip(likeliest, values, strict=True)], pointer, share, penalty)


def _note(node: Node, tokens: Sequence[tuple[int, float]], pointer: np.ndarray, p_copy: float, penalty: float) -> None:
    """What a decoder says of what follows a node."""
    before = node.parent.following.coverage if node.parent and node.parent.following else np.zeros_like(pointer)
    coverage, added = before, 0.0
    if penalty:
        coverage = before + pointer
        added = penalty * float(np.maximum(coverage - 1, 0).sum() - np.maximum(before - 1, 0).sum())
    likely = [(token, value) for token, value in tokens if value > -np.inf]
    node.following = NextTokens(likely, added, pointer, p_copy, coverage)


def _prune(decoder: Decoder, beams: Sequence[Beam], device: torch.device) -> int:
    """Have the decoder forget what no search needs any more; returns how many places it then has."""
    needed = [beam.needed() if not beam.is_done else [] for beam in beams]
    most = max(map(len, needed))
    places = np.full((len(beams), most), -1)
    for row, nodes in zip(places, needed, strict=True):
        row[: len(nodes)] = [node.place for node in nodes]
        for place, node in enumerate(nodes):
            node.place = place
    decoder.prune(torch.from_numpy(places).to(device))
    return most
