"""The log-sum-exp that never holds its logits: the plain formula's value and derivatives."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from summarize.training import chunked_logsumexp
from summarize.training.chunked_logsumexp import linear_logsumexp


@pytest.mark.parametrize("rows", [1, 4, 100])
def test_value_and_derivatives_are_the_formulas(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_logsumexp, "ROWS", rows)
    shapes = ((2, 5, 3), (7, 3), (7,))
    parts = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    weights = torch.randn(2, 5, dtype=torch.float64)
    expected = F.linear(*parts).logsumexp(-1)
    found = linear_logsumexp(*parts)
    torch.testing.assert_close(found, expected)
    for own, wanted in zip(
        torch.autograd.grad((found * weights).sum(), parts),
        torch.autograd.grad((expected * weights).sum(), parts),
        strict=True,
    ):
        torch.testing.assert_close(own, wanted)


def test_under_autocast_it_is_near_and_gradients_keep_their_types() -> None:
    hidden, weight, bias = (torch.randn(shape, requires_grad=True) for shape in ((6, 8), (50, 8), (50,)))
    with torch.autocast("cpu", torch.bfloat16):
        found = linear_logsumexp(hidden, weight, bias)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, F.linear(hidden, weight, bias).logsumexp(-1), rtol=0.02, atol=0.02)
    found.sum().backward()
    assert [part.grad.dtype for part in (hidden, weight, bias) if part.grad is not None] == [torch.float32] * 3


def test_large_logits_do_not_overflow() -> None:
    hidden, weight, bias = torch.full((1, 1), 1e4), torch.ones(2, 1), torch.zeros(2)
    assert linear_logsumexp(hidden, weight, bias).item() == pytest.approx(1e4 + 0.6931)
