"""The objective against plain versions: the explicit mixture, loops over tokens and sentences."""

from __future__ import annotations

import pytest
import torch

from summarize.network.padding import pad
from summarize.network.pointer_generator import Decoded, PointerGenerator, shift_right
from summarize.text.vocabulary import END, PAD, START
from summarize.training.batches import Batch
from summarize.training.objective import Losses, Objective, nll
from tests.helpers import oracles
from tests.helpers.models import MakeModel

# Two documents and two summaries; one of each is padded.
SRC = pad([[START, 110, 111, 112, 113, 110, 114, END], [START, 120, 121, 111, 115, END]])
SENTENCES = torch.tensor([[-1, 0, 0, 1, 1, 1, 2, -1], [-1, 0, 1, 1, 1, -1, -1, -1]])
TGT = pad([[110, 120, 1, 121, END], [111, 114, END]])
N_TGT = 5, 3
ORACLE_SALIENCE = torch.nn.functional.pad(torch.tensor([[1.0, 0.25, 0], [0, 1, -1]]), (0, 13), value=-1.0)
BATCH = Batch(SRC, TGT, SENTENCES, ORACLE_SALIENCE)
POINTERS = [("scaled_dot_product", 1), ("scaled_dot_product", 4), ("additive", 1), ("additive", 4)]


@pytest.fixture
def guided_model(make_model: MakeModel) -> PointerGenerator:
    return make_model(salience=True)


def decode(model: PointerGenerator) -> Decoded:
    with torch.no_grad():
        return model.decode(shift_right(TGT), model.encode(SRC))


def losses_of(objective: Objective, model: PointerGenerator, batch: Batch = BATCH) -> Losses:
    with torch.no_grad():
        return objective(model, batch)


@pytest.mark.parametrize("pointer", POINTERS)
def test_the_loss_is_minus_log_p_of_the_mixture(make_model: MakeModel, pointer: tuple[str, int]) -> None:
    attention_type, n_heads = pointer
    model = make_model(pointer_attention=attention_type, pointer_heads=n_heads)
    decoded = decode(model)
    p = oracles.mixture(decoded.logits, decoded.pointer, decoded.gate, SRC)
    expected = torch.stack([-p[b, t, TGT[b, t]].log() for b in range(2) for t in range(N_TGT[b])])  # no padding
    losses = losses_of(Objective(), model, Batch(SRC, TGT))
    torch.testing.assert_close(losses.nll.double(), expected.mean(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(losses.total, losses.nll)
    assert losses.n_tokens == sum(N_TGT)
    torch.testing.assert_close(nll(model, SRC, TGT), losses.nll)


@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_the_coverage_loss_equals_a_plain_loop(tiny_model: PointerGenerator, weight: float) -> None:
    pointer = decode(tiny_model).pointer
    steps = [loss for b in range(2) for loss in oracles.coverage_loss(pointer[b])[: N_TGT[b]]]
    expected = weight * sum(steps) / len(steps)
    losses = losses_of(Objective(coverage_weight=weight), tiny_model, Batch(SRC, TGT))
    assert (losses.total - losses.nll).item() == pytest.approx(expected, abs=1e-5)
    assert expected > 0.1


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_label_smoothing_mixes_in_the_mean_over_the_vocabulary(tiny_model: PointerGenerator, share: float) -> None:
    decoded = decode(tiny_model)
    losses = losses_of(Objective(label_smoothing=share), tiny_model, Batch(SRC, TGT))
    generated = decoded.p_gen.log()[..., None] + decoded.logits.log_softmax(-1)
    uniform = (-generated.mean(-1) * TGT.ne(PAD)).sum() / TGT.ne(PAD).sum()
    torch.testing.assert_close(losses.nll, nll(tiny_model, SRC, TGT))
    torch.testing.assert_close(losses.total, (1 - share) * losses.nll + share * uniform)


def test_the_salience_loss_is_the_mean_cross_entropy_over_sentences(guided_model: PointerGenerator) -> None:
    objective = Objective(salience_weight=2.0)
    with torch.no_grad():
        logits = guided_model.encode(SRC, sentences=SENTENCES).salience_logits
        alone = objective.salience_only(guided_model, BATCH)
    losses = losses_of(objective, guided_model)
    assert logits is not None
    assert losses.salience is not None
    terms = []
    for b, i in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)):
        p, label = torch.sigmoid(logits[b, i]), ORACLE_SALIENCE[b, i]
        terms.append(-(label * p.log() + (1 - label) * (1 - p).log()))
    torch.testing.assert_close(losses.salience, torch.stack(terms).mean())
    torch.testing.assert_close(losses.total, losses.nll + 2 * losses.salience)
    torch.testing.assert_close(alone, 2 * losses.salience)


