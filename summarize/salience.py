"""How much each sentence of a source is worth telling, from the states that the encoder gives its pieces.

Shapes: B documents, S source pieces, n sentences. Pieces know their sentence by its number in the window; −1 is none.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summarize.batching import SENTENCE_MULTIPLE


class SalienceHead(nn.Module):
    """Logits of being worth telling: a two-layer network on a sentence's mean state, and what its place in the
    document says. Trained on greedy-ROUGE oracle sentences, as extractive summarizers are (Liu & Lapata 2019,
    BertSumExt)."""

    PLACES = 64  # the sentence's number in the document, from here on all alike

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.output = nn.Linear(d_model, 1)
        self.place = nn.Parameter(torch.zeros(self.PLACES))

    def forward(self, states: Tensor, sentences: Tensor, places: Tensor | None = None) -> Tensor:
        """States (B, S, d_model) of pieces in sentences (B, S) to logits (B, n); those of absent sentences mean
        nothing. places (B, ≥ n): the number in the document of each sentence of the window (default: 0, 1, …)."""
        means = mean_by_sentence(states, sentences)
        logits = self.output(self.norm(F.gelu(self.hidden(means)))).squeeze(-1).float()
        n = logits.shape[1]
        places = torch.arange(n, device=logits.device)[None, :] if places is None else places[:, :n]
        return logits + self.place[places.clamp_max(self.PLACES - 1)]


class SentenceMarks(nn.Module):
    """Vectors added to the keys and values of the pieces of chosen sentences, one pair for the first of them, one for
    the second, …: a decoder then sees what to tell, and in which order. (Bao & Zhang 2021, Contextualized Rewriting
    for Text Summarization, section 3.2, mark sentences so before an encoder; here the source is encoded once, before
    anything is chosen.)"""

    def __init__(self, marks: int, n_heads: int, d_head: int) -> None:
        super().__init__()
        self.key = nn.Parameter(torch.zeros(marks, n_heads, d_head))
        self.value = nn.Parameter(torch.zeros(marks, n_heads, d_head))

    def forward(self, key: Tensor, value: Tensor, marks: Tensor) -> tuple[Tensor, Tensor]:
        """Key and value (B, h, S, d_head) with what marks (B, S) add: 0 nothing, n the nth vectors, or the last."""
        numbers = marks.clamp_max(len(self.key))
        added = (F.pad(own, (0, 0, 0, 0, 1, 0))[numbers].transpose(1, 2) for own in (self.key, self.value))
        key_mark, value_mark = added
        return key + key_mark.to(key.dtype), value + value_mark.to(value.dtype)


def marks_of(chosen: Tensor, sentences: Tensor) -> Tensor:
    """The mark of each piece (B, S): the chosen sentences, chosen (B, n) bool, are numbered from 1 in their order; 0
    for a piece of any other. sentences (B, S): each piece's sentence, −1 for none."""
    numbers = chosen.long().cumsum(1) * chosen
    return numbers.gather(1, sentences.clamp_min(0)).masked_fill(sentences < 0, 0)


def mean_by_sentence(states: Tensor, sentences: Tensor) -> Tensor:
    """States (B, S, d) to their means over each sentence (B, n, d); zeros for a sentence without pieces."""
    n = -(-(int(sentences.max()) + 1) // SENTENCE_MULTIPLE) * SENTENCE_MULTIPLE  # few tensor shapes
    numbers = torch.arange(max(n, SENTENCE_MULTIPLE), device=sentences.device)
    member = sentences[:, None, :].eq(numbers[None, :, None]).to(states.dtype)
    return (member / member.sum(-1, keepdim=True).clamp_min(1)) @ states


def spread(salience: Tensor, sentences: Tensor) -> Tensor:
    """Log-probability of being worth telling, from logits (B, n), at every piece (B, S); 0 for one in no sentence."""
    of_pieces = F.logsigmoid(salience).gather(1, sentences.clamp_min(0))
    return of_pieces.masked_fill(sentences < 0, 0.0)
