"""Decoding step by step: a model and its memory as the decoder that a search goes on with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from summarize.decoding.hypothesis import Step
from summarize.network.kv_cache import KVCache
from summarize.network.pointer_generator import LEAST, Memory, PointerGenerator
from summarize.network.quantization import Int8Linear, RoundedWeight, is_quantized
from summarize.text.vocabulary import PAD

Projection = Callable[[Tensor], Tensor]


class OutputLayer:
    """What a model may write, a column of probabilities each. All of its vocabulary; or, where it has a short list of
    tokens worth generating, these and whatever else the sources have, which is copied only (a local vocabulary: Jean et
    al. 2015, On Using Very Large Target Vocabulary for Neural Machine Translation, section 3.3).

    Made of the weights as they are then.
    """

    # Columns come in multiples of so many, the last for no token: the CPU library builds a kernel for every shape.
    ROUND = 512

    def __init__(self, model: PointerGenerator) -> None:
        weight, bias = model.token_embedding.weight.detach(), model.output_bias.detach()
        self._listed = model.shortlist
        if self._listed is not None:
            weight, bias = weight[self._listed], bias[self._listed]
            self._columns = torch.full((model.config.vocab_size,), -1, device=self._listed.device)
            self._columns[self._listed] = torch.arange(len(self._listed), device=self._listed.device)
        self._weight: Tensor | RoundedWeight = RoundedWeight.of(weight) if is_quantized(model) else weight
        self._bias = bias
        self._project: Projection | None = None  # made when it is known how many columns there are to be

    def of(self, src: Tensor) -> tuple[Projection, Tensor, Tensor | None]:
        """For sources src (B, S): what gives the logits (…, C) of states (…, d), the column of each token of src
        (B, S), and the token of each column (C,), PAD where it has none; None where they are the same."""
        if self._listed is None:
            return self._projection(len(self._bias)), src, None
        others = src[self._columns[src] < 0].unique()
        tokens = torch.cat([self._listed, others])
        columns = self._columns.clone()
        columns[others] = torch.arange(len(self._listed), len(tokens), device=src.device)
        project = self._projection(-(-len(tokens) // self.ROUND) * self.ROUND)
        return project, columns[src], F.pad(tokens, (0, len(self._bias) - len(tokens)), value=PAD)

    def _projection(self, size: int) -> Projection:
        """With so many columns at least; of those that are more than the model's, nothing is generated."""
        room = size - len(self._bias)
        if self._project is None or room > 0:
            self._project = self._made(max(0, room))
        return self._project

    def _made(self, room: int) -> Projection:
        self._bias = F.pad(self._bias, (0, room), value=-torch.inf)
        if isinstance(self._weight, RoundedWeight):
            self._weight = self._weight.padded(room)
            return Int8Linear(self._weight, self._bias)
        self._weight = F.pad(self._weight, (0, 0, 0, room))
        return partial(F.linear, weight=self._weight, bias=self._bias)


class IncrementalDecoder:
    """Decodes for a search, some tokens of each of B documents at a time."""

    def __init__(self, model: PointerGenerator, memory: Memory, output: OutputLayer | None = None) -> None:
        """memory: is narrowed to those documents that the search goes on with; output: the model's, if there is one
        already."""
        self._model, self._memory, self._cache = model, memory, KVCache(model.config.n_layers)
        self._project, self._src, self.output_tokens = (output or OutputLayer(model)).of(memory.src)

    def step(self, tokens: Tensor, parents: Tensor) -> Step:
        """What follows tokens (B, W), which follow those at the places parents (B, W)."""
        decoded = self._model.decode(tokens, self._memory, self._cache, parents)
        probabilities = decoded.mixture(self._project(decoded.hidden), self._src)
        return Step(probabilities.clamp_min_(LEAST), decoded.pointer, decoded.p_copy)

    def select(self, documents: Tensor) -> None:
        """Go on with these documents (B′,), in that order."""
        self._memory.narrow(documents)
        self._src = self._src[documents]
        if self._cache.length:
            self._cache.select(documents)

    def prune(self, places: Tensor) -> None:
        """Forget of each document all but what is at places (B, P), −1 for none, which are then the first ones."""
        self._cache.prune(places)
