"""Packed weights: how far rounding moves them, and that packing rounded weights again changes nothing."""

from __future__ import annotations

import pytest
import torch

from summarize.network.group_quantization import GroupFormat, PackedWeight, rounded, rounded_weights

FORMATS = [GroupFormat(4, 32), GroupFormat(4, 0), GroupFormat(8, 32), GroupFormat(8, 0)]


def random_weight() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(24, 64) * torch.rand(24, 1)


@pytest.mark.parametrize("form", FORMATS)
def test_error_is_at_most_half_a_step(form: GroupFormat) -> None:
    weight = random_weight()
    packed = PackedWeight.from_float(weight, form)
    step = packed.step.float().repeat_interleave(form.group or 64, 1)
    # Step and minimum are rounded to float16, so the largest weight of a group may be a little further away.
    slack = step * 2**form.bits * 2**-10 + 2**-10 * weight.abs().amax()
    assert ((packed.to_float(form.bits) - weight).abs() <= step / 2 + slack).all()


@pytest.mark.parametrize("form", FORMATS)
def test_rounded_is_what_unpacking_gives(form: GroupFormat) -> None:
    weight = random_weight()
    torch.testing.assert_close(rounded(weight, form), PackedWeight.from_float(weight, form).to_float(form.bits))


def test_weights_on_the_grid_stay_on_it() -> None:
    form = GroupFormat(4, 32)
    once = rounded(random_weight(), form)
    torch.testing.assert_close(rounded(once, form), once, rtol=0, atol=2e-3)


def test_four_bits_take_half_a_byte() -> None:
    packed = PackedWeight.from_float(random_weight(), GroupFormat(4, 32))
    assert packed.levels.shape == (24, 32)
    assert packed.levels.dtype == torch.uint8
    assert packed.step.shape == packed.minimum.shape == (24, 2)


def test_equal_weights_are_exact() -> None:
    weight = torch.full((2, 32), 0.5)
    assert rounded(weight, GroupFormat(4, 32)).equal(weight)
    assert rounded(torch.zeros(2, 32), GroupFormat(4, 32)).equal(torch.zeros(2, 32))


def test_gradients_are_of_the_rounded_weights_and_weights_come_back() -> None:
    form = GroupFormat(4, 32)
    weight = torch.nn.Parameter(random_weight())
    before = weight.detach().clone()
    with rounded_weights([weight], form):
        weight.square().sum().backward()
    assert weight.detach().equal(before)
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, 2 * rounded(before, form))


@pytest.mark.parametrize(("bits", "group"), [(3, 32), (4, -1)])
def test_unknown_formats_are_refused(bits: int, group: int) -> None:
    with pytest.raises(ValueError, match="no format"):
        GroupFormat(bits, group)


def test_rows_that_do_not_split_are_refused() -> None:
    with pytest.raises(ValueError, match="do not split"):
        PackedWeight.from_float(torch.zeros(2, 33), GroupFormat(4, 32))
