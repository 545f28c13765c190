"""Beam-search data types: options, decoder steps, hypotheses."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from summarize.decoding.source_rule import SourceRule
from summarize.errors import UsageError
from summarize.text.lengths import Limits
from summarize.text.vocabulary import SENTENCE

# Of max_src: START, END and one token between them.
_MINIMUM_OF_WHOLE_NUMBERS = {"max_src": 3, "beam_size": 1, "min_length": 0, "max_length": 1, "no_repeat_words": 0}


@dataclass(frozen=True)
class SearchOptions:
    """How much of a document is encoded, and how its summary is searched for. Lengths are in tokens, without END.

    max_length wins over a greater min_length: no hypothesis ends by itself then, and the best is cut off there.

    Raises UsageError where a value is out of range.
    """

    max_src: int = 512  # of a document, with START and END
    beam_size: int = 4
    # A finished hypothesis is ranked by its score / length ** length_penalty (Wu et al. 2016, simplified).
    length_penalty: float = 1.0
    min_length: int = 45
    max_length: int = 110
    # No n-gram of so many words is generated twice, and no word twice in a row unless the source has it so; 0 allows
    # both.
    no_repeat_words: int = 3
    # Subtracted from the score for each unit of pointer attention beyond one on a source token (Gehrmann et al. 2018).
    coverage_penalty: float = 0.0
    # The search of a document ends with patience × beam_size finished hypotheses (Kasai et al. 2022), once no active
    # hypothesis has a better score than the best of them.
    patience: float = 1.0
    check_numbers: bool = True
    check_names: bool = False  # only with a cased vocabulary; with an uncased one it means nothing
    # For sentencewise generation: the mean token probability (geometric, coverage penalty included) below which a
    # rewritten sentence is discarded; its verbatim form may still be selected.
    min_confidence: float = 0.0
    # For a writer: the mean copied share of a sentence's words below which the document's own sentence takes its place.
    min_copied: float = 0.0
    whole: bool = False  # one summary of a document however long, not one of each of its parts
    name_speakers: bool = False  # in conversations, "I" and "you" are encoded as the speakers' names

    def __post_init__(self) -> None:
        values = vars(self)
        for name, minimum in _MINIMUM_OF_WHOLE_NUMBERS.items():
            if not (_is_a(Integral, values[name]) and values[name] >= minimum):
                raise UsageError(f"{name} must be a whole number of at least {minimum}, not {values[name]!r}")
        for name in ("length_penalty", "coverage_penalty"):
            if not (_is_a(Real, values[name]) and 0 <= values[name] < inf):
                raise UsageError(f"{name} must be a finite number of at least 0, not {values[name]!r}")
        if not (_is_a(Real, values["patience"]) and values["patience"] > 0):
            raise UsageError(f"patience must be a number above 0, not {values['patience']!r}")
        for name in ("min_confidence", "min_copied"):
            if not (_is_a(Real, values[name]) and 0 <= values[name] <= 1):
                raise UsageError(f"{name} must be a number from 0 to 1, not {values[name]!r}")

    @property
    def limits(self) -> Limits:
        """The limits of a summary for which no other length is requested."""
        return Limits(self.min_length, self.max_length)


def _is_a(kind: type, value: object) -> bool:
    """Whether a value is a number of a kind, and not a bool, which Python counts among them."""
    return isinstance(value, kind) and not isinstance(value, bool)


@dataclass(frozen=True)
class Hypothesis:
    """A summary's T tokens without END, its length-normalised score (natural logarithm), and how much was copied.

    copy_shares (T, S): the share of each token's probability that comes from copying it from each source position.
    log_probs (T,): of each token.
    """

    ids: tuple[int, ...]
    score: float
    copy_shares: Tensor = field(compare=False)
    log_probs: tuple[float, ...] = field(default=(), compare=False)

    def sentence_log_probs(self) -> list[float]:
        """The mean log-probability of each sentence's tokens, and of the SENTENCE after it."""
        means, start = [], 0
        for t, token in enumerate(self.ids, 1):
            if token == SENTENCE or t == len(self.ids):
                means.append(sum(self.log_probs[start:t]) / (t - start))
                start = t
        return means


@dataclass(frozen=True)
class DecoderStep:
    """A decoder's predictions of the token after each of W nodes of each of B documents."""

    probabilities: Tensor  # (B, W, C), a column for each of the decoder's tokens; the search may modify it
    pointer: Tensor  # (B, W, S) attention over the source
    p_copy: Tensor  # (B, W): the probability of copying by that attention, 1 − p_gen


