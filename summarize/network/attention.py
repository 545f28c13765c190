"""Attention: additive, scaled dot-product, and multi-head over either; it knows tensors and masks, nothing of text.

A mask is a bool tensor whose True means *this position takes no part*. Weights are zero there and sum to one over
the rest; a row whose every position is masked gets zero weights and a zero context, never NaN. A bias is added to
the scores before the softmax: it makes positions more or less likely without ruling them out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

AttentionType = Literal["scaled_dot_product", "additive"]


def masked_softmax(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax over the last dimension of scores (..., S), in at least float32, with zeros where mask is True."""
    scores = scores.float() if scores.dtype in (torch.bfloat16, torch.float16) else scores
    if mask is None:
        return scores.softmax(-1)
    # The smallest finite number, not -inf: a fully masked row then gives a uniform row, which is zeroed below.
    return scores.masked_fill(mask, torch.finfo(scores.dtype).min).softmax(-1).masked_fill(mask, 0.0)


def _biased(scores: Tensor, bias: Tensor | None) -> Tensor:
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
        weights = masked_softmax(_biased(self.scores(query, key), bias), mask)
        return weights.to(value.dtype) @ value, weights

    def context(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """The context alone, computed in the inputs' own precision. No row may be fully masked.

        query (B, h, T, d), key and value (B, h, S, d), mask and bias broadcastable to (B, h, T, S). The fused kernel is
        the fastest, but where a CPU is to go backward: there three plain matrix products take half its time.
        """
        b, h, _, d = query.shape
        added = query.new_zeros(1, 1, 1, 1) if bias is None else bias.to(query.dtype)
        if mask is not None:
            added = added + torch.zeros_like(mask, dtype=query.dtype).masked_fill_(mask, -1e30)
        if query.is_cuda or not query.requires_grad:
            return F.scaled_dot_product_attention(query, key, value, attn_mask=added)
        added = added.expand(b, h, *added.shape[-2:]).flatten(0, 1)
        query, key, value = query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1)
        scores = torch.baddbmm(added, query, key.transpose(1, 2), alpha=1 / math.sqrt(d))
        return torch.bmm(scores.softmax(-1), value).unflatten(0, (b, h))


class AdditiveAttention(nn.Module):
    """vᵀ tanh(W_q q + W_k k): Bahdanau et al. 2015, Neural Machine Translation by Jointly Learning to Align and
    Translate, appendix A.1.2. Costs T × S × d_attention memory, where the dot product costs T × S."""

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
        weights = masked_softmax(_biased(self.scores(query, key), bias), mask)
        return weights.to(value.dtype) @ value, weights

    def context(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """The context alone; additive attention has no fused kernel."""
        return self(query, key, value, mask, bias)[0]


class MultiHeadAttention(nn.Module):
    """h attentions side by side, each on its own projections: Vaswani et al. 2017, section 3.2.2.

    Every head runs the same attention function; `attention_type` says which. With the additive one the heads share
    W_q, W_k and v and differ by their projections.
    """

    def __init__(self, d_model: int, n_heads: int, attention_type: AttentionType = "scaled_dot_product") -> None:
        """Raises ValueError where d_model does not divide into n_heads or the type is unknown."""
        super().__init__()
        if n_heads < 1 or d_model % n_heads:
            raise ValueError(f"d_model {d_model} does not divide into {n_heads} heads")
        if attention_type not in ("scaled_dot_product", "additive"):
            raise ValueError(f"unknown attention type {attention_type!r}")
        self.n_heads = n_heads
        self.query_projection = nn.Linear(d_model, d_model)
        self.key_projection = nn.Linear(d_model, d_model)
        self.value_projection = nn.Linear(d_model, d_model)
        self.output_projection = nn.Linear(d_model, d_model)
        self.joint_projection: nn.Module | None = None  # once they are joined, in the place of the first three
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
        """(B, S, d_model) to the heads' keys and values, each (B, h, S, d_head); computed once, attended to often."""
        return self.split_heads(self.key_projection(x)), self.split_heads(self.value_projection(x))

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, d_model) to the heads' queries, keys and values of a self-attention, each (B, h, T, d_head)."""
        if self.joint_projection is None:
            return self.project_query(x), *self.project_memory(x)
        query, key, value = (self.split_heads(own) for own in self.joint_projection(x).chunk(3, -1))
        return query, key, value

    def join(self, joined: Callable[[Sequence[nn.Linear]], nn.Module]) -> None:
        """Replace the projections of a self-attention by one, with all their outputs one after another."""
        self.joint_projection = joined([self.query_projection, self.key_projection, self.value_projection])
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
    """Scaled dot-product attention over [source ‖ summary] where K = N / B hypotheses read one source, not K copies.

    query (N, h, T, d), src keys (B, h, d, S) and values (B, h, S, d), tgt keys and values (N, h, U, d), with the
    N = B × K hypotheses of a document next to each other; src_mask (B, 1, 1, S) and tgt_mask broadcastable to
    (N, h, T, U), True = takes no part; src_bias broadcastable to (B, h, 1, S). Products with src are in its own
    precision.
    Returns context (N, h, T, d), equal to attending to the concatenation.
    """
    (n, h, _, d), b, s = query.shape, src[0].shape[0], src[0].shape[3]
    query = query / math.sqrt(d)
    # All hypotheses of a document are rows of one matrix, (B·h, K·T, …): only what is small changes its layout.
    rows, half = _rows(query, b), src[0].dtype
    added = torch.zeros_like(src_mask, dtype=half).masked_fill_(src_mask, -1e30)
    added = (added if src_bias is None else added + src_bias.to(half)).expand(b, h, 1, s).flatten(0, 1)
    src_scores = torch.baddbmm(added, rows.to(half), src[0].flatten(0, 1)).to(query.dtype)
    tgt_scores = query @ tgt[0].transpose(-2, -1)
    if tgt_mask is not None:
        tgt_scores = tgt_scores.masked_fill(tgt_mask, -1e30)
    weights = torch.cat([src_scores, _rows(tgt_scores, b)], -1).softmax(-1)
    context = torch.bmm(weights[..., :s].to(half), src[1].flatten(0, 1)).to(query.dtype)
    return _hypotheses(context, n, h) + _hypotheses(weights[..., s:], n, h) @ tgt[1]


def _rows(x: Tensor, b: int) -> Tensor:
    """(N, h, T, …) of hypotheses to (B·h, K·T, …)."""
    n, h, t, last = x.shape
    return x.view(b, n // b, h, t, last).transpose(1, 2).reshape(b * h, -1, last)


def _hypotheses(x: Tensor, n: int, h: int) -> Tensor:
    """The way back: (B·h, K·T, …) to (N, h, T, …)."""
    b, last = x.shape[0] // h, x.shape[-1]
    return x.view(b, h, n // b, -1, last).transpose(1, 2).reshape(n, h, -1, last)
