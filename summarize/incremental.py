"""Decoding piece by piece: a model and its memory as the decoder that a search goes on with."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from summarize.cache import Cache
from summarize.model import LEAST, Memory, PointerGenerator
from summarize.search import Step


class IncrementalDecoder:
    """Decodes one piece at a time for a search: N hypotheses of B documents, a document's own next to each other.

    Where the model has a short list of pieces worth generating, probabilities are of these, and of those that only the
    sources have and that can be copied (a local vocabulary: Jean et al. 2015, On Using Very Large Target Vocabulary for
    Neural Machine Translation, section 3.3).
    """

    def __init__(self, model: PointerGenerator, memory: Memory) -> None:
        self._model, self._memory = model, memory
        self._cache = Cache(model.config.n_layers)
        self._src = memory.src  # (B, S): the column of each piece
        self._output: tuple[Tensor, Tensor] = model.token_embedding.weight, model.output_bias
        self._copied = 0
        self.pieces: Tensor | None = None
        if model.shortlist is not None:
            self._shorten(model.shortlist.to(memory.src.device))

    def _shorten(self, shortlist: Tensor) -> None:
        """Have columns for the pieces of shortlist (K,), and then for what else the sources have."""
        src = self._memory.src
        columns = torch.full((self._model.config.vocab_size,), -1, device=src.device)
        columns[shortlist] = torch.arange(len(shortlist), device=src.device)
        others = src[columns[src] < 0].unique()
        columns[others] = torch.arange(len(others), device=src.device) + len(shortlist)
        weight, bias = self._output
        self._output = weight[shortlist], bias[shortlist]
        self._src, self._copied, self.pieces = columns[src], len(others), torch.cat([shortlist, others])

    def step(self, tokens: Tensor) -> Step:
        """Continue every hypothesis by tokens (N,)."""
        decoded = self._model.decode(tokens[:, None], self._memory, self._cache)
        weight, bias = self._output
        probabilities = replace(decoded, weight=weight, bias=bias).probabilities(self._src, self._copied)
        return Step(probabilities[:, 0].clamp_min_(LEAST), decoded.pointer[:, 0], decoded.p_copy[:, 0])

    def select(self, documents: Tensor, rows: Tensor) -> None:
        """Go on with these documents (B′,) and hypotheses (N′,), in that order."""
        if documents.tolist() != list(range(len(self._memory.src))):
            self._memory, self._src = self._memory.select(documents), self._src[documents]
        self._cache.select(rows)
