"""The command line: options, streams and exit codes; what it does is in the modules below.

Exit codes: 0 all done, 1 some document failed (the rest are done), 2 wrong use, 130 interrupted. Modules that import
torch or tokenizers are imported where they are used, so that --help and --version come at once.
"""

from __future__ import annotations

import dataclasses
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click_default_group import DefaultGroup

from summarize import __version__
from summarize.errors import DataError, DocumentError, SummarizeError
from summarize.rendering import FORMATS, heading

if TYPE_CHECKING:
    from summarize.rendering import Record
    from summarize.summarizer import Sentence, Summarizer, Summary
    from summarize.training import Progress


Item = TypeVar("Item")


class ExitStatus(IntEnum):
    """What the program's exit code says."""

    OK = 0
    DOCUMENT_FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


class Program(DefaultGroup):
    """The group of commands; its help shows the options of the default one too."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of summarising, then the group's own, then the other commands."""
        command = self.get_command(ctx, self.default_cmd_name)
        records = [r for p in command.params if (r := p.get_help_record(ctx))] if command else []
        with formatter.section("Options for summarising"):
            formatter.write_dl(records)
        super().format_options(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands to show: the default one is the program itself."""
        return [name for name in super().list_commands(ctx) if name != self.default_cmd_name]


def complain(message: str) -> None:
    """One sentence on stderr, without what a terminal would obey."""
    click.echo(f"summarize: {heading(message)}", err=True)


@contextmanager
def errors_explained() -> Iterator[None]:
    """Turn what a person can cause into a sentence and an exit code; never a traceback."""
    try:
        yield
        sys.stdout.flush()
    except SummarizeError as error:
        complain(str(error))
        sys.exit(ExitStatus.USAGE)
    except BrokenPipeError:
        # The reader has had enough (| head). Python would complain when it closes stdout: give it another.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitStatus.OK)
    except OSError as error:
        complain(f"cannot write the output: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitStatus.DOCUMENT_FAILED)
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)


MODEL_OPTION = click.option(
    "--model", "-m", default="news", show_default=True, help="A shipped model's name, or a model folder."
)
SEARCH_OPTIONS = (
    click.option("--batch-size", type=click.IntRange(1, 1024), default=8, show_default=True,
                 help="Documents summarised together."),
    click.option("--beam-size", type=click.IntRange(1, 64), help="Hypotheses kept per document; 1 is fastest."),
    click.option("--min-length", type=click.IntRange(0), help="Fewest pieces (about ¾ of a word) of a summary."),
    click.option("--max-length", type=click.IntRange(1), help="Most pieces of a summary."),
    click.option("--length-penalty", type=click.FloatRange(0, 5), help="Above 1 favours long summaries."),
    click.option("--coverage-penalty", type=click.FloatRange(0, 100), help="Cost of attending to a place again."),
    click.option("--max-src", type=click.IntRange(16), help="Most pieces of a document to read."),
    click.option("--device", default="cpu", show_default=True, help="Where to compute: cpu or cuda."),
    click.option("--threads", type=click.IntRange(1, 1024), help="Processor threads. [default: all cores]"),
)  # fmt: skip


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how summaries are searched for."""
    for option in reversed((MODEL_OPTION, *SEARCH_OPTIONS)):
        command = option(command)
    return command


@click.group(cls=Program, default="text", default_if_no_args=True)
@click.version_option(__version__, "--version", "-V", message="summarize %(version)s")
def main() -> None:
    """Summarise texts, offline, and say where every word came from.

    \b
      summarize report.txt             a panel on the terminal
      summarize *.txt > summaries.txt  plain text in a file or pipe
      curl … | summarize               standard input
      summarize --format jsonl *.txt   one JSON record a document

    Results go to stdout, everything else to stderr. Exit code 0: all done; 1: some document failed, the rest are
    done; 2: wrong use; 130: interrupted.
    """
    if sys.stdout is None:  # closed by the caller
        complain("standard output is closed")
        sys.exit(ExitStatus.USAGE)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a character that the locale lacks is no reason to stop


@main.command("text", hidden=True)
@click.argument("files", nargs=-1, metavar="[FILE|-]...")
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS),
              default="auto", show_default=True, help="auto: rich on a terminal, plain elsewhere.")  # fmt: skip
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
            summarizer = _load(options)
        results = summarizer.try_many(texts, len(texts)) if summarizer and texts else iter(())
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


