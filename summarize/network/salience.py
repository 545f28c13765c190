"""Salience: how likely each sentence of a source is to be in a good extract, and how that guides the decoder.

Shapes: B documents, S source tokens, n sentences, N passages. A token's sentence is given by its number in the window;
−1 is none.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.padding import SENTENCE_MULTIPLE


class SalienceHead(nn.Module):
    """Salience logits of sentences: a two-layer network on the mean of a sentence's token states, plus a bias for the
    sentence's position in the document. It learns a ROUGE oracle's labels, as extractive summarizers do (BertSumExt,
    Liu & Lapata 2019; selection.oracle.oracle_probabilities says how the labels differ)."""

    N_POSITIONS = 64  # with a bias of their own; later sentences share the last one

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.output = nn.Linear(d_model, 1)
        self.place = nn.Parameter(torch.zeros(self.N_POSITIONS))  # model files name it so

    def forward(self, states: Tensor, sentences: Tensor, sentence_positions: Tensor | None = None) -> Tensor:
        """States (B, S, d_model) of tokens in sentences (B, S) to logits (B, n); those of absent sentences are
        arbitrary. sentence_positions (B, ≥ n): each sentence's number in the document (default: 0, 1, …)."""
        means = mean_by_sentence(states, sentences)
        logits = self.output(self.norm(F.gelu(self.hidden(means)))).squeeze(-1).float()
        n = logits.shape[1]
        if sentence_positions is None:
            positions = torch.arange(n, device=logits.device)[None, :]
        else:
            positions = sentence_positions[:, :n]
        return logits + self.place[positions.clamp_max(self.N_POSITIONS - 1)]


class SentenceMark(nn.Module):
    """One vector per head, added to the keys, and one added to the values, of the tokens of a passage's source
    sentence: the decoder then tells the sentence from its context. (Contextualized Rewriting, Bao & Zhang 2021,
    section 3.2, marks sentences before the encoder; here the source is encoded once, before sentences are chosen.)"""

    def __init__(self, n_heads: int, d_head: int) -> None:
        super().__init__()
        self.key = nn.Parameter(torch.zeros(n_heads, 1, d_head))
        self.value = nn.Parameter(torch.zeros(n_heads, 1, d_head))

    def forward(self, key: Tensor, value: Tensor, is_marked: Tensor) -> tuple[Tensor, Tensor]:
        """Key and value (N, h, S, d_head), with the mark added where is_marked (N, S) is True."""
        weight = is_marked[:, None, :, None].to(key.dtype)
        return torch.addcmul(key, weight, self.key.to(key.dtype)), torch.addcmul(
            value, weight, self.value.to(value.dtype)
        )


def mean_by_sentence(states: Tensor, sentences: Tensor) -> Tensor:
    """Means of states (B, S, d) over each sentence's tokens, (B, n, d); zeros for a sentence without tokens.

    n is rounded up to a multiple of SENTENCE_MULTIPLE, so that there are few shapes.
    """
    n = -(-(int(sentences.max()) + 1) // SENTENCE_MULTIPLE) * SENTENCE_MULTIPLE
    numbers = torch.arange(max(n, SENTENCE_MULTIPLE), device=sentences.device)
    is_member = sentences[:, None, :].eq(numbers[None, :, None]).to(states.dtype)
    return (is_member / is_member.sum(-1, keepdim=True).clamp_min(1)) @ states


def token_guidance(salience_logits: Tensor, sentences: Tensor) -> Tensor:
    """The log-probability of its sentence's being salient, from logits (B, n), at every token (B, S); 0 for a token in
    no sentence."""
    guidance = F.logsigmoid(salience_logits).gather(1, sentences.clamp_min(0))
    return guidance.masked_fill(sentences < 0, 0.0)
