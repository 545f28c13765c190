"""Measuring: every system in a process of its own, all of them in turn, round after round, so that what else the
machine does falls on all alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from systems import Place, Setting

T = TypeVar("T")
LEAST_ARTICLES = 4  # of one measurement


@dataclass(frozen=True)
class Sample:
    """What one process cost: processor seconds of it and its children, seconds by the clock, and, of a system's
    articles, how many, words (or tokens) written of each, and the most megabytes ever resident."""

    name: str
    decoding: str
    batch: int
    round: int
    cpu: float
    clock: float
    articles: int = 1
    written: float = 0.0
    peak: float = 0.0

    @property
    def rate(self) -> float:
        """Articles per processor second."""
        return self.articles / self.cpu


class MeasurementError(Exception):
    """A measured process ended with an error; the message is its last words."""


def environment(threads: int) -> dict[str, str]:
    """The environment of a measured process: as many threads as all others, and no network."""
    pools = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "RAYON")
    sizes = {f"{pool}_NUM_THREADS": str(threads) for pool in pools}
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return os.environ | sizes | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def cores(threads: int) -> set[int] | None:
    """The processors that measured processes may use, one a thread; None where the system does not let us choose."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    return set(sorted(os.sched_getaffinity(0))[:threads])


def whole_process(command: Sequence[str], threads: int, expected: int = 0) -> tuple[float, float, str]:
    """Processor seconds and seconds by the clock of a process from start to end, and what it printed.

    Raises MeasurementError where it does not end with the expected code.
    """
    own = cores(threads)
    pin = None if own is None else (lambda: os.sched_setaffinity(0, own))
    started = time.perf_counter()
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(threads), preexec_fn=pin
    )
    before = _cpu_of_children()
    out, error = child.communicate()
    if child.returncode != expected:
        raise MeasurementError((error.strip().splitlines() or [f"ended with {child.returncode}"])[-1])
    return _cpu_of_children() - before, time.perf_counter() - started, out


def _cpu_of_children() -> float:
    """Of all processes that have ended and their descendants; they run one at a time."""
    import resource

    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def worker(setting: Setting, place: Place, articles: Path, batch: int, count: int, cold: bool = False) -> list[str]:
    """The command of a process that measures one system; cold: without a first batch that is not counted."""
    given: dict[str, Any] = asdict(setting) | asdict(place) | {"articles": articles, "batch": batch, "count": count}
    return [sys.executable, str(Path(__file__).with_name("worker.py")), json.dumps(given | {"cold": cold}, default=str)]


def measure(setting: Setting, place: Place, articles: Path, batch: int, round_: int) -> Sample:
    """One measurement of a system: warm, some articles, so many at a time. Raises MeasurementError."""
    count = max(batch, LEAST_ARTICLES)
    _, _, out = whole_process(worker(setting, place, articles, batch, count), place.threads)
    return Sample(setting.name, setting.decoding, batch, round_, **json.loads(out.splitlines()[-1]))


def in_turn(things: Sequence[T], rounds: int, step: Callable[[T, int], Sample | None]) -> Iterator[Sample]:
    """Each thing once in every round, another one first in each. What fails once is left out from then on: step says
    so by None."""
    live = list(things)
    for number in range(rounds):
        shift = number % max(1, len(live))
        for thing in [*live[shift:], *live[:shift]]:
            sample = step(thing, number)
            if sample is None:
                live.remove(thing)
            else:
                yield sample


@dataclass(frozen=True)
class Figure:
    """The median of some rounds, with the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Figure:
        """The figure of values, of which there is at least one."""
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))


def ratios(ours: Iterable[Sample], theirs: Iterable[Sample], of: Callable[[Sample], float]) -> Figure | None:
    """How many times as much of something the one has as the other, round by round; None where no round has both."""
    first: Mapping[int, Sample] = {sample.round: sample for sample in ours}
    both = [of(first[sample.round]) / of(sample) for sample in theirs if sample.round in first]
    return Figure.of(both) if both else None
