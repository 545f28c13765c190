"""The salience head, and how it guides attention."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from summarize.decoding.decoder import IncrementalDecoder
from summarize.network.attention import ScaledDotProductAttention, masked_softmax
from summarize.network.memory import Memory
from summarize.network.pointer_generator import PointerGenerator, shift_right
from summarize.network.salience import SalienceHead, mean_by_sentence, token_guidance
from tests.helpers.models import MakeModel

SRC = torch.tensor([[101, 110, 111, 112, 113, 114, 102, 0], [101, 120, 121, 122, 110, 115, 116, 102]])
SENTENCES = torch.tensor([[-1, 0, 0, 1, 1, 1, -1, -1], [-1, 0, 1, 1, 1, 2, 2, -1]])
TGT = torch.tensor([[110, 112, 1, 120, 102], [121, 110, 102, 0, 0]])


@pytest.fixture
def guided_model(make_model: MakeModel) -> PointerGenerator:
    return make_model(salience=True)


def test_means_are_over_each_sentences_tokens() -> None:
    states = torch.randn(2, 8, 3)
    means = mean_by_sentence(states, SENTENCES)
    for b in range(2):
        for i in range(3):
            tokens = [states[b, s] for s in range(8) if SENTENCES[b, s] == i]
            expected = torch.stack(tokens).mean(0) if tokens else torch.zeros(3)
            torch.testing.assert_close(means[b, i], expected)
    assert not means[:, 3:].any()


@pytest.mark.parametrize(("n_sentences", "n"), [(1, 16), (16, 16), (17, 32)])
def test_every_sentence_has_a_mean(n_sentences: int, n: int) -> None:
    states = torch.arange(1.0, n_sentences + 1)[None, :, None]
    means = mean_by_sentence(states, torch.arange(n_sentences)[None])
    assert means.shape == (1, n, 1)
    assert means[0, :n_sentences, 0].tolist() == states[0, :, 0].tolist()


def test_guidance_is_the_log_probability_of_each_tokens_sentence() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, -3.0]])
    guidance = token_guidance(logits, SENTENCES)
    for b in range(2):
        for s in range(8):
            i = int(SENTENCES[b, s])
            expected = torch.sigmoid(logits[b, i]).log() if i >= 0 else torch.tensor(0.0)
            torch.testing.assert_close(guidance[b, s], expected)


def test_a_logit_is_the_networks_output_for_the_mean_state() -> None:
    head, states = SalienceHead(4), torch.randn(2, 8, 4)
    logits = head(states, SENTENCES)
    hidden = torch.nn.functional.gelu(head.hidden(states[1, 2:5].mean(0)))
    torch.testing.assert_close(logits[1, 1], head.output(head.norm(hidden))[0])


def test_a_sentences_position_in_the_document_is_a_bias() -> None:
    head = SalienceHead(4)
    with torch.no_grad():
        head.place.copy_(torch.arange(head.N_POSITIONS) * 0.1)
    states = torch.randn(2, 8, 4)
    at_start = head(states, SENTENCES)
    far = head(states, SENTENCES, torch.tensor([[3, 4, 500, *[0] * 13]] * 2))
    added = torch.tensor([0.3, 0.3, 6.1])
    torch.testing.assert_close(far[:, :3] - at_start[:, :3], added.expand(2, 3))


def test_a_bias_is_added_to_the_scores_before_the_softmax() -> None:
    attention = ScaledDotProductAttention()
    query, key, value, bias = (torch.randn(2, 3, n, 4) for n in (5, 6, 6, 6))
    bias = bias[..., :1].transpose(2, 3)  # (2, 3, 1, 6)
    mask = torch.zeros(2, 1, 1, 6, dtype=torch.bool)
    mask[0, ..., 4:] = True
    weights = masked_softmax(query @ key.transpose(-2, -1) / 2 + bias, mask)
    torch.testing.assert_close(attention(query, key, value, mask, bias)[1], weights)
    torch.testing.assert_close(attention.context(query, key, value, mask, bias), weights @ value)


def log_probs(model: PointerGenerator, sentences: Tensor | None = SENTENCES) -> Tensor:
    with torch.no_grad():
        return model.decode(shift_right(TGT), model.encode(SRC, sentences=sentences)).log_probs(SRC)


def test_guidance_of_strength_zero_changes_nothing(guided_model: PointerGenerator) -> None:
    with torch.no_grad():
        guided_model.layer_guidance.zero_()
        guided_model.pointer_guidance.zero_()
    torch.testing.assert_close(log_probs(guided_model), log_probs(guided_model, None))


@torch.no_grad()
@pytest.mark.parametrize("k", [1, 2])  # hypotheses per document
def test_strong_guidance_equals_a_mask(guided_model: PointerGenerator, k: int) -> None:
    """Tokens of an improbable sentence are as good as padding, for every layer and the pointer."""
    guided_model.layer_guidance.fill_(1.0)
    guided_model.pointer_guidance.fill_(1.0)
    memory = guided_model.encode(SRC, sentences=SENTENCES)
    is_hidden, tgt = SENTENCES == 1, shift_right(TGT).repeat_interleave(k, 0)
    parts = memory.layers, memory.pointer
    guided = Memory(SRC, memory.key_padding_mask, *parts, guidance=torch.where(is_hidden, -1e4, 0.0))
    masked = Memory(SRC, memory.key_padding_mask | is_hidden, *parts)
    expected = guided_model.decode(tgt, masked).log_probs(SRC)
    torch.testing.assert_close(guided_model.decode(tgt, guided).log_probs(SRC), expected, atol=1e-5, rtol=1e-5)


def test_step_by_step_equals_all_at_once_with_guidance(guided_model: PointerGenerator) -> None:
    expected = log_probs(guided_model)
    with torch.no_grad():
        decoder = IncrementalDecoder(guided_model, guided_model.encode(SRC, sentences=SENTENCES))
        for t in range(TGT.shape[1]):
            parents = torch.full((len(TGT), 1), t - 1)
            actual = decoder.step(shift_right(TGT)[:, t : t + 1], parents).probabilities.log()
            torch.testing.assert_close(actual[:, 0], expected[:, t], atol=1e-4, rtol=1e-4)