@dataclass(frozen=True)
class NextTokens:
    """A decoder's prediction of the token after one node."""

    log_probs: list[tuple[int, float]]  # the most probable tokens with their log-probabilities, best first
    penalty: float  # by how much the coverage penalty grows here, whichever token follows
    pointer: np.ndarray  # (S,): see DecoderStep
    p_copy: float  # see DecoderStep
    coverage: np.ndarray  # (S,): the sum of pointer attention so far

    def copy_shares(self, src: np.ndarray, token: int, log_prob: float) -> np.ndarray:
        """(S,): the share of a token's probability that comes from copying it from each position of src (S,)."""
        shares = self.pointer * (src == token) * (self.p_copy / max(exp(log_prob), 1e-30))
        return np.minimum(shares, 1.0, out=shares)


Candidate = tuple[float, "Node", int, float]  # score, the node that is continued, the token, its log-probability


@dataclass(eq=False, slots=True)
class Node:
    """A token in the tree of one document's hypotheses. It stands for the sequence of tokens from the root to it."""

    ids: tuple[int, ...]
    state: Any  # of the source rule
    parent: Node | None = None
    log_prob: float = 0.0  # of the last token; this and the score are unknown until the search selects the node
    score: float = 0.0  # of all tokens, penalties subtracted
    slot: int = -1  # its index in the decoder's tree
    next_tokens: NextTokens | None = None  # None until it is decoded
    children: dict[int, Node] = field(default_factory=dict)

    def child(self, token: int, rule: SourceRule) -> Node:
        """The node of a token that follows, created where it is new."""
        child = self.children.get(token)
        if child is None:
            child = self.children[token] = Node((*self.ids, token), rule.advance(self.state, token), self)
        return child

    def select(self, score: float, log_prob: float) -> Node:
        """This node, with the score and log-probability by which the search has selected it."""
        self.score, self.log_prob = score, log_prob
        return self

    def assign_slot(self, slot: int) -> None:
        """Note the index that the node has in the decoder's tree from now on."""
        self.slot = slot

    def record(
        self, log_probs: list[tuple[int, float]], pointer: np.ndarray, p_copy: float, coverage_penalty: float
    ) -> None:
        """Store the decoder's prediction: see NextTokens. Tokens without probability are left out. The parent has its
        prediction already."""
        coverage = (
            self.parent.next_tokens.coverage if self.parent and self.parent.next_tokens else np.zeros_like(pointer)
        )
        penalty = 0.0
        if coverage_penalty:
            previous, coverage = coverage, coverage + pointer
            excess = float(np.maximum(coverage - 1, 0).sum() - np.maximum(previous - 1, 0).sum())
            penalty = coverage_penalty * excess
        possible = [(token, log_prob) for token, log_prob in log_probs if log_prob > -inf]
        self.next_tokens = NextTokens(possible, penalty, pointer, p_copy, coverage)

    def candidates(self, score: float) -> list[Candidate]:
        """The continuations of this node if it has the given score; none where it is not decoded."""
        if self.next_tokens is None:
            return []
        penalty = self.next_tokens.penalty
        return [(score - penalty + log_prob, self, token, log_prob) for token, log_prob in self.next_tokens.log_probs]

    def path(self) -> list[Node]:
        """The nodes from the root to this one."""
        nodes: list[Node] = [self]
        while nodes[-1].parent is not None:
            nodes.append(nodes[-1].parent)
        return nodes[::-1]

    def decoded_subtree(self) -> list[Node]:
        """This node and its descendants, as far as they are decoded, parents first."""
        nodes = [self] if self.next_tokens is not None else []
        for node in nodes:
            nodes += [child for child in node.children.values() if child.next_tokens is not None]
        return nodes

    def copy_shares(self, src: np.ndarray) -> Tensor:
        """(T, S) of the node's T tokens: see Hypothesis; src (S,)."""
        shares = [
            node.parent.next_tokens.copy_shares(src, node.ids[-1], node.log_prob)
            for node in self.path()
            if node.parent is not None and node.parent.next_tokens is not None
        ]
        return torch.from_numpy(np.stack(shares)) if shares else torch.zeros(0, len(src))

    def source_position(self, src: np.ndarray) -> int | None:
        """The position of src (S,) that the last token was probably copied from; None if it was not copied.

        It is the position with the most attention; or, where the parent is not decoded, the one after the parent's.
        """
        if self.parent is None:
            return None
        if self.parent.next_tokens is not None:
            attention = self.parent.next_tokens.pointer * (src == self.ids[-1])
            return int(attention.argmax()) if attention.max() > 0 else None
        previous = self.parent.source_position(src)
        return None if previous is None else previous + 1
