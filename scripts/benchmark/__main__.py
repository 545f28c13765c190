"""Benchmark this program and its peers: speed, start and memory, with the same articles, threads and lengths.

    pip install '.[benchmark]'
    python scripts/benchmark --json figures.json --plot figures.svg     # about an hour and a half on one core
    python scripts/benchmark --quick                                    # some minutes

Articles have 512 tokens. The peers generate exactly 60 tokens, with beams of four or greedily. Their weights are random
and made here, so nothing is downloaded and their summaries mean nothing. This program generates as many sentences as it
selects: "as shipped" is what a user gets; "beams as the peers" reads and searches as widely as they do.

Rates are articles per processor second (of all threads), warm. × says how many times as fast the first line is: the
median over rounds of the ratio within a round, in which all systems ran one after another. Length: words (a peer's:
tokens) of a summary. Peak MB: the largest resident memory at each batch size, with weights and libraries.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import articles
import click
import peers
import reporting
from measuring import MeasurementError, Sample, measure, round_robin, run_process, worker_command
from rich.console import Console
from systems import SETTINGS, SOURCE_TOKENS, Resources, Setting

IMPORT_TORCH = "python -c 'import torch'"
FIRST_SUMMARY_WORDS = 500  # of the text whose summary is waited for
SLOW_SYSTEMS = ("ctranslate2/distilbart-12-6", "transformers/distilbart-12-6", "summarize-bf16", "summarize-fp32")


@dataclass(frozen=True)
class Options:
    """What is measured, and where the figures go."""

    rounds: int
    batch_sizes: str
    threads: int
    systems: str
    decoding: str
    articles: Path | None
    model: str
    peers: Path | None
    quick: bool
    json: Path | None
    plot: Path | None

    @property
    def settings(self) -> list[Setting]:
        """The settings to measure."""
        kinds, names = self.decoding.split(","), self.systems.split(",")
        chosen = [s for s in SETTINGS if s.decoding in kinds and any(name in s.system for name in names)]
        return [s for s in chosen if not (self.quick and s.system in SLOW_SYSTEMS)]

    @property
    def sizes(self) -> list[int]:
        """The batch sizes, ascending."""
        return sorted({int(size) for size in self.batch_sizes.split(",")})


def log(text: str) -> None:
    """Print a line to stderr; the tables go to stdout."""
    click.echo(text, err=True)


def prepare_articles(path: Path, source: Path | None, model: str, count: int) -> None:
    """Write so many articles of the same length to a file."""
    from summarize.checkpoints.files import TOKENIZER
    from summarize.checkpoints.model_folder import find_model
    from summarize.text.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(find_model(model) / TOKENIZER)
    texts = articles.read_articles(source) if source else articles.generate_articles()
    try:
        cut = articles.cut_articles(texts, tokenizer, SOURCE_TOKENS - 2, count)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in cut), "utf-8")


def process_commands(
    resources: Resources, text: Path, rows: Path, settings: list[Setting]
) -> dict[str, tuple[list[str], int]]:
    """Label to command and expected exit code of the whole processes that are measured."""
    program = [sys.executable, "-m", "summarize"]
    summary = ["-m", resources.model, "--threads", str(resources.threads), str(text)]
    commands = {
        "python -c pass": ([sys.executable, "-c", "pass"], 0),
        IMPORT_TORCH: ([sys.executable, "-c", "import torch"], 0),
        "summarize --help": ([*program, "--help"], 0),
        "summarize --nonsense": ([*program, "--nonsense"], 2),
        "summarize FILE, 500 words": ([*program, *summary], 0),
        "summarize --extractive FILE": ([*program, "--extractive", *summary], 0),
    }
    for setting in settings:
        if not setting.system.startswith("summarize"):
            command = worker_command(setting, resources, rows, 1, 1, warm_up=False)
            commands[f"{setting.label}, one article"] = (command, 0)
    return commands


def measure_processes(commands: dict[str, tuple[list[str], int]], rounds: int, threads: int) -> list[Sample]:
    """Samples of whole processes, in turn."""

    def step(label: str, round_: int) -> Sample | None:
        command, expected_code = commands[label]
        try:
            cpu, clock, _ = run_process(command, threads, expected_code)
        except MeasurementError as error:
            log(f"left out: {label}: {error}")
            return None
        return Sample(label, "process", 1, round_, cpu, clock)

    return list(round_robin(list(commands), rounds, step))


def measure_rates(
    settings: list[Setting], resources: Resources, rows: Path, batch_sizes: list[int], rounds: int
) -> list[Sample]:
    """Samples of all settings at all batch sizes, measured in turn, in the order of the settings."""

    def step(item: tuple[Setting, int], round_: int) -> Sample | None:
        setting, size = item
        try:
            sample = measure(setting, resources, rows, size, round_)
        except MeasurementError as error:
            log(f"left out: {setting.label}: {error}")
            return None
        log(f"round {round_ + 1}  {setting.decoding:10} {setting.label:34} batch {size:<3} {sample.rate:8.3f} a second")
        return sample

    items = [(setting, size) for size in batch_sizes for setting in settings]
    order = {(setting.label, setting.decoding, size): i for i, (setting, size) in enumerate(items)}
    samples = round_robin(items, rounds, step)
    return sorted(samples, key=lambda s: (s.round, order[s.label, s.decoding, s.batch_size]))


def measure_all(options: Options, folder: Path) -> tuple[list[Sample], list[Sample]]:
    """Samples of rates and of whole processes; folder is for the inputs."""
    resources = Resources(options.model, options.peers or folder / "peers", options.threads)
    engines = [setting.system.partition("/") for setting in options.settings]
    shapes = sorted({shape for engine, _, shape in engines if engine in peers.ENGINES})
    if shapes:
        log(f"making the peers' models: {', '.join(shapes)}")
        run_process([sys.executable, peers.__file__, str(resources.peers), *shapes], resources.threads)
    rows = folder / "articles.jsonl"
    prepare_articles(rows, options.articles, options.model, max([*options.sizes, 8]))
    text = folder / "first.txt"
    words = json.loads(rows.read_text("utf-8").splitlines()[0])["text"].split() * 2
    text.write_text(" ".join(words[:FIRST_SUMMARY_WORDS]), "utf-8")
    rates = measure_rates(options.settings, resources, rows, options.sizes, options.rounds)
    processes: list[Sample] = []
    if "process" in options.decoding.split(","):
        settings = [setting for setting in options.settings if setting.decoding != "greedy"]
        commands = process_commands(resources, text, rows, settings)
        processes = measure_processes(commands, options.rounds + 2, resources.threads)
    return rates, processes


@click.command(help=(__doc__ or "").replace("\n\n    pip", "\n\n\b\n    pip"))
@click.option("--rounds", default=3, show_default=True)
@click.option("--batch-sizes", default="1,8,32", show_default=True)
@click.option("--threads", default=1, show_default=True, help="Threads of every system, each on a core of its own.")
@click.option("--systems", default="", metavar="NAME,…", help="Only systems whose names contain one of these.")
@click.option("--decoding", default="beam,greedy,extraction,process", show_default=True, metavar="KIND,…")
@click.option("--articles", type=click.Path(exists=True, path_type=Path), metavar="FILE.jsonl",
              help="Rows with a text (or article, or document), instead of generated articles.")  # fmt: skip
@click.option("--model", default="news", show_default=True)
@click.option("--peers", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Keep the peers' models here (2 GB); without it, they are made each time.")  # fmt: skip
@click.option("--quick", is_flag=True, help="One round, batches of 1 and 8, no greedy search, no distilbart.")
@click.option("--json", type=click.Path(path_type=Path), metavar="FILE", help="Write all figures to this file.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Plot the rates into this file.")
def main(**parameters: Any) -> None:
    """Measure and report."""
    options = Options(**parameters)
    if options.quick:
        options = replace(options, rounds=1, batch_sizes="1,8", decoding="beam,extraction,process")
    if len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0] * 999) < options.threads:
        raise click.UsageError(f"--threads {options.threads}: this machine has fewer cores")
    with tempfile.TemporaryDirectory() as folder:
        rates, processes = measure_all(options, Path(folder))
    figures = {"rates": reporting.rate_rows(rates), "processes": reporting.process_rows(processes, IMPORT_TORCH)}
    about = reporting.machine() | {name: getattr(options, name) for name in ("rounds", "threads", "model")}
    console = Console(width=None if sys.stdout.isatty() else 160)  # in a file there is room for every column
    console.print(f"{about['processor']}, {' '.join(about['instructions'])}; threads: {about['threads']}")
    reporting.show(console, figures["rates"], figures["processes"])
    if options.json:
        reporting.save(options.json, about, list(chain(rates, processes)), figures)
    if options.plot:
        reporting.plot(options.plot, figures["rates"])


if __name__ == "__main__":
    main()
