"""What training minimises: the mixture's −log p of the reference, and what may be added to it.

Nothing here builds the (B, T, V) mixture: the target's logit, the log-sum-exp and the pointer's mass on source
positions that equal the target are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from summarize.network.pointer_generator import Decoded, Memory, PointerGenerator, shift_right
from summarize.text.vocabulary import PAD
from summarize.training.batches import Batch
from summarize.training.chunked_logsumexp import linear_logsumexp

RANKING_MARGIN = 0.02  # nats a token, between candidates that are next to each other


@dataclass(frozen=True)
class Losses:
    """Means over a batch: the whole (to go backward from), −log p per target token, of salience per sentence, and of
    ranking per pair of candidates; chosen: how good the candidates are that the model finds likeliest, a mean too."""

    total: Tensor
    nll: Tensor
    tokens: Tensor  # how many there were in the target
    salience: Tensor | None = None
    ranking: Tensor | None = None
    chosen: Tensor | None = None


Count = Callable[[Tensor], Tensor]


def all_here(count: Tensor) -> Tensor:
    """What a mean divides by where everything that it is over is here: how much that is."""
    return count


@dataclass(frozen=True)
class Objective:
    """The weights of a loss's parts."""

    coverage_weight: float = 0.0  # of Σ_i min(attention_i, coverage_i) per target token (See et al. 2017)
    label_smoothing: float = 0.0  # share of the target that goes to all tokens alike (Szegedy et al. 2016)
    salience_weight: float = 0.0  # of the cross-entropy of salience against what the oracle makes of sentences
    ranking_weight: float = 0.0  # of the likelihood's ranking candidates otherwise than their scores
    # What a mean divides by, given how many terms are here. Of a batch that is shared out: the mean of the shares'
    # counts, for then the mean of the shares' losses, and of their gradients, is that of the whole batch.
    count: Count = all_here

    def __call__(self, model: PointerGenerator, batch: Batch) -> Losses:
        """The losses of one batch; it must have sentences where salience_weight is not 0, and candidates where
        ranking_weight is not."""
        memory = model.encode(batch.src, sentences=batch.sentences, places=batch.places)
        source, tgt = memory, batch.tgt
        if model.config.sentencewise:
            if (told := batch.told) is None:
                raise ValueError(
                    "a model that tells sentence by sentence learns from pairs whose sentences are aligned"
                )
            source, tgt = model.passages(memory, told.rows, told.places, told.marked), told.tgt
        counts = tgt.ne(PAD)
        decoded = model.decode(shift_right(tgt), source)
        log_total = linear_logsumexp(decoded.hidden, decoded.weight, decoded.bias)
        nll = -_log_probs(decoded, log_total, source.src, tgt)
        loss = nll
        if self.label_smoothing:
            smooth = _uniform_nll(decoded, log_total)
            loss = (1 - self.label_smoothing) * nll + self.label_smoothing * smooth
        if self.coverage_weight:
            coverage = decoded.pointer.cumsum(1) - decoded.pointer  # what was attended to before each step
            loss = loss + self.coverage_weight * torch.minimum(decoded.pointer, coverage).sum(-1)
        tokens = counts.sum()
        of = self.count(tokens)
        losses = Losses(_mean(loss, counts, of), _mean(nll, counts, of), tokens)
        if self.salience_weight and memory.salience is not None:
            salience = salience_loss(memory.salience, batch, self.count)
            losses = replace(losses, total=losses.total + self.salience_weight * salience, salience=salience)
        if self.ranking_weight and batch.candidates is not None and batch.candidate_scores is not None:
            found = candidate_log_probs(model, memory, batch.candidates)
            ranking = ranking_loss(found, batch.candidate_scores, self.count)
            chosen = batch.candidate_scores.gather(1, found.argmax(1, keepdim=True)).mean()
            total = losses.total + self.ranking_weight * ranking
            losses = replace(losses, total=total, ranking=ranking, chosen=chosen)
        return losses

    def of_salience(self, model: PointerGenerator, batch: Batch) -> Tensor:
        """Salience's weighted part alone, for windows that no summary is learned from."""
        memory = model.encode(batch.src, sentences=batch.sentences, places=batch.places)
        assert memory.salience is not None
        return self.salience_weight * salience_loss(memory.salience, batch, self.count)


