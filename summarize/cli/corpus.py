"""`summarize corpus INPUT… --output DIR`: many documents in shards, on all processors or a cluster."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from summarize import __version__
from summarize.cli.help import Command, section
from summarize.cli.inputs import corpus_input_options, read_options
from summarize.cli.options import (
    BATCH_OPTIONS,
    BEAM_OPTIONS,
    MODEL_OPTION,
    STYLE_OPTION,
    Decorator,
    asked_for,
    manners,
    request_of,
    request_options,
    searched,
    with_options,
)
from summarize.cli.streams import ExitStatus, complain, errors_explained, is_quiet, note, print_above
from summarize.rendering.terminal import Color, can_redraw, console

if TYPE_CHECKING:
    from summarize.corpus import Engine, Job, Progress

EXAMPLES = (
    ("Every file of a folder, on all processors of this machine", "summarize corpus articles/ -o summaries/"),
    ("Go on after an interruption, or with new files: the same command again",
     "summarize corpus articles/ -o summaries/"),
    ("Parquet files in a bucket, on a Ray cluster",
     "summarize corpus 's3://bucket/articles/*.parquet' -o s3://bucket/summaries --engine ray --ray-address auto"),
)  # fmt: skip
MODEL_OPTIONS: tuple[Decorator, ...] = (section("Model"), MODEL_OPTION, STYLE_OPTION, *BEAM_OPTIONS)
MACHINE_OPTIONS: tuple[Decorator, ...] = (
    section("Machines"),
    click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True,
                 help="What runs the workers: this machine, or Ray."),
    click.option("--ray-address", metavar="ADDRESS",
                 help="The cluster, or auto for the one around. [default: RAY_ADDRESS, or a Ray on this machine]"),
    click.option("--workers", type=click.IntRange(1), help="Models at work. [default: processors / --threads]"),
    click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True,
                 help="Processor threads of each worker."),
    *BATCH_OPTIONS,
)  # fmt: skip
SECONDS_A_LINE = 60  # of progress, where stderr is no terminal


@click.command("corpus", cls=Command, short_help="Summarise many documents, on many machines.", examples=EXAMPLES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@section("Output")
@click.option("--output", "-o", required=True, metavar="DIR",
              help="A folder, or an address as of INPUT; a file of JSON Lines for each shard.")  # fmt: skip
@manners
@corpus_input_options
@request_options
@lambda command: with_options(MODEL_OPTIONS, command)
@lambda command: with_options(MACHINE_OPTIONS, command)
def corpus(inputs: tuple[str, ...], output: str, color: Color, **options: Any) -> None:
    """Summarise every document of INPUTs: files, folders and patterns, on this machine or at any address that fsspec
    knows (s3://…, gs://…).

    A file of many documents (JSON Lines, Parquet, CSV) is a shard; other files make shards of a thousand. DIR gets a
    file for each shard, whole or not at all, under the shard's name below the folder that all inputs share, and the
    documents that failed in errors.jsonl. The same command again does what is left; with other options it is refused.
    """
    with errors_explained():
        from summarize.corpus import Run, absolute, find_shards

        shards = find_shards(inputs, options["input_format"], output)
        run = Run(_job(absolute(output), options), shards)
        last, left = run.start, []
        with _shown(color) as show, closing(run.go(_engine(options))) as steps:
            for last in steps:
                if last.complaint:
                    left.append(last.complaint)
                    complain(last.complaint)
                show(last)
        _tell(output, last, len(left))
        if last.failed or left:
            sys.exit(ExitStatus.DOCUMENT_FAILED)


def _job(output: str, options: dict[str, Any]) -> Job:
    """What the options ask for. Raises UsageError where the model cannot do it."""
    from summarize.checkpoints.lora import style_folders
    from summarize.checkpoints.model_folder import find_model, load_config, model_folders
    from summarize.corpus import Job
    from summarize.errors import UsageError
    from summarize.pipeline.style_router import AUTO, weights_of

    model, style, request = options["model"], options["style"], request_of(options)
    folder = find_model(model)
    if request.extractive and not load_config(folder)[0].salience:
        raise UsageError("this model cannot extract: it was trained without --salience-weight")
    return Job(
        output=output,
        version=__version__,
        model=model,
        folder=model if model in model_folders() else os.path.abspath(folder),
        style=style if style in (None, AUTO, *style_folders(folder)) else os.path.abspath(style),
        fingerprint=weights_of(model, style),
        request=request,
        search=searched(options),
        read=read_options(options),
        options=asked_for(options),
        batch_size=options["batch_size"],
        threads=options["threads"],
        device=options["device"],
        precision=options["precision"],
    )


def _engine(options: dict[str, Any]) -> Engine:
    from summarize.corpus import LocalEngine, RayEngine
    from summarize.errors import UsageError

    if options["engine"] == "ray":
        return RayEngine(options["ray_address"], options["workers"])
    if options["ray_address"]:
        raise UsageError("--ray-address is for --engine ray")
    return LocalEngine(options["workers"] or max(1, _processors() // options["threads"]))


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _shown(color: Color) -> Iterator[Callable[[Progress], None]]:
    """Shows progress on stderr: a bar on a terminal, elsewhere a line a minute."""
    start = time.monotonic()
    if is_quiet():
        yield lambda progress: None
    elif can_redraw(sys.stderr):
        with _bar(color) as show:
            yield lambda progress: show(progress, _told(progress, time.monotonic() - start))
    else:
        said = start

        def show_line(progress: Progress) -> None:
            nonlocal said
            if time.monotonic() - said >= SECONDS_A_LINE:
                said = time.monotonic()
                share = (progress.read + progress.held) / max(1, progress.of)
                note(f"{share:.1%}, {_told(progress, said - start)}")

        yield show_line


@contextmanager
def _bar(color: Color) -> Iterator[Callable[[Progress, str], None]]:
    """A bar of bytes, for nobody knows how many documents there are until all are read."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False))
    bars = Bars(*columns, console=console(sys.stderr, color), transient=True, redirect_stdout=False,
                redirect_stderr=False)  # fmt: skip
    with bars:
        task = bars.add_task("starting", total=None)
        print_above.append(lambda line: bars.console.print(Text(line), soft_wrap=True))
        try:
            yield lambda progress, told: bars.update(
                task, total=max(1, progress.of), completed=progress.read + progress.held, description=told
            )
        finally:
            print_above.pop()


def _told(progress: Progress, seconds: float) -> str:
    """How many documents, how quickly, and how long the rest takes at this rate."""
    rate = progress.documents / max(seconds, 1e-9)
    speed = f"{rate:,.1f} a second" if rate >= 1 or not rate else f"{1 / rate:.1f} s each"
    told = f"{progress.documents:,} documents, {speed}, {progress.shards:,} of {progress.of_shards:,} shards"
    if progress.read:
        left = seconds * (progress.of - progress.held - progress.read) / progress.read
        told += f", {_duration(left)} left"
    return told


def _duration(seconds: float) -> str:
    """In the two units that say it best."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{round(seconds)} s"
    hours, days = minutes // 60, minutes // 1440
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if days < 2 else f"{days} d {hours % 24} h"


def _tell(output: str, progress: Progress, left: int) -> None:
    """What the run came to."""
    note(
        f"{output}: {progress.shards:,} of {progress.of_shards:,} shards are whole; "
        f"{progress.documents:,} documents in this run"
    )
    if progress.failed:
        complain(f"{progress.failed:,} of {progress.documents:,} documents failed; {output}/errors.jsonl says why")
    if left:
        complain(
            f"{left:,} of {progress.of_shards:,} shards left: inputs could not be read; the same command tries again"
        )
