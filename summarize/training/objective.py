"""The training objective: the mixture's −log p of the reference, and the losses that may be added to it.

Nothing here builds the (B, T, V) mixture. The target's logit, the log-sum-exp, and the pointer's mass on source tokens
that equal the target are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.memory import Memory
from summarize.network.pointer_generator import MIN_PROBABILITY, Decoded, PointerGenerator, shift_right
from summarize.text.vocabulary import PAD
from summarize.training.batches import Batch
from summarize.training.chunked_logsumexp import linear_logsumexp

RANKING_MARGIN = 0.02  # nats per token, between neighbours in the ranking of candidates


@dataclass(frozen=True)
class Losses:
    """The losses of one batch, each 0-dimensional."""

    total: Tensor  # the weighted sum, which has the gradient
    nll: Tensor  # mean −log p per target token
    n_tokens: Tensor  # target tokens in the batch
    salience: Tensor | None = None  # mean cross-entropy per sentence
    ranking: Tensor | None = None  # mean margin loss per pair of candidates
    top_candidate_score: Tensor | None = None  # mean score of the candidate that the model finds likeliest


# From how many terms a process has to the number that its sum is divided by.
Divisor = Callable[[Tensor], Tensor]


def own_count(count: Tensor) -> Tensor:
    """The divisor of a process that has the whole batch: the number of terms."""
    return count


@dataclass(frozen=True)
class Objective:
    """The weights of the losses.

    divisor: own_count, or, where each process has a share of a batch, the mean of the processes' counts. The mean of
    the processes' losses, and of their gradients, is then that of the whole batch.
    """

    coverage_weight: float = 0.0  # of Σ_i min(attention_i, coverage_i) per target token (See et al. 2017)
    label_smoothing: float = 0.0  # share of a target that is spread over the vocabulary (Szegedy et al. 2016)
    salience_weight: float = 0.0  # of the cross-entropy between salience and the oracle's labels
    ranking_weight: float = 0.0  # of the margin loss between candidates (BRIO, Liu et al. 2022)
    divisor: Divisor = own_count

    def __call__(self, model: PointerGenerator, batch: Batch) -> Losses:
        """The losses of one batch.

        The batch must have sentences if salience_weight is not 0, candidates if ranking_weight is not 0, and passage
        targets if the model is sentencewise. Raises ValueError if the last are missing.
        """
        memory = model.encode(batch.src, sentences=batch.sentences, sentence_positions=batch.sentence_positions)
        source, tgt = memory, batch.tgt
        if model.config.sentencewise:
            if (targets := batch.passage_targets) is None:
                raise ValueError("a sentencewise model learns from pairs whose summary sentences are aligned")
            source = model.passages(memory, targets.documents, targets.positions, targets.is_marked)
            tgt = targets.tgt
        is_token = tgt.ne(PAD)
        decoded = model.decode(shift_right(tgt), source)
        log_total = linear_logsumexp(decoded.hidden, decoded.weight, decoded.bias)
        nll = -_log_probs(decoded, log_total, source.src, tgt)
        loss = nll
        if self.label_smoothing:
            smooth = _uniform_nll(decoded, log_total)
            loss = (1 - self.label_smoothing) * nll + self.label_smoothing * smooth
        if self.coverage_weight:
            coverage = decoded.pointer.cumsum(1) - decoded.pointer  # the attention of all earlier steps
            loss = loss + self.coverage_weight * torch.minimum(decoded.pointer, coverage).sum(-1)
        n_tokens = is_token.sum()
        divisor = self.divisor(n_tokens)
        losses = Losses(_mean(loss, is_token, divisor), _mean(nll, is_token, divisor), n_tokens)
        if self.salience_weight and memory.salience_logits is not None:
            salience = salience_loss(memory.salience_logits, batch, self.divisor)
            losses = replace(losses, total=losses.total + self.salience_weight * salience, salience=salience)
        if self.ranking_weight and batch.candidates is not None and batch.candidate_scores is not None:
            losses = self._with_ranking(losses, model, memory, batch.candidates, batch.candidate_scores)
        return losses

    def _with_ranking(
        self, losses: Losses, model: PointerGenerator, memory: Memory, candidates: Tensor, scores: Tensor
    ) -> Losses:
        """Losses with the ranking of candidates (B, K, T), which have scores (B, K), added."""
        log_probs = candidate_log_probs(model, memory, candidates)
        ranking = ranking_loss(log_probs, scores, self.divisor)
        top_score = scores.gather(1, log_probs.argmax(1, keepdim=True)).mean()
        total = losses.total + self.ranking_weight * ranking
        return replace(losses, total=total, ranking=ranking, top_candidate_score=top_score)

    def salience_only(self, model: PointerGenerator, batch: Batch) -> Tensor:
        """The weighted salience loss alone, for windows that no summary is learned from."""
        memory = model.encode(batch.src, sentences=batch.sentences, sentence_positions=batch.sentence_positions)
        assert memory.salience_logits is not None
        return self.salience_weight * salience_loss(memory.salience_logits, batch, self.divisor)


class LossModule(nn.Module):
    """A model and its objective as one module, so that DistributedDataParallel can wrap both."""

    def __init__(self, model: PointerGenerator, objective: Objective) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, batch: Batch, later_windows: Batch | None) -> tuple[Tensor, Tensor]:
        """The total loss, with gradient, and −log p per target token, without.

        later_windows: windows beyond the first, for the salience loss alone.
        """
        losses = self.objective(self.model, batch)
        total = losses.total
        if later_windows is not None:
            total = total + self.objective.salience_only(self.model, later_windows)
        return total, losses.nll.detach()


def salience_loss(logits: Tensor, batch: Batch, divisor: Divisor = own_count) -> Tensor:
    """Mean binary cross-entropy of logits (B, n) against the batch's oracle salience, over its sentences."""
    assert batch.oracle_salience is not None
    labels = batch.oracle_salience[:, : logits.shape[1]]
    is_sentence = labels >= 0
    loss = F.binary_cross_entropy_with_logits(logits, labels.clamp_min(0), reduction="none")
    return _mean(loss, is_sentence, divisor(is_sentence.sum()))


