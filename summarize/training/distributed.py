"""The processes that train one model together, as torchrun starts them; one process is all of them and does nothing
of this.

Every process has all pairs and takes its share of each batch. Gradients are averaged, so all have the same weights
after each step; the first process, the leader, writes what is written. What is learned does not depend on how many
processes there are, to rounding, but for one thing: of summaries with more sentences than there is room for
(batching.SENTENCES_PER_DOCUMENT) each process leaves out its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from summarize.errors import SummarizeError
from summarize.network.device import check_device

Item = TypeVar("Item")

# The others wait while the leader encodes pairs or validates; where it fails, torchrun ends them all at once.
PATIENCE = timedelta(days=1)


class Processes:
    """This process among those that train together: its rank, their number (size), and the device it computes on."""

    def __init__(self, rank: int = 0, size: int = 1, device: torch.device | None = None) -> None:
        self.rank, self.size, self.device = rank, size, device or torch.device("cpu")

    @classmethod
    def join(cls, device: str) -> Processes:
        """Meet the other processes that torchrun started, each on a GPU of its own where the device is cuda.

        Raises UsageError where this machine has no such device.
        """
        rank, size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if size == 1:
            return cls(device=check_device(device))
        if device == "cuda":
            device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
        on = check_device(device)
        if on.type == "cuda":
            torch.cuda.set_device(on)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if on.type == "cuda" else "gloo", timeout=PATIENCE)
        return cls(rank, size, on)

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and reports."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """What of a batch is this process's: every size-th item. Neighbours are alike in length, so all have as much
        to do."""
        return items[self.rank :: self.size]

    def mean(self, x: Tensor) -> Tensor:
        """The mean over all processes of a number, as each has it (0-dimensional, without gradient)."""
        return x if self.size == 1 else self._reduced(x.detach().float(), dist.ReduceOp.SUM) / self.size

    def largest(self, x: int) -> int:
        """The largest of a whole number, as each process has it."""
        return x if self.size == 1 else int(self._reduced(torch.tensor(x), dist.ReduceOp.MAX))

    def _reduced(self, x: Tensor, operation: dist.ReduceOp.RedOpType) -> Tensor:
        x = x.to(self.device, copy=True)
        with _failures_explained():
            dist.all_reduce(x, operation)
        return x

    def wait(self) -> None:
        """Go on when every process has come so far."""
        if self.size > 1:
            with _failures_explained():
                dist.barrier()

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """Within it the others start when the leader is done, and find what it has written."""
        if not self.leads:
            self.wait()
        yield
        if self.leads:
            self.wait()

    def together(self, module: nn.Module, some_unused: bool) -> nn.Module:
        """The module with its gradients averaged over all processes as they are computed; some_unused: whether there
        may be steps to which not all parameters contribute."""
        if self.size == 1:
            return module
        return nn.parallel.DistributedDataParallel(module, find_unused_parameters=some_unused)

    def leave(self) -> None:
        """Part from the others, when all have come so far."""
        if self.size > 1:
            self.wait()
            dist.destroy_process_group()


@contextmanager
def _failures_explained() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise SummarizeError("another process of this run has ended, and says why") from error
