"""`summarize evaluate`: scores of systems on a data set, with intervals, tests and a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.help import Command, section
from summarize.cli.loading import (
    SEARCH_AND_MACHINE_OPTIONS,
    STYLE_OPTION,
    ModelOptions,
    load_summarizer,
    model_options_from,
)
from summarize.cli.options import (
    SEARCH_OPTIONS,
    Decorator,
    DisplayOptions,
    Values,
    add_display_options,
    add_request_options,
    display_options_from,
    request_from,
    with_options,
)
from summarize.cli.progress import Meter, meter
from summarize.cli.streams import errors_reported
from summarize.concurrency import n_processors
from summarize.errors import UsageError

if TYPE_CHECKING:
    from summarize.errors import DocumentError
    from summarize.evaluation import DataSet, Model, Prediction, Run, Settings
    from summarize.pipeline.request import Request
    from summarize.pipeline.style_router import StyledModel
    from summarize.pipeline.summarizer import Summarizer
    from summarize.pipeline.summary import Summary

PATH = click.Path(path_type=Path)
EVERY_SYSTEM = "\0"  # instead of a name after --compare
SUMMARIES_PER_PROCESS = 250  # for fewer, another scoring process takes longer to start than it saves
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
    click.option("--summary-field", "summary_fields", multiple=True,
                 help="A field of references; repeatable, for several references a document. [default: the first of "
                      "the usual names]"),
    click.option("--lists", type=click.Choice(["auto", "sentences", "references"]), default="auto", show_default=True,
                 help="What a list of texts in a field of references is: the sentences of one, or several; auto: "
                      "several in a field whose name is a plural, such as references."),
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
                 help="Test whether these systems differ, or all systems if none is named."),
    click.option("--count-words", type=click.Choice(["auto", "rouge-score", "unicode"]), default="auto",
                 show_default=True,
                 help="The words that ROUGE counts: rouge-score's, of a to z and 0 to 9, or those of all scripts; "
                      "auto: the first for references with hardly any other letters."),
    click.option("--stemmer/--no-stemmer", default=True, show_default=True,
                 help="Reduce rouge-score's words to Porter stems."),
    click.option("--split", type=click.Choice(["newline", "sentencex"]), default="newline", show_default=True,
                 help="Where sentences end for ROUGE-Lsum: at line ends, or at the boundaries that sentencex finds."),
    click.option("--chrf", is_flag=True, help="Also chrF, by sacrebleu: F of character n-grams, for any script."),
    click.option("--only-rouge", is_flag=True, help="Leave out all other measures."),
    click.option("--resamples", type=click.IntRange(10), default=1000, show_default=True,
                 help="Bootstrap samples for confidence intervals."),
    click.option("--trials", type=click.IntRange(10), default=10_000, show_default=True,
                 help="Approximate-randomisation trials for p-values."),
    click.option("--seed", type=click.IntRange(0), default=12345, show_default=True,
                 help="Seed of resamples, trials and random baselines."),
    click.option("--jobs", "-j", type=click.IntRange(1, 256),
                 help="Scoring processes. [default: the processors that affinity and cgroup quota leave]"),
    add_request_options,
    section("Output"),
    click.option("--format", "-f", "format_", type=click.Choice(["table", "json", "csv", "markdown", "latex"]),
                 default="table", show_default=True, help="Tables to read or to print, or all figures."),
    click.option("--differences", type=click.IntRange(0), default=3, show_default=True,
                 help="Show the texts of this many documents on which two compared systems differ most."),
    click.option("--scores", type=PATH, metavar="FILE",
                 help="Write every document's scores as JSON Lines; the same command continues where it stopped."),
    click.option("--report", type=PATH, metavar="FILE.html", help="Write a page with pictures."),
    add_display_options,
    *SEARCH_AND_MACHINE_OPTIONS,
)  # fmt: skip


@dataclass(frozen=True)
class EvaluateOptions:
    """The options of this command.

    models: those to run. predictions: [NAME=]FILE each. compare: names of systems, () for all, None for no comparison.
    jobs: scoring processes, None for one for each processor of this process. scores: a file of scores to write and to
    continue.
    """

    data: DataSet
    settings: Settings
    has_measures: bool
    models: tuple[ModelOptions, ...]
    request: Request
    batch_size: int
    predictions: tuple[str, ...]
    prediction_fields: tuple[str, ...]
    baselines: tuple[str, ...]
    compare: tuple[str, ...] | None
    jobs: int | None
    scores: Path | None
    report: Path | None
    format: str
    n_differences: int
    display: DisplayOptions

    @classmethod
    def from_values(cls, values: Values) -> EvaluateOptions:
        """Raises UsageError where options contradict each other."""
        from summarize.evaluation import DataSet, Settings

        if values["chrf"] and find_spec("sacrebleu") is None:
            raise UsageError("--chrf: needs the package sacrebleu: pip install 'summarize[metrics]'")
        if values["fields"] and not values["predictions"]:
            raise UsageError("--prediction-field names a field of --predictions, and there are none")
        names = values["models"] or (() if values["predictions"] or values["baselines"] else ("news",))
        data = ("data", "references", "document_field", "summary_fields", "lists", "where", "every")
        settings = ("stemmer", "split", "resamples", "trials", "seed", "chrf")
        return cls(
            data=DataSet(**{name: values[name] for name in data}),
            settings=Settings(words=values["count_words"], **{name: values[name] for name in settings}),
            has_measures=not values["only_rouge"],
            models=tuple(model_options_from(values, name) for name in names),
            request=request_from(values),
            batch_size=values["batch_size"],
            predictions=values["predictions"],
            prediction_fields=values["fields"],
            baselines=values["baselines"],
            compare=tuple(name for name in values["compare"] if name != EVERY_SYSTEM) if values["compare"] else None,
            jobs=values["jobs"],
            scores=values["scores"],
            report=values["report"],
            format=values["format_"],
            n_differences=values["differences"],
            display=display_options_from(values),
        )


class EvaluateCommand(Command):
    """A command that takes several names after --compare."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `--compare A B` as `--compare A --compare B`; without a name it means every system."""
        separate: list[str] = []
        is_name = False
        for arg in args:
            if is_name and not arg.startswith("-"):
                separate += ["--compare", arg]
                continue
            is_name = arg == "--compare"
            separate += ["--compare", EVERY_SYSTEM] if is_name else [arg]
        return super().parse_args(ctx, separate)


