"""8-bit layers: against the same rounding in plain arithmetic; a row's result does not depend on other rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from summarize.decoding.decoder import OutputLayer
from summarize.errors import UsageError
from summarize.network.attention import MultiHeadAttention
from summarize.network.device import fastest_precision
from summarize.network.quantization import Int8Linear, Int8Weight, is_quantized, quantize
from summarize.pipeline.summarizer import Summarizer
from tests.helpers.models import MakeModel

pytestmark = pytest.mark.skipif(
    fastest_precision(torch.device("cpu")) != "int8",
    reason="this processor has no AVX-512 VNNI",
)


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    torch.manual_seed(0)


def rounded(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row as integers from −127 to 127, and the size of one level."""
    step = np.abs(x).max(1, keepdims=True) / 127
    return np.floor(x / step + 0.5), step


@pytest.mark.parametrize(
    ("n", "d_in", "d_out"), [(1, 384, 384), (80, 384, 1536), (7, 8, 24), (3, 5, 17), (400, 96, 64)]
)
def test_a_product_is_that_of_the_rounded_numbers(n: int, d_in: int, d_out: int) -> None:
    layer, x = nn.Linear(d_in, d_out), torch.randn(n, d_in) * 10
    with torch.inference_mode():
        found = Int8Linear.from_linear(layer)(x)
    levels, step = rounded(x.double().numpy())
    weights, scale = rounded(layer.weight.detach().double().numpy())
    expected = (levels @ weights.T) * step * scale.T + layer.bias.detach().double().numpy()
    # Where a number lies between two levels, float32 may round it the other way.
    other_way = np.abs(step) * np.abs(scale.T) * 127 * 2
    assert (np.abs(found.double().numpy() - expected) <= other_way + 1e-5).all()
    assert np.isclose(found.double().numpy(), expected, atol=1e-4).mean() > 0.9


def test_a_product_is_near_that_of_floats() -> None:
    layer, x = nn.Linear(384, 1536), torch.randn(64, 384)
    with torch.inference_mode():
        exact = layer(x)
        assert (Int8Linear.from_linear(layer)(x) - exact).norm() < 0.015 * exact.norm()


def test_a_row_is_the_same_to_the_bit_in_any_batch() -> None:
    layer, x = Int8Linear.from_linear(nn.Linear(384, 512)), torch.randn(130, 384)
    x[5] *= 1000  # a large row must not change the scale of another
    with torch.inference_mode():
        together = layer(x)
        for i in (0, 5, 6, 129):
            assert torch.equal(layer(x[i : i + 1])[0], together[i])
        assert torch.equal(layer(x.view(2, 65, 384)).view(130, 512), together)


def test_an_input_of_zeros_gives_the_bias() -> None:
    layer = nn.Linear(32, 48)
    with torch.inference_mode():
        assert torch.equal(Int8Linear.from_linear(layer)(torch.zeros(2, 32)), layer.bias.expand(2, 48))


def test_a_weight_of_zeros_stays_zero() -> None:
    weight = Int8Weight.from_float(torch.zeros(3, 4)).padded(2)
    assert weight.levels.shape == (5, 4)
    assert not weight.levels.any()
    assert not weight.scale[3:].any()


def test_one_layer_for_several_gives_their_concatenated_outputs() -> None:
    layers, x = [nn.Linear(16, 32) for _ in range(3)], torch.randn(4, 16)
    with torch.inference_mode():
        each = [Int8Linear.from_linear(layer)(x) for layer in layers]
        assert torch.equal(Int8Linear.from_linear(*layers)(x), torch.cat(each, -1))


def test_a_quantized_model_has_no_wide_layer_left(make_model: MakeModel) -> None:
    model = make_model(d_model=32, n_heads=4, salience=True)
    assert not is_quantized(model)
    quantize(model)
    assert is_quantized(model)
    assert {name for name, m in model.named_modules() if isinstance(m, nn.Linear)} == {"gate", "salience.output"}
    for attention in (m for m in model.modules() if isinstance(m, MultiHeadAttention)):
        assert isinstance(attention.output_projection, Int8Linear)


def test_a_quantized_model_is_near_the_model(make_model: MakeModel) -> None:
    model = make_model(d_model=64, n_heads=4, n_layers=2).eval()
    src, tgt = (torch.randint(5, model.config.vocab_size, (2, length)) for length in (16, 5))
    with torch.inference_mode():
        exact = model.decode(tgt, model.encode(src)).log_probs(src).exp()
        quantize(model)
        found = model.decode(tgt, model.encode(src)).log_probs(src).exp()
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 5))
    assert (found - exact).abs().sum(-1).max() < 0.1  # of 2


def test_tokens_beyond_the_shortlist_are_not_generated(make_model: MakeModel) -> None:
    model = make_model(d_model=32, n_heads=4).eval()
    model.set_shortlist(torch.arange(110))
    quantize(model)
    with torch.inference_mode():
        project, columns, tokens = OutputLayer(model).for_sources(torch.tensor([[101, 150, 160, 150]]))
        logits = project(torch.randn(3, 32))
    assert tokens is not None
    assert tokens[columns].tolist() == [[101, 150, 160, 150]]
    assert logits.shape == (3, len(tokens))
    assert logits[:, 110:].eq(-torch.inf).all()
    assert logits[:, :110].isfinite().all()


@pytest.mark.parametrize("precision", ["int8", "bf16", "fp32"])
def test_a_model_is_loaded_in_the_precision_asked_for(model_folder: Path, precision: str) -> None:
    summarizer = Summarizer.load(model_folder, precision=precision)  # type: ignore[arg-type]
    assert is_quantized(summarizer.engine.model) == (precision == "int8")
    assert summarizer.summarize(
        "The ferry to Orkney was cancelled. Nobody was told why. It sails again on Monday."
    ).text


def test_int8_is_refused_on_another_device_before_loading(model_folder: Path) -> None:
    with pytest.raises(UsageError, match="precision 'int8' is for the CPU, not for device 'meta'"):
        Summarizer.load(model_folder, device="meta", precision="int8")
