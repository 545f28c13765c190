"""`summarize evaluate`: scores of systems on a data set, with intervals, tests and a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.help import Command, section
from summarize.cli.options import (
    SEARCH_OPTIONS,
    SEARCHED,
    STYLE_OPTION,
    Decorator,
    load_summarizer,
    manners,
    request_of,
    request_options,
    with_options,
    writer_name,
)
from summarize.cli.progress import meter
from summarize.cli.streams import errors_explained, note

if TYPE_CHECKING:
    from summarize.cli.progress import Meter
    from summarize.evaluation import Model, Prediction, Run

PATH = click.Path(path_type=Path)
EVERY = "\0"  # as a name after --compare: every system
# What the summaries of a model depend on, beside SEARCHED.
ASKED = ("sentences", "words", "ratio", "length", "outline", "extractive", "query")
SMALL = 250  # summaries, for which another process is not worth its start
EXAMPLES = (
    ("The shipped model on a data set", "summarize evaluate held-out.jsonl"),
    ("Your own model beside the first three sentences",
     "summarize evaluate held-out.csv --model runs/mine/best --baseline lead-3"),
    ("A quarter of the rows of one kind", "summarize evaluate all.jsonl.xz --where kind=news --every 4"),
    ("Two other systems compared, as a page with pictures",
     "summarize evaluate data.jsonl -p a.jsonl -p b.txt --compare a b --report report.html"),
)  # fmt: skip
OPTIONS: tuple[Decorator, ...] = (
    section("Data"),
    click.option("--references", type=PATH, multiple=True,
                 help="Where DATA is a text file with a document a line, or a folder of documents: the file or folder "
                      "of its references; repeatable, for several references a document."),
    click.option("--document-field", help="The field of the documents. [default: the first of the usual names]"),
    click.option("--summary-field", help="The field of the references, text or a list of texts. [default: the first "
                                         "of the usual names]"),
    click.option("--where", metavar="FIELD=VALUE", help="Only the rows whose field has this value."),
    click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Only every Nth of these rows."),
    section("Systems"),
    click.option("--model", "-m", "models", multiple=True,
                 help="A shipped model's name, or a model folder; repeatable. [default: news, where no other system "
                      "is named]"),
    STYLE_OPTION,
    click.option("--predictions", "-p", multiple=True, metavar="[NAME=]FILE",
                 help="Another system's summaries: rows of id and prediction, a line a document, a folder of files, "
                      "or a table with a field a system; repeatable."),
    click.option("--prediction-field", "fields", multiple=True,
                 help="A field of --predictions that holds summaries; repeatable, each a system."),
    click.option("--baseline", "baselines", multiple=True, metavar="NAME-N,…",
                 help="lead-3, random-3, oracle-3, textrank-3: sentences of the document itself."),
    section("Scoring"),
    click.option("--compare", multiple=True, metavar="A B …",
                 help="Test whether these systems differ, or all where none is named."),
    click.option("--stemmer/--no-stemmer", default=True, show_default=True, help="Reduce words to Porter stems."),
    click.option("--split", type=click.Choice(["newline", "sentencex"]), default="newline", show_default=True,
                 help="What ends a sentence for ROUGE-Lsum: a line's end, or a boundary that sentencex finds."),
    click.option("--only-rouge", is_flag=True, help="Leave out all other measures."),
    click.option("--resamples", type=click.IntRange(10), default=1000, show_default=True,
                 help="Of the bootstrap, for intervals."),
    click.option("--trials", type=click.IntRange(10), default=10_000, show_default=True,
                 help="Of approximate randomisation, for p-values."),
    click.option("--seed", type=click.IntRange(0), default=12345, show_default=True, help="Of all that is drawn."),
    click.option("--jobs", "-j", type=click.IntRange(1, 256), help="Processes that score. [default: all cores]"),
    request_options,
    section("Output"),
    click.option("--format", "-f", "format_", type=click.Choice(["table", "json", "csv", "markdown", "latex"]),
                 default="table", show_default=True, help="Tables to read or to print, or all figures."),
    click.option("--differences", type=click.IntRange(0), default=3, show_default=True,
                 help="Of how many documents to show the texts where two compared systems differ most."),
    click.option("--scores", type=PATH, metavar="FILE",
                 help="Write every document's scores as JSON Lines; the same command takes up where it stopped."),
    click.option("--report", type=PATH, metavar="FILE.html", help="Write a page with pictures."),
    manners,
    *SEARCH_OPTIONS,
)  # fmt: skip


class EvaluateCommand(Command):
    """Takes several names after --compare."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `--compare A B` as `--compare A --compare B`; no name at all asks for every system."""
        given: list[str] = []
        names_wanted = False
        for arg in args:
            if names_wanted and not arg.startswith("-"):
                given += ["--compare", arg]
                continue
            names_wanted = arg == "--compare"
            given += ["--compare", EVERY] if names_wanted else [arg]
        return super().parse_args(ctx, given)


