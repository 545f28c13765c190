"""Matrices in a few bits per weight, for files: each group of neighbouring weights has its own smallest value and step.

(Round-to-nearest in groups, as in the Q4_1 blocks of GGUF files.) A network does not compute in this form: it is
unpacked when it is loaded. Training can round its weights at each step, so that it learns weights which survive the
rounding (quantization-aware training with a straight-through estimator: Jacob et al. 2018, Bengio et al. 2013).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

MIN_STEP = 1e-8  # of a group of equal weights, so that nothing is divided by zero


@dataclass(frozen=True)
class GroupFormat:
    """How many bits a weight has (4 or 8), and how many neighbours in a row share a step; 0: the whole row."""

    bits: int = 4
    group: int = 32

    def __post_init__(self) -> None:
        if self.bits not in (4, 8) or self.group < 0:
            raise ValueError(f"no format of {self.bits} bits in groups of {self.group}")

    def groups(self, weight: Tensor) -> Tensor:
        """Weight (d_out, d_in) as (d_out, groups, group). Raises ValueError if d_in has no such groups."""
        d_in = weight.shape[1]
        group = self.group or d_in
        if d_in % group or (self.bits == 4 and group % 2):
            raise ValueError(f"{d_in} inputs do not split into groups of {group}")
        return weight.view(len(weight), -1, group)


@dataclass(frozen=True)
class PackedWeight:
    """A weight (d_out, d_in): levels × step + minimum, group by group."""

    levels: Tensor  # (d_out, d_in) uint8; in 4 bits (d_out, d_in / 2), the first of two in the lower half
    step: Tensor  # (d_out, groups) float16
    minimum: Tensor  # (d_out, groups) float16

    @classmethod
    def from_float(cls, weight: Tensor, form: GroupFormat) -> PackedWeight:
        """Round a weight (d_out, d_in). Raises ValueError if it does not fit the format."""
        levels, step, minimum = _round(form.groups(weight.detach().float()), form.bits)
        flat = levels.to(torch.uint8).flatten(1)
        if form.bits == 4:
            flat = flat[:, ::2] | (flat[:, 1::2] << 4)
        return cls(flat.contiguous(), step.squeeze(-1).half(), minimum.squeeze(-1).half())

    def to_float(self, bits: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """The weight (d_out, d_in) in dtype."""
        levels = self.levels
        if bits == 4:
            levels = torch.stack([levels & 15, levels >> 4], -1).flatten(1)
        grouped = levels.view(len(levels), self.step.shape[1], -1).float()
        return (
            torch.addcmul(self.minimum[..., None].float(), grouped, self.step[..., None].float()).flatten(1).to(dtype)
        )


def _round(groups: Tensor, bits: int) -> tuple[Tensor, Tensor, Tensor]:
    """Groups (…, group) to levels, and steps and minima (…, 1), which are numbers of float16."""
    minimum, largest = groups.amin(-1, keepdim=True), groups.amax(-1, keepdim=True)
    step = ((largest - minimum) / (2**bits - 1)).clamp_min(MIN_STEP).half().float().clamp_min(2.0**-24)
    minimum = minimum.half().float()
    levels = ((groups - minimum) / step).round_().clamp_(0, 2**bits - 1)
    return levels, step, minimum


def rounded(weight: Tensor, form: GroupFormat) -> Tensor:
    """Weight (d_out, d_in) as packing and unpacking give it back."""
    levels, step, minimum = _round(form.groups(weight.detach().float()), form.bits)
    return torch.addcmul(minimum, levels, step).view_as(weight).to(weight.dtype)


@contextmanager
def rounded_weights(weights: Sequence[Tensor], form: GroupFormat) -> Iterator[None]:
    """A block in which these weights have their rounded values. Afterwards they are what they were, and gradients
    computed in the block are those of the rounded weights: the straight-through estimator."""
    exact = [weight.detach().clone() for weight in weights]
    with torch.no_grad():
        for weight in weights:
            weight.copy_(rounded(weight, form))
    try:
        yield
    finally:
        with torch.no_grad():
            for weight, value in zip(weights, exact, strict=True):
                weight.copy_(value)
