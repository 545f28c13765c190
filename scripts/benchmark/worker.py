"""One measured process: load one system, warm it up, summarise articles, and print the cost as a line of JSON.

measuring.py starts it:  python scripts/benchmark/worker.py '{"system": …}'
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

MAX_WARM_UP_ARTICLES = 8


def cpu_seconds() -> float:
    """Processor seconds of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_megabytes() -> float:
    """The largest resident memory of this process so far. On Linux, getrusage would count the parent's too."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    except (OSError, StopIteration):  # not Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Measure what the argument, a JSON object, describes."""
    from systems import Resources, Setting, load

    task = json.loads(sys.argv[1])
    articles = [json.loads(line)["text"] for line in Path(task["articles"]).read_text("utf-8").splitlines()]
    batch_size, count = task["batch_size"], task["count"]
    resources = Resources(task["model"], Path(task["peers"]), task["threads"])
    summarize_batch = load(Setting(task["system"], task["decoding"]), resources)
    if task["warm_up"]:
        summarize_batch(articles[: min(batch_size, MAX_WARM_UP_ARTICLES)])
    cpu, clock, lengths = cpu_seconds(), time.perf_counter(), []
    for start in range(0, count, batch_size):
        lengths += summarize_batch(articles[start : start + batch_size])
    cost = {
        "cpu_seconds": cpu_seconds() - cpu,
        "clock_seconds": time.perf_counter() - clock,
        "n_articles": count,
        "summary_length": sum(lengths) / count,
        "peak_megabytes": peak_megabytes(),
    }
    print(json.dumps(cost), flush=True)


if __name__ == "__main__":
    main()
