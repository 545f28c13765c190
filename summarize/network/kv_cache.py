"""The decoder's key-value cache: keys and values of the summary tokens decoded so far, each computed only once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class KVCache:
    """Keys and values (B, h, slots, d_head) of each layer, filled in place, for the summaries of B documents.

    A document's tokens form a tree: each follows one parent and attends to its ancestors and itself (tree attention,
    SpecInfer: Miao et al. 2024, section 4.1). So nothing is copied when hypotheses branch, nor when one is dropped.

    The number of slots is always a multiple of SLOT_MULTIPLE; free slots are masked. The CPU library builds a kernel
    for every new shape, and with a few slots more at each step it would do little else.
    """

    SLOT_MULTIPLE = 16

    def __init__(self, n_layers: int) -> None:
        self._layers: list[list[Tensor]] = [[] for _ in range(n_layers)]  # keys and values
        self._paths = torch.zeros(0, 0, 0, dtype=torch.bool)  # (B, n_tokens, slots): True on ancestors and itself
        self._depths = torch.zeros(0, 0, dtype=torch.int64)  # (B, n_tokens): the number of ancestors
        self.n_tokens = 0  # slots that are taken, the same number for each document

    def grow(self, parents: Tensor) -> tuple[Tensor, Tensor]:
        """Take the next W slots of each document for new tokens.

        parents (B, W): the slot that each new token follows, which may be an earlier one of the W; −1 for a root.

        Returns the depth of each new token (B, W), and the mask of its attention (B, W, slots) bool, True = takes no
        part.
        """
        b, w = parents.shape
        start, self.n_tokens = self.n_tokens, self.n_tokens + w
        if not start:
            self._paths = torch.zeros(b, 0, 0, dtype=torch.bool, device=parents.device)
            self._depths = torch.zeros(b, 0, dtype=torch.int64, device=parents.device)
        paths = F.pad(self._paths, (0, self._n_slots() - self._paths.shape[2], 0, w))
        depths = F.pad(self._depths, (0, w))
        documents = torch.arange(b, device=parents.device)
        for slot, parent in enumerate(parents.unbind(1), start):
            has_parent = parent >= 0
            paths[:, slot] = paths[documents, parent] & has_parent[:, None]
            paths[:, slot, slot] = True
            depths[:, slot] = (depths[documents, parent] + 1) * has_parent
        self._paths, self._depths = paths, depths
        return depths[:, start:], ~paths[:, start:]

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Put key and value (B, h, W, d_head) of one layer into the W slots taken last.

        Returns all keys and values of that layer, each (B, h, slots, d_head).
        """
        cached = self._layers[layer] or [key[:, :, :0], value[:, :, :0]]
        n_new_slots = self._paths.shape[2] - cached[0].shape[2]
        if n_new_slots:
            cached = [F.pad(x, (0, 0, 0, n_new_slots)) for x in cached]
        for x, new in zip(cached, (key, value), strict=True):
            x[:, :, self.n_tokens - key.shape[2] : self.n_tokens] = new
        self._layers[layer] = cached
        return cached[0], cached[1]

    def keep(self, documents: Tensor) -> None:
        """Keep only these documents (B′,), in that order."""
        self._paths, self._depths = self._paths[documents], self._depths[documents]
        for cached in self._layers:
            cached[:] = [x.index_select(0, documents) for x in cached]

    def prune(self, slots: Tensor) -> None:
        """Keep only the tokens in these slots (B, P) of each document, in that order; −1 leaves a slot empty.

        Token slots[b, p] is then in slot p. With a token, its ancestors must be kept.
        """
        self.n_tokens, is_kept, slots = slots.shape[1], slots >= 0, slots.clamp_min(0)
        n_free = (0, self._n_slots() - self.n_tokens)
        self._depths = self._depths.gather(1, slots)
        paths = self._paths.gather(1, slots[:, :, None].expand(-1, -1, self._paths.shape[2]))
        paths = paths.gather(2, slots[:, None].expand(-1, self.n_tokens, -1))
        self._paths = F.pad(paths & is_kept[:, None], n_free)
        for cached in self._layers:
            index = slots[:, None, :, None].expand(-1, cached[0].shape[1], -1, cached[0].shape[3])
            cached[:] = [F.pad(x.gather(2, index), (0, 0, *n_free)) for x in cached]

    def _n_slots(self) -> int:
        """The number of slots for n_tokens."""
        return -(-self.n_tokens // self.SLOT_MULTIPLE) * self.SLOT_MULTIPLE
