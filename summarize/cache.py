"""Keys and values of the summary pieces decoded so far, by layer and hypothesis, so that none is computed twice."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class Cache:
    """Keys and values (N, h, places, d_head) of each layer, filled in place; N hypotheses.

    There are always a multiple of ROUND places, the rest to be masked: the CPU library builds a kernel for every new
    shape, and with one more place at each step it would do little else.
    """

    ROUND = 16

    def __init__(self, n_layers: int) -> None:
        self._layers: list[list[Tensor]] = [[] for _ in range(n_layers)]  # keys and values
        self.length = 0  # pieces that are in

    def places(self, t: int) -> int:
        """How many places there are once t more pieces are in."""
        return -(-(self.length + t) // self.ROUND) * self.ROUND

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Append key and value (N, h, T, d_head) of one layer; returns that layer's (N, h, places, d_head)."""
        t = key.shape[2]
        held = self._layers[layer] or [key[:, :, :0], value[:, :, :0]]
        room = self.places(t) - held[0].shape[2]
        if room:
            held = [F.pad(x, (0, 0, 0, room)) for x in held]
        for x, new in zip(held, (key, value), strict=True):
            x[:, :, self.length : self.length + t] = new
        self._layers[layer] = held
        return held[0], held[1]

    def select(self, rows: Tensor) -> None:
        """Keep the hypotheses at rows (R,), in that order: a search's reordering."""
        for held in self._layers:
            held[:] = [_rows(x, rows) for x in held]


def _rows(x: Tensor, rows: Tensor) -> Tensor:
    """x[rows], where as many stay by moving only those that change their place."""
    if len(rows) != len(x):
        return x.index_select(0, rows)
    moved = (rows != torch.arange(len(rows), device=rows.device)).nonzero().squeeze(1)
    return x.index_copy_(0, moved, x.index_select(0, rows[moved]))
