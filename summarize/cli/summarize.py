"""`summarize FILE…`: documents in, summaries out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.completion import complete_argument
from summarize.cli.help import DefaultCommand, section
from summarize.cli.inputs import add_input_options, read_inputs, read_options_from, with_total
from summarize.cli.loading import ModelOptions, add_model_options, load_summarizer, model_options_from
from summarize.cli.options import (
    DisplayOptions,
    Values,
    add_display_options,
    add_request_options,
    display_options_from,
    request_from,
    run_settings_from,
    with_options,
)
from summarize.cli.output import Output, OutputOptions, format_for, open_output, record_writer
from summarize.cli.progress import meter
from summarize.cli.streams import ExitStatus, errors_reported, report, show_traceback
from summarize.errors import DocumentError
from summarize.records import Recorder, RunSettings
from summarize.rendering import FORMATS, make_renderer

if TYPE_CHECKING:
    from summarize.documents import Document, ReadOptions
    from summarize.pipeline.request import Request
    from summarize.rendering import Record

_CHECKING = (
    section("Checking"),
    click.option("--explain", is_flag=True,
                 help="Show the source of every word, and what the document does not support."),
    click.option("--strict", is_flag=True,
                 help="Exit with 1 if a summary has a number or name that is not in the document, or attributes "
                      "words or actions to the wrong person."),
)  # fmt: skip
_OUTPUT = (
    section("Output"),
    click.option("--format", "-f", "format_", type=click.Choice(FORMATS), default="auto", show_default=True,
                 help="auto: as the suffix of --output; without one, rich on a terminal and plain elsewhere."),
    click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE",
                 help="Write to FILE, which appears when all documents are done."),
    click.option("--resume", is_flag=True,
                 help="Skip the documents whose records are in --output FILE (JSON Lines) already."),
    add_display_options,
    click.option("--debug", is_flag=True, help="Show where in the program an unexpected error of a document occurred."),
)  # fmt: skip


@dataclass(frozen=True)
class SummarizeOptions:
    """The options of this command. strict: report what a document does not support. debug: show
    the traceback of an exception that nothing expected."""

    paths: tuple[str, ...]
    read: ReadOptions
    request: Request
    settings: RunSettings
    model: ModelOptions
    batch_size: int
    output: OutputOptions
    strict: bool
    debug: bool
    display: DisplayOptions

    @classmethod
    def from_values(cls, paths: tuple[str, ...], values: Values) -> SummarizeOptions:
        """Raises UsageError where options contradict each other."""
        format = format_for(values["format_"], values["output"])
        return cls(
            paths=paths,
            read=read_options_from(values),
            request=request_from(values, explain=values["explain"] or format == "html"),  # a page explains all words
            settings=run_settings_from(values),
            model=model_options_from(values, values["model"]),
            batch_size=values["batch_size"],
            output=OutputOptions(values["output"], format, values["resume"]),
            strict=values["strict"],
            debug=values["debug"],
            display=display_options_from(values),
        )


@dataclass
class Counts:
    """Documents of this run: all, those that failed, and those whose summaries they do not support (--strict)."""

    n_documents: int = 0
    n_failed: int = 0
    n_unsupported: int = 0


@click.command("text", cls=DefaultCommand, hidden=True)
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|-]...", type=click.Path(), shell_complete=complete_argument)
@add_input_options
@add_request_options
@partial(with_options, _CHECKING)
@partial(with_options, _OUTPUT)
@add_model_options
def summarize_documents(files: tuple[str, ...], **values: Any) -> None:
    """Summarise FILES; - or nothing is standard input."""
    if not files and (sys.stdin is None or sys.stdin.isatty()):
        click.echo(click.get_current_context().parent.get_help(), err=True)  # type: ignore[union-attr]
        sys.exit(ExitStatus.USAGE)
    with errors_reported():
        options = SummarizeOptions.from_values(files or ("-",), values)
        output = open_output(options.output, options.paths, options.settings)
        counts = _summarize(options, output)
        if output.n_resumed:
            n_total = output.n_resumed + counts.n_documents
            options.display.note(
                f"{options.output.path}: an earlier run has summarised {output.n_resumed:,} of {n_total:,} documents"
            )
        if counts.n_failed and counts.n_documents > 1:
            report(f"{counts.n_failed:,} of {counts.n_documents:,} documents could not be summarised")
        if counts.n_failed or counts.n_unsupported:
            sys.exit(ExitStatus.DOCUMENT_FAILED)


def _summarize(options: SummarizeOptions, output: Output) -> Counts:
    """Write the records of all documents that the output needs, and report what is to be said of each."""
    try:
        batches, n_total = with_total(
            read_inputs(options.paths, options.read, options.batch_size, output.needs), options.paths
        )
    except BaseException:
        output.abandon(0)
        raise
    display, counts = options.display, Counts()
    out = make_renderer(options.output.format, output.stream, several=n_total != 1, color=display.color)
    recorder = Recorder(
        partial(load_summarizer, options.model),
        options.request,
        options.settings,
        options.batch_size,
        strict=options.strict,
        on_unexpected=show_traceback if options.debug else lambda _: None,
    )
    shares_terminal = output.stream is sys.stdout and sys.stdout.isatty()
    with (
        meter("summarising", n_total, display, shares_terminal=shares_terminal) as progress,
        record_writer(output, out) as write,
    ):
        for record in (record for batch in _noted(batches, display) for record in recorder.records(batch)):
            if record.language:
                display.note(
                    f"{record.source}: looks like {record.language}; the model reads {recorder.model_language}, "
                    "so sentences of the text were selected without it"
                )
            write(record)
            progress.step(output.n_resumed)
            _report(record, display, shows_word_counts=out.shows_word_counts)
            counts.n_documents += 1
            counts.n_failed += record.error is not None
            counts.n_unsupported += bool(record.claim_messages)
    return counts


def _noted(
    batches: Iterable[list[Document | DocumentError]], display: DisplayOptions
) -> Iterator[list[Document | DocumentError]]:
    """The batches; what could not be read within their documents is reported."""
    for batch in batches:
        for document in batch:
            if not isinstance(document, DocumentError):
                for note in document.notes:
                    display.note(f"{document.location}: {note}")
        yield batch


def _report(record: Record, display: DisplayOptions, *, shows_word_counts: bool) -> None:
    """Report an error of a document, what it does not support, and how much of it was read if the output does not."""
    for message in record.claim_messages:
        report(message)
    if record.error is not None:
        report(record.error)
    elif not shows_word_counts and record.n_words_read < record.n_words:
        display.note(f"{record.source}: {_what_was_read(record)}")


def _what_was_read(record: Record) -> str:
    """How much of a document was read, of which not all was."""
    if record.selected_by_salience:
        return f"read {record.n_words_read:,} of {record.n_words:,} words, selected from the whole text"
    if record.request.get("outline"):  # titles and sections of a few words have no summary
        return f"read {record.n_words_read:,} of {record.n_words:,} words; sections of a few words are left out"
    return f"read the first {record.n_words_read:,} of {record.n_words:,} words"
