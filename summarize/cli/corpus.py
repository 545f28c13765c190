"""`summarize corpus INPUT… --output DIR`: many documents in shards, on all processors or a cluster."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import click

from summarize import __version__
from summarize.cli.help import Command, section
from summarize.cli.inputs import add_corpus_input_options, read_options_from
from summarize.cli.loading import (
    BATCH_OPTIONS,
    BEAM_OPTIONS,
    MODEL_OPTION,
    STYLE_OPTION,
    ModelOptions,
    model_options_from,
)
from summarize.cli.options import (
    Decorator,
    DisplayOptions,
    Values,
    add_display_options,
    add_request_options,
    display_options_from,
    request_from,
    run_settings_from,
    with_options,
)
from summarize.cli.progress import progress_bar, rate_text
from summarize.cli.streams import ExitStatus, errors_reported, report
from summarize.concurrency import n_processors
from summarize.errors import UsageError
from summarize.rendering.terminal import can_redraw

if TYPE_CHECKING:
    from summarize.corpus import Engine, Job, Progress
    from summarize.documents import ReadOptions
    from summarize.pipeline.request import Request
    from summarize.records import RunSettings

EXAMPLES = (
    ("Every file of a folder, on all processors of this machine", "summarize corpus articles/ -o summaries/"),
    ("Continue after an interruption, or with new files: the same command again",
     "summarize corpus articles/ -o summaries/"),
    ("Parquet files in a bucket, on a Ray cluster",
     "summarize corpus 's3://bucket/articles/*.parquet' -o s3://bucket/summaries --engine ray --ray-address auto"),
)  # fmt: skip
_OUTPUT: tuple[Decorator, ...] = (
    section("Output"),
    click.option("--output", "-o", required=True, metavar="DIR",
                 help="A folder or an address like INPUT; it gets a file of JSON Lines for each shard."),
    add_display_options,
)  # fmt: skip
_MODEL: tuple[Decorator, ...] = (section("Model"), MODEL_OPTION, STYLE_OPTION, *BEAM_OPTIONS)
_MACHINES: tuple[Decorator, ...] = (
    section("Machines"),
    click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True,
                 help="Where workers run: on this machine, or on Ray."),
    click.option("--ray-address", metavar="ADDRESS",
                 help="The Ray cluster; auto: the one that this machine is in. "
                      "[default: RAY_ADDRESS, or a Ray on this machine]"),
    click.option("--workers", type=click.IntRange(1),
                 help="Workers, each with a model of its own. [default: processors / --threads]"),
    click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True,
                 help="Processor threads of each worker."),
    *BATCH_OPTIONS,
)  # fmt: skip
SECONDS_BETWEEN_LINES = 60  # of progress, where stderr is not a terminal


@dataclass(frozen=True)
class CorpusOptions:
    """The options of this command. workers: None is as many as the processors are for."""

    inputs: tuple[str, ...]
    output: str
    read: ReadOptions
    request: Request
    settings: RunSettings
    model: ModelOptions
    threads: int
    batch_size: int
    engine: Literal["local", "ray"]
    ray_address: str | None
    workers: int | None
    display: DisplayOptions

    @classmethod
    def from_values(cls, values: Values) -> CorpusOptions:
        """Raises UsageError where options contradict each other."""
        if values["ray_address"] and values["engine"] != "ray":
            raise UsageError("--ray-address is for --engine ray")
        return cls(
            read=read_options_from(values),
            request=request_from(values),
            settings=run_settings_from(values),
            model=model_options_from(values, values["model"]),
            display=display_options_from(values),
            **{
                name: values[name]
                for name in ("inputs", "output", "threads", "batch_size", "engine", "ray_address", "workers")
            },
        )


@click.command("corpus", cls=Command, short_help="Summarise many documents, on many machines.", examples=EXAMPLES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@partial(with_options, _OUTPUT)
@add_corpus_input_options
@add_request_options
@partial(with_options, _MODEL)
@partial(with_options, _MACHINES)
def corpus(**values: Any) -> None:
    """Summarise every document of INPUTs: files, folders and patterns, on this machine or at any address that fsspec
    can open (s3://…, gs://…).

    A file of many documents (JSON Lines, Parquet, CSV) is a shard; other files make shards of a thousand. DIR gets a
    file for each shard once the shard is complete, under the shard's path below the folder that all inputs share. The
    documents that failed are in errors.jsonl. The same command again continues the run; with other options it is
    refused.
    """
    with errors_reported():
        from summarize.corpus import Run, absolute, find_shards

        options = CorpusOptions.from_values(values)
        shards = find_shards(options.inputs, options.read.format, options.output)
        run = Run(_job(absolute(options.output), options), shards)
        progress, n_incomplete = run.initial_progress, 0
        with _progress_shown(options.display) as show, closing(run.execute(_engine(options))) as steps:
            for progress in steps:
                if progress.failure:
                    n_incomplete += 1
                    report(progress.failure)
                show(progress)
        _report_end(options, progress, n_incomplete)
        if progress.n_failed or progress.n_earlier_failed or n_incomplete:
            sys.exit(ExitStatus.DOCUMENT_FAILED)


def _job(output: str, options: CorpusOptions) -> Job:
    """What every worker is to do. Raises UsageError where the model cannot do it, and CheckpointError."""
    from summarize.checkpoints.lora import style_folders
    from summarize.checkpoints.model_folder import can_extract, model_folders
    from summarize.corpus import Job
    from summarize.pipeline.style_router import AUTO, StyledModel

    model, style = options.model.model, options.model.style
    styled_model = StyledModel.resolve(model, style)
    is_name = style in (AUTO, *style_folders(styled_model.folder))  # else a folder, which workers need by its full path
    if options.request.extractive and not can_extract(styled_model.folder):
        raise UsageError("--extractive: this model cannot extract; it was trained without --salience-weight")
    return Job(
        output=output,
        version=__version__,
        model=model,
        folder=model if model in model_folders() else os.path.abspath(styled_model.folder),
        style=style if style is None or is_name else os.path.abspath(style),
        fingerprint=styled_model.fingerprint(),
        request=options.request,
        search=options.model.search,
        read=options.read,
        options=options.settings.options,
        batch_size=options.batch_size,
        threads=options.threads,
        device=options.model.device,
        precision=options.model.precision,
    )


def _engine(options: CorpusOptions) -> Engine:
    from summarize.corpus import LocalEngine, RayEngine

    if options.engine == "ray":
        return RayEngine(options.ray_address, options.workers)
    return LocalEngine(options.workers or max(1, n_processors() // options.threads))


@contextmanager
def _progress_shown(display: DisplayOptions) -> Iterator[Callable[[Progress], None]]:
    """A function that shows progress on stderr: as a bar on a terminal, elsewhere as a line a minute."""
    start = time.monotonic()
    if display.quiet:
        yield lambda progress: None
    elif can_redraw(sys.stderr):
        with _byte_bar(display) as update:
            yield lambda progress: update(progress, _status(progress, time.monotonic() - start))
    else:
        last_line = start

        def show_line(progress: Progress) -> None:
            nonlocal last_line
            if time.monotonic() - last_line >= SECONDS_BETWEEN_LINES:
                last_line = time.monotonic()
                display.note(f"{progress.share:.1%}, {_status(progress, last_line - start)}")

        yield show_line


@contextmanager
def _byte_bar(display: DisplayOptions) -> Iterator[Callable[[Progress, str], None]]:
    """A bar of bytes: how many documents there are is not known before all are read."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn

    columns = [BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False)]
    with progress_bar(columns, display) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda progress, status: bar.update(
            task,
            total=max(1, progress.n_total_bytes),
            completed=progress.n_bytes + progress.n_earlier_bytes,
            description=status,
        )