def candidate_log_probs(model: PointerGenerator, memory: Memory, candidates: Tensor) -> Tensor:
    """Mean log p per token of candidates (B, K, T), (B, K); −inf for a missing one, which is all PAD."""
    b, k, _ = candidates.shape
    tgt = candidates.flatten(0, 1)
    decoded = model.decode(shift_right(tgt), memory)
    log_total = linear_logsumexp(decoded.hidden, decoded.weight, decoded.bias)
    is_token = tgt.ne(PAD)
    lengths = is_token.sum(1)
    log_probs = _log_probs(decoded, log_total, memory.src.repeat_interleave(k, 0), tgt)
    means = (log_probs * is_token).sum(1) / lengths.clamp_min(1)
    return means.masked_fill(lengths == 0, -torch.inf).view(b, k)


def ranking_loss(log_probs: Tensor, scores: Tensor, divisor: Divisor = own_count) -> Tensor:
    """The margin loss of candidates with log_probs (B, K), best first by their scores (B, K): the mean over pairs i < j
    of unequal score of max(0, log_prob_j − log_prob_i + (j − i) · margin) (BRIO, Liu et al. 2022, equation 8).
    Candidates of −inf take no part."""
    ranks = torch.arange(log_probs.shape[1], device=log_probs.device)
    gap = ranks[None, :] - ranks[:, None]  # (K, K): j − i
    is_there = log_probs.isfinite()
    is_pair = (scores[:, :, None] > scores[:, None, :]) & is_there[:, :, None] & is_there[:, None, :]
    finite = log_probs.masked_fill(~is_there, 0.0)
    excess = F.relu(finite[:, None, :] - finite[:, :, None] + gap * RANKING_MARGIN)
    return _mean(excess, is_pair, divisor(is_pair.sum()))


def _mean(values: Tensor, is_counted: Tensor, divisor: Tensor) -> Tensor:
    """The sum of the counted values over the divisor; 0 where the divisor is 0."""
    return (values * is_counted).sum() / divisor.masked_fill(divisor == 0, 1)


def _log_probs(decoded: Decoded, log_total: Tensor, src: Tensor, tgt: Tensor) -> Tensor:
    """log p (N, T) of target tokens tgt (N, T) given sources src (N, S); log_total (N, T): the logits' log-sum-exp."""
    logit = (decoded.hidden * F.embedding(tgt, decoded.weight)).sum(-1).to(log_total.dtype) + decoded.bias[tgt]
    copy = (decoded.pointer * src[:, None, :].eq(tgt[:, :, None])).sum(-1).clamp_min(MIN_PROBABILITY).log()
    return torch.logaddexp(F.logsigmoid(decoded.gate) + logit - log_total, F.logsigmoid(-decoded.gate) + copy)


def _uniform_nll(decoded: Decoded, log_total: Tensor) -> Tensor:
    """The mean of −log p over the vocabulary, (N, T), of the generating part alone: nearly all tokens are in no source.

    The mean logit is computed from the mean embedding, without the logits.
    """
    mean_logit = decoded.hidden.to(log_total.dtype) @ decoded.weight.mean(0) + decoded.bias.mean()
    return log_total - F.logsigmoid(decoded.gate) - mean_logit


def nll(model: PointerGenerator, src: Tensor, tgt: Tensor, coverage_weight: float = 0.0) -> Tensor:
    """Mean −log p of target tokens tgt (B, T) given src (B, S), plus the weighted coverage loss; PAD does not count."""
    return Objective(coverage_weight)(model, Batch(src, tgt)).total