def test_salience_is_learned_from_the_oracle_alone(guided_model: PointerGenerator) -> None:
    Objective()(guided_model, BATCH).total.backward()
    assert guided_model.salience.output.weight.grad is None  # although it guides the summary's tokens
    Objective(salience_weight=1.0)(guided_model, BATCH).total.backward()
    assert guided_model.salience.output.weight.grad is not None


@pytest.mark.parametrize("salience", [False, True])
def test_the_loss_reaches_every_parameter(make_model: MakeModel, salience: bool) -> None:
    model = make_model(salience=salience)
    Objective(salience_weight=float(salience))(model, BATCH).total.backward()
    for name, parameter in model.named_parameters():
        if not name.endswith("key_projection.bias"):  # it adds the same to all scores of a query: no gradient
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 1e-7, name
    if salience:  # of every layer and head
        assert model.layer_guidance.grad is not None
        assert (model.layer_guidance.grad != 0).all()


def test_a_target_that_can_only_be_copied_has_a_finite_loss(tiny_model: PointerGenerator) -> None:
    copied = 110  # twice in the first source
    with torch.no_grad():
        tiny_model.output_bias[copied] = -1e4
        tiny_model.gate.weight.zero_()
        tiny_model.gate.bias.fill_(-2.0)
        decoded = tiny_model.decode(torch.tensor([[START]]), tiny_model.encode(SRC[:1]))
    p = torch.sigmoid(torch.tensor(2.0)) * (decoded.pointer[0, 0, 1] + decoded.pointer[0, 0, 5])
    torch.testing.assert_close(nll(tiny_model, SRC[:1], torch.tensor([[copied]])), -p.log(), atol=1e-5, rtol=1e-5)


def test_padding_changes_no_loss(tiny_model: PointerGenerator) -> None:
    for b, n_src in enumerate((8, 6)):
        src, tgt = SRC[b : b + 1, :n_src], TGT[b : b + 1, : N_TGT[b]]
        padded = torch.nn.functional.pad(src, (0, 9), value=PAD), torch.nn.functional.pad(tgt, (0, 4), value=PAD)
        torch.testing.assert_close(nll(tiny_model, *padded), nll(tiny_model, src, tgt), atol=1e-5, rtol=1e-5)


def test_the_mean_of_shares_is_the_loss_of_the_whole_batch(guided_model: PointerGenerator) -> None:
    """Each process divides by the mean of the processes' counts."""
    objective = Objective(salience_weight=1.0)
    whole = losses_of(objective, guided_model)
    shares = [Batch(*(part[b : b + 1] for part in (SRC, TGT, SENTENCES, ORACLE_SALIENCE))) for b in range(2)]
    counts: list[list[torch.Tensor]] = [[], []]  # of each share: tokens, sentences
    for share, own in zip(shares, counts, strict=True):
        losses_of(Objective(salience_weight=1.0, divisor=lambda n, own=own: own.append(n) or n), guided_model, share)  # type: ignore[misc]
    means = [torch.stack(own).float().mean() for own in zip(*counts, strict=True)]
    totals = []
    for share in shares:
        divisors = iter(means)
        shared = Objective(salience_weight=1.0, divisor=lambda _, divisors=divisors: next(divisors))  # type: ignore[misc]
        totals.append(losses_of(shared, guided_model, share).total)
    torch.testing.assert_close(torch.stack(totals).mean(), whole.total)
