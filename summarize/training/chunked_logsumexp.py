"""The log-sum-exp of an output layer's logits, computed without holding all logits.

For N positions and a vocabulary of V there are N × V logits, a gigabyte when candidates are ranked; a loss needs one
number per position. Forward and backward pass go through the positions in chunks, and the backward pass computes each
chunk's logits again (Cut Your Losses in Large-Vocabulary Language Models, Wijmans et al. 2024).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK_ROWS = 512  # their logits take about 60 MB in float32 for a vocabulary of 30,522
CHUNK_ROWS_ON_GPU = 8192  # its memory is fast, and a launch for every few rows is not


def linear_logsumexp(hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """log Σ_v exp(hidden · weight_v + bias_v) over the vocabulary: hidden (…, d), weight (V, d), bias (V,) to (…).

    The result is in at least float32. Under autocast, products are computed in its type.
    """
    device = hidden.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
    flat = _LinearLogSumExp.apply(hidden.reshape(-1, hidden.shape[-1]), weight, bias, dtype)
    return flat.view(hidden.shape[:-1])


class _LinearLogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:
        parts = hidden.to(dtype), weight.to(dtype), bias.to(dtype)
        log_total = torch.cat([_logsumexp(logits) for _, logits in _chunks(*parts)])
        ctx.save_for_backward(*parts, log_total)
        ctx.dtypes = hidden.dtype, weight.dtype, bias.dtype
        return log_total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        hidden, weight, bias, log_total = ctx.saved_tensors
        hidden_grad = torch.empty_like(hidden)
        weight_grad = torch.zeros_like(weight, dtype=log_total.dtype)
        bias_grad = torch.zeros_like(bias, dtype=log_total.dtype)
        with torch.autocast(hidden.device.type, enabled=False):
            for rows, logits in _chunks(hidden, weight, bias):
                # The derivative of a row's log-sum-exp is its softmax.
                p = logits.sub_(log_total[rows, None]).exp_().mul_(grads[0][rows, None])
                bias_grad += p.sum(0)
                p = p.to(hidden.dtype)
                hidden_grad[rows] = p @ weight
                weight_grad += p.T @ hidden[rows]
        parts = (hidden_grad, weight_grad, bias_grad)
        return *(part.to(dtype) for part, dtype in zip(parts, ctx.dtypes, strict=True)), None  # type: ignore[return-value]


def _logsumexp(logits: Tensor) -> Tensor:
    """(N, V) to (N,), in place: another tensor of this size would take longer than the sum."""
    largest = logits.amax(-1, keepdim=True)
    return logits.sub_(largest).exp_().sum(-1).log() + largest.squeeze(-1)


def _chunks(hidden: Tensor, weight: Tensor, bias: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """(rows, their logits in at least float32) of each chunk."""
    dtype = torch.promote_types(hidden.dtype, torch.float32)
    n_rows = CHUNK_ROWS_ON_GPU if hidden.is_cuda else CHUNK_ROWS
    for start in range(0, len(hidden), n_rows):
        rows = slice(start, start + n_rows)
        yield rows, F.linear(hidden[rows], weight, bias).to(dtype)
