"""Attention: scaled dot-product, additive, and multi-head over either. It knows tensors and masks, nothing of text.

A mask is a bool tensor; True means that *this position takes no part*. Weights are zero there and sum to one over the
rest. A query whose every position is masked gets zero weights and a zero context, never NaN. A bias is added to the
scores before the softmax: it makes positions more or less likely without excluding them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

AttentionType = Literal["scaled_dot_product", "additive"]
MASKED = -1e30  # added to a score: its softmax is then 0, and a row of nothing else is not NaN


def masked_softmax(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax over the last dimension of scores (..., S), in at least float32; 0 where mask is True."""
    scores = scores.float() if scores.dtype in (torch.bfloat16, torch.float16) else scores
    if mask is None:
        return scores.softmax(-1)
    # The smallest finite number instead of -inf: a fully masked row becomes uniform, not NaN, and is zeroed at the end.
    return scores.masked_fill(mask, torch.finfo(scores.dtype).min).softmax(-1).masked_fill(mask, 0.0)


def _add_bias(scores: Tensor, bias: Tensor | None) -> Tensor:
    return scores if bias is None else scores + bias


class ScaledDotProductAttention(nn.Module):
    """softmax(q kᵀ / √d) v: Vaswani et al. 2017, Attention Is All You Need, equation 1."""

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Query (..., T, d) against key (..., S, d): scores (..., T, S)."""
        return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Query (..., T, d), key (..., S, d), value (..., S, d_v), mask and bias broadcastable to (..., T, S).

        Returns context (..., T, d_v) and weights (..., T, S).
        """
        weights = masked_softmax(_add_bias(self.scores(query, key), bias), mask)
        return weights.to(value.dtype) @ value, weights

    def context(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """The context alone, computed in the inputs' own precision. No row may be fully masked.

        query (B, h, T, d), key and value (B, h, S, d), mask and bias broadcastable to (B, h, T, S). The fused kernel is
        the fastest, except for training on a CPU: there plain matrix products take half its time.
        """
        b, h, _, d = query.shape
        bias = query.new_zeros(1, 1, 1, 1) if bias is None else bias.to(query.dtype)
        if mask is not None:
            bias = bias + torch.zeros_like(mask, dtype=query.dtype).masked_fill_(mask, MASKED)
        if query.is_cuda or not query.requires_grad:
            return F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        bias = bias.expand(b, h, *bias.shape[-2:]).flatten(0, 1)
        query, key, value = query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1)
        scores = torch.baddbmm(bias, query, key.transpose(1, 2), alpha=1 / math.sqrt(d))
        return torch.bmm(scores.softmax(-1), value).unflatten(0, (b, h))


