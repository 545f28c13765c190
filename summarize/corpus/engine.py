"""What runs a job's blocks on workers: one process, several of this machine, or a cluster's (`ray_engine`)."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from summarize.corpus.jobs import Block, End, Finished, Job, blocks
from summarize.corpus.shards import Shard
from summarize.errors import CorpusError, SummarizeError

Work = Sequence[tuple[Shard, Collection[int]]]  # shards, each with the blocks that an earlier run has finished
ATTEMPTS = 3  # at a block whose worker dies


class Engine(Protocol):
    """Has the blocks of shards read and done by workers."""

    def run(self, job: Job, work: Work) -> Generator[Finished | End]:
        """What became of each block and of each shard's end, in any order, as soon as it is known. A worker that dies
        loses nothing: its block is done again. Closing the iterator stops the workers.

        Raises SummarizeError where the run cannot go on.
        """
        ...


@dataclass(frozen=True)
class LocalEngine:
    """Workers on this machine: this process, or so many others."""

    workers: int = 1

    def run(self, job: Job, work: Work) -> Generator[Finished | End]:
        """See Engine."""
        found = chain.from_iterable(blocks(shard, held, job.read, job.batch_size) for shard, held in work)
        if self.workers > 1:
            return _spread(job, found, self.workers)
        return _in_turn(job, found)


def _in_turn(job: Job, found: Iterable[Block | End]) -> Generator[Finished | End]:
    from summarize.corpus.worker import Worker

    worker = Worker(job)
    for block in found:
        yield worker(block)


def _spread(job: Job, found: Iterator[Block | End], n: int) -> Generator[Finished | End]:
    """Blocks to n processes, each given its next one when it is done with the last."""
    processes: list[_Process] = []
    try:
        for block in islice(found, n):
            processes.append(_Process(job))
            processes[-1].give(block)
        while processes:
            ready = wait([process.connection for process in processes])
            for process in [process for process in processes if process.connection in ready]:
                result = process.result()
                if result is None:
                    continue
                if not process.give(next(found, None)):
                    processes.remove(process)
                yield result
    finally:
        for process in processes:
            process.stop()


class _Process:
    """A worker in a process of its own, and the block that it has; where it dies, another takes its place."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._block: Block | End | None = None
        self._attempts = 0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(self._job, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, block: Block | End | None) -> bool:
        """Hand on the next block; without one the process ends, and False is said."""
        self._block, self._attempts = block, 1
        self._send(block)
        if block is None:
            self._process.join()
            self.connection.close()
        return block is not None

    def _send(self, block: Block | End | None) -> None:
        try:
            self.connection.send(block)
        except OSError:  # it has died; result() will see that
            return

    def result(self) -> Finished | End | None:
        """What became of the block, or None where it has been given to another process because this one has died.

        Raises CorpusError where that happens again and again, and what a worker says that the run cannot go on for.
        """
        try:
            told = self.connection.recv()
        except (EOFError, OSError):
            self._replace()
            return None
        if isinstance(told, SummarizeError):
            raise told
        return told

    def _replace(self) -> None:
        self.stop()
        block = self._block
        if self._attempts == ATTEMPTS and block is not None:
            where = f"block {block.number} of {block.shard}" if isinstance(block, Block) else block.shard
            raise CorpusError(f"{ATTEMPTS} workers have died at {where} (exit code {self._process.exitcode})")
        self._attempts += 1
        self._start()
        self._send(block)

    def stop(self) -> None:
        """End the process, whatever it is doing: what it has not finished is not there."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _work(job: Job, connection: Connection[Any, Any]) -> None:
    """A worker's process: blocks in, what became of them out, until there are no more or the run has died."""
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
