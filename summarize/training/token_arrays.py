"""Training examples of the writer as arrays of tokens on disk, and batches of them by number of tokens.

A split (`train`, `valid`) is three files: `{split}-tokens.npy` (uint16, of each example the source's tokens, then the
target's), `{split}-origins.npy` (uint16, one for each target token: the source position that it was copied from, 0 for
none) and `{split}-index.npy` (int32, the columns of COLUMNS). `kinds.json` names the kinds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from summarize.errors import DataError
from summarize.text.vocabulary import PAD, START

COLUMNS = ("offset", "source", "prompt", "target", "kind")  # of an index: an offset into tokens, lengths, a number
LENGTH_MULTIPLE, TARGET_MULTIPLE = 64, 16  # rows are padded to these, so that there are few shapes
SORTED_TOGETHER = 64  # batches: examples of similar length are found among so many


@dataclass(frozen=True)
class TokenBatch:
    """B examples, padded with PAD. See CausalPointerGenerator.teacher_forced."""

    tokens: Tensor  # (B, L): the source, START, and the target but its last token
    tgt: Tensor  # (B, T): the target, which ends in END
    origins: Tensor  # (B, T): the source position that a target token was copied from, 0 for none
    src_lengths: Tensor  # (B,)
    prompt_lengths: Tensor  # (B,)
    kinds: Tensor  # (B,)
    token_index: Tensor  # (n,): where the n target tokens are, in the flat target (B · T)
    n_src: int  # S, the longest source: a number of the CPU, so that no step waits for a GPU to find it

    def to(self, device: torch.device) -> TokenBatch:
        """The batch on a device."""
        return self._mapped(lambda x: x.to(device, non_blocking=True))

    def pinned(self) -> TokenBatch:
        """The batch in memory that a GPU copies from while it computes."""
        return self._mapped(Tensor.pin_memory)

    def _mapped(self, function: Callable[[Tensor], Tensor]) -> TokenBatch:
        """The batch with a function applied to each tensor."""
        tensors = {name: function(x) for name, x in vars(self).items() if isinstance(x, Tensor)}
        return TokenBatch(**tensors, n_src=self.n_src)


class TokenArrays:
    """The N examples of one split."""

    def __init__(self, folder: Path, split: str) -> None:
        """Raises DataError if a file is missing or damaged."""
        try:
            self.tokens, origins, self.index = (
                np.load(folder / f"{split}-{name}.npy", mmap_mode="r") for name in ("tokens", "origins", "index")
            )
            self.kinds: list[str] = json.loads((folder / "kinds.json").read_text("utf-8"))["kinds"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"cannot read the token arrays {folder / split}-*.npy: {error}") from error
        self.origins = origins
        if self.index.ndim != 2 or self.index.shape[1] != len(COLUMNS):
            raise DataError(f"{folder / split}-index.npy has not the columns {', '.join(COLUMNS)}")
        self.origin_offsets = np.concatenate([[0], np.cumsum(self.index[:, 3], dtype=np.int64)])
        if len(origins) != self.origin_offsets[-1]:
            raise DataError(f"{folder / split}-origins.npy has {len(origins)} numbers, not {self.origin_offsets[-1]}")

    def __len__(self) -> int:
        return len(self.index)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(N,): the tokens of each example, source and target."""
        return (self.index[:, 1] + self.index[:, 3]).astype(np.int64)

    def batches(
        self, examples: NDArray[np.int64], n_tokens: int, rng: np.random.Generator | None
    ) -> Iterator[list[int]]:
        """The examples in batches of at most n_tokens with padding (but at least one example), similar lengths
        together. rng: shuffles them; None: in order of length."""
        if rng is not None:
            examples = rng.permutation(examples)
        lengths = self.lengths
        mean = max(1.0, float(lengths[examples].mean())) if len(examples) else 1.0
        step = max(1, int(SORTED_TOGETHER * n_tokens / mean)) if rng is not None else max(1, len(examples))
        for start in range(0, len(examples), step):
            chunk = examples[start : start + step]
            batches = list(_cut(chunk[np.argsort(lengths[chunk], kind="stable")], lengths, n_tokens))
            order = range(len(batches)) if rng is None else rng.permutation(len(batches))
            yield from (batches[i] for i in order)

    def collate(self, examples: list[int]) -> TokenBatch:
        """One batch of these examples."""
        index = np.asarray(self.index[examples])
        n_columns = _padded(int((index[:, 1] + index[:, 3]).max()), LENGTH_MULTIPLE)
        n_tgt = _padded(int(index[:, 3].max()), TARGET_MULTIPLE)
        tokens = np.full((len(index), n_columns), PAD, np.int64)
        tgt, origins = np.full((len(index), n_tgt), PAD, np.int64), np.zeros((len(index), n_tgt), np.int64)
        for row, (example, (offset, source, _, target, _)) in enumerate(zip(examples, index.tolist(), strict=True)):
            ids = self.tokens[offset : offset + source + target]
            tokens[row, :source] = ids[:source]
            tokens[row, source] = START
            tokens[row, source + 1 : source + target] = ids[source:-1]
            tgt[row, :target] = ids[source:]
            first = self.origin_offsets[example]
            origins[row, :target] = self.origins[first : first + target]
        src_lengths, prompt_lengths, kinds = (torch.from_numpy(index[:, i].astype(np.int64)) for i in (1, 2, 4))
        return TokenBatch(
            torch.from_numpy(tokens),
            torch.from_numpy(tgt),
            torch.from_numpy(origins),
            src_lengths,
            prompt_lengths,
            kinds,
            torch.from_numpy(np.flatnonzero(tgt)),
            int(index[:, 1].max()),
        )


def _cut(examples: NDArray[np.int64], lengths: NDArray[np.int64], n_tokens: int) -> Iterator[list[int]]:
    """Examples, ascending in length, as batches of at most n_tokens with padding."""
    batch: list[int] = []
    for example in examples.tolist():
        if batch and (len(batch) + 1) * _padded(int(lengths[example]), LENGTH_MULTIPLE) > n_tokens:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def _padded(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
