"""Scoring speed: `summarize evaluate` on one core and on two, compared with rouge-score alone on the same texts.

    python scripts/benchmark_evaluate.py cnndm-validation.jsonl.xz --baseline lead-3
    python scripts/benchmark_evaluate.py xsum-test.jsonl.xz --field brio

The variants run in turn, each in a process of its own, for several rounds; medians are printed. Times are of whole
processes, from start to exit. One core is compared by processor time, which depends little on other work on the
machine; two cores are compared with one by the clock.
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
    """Seconds by the clock and of processor time that a command takes on these cores."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write_rows(data: Path, field: str | None, baseline_name: str | None, max_documents: int, out: Path) -> int:
    """Write the pairs to score as rows of id, document, summary and prediction, and return their number."""
    from summarize.documents.dataset_rows import dataset_rows
    from summarize.evaluation import DataSet, RougeScorer, parse_baselines

    if (field is None) == (baseline_name is None):
        raise click.UsageError("name --field or --baseline")
    baseline = parse_baselines(baseline_name)[0] if baseline_name else None
    scorer = RougeScorer()
    n = 0
    with out.open("w") as file:
        for n, (example, (_, row)) in enumerate(
            islice(zip(DataSet(data), dataset_rows(data), strict=True), max_documents), 1
        ):
            if field is not None:
                text = row[field]
            elif baseline is not None:
                text = baseline.summarize(example.id, example.document or "", example.references, scorer)
            entry = {"id": str(n), "summary": example.references[0], "prediction": text}
            if example.document is not None:
                entry["document"] = example.document
            file.write(json.dumps(entry) + "\n")
    return n


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--field", help="The field of DATA that holds predictions.")
@click.option("--baseline", help="Score a baseline's summaries instead, as lead-3.")
@click.option("--documents", default=1_000_000, help="The maximum number of documents.")
@click.option("--rounds", default=3, show_default=True)
def main(data: Path, field: str | None, baseline: str | None, documents: int, rounds: int) -> None:
    """Time rouge-score alone, and the command with ROUGE only and with all measures, on one core and on two."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        n = write_rows(data, field, baseline, documents, rows)
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
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
        for _ in range(rounds):
            for name, (run, k) in variants.items():
                times[name].append(seconds(run, set(cores[-k:])))
    medians = {
        name: [statistics.median(column) for column in zip(*seconds_of, strict=True)]
        for name, seconds_of in times.items()
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
