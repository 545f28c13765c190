"""A decoder whose probabilities come from tables, for tests of a search without a network."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from summarize.decoding.constraints import TokenProperties
from summarize.decoding.hypothesis import Step
from summarize.text.vocabulary import END, N_SPECIAL, PAD, SENTENCE, START

Ids = tuple[int, ...]

Table = Callable[[Ids], dict[int, float]]  # what is written so far, to log-probabilities; other tokens have none

VOCABULARY = [*(f"[unused{i}]" for i in range(N_SPECIAL)), *"abcde", "##s", ".", ",", "2", "500", "7"]

A, B, C, D, E = range(N_SPECIAL, N_SPECIAL + 5)

PROPERTIES = TokenProperties(VOCABULARY)

TWO, COMMA, FIVE_HUNDRED = (VOCABULARY.index(token) for token in ("2", ",", "500"))


class TableDecoder:
    """A decoder of one table a document, which notes what it is asked for."""

    output_tokens = None

    def __init__(
        self,
        tables: Sequence[Table],
        attention: Callable[[int, Ids], Sequence[float]] | None = None,
        width: int = 3,  # source tokens
    ) -> None:
        self.documents = list(range(len(tables)))
        self.batches: list[list[int]] = []  # the documents of each step
        self.widths: list[int] = []  # how many nodes of a document each step may read
        self._written: list[list[Ids]] = [[] for _ in tables]  # what each place of a document has
        self._tables = tables
        self._attention = attention or (lambda document, ids: [0.0] * width)
        self._nothing = [0.0] * width

    def step(self, tokens: Tensor, parents: Tensor) -> Step:
        assert tokens.shape == parents.shape == (len(self.documents), tokens.shape[1])
        self.batches.append(self.documents)
        self.widths.append(tokens.shape[1])
        log_probs = torch.full((*tokens.shape, len(VOCABULARY)), -torch.inf)
        pointer = torch.zeros(*tokens.shape, len(self._nothing))
        for row, (document, written) in enumerate(zip(self.documents, self._written, strict=True)):
            for column, (token, parent) in enumerate(zip(tokens[row].tolist(), parents[row].tolist(), strict=True)):
                if token == PAD:
                    written.append(())
                    continue
                assert (token == START) == (parent < 0)
                ids = () if parent < 0 else (*written[parent], token)
                assert END not in ids
                written.append(ids)
                for token, value in self._tables[document](ids).items():
                    log_probs[row, column, token] = value
                pointer[row, column] = torch.tensor(self._attention(document, ids))
        return Step(log_probs.exp(), pointer, torch.ones(tokens.shape))

    def select(self, documents: Tensor) -> None:
        self.documents = [self.documents[i] for i in documents.tolist()]
        self._written = [list(self._written[i]) for i in documents.tolist()]

    def prune(self, places: Tensor) -> None:
        pairs = zip(self._written, places.tolist(), strict=True)
        self._written = [[written[place] for place in kept] for written, kept in pairs]


def random_table(seed: int, tokens: Sequence[int] = (A, B, SENTENCE, END)) -> Table:
    """Random log-probabilities of a few tokens, the same ones whenever asked."""

    def table(ids: Ids) -> dict[int, float]:
        generator = random.Random(f"{seed} {ids}")
        return {token: -3 * generator.random() for token in tokens}

    return table
