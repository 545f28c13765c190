"""`summarize FILE…`: documents in, summaries out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.completion import first_words
from summarize.cli.explain import complain_of_claims, explain_options, needs_explanation
from summarize.cli.help import DefaultCommand, section
from summarize.cli.inputs import input_options, read_inputs, with_first
from summarize.cli.options import (
    asked_for,
    load_summarizer,
    manners,
    request_of,
    request_options,
    search_options,
)
from summarize.cli.output import Output, format_for, open_output, written_whole
from summarize.cli.progress import meter
from summarize.cli.streams import ExitStatus, complain, errors_explained, note
from summarize.records import Recorder
from summarize.rendering import FORMATS, renderer

if TYPE_CHECKING:
    from summarize.rendering import Record


@click.command("text", cls=DefaultCommand, hidden=True)
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|-]...", type=click.Path(), shell_complete=first_words)
@input_options
@request_options
@explain_options
@section("Output")
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), default="auto", show_default=True,
              help="auto: as the name of --output ends; rich on a terminal, plain elsewhere.")  # fmt: skip
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE",
              help="Write to FILE, which appears when all is done.")  # fmt: skip
@click.option("--resume", is_flag=True,
              help="Leave out the documents that --output FILE (JSON Lines) already holds.")  # fmt: skip
@manners
@search_options
def summarize_texts(files: tuple[str, ...], format_: Any, **options: Any) -> None:
    """Summarise FILES; - or nothing is standard input."""
    if not files and (sys.stdin is None or sys.stdin.isatty()):
        click.echo(click.get_current_context().parent.get_help(), err=True)  # type: ignore[union-attr]
        sys.exit(ExitStatus.USAGE)
    with errors_explained():
        format_ = format_for(format_, options["output"])
        options["request"] = asked_for(options)
        made_by = {name: options[name] for name in ("model", "request")}
        output = open_output(options["output"], format_, files or ("-",), resume=options["resume"], made_by=made_by)
        options["explain"] = needs_explanation(options, format_)
        failed, unsupported, done = _write_all(files or ("-",), format_, output, options)
        if output.held:
            note(f"{options['output']}: held {output.held:,} of {output.held + done:,} documents already")
        if failed and done > 1:
            complain(f"{failed:,} of {done:,} documents could not be summarised")
        if failed or unsupported:
            sys.exit(ExitStatus.DOCUMENT_FAILED)


def _write_all(paths: Sequence[str], format_: Any, output: Output, options: dict[str, Any]) -> tuple[int, int, int]:
    """Write the records of all documents that are not there yet; (how many failed, how many are not supported by
    their documents where that is asked for, how many there were)."""
    failed, unsupported, shared = 0, 0, output.stream is sys.stdout and sys.stdout.isatty()
    try:
        batches, total = with_first(read_inputs(paths, options, output.wants), paths)
    except BaseException:
        output.abandon(0)
        raise
    out = renderer(format_, output.stream, several=total != 1, color=options["color"])
    recorder = Recorder(
        lambda: (load_summarizer(options), request_of(options)),
        options["model"],
        options["request"],
        options["batch_size"],
        strict=options["strict"],
    )
    with (
        meter("summarising", total, shared=shared, color=options["color"]) as counted,
        written_whole(output, out) as write,
    ):
        for record in (record for batch in batches for record in recorder.records(batch)):
            if record.language:
                note(f"{record.source}: looks like {record.language}; the model reads English")
            write(record)
            counted.step(output.held)
            unsupported += complain_of_claims(record.complaints)
            if record.error is not None:
                failed += 1
                complain(record.error)
            elif not out.says_what_was_read and record.selected_words < record.words:
                note(f"{record.source}: {what_was_read(record)}")
    return failed, unsupported, counted.done


def what_was_read(record: Record) -> str:
    """How much of a document the model read, for one that is longer than its window."""
    if record.scored:
        return f"read {record.selected_words:,} of {record.words:,} words, the most worthwhile of the whole text"
    if record.request.get("outline"):  # titles, and sections of a few words, are not summarised
        return f"read {record.selected_words:,} of {record.words:,} words, those of sections with something to tell"
    return f"read the first {record.selected_words:,} of {record.words:,} words"