@click.command(
    "evaluate", cls=EvaluateCommand, short_help="Score summaries on a data set; compare systems.", examples=EXAMPLES
)
@click.argument("data", type=PATH, metavar="DATA")
@partial(with_options, OPTIONS)
def evaluate(**values: Any) -> None:
    """Score summaries of the documents of DATA against its references: ROUGE-1, -2, -L and -Lsum with 95 % intervals,
    and how the summaries relate to the documents.

    DATA is JSON Lines, CSV, TSV (also .xz or .gz) or Parquet, a text file with a document a line, or a folder.
    """
    with errors_reported():
        from summarize.evaluation import Run, summarize_results, systems_to_compare
        from summarize.evaluation.report import check_report, write_report, write_scores

        options = EvaluateOptions.from_values(values)
        if options.report:
            check_report(options.report)
        models = [_model_system(model, options) for model in options.models]
        run = Run(options.data, options.settings, with_measures=options.has_measures)
        if note := _note_on_letters(run):
            options.display.note(note)
        _add_systems(run, models, options)
        if options.compare is not None:
            systems_to_compare([system.name for system in run.systems], options.compare)
        n_documents = len(run.index.ids)
        with _progress_shown(n_documents, options.display) as done:
            results = run.score(_n_processes(run, options.jobs), options.scores, done)
        for name, n_empty in results.n_empty.items():
            if n_empty and name not in {model.name for model in models}:
                options.display.note(f"{name}: {n_empty:,} of {n_documents:,} summaries are empty, and score 0")
        document = summarize_results(results, options.compare, options.n_differences)
        if options.report:
            write_report(options.report, results, document)
        write_scores(document, sys.stdout, options.format, options.display.color)