class AdditiveAttention(nn.Module):
    """vᵀ tanh(W_q q + W_k k): Bahdanau et al. 2015, Neural Machine Translation by Jointly Learning to Align and
    Translate, appendix A.1.2. It takes memory for T × S × d_attention numbers, the dot product for T × S."""

    def __init__(self, d_query: int, d_key: int | None = None, d_attention: int | None = None) -> None:
        super().__init__()
        d_key, d_attention = d_key or d_query, d_attention or d_query
        self.query_projection = nn.Linear(d_query, d_attention, bias=False)
        self.key_projection = nn.Linear(d_key, d_attention, bias=False)
        self.v = nn.Parameter(torch.empty(d_attention))
        nn.init.uniform_(self.v, -1 / math.sqrt(d_attention), 1 / math.sqrt(d_attention))

    def scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Query (..., T, d_query) against key (..., S, d_key): scores (..., T, S)."""
        q = self.query_projection(query).unsqueeze(-2)  # (..., T, 1, d_attention)
        k = self.key_projection(key).unsqueeze(-3)  # (..., 1, S, d_attention)
        return torch.tanh(q + k) @ self.v.to(q.dtype)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Query (..., T, d_query), key (..., S, d_key), value (..., S, d_v), mask and bias broadcastable to
        (..., T, S).

        Returns context (..., T, d_v) and weights (..., T, S).
        """
        weights = masked_softmax(_add_bias(self.scores(query, key), bias), mask)
        return weights.to(value.dtype) @ value, weights

    def context(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """The context alone. Additive attention has no fused kernel, so this is `forward` without the weights."""
        return self(query, key, value, mask, bias)[0]


class MultiHeadAttention(nn.Module):
    """h attention heads side by side, each with its own projections: Vaswani et al. 2017, section 3.2.2.

    All heads use the same attention function, `attention_type`. Additive heads share W_q, W_k and v; they differ by
    their projections.
    """

    def __init__(self, d_model: int, n_heads: int, attention_type: AttentionType = "scaled_dot_product") -> None:
        """Raises ValueError if d_model is not divisible by n_heads, or the type is unknown."""
        super().__init__()
        if n_heads < 1 or d_model % n_heads:
            raise ValueError(f"d_model {d_model} is not divisible into {n_heads} heads")
        if attention_type not in ("scaled_dot_product", "additive"):
            raise ValueError(f"unknown attention type {attention_type!r}")
        self.n_heads = n_heads
        self.query_projection = nn.Linear(d_model, d_model)
        self.key_projection = nn.Linear(d_model, d_model)
        self.value_projection = nn.Linear(d_model, d_model)
        self.output_projection = nn.Linear(d_model, d_model)
        self.fused_projection: nn.Module | None = None  # replaces the first three after fuse_projections
        self.attention: ScaledDotProductAttention | AdditiveAttention = (
            ScaledDotProductAttention()
            if attention_type == "scaled_dot_product"
            else AdditiveAttention(d_model // n_heads)
        )

    def split_heads(self, x: Tensor) -> Tensor:
        """(B, T, d_model) to (B, h, T, d_head)."""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

    def merge_heads(self, x: Tensor) -> Tensor:
        """(B, h, T, d_head) to (B, T, d_model), through the output projection."""
        return self.output_projection(x.transpose(1, 2).flatten(2))

    def project_query(self, x: Tensor) -> Tensor:
        """(B, T, d_model) to the heads' queries (B, h, T, d_head)."""
        return self.split_heads(self.query_projection(x))

    def project_memory(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, S, d_model) to the heads' keys and values, each (B, h, S, d_head)."""
        return self.split_heads(self.key_projection(x)), self.split_heads(self.value_projection(x))

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, d_model) to the heads' queries, keys and values of a self-attention, each (B, h, T, d_head)."""
        if self.fused_projection is None:
            return self.project_query(x), *self.project_memory(x)
        query, key, value = (self.split_heads(part) for part in self.fused_projection(x).chunk(3, -1))
        return query, key, value

    def fuse_projections(self, fuse: Callable[[nn.Linear, nn.Linear, nn.Linear], nn.Module]) -> None:
        """Replace the query, key and value projections of a self-attention by one layer.

        fuse: makes the layer that gives the outputs of all three, concatenated. Only `project` works after that.
        """
        self.fused_projection = fuse(self.query_projection, self.key_projection, self.value_projection)
        del self.query_projection, self.key_projection, self.value_projection

    def attend(
        self, x: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Attend from x (B, T, d_model) to projected key and value (B, h, S, d_head).

        mask: bool, True = takes no part, and bias, broadcastable to (B, h, T, S).
        Returns context (B, T, d_model) and weights (B, h, T, S).
        """
        context, weights = self.attention(self.project_query(x), key, value, mask, bias)
        return self.merge_heads(context), weights

    def forward(
        self,
        query: Tensor,
        memory: Tensor,
        key_padding_mask: Tensor | None = None,
        attn_mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Attend from query (B, T, d_model) to memory (B, S, d_model).

        key_padding_mask (B, S) bool, True = padding; attn_mask (T, S) bool, True = takes no part.
        Returns context (B, T, d_model) and weights (B, h, T, S).
        """
        mask = None if key_padding_mask is None else key_padding_mask[:, None, None, :]
        if attn_mask is not None:
            mask = attn_mask if mask is None else mask | attn_mask
        return self.attend(query, *self.project_memory(memory), mask)


def shared_memory_context(
    query: Tensor,
    src: tuple[Tensor, Tensor],
    tgt: tuple[Tensor, Tensor],
    src_mask: Tensor,
    tgt_mask: Tensor | None,
    src_bias: Tensor | None = None,
) -> Tensor:
    """Scaled dot-product attention over [source ‖ summary]; the K = N / B hypotheses of a document share its source.

    query (N, h, T, d), src keys (B, h, d, S) and values (B, h, S, d), tgt keys and values (N, h, U, d). The N = B × K
    hypotheses are ordered by document. src_mask (B, 1, 1, S) and tgt_mask broadcastable to (N, h, T, U), True = takes
    no part; src_bias broadcastable to (B, h, 1, S). Products with src are computed in its own precision.

    Returns context (N, h, T, d), equal to that of attention to the concatenation.
    """
    (n, h, _, d), b, s = query.shape, src[0].shape[0], src[0].shape[3]
    query = query / math.sqrt(d)
    # The hypotheses of a document are rows of one matrix, (B·h, K·T, …): only small tensors change their layout.
    rows, src_dtype = _by_document(query, b), src[0].dtype
    bias = torch.zeros_like(src_mask, dtype=src_dtype).masked_fill_(src_mask, MASKED)
    bias = (bias if src_bias is None else bias + src_bias.to(src_dtype)).expand(b, h, 1, s).flatten(0, 1)
    src_scores = torch.baddbmm(bias, rows.to(src_dtype), src[0].flatten(0, 1)).to(query.dtype)
    tgt_scores = query @ tgt[0].transpose(-2, -1)
    if tgt_mask is not None:
        tgt_scores = tgt_scores.masked_fill(tgt_mask, MASKED)
    weights = torch.cat([src_scores, _by_document(tgt_scores, b)], -1).softmax(-1)
    context = torch.bmm(weights[..., :s].to(src_dtype), src[1].flatten(0, 1)).to(query.dtype)
    return _by_hypothesis(context, n, h) + _by_hypothesis(weights[..., s:], n, h) @ tgt[1]


def _by_document(x: Tensor, b: int) -> Tensor:
    """(N, h, T, …), a hypothesis each, to (B·h, K·T, …)."""
    n, h, t, last = x.shape
    return x.view(b, n // b, h, t, last).transpose(1, 2).reshape(b * h, -1, last)


def _by_hypothesis(x: Tensor, n: int, h: int) -> Tensor:
    """The inverse of _by_document: (B·h, K·T, …) to (N, h, T, …)."""
    b, last = x.shape[0] // h, x.shape[-1]
    return x.view(b, h, n // b, -1, last).transpose(1, 2).reshape(n, h, -1, last)
