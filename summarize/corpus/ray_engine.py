"""Workers on a Ray cluster: Ray Data reads shards and hands their blocks to actors that hold the model."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from summarize.corpus.engine import Work
from summarize.corpus.jobs import End, Finished, Job, blocks
from summarize.errors import CorpusError, SummarizeError, UsageError

DEATHS_AT_START = 10  # of workers in a row, while they load the model, that stop a run
SECONDS_TO_CONNECT = 10
READERS, WORKERS_OF_A_READER = 2, 64  # shards that are read at once: two, and one for so many workers


@dataclass(frozen=True)
class RayEngine:
    """Workers as actors. address: of a cluster ("auto": the one that this machine is in), or None for a Ray of this
    run's own on this machine. workers: how many (None: one for each `threads` processors of the cluster)."""

    address: str | None = None
    workers: int | None = None

    def run(self, job: Job, work: Work) -> Generator[Finished | End]:
        """See engine.Engine. Raises UsageError where Ray is not installed or the cluster is not there."""
        with _connected(self.address, (self.workers or 1) * job.threads) as ray, _failures_explained(ray):
            n = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // job.threads)
            for batch in _dataset(ray, job, work, n).iter_batches(batch_size=None, prefetch_batches=0):
                yield from map(pickle.loads, batch["done"])


def _dataset(ray: Any, job: Job, work: Work, workers: int) -> Any:
    """Shards → blocks → what became of them, a row each, as Ray Data's lazy pipeline."""
    context = ray.data.DataContext.get_current()
    context.target_max_block_size = 1  # bytes: a row, which is a block of ours, is a task of its own
    context.max_consecutive_actor_init_deaths = DEATHS_AT_START
    context.enable_progress_bars = False
    shards = [pickle.dumps(one) for one in work]
    device = {"num_gpus": 1} if job.device.startswith("cuda") else {}
    return (
        ray.data.from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
        # Readers wait for workers, and take no processor from them: one is enough to feed many.
        .flat_map(_Reader(job), num_cpus=0, concurrency=min(len(shards), READERS + workers // WORKERS_OF_A_READER))
        .map_batches(
            _Actor,
            fn_constructor_args=(job,),
            batch_size=1,
            batch_format="numpy",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=job.threads,  # a worker that dies is started again, and its block given to another
            **device,
        )
    )


@dataclass(frozen=True)
class _Reader:
    """A shard to the rows of its blocks."""

    job: Job

    def __call__(self, row: dict[str, bytes]) -> Iterator[dict[str, bytes]]:
        shard, held = pickle.loads(row["shard"])
        for block in blocks(shard, held, self.job.read, self.job.batch_size):
            yield {"block": pickle.dumps(block)}


class _Actor:
    """A worker, and its blocks as rows."""

    def __init__(self, job: Job) -> None:
        from summarize.corpus.worker import Worker

        self._worker = Worker(job)

    def __call__(self, batch: dict[str, Collection[bytes]]) -> dict[str, list[bytes]]:
        return {"done": [pickle.dumps(self._worker(pickle.loads(block))) for block in batch["block"]]}


@contextmanager
def _connected(address: str | None, processors: int) -> Iterator[Any]:
    """Ray, connected to a cluster or started on this machine for as long as it is needed."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # Ray's own actors make it warn of themselves
    try:
        import ray
        import ray.data
    except ImportError:
        raise UsageError("--engine ray needs the extra `ray`: pip install 'summarize[ray]'") from None
    address = address or os.environ.get("RAY_ADDRESS")
    own: dict[str, Any] = {"num_cpus": max(processors, os.cpu_count() or 1), "include_dashboard": False}
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    with _handlers_kept():
        try:
            _knock(address)
            ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False,
                     **({} if address else own))  # fmt: skip
        except (OSError, RuntimeError, ValueError) as error:  # a ConnectionError is an OSError
            told = " ".join(str(error).split())[:200]
            raise UsageError(f"--ray-address {address}: no Ray cluster can be reached there: {told}") from None
    with redirect_stdout(sys.stderr):  # what Ray says of workers that died, in a thread of its own
        try:
            yield ray
        finally:
            ray.shutdown()


def _knock(address: str | None) -> None:
    """Raises OSError where nobody listens at host:port; Ray would wait for minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), SECONDS_TO_CONNECT).close()


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Signals do afterwards what they did before; Ray takes SIGTERM for itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@contextmanager
def _failures_explained(ray: Any) -> Iterator[None]:
    """What a worker said that the run cannot go on for, as its own error; what Ray says, as a CorpusError."""
    try:
        yield
    except ray.exceptions.RayError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, SummarizeError):
            cause = getattr(cause, "cause", None) or cause.__cause__
        if cause is not None:
            raise cause from None
        told = " ".join(str(error).split())[:300]
        raise CorpusError(f"Ray gave up: {told}") from error
