"""Workers on a Ray cluster: Ray Data reads shards into blocks, and actors that hold the model do the blocks."""

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
from summarize.corpus.jobs import End, Finished, Job, read_blocks
from summarize.errors import CorpusError, SummarizeError, UsageError

MAX_DEATHS_AT_START = 10  # of workers in a row, while they load the model; then the run stops
CONNECT_SECONDS = 10
MIN_READERS, WORKERS_PER_READER = 2, 64  # as many shards are read at once


@dataclass(frozen=True)
class RayEngine:
    """Workers as Ray actors.

    address: of a cluster; "auto": the one that this machine is in; None: Ray is started on this machine for this run.
    workers: how many; None: one for every `threads` processors of the cluster.
    """

    address: str | None = None
    workers: int | None = None

    def run(self, job: Job, work: Work) -> Generator[Finished | End]:
        """See engine.Engine. Raises UsageError if Ray is not installed or the cluster cannot be reached."""
        with _connected(self.address, (self.workers or 1) * job.threads) as ray, _failures_explained(ray):
            n_workers = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // job.threads)
            for batch in _results(ray, job, work, n_workers).iter_batches(batch_size=None, prefetch_batches=0):
                yield from map(pickle.loads, batch["result"])


def _results(ray: Any, job: Job, work: Work, n_workers: int) -> Any:
    """Shards → blocks → results, a row each, as a lazy Ray dataset."""
    context = ray.data.DataContext.get_current()
    context.target_max_block_size = 1  # bytes: each row, which holds one block of ours, is a task of its own
    context.max_consecutive_actor_init_deaths = MAX_DEATHS_AT_START
    context.enable_progress_bars = False
    shards = [pickle.dumps(shard) for shard in work]
    device = {"num_gpus": 1} if job.device.startswith("cuda") else {}
    return (
        ray.data.from_items([{"shard": shard} for shard in shards], override_num_blocks=len(shards))
        # Readers mostly wait for workers, so they get no processors of their own.
        .flat_map(_Reader(job), num_cpus=0, concurrency=min(len(shards), MIN_READERS + n_workers // WORKERS_PER_READER))
        .map_batches(
            _Actor,
            fn_constructor_args=(job,),
            batch_size=1,
            batch_format="numpy",
            compute=ray.data.ActorPoolStrategy(size=n_workers),
            num_cpus=job.threads,  # a worker that dies is replaced, and its block done again
            **device,
        )
    )


@dataclass(frozen=True)
class _Reader:
    """Reads a shard into rows, one for each block."""

    job: Job

    def __call__(self, row: dict[str, bytes]) -> Iterator[dict[str, bytes]]:
        shard, finished = pickle.loads(row["shard"])
        for block in read_blocks(shard, finished, self.job.read, self.job.batch_size):
            yield {"block": pickle.dumps(block)}


class _Actor:
    """A worker, whose blocks and results are rows."""

    def __init__(self, job: Job) -> None:
        from summarize.corpus.worker import Worker

        self._worker = Worker(job)

    def __call__(self, batch: dict[str, Collection[bytes]]) -> dict[str, list[bytes]]:
        return {"result": [pickle.dumps(self._worker(pickle.loads(block))) for block in batch["block"]]}


@contextmanager
def _connected(address: str | None, processors: int) -> Iterator[Any]:
    """The Ray module, connected to a cluster, or started on this machine, until the context ends.

    processors: how many a Ray on this machine offers at least.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # Ray logs warnings about its own actors
    try:
        import ray
        import ray.data
    except ImportError:
        raise UsageError("--engine ray needs the extra `ray`: pip install 'summarize[ray]'") from None
    address = address or os.environ.get("RAY_ADDRESS")
    local_options: dict[str, Any] = {"num_cpus": max(processors, os.cpu_count() or 1), "include_dashboard": False}
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    with _sigterm_handler_kept():
        try:
            _check_reachable(address)
            ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False,
                     **({} if address else local_options))  # fmt: skip
        except (OSError, RuntimeError, ValueError) as error:  # a ConnectionError is an OSError
            reason = " ".join(str(error).split())[:200]
            raise UsageError(f"--ray-address {address}: no Ray cluster can be reached there: {reason}") from None
    with redirect_stdout(sys.stderr):  # a thread of Ray prints messages about workers that died
        try:
            yield ray
        finally:
            ray.shutdown()


def _check_reachable(address: str | None) -> None:
    """Raises OSError if nothing listens at host:port, for which Ray would wait for minutes."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()


@contextmanager
def _sigterm_handler_kept() -> Iterator[None]:
    """Restore the handler of SIGTERM, which Ray replaces by its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@contextmanager
def _failures_explained(ray: Any) -> Iterator[None]:
    """Raise the error for which a worker cannot continue as it is, and an error of Ray as a CorpusError."""
    try:
        yield
    except ray.exceptions.RayError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, SummarizeError):
            cause = getattr(cause, "cause", None) or cause.__cause__
        if cause is not None:
            raise cause from None
        reason = " ".join(str(error).split())[:300]
        raise CorpusError(f"Ray gave up: {reason}") from error
