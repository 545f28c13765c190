"""The chunked log-sum-exp has the value and the derivatives of the plain formula."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from summarize.training import chunked_logsumexp
from summarize.training.chunked_logsumexp import linear_logsumexp


@pytest.mark.parametrize("rows", [1, 4, 100])
def test_value_and_derivatives_equal_the_plain_formula(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_logsumexp, "CHUNK_ROWS", rows)
    shapes = ((2, 5, 3), (7, 3), (7,))
    parts = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    weights = torch.randn(2, 5, dtype=torch.float64)
    expected = F.linear(*parts).logsumexp(-1)
    log_total = linear_logsumexp(*parts)
    torch.testing.assert_close(log_total, expected)
    gradients = torch.autograd.grad((log_total * weights).sum(), parts)
    expected_gradients = torch.autograd.grad((expected * weights).sum(), parts)
    for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(gradient, expected_gradient)


def test_under_autocast_the_value_is_near_and_gradients_keep_their_types() -> None:
    hidden, weight, bias = (torch.randn(shape, requires_grad=True) for shape in ((6, 8), (50, 8), (50,)))
    with torch.autocast("cpu", torch.bfloat16):
        log_total = linear_logsumexp(hidden, weight, bias)
    assert log_total.dtype == torch.float32
    torch.testing.assert_close(log_total, F.linear(hidden, weight, bias).logsumexp(-1), rtol=0.02, atol=0.02)
    log_total.sum().backward()
    assert [part.grad.dtype for part in (hidden, weight, bias) if part.grad is not None] == [torch.float32] * 3


def test_large_logits_do_not_overflow() -> None:
    hidden, weight, bias = torch.full((1, 1), 1e4), torch.ones(2, 1), torch.zeros(2)
    assert linear_logsumexp(hidden, weight, bias).item() == pytest.approx(1e4 + 0.6931)
