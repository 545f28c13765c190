"""Put a load on examples/service.py: python scripts/soak_service.py [FILE...] [--minutes 30] [--clients 16]

Starts the service and a pool of as many processes as it has threads, and sends both the files (default: the example's
text in pieces of several lengths). First a single client sends them to the service, for a fifteenth of the minutes.
Then all clients do, for the minutes, in blocks of --block seconds; after each block the pool gets the same load for
half as long, so that other work on the machine slows both. Neither works while the other is measured. A block ends when
its last requests are answered.

Memory grows while the threads and the C library's arenas meet the largest batches, and varies with what is in work. So
the blocks of the first --warm-up minutes are shown but not counted, and memory is the mean of a sample a second over a
block. Growth is that of the last counted blocks (a third of them) over the first ones.

Prints requests a second, the median and the 99th percentile of their seconds, processor seconds a request and memory.
Exits with 1 after an error, where memory grows by more than 5 %, or where the clients get less than 90 % of the pool's
rate.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from measure_memory import resident_megabytes

ROOT = Path(__file__).parent.parent
MAX_GROWTH, MIN_SHARE_OF_POOL = 0.05, 0.9
SECONDS_TO_START = 120
POOL_SHARE = 0.5  # of the service's time, that the pool is measured
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """What is under load: how a text is sent to it and answered, and its processes."""

    name: str
    send: Callable[[str], None]
    processes: Sequence[int]

    def megabytes(self) -> float:
        """The resident memory of all its processes."""
        return sum(map(resident_megabytes, self.processes))

    def processor_seconds(self) -> float:
        """The processor time that all its processes have taken so far."""
        return sum(map(_processor_seconds, self.processes))


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


@dataclass
class Load:
    """What clients measured in one or more blocks: seconds of each request, errors, and memory each second."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    processor_seconds: float = 0.0

    @classmethod
    def joined(cls, loads: Sequence[Load]) -> Load:
        """The figures of several blocks as one."""
        whole = cls()
        for load in loads:
            whole.seconds += load.seconds
            whole.errors += load.errors
            whole.megabytes += load.megabytes
            whole.elapsed += load.elapsed
            whole.processor_seconds += load.processor_seconds
        return whole

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.elapsed

    @property
    def mean_megabytes(self) -> float:
        """The mean of the memory."""
        return statistics.fmean(self.megabytes)

    def __str__(self) -> str:
        median = statistics.median(self.seconds)
        p99 = statistics.quantiles(self.seconds, n=100)[98] if len(self.seconds) > 1 else median
        return (
            f"{len(self.seconds):6} requests {self.rate:7.2f} a second, median {median:6.2f} s, p99 {p99:6.2f} s, "
            f"{self.processor_seconds / len(self.seconds):5.2f} processor seconds each, "
            f"{self.mean_megabytes:5.0f} MB (up to {max(self.megabytes):.0f}), {len(self.errors)} errors"
        )


