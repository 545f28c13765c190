"""Beam search of one document: which hypotheses go on, which are finished, and when that is enough.

A search that takes a step at a time waits at each for a decoder, which reads all its weights for a few rows. Most of a
summary is copied, word after word, so much of what the search will ask for can be guessed, and is read before it asks:
the next tokens of the source (inference with reference: Yang et al. 2023), and what comes second at each of them. What
is found is the same, for nothing is chosen but from what was read (speculative decoding: Leviathan et al. 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, log

import numpy as np

from summarize.decoding.constraints import NumberRule, TokenProperties
from summarize.decoding.hypothesis import Hypothesis, Node, SearchOptions
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE

# How probable it is taken to be that copying goes on, where that was not read yet.
GOES_ON = log(0.9)

Candidate = tuple[float, Node, int, float]  # a score, and the node, token and log-probability that it comes from


class Beam:
    """The search of one document."""

    def __init__(
        self, src: np.ndarray, rule: NumberRule, properties: TokenProperties, options: SearchOptions, limits: Limits
    ) -> None:
        """src (S,): the tokens of what was read, as the decoder has them."""
        self.options, self.limits, self.rule = options, limits, rule
        self.finished: list[Hypothesis] = []
        self.is_done = False
        self._src, self._properties = src, properties
        self._live = [Node((), ())]

    def advance(self) -> None:
        """Go on for as long as what the search needs was read."""
        while not self.is_done and all(node.following is not None for node in self._live):
            self._step()

    def wanted(self, most: int) -> list[Node]:
        """The nodes that a decoder is to read next, parents first: all that the search needs to go on, and then what it
        will probably need next, `most` in all if there are so many."""
        if self.is_done:
            return []
        found: list[Node] = []
        live = [(node.score, node) for node in self._live]
        while live and len(found) < most:
            found += [node for _, node in live if node.following is None]
            likely = [each for score, node in live for each in self._guessed(score, node)]
            best = sorted(likely, key=lambda each: -each[0])[: self.options.beam_size]
            live = [(score, node.child(token, self.rule)) for score, node, token, _ in best]
        return found[:most]

    def needed(self) -> list[Node]:
        """What was read, of all that the search may still use, parents first."""
        above = {node: None for live in self._live for node in live.path() if node.following is not None}
        return list(above | {node: None for live in self._live for node in live.read_ones()})

    def _guessed(self, score: float, node: Node) -> Iterable[Candidate]:
        """What probably follows a node with this score."""
        if len(node.ids) >= self.limits.max_tokens:
            return []
        if node.following is not None:
            return [each for each in self._candidates(node, score) if each[2] != END]
        place = node.origin(self._src)
        if place is None or place + 1 >= len(self._src) or self._properties.ends[node.ids[-1]]:
            return []
        token = int(self._src[place + 1])
        return [(score + GOES_ON, node, token, GOES_ON)] if token >= N_SPECIAL else []

    @staticmethod
    def _candidates(node: Node, score: float) -> list[Candidate]:
        """What may follow a node that was read, and has this score."""
        following = node.following
        if following is None:
            return []
        return [(score - following.penalty + each, node, token, each) for token, each in following.tokens]

    def _step(self) -> None:
        """Replace the live hypotheses by their best continuations."""
        found = [each for node in self._live for each in self._candidates(node, node.score)]
        chosen = self._chosen(sorted(found, key=lambda each: -each[0]))
        if chosen:
            self._live = [self._continued(*each) for each in chosen]
        best = self._live[0]
        self.is_done = not (chosen and self._goes_on(best))
        if self.is_done and not self.finished:
            self._cut_off(best, best.score if chosen else -inf)

    def _continued(self, score: float, node: Node, token: int, log_prob: float) -> Node:
        child = node.child(token, self.rule)
        child.score, child.log_prob = score, log_prob
        return child

    def _chosen(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Those to go on with of those found, best first; those that end go to the finished ones."""
        k = self.options.beam_size
        chosen: list[Candidate] = []
        # Of 2k candidates at most k end here, so k are left to go on.
        for rank, (score, node, token, log_prob) in enumerate(found[: 2 * k]):
            if token == END:
                if rank < k:  # an ending is worth keeping where it is among the best k
                    self._finish(node, node.ids, score)
            elif len(chosen) < k:
                chosen.append((score, node, token, log_prob))
                # Where words are limited, what could go on with another sentence is also kept as it is.
                may_stop = self.limits.words is not None and len(node.ids) >= self.limits.min_tokens
                if token == SENTENCE and may_stop:
                    self._finish(node, node.ids, score)
        return chosen

    def _finish(self, node: Node, ids: tuple[int, ...], score: float) -> None:
        """Keep ids, what a node has or the beginning of it."""
        copied = node.copied(self._src)[: len(ids)]
        self.finished.append(Hypothesis(ids, self._normalised(score, len(ids) + 1), copied))

    def _normalised(self, score: float, length: int) -> float:
        """A score by which hypotheses of different lengths are compared."""
        # Of so many sentences the likeliest are wanted, not the longest.
        penalty = self.options.length_penalty if self.limits.sentences is None else 1.0
        return score / length**penalty

    def _goes_on(self, best: Node) -> bool:
        """Whether the search may still find a better summary; best: the best of the live ones."""
        if len(best.ids) > self.limits.max_tokens:
            return False
        if len(self.finished) < self.options.patience * self.options.beam_size:
            return True
        # Early ends may be many and poor, for an end needs only to be among the likeliest few.
        return self._normalised(best.score, len(best.ids)) > max(hypothesis.score for hypothesis in self.finished)

    def _cut_off(self, best: Node, score: float) -> None:
        """Where nothing is finished, finish with the best live hypothesis, up to the last whole sentence where it has
        one. The score is −inf where no hypothesis could go on."""
        ids = best.ids[: self.limits.max_tokens]
        if SENTENCE in ids:
            ids = ids[: len(ids) - 1 - ids[::-1].index(SENTENCE)]
        self._finish(best, self.rule.whole(ids) if self.options.check_numbers else ids, score)
