"""`summarize FILE…`: documents in, summaries out."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from summarize.cli.inputs import input_options, read_inputs, with_first
from summarize.cli.options import asked_for, load_summarizer, manners, request_of, request_options, search_options
from summarize.cli.output import Output, format_for, open_output, written_whole
from summarize.cli.progress import meter
from summarize.cli.streams import ExitStatus, complain, errors_explained, note
from summarize.errors import DocumentError
from summarize.language import foreign_language
from summarize.rendering import FORMATS, renderer

if TYPE_CHECKING:
    from summarize.documents import Document
    from summarize.planning import Request, Sectioned
    from summarize.rendering import Record
    from summarize.summarizer import Sentence, Summarizer, Summary


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
    with (
        meter("summarising", total, shared=shared, color=options["color"]) as counted,
        written_whole(output, out) as write,
    ):
        for record in _records(batches, options):
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


def _records(batches: Iterable[list[Document | DocumentError]], options: dict[str, Any]) -> Iterator[Record]:
    """A record for every document, in order, a batch at a time. The model is loaded once there is a text to read."""
    summarizer: Summarizer | None = None
    for batch in batches:
        texts = [_sectioned(document) for document in batch if not isinstance(document, DocumentError)]
        if texts and summarizer is None:
            summarizer = load_summarizer(options)
        languages = [foreign_language(sectioned.text) for sectioned in texts]
        results = _summaries(summarizer, texts, languages, request_of(options)) if summarizer else iter(())
        for document in batch:
            if isinstance(document, DocumentError):
                yield _failed(document.source or "", str(document), document.fields, options)
            else:
                result, language = next(results)
                yield _record(document, result, language, options)


def _summaries(
    summarizer: Summarizer, texts: Sequence[Sectioned], languages: Sequence[str | None], request: Request
) -> Iterator[tuple[Summary | DocumentError, str | None]]:
    """(what became of it, its language if that is not English) of each text, in order. A text that the model cannot
    read well is given in its own sentences, where the model can choose them."""
    extract = dataclasses.replace(request, extractive=request.extractive or summarizer.model.config.salience)
    english = [text for text, language in zip(texts, languages, strict=True) if not language]
    foreign = [text for text, language in zip(texts, languages, strict=True) if language]
    written = summarizer.try_many(english, len(english) or 1, request)
    extracted = summarizer.try_many(foreign, len(foreign) or 1, extract)
    for language in languages:
        yield next(extracted if language else written), language


def _sectioned(document: Document) -> Sectioned:
    from summarize.planning import Sectioned

    return Sectioned(document.text, tuple((s.start, s.end, s.title) for s in document.sections))


def _failed(source: str, error: str, fields: Mapping[str, Any], options: dict[str, Any]) -> Record:
    """The record of a document that could not be read or summarised."""
    from summarize.rendering import Record

    return Record(source, options["model"], error=error, request=options["request"], fields=fields)


def what_was_read(record: Record) -> str:
    """How much of a document the model read, for one that is longer than its window."""
    if record.scored:
        return f"read {record.selected_words:,} of {record.words:,} words, the most worthwhile of the whole text"
    if record.request.get("outline"):  # titles, and sections of a few words, are not summarised
        return f"read {record.selected_words:,} of {record.words:,} words, those of sections with something to tell"
    return f"read the first {record.selected_words:,} of {record.words:,} words"


def _record(
    document: Document, result: Summary | DocumentError, language: str | None, options: dict[str, Any]
) -> Record:
    """A summary or an error as a record. language: the document's, where it is not English."""
    from summarize.rendering import Record

    if isinstance(result, DocumentError):
        return _failed(document.source, f"{document.place}: {result}", document.fields, options)
    record = Record(
        document.source,
        options["model"],
        result.text,
        tuple(_sentence(sentence) for sentence in result.sentences),
        result.words,
        result.selected_words,
        request=options["request"],
        scored=result.scored,
        complaints=unsupported_claims(document.place, document.text, result) if options["strict"] else (),
        fields=document.fields,
        language=language,
    )
    return with_explanation(record, result)


def _sentence(sentence: Sentence) -> dict[str, Any]:
    """A sentence as it stands in a JSON record; spans are characters of the document."""
    words = [{"text": w.text, "copied": round(w.copied, 4), "span": w.span} for w in sentence.words]
    section = {} if sentence.section is None else {"section": sentence.section}
    return {"text": sentence.text, "words": words} | section
