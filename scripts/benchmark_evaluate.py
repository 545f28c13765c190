"""Scoring speed: `summarize evaluate` on one core and on two, beside rouge-score alone on the same texts.

    python scripts/benchmark_evaluate.py cnndm-validation.jsonl.xz --baseline lead-3
    python scripts/benchmark_evaluate.py xsum-test.jsonl.xz --field brio

Every variant runs in processes of its own, the variants in turn, several rounds; medians are printed. Times are of
whole processes, from start to exit. "Overhead" is by how much more processor time the command takes than rouge-score
alone, which other work on the machine moves little; how much faster two cores are is by the clock.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import click

BARE = """
import json, sys
from rouge_score.rouge_scorer import RougeScorer
scorer = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True)
n = total = 0
for line in open(sys.argv[1]):
    row = json.loads(line)
    total += scorer.score(row["summary"], row["prediction"])["rouge1"].fmeasure
    n += 1
print(total / n)
"""


def seconds(command: list[str], cores: set[int]) -> tuple[float, float]:
    """Seconds by the clock and of processors that a process takes which may use these cores."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make_rows(data: Path, field: str | None, baseline: str | None, most: int, out: Path) -> int:
    """Write the pairs to score as rows of id, document, summary and prediction; how many there are."""
    from summarize.documents.tables import records
    from summarize.evaluation import DataSet, RougeScorer, parse_baselines

    if (field is None) == (baseline is None):
        raise click.UsageError("name --field or --baseline")
    made = parse_baselines(baseline)[0] if baseline else None
    n = 0
    with out.open("w") as file:
        for n, (example, (_, row)) in enumerate(islice(zip(DataSet(data), records(data), strict=True), most), 1):
            text = row[field] if field else made.summary(example.id, example.document, example.references, RougeScorer)
            entry = {"id": str(n), "summary": example.references[0], "prediction": text}
            if example.document is not None:
                entry["document"] = example.document
            file.write(json.dumps(entry) + "\n")
    return n


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--field", help="The field of DATA that holds predictions.")
@click.option("--baseline", help="Score a baseline's summaries instead, as lead-3.")
@click.option("--documents", default=1_000_000, help="At most so many.")
@click.option("--rounds", default=3, show_default=True)
def main(data: Path, field: str | None, baseline: str | None, documents: int, rounds: int) -> None:
    """Measure rouge-score alone, the command with ROUGE only and with all measures, on one core and on two."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        n = make_rows(data, field, baseline, documents, rows)
        command = [sys.executable, "-m", "summarize", "evaluate", str(rows), "-p", str(rows)]
        command += ["--prediction-field", "prediction", "--format", "json"]
        variants = {
            "rouge-score alone, one core": ([sys.executable, "-c", BARE, str(rows)], 1),
            "--only-rouge, one core": ([*command, "--only-rouge"], 1),
            "all measures, one core": (command, 1),
        }
        if len(cores) > 1:
            variants["--only-rouge, two cores"] = [*command, "--only-rouge"], 2
            variants["all measures, two cores"] = command, 2
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
        for _ in range(rounds):
            for name, (run, k) in variants.items():
                found[name].append(seconds(run, set(cores[-k:])))
    medians = {
        name: [statistics.median(column) for column in zip(*times, strict=True)] for name, times in found.items()
    }
    bare = medians["rouge-score alone, one core"][1]
    click.echo(f"{n:,} predictions of {data.name}, medians of {rounds} rounds")
    for name, (wall, cpu) in medians.items():
        beside = f"{100 * (cpu / bare - 1):+.1f} % processor time"
        if "two cores" in name:
            beside = f"{medians[name.replace('two cores', 'one core')][0] / wall:.2f} × one core"
        click.echo(f"{name:30}{wall:7.2f} s {cpu:7.2f} s of processors {n / cpu:6,.0f} a processor second  {beside}")


if __name__ == "__main__":
    main()
