"""Incremental decoding: a network and its encoder memory as the decoder of a beam search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from summarize.concurrency import MAKING
from summarize.decoding.hypothesis import DecoderStep
from summarize.network.causal_pointer_generator import CausalPointerGenerator
from summarize.network.kv_cache import KVCache
from summarize.network.memory import Memory
from summarize.network.pointer_generator import MIN_PROBABILITY, PointerGenerator
from summarize.network.quantization import Int8Linear, Int8Weight, is_quantized
from summarize.text.vocabulary import PAD

Network = PointerGenerator | CausalPointerGenerator
Projection = Callable[[Tensor], Tensor]  # decoder states (…, d_model) to logits (…, C)


@dataclass(frozen=True)
class _Columns:
    """The weight (n, d_model), the bias (n,) and the projection of an output layer with n columns."""

    weight: Tensor | Int8Weight
    bias: Tensor
    project: Projection | None = None

    @property
    def n(self) -> int:
        """The number of columns."""
        return len(self.bias)

    def grown(self, n_new: int) -> _Columns:
        """The same with n_new more columns, which have no probability, and with a projection."""
        bias = F.pad(self.bias, (0, n_new), value=-torch.inf)
        if isinstance(self.weight, Int8Weight):
            padded = self.weight.padded(n_new)
            return _Columns(padded, bias, Int8Linear(padded, bias))
        weight = F.pad(self.weight, (0, 0, 0, n_new))
        return _Columns(weight, bias, partial(F.linear, weight=weight, bias=bias))


class OutputLayer:
    """The output layer of a model, for the tokens that a search may generate.

    For a model with a shortlist these are its tokens and, to be copied only, all others of the sources (a local
    vocabulary: Jean et al. 2015, On Using Very Large Target Vocabulary for Neural Machine Translation, section 3.3).
    For any other model they are the whole vocabulary.

    It is valid for the weights that the model has when it is built. Several threads can use it at once.
    """

    # The number of columns is a multiple of this: the CPU library builds a kernel for every new shape.
    COLUMN_MULTIPLE = 512

    def __init__(self, model: Network) -> None:
        weight, bias = model.token_embedding.weight.detach(), model.output_bias.detach()
        self._shortlist = model.shortlist
        if self._shortlist is not None:
            weight, bias = weight[self._shortlist], bias[self._shortlist]
            self._columns = torch.full((model.config.vocab_size,), -1, device=self._shortlist.device)
            self._columns[self._shortlist] = torch.arange(len(self._shortlist), device=self._shortlist.device)
        own_weight = Int8Weight.from_float(weight) if is_quantized(model) else weight
        self._current = _Columns(own_weight, bias)  # without a projection until the number of columns is known

    def for_sources(self, src: Tensor) -> tuple[Projection, Tensor, Tensor | None]:
        """For the sources src (B, S): the projection to C logits, the column of each source token (B, S), and the
        token of each column (C,), PAD where it has none, or None where columns are the tokens themselves."""
        if self._shortlist is None:
            return self._projection(0)[0], src, None
        copied_only = src[self._columns[src] < 0].unique()
        tokens = torch.cat([self._shortlist, copied_only])
        columns = self._columns.clone()
        columns[copied_only] = torch.arange(len(self._shortlist), len(tokens), device=src.device)
        project, n_columns = self._projection(-(-len(tokens) // self.COLUMN_MULTIPLE) * self.COLUMN_MULTIPLE)
        return project, columns[src], F.pad(tokens, (0, n_columns - len(tokens)), value=PAD)

    def _projection(self, n_columns: int) -> tuple[Projection, int]:
        """The projection to at least n_columns, and to how many it is.

        Columns beyond the model's own have no probability of generation. What one thread grows replaces what other
        threads use as a whole, so that none of them sees it half grown.
        """
        made = self._current
        if made.project is None or made.n < n_columns:
            with MAKING:
                made = self._current
                if made.project is None or made.n < n_columns:
                    made = self._current = made.grown(max(0, n_columns - made.n))
        assert made.project is not None
        return made.project, made.n


class IncrementalDecoder:
    """Decodes a few tokens of each of B documents at a time: a beam_search.Decoder of a network."""

    def __init__(self, model: Network, memory: Memory, output: OutputLayer | None = None) -> None:
        """memory is not modified. As documents leave the batch, the decoder drops its references to their tensors; a
        caller that needs the memory no longer passes memory.hand_over(), so that they are freed then. output: the
        output layer of the model, if it is built already."""
        self._model, self._memory, self._cache = model, memory.copy(), KVCache(model.config.n_layers)
        self._project, self._columns, self.output_tokens = (output or OutputLayer(model)).for_sources(memory.src)

    def step(self, tokens: Tensor, parents: Tensor) -> DecoderStep:
        """Predict the token after tokens (B, W), each of which follows the node in its slot of parents (B, W)."""
        decoded = self._model.decode(tokens, self._memory, self._cache, parents)
        probabilities = decoded.mixture(self._project(decoded.hidden), self._columns)
        return DecoderStep(probabilities.clamp_min_(MIN_PROBABILITY), decoded.pointer, decoded.p_copy)

    def select(self, documents: Tensor) -> None:
        """Continue with the documents (B′,) alone, in that order."""
        self._memory.keep(documents)
        self._columns = self._columns[documents]
        if self._cache.n_tokens:
            self._cache.keep(documents)

    def prune(self, slots: Tensor) -> None:
        """Keep of each document only what is in slots (B, P), −1 for none; slot slots[b, p] becomes slot p."""
        self._cache.prune(slots)
