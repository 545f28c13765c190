"""Slow, plain versions of what the package computes: in float64, one example at a time, none of its code.

There is no padding here, and a position that takes no part is left out of the sum instead of masked, so that
no convention about masks can be wrong in the same way on both sides. Shapes: T queries, S keys, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Scores = Callable[[Tensor, Tensor], Tensor]  # query (T, d) and key (S, d) to scores (T, S)
Projections = Mapping[str, tuple[Tensor, Tensor]]  # "query", "key", "value", "output": weight and bias
Weights = Mapping[str, Tensor]  # an encoder's, under Hugging Face's names


def dot_product_scores(query: Tensor, key: Tensor) -> Tensor:
    """Vaswani et al. 2017, equation 1, before its softmax."""
    return torch.einsum("td,sd->ts", query.double(), key.double()) / math.sqrt(query.shape[-1])


def additive_scores(w_query: Tensor, w_key: Tensor, v: Tensor) -> Scores:
    """Bahdanau et al. 2015, appendix A.1.2: the scores function of these weights."""

    def scores(query: Tensor, key: Tensor) -> Tensor:
        result = torch.zeros(len(query), len(key), dtype=torch.float64)
        for t, q in enumerate(query.double()):
            for s, k in enumerate(key.double()):
                result[t, s] = v.double() @ torch.tanh(w_query.double() @ q + w_key.double() @ k)
        return result

    return scores


def attention(scores: Tensor, value: Tensor, allowed: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Scores (T, S), value (S, d_v) to context (T, d_v), weights (T, S); allowed (T, S): True takes part."""
    weights = torch.zeros_like(scores, dtype=torch.float64)
    for t, row in enumerate(scores.double()):
        seen = [s for s in range(len(row)) if allowed is None or allowed[t, s]]
        if seen:
            powers = torch.exp(row[seen] - row[seen].max())
            weights[t, seen] = powers / powers.sum()
    return torch.einsum("ts,sd->td", weights, value.double()), weights


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """W x + b for every row of x."""
    return torch.einsum("ti,oi->to", x.double(), weight.double()) + bias.double()


def multi_head(
    query: Tensor,
    memory: Tensor,
    projections: Projections,
    n_heads: int,
    scores: Scores = dot_product_scores,
    allowed: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Vaswani et al. 2017, section 3.2.2, head by head: context (T, d_model), weights (n_heads, T, S)."""
    q = linear(query, *projections["query"])
    k, v = linear(memory, *projections["key"]), linear(memory, *projections["value"])
    contexts, weights = [], []
    for head in range(n_heads):
        d_head = q.shape[1] // n_heads
        columns = slice(head * d_head, (head + 1) * d_head)
        context, weight = attention(scores(q[:, columns], k[:, columns]), v[:, columns], allowed)
        contexts.append(context)
        weights.append(weight)
    return linear(torch.cat(contexts, 1), *projections["output"]), torch.stack(weights)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Ba et al. 2016."""
    mean = x.mean(1, keepdim=True)
    variance = ((x - mean) ** 2).mean(1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps) * weight.double() + bias.double()


def gelu(x: Tensor) -> Tensor:
    """The exact one: x Φ(x)."""
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def bert_embed(weights: Weights, ids: Sequence[int], positions: Sequence[int], segment: int) -> Tensor:
    """Ids at positions (both T) to input vectors (T, d)."""
    rows = []
    for i, position in zip(ids, positions, strict=True):
        word = weights["embeddings.word_embeddings.weight"][i].double()
        place = weights["embeddings.position_embeddings.weight"][position].double()
        rows.append(word + place + weights["embeddings.token_type_embeddings.weight"][segment].double())
    norm = weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"]
    return layer_norm(torch.stack(rows), *norm, eps=1e-12)


def bert_layers(weights: Weights, x: Tensor, n_heads: int, allowed: Tensor | None = None) -> Tensor:
    """Devlin et al. 2019: x (T, d) through all layers; allowed (T, T) bool: which column a row may see."""

    def part(name: str) -> tuple[Tensor, Tensor]:
        return weights[f"{name}.weight"], weights[f"{name}.bias"]

    i = 0
    while f"encoder.layer.{i}.output.dense.weight" in weights:
        layer = f"encoder.layer.{i}"
        projections = {name: part(f"{layer}.attention.self.{name}") for name in ("query", "key", "value")}
        projections["output"] = part(f"{layer}.attention.output.dense")
        context, _ = multi_head(x, x, projections, n_heads, allowed=allowed)
        x = layer_norm(x + context, *part(f"{layer}.attention.output.LayerNorm"), eps=1e-12)
        hidden = linear(gelu(linear(x, *part(f"{layer}.intermediate.dense"))), *part(f"{layer}.output.dense"))
        x = layer_norm(x + hidden, *part(f"{layer}.output.LayerNorm"), eps=1e-12)
        i += 1
    return x


def bert(weights: Weights, ids: Sequence[int], n_heads: int) -> Tensor:
    """A whole encoder: ids (T) to states (T, d)."""
    return bert_layers(weights, bert_embed(weights, ids, range(len(ids)), segment=0), n_heads)


def mixture(logits: Tensor, pointer: Tensor, gate: Tensor, src: Tensor) -> Tensor:
    """See et al. 2017, equation 9: logits (B, T, V), pointer (B, T, S), logit of p_gen (B, T), src (B, S) to
    probabilities (B, T, V)."""
    p = torch.zeros_like(logits, dtype=torch.float64)
    for b in range(logits.shape[0]):
        for t in range(logits.shape[1]):
            p_gen = 1 / (1 + math.exp(-float(gate[b, t])))
            powers = torch.exp(logits[b, t].double() - logits[b, t].double().max())
            p[b, t] = p_gen * powers / powers.sum()
            for s, token in enumerate(src[b].tolist()):
                p[b, t, token] += (1 - p_gen) * pointer[b, t, s].double()
    return p


def coverage_loss(pointer: Tensor) -> list[float]:
    """See et al. 2017, equation 13, for one document's attention (T, S): one figure a step."""
    coverage = [0.0] * pointer.shape[1]
    losses = []
    for step in pointer.tolist():
        losses.append(sum(min(a, c) for a, c in zip(step, coverage, strict=True)))
        coverage = [c + a for a, c in zip(step, coverage, strict=True)]
    return losses
