"""Rotary positions and root-mean-square norms: the parts of a Llama-shaped layer that BERT's layers do not have."""

from __future__ import annotations

import torch
from torch import Tensor

Rotation = tuple[Tensor, Tensor]  # cosines and sines (…, T, d_head / 2) of positions (…, T)


def rotation(positions: Tensor, d_head: int, base: float) -> Rotation:
    """The angles p · base^(−2i / d_head) of positions p (…, T): RoFormer (Su et al. 2021), equation 15."""
    exponents = torch.arange(0, d_head, 2, device=positions.device, dtype=torch.float32) / d_head
    angles = positions[..., None].float() / base**exponents
    return angles.cos(), angles.sin()


def rotate(x: Tensor, by: Rotation) -> Tensor:
    """Rotate the pairs (x_i, x_{i + d_head / 2}) of x (B, h, T, d_head); by: of positions (T,) or (B, T)."""
    cos, sin = (part.to(x.dtype)[..., None, :, :] if part.dim() > 2 else part.to(x.dtype) for part in by)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)
