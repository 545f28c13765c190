"""What training minimises: the mixture's −log p of the reference, and what may be added to it.

Nothing here builds the (B, T, V) mixture: the target's logit, the log-sum-exp and the pointer's mass on source
positions that equal the target are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from summarize.batching import Batch
from summarize.model import Decoded, PointerGenerator, shift_right
from summarize.vocabulary import PAD


@dataclass(frozen=True)
class Losses:
    """Means over a batch: the whole (to go backward from), −log p per target piece, and of salience per sentence."""

    total: Tensor
    nll: Tensor
    salience: Tensor | None = None


@dataclass(frozen=True)
class Objective:
    """The weights of a loss's parts."""

    coverage_weight: float = 0.0  # of Σ_i min(attention_i, coverage_i) per target piece (See et al. 2017)
    label_smoothing: float = 0.0  # share of the target that goes to all pieces alike (Szegedy et al. 2016)
    salience_weight: float = 0.0  # of the cross-entropy of salience against the oracle's sentences

    def __call__(self, model: PointerGenerator, batch: Batch) -> Losses:
        """The losses of one batch; it must have sentences where salience_weight is not 0."""
        memory = model.encode(batch.src, sentences=batch.sentences, places=batch.places)
        counts = batch.tgt.ne(PAD)
        decoded = model.decode(shift_right(batch.tgt), memory)
        write, copy = _log_parts(decoded, batch.src, batch.tgt)
        nll = -torch.logaddexp(write, copy)
        loss = nll
        if self.label_smoothing:
            smooth = _uniform_nll(model, decoded, batch.tgt, write)
            loss = (1 - self.label_smoothing) * nll + self.label_smoothing * smooth
        if self.coverage_weight:
            coverage = decoded.pointer.cumsum(1) - decoded.pointer  # what was attended to before each step
            loss = loss + self.coverage_weight * torch.minimum(decoded.pointer, coverage).sum(-1)
        total, mean_nll = _mean(loss, counts), _mean(nll, counts)
        if not self.salience_weight or memory.salience is None:
            return Losses(total, mean_nll)
        salience = salience_loss(memory.salience, batch)
        return Losses(total + self.salience_weight * salience, mean_nll, salience)

    def of_salience(self, model: PointerGenerator, batch: Batch) -> Tensor:
        """Salience's weighted part alone, for windows that no summary is learned from."""
        memory = model.encode(batch.src, sentences=batch.sentences, places=batch.places)
        assert memory.salience is not None
        return self.salience_weight * salience_loss(memory.salience, batch)


def salience_loss(salience: Tensor, batch: Batch) -> Tensor:
    """Mean binary cross-entropy of logits (B, n) against the batch's labels, over the sentences that there are."""
    assert batch.salient is not None
    labels = batch.salient[:, : salience.shape[1]]
    there = labels >= 0
    loss = F.binary_cross_entropy_with_logits(salience, labels.clamp_min(0), reduction="none")
    return _mean(loss, there)


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    return (values * counts).sum() / counts.sum().clamp_min(1)


def _log_parts(decoded: Decoded, src: Tensor, tgt: Tensor) -> tuple[Tensor, Tensor]:
    """log of the written and of the copied part of each target piece's probability, both (B, T)."""
    write = -F.cross_entropy(decoded.logits.flatten(0, 1).float(), tgt.flatten(), reduction="none")
    copy = (decoded.pointer * src[:, None, :].eq(tgt[:, :, None])).sum(-1).clamp_min(1e-30).log()
    return F.logsigmoid(decoded.gate) + write.view_as(tgt), F.logsigmoid(-decoded.gate) + copy


def _uniform_nll(model: PointerGenerator, decoded: Decoded, tgt: Tensor, write: Tensor) -> Tensor:
    """Mean over the vocabulary of −log p, (B, T), counting what is written only: all but a few hundred of the pieces
    are nowhere in a source. The mean logit comes from the mean embedding, not from the (B, T, V) logits."""
    weight, bias = model.token_embedding.weight, model.output_bias
    mean_logit = decoded.hidden.float() @ weight.mean(0) + bias.mean()
    logit = decoded.logits.gather(-1, tgt[..., None]).squeeze(-1).float()
    return -(write + mean_logit - logit)


def nll(model: PointerGenerator, src: Tensor, tgt: Tensor, coverage_weight: float = 0.0) -> Tensor:
    """Mean −log p of target pieces tgt (B, T) after src (B, S); PAD targets do not count."""
    return Objective(coverage_weight)(model, Batch(src, tgt)).total
