"""Decoders whose probabilities come from tables, for tests of the search without a network."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from summarize.decoding.beam_search import beam_search
from summarize.decoding.hypothesis import DecoderStep, Hypothesis, SearchOptions
from summarize.decoding.number_rule import NumberRule
from summarize.decoding.token_properties import WordPieceProperties
from summarize.text.lengths import Limits
from summarize.text.vocabulary import END, N_SPECIAL, PAD, SENTENCE, START

Ids = tuple[int, ...]

Table = Callable[[Ids], dict[int, float]]  # tokens so far to the log-probabilities of the next; other tokens have none
Attention = Callable[[int, Ids], Sequence[float]]  # document and tokens so far to pointer attention (S,)

VOCABULARY = [*(f"[unused{i}]" for i in range(N_SPECIAL)), *"abcde", "##s", ".", ",", "2", "500", "7", '"']

A, B, C, D, E = range(N_SPECIAL, N_SPECIAL + 5)

S_ENDING, FULL_STOP, COMMA, TWO, FIVE_HUNDRED, QUOTE = (
    VOCABULARY.index(token) for token in ("##s", ".", ",", "2", "500", '"')
)

PROPERTIES = WordPieceProperties(VOCABULARY)


class TableDecoder:
    """A decoder of one table a document. It checks what the search asks for, and records it."""

    output_tokens: Tensor | None = None

    def __init__(
        self,
        tables: Sequence[Table],
        attention: Attention | None = None,
        n_src: int = 3,
        vocabulary_size: int = len(VOCABULARY),
    ) -> None:
        """n_src: source tokens of each document."""
        self.documents = list(range(len(tables)))
        self.batches: list[list[int]] = []  # the documents of each step
        self.widths: list[int] = []  # the nodes of each document for which each step has room
        self.decoded: list[list[Ids]] = [[] for _ in tables]  # the nodes of each document in the order they came
        self.n_slots: list[int] = []  # of each document's tree before each step
        self._trees: list[list[Ids]] = [[] for _ in tables]  # the node in each slot of a document
        self._tables = tables
        self._attention = attention or (lambda document, ids: [0.0] * n_src)
        self._n_src, self._vocabulary_size = n_src, vocabulary_size

    def step(self, tokens: Tensor, parents: Tensor) -> DecoderStep:
        assert tokens.shape == parents.shape == (len(self.documents), tokens.shape[1])
        self.batches.append(self.documents)
        self.widths.append(tokens.shape[1])
        self.n_slots.append(len(self._trees[0]))
        log_probs = torch.full((*tokens.shape, self._vocabulary_size), -torch.inf)
        pointer = torch.zeros(*tokens.shape, self._n_src)
        for row, (document, tree) in enumerate(zip(self.documents, self._trees, strict=True)):
            for column, (token, parent) in enumerate(zip(tokens[row].tolist(), parents[row].tolist(), strict=True)):
                if token == PAD:
                    tree.append(())
                    continue
                assert (token == START) == (parent < 0)
                ids = () if parent < 0 else (*tree[parent], token)
                assert END not in ids
                tree.append(ids)
                self.decoded[document].append(ids)
                for token, value in self._tables[document](ids).items():
                    log_probs[row, column, token] = value
                pointer[row, column] = torch.tensor(self._attention(document, ids))
        return DecoderStep(log_probs.exp(), pointer, torch.ones(tokens.shape))

    def select(self, documents: Tensor) -> None:
        self.documents = [self.documents[i] for i in documents.tolist()]
        self._trees = [list(self._trees[i]) for i in documents.tolist()]

    def prune(self, slots: Tensor) -> None:
        assert slots.ge(-1).all()
        pairs = zip(self._trees, slots.tolist(), strict=True)
        # What is in an empty slot must not be used any more.
        self._trees = [[tree[slot] if slot >= 0 else (PAD,) for slot in kept] for tree, kept in pairs]


class RandomDecoder:
    """Log-probabilities at random, higher for some tokens."""

    output_tokens: Tensor | None = None

    def __init__(self, seed: int, n_src: int, vocabulary_size: int, bonus: dict[int, float]) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._n_src, self._vocabulary_size, self._bonus = n_src, vocabulary_size, bonus

    def step(self, tokens: Tensor, parents: Tensor) -> DecoderStep:
        assert tokens.shape == parents.shape
        logits = 2 * torch.randn(*tokens.shape, self._vocabulary_size, generator=self._generator)
        for token, bonus in self._bonus.items():
            logits[..., token] += bonus
        return DecoderStep(logits.softmax(-1), torch.zeros(*tokens.shape, self._n_src), torch.zeros(tokens.shape))

    def select(self, documents: Tensor) -> None:
        pass

    def prune(self, slots: Tensor) -> None:
        pass


def random_table(seed: int, tokens: Sequence[int] = (A, B, SENTENCE, END)) -> Table:
    """Random log-probabilities of a few tokens, the same ones at each call."""

    def table(ids: Ids) -> dict[int, float]:
        generator = random.Random(f"{seed} {ids}")
        return {token: -3 * generator.random() for token in tokens}

    return table


def search(
    tables: Sequence[Table],
    options: SearchOptions,
    attention: Attention | None = None,
    src: Sequence[int] = (A, B, C),
    limits: Sequence[Limits] | None = None,
) -> list[list[Hypothesis]]:
    """Search documents with these tables and the same source."""
    decoder = TableDecoder(tables, attention, len(src))
    return search_with(decoder, [src] * len(tables), options, limits)


def search_with(
    decoder: TableDecoder | RandomDecoder,
    sources: Sequence[Sequence[int]],
    options: SearchOptions,
    limits: Sequence[Limits] | None = None,
) -> list[list[Hypothesis]]:
    """Search documents of sources of one length, in which no two tokens have a space between them."""
    rules = [NumberRule(PROPERTIES, src, [True] * len(src)) for src in sources]
    return beam_search(decoder, torch.tensor(sources), rules, PROPERTIES, options, limits)


def assert_hypotheses(hypotheses: Sequence[Hypothesis], expected: Sequence[tuple[float, Ids]]) -> None:
    """The expected (score, ids) in the same order, the scores up to rounding."""
    assert [h.ids for h in hypotheses] == [ids for _, ids in expected]
    assert [h.score for h in hypotheses] == pytest.approx([score for score, _ in expected], abs=1e-5)
