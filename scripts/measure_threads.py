"""Measure how threads should wait for each other: python scripts/measure_threads.py [FILE...] [--busy 2] [--rounds 5]

Summarises the files in one process after another, in turn: with threads that wait for each other as torch's do by
themselves (they spin for milliseconds), as this program's do (for some 50 µs, then they sleep), as those of
OMP_WAIT_POLICY=PASSIVE alone do (they sleep at once), and with a single thread. Prints the seconds of clock and of
processor that the summaries took, without loading, and the median of each ratio to the first within a round.

--busy starts so many endless loops beside them. For a quota, start the script in a control group that has one:
systemd-run --scope -p CPUQuota=100% python scripts/measure_threads.py
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
EXAMPLE = Path(__file__).parent.parent / "examples" / "harbour-bridge.txt"
WAYS = {"spinning": {}, "brief": {}, "passive": {"OMP_WAIT_POLICY": "PASSIVE"}, "one thread": {}}  # its environment
MEASURE = """
import json, sys, time
way, batch_size, texts = sys.argv[1], int(sys.argv[2]), json.load(sys.stdin)
if way == "spinning":
    import torch  # before this program can say how its threads wait
from summarize import Summarizer
import torch
n_threads = torch.get_num_threads()
summarizer = Summarizer.load()
if way == "spinning":
    torch.set_num_threads(n_threads)
if way == "one thread":
    torch.set_num_threads(1)
summarizer.summarize(texts[0])
start = time.perf_counter(), time.process_time()
for summary in summarizer.try_many(texts, batch_size):
    pass
print(time.perf_counter() - start[0], time.process_time() - start[1], torch.get_num_threads())
"""


def measure(way: str, texts: list[str], batch_size: int) -> tuple[float, float, int]:
    """Seconds of clock and of processor for summaries of the texts, and the number of threads."""
    command = [sys.executable, "-c", MEASURE, way, str(batch_size)]
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | WAYS[way]
    result = subprocess.run(
        command, input=json.dumps(texts), env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    clock, processor, n_threads = result.stdout.split()
    return float(clock), float(processor), int(n_threads)


@contextlib.contextmanager
def busy_loops(n: int) -> Iterator[None]:
    """A block beside which n other processes compute."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, default=[EXAMPLE], metavar="FILE")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="endless loops beside them")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--batch-size", type=int, default=8, metavar="N")
    arguments = parser.parse_args()
    texts = [path.read_text("utf-8") for path in arguments.files]
    figures: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with busy_loops(arguments.busy):
        for number in range(arguments.rounds):
            for way in WAYS:
                clock, processor, n_threads = measure(way, texts, arguments.batch_size)
                figures[way].append((clock, processor))
                print(f"{number + 1} {way:<11} {n_threads} threads {clock:8.2f} s clock {processor:8.2f} s processor",
                      flush=True)  # fmt: skip
    for way in WAYS:
        rounds = list(zip(figures[way], figures["spinning"], strict=True))
        clock, processor = (statistics.median(own[i] / other[i] for own, other in rounds) for i in (0, 1))
        print(f"{way:<11} {clock:.2f} of the clock of spinning threads, {processor:.2f} of their processor time")


if __name__ == "__main__":
    main()
