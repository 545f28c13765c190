"""Beam search of one document: its active and finished hypotheses, and the nodes that are to be decoded next.

A search that asks for one token a step is slow: for a few nodes the decoder reads all its weights. But most of a
summary is copied word by word, so the nodes of the next steps can be predicted, and decoded in the same step
(look-ahead): the next tokens of the source (inference with reference: Yang et al. 2023), and the second-best tokens.
The result is the same, because the search selects only among decoded nodes (speculative decoding: Leviathan et al.
2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, log

import numpy as np

from summarize.decoding.hypothesis import Candidate, Hypothesis, Node, SearchOptions
from summarize.decoding.source_rule import SourceRule
from summarize.decoding.token_properties import TokenProperties
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE

# The log-probability that look-ahead assumes of the source's next token, where the node before it is not decoded yet.
LOG_PROB_COPY_CONTINUES = log(0.9)


class Beam:
    """The beam search of one document."""

    def __init__(
        self, src: np.ndarray, rule: SourceRule, properties: TokenProperties, options: SearchOptions, limits: Limits
    ) -> None:
        """src (S,): the source's tokens, with the same positions as the decoder's pointer attention."""
        self.options, self.limits, self.rule = options, limits, rule
        self.finished: list[Hypothesis] = []
        self.is_done = False
        self._src, self._properties = src, properties
        self.applies_rule = options.check_numbers or rule.keeps_characters
        self._active = [Node((), rule.start)]

    def advance(self) -> None:
        """Continue the search until it needs a node that is not decoded, or is done."""
        while not self.is_done and all(node.next_tokens is not None for node in self._active):
            self._step()

    def request(self, n_max: int, first_slot: int) -> list[Node]:
        """The nodes to decode next, at most n_max, parents first; they are assigned the slots from first_slot on.

        All that the search needs in order to continue come first, then those that it will probably need next.
        """
        if self.is_done:
            return []
        nodes: list[Node] = []
        active = [(node.score, node) for node in self._active]
        while active and len(nodes) < n_max:
            nodes += [node for _, node in active if node.next_tokens is None]
            candidates = [candidate for score, node in active for candidate in self._look_ahead(score, node)]
            best = sorted(candidates, key=lambda candidate: -candidate[0])[: self.options.beam_size]
            active = [(score, node.child(token, self.rule)) for score, node, token, _ in best]
        del nodes[n_max:]
        for slot, node in enumerate(nodes, first_slot):
            node.assign_slot(slot)
        return nodes

    def compact_slots(self) -> list[int]:
        """Renumber from 0 on the slots of the decoded nodes that the search may still need, parents first.

        Returns the slots that these nodes had before, in their new order.
        """
        if self.is_done:
            return []
        ancestors = {node: None for leaf in self._active for node in leaf.path() if node.next_tokens is not None}
        nodes = ancestors | {node: None for leaf in self._active for node in leaf.decoded_subtree()}
        slots = [node.slot for node in nodes]
        for slot, node in enumerate(nodes):
            node.assign_slot(slot)
        return slots

    def _look_ahead(self, score: float, node: Node) -> Iterable[Candidate]:
        """The continuations that are probable after a node with this score."""
        if len(node.ids) >= self.limits.max_tokens:
            return []
        if node.next_tokens is not None:
            return [candidate for candidate in node.candidates(score) if candidate[2] != END]
        position = node.source_position(self._src)
        if position is None or position + 1 >= len(self._src) or self._properties.is_sentence_end[node.ids[-1]]:
            return []
        token = int(self._src[position + 1])
        log_prob = LOG_PROB_COPY_CONTINUES
        return [(score + log_prob, node, token, log_prob)] if token >= N_SPECIAL else []

    def _step(self) -> None:
        """Replace the active hypotheses by their best continuations."""
        candidates = [candidate for node in self._active for candidate in node.candidates(node.score)]
        selected = self._select(sorted(candidates, key=lambda candidate: -candidate[0]))
        if selected:
            self._active = [
                node.child(token, self.rule).select(score, log_prob) for score, node, token, log_prob in selected
            ]
        best = self._active[0]
        self.is_done = not (selected and self._may_improve(best))
        if self.is_done and not self.finished:
            self._cut_off(best, best.score if selected else -inf)

    def _select(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The beam_size best of candidates (best first) that do not end. Those that end are finished."""
        k = self.options.beam_size
        selected: list[Candidate] = []
        # At most k of 2k candidates end a hypothesis, as each node has one END; so k are left to continue.
        for rank, (score, node, token, log_prob) in enumerate(candidates[: 2 * k]):
            if token == END:
                if rank < k:  # a hypothesis counts as finished only where its end is among the k best candidates
                    self._finish(node, node.ids, score)
            elif len(selected) < k:
                selected.append((score, node, token, log_prob))
                # With a limit on words, each hypothesis that could begin another sentence is also finished before it.
                limits = self.limits
                may_stop = limits.may_stop and limits.max_words is not None and len(node.ids) >= limits.min_tokens
                if token == SENTENCE and may_stop:
                    self._finish(node, node.ids, score)
        return selected

    def _finish(self, node: Node, ids: tuple[int, ...], score: float) -> None:
        """Add ids, which are a node's or a prefix of them, to the finished hypotheses."""
        copy_shares = node.copy_shares(self._src)[: len(ids)]
        log_probs = tuple(ancestor.log_prob for ancestor in node.path()[1 : len(ids) + 1])
        self.finished.append(Hypothesis(ids, self._normalised(score, len(ids) + 1), copy_shares, log_probs))

    def _normalised(self, score: float, length: int) -> float:
        """A score that can be compared between hypotheses of different lengths."""
        # With a fixed number of sentences, a length penalty would prefer long sentences to probable ones.
        penalty = self.options.length_penalty if self.limits.n_sentences is None else 1.0
        return score / length**penalty

    def _may_improve(self, best: Node) -> bool:
        """Whether the search may still find a better hypothesis; best: the best active one."""
        if len(best.ids) > self.limits.max_tokens:
            return False
        if len(self.finished) < self.options.patience * self.options.beam_size:
            return True
        # Early ends can be many and poor, as an END needs only to be among the beam_size best candidates.
        return self._normalised(best.score, len(best.ids)) > max(hypothesis.score for hypothesis in self.finished)

    def _cut_off(self, best: Node, score: float) -> None:
        """Finish the best active hypothesis where none ended by itself. It is cut at max_tokens, and after its last
        whole sentence if it has one. The score is −inf where no token could follow."""
        ids = best.ids[: self.limits.max_tokens]
        if SENTENCE in ids:
            ids = ids[: len(ids) - 1 - ids[::-1].index(SENTENCE)]
        self._finish(best, self.rule.complete_prefix(ids) if self.applies_rule else ids, score)