def _load(options: dict[str, Any]) -> Summarizer:
    """The summarizer that the options ask for."""
    import torch

    from summarize.checkpoints import find_model, load_config
    from summarize.hardware import keep_freed_memory
    from summarize.summarizer import Summarizer

    keep_freed_memory()
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    names = ("beam_size", "min_length", "max_length", "length_penalty", "coverage_penalty", "max_src")
    given = {name: options[name] for name in names if options[name] is not None}
    _, usual = load_config(find_model(options["model"]))
    search = dataclasses.replace(usual, **given)
    return Summarizer.load(options["model"], options=search, device=options["device"])


@main.command("evaluate", short_help="ROUGE of a model on a data set.")
@click.argument("data", type=click.Path(path_type=Path), metavar="DATA")
@click.option("--document-field", help="The field of the documents. [default: the first of the usual names]")
@click.option("--summary-field", help="The field of the references. [default: the first of the usual names]")
@click.option("--where", metavar="FIELD=VALUE", help="Only the rows whose field has this value.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Only every Nth of these rows.")
@click.option("--format", "-f", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@search_options
def evaluate(data: Path, where: str | None, every: int, format_: str, **options: Any) -> None:
    """Summarise the documents of DATA (JSON Lines, CSV or TSV, also .xz or .gz) and score the summaries against its
    references: ROUGE-1, -2, -L and -Lsum, stemmed."""
    with errors_explained():
        from summarize.documents import read_pairs
        from summarize.evaluation import RougeScorer, mean_scores, signature
        from summarize.rendering import render_scores

        fields = options["document_field"], options["summary_field"]
        pairs = list(islice(read_pairs(data, *fields, where=where), 0, None, every))
        if not pairs:
            raise DataError(f"{data}: holds no such pair")
        summarizer, scorer = _load(options), RougeScorer()
        results = summarizer.try_many((p.document for p in pairs), options["batch_size"])
        scores = []
        for pair, result in zip(progress(pairs, "summarising"), results, strict=True):
            text = "" if isinstance(result, DocumentError) else "\n".join(s.text for s in result.sentences)
            scores.append(scorer.score(text, pair.summary))
        render_scores([mean_scores(options["model"], scores)], signature(), sys.stdout, format_)


def progress(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, with a progress bar on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, what, console=Console(stderr=True), transient=True)


@main.command("models", short_help="The models that are shipped.")
def models() -> None:
    """List the shipped models: name, parameters, size, folder."""
    with errors_explained():
        from summarize.checkpoints import describe, model_folders

        for name, folder in model_folders().items():
            click.echo(f"{name}\t{describe(folder)}\t{folder}")


@main.command("train", short_help="Train a model on pairs of texts.")
@click.argument("train", type=click.Path(), metavar="PAIRS")
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The run's folder.")
@click.option("--validation", type=click.Path(), help="Pairs that choose the best weights; never trained on.")
@click.option(
    "--from",
    "initial",
    help="A model's name or folder, a BERT-shaped encoder's folder, or scratch. [scratch]",
)
@click.option("--resume", is_flag=True, help="Continue the run in --output exactly where it was saved.")
@click.option("--max-minutes", type=float, help="Stop and save after so many minutes; --resume goes on.")
@click.option("--document-field", help="The field of the documents. [default: the first of the usual names]")
@click.option("--summary-field", help="The field of the summaries. [default: the first of the usual names]")
@click.option("--epochs", type=float, help="Times to go through all pairs. [1]")
@click.option("--steps", type=click.IntRange(1), help="Steps in all, instead of --epochs.")
@click.option("--batch-size", type=click.IntRange(1), help="Pairs a step. [16]")
@click.option("--learning-rate", type=float, help="Peak rate of the weights that --from gives. [2e-4]")
@click.option("--new-learning-rate", type=float, help="Peak rate of all other weights. [8e-4]")
@click.option("--warmup-steps", type=click.IntRange(0), help="Steps of linear warm-up. [50]")
@click.option("--decay", type=click.FloatRange(0, 1), help="Share of all steps over which the rate falls to 0. [1]")
@click.option("--weight-decay", type=float, help="AdamW's, on matrices only. [0.01]")
@click.option("--clip", type=float, help="Largest norm of a step's gradient. [1]")
@click.option("--coverage-weight", type=float, help="Weight of the coverage loss (See et al. 2017). [0]")
@click.option("--dropout", type=click.FloatRange(0, 1), help="Share of states dropped in training. [0]")
@click.option("--freeze", multiple=True, help="Leave the parameters whose names begin so as they are; repeatable.")
@click.option(
    "--pointer-attention",
    type=click.Choice(["scaled_dot_product", "additive"]),
    help="How the pointer scores. [scaled_dot_product]",
)
@click.option("--pointer-heads", type=click.IntRange(1), help="Heads of the pointer. [4]")
@click.option("--max-src", type=click.IntRange(16), help="Pieces of a document that are read. [400]")
@click.option("--max-tgt", type=click.IntRange(4), help="Pieces of a summary that are learned. [96]")
@click.option("--vocab-size", type=click.IntRange(200), help="For --from scratch: pieces. [8000]")
@click.option("--d-model", type=click.IntRange(2), help="For --from scratch: width. [128]")
@click.option("--n-heads", type=click.IntRange(1), help="For --from scratch: heads of each layer. [4]")
@click.option("--n-layers", type=click.IntRange(1), help="For --from scratch: layers. [2]")
@click.option("--log-every", type=click.IntRange(1), help="Steps between log lines. [20]")
@click.option("--validate-every", type=click.IntRange(1), help="Steps between validations. [500]")
@click.option("--validation-examples", type=click.IntRange(1), help="Pairs for the validation loss. [256]")
@click.option("--rouge-examples", type=click.IntRange(0), help="Of those, how many are summarised and scored. [64]")
@click.option("--keep-validated", is_flag=True, help="Keep the weights of every validation, in OUTPUT/step-N.")
@click.option("--checkpoint-minutes", type=float, help="Minutes between saves. [5]")
@click.option("--precision", type=click.Choice(["bf16", "fp32"]), help="Of matrix products. [bf16]")
@click.option("--device", help="cpu or cuda. [cpu]")
@click.option("--seed", type=int, help="Of order and initialisation. [0]")
def train(output: Path, resume: bool, max_minutes: float | None, **options: Any) -> None:
    """Train on PAIRS (JSON Lines, CSV or TSV, also .xz or .gz) and write a model to OUTPUT/best.

    Ctrl-C saves; --resume continues exactly. OUTPUT/log.jsonl holds every figure.
    """
    with errors_explained():
        from summarize.training import Trainer, TrainingOptions

        given = {name: value for name, value in options.items() if value not in (None, ())}
        trainer = Trainer(TrainingOptions(**given), output, resume=resume)
        done = trainer.run(report_progress, max_minutes)
        if trainer.stop_signal is not None:
            complain(f"stopped and saved at step {trainer.step}; --resume continues")
            sys.exit(ExitStatus.INTERRUPTED)
        click.echo(f"{'finished' if done else 'saved'} at step {trainer.step}: {output}", err=True)


def report_progress(progress: Progress) -> None:
    """One line on stderr for a log line of training."""
    figures = "  ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in progress.figures.items())
    left = f"  {progress.minutes_left:.0f} min left" if progress.minutes_left else ""
    click.echo(f"step {progress.step:,} of {progress.total_steps:,}  {figures}{left}", err=True)
    if progress.note:
        complain(progress.note)