def _status(progress: Progress, seconds: float) -> str:
    """How many documents and shards are done, and after so many seconds of this run, its rate and the time left."""
    rate = rate_text(progress.n_documents / max(seconds, 1e-9))
    n_documents = progress.n_documents + progress.n_earlier_documents
    status = f"{n_documents:,} documents, {rate}, {progress.n_shards:,} of {progress.n_total_shards:,} shards"
    if progress.n_bytes:
        n_bytes_left = progress.n_total_bytes - progress.n_earlier_bytes - progress.n_bytes
        seconds_left = seconds * n_bytes_left / progress.n_bytes
        status += f", {_duration(seconds_left)} left"
    return status


def _duration(seconds: float) -> str:
    """Seconds in the one or two units that suit them."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{round(seconds)} s"
    hours, days = minutes // 60, minutes // 1440
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if days < 2 else f"{days} d {hours % 24} h"


def _report_end(options: CorpusOptions, progress: Progress, n_incomplete: int) -> None:
    """Report how many shards are complete, how many documents failed, and how many shards could not be read."""
    output = options.output
    n_documents = progress.n_documents + progress.n_earlier_documents
    n_failed = progress.n_failed + progress.n_earlier_failed
    of_this_run = f", {progress.n_documents:,} of them in this run" if progress.n_earlier_documents else ""
    options.display.note(
        f"{output}: {progress.n_shards:,} of {progress.n_total_shards:,} shards are complete; "
        f"{n_documents:,} documents{of_this_run}"
    )
    if n_failed:
        report(f"{n_failed:,} of {n_documents:,} documents failed; {output}/errors.jsonl says why")
    if n_incomplete:
        report(
            f"{n_incomplete:,} of {progress.n_total_shards:,} shards are incomplete: inputs could not be read; "
            "the same command tries again"
        )