def salience_loss(salience: Tensor, batch: Batch, count: Count = all_here) -> Tensor:
    """Mean binary cross-entropy of logits (B, n) against the batch's labels, over the sentences that there are."""
    assert batch.worth is not None
    labels = batch.worth[:, : salience.shape[1]]
    there = labels >= 0
    loss = F.binary_cross_entropy_with_logits(salience, labels.clamp_min(0), reduction="none")
    return _mean(loss, there, count(there.sum()))


def candidate_log_probs(model: PointerGenerator, memory: Memory, candidates: Tensor) -> Tensor:
    """Mean log p per token of candidates (B, K, T), (B, K); −inf for one that is all PAD."""
    b, k, _ = candidates.shape
    tgt = candidates.flatten(0, 1)
    decoded = model.decode(shift_right(tgt), memory)
    log_total = linear_logsumexp(decoded.hidden, decoded.weight, decoded.bias)
    counts = tgt.ne(PAD)
    lengths = counts.sum(1)
    log_probs = _log_probs(decoded, log_total, memory.src.repeat_interleave(k, 0), tgt)
    means = (log_probs * counts).sum(1) / lengths.clamp_min(1)
    return means.masked_fill(lengths == 0, -torch.inf).view(b, k)


def ranking_loss(log_probs: Tensor, scores: Tensor, count: Count = all_here) -> Tensor:
    """How far candidates with log_probs (B, K), best first by their scores (B, K), are from being ranked so: the mean
    over pairs i < j of unequal score of max(0, log_prob_j − log_prob_i + (j − i) · margin) (Liu et al. 2022, BRIO,
    equation 8). Candidates of −inf take no part."""
    places = torch.arange(log_probs.shape[1], device=log_probs.device)
    gap = places[None, :] - places[:, None]  # (K, K): j − i
    there = log_probs.isfinite()
    counts = (scores[:, :, None] > scores[:, None, :]) & there[:, :, None] & there[:, None, :]
    finite = log_probs.masked_fill(~there, 0.0)
    above = F.relu(finite[:, None, :] - finite[:, :, None] + gap * RANKING_MARGIN)
    return _mean(above, counts, count(counts.sum()))


def _mean(values: Tensor, counts: Tensor, of: Tensor) -> Tensor:
    """The sum of the values that count, divided by of; 0 where there is nothing to divide by."""
    return (values * counts).sum() / of.masked_fill(of == 0, 1)


def _log_probs(decoded: Decoded, log_total: Tensor, src: Tensor, tgt: Tensor) -> Tensor:
    """log p of target tokens tgt (N, T), of sources src (N, S); log_total (N, T): the logits' log-sum-exp."""
    logit = (decoded.hidden * F.embedding(tgt, decoded.weight)).sum(-1).to(log_total.dtype) + decoded.bias[tgt]
    copy = (decoded.pointer * src[:, None, :].eq(tgt[:, :, None])).sum(-1).clamp_min(1e-30).log()
    return torch.logaddexp(F.logsigmoid(decoded.gate) + logit - log_total, F.logsigmoid(-decoded.gate) + copy)


def _uniform_nll(decoded: Decoded, log_total: Tensor) -> Tensor:
    """Mean over the vocabulary of −log p, (N, T), counting what is written only: all but a few hundred of the tokens
    are nowhere in a source. The mean logit comes from the mean embedding, not from the logits."""
    mean_logit = decoded.hidden.to(log_total.dtype) @ decoded.weight.mean(0) + decoded.bias.mean()
    return log_total - F.logsigmoid(decoded.gate) - mean_logit


def nll(model: PointerGenerator, src: Tensor, tgt: Tensor, coverage_weight: float = 0.0) -> Tensor:
    """Mean −log p of target tokens tgt (B, T) after src (B, S); PAD targets do not count."""
    return Objective(coverage_weight)(model, Batch(src, tgt)).total
