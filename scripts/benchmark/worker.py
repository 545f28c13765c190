"""One measured process: loads one system, warms it up, and prints what its articles cost as a line of JSON.

python scripts/benchmark/worker.py '{"system": …}'   (see measuring.py, which starts it)
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

WARM_UP = 8  # articles at most


def cpu_seconds() -> float:
    """Of this process and those that it has waited for."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def peak_megabytes() -> float:
    """The most memory that this process ever had resident; getrusage would count its parent's, too."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    except (OSError, StopIteration):  # not Linux
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Measure what the argument says."""
    from systems import Place, Setting, load

    given = json.loads(sys.argv[1])
    articles = [json.loads(line)["text"] for line in Path(given["articles"]).read_text("utf-8").splitlines()]
    batch, count = given["batch"], given["count"]
    run = load(
        Setting(given["system"], given["decoding"]), Place(given["model"], Path(given["peers"]), given["threads"])
    )
    if not given["cold"]:
        run(articles[: min(batch, WARM_UP)])
    cpu, clock, written = cpu_seconds(), time.perf_counter(), []
    for start in range(0, count, batch):
        written += run(articles[start : start + batch])
    found = {
        "cpu": cpu_seconds() - cpu,
        "clock": time.perf_counter() - clock,
        "articles": count,
        "written": sum(written) / count,
        "peak": peak_megabytes(),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