@click.command(
    "evaluate", cls=EvaluateCommand, short_help="Score summaries on a data set; compare systems.", examples=EXAMPLES
)
@click.argument("data", type=PATH, metavar="DATA")
@partial(with_options, OPTIONS)
def evaluate(data: Path, **options: Any) -> None:
    """Score summaries of the documents of DATA against its references: ROUGE-1, -2, -L and -Lsum with 95 % intervals,
    and how the summaries relate to the documents.

    DATA is JSON Lines, CSV, TSV (also .xz or .gz) or Parquet, a text file with a document a line, or a folder.
    """
    with errors_explained():
        from summarize.evaluation import DataSet, Run, Settings, chosen_systems, summarise
        from summarize.evaluation.report import check_report, write_report, write_scores

        if options["report"]:
            check_report(options["report"])
        names = ("references", "document_field", "summary_field", "where", "every")
        part = DataSet(data, **{name: options[name] for name in names})
        chosen = {name: options[name] for name in ("stemmer", "split", "resamples", "trials", "seed")}
        models = _models(options)
        run = Run(part, Settings(**chosen), measures=not options["only_rouge"])
        _add_systems(run, models, options)
        compare = [name for name in options["compare"] if name != EVERY] if options["compare"] else None
        if compare is not None:
            chosen_systems([system.name for system in run.systems], compare)
        documents = len(run.keys.ids)
        with _bar(documents, options["color"]) as done:
            results = run.score(_jobs(run, options["jobs"]), options["scores"], done)
        for name, empty in results.empty.items():
            if empty and name not in {model.name for model in models}:
                note(f"{name}: {empty:,} of {documents:,} summaries are empty, and score 0")
        document = summarise(results, compare, options["differences"])
        if options["report"]:
            write_report(options["report"], results, document)
        write_scores(document, sys.stdout, options["format_"], options["color"])


def _models(options: dict[str, Any]) -> list[Model]:
    """The models to run: those named, or the shipped one where no other system is. Raises CheckpointError."""
    named = options["models"] or (() if options["predictions"] or options["baselines"] else ("news",))
    return [_model(name, options) for name in named]


def _model(name: str, options: dict[str, Any]) -> Model:
    from summarize.checkpoints.model_folder import find_model
    from summarize.errors import DocumentError
    from summarize.evaluation import Model, Prediction
    from summarize.pipeline.style_router import styles_of, weights_of
    from summarize.pipeline.summarizer import Summary

    folder = find_model(name)
    request = request_of(options)
    styles_of(name, options["style"])  # what is wrong with either is said before the data set is read
    key = repr([str(folder), *((option, options[option]) for option in (*ASKED, *SEARCHED))])
    if options["scores"]:
        key += weights_of(name, options["style"])

    def load() -> Callable[[Sequence[str]], list[Prediction]]:
        summarizer = load_summarizer(options | {"model": name})

        def summaries(texts: Sequence[str]) -> list[Prediction]:
            return [_prediction(result) for result in summarizer.try_many(texts, len(texts), request)]

        return summaries

    def _prediction(result: Summary | DocumentError) -> Prediction:
        if isinstance(result, DocumentError):
            return Prediction("")  # nothing to read counts as nothing written
        shares = [word.copied for sentence in result.sentences for word in sentence.words]
        copied = sum(shares) / len(shares) if shares else float("nan")
        return Prediction("\n".join(sentence.text for sentence in result.sentences), copied)

    return Model(writer_name(name, options["style"]), key, load, options["batch_size"])


def _add_systems(run: Run, models: Sequence[Model], options: dict[str, Any]) -> None:
    """Take in the systems that the options name, files first: what is wrong with them is found at once."""
    from summarize.errors import UsageError
    from summarize.evaluation import PredictionFile, parse_baselines

    if options["fields"] and not options["predictions"]:
        raise UsageError("--prediction-field names a field of --predictions, and there are none")
    for argument in options["predictions"]:
        name, equals, path = argument.rpartition("=")
        if not equals or os.path.exists(argument):
            name, path = "", argument
        run.add_predictions(PredictionFile(Path(path), name or None, options["fields"]))
    for model in models:
        run.add(model)
    for baseline in parse_baselines(",".join(options["baselines"]), options["seed"]) if options["baselines"] else ():
        run.add(baseline)


def _jobs(run: Run, wanted: int | None) -> int:
    """Processes that score: one beside a model, which has the processors itself, and where there is little to do."""
    from summarize.evaluation import Model

    if any(isinstance(system, Model) for system in run.systems):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(wanted or cores, 1 + len(run.keys.ids) * len(run.systems) // SMALL)


@contextmanager
def _bar(total: int, color: Any) -> Iterator[Callable[[int], object]]:
    """A progress bar; gives what moves it on. It is drawn once something is done, for then the processes that score
    have been forked, and its thread cannot be in their way."""
    with ExitStack() as stack:
        shown: list[Meter] = []

        def done(count: int) -> None:
            if not shown:
                shown.append(stack.enter_context(meter("scoring", total, color=color)))
            for _ in range(count):
                shown[0].step()

        yield done
