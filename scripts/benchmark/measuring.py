"""Measuring: every system runs in a process of its own, all of them in turn, round after round, so that other work on
the machine affects all alike."""

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

from systems import Resources, Setting

T = TypeVar("T")
MIN_ARTICLES = 4  # of one measurement


@dataclass(frozen=True)
class Sample:
    """The cost of one process: seconds of processors (its children's included) and of the clock; for a system also its
    number of articles, the mean words (or tokens) of a summary, and the largest resident memory."""

    label: str
    decoding: str
    batch_size: int
    round: int
    cpu_seconds: float
    clock_seconds: float
    n_articles: int = 1
    summary_length: float = 0.0
    peak_megabytes: float = 0.0

    @property
    def rate(self) -> float:
        """Articles per processor second."""
        return self.n_articles / self.cpu_seconds


class MeasurementError(Exception):
    """A measured process failed; the message is the last line of its stderr."""


def environment(threads: int) -> dict[str, str]:
    """The environment of a measured process: the same number of threads for all libraries, and no network."""
    pools = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "RAYON")
    sizes = {f"{pool}_NUM_THREADS": str(threads) for pool in pools}
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return os.environ | sizes | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def cores_for(threads: int) -> set[int] | None:
    """The processors that a measured process may use, one a thread; None if the system offers no choice."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    return set(sorted(os.sched_getaffinity(0))[:threads])


def run_process(command: Sequence[str], threads: int, expected_code: int = 0) -> tuple[float, float, str]:
    """Run a process to its end. Returns processor seconds, clock seconds, and its stdout.

    Raises MeasurementError if it ends with another exit code.
    """
    cores = cores_for(threads)
    pin = None if cores is None else (lambda: os.sched_setaffinity(0, cores))
    started = time.perf_counter()
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(threads), preexec_fn=pin
    )
    before = _children_cpu_seconds()
    out, error = child.communicate()
    if child.returncode != expected_code:
        raise MeasurementError((error.strip().splitlines() or [f"ended with {child.returncode}"])[-1])
    return _children_cpu_seconds() - before, time.perf_counter() - started, out


def _children_cpu_seconds() -> float:
    """Processor seconds of all children that have ended; children run one at a time."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def worker_command(
    setting: Setting, resources: Resources, articles: Path, batch_size: int, count: int, warm_up: bool = True
) -> list[str]:
    """The command of a process that measures one system on so many articles, after a batch that is not counted."""
    task: dict[str, Any] = asdict(setting) | asdict(resources)
    task |= {"articles": articles, "batch_size": batch_size, "count": count, "warm_up": warm_up}
    return [sys.executable, str(Path(__file__).with_name("worker.py")), json.dumps(task, default=str)]


def measure(setting: Setting, resources: Resources, articles: Path, batch_size: int, round_: int) -> Sample:
    """Measure one system, warm, at one batch size. Raises MeasurementError."""
    count = max(batch_size, MIN_ARTICLES)
    _, _, out = run_process(worker_command(setting, resources, articles, batch_size, count), resources.threads)
    return Sample(setting.label, setting.decoding, batch_size, round_, **json.loads(out.splitlines()[-1]))


def round_robin(items: Sequence[T], rounds: int, step: Callable[[T, int], Sample | None]) -> Iterator[Sample]:
    """Measure each item once in every round; each round starts with another item. An item for which step returns None
    has failed and is left out from then on."""
    remaining = list(items)
    for round_ in range(rounds):
        shift = round_ % max(1, len(remaining))
        for item in [*remaining[shift:], *remaining[:shift]]:
            sample = step(item, round_)
            if sample is None:
                remaining.remove(item)
            else:
                yield sample


@dataclass(frozen=True)
class Spread:
    """The median of some rounds, with their minimum and maximum."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one value."""
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))


def ratio(a: Iterable[Sample], b: Iterable[Sample], value: Callable[[Sample], float]) -> Spread | None:
    """The ratio of a's values to b's, taken within each round; None if no round has both."""
    a_by_round: Mapping[int, Sample] = {sample.round: sample for sample in a}
    ratios = [value(a_by_round[sample.round]) / value(sample) for sample in b if sample.round in a_by_round]
    return Spread.of(ratios) if ratios else None
