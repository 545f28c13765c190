"""How much each sentence of a source is worth telling, from the states that the encoder gives its tokens.

Shapes: B documents, S source tokens, n sentences. Tokens know their sentence by its number in the window; −1 is none.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.network.padding import SENTENCE_MULTIPLE


class SalienceHead(nn.Module):
    """Logits of being worth telling: a two-layer network on a sentence's mean state, and what its place in the
    document says. Trained on what a ROUGE oracle makes of each sentence, as extractive summarizers are (Liu &
    Lapata 2019, BertSumExt; see oracle_probabilities for what is other here)."""

    PLACES = 64  # the sentence's number in the document, from here on all alike

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.output = nn.Linear(d_model, 1)
        self.place = nn.Parameter(torch.zeros(self.PLACES))

    def forward(self, states: Tensor, sentences: Tensor, places: Tensor | None = None) -> Tensor:
        """States (B, S, d_model) of tokens in sentences (B, S) to logits (B, n); those of absent sentences mean
        nothing. places (B, ≥ n): the number in the document of each sentence of the window (default: 0, 1, …)."""
        means = mean_by_sentence(states, sentences)
        logits = self.output(self.norm(F.gelu(self.hidden(means)))).squeeze(-1).float()
        n = logits.shape[1]
        places = torch.arange(n, device=logits.device)[None, :] if places is None else places[:, :n]
        return logits + self.place[places.clamp_max(self.PLACES - 1)]


class SentenceMark(nn.Module):
    """A vector for each head, added to the keys and one to the values of the tokens of one sentence: a decoder that is
    to tell it then sees which it is among what stands before it. (Bao & Zhang 2021, Contextualized Rewriting for Text
    Summarization, section 3.2, mark sentences before an encoder; here the source is encoded once, before anything is
    chosen.)"""

    def __init__(self, n_heads: int, d_head: int) -> None:
        super().__init__()
        self.key = nn.Parameter(torch.zeros(n_heads, 1, d_head))
        self.value = nn.Parameter(torch.zeros(n_heads, 1, d_head))

    def forward(self, key: Tensor, value: Tensor, marked: Tensor) -> tuple[Tensor, Tensor]:
        """Key and value (N, h, S, d_head) with the mark on the tokens where marked (N, S)."""
        where = marked[:, None, :, None].to(key.dtype)
        return torch.addcmul(key, where, self.key.to(key.dtype)), torch.addcmul(
            value, where, self.value.to(value.dtype)
        )


def mean_by_sentence(states: Tensor, sentences: Tensor) -> Tensor:
    """States (B, S, d) to their means over each sentence (B, n, d); zeros for a sentence without tokens."""
    n = -(-(int(sentences.max()) + 1) // SENTENCE_MULTIPLE) * SENTENCE_MULTIPLE  # few tensor shapes
    numbers = torch.arange(max(n, SENTENCE_MULTIPLE), device=sentences.device)
    member = sentences[:, None, :].eq(numbers[None, :, None]).to(states.dtype)
    return (member / member.sum(-1, keepdim=True).clamp_min(1)) @ states


def spread(salience: Tensor, sentences: Tensor) -> Tensor:
    """Log-probability of being worth telling, from logits (B, n), at every token (B, S); 0 for one in no sentence."""
    of_tokens = F.logsigmoid(salience).gather(1, sentences.clamp_min(0))
    return of_tokens.masked_fill(sentences < 0, 0.0)