def _note_on_letters(run: Run) -> str | None:
    """What is to be said of references with letters that rouge-score does not count; None if there are hardly any."""
    from summarize.evaluation import MAX_UNCOUNTED

    share = run.index.uncounted_share
    if share < MAX_UNCOUNTED:
        return None
    letters = f"{run.index.source}: {share:.0%} of the letters of the references are not among a to z"
    if run.settings.words == "unicode":
        return f"{letters}; words of all scripts are counted (--count-words rouge-score counts a to z alone)"
    return f"{letters}, and rouge-score does not count them: these figures mean little (--count-words unicode)"


def _model_system(model: ModelOptions, options: EvaluateOptions) -> Model:
    """A model as a system to score. Raises CheckpointError where model or style is missing or damaged."""
    from summarize.evaluation import Model
    from summarize.pipeline.style_router import StyledModel

    styled_model = StyledModel.resolve(model.model, model.style)
    key = _summary_key(model, styled_model, options.request)
    if options.scores:
        key += styled_model.fingerprint()
    load = partial(_load_predictor, model, styled_model, options.request)
    return Model(model.name, key, load, options.batch_size)


def _summary_key(model: ModelOptions, styled_model: StyledModel, request: Request) -> str:
    """What the summaries of a model depend on beside its weights. Files of scores contain its digest: do not change."""
    length = request.length
    lengths = {"sentences": length.sentences, "words": length.words, "ratio": length.ratio, "length": length.name}
    content = {"outline": request.outline, "extractive": request.extractive, "query": request.query}
    search = {name: model.search.get(name) for name in SEARCH_OPTIONS}
    return repr([str(styled_model.folder), *(lengths | content | search).items()])


def _load_predictor(
    model: ModelOptions, styled_model: StyledModel, request: Request
) -> Callable[[Sequence[str]], list[Prediction]]:
    return partial(_predict, load_summarizer(model, styled_model), request)


def _predict(summarizer: Summarizer, request: Request, texts: Sequence[str]) -> list[Prediction]:
    return [_prediction(result) for result in summarizer.try_many(texts, len(texts), request)]


def _prediction(result: Summary | DocumentError) -> Prediction:
    """A summary to score; that of a text with nothing to summarise is empty."""
    from summarize.errors import DocumentError
    from summarize.evaluation import Prediction

    if isinstance(result, DocumentError):
        return Prediction("")
    shares = [word.copied for sentence in result.sentences for word in sentence.words]
    copied = sum(shares) / len(shares) if shares else float("nan")
    return Prediction("\n".join(sentence.text for sentence in result.sentences), copied)


def _add_systems(run: Run, models: Sequence[Model], options: EvaluateOptions) -> None:
    """Add the systems that the options name; files first, whose errors are then found at once."""
    from summarize.evaluation import PredictionFile, parse_baselines

    for argument in options.predictions:
        name, equals, path = argument.rpartition("=")
        if not equals or os.path.exists(argument):
            name, path = "", argument
        run.add_predictions(PredictionFile(Path(path), name or None, options.prediction_fields))
    for model in models:
        run.add(model)
    if options.baselines:
        for baseline in parse_baselines(",".join(options.baselines), options.settings.seed):
            run.add(baseline)


def _n_processes(run: Run, n_wanted: int | None) -> int:
    """Scoring processes: one beside a model, which uses all processors itself, and few where there is little to do."""
    from summarize.evaluation import Model

    if any(isinstance(system, Model) for system in run.systems):
        return 1
    return min(n_wanted or n_processors(), 1 + len(run.index.ids) * len(run.systems) // SUMMARIES_PER_PROCESS)


@contextmanager
def _progress_shown(n_total: int, display: DisplayOptions) -> Iterator[Callable[[int], object]]:
    """A function that counts scored documents on a progress bar.

    The bar, which has a thread, is drawn after the first documents: by then the scoring processes have been forked.
    """
    with ExitStack() as stack:
        bar: Meter | None = None

        def count(n_scored: int) -> None:
            nonlocal bar
            if bar is None:
                bar = stack.enter_context(meter("scoring", n_total, display))
            for _ in range(n_scored):
                bar.step()

        yield count
