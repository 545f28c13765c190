"""`summarize FILE…`: documents in, summaries out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.completion import first_words
from summarize.cli.explain import (
    complain_of_claims,
    explain_options,
    needs_explanation,
    unsupported_claims,
    with_explanation,
)
from summarize.cli.help import DefaultCommand, section
from summarize.cli.options import load_summarizer, manners, request_of, request_options, search_options
from summarize.cli.output import Output, format_for, open_output, written_whole
from summarize.cli.progress import meter
from summarize.cli.streams import ExitStatus, complain, errors_explained, note
from summarize.errors import DocumentError
from summarize.rendering import FORMATS, renderer

if TYPE_CHECKING:
    from summarize.documents import Document
    from summarize.rendering import Record
    from summarize.summarizer import Sentence, Summarizer, Summary


@click.command("text", cls=DefaultCommand, hidden=True)
@click.argument("files", nargs=-1, metavar="[FILE|-]...", type=click.Path(), shell_complete=first_words)
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
        output = open_output(
            options["output"], format_, files or ("-",), resume=options["resume"], model=options["model"]
        )
        options["explain"] = needs_explanation(options, format_)
        failed, unsupported, done = _write_all(files or ("-",), format_, output, options)
        if output.held:
            note(f"{options['output']}: held {output.held:,} of {output.held + done:,} documents already")
        if failed and done > 1:
            complain(f"{failed:,} of {done:,} documents could not be summarised")
        if failed or unsupported:
            sys.exit(ExitStatus.DOCUMENT_FAILED)


def _write_all(files: Sequence[str], format_: Any, output: Output, options: dict[str, Any]) -> tuple[int, int, int]:
    """Write the records of all files that are not there yet; (how many failed, how many are not supported by their
    documents where that is asked for, how many there were)."""
    failed, unsupported, shared = 0, 0, output.stream is sys.stdout and sys.stdout.isatty()
    out = renderer(format_, output.stream, several=len(files) > 1, color=options["color"])
    with (
        meter("summarising", len(files), shared=shared, color=options["color"]) as counted,
        written_whole(output, out) as write,
    ):
        for record in _records((path for path in files if output.wants(_source(path))), options):
            write(record)
            counted.step(output.held)
            unsupported += complain_of_claims(record.complaints)
            if record.error is not None:
                failed += 1
                complain(record.error)
            elif not out.says_what_was_read and record.selected_words < record.words:
                note(f"{record.source}: {what_was_read(record)}")
    return failed, unsupported, counted.done


def _source(path: str) -> str:
    """What a record calls the document at a path."""
    return "stdin" if path == "-" else os.fsencode(path).decode("utf-8", "replace")


def _records(files: Iterable[str], options: dict[str, Any]) -> Iterator[Record]:
    """A record for every file, in order, a batch at a time. The model is loaded once there is a text to read."""
    from summarize.documents import Document, try_read_document

    summarizer: Summarizer | None = None
    files = iter(files)
    while chunk := list(islice(files, options["batch_size"])):
        documents = [try_read_document(path) for path in chunk]
        texts = [d.text for d in documents if isinstance(d, Document)]
        if texts and summarizer is None:
            summarizer = load_summarizer(options)
        results = summarizer.try_many(texts, len(texts), request_of(options)) if summarizer and texts else iter(())
        for path, document in zip(chunk, documents, strict=True):
            result = document if isinstance(document, DocumentError) else next(results)
            yield _record(_source(path), document, result, options)


def what_was_read(record: Record) -> str:
    """How much of a document the model read, for one that is longer than its window."""
    if record.scored:
        return f"read {record.selected_words:,} of {record.words:,} words, the most worthwhile of the whole text"
    return f"read the first {record.selected_words:,} of {record.words:,} words"


def _record(
    source: str, document: Document | DocumentError, result: Summary | DocumentError, options: dict[str, Any]
) -> Record:
    """A summary or an error as a record."""
    from summarize.rendering import Record

    if isinstance(result, DocumentError) or isinstance(document, DocumentError):
        message = str(result)
        named = message if message.startswith(source) else f"{source}: {message}"
        return Record(source, options["model"], error=named)
    record = Record(
        source,
        options["model"],
        result.text,
        tuple(_sentence(sentence) for sentence in result.sentences),
        result.words,
        result.selected_words,
        scored=result.scored,
        complaints=unsupported_claims(source, document.text, result) if options["strict"] else (),
    )
    return with_explanation(record, result)


def _sentence(sentence: Sentence) -> dict[str, Any]:
    """A sentence as it stands in a JSON record; spans are characters of the document."""
    words = [{"text": w.text, "copied": round(w.copied, 4), "span": w.span} for w in sentence.words]
    return {"text": sentence.text, "words": words}
