"""This program and its peers side by side: speed, start and memory, on the same articles, threads and lengths.

    pip install '.[benchmark]'
    python scripts/benchmark --json figures.json --plot figures.svg     # about an hour and a half on one core
    python scripts/benchmark --quick                                    # some minutes

Articles have 512 tokens. Peers write exactly 60 tokens with beams of four, or greedily; their weights are random and
made here, so nothing is downloaded and their summaries mean nothing. This program writes sentence by sentence, as many
as it finds best: "as shipped" is what a person gets, "beams as the peers" reads and searches as widely as they do.

Rates are articles per processor second (of all threads), warm; × says how many times as fast the first line is, as
the median over rounds of the ratio within each round, in which all systems ran one after another. Generated: words (a
peer's: tokens) a summary. Peak MB: the most memory resident at each batch size, weights and libraries included.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import articles as inputs
import click
import reporting
from measuring import MeasurementError, Sample, in_turn, measure, whole_process, worker
from rich.console import Console
from systems import PIECES_IN, SETTINGS, Place, Setting

TORCH = "python -c 'import torch'"
WORDS_OF_FIRST = 500  # of the text whose first summary is waited for
# Are left out where it is to be quick.
SLOW = ("ctranslate2/distilbart-12-6", "transformers/distilbart-12-6", "summarize-bf16", "summarize-fp32")


def say(text: str) -> None:
    """A line on stderr, where the tables are not."""
    click.echo(text, err=True)


def prepare_articles(path: Path, given: Path | None, model: str, count: int) -> None:
    """Write so many articles of the same length to a file."""
    from summarize.checkpoints.files import TOKENIZER
    from summarize.checkpoints.model_folder import find_model
    from summarize.text.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(find_model(model) / TOKENIZER)
    texts = inputs.from_file(given) if given else inputs.made_up()
    try:
        cut = inputs.of_length(texts, tokenizer, PIECES_IN - 2, count)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in cut), "utf-8")


def processes(place: Place, text: Path, articles: Path, settings: list[Setting]) -> dict[str, tuple[list[str], int]]:
    """Whole processes that are measured, by name: the command, and the code that it ends with."""
    program = [sys.executable, "-m", "summarize"]
    first = ["-m", place.model, "--threads", str(place.threads), str(text)]
    found = {
        "python -c pass": ([sys.executable, "-c", "pass"], 0),
        TORCH: ([sys.executable, "-c", "import torch"], 0),
        "summarize --help": ([*program, "--help"], 0),
        "summarize --nonsense": ([*program, "--nonsense"], 2),
        "summarize FILE, 500 words": ([*program, *first], 0),
        "summarize --extractive FILE": ([*program, "--extractive", *first], 0),
    }
    for setting in settings:
        if not setting.system.startswith("summarize"):
            found[f"{setting.name}, one article"] = (worker(setting, place, articles, 1, 1, cold=True), 0)
    return found


def measure_processes(commands: dict[str, tuple[list[str], int]], rounds: int, threads: int) -> list[Sample]:
    """Samples of whole processes, in turn."""

    def step(name: str, number: int) -> Sample | None:
        command, expected = commands[name]
        try:
            cpu, clock, _ = whole_process(command, threads, expected)
        except MeasurementError as error:
            say(f"left out: {name}: {error}")
            return None
        return Sample(name, "process", 1, number, cpu, clock)

    return list(in_turn(list(commands), rounds, step))


def measure_rates(
    settings: list[Setting], place: Place, articles: Path, batches: list[int], rounds: int
) -> list[Sample]:
    """Samples of all settings at all batch sizes, in turn."""

    def step(thing: tuple[Setting, int], number: int) -> Sample | None:
        setting, batch = thing
        try:
            sample = measure(setting, place, articles, batch, number)
        except MeasurementError as error:
            say(f"left out: {setting.name}: {error}")
            return None
        say(f"round {number + 1}  {setting.decoding:10} {setting.name:34} batch {batch:<3} {sample.rate:8.3f} a second")
        return sample

    things = [(setting, batch) for batch in batches for setting in settings]
    order = {(setting.name, setting.decoding, batch): i for i, (setting, batch) in enumerate(things)}
    samples = in_turn(things, rounds, step)
    return sorted(samples, key=lambda s: (s.round, order[s.name, s.decoding, s.batch]))


@click.command(help=(__doc__ or "").replace("\n\n    pip", "\n\n\b\n    pip"))
@click.option("--rounds", default=3, show_default=True)
@click.option("--batch-sizes", default="1,8,32", show_default=True)
@click.option("--threads", default=1, show_default=True, help="Of every system; each has a core of its own.")
@click.option("--systems", default="", metavar="NAME,…", help="Only those whose names contain one of these.")
@click.option("--decoding", default="beam,greedy,extraction,process", show_default=True, metavar="KIND,…")
@click.option("--articles", type=click.Path(exists=True, path_type=Path), metavar="FILE.jsonl",
              help="Rows with a text (or article, or document), instead of made-up ones.")  # fmt: skip
@click.option("--model", default="news", show_default=True)
@click.option("--peers", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Where the peers' models stay (2 GB); else they are made anew.")  # fmt: skip
@click.option("--quick", is_flag=True, help="One round, batches of 1 and 8, no greedy search, no distilbart.")
@click.option("--json", "json_", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE")
def main(**options: Any) -> None:
    """Measure and report."""
    if options["quick"]:
        options |= {"rounds": 1, "batch_sizes": "1,8", "decoding": "beam,extraction,process"}
    kinds, names = options["decoding"].split(","), options["systems"].split(",")
    settings = [s for s in SETTINGS if s.decoding in kinds and any(name in s.system for name in names)]
    if options["quick"]:
        settings = [s for s in settings if s.system not in SLOW]
    if len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0] * 999) < options["threads"]:
        raise click.UsageError(f"there are no {options['threads']} cores for so many threads")
    batches = sorted({int(size) for size in options["batch_sizes"].split(",")})
    with tempfile.TemporaryDirectory() as folder:
        samples, wholes = _measured(options, settings, batches, Path(folder))
    figures = {"rates": reporting.rows(samples), "processes": reporting.process_rows(wholes, TORCH)}
    about = reporting.machine() | {key: options[key] for key in ("rounds", "threads", "model")}
    console = Console(width=None if sys.stdout.isatty() else 160)  # in a file, room for every column
    console.print(f"{about['processor']}, {' '.join(about['instructions'])}; threads: {about['threads']}")
    reporting.show(console, figures["rates"], figures["processes"])
    if options["json_"]:
        reporting.save(options["json_"], about, list(chain(samples, wholes)), figures)
    if options["plot"]:
        reporting.plot(options["plot"], figures["rates"])


def _measured(
    options: dict[str, Any], settings: list[Setting], batches: list[int], folder: Path
) -> tuple[list[Sample], list[Sample]]:
    """Samples of rates, and of whole processes."""
    import peers

    place = Place(options["model"], options["peers"] or folder / "peers", options["threads"])
    shapes = sorted({s.system.partition("/")[2] for s in settings if s.system.split("/")[0] in peers.KINDS})
    if shapes:
        say(f"making the peers' models: {', '.join(shapes)}")
        whole_process([sys.executable, peers.__file__, str(place.peers), *shapes], place.threads)
    articles = folder / "articles.jsonl"
    prepare_articles(articles, options["articles"], options["model"], max([*batches, 8]))
    first = folder / "first.txt"
    words = json.loads(articles.read_text("utf-8").splitlines()[0])["text"].split() * 2
    first.write_text(" ".join(words[:WORDS_OF_FIRST]), "utf-8")
    samples = measure_rates(settings, place, articles, batches, options["rounds"])
    wholes: list[Sample] = []
    if "process" in options["decoding"].split(","):
        once = [s for s in settings if s.decoding != "greedy"]
        wholes = measure_processes(processes(place, first, articles, once), options["rounds"] + 2, place.threads)
    return samples, wholes


if __name__ == "__main__":
    main()
