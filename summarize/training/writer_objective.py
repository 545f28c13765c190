"""The writer's training objective: the mixture's −log p, and what teaches its pointer where words come from.

A pre-trained decoder copies by its own attention heads, so a new pointer is not needed for the likelihood, and its gate
closes at once. Two losses teach it (guided alignment: Chen et al. 2016): the cross-entropy of its attention to the
source position that a target token was aligned with, and the cross-entropy of the gate, which is to copy where there is
such a position and to generate where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from summarize.network.causal_pointer_generator import CausalPointerGenerator
from summarize.network.pointer_generator import MIN_PROBABILITY
from summarize.training.chunked_logsumexp import linear_logsumexp
from summarize.training.token_arrays import TokenBatch

MIN_ATTENTION = 1e-6  # in a logarithm


@dataclass(frozen=True)
class WriterLosses:
    """The losses of one batch: means per target token, 0-dimensional; and of each of the n target tokens, detached."""

    total: Tensor  # the weighted sum, which has the gradient
    token_nll: Tensor  # (n,): −log p
    token_rows: Tensor  # (n,): the example that each token is of
    is_copied: Tensor  # (n,) bool: it has an origin
    is_found: Tensor  # (n,) bool: the pointer attends most to the origin
    p_copy: Tensor  # (n,)


@dataclass(frozen=True)
class WriterObjective:
    """The weights of the losses."""

    attention_weight: float = 0.3  # of the pointer's cross-entropy
    gate_weight: float = 0.1  # of the gate's
    coverage_weight: float = 0.0  # of Σ_i min(attention_i, coverage_i) per target token (See et al. 2017)

    def __call__(self, model: CausalPointerGenerator, batch: TokenBatch) -> WriterLosses:
        """The losses of one batch."""
        decoded = model.teacher_forced(
            batch.tokens, batch.n_src, batch.src_lengths, batch.prompt_lengths, batch.tgt.shape[1]
        )
        index = batch.token_index
        tgt, origins, gate = (x.flatten()[index] for x in (batch.tgt, batch.origins, decoded.gate))
        hidden, pointer = decoded.hidden.flatten(0, 1)[index], decoded.pointer.flatten(0, 1)[index]  # (n, d), (n, S)
        rows = index // batch.tgt.shape[1]
        log_total = linear_logsumexp(hidden, decoded.weight, decoded.bias)
        logit = (hidden * F.embedding(tgt, decoded.weight)).sum(-1).to(log_total.dtype) + decoded.bias[tgt]
        copy = (pointer * batch.tokens[:, : batch.n_src][rows].eq(tgt[:, None])).sum(-1)
        generated = F.logsigmoid(gate) + logit - log_total
        copied = F.logsigmoid(-gate) + copy.clamp_min(MIN_PROBABILITY).log()
        nll = -torch.logaddexp(generated, copied)
        is_copied = origins > 0
        attention = pointer.gather(1, origins[:, None]).squeeze(1)
        attention_loss = -attention.clamp_min(MIN_ATTENTION).log() * is_copied
        gate_loss = F.binary_cross_entropy_with_logits(gate, (~is_copied).to(gate.dtype), reduction="none")
        loss = nll + self.attention_weight * attention_loss + self.gate_weight * gate_loss
        if self.coverage_weight:
            coverage = decoded.pointer.cumsum(1) - decoded.pointer
            excess = torch.minimum(decoded.pointer, coverage).sum(-1)
            loss = loss + self.coverage_weight * excess.flatten()[index]
        is_found = pointer.argmax(-1) == origins
        return WriterLosses(loss.mean(), nll.detach(), rows, is_copied, is_found, (-gate.detach()).sigmoid())