def example_texts() -> list[str]:
    """Beginnings of the example, of several lengths."""
    lines = (ROOT / "examples" / "harbour-bridge.txt").read_text("utf-8").splitlines()
    return ["\n".join(lines[:n]) for n in range(len(lines), 2, -max(1, len(lines) // 5))]


def put_load(target: Target, texts: list[str], n_clients: int, seconds: float) -> Load:
    """Have clients send texts, each its next one as soon as the last is answered, for so many seconds."""
    load, start, processor_start = Load(), time.monotonic(), target.processor_seconds()

    def work(first: int) -> None:
        i = first
        while time.monotonic() < start + seconds:
            began = time.monotonic()
            try:
                target.send(texts[i % len(texts)])
                load.seconds.append(time.monotonic() - began)
            except Exception as error:
                load.errors.append(f"{type(error).__name__}: {error}")
                time.sleep(0.1)
            i += 1

    clients = [threading.Thread(target=work, args=(3 * i,)) for i in range(n_clients)]
    for client in clients:
        client.start()
    while time.monotonic() < start + seconds:
        time.sleep(min(1.0, seconds / 10))
        load.megabytes.append(target.megabytes())
    for client in clients:
        client.join()
    load.elapsed = time.monotonic() - start
    load.processor_seconds = target.processor_seconds() - processor_start
    if not load.seconds:
        raise RuntimeError(f"{target.name}: no request was answered: {load.errors[:1]}")
    return load


@contextmanager
def running_service(texts: list[str]) -> Iterator[Target]:
    """A started service that has answered each text once."""
    import httpx

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / "examples"), "service:app",
               "--port", str(port), "--log-level", "warning"]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT) as server, httpx.Client(timeout=600) as client:

        def send(text: str) -> None:
            client.post(f"http://127.0.0.1:{port}/summaries", json={"text": text}).raise_for_status()

        try:
            deadline = time.monotonic() + SECONDS_TO_START
            while not _answers(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the service does not start")
                time.sleep(0.2)
            for text in texts:
                send(text)
            yield Target("service", send, [server.pid])
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running_pool(texts: list[str]) -> Iterator[Target]:
    """A process for each processor, each with one thread and a model of its own, that has summarised some texts."""
    n = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(n, multiprocessing.get_context("spawn"), initializer=_start_worker) as pool:

        def send(text: str) -> None:
            pool.submit(_summarise, text).result()

        for future in [pool.submit(_summarise, text) for text in texts * n]:  # all at once: then all processes start
            future.result()
        processes = [child.pid for child in multiprocessing.active_children() if child.pid]
        yield Target(f"pool of {len(processes)} processes", send, processes)


def _start_worker() -> None:
    import torch

    from summarize import Summarizer

    torch.set_num_threads(1)
    globals()["summarizer"] = Summarizer.load(os.environ.get("SUMMARIZE_MODEL", "news"))


def _summarise(text: str) -> str:
    return globals()["summarizer"].summarize(text).text


def growth(blocks: Sequence[Load]) -> float:
    """By what share memory has grown from the first third of the blocks to the last."""
    n = max(1, len(blocks) // 3)
    first, last = (Load.joined(some).mean_megabytes for some in (blocks[:n], blocks[-n:]))
    return last / first - 1


def problems(alone: Load, service: Sequence[Load], pool: Sequence[Load]) -> Iterator[str]:
    """What is not as it should be; service, pool: the counted blocks."""
    for load in (alone, *service, *pool):
        yield from load.errors[:3]
    if (grown := growth(service)) > MAX_GROWTH:
        yield f"memory has grown by {grown:.1%}"
    if (share := Load.joined(service).rate / Load.joined(pool).rate) < MIN_SHARE_OF_POOL:
        yield f"the service does {share:.0%} of the pool's requests a second"


def measure(
    targets: tuple[Target, Target], texts: list[str], n_clients: int, block_seconds: float, seconds: float
) -> Iterator[tuple[Load, Load]]:
    """The service's and the pool's load of each block, printed as they are measured, until the service has been under
    load for so many seconds."""
    elapsed = 0.0
    for number in itertools.count(1):
        service, pool = (
            put_load(target, texts, n_clients, block_seconds * share)
            for target, share in zip(targets, (1, POOL_SHARE), strict=True)
        )
        print(f"{number:3} service {service}\n{'':3} pool    {pool}", flush=True)
        yield service, pool
        elapsed += service.elapsed
        if elapsed >= seconds:
            return


def n_warm_up_blocks(blocks: Sequence[Load], seconds: float) -> int:
    """How many blocks began in the first seconds of load; not the last block."""
    starts = itertools.accumulate((block.elapsed for block in blocks[:-1]), initial=0.0)
    return min(len(blocks) - 1, sum(start < seconds for start in starts))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--minutes", type=float, default=30, help="of load by all clients on the service")
    parser.add_argument("--warm-up", type=float, metavar="MINUTES", help="not counted (default: a tenth)")
    parser.add_argument("--block", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--clients", type=int, default=16)
    arguments = parser.parse_args()
    texts = [path.read_text("utf-8") for path in arguments.files] or example_texts()
    seconds = 60 * arguments.minutes
    warm_up = seconds / 10 if arguments.warm_up is None else 60 * arguments.warm_up
    with running_service(texts) as service, running_pool(texts) as pool:
        alone = put_load(service, texts, 1, seconds / 15)
        print(f"service, 1 client: {alone}", flush=True)
        blocks = list(measure((service, pool), texts, arguments.clients, min(arguments.block, seconds), seconds))
    n_warm_up = n_warm_up_blocks([service for service, _ in blocks], warm_up)
    n_clients, counted = arguments.clients, blocks[n_warm_up:]
    of_service, of_pool = ([block[i] for block in counted] for i in (0, 1))
    whole, whole_pool = Load.joined(of_service), Load.joined(of_pool)
    print(f"after {n_warm_up} blocks of warm-up:")
    print(f"service, {n_clients} clients: {whole}\n{pool.name}, {n_clients} clients: {whole_pool}")
    print(f"memory {growth(of_service):+.1%}; {whole.rate / whole_pool.rate:.2f} of the pool's rate")
    sys.exit("\n".join(problems(alone, of_service, of_pool)) or 0)


if __name__ == "__main__":
    main()
