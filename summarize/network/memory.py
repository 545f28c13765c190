"""The encoder memory: a batch of encoded sources as the decoder reads it, and a buffer that collects several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass
class Memory:
    """A batch of B encoded sources. They are encoded once; all hypotheses of a document share its part."""

    src: Tensor  # (B, S) ids
    key_padding_mask: Tensor  # (B, S) bool, True = padding
    # Per layer: keys (B, h, d_head, S), transposed as a matrix product needs them, and values (B, h, S, d_head).
    layers: list[tuple[Tensor, Tensor]]
    pointer: tuple[Tensor, Tensor]  # the pointer's keys and values, each (B, pointer_heads, S, d_head)
    salience_logits: Tensor | None = None  # (B, n), one of each sentence
    guidance: Tensor | None = None  # (B, S): the log-probability of its sentence's being salient, at each token
    pointer_mask: Tensor | None = None  # (B, S) bool, True = not for the pointer; None: the padding alone

    def copy(self) -> Memory:
        """A shallow copy: it shares all tensors, and `keep` changes it alone."""
        return replace(self, layers=list(self.layers))

    def hand_over(self) -> Memory:
        """Move the tensors to a new memory, which can then free them; this one keeps only src and its mask."""
        memory = self.copy()
        self.layers, self.pointer = [], (torch.empty(0), torch.empty(0))
        self.salience_logits = self.guidance = None
        return memory

    def select(self, documents: Tensor) -> Memory:
        """A new memory of the documents with these indices (B′,), in that order."""
        selected = self.copy()
        selected.keep(documents)
        return selected

    def keep(self, documents: Tensor) -> None:
        """Keep only the documents with these indices (B′,), in that order.

        In place and layer by layer: if nothing else refers to the tensors, no more than one layer is held twice.
        """
        self.src, self.key_padding_mask = self.src[documents], self.key_padding_mask[documents]
        for i, (keys, values) in enumerate(self.layers):
            self.layers[i] = keys[documents], values[documents]
        self.pointer = self.pointer[0][documents], self.pointer[1][documents]
        self.salience_logits = None if self.salience_logits is None else self.salience_logits[documents]
        self.guidance = None if self.guidance is None else self.guidance[documents]
        self.pointer_mask = None if self.pointer_mask is None else self.pointer_mask[documents]


class MemoryBuffer:
    """Collects the documents of several memories of one length S, and joins them into one memory.

    The buffer holds shallow copies: the memories given to it do not change. It lets go of tensors layer by layer, so if
    nothing else refers to them, no more than one layer is held twice.
    """

    def __init__(self) -> None:
        self._parts: list[Memory] = []

    def append(self, memory: Memory) -> None:
        """Add the documents of a memory, without their salience and guidance."""
        self._parts.append(replace(memory.copy(), salience_logits=None, guidance=None))

    def keep(self, documents: Sequence[int]) -> None:
        """Keep only the documents with these indices, ascending, counted over all that were added."""
        parts, start = [], 0
        for part in self._parts:
            end = start + len(part.src)
            kept = [i - start for i in documents if start <= i < end]
            if 0 < len(kept) < len(part.src):
                part.keep(torch.tensor(kept))
            if kept:
                parts.append(part)
            start = end
        self._parts = parts

    def join(self) -> Memory:
        """One memory of all documents, in the order in which they were added. The buffer is empty afterwards.

        Raises ValueError if the buffer is empty.
        """
        if not self._parts:
            raise ValueError("an empty buffer makes no memory")
        parts, self._parts = self._parts, []
        return Memory(
            torch.cat([part.src for part in parts]),
            torch.cat([part.key_padding_mask for part in parts]),
            [_concatenated([part.layers.pop(0) for part in parts]) for _ in range(len(parts[0].layers))],
            _concatenated([part.pointer for part in parts]),
        )


def _concatenated(pairs: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """The keys and the values of several memories, concatenated over documents."""
    keys, values = zip(*pairs, strict=True)
    return torch.cat(keys), torch.cat(values)
