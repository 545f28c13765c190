"""Put a load on examples/service.py: python scripts/soak_service.py [FILE...] [--minutes 30] [--clients 16]

Starts the service on this machine and sends it the files (default: the example's text in pieces of several lengths), in
turn by one client and by all clients, and the same texts to a pool of processes without HTTP. The single client and the
pool have a tenth of the minutes each, all clients have the rest. Prints requests a second, the median and the 99th
percentile of their seconds, and the memory of the processes. Exits with 1 after an error, where memory has grown by
more than 5 % since the first tenth, or where the clients get less than 90 % of the pool's rate.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from measure_memory import resident_megabytes

ROOT = Path(__file__).parent.parent
MAX_GROWTH, MIN_SHARE_OF_POOL = 0.05, 0.9
SECONDS_TO_START = 120


@dataclass
class Load:
    """What clients measured: seconds of each request, errors, and the megabytes after each tenth of the time."""

    name: str
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.elapsed

    @property
    def growth(self) -> float:
        """By what share memory has grown since the first tenth."""
        return self.megabytes[-1] / self.megabytes[0] - 1

    def __str__(self) -> str:
        median, p99 = statistics.median(self.seconds), statistics.quantiles(self.seconds, n=100)[98]
        return (
            f"{self.name:<22} {len(self.seconds):6} requests {self.rate:7.2f} a second, median {median:6.2f} s, "
            f"p99 {p99:6.2f} s, {self.megabytes[0]:6.0f} to {self.megabytes[-1]:6.0f} MB, {len(self.errors)} errors"
        )


def example_texts() -> list[str]:
    """Beginnings of the example, of several lengths."""
    lines = (ROOT / "examples" / "harbour-bridge.txt").read_text("utf-8").splitlines()
    return ["\n".join(lines[:n]) for n in range(len(lines), 2, -max(1, len(lines) // 5))]


def put_load(
    name: str,
    texts: list[str],
    n_clients: int,
    seconds: float,
    send: Callable[[str], None],
    memory: Callable[[], float],
) -> Load:
    """Have clients send texts, each its next one as soon as the last is answered, for so many seconds."""
    load, start = Load(name), time.monotonic()

    def work(first: int) -> None:
        i = first
        while time.monotonic() < start + seconds:
            began = time.monotonic()
            try:
                send(texts[i % len(texts)])
                load.seconds.append(time.monotonic() - began)
            except Exception as error:
                load.errors.append(f"{type(error).__name__}: {error}")
                time.sleep(0.1)
            i += 1

    clients = [threading.Thread(target=work, args=(3 * i,)) for i in range(n_clients)]
    for client in clients:
        client.start()
    for tenth in range(1, 11):
        time.sleep(max(0.0, start + tenth * seconds / 10 - time.monotonic()))
        load.megabytes.append(memory())
    for client in clients:
        client.join()
    load.elapsed = time.monotonic() - start
    return load


@contextmanager
def running_service() -> Iterator[tuple[str, int]]:
    """The address of a started service, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / "examples"), "service:app",
               "--port", str(port), "--log-level", "warning"]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            deadline = time.monotonic() + SECONDS_TO_START
            while not _answers(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the service does not start")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/summaries", server.pid
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def load_service(texts: list[str], n_clients: int, seconds: float) -> Iterator[Load]:
    """One client, then all, on a service that has answered each text once."""
    with running_service() as (address, process), httpx.Client(timeout=600) as client:

        def send(text: str) -> None:
            client.post(address, json={"text": text}).raise_for_status()

        for text in texts:
            send(text)
        memory = lambda: resident_megabytes(process)  # noqa: E731
        yield put_load("service, 1 client", texts, 1, seconds / 10, send, memory)
        yield put_load(f"service, {n_clients} clients", texts, n_clients, 0.8 * seconds, send, memory)


def load_pool(texts: list[str], n_clients: int, seconds: float) -> Load:
    """The same by a process for each processor, each with one thread and a model of its own."""
    n = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n, context, initializer=_start_worker) as pool:

        def send(text: str) -> None:
            pool.submit(_summarise, text).result()

        processes = {future.result() for future in [pool.submit(_process_id) for _ in range(8 * n)]}
        for future in [pool.submit(_summarise, text) for text in texts * n]:  # all at once: then all processes start
            future.result()
        memory = lambda: sum(map(resident_megabytes, processes))  # noqa: E731
        return put_load(f"pool of {n} processes", texts, n_clients, seconds / 10, send, memory)


def _start_worker() -> None:
    import torch

    from summarize import Summarizer

    torch.set_num_threads(1)
    globals()["summarizer"] = Summarizer.load(os.environ.get("SUMMARIZE_MODEL", "news"))


def _summarise(text: str) -> str:
    return globals()["summarizer"].summarize(text).text


def _process_id() -> int:
    time.sleep(0.05)
    return os.getpid()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=16)
    arguments = parser.parse_args()
    texts = [path.read_text("utf-8") for path in arguments.files] or example_texts()
    loads = []
    for load in load_service(texts, arguments.clients, arguments.minutes * 60):
        print(load, flush=True)
        loads.append(load)
    pool = load_pool(texts, arguments.clients, arguments.minutes * 60)
    print(pool, flush=True)
    service = loads[-1]
    problems = [error for load in (*loads, pool) for error in load.errors[:3]]
    if service.growth > MAX_GROWTH:
        problems.append(f"memory has grown by {service.growth:.1%} since the first tenth")
    if service.rate < MIN_SHARE_OF_POOL * pool.rate:
        problems.append(f"the service does {service.rate / pool.rate:.0%} of the pool's requests a second")
    print(f"memory {service.growth:+.1%} since the first tenth; {service.rate / pool.rate:.2f} of the pool's rate")
    sys.exit("\n".join(problems) or 0)


if __name__ == "__main__":
    main()
