"""The processes that train one model together, as torchrun starts them. A single process is all of them.

Every process has all pairs and takes its share of each batch. Gradients are averaged, so all processes have the same
weights after each step; the first one, the leader, writes all files. What is learned does not depend on the number of
processes, up to rounding, with one exception: where the summaries of a share have more sentences than there is room for
(batches.PASSAGES_PER_DOCUMENT), each process leaves out its own.
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

# The others wait while the leader encodes pairs or validates. If the leader fails, torchrun ends all of them at once.
TIMEOUT = timedelta(days=1)


class Processes:
    """This process among those that train together: its rank, the number of processes (size), and its device."""

    def __init__(self, rank: int = 0, size: int = 1, device: torch.device | None = None) -> None:
        self.rank, self.size, self.device = rank, size, device or torch.device("cpu")

    @classmethod
    def join(cls, device: str) -> Processes:
        """Connect to the other processes that torchrun started. With device "cuda" each has a GPU of its own.

        Raises UsageError if this machine has no such device.
        """
        rank, size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if size == 1:
            return cls(device=check_device(device))
        if device == "cuda":
            device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
        own_device = check_device(device)
        if own_device.type == "cuda":
            torch.cuda.set_device(own_device)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if own_device.type == "cuda" else "gloo", timeout=TIMEOUT)
        return cls(rank, size, own_device)

    @property
    def is_leader(self) -> bool:
        """Whether this is the process that writes and reports."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """This process's share of a batch: every size-th item. Neighbours have similar lengths, so shares take about
        the same time."""
        return items[self.rank :: self.size]

    def mean(self, x: Tensor) -> Tensor:
        """The mean of a number over all processes (0-dimensional, without gradient)."""
        return x if self.size == 1 else self._reduce(x.detach().float(), dist.ReduceOp.SUM) / self.size

    def max(self, x: int) -> int:
        """The largest of an integer over all processes."""
        return x if self.size == 1 else int(self._reduce(torch.tensor(x), dist.ReduceOp.MAX))

    def _reduce(self, x: Tensor, operation: dist.ReduceOp.RedOpType) -> Tensor:
        x = x.to(self.device, copy=True)
        with _failures_explained():
            dist.all_reduce(x, operation)
        return x

    def wait(self) -> None:
        """Continue when every process has come to this point."""
        if self.size > 1:
            with _failures_explained():
                dist.barrier()

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """A block that the other processes enter after the leader has left it, and so find the files that it wrote."""
        if not self.is_leader:
            self.wait()
        yield
        if self.is_leader:
            self.wait()

    def average_gradients(self, module: nn.Module, has_unused: bool) -> nn.Module:
        """Wrap a module so that its gradients are averaged over all processes.

        has_unused: whether there can be steps in which some parameters take no part.
        """
        if self.size == 1:
            return module
        return nn.parallel.DistributedDataParallel(module, find_unused_parameters=has_unused)

    def leave(self) -> None:
        """Disconnect, when every process has come to this point."""
        if self.size > 1:
            self.wait()
            dist.destroy_process_group()


@contextmanager
def _failures_explained() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise SummarizeError("another process of this run has ended; its own message says why") from error
