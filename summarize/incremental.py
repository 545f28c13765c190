"""Decoding piece by piece: a model and its memory as the decoder that a search goes on with."""

from __future__ import annotations

from torch import Tensor

from summarize.cache import Cache
from summarize.model import LEAST, Memory, PointerGenerator
from summarize.search import Step


class IncrementalDecoder:
    """Decodes one piece at a time for a search: N hypotheses of B documents, a document's own next to each other."""

    def __init__(self, model: PointerGenerator, memory: Memory) -> None:
        self._model, self._memory = model, memory
        self._cache = Cache(model.config.n_layers)

    def step(self, tokens: Tensor) -> Step:
        """Continue every hypothesis by tokens (N,)."""
        decoded = self._model.decode(tokens[:, None], self._memory, self._cache)
        probabilities = decoded.probabilities(self._memory.src).clamp_min_(LEAST)
        return Step(probabilities[:, 0], decoded.pointer[:, 0], decoded.p_copy[:, 0])

    def select(self, documents: Tensor, rows: Tensor) -> None:
        """Go on with these documents (B′,) and hypotheses (N′,), in that order."""
        if documents.tolist() != list(range(len(self._memory.src))):
            self._memory = self._memory.select(documents)
        self._cache.select(rows)
