"""The salience head, what it does to attention, and what is learned of it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from summarize.decoding.decoder import IncrementalDecoder
from summarize.network.attention import ScaledDotProductAttention, masked_softmax
from summarize.network.pointer_generator import PointerGenerator, shift_right
from summarize.network.salience import SalienceHead, mean_by_sentence, spread
from summarize.training.batches import Batch
from summarize.training.objective import Objective, nll
from tests.helpers.models import MakeModel

SRC = torch.tensor([[101, 110, 111, 112, 113, 114, 102, 0], [101, 120, 121, 122, 110, 115, 116, 102]])
SENTENCES = torch.tensor([[-1, 0, 0, 1, 1, 1, -1, -1], [-1, 0, 1, 1, 1, 2, 2, -1]])
TGT = torch.tensor([[110, 112, 1, 120, 102], [121, 110, 102, 0, 0]])
SALIENT = torch.nn.functional.pad(torch.tensor([[1.0, 0, -1], [0, 1, 1]]), (0, 13), value=-1.0)


@pytest.fixture
def guided(make_model: MakeModel) -> PointerGenerator:
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


def test_spread_gives_every_piece_its_sentences_log_probability() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.0, 1.0, -3.0]])
    found = spread(logits, SENTENCES)
    for b in range(2):
        for s in range(8):
            i = int(SENTENCES[b, s])
            expected = torch.sigmoid(logits[b, i]).log() if i >= 0 else torch.tensor(0.0)
            torch.testing.assert_close(found[b, s], expected)


def test_the_place_in_the_document_counts() -> None:
    head = SalienceHead(4)
    with torch.no_grad():
        head.place.copy_(torch.arange(head.PLACES) * 0.1)
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


def decode(model: PointerGenerator, sentences: Tensor | None = SENTENCES) -> Tensor:
    with torch.no_grad():
        return model.decode(shift_right(TGT), model.encode(SRC, sentences=sentences)).log_probs(SRC)


def test_guidance_of_strength_zero_changes_nothing(guided: PointerGenerator) -> None:
    with torch.no_grad():
        guided.layer_guidance.zero_()
        guided.pointer_guidance.zero_()
    torch.testing.assert_close(decode(guided), decode(guided, None))


def test_guidance_draws_the_pointer_to_what_is_worth_telling(guided: PointerGenerator) -> None:
    with torch.no_grad():
        guided.pointer_guidance.fill_(5.0)
        memory = guided.encode(SRC, sentences=SENTENCES)
        assert memory.guidance is not None
        memory.guidance = torch.where(SENTENCES == 1, 0.0, -4.0)
        inside = guided.decode(shift_right(TGT), memory).pointer * (SENTENCES == 1)[:, None, :]
        assert inside.sum(-1).min() > 0.99


def test_step_by_step_equals_all_at_once_with_guidance(guided: PointerGenerator) -> None:
    expected = decode(guided)
    with torch.no_grad():
        decoder = IncrementalDecoder(guided, guided.encode(SRC, sentences=SENTENCES))
        for t in range(TGT.shape[1]):
            before = torch.full((len(TGT), 1), t - 1)
            found = decoder.step(shift_right(TGT)[:, t : t + 1], before).probabilities.log()
            torch.testing.assert_close(found[:, 0], expected[:, t], atol=1e-4, rtol=1e-4)


def test_documents_can_be_selected_with_their_guidance(guided: PointerGenerator) -> None:
    with torch.no_grad():
        both = guided.encode(SRC, sentences=SENTENCES)
        second = both.select(torch.tensor([1]))
        alone = guided.encode(SRC[1:], sentences=SENTENCES[1:])
    assert second.guidance is not None
    torch.testing.assert_close(second.guidance, alone.guidance)
    torch.testing.assert_close(second.salience[:, :3], alone.salience[:, :3])  # type: ignore[index]


def test_the_salience_loss_is_the_mean_cross_entropy_of_the_sentences_that_there_are(guided: PointerGenerator) -> None:
    batch = Batch(SRC, TGT, SENTENCES, SALIENT)
    with torch.no_grad():
        logits = guided.encode(SRC, sentences=SENTENCES).salience
        losses = Objective(salience_weight=2.0)(guided, batch)
        only = Objective(salience_weight=2.0).of_salience(guided, batch)
    assert logits is not None
    assert losses.salience is not None
    each = []
    for b, i in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2)):
        p = torch.sigmoid(logits[b, i])
        each.append(-(p if SALIENT[b, i] else 1 - p).log())
    torch.testing.assert_close(losses.salience, torch.stack(each).mean())
    torch.testing.assert_close(losses.total, losses.nll + 2 * losses.salience)
    torch.testing.assert_close(only, 2 * losses.salience)


def test_what_is_worth_telling_is_learned_from_the_oracle_alone(guided: PointerGenerator) -> None:
    Objective()(guided, Batch(SRC, TGT, SENTENCES, SALIENT)).total.backward()
    assert guided.salience.output.weight.grad is None
    assert guided.layer_guidance.grad is not None
    assert guided.layer_guidance.grad.abs().max() > 0
    Objective(salience_weight=1.0)(guided, Batch(SRC, TGT, SENTENCES, SALIENT)).total.backward()
    assert guided.salience.output.weight.grad is not None


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_label_smoothing_mixes_in_the_mean_over_the_vocabulary(tiny_model: PointerGenerator, share: float) -> None:
    with torch.no_grad():
        decoded = tiny_model.decode(shift_right(TGT), tiny_model.encode(SRC))
        losses = Objective(label_smoothing=share)(tiny_model, Batch(SRC, TGT))
        written = decoded.p_gen.log()[..., None] + decoded.logits.log_softmax(-1)
        uniform = (-written.mean(-1) * TGT.ne(0)).sum() / TGT.ne(0).sum()
        torch.testing.assert_close(losses.nll, nll(tiny_model, SRC, TGT))
        torch.testing.assert_close(losses.total, (1 - share) * losses.nll + share * uniform)
