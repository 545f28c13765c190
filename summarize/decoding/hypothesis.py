"""What a search is told, what it is told at each step, and what it finds: hypotheses, as a tree of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp

import numpy as np
import torch
from torch import Tensor

from summarize.decoding.constraints import Compound, NumberRule
from summarize.text.lengths import Limits


@dataclass(frozen=True)
class SearchOptions:
    """How to read and how to search. Lengths are in tokens, END not counted."""

    max_src: int = 512  # of a document, what is read
    beam_size: int = 4
    # A finished hypothesis is ranked by its score / length ** length_penalty (Wu et al. 2016, simplified).
    length_penalty: float = 1.0
    min_length: int = 45
    max_length: int = 110
    # No run of so many words comes twice, and no word follows itself but where the document has it so; 0 allows both.
    no_repeat_words: int = 3
    # Taken from the score for every unit of pointer attention beyond one on a source token (Gehrmann et al. 2018).
    coverage_penalty: float = 0.0
    # A document is done with patience × beam_size finished hypotheses (Kasai et al. 2022), when none that could go on
    # is better as it stands than the best of them.
    patience: float = 1.0
    check_numbers: bool = True
    # Of a sentence told by itself: the mean probability of its tokens (geometric, coverage penalty included) below
    # which the document's own sentence may be told, but not this one.
    min_confidence: float = 0.0
    whole: bool = False  # one summary of a document however long, not one of each of its parts
    name_speakers: bool = False  # conversations are read with names for "I" and "you"

    @property
    def limits(self) -> Limits:
        """The lengths, for a document of which nothing else is asked."""
        return Limits(self.min_length, self.max_length)


@dataclass(frozen=True)
class Hypothesis:
    """A summary's T tokens without END, its length-normalised score (natural logarithm), and where the tokens are from.

    copied (T, S): of each token's probability, the share that is of copying it from each place of the source.
    """

    ids: tuple[int, ...]
    score: float
    copied: Tensor = field(compare=False)


@dataclass(frozen=True)
class Step:
    """What a decoder says of what follows W nodes of each of B documents."""

    probabilities: Tensor  # (B, W, C), one column for each of the decoder's tokens; a search's own to change
    pointer: Tensor  # (B, W, S) attention over the source
    p_copy: Tensor  # (B, W): the share of copying by that attention, 1 − p_gen


@dataclass(frozen=True)
class NextTokens:
    """What may follow a node, once a decoder has read it."""

    tokens: list[tuple[int, float]]  # the likeliest, and their log-probabilities, best first
    penalty: float  # what is to be taken from all their scores
    pointer: np.ndarray  # (S,) and p_copy: see Step
    p_copy: float
    coverage: np.ndarray  # (S,): how much was attended to so far

    def copied(self, src: np.ndarray, token: int, log_prob: float) -> np.ndarray:
        """(S,): the share of a token's probability that is of copying it from each place of src (S,)."""
        share = self.pointer * (src == token) * (self.p_copy / max(exp(log_prob), 1e-30))
        return np.minimum(share, 1.0, out=share)


@dataclass(eq=False, slots=True)
class Node:
    """A token in the tree of all that is being written of a document, and with it the tokens on the way to it."""

    ids: tuple[int, ...]
    state: Compound  # of the number that is being written
    parent: Node | None = None
    log_prob: float = 0.0  # of the last token
    score: float = 0.0  # of all, penalties included; as yet unknown where the parent was not read
    place: int = -1  # where the decoder has it
    following: NextTokens | None = None
    children: dict[int, Node] = field(default_factory=dict)

    def child(self, token: int, rule: NumberRule) -> Node:
        """The node of a token that follows."""
        found = self.children.get(token)
        if found is None:
            found = self.children[token] = Node((*self.ids, token), rule.advance(self.state, token), self)
        return found

    def path(self) -> list[Node]:
        """The nodes on the way to this one, which is the last."""
        nodes: list[Node] = [self]
        while nodes[-1].parent is not None:
            nodes.append(nodes[-1].parent)
        return nodes[::-1]

    def read_ones(self) -> list[Node]:
        """This node and what comes after it, as far as it was read."""
        found = [self] if self.following is not None else []
        for node in found:
            found += [child for child in node.children.values() if child.following is not None]
        return found

    def copied(self, src: np.ndarray) -> Tensor:
        """(T, S) of T tokens: see Hypothesis; src (S,)."""
        rows = [
            node.parent.following.copied(src, node.ids[-1], node.log_prob)
            for node in self.path()
            if node.parent is not None and node.parent.following is not None
        ]
        return torch.from_numpy(np.stack(rows)) if rows else torch.zeros(0, len(src))

    def origin(self, src: np.ndarray) -> int | None:
        """The place of src (S,) that the last token was copied from, most likely: where it was attended to most, or, as
        long as that is not known, the one after the token before's. None for none."""
        if self.parent is None:
            return None
        if self.parent.following is not None:
            there = self.parent.following.pointer * (src == self.ids[-1])
            return int(there.argmax()) if there.max() > 0 else None
        before = self.parent.origin(src)
        return None if before is None else before + 1
