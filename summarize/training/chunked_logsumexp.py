"""The log-sum-exp of an output layer's logits without ever holding them all.

For N positions and a vocabulary of V the logits are N × V numbers, a gigabyte in training to rank candidates; a loss
needs one number of each row. Forward and backward go through the rows a block at a time, and the backward pass computes
each block again (Wijmans et al. 2024, Cut Your Losses in Large-Vocabulary Language Models).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

ROWS = 512  # logits of a block: about 60 MB in float32 for a vocabulary of 30,522


def linear_logsumexp(hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """log Σ_v exp(hidden · weight_v + bias_v) over the vocabulary: hidden (…, d), weight (V, d), bias (V,) to (…)
    in at least float32. Under autocast the products are made in its type."""
    kind = hidden.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else hidden.dtype
    flat = _LinearLogSumExp.apply(hidden.reshape(-1, hidden.shape[-1]), weight, bias, dtype)
    return flat.view(hidden.shape[:-1])


class _LinearLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:
        parts = hidden.to(dtype), weight.to(dtype), bias.to(dtype)
        found = torch.cat([_logsumexp(logits) for _, logits in _blocks(*parts)])
        ctx.save_for_backward(*parts, found)
        ctx.types = hidden.dtype, weight.dtype, bias.dtype
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        hidden, weight, bias, found = ctx.saved_tensors
        of_hidden = torch.empty_like(hidden)
        of_weight, of_bias = torch.zeros_like(weight, dtype=found.dtype), torch.zeros_like(bias, dtype=found.dtype)
        with torch.autocast(hidden.device.type, enabled=False):
            for rows, logits in _blocks(hidden, weight, bias):
                # The derivative of a row's log-sum-exp is its softmax.
                p = logits.sub_(found[rows, None]).exp_().mul_(grads[0][rows, None])
                of_bias += p.sum(0)
                p = p.to(hidden.dtype)
                of_hidden[rows] = p @ weight
                of_weight += p.T @ hidden[rows]
        parts = (of_hidden, of_weight, of_bias)
        return *(part.to(t) for part, t in zip(parts, ctx.types, strict=True)), None  # type: ignore[return-value]


def _logsumexp(logits: Tensor) -> Tensor:
    """(N, V) to (N,), in place: another tensor of this size costs more than the sum."""
    most = logits.amax(-1, keepdim=True)
    return logits.sub_(most).exp_().sum(-1).log() + most.squeeze(-1)


def _blocks(hidden: Tensor, weight: Tensor, bias: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """(rows, their logits in at least float32) of each block."""
    at_least = torch.promote_types(hidden.dtype, torch.float32)
    for start in range(0, len(hidden), ROWS):
        rows = slice(start, start + ROWS)
        yield rows, F.linear(hidden[rows], weight, bias).to(at_least)
