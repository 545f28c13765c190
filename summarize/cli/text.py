"""`summarize FILE…`: documents in, summaries out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.options import load_summarizer, request_of, request_options, search_options
from summarize.cli.streams import ExitStatus, complain, errors_explained
from summarize.errors import DocumentError
from summarize.rendering import FORMATS

if TYPE_CHECKING:
    from summarize.rendering import Record
    from summarize.summarizer import Sentence, Summarizer, Summary


@click.command("text", hidden=True)
@click.argument("files", nargs=-1, metavar="[FILE|-]...")
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS),
              default="auto", show_default=True, help="auto: rich on a terminal, plain elsewhere.")  # fmt: skip
@request_options
@search_options
def summarize_texts(files: tuple[str, ...], format_: Any, **options: Any) -> None:
    """Summarise FILES; - or nothing is standard input."""
    if not files and (sys.stdin is None or sys.stdin.isatty()):
        click.echo(click.get_current_context().parent.get_help(), err=True)  # type: ignore[union-attr]
        sys.exit(ExitStatus.USAGE)
    with errors_explained():
        from summarize.rendering import renderer

        failed = 0
        output = renderer(format_, sys.stdout, several=len(files) > 1)
        for record in _records(files or ("-",), options):
            output.write(record)
            if record.error is not None:
                failed += 1
                complain(record.error)
            elif not output.says_what_was_read and record.selected_words < record.words:
                complain(f"{record.source}: read the first {record.selected_words:,} of {record.words:,} words")
        output.close()
        if failed and len(files) > 1:
            complain(f"{failed} of {len(files)} documents could not be summarised")
        if failed:
            sys.exit(ExitStatus.DOCUMENT_FAILED)


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
            source = "stdin" if path == "-" else os.fsencode(path).decode("utf-8", "replace")
            yield _record(source, document if isinstance(document, DocumentError) else next(results), options)


def _record(source: str, result: Summary | DocumentError, options: dict[str, Any]) -> Record:
    """A summary or an error as a record."""
    from summarize.rendering import Record

    if isinstance(result, DocumentError):
        message = str(result)
        named = message if message.startswith(source) else f"{source}: {message}"
        return Record(source, options["model"], error=named)
    return Record(
        source,
        options["model"],
        result.text,
        tuple(_sentence(sentence) for sentence in result.sentences),
        result.words,
        result.selected_words,
    )


def _sentence(sentence: Sentence) -> dict[str, Any]:
    """A sentence as it stands in a JSON record; spans are characters of the document."""
    words = [{"text": w.text, "copied": round(w.copied, 4), "span": w.span} for w in sentence.words]
    return {"text": sentence.text, "words": words}
