"""Engines, which run a job's blocks on workers: in this process, in several of this machine, or on a cluster
(`ray_engine`)."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from summarize.corpus.jobs import Block, End, Finished, Job, read_blocks
from summarize.corpus.shards import Shard
from summarize.errors import CorpusError, SummarizeError

Work = Sequence[tuple[Shard, Collection[int]]]  # shards, each with the blocks that an earlier run has finished
MAX_ATTEMPTS = 3  # at a block whose worker dies


class Engine(Protocol):
    """Has the blocks of shards read and done by workers."""

    def run(self, job: Job, work: Work) -> Generator[Finished | End]:
        """The result of each block and the end of each shard, in any order, each as soon as it is known.

        The block of a worker that dies is done again. Closing the generator stops the workers.
        Raises SummarizeError if the run cannot continue.
        """
        ...


@dataclass(frozen=True)
class LocalEngine:
    """Workers on this machine: one in this process, or several in processes of their own."""

    workers: int = 1

    def run(self, job: Job, work: Work) -> Generator[Finished | End]:
        """See Engine."""
        blocks = chain.from_iterable(read_blocks(shard, done, job.read, job.batch_size) for shard, done in work)
        return _run_in_processes(job, blocks, self.workers) if self.workers > 1 else _run_here(job, blocks)


def _run_here(job: Job, blocks: Iterable[Block | End]) -> Generator[Finished | End]:
    from summarize.corpus.worker import Worker

    worker = Worker(job)
    for block in blocks:
        yield worker(block)


def _run_in_processes(job: Job, blocks: Iterator[Block | End], n: int) -> Generator[Finished | End]:
    """Blocks to n processes; each gets its next block when it has finished one."""
    processes: list[_Process] = []
    try:
        for block in islice(blocks, n):
            processes.append(_Process(job))
            processes[-1].assign(block)
        while processes:
            ready = wait([process.connection for process in processes])
            for process in [process for process in processes if process.connection in ready]:
                result = process.result()
                if result is None:
                    continue
                if not process.assign(next(blocks, None)):
                    processes.remove(process)
                yield result
    finally:
        for process in processes:
            process.stop()


class _Process:
    """A worker in a process of its own, and the block that it has. If it dies, another process takes the block over."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._block: Block | End | None = None
        self._n_attempts = 0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._job, other_end), daemon=True)
        self._process.start()
        other_end.close()

    def assign(self, block: Block | End | None) -> bool:
        """Send the next block; without one the process ends, and the result is False."""
        self._block, self._n_attempts = block, 1
        self._send(block)
        if block is None:
            self._process.join()
            self.connection.close()
        return block is not None

    def _send(self, block: Block | End | None) -> None:
        try:
            self.connection.send(block)
        except OSError:  # the process has died; result() notices it
            return

    def result(self) -> Finished | End | None:
        """The result of the block; None if the process has died and another one has got the block.

        Raises CorpusError if that has happened MAX_ATTEMPTS times, and any error for which the worker cannot continue.
        """
        try:
            result = self.connection.recv()
        except (EOFError, OSError):
            self._replace()
            return None
        if isinstance(result, SummarizeError):
            raise result
        return result

    def _replace(self) -> None:
        self.stop()
        block = self._block
        if self._n_attempts == MAX_ATTEMPTS and block is not None:
            where = f"block {block.number} of {block.shard}" if isinstance(block, Block) else block.shard
            raise CorpusError(f"{MAX_ATTEMPTS} workers have died at {where} (exit code {self._process.exitcode})")
        self._n_attempts += 1
        self._start()
        self._send(block)

    def stop(self) -> None:
        """Kill the process. A part of the output that it has not finished does not exist."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(job: Job, connection: Connection[Any, Any]) -> None:
    """The main function of a worker's process: receives blocks and sends results, until there are no more blocks or the
    run has died."""
    from summarize.corpus.worker import Worker

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal; the run stops them
    try:
        worker = Worker(job)
        while (block := connection.recv()) is not None:
            connection.send(worker(block))
    except (EOFError, ConnectionError):  # the run has ended
        return
    except SummarizeError as error:
        connection.send(error)
