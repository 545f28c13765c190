"""Keys and values of the summary tokens decoded so far, by layer and document, so that none is computed twice."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class KVCache:
    """Keys and values (B, h, places, d_head) of each layer, filled in place, of what is being written of B documents.

    The tokens of a document are a tree: each follows one that was in before, and attends to those on the way to it
    (SpecInfer: Miao et al. 2024, section 4.1, tree attention). Nothing is moved when hypotheses part, or are given up.

    There are always a multiple of ROUND places, the rest to be masked: the CPU library builds a kernel for every new
    shape, and with a few places more at each step it would do little else.
    """

    ROUND = 16

    def __init__(self, n_layers: int) -> None:
        self._layers: list[list[Tensor]] = [[] for _ in range(n_layers)]  # keys and values
        self._paths = torch.zeros(0, 0, 0, dtype=torch.bool)  # (B, length, places): itself and what it follows
        self._depths = torch.zeros(0, 0, dtype=torch.int64)  # (B, length): how many tokens it follows
        self.length = 0  # places that are taken

    def grow(self, parents: Tensor) -> tuple[Tensor, Tensor]:
        """Take the next W places of each document for the tokens that follow those at parents (B, W), which may be
        among the W themselves, before them; −1: those that begin.

        Returns how many tokens each follows (B, W), and what it does not attend to, (B, W, places) bool.
        """
        b, w = parents.shape
        start, self.length = self.length, self.length + w
        if not start:
            self._paths = torch.zeros(b, 0, 0, dtype=torch.bool, device=parents.device)
            self._depths = torch.zeros(b, 0, dtype=torch.int64, device=parents.device)
        places = -(-self.length // self.ROUND) * self.ROUND
        paths = F.pad(self._paths, (0, places - self._paths.shape[2], 0, w))
        depths = F.pad(self._depths, (0, w))
        documents = torch.arange(b, device=parents.device)
        for place, parent in enumerate(parents.unbind(1), start):
            follows = parent >= 0
            paths[:, place] = paths[documents, parent] & follows[:, None]
            paths[:, place, place] = True
            depths[:, place] = (depths[documents, parent] + 1) * follows
        self._paths, self._depths = paths, depths
        return depths[:, start:], ~paths[:, start:]

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Put key and value (B, h, W, d_head) of one layer at the places taken last; returns that layer's
        (B, h, places, d_head)."""
        held = self._layers[layer] or [key[:, :, :0], value[:, :, :0]]
        room = self._paths.shape[2] - held[0].shape[2]
        if room:
            held = [F.pad(x, (0, 0, 0, room)) for x in held]
        for x, new in zip(held, (key, value), strict=True):
            x[:, :, self.length - key.shape[2] : self.length] = new
        self._layers[layer] = held
        return held[0], held[1]

    def select(self, documents: Tensor) -> None:
        """Keep the documents (B′,) alone, in that order."""
        self._paths, self._depths = self._paths[documents], self._depths[documents]
        for held in self._layers:
            held[:] = [x.index_select(0, documents) for x in held]

    def prune(self, places: Tensor) -> None:
        """Keep of each document what is at places (B, P) alone, in that order, −1 for none, and with each token what it
        follows."""
        self.length, is_kept, places = places.shape[1], places >= 0, places.clamp_min(0)
        rounded = -(-self.length // self.ROUND) * self.ROUND
        spare = (0, rounded - self.length)
        self._depths = self._depths.gather(1, places)
        paths = self._paths.gather(1, places[:, :, None].expand(-1, -1, self._paths.shape[2]))
        paths = paths.gather(2, places[:, None].expand(-1, self.length, -1))
        self._paths = F.pad(paths & is_kept[:, None], spare)
        for held in self._layers:
            index = places[:, None, :, None].expand(-1, held[0].shape[1], -1, held[0].shape[3])
            held[:] = [F.pad(x.gather(2, index), (0, 0, *spare)) for x in held]
