"""`summarize train`: pairs of documents and summaries in, a model folder out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.help import Command, section
from summarize.cli.streams import errors_reported, report
from summarize.rendering import on_one_line

if TYPE_CHECKING:
    from summarize.training import Progress, Trainer


EXAMPLES = (
    ("Fine-tune the shipped model on your own pairs",
     "summarize train pairs.jsonl --validation held-out.jsonl --from news -o runs/mine"),
    ("A small model from scratch, with another kind of attention",
     "summarize train pairs.csv --from scratch --pointer-attention additive -o runs/small"),
    ("Continue after an interruption: the same command with --resume",
     "summarize train pairs.jsonl --validation held-out.jsonl --from news -o runs/mine --resume"),
    ("On two processes, or GPUs with --device cuda; --batch-size is that of each",
     "torchrun --nproc-per-node 2 -m summarize train pairs.jsonl --from news -o runs/mine"),
    ("A style of the shipped model, from pairs of documents and headlines; use it with --style runs/headline/best",
     "summarize train pairs.jsonl --only attention --whole-summaries --from news -o runs/headline"),
    ("Use the trained model", "summarize report.txt --model runs/mine/best"),
)  # fmt: skip


def _only_one(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> str | None:
    """The value of an option that click would let win over those before it."""
    if len(values) > 1:
        raise click.UsageError(f"{parameter.opts[0]}: is given {len(values)} times; a pair has one summary to learn")
    return values[0] if values else None


@click.command("train", cls=Command, short_help="Train a model on documents and their summaries.", examples=EXAMPLES)
@click.argument("train", type=click.Path(), metavar="PAIRS")
@section("Run")
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The folder of the run.")
@click.option("--resume", is_flag=True, help="Continue the run in --output where it was saved.")
@click.option(
    "--max-minutes", type=click.FloatRange(0), help="Stop and save after this many minutes; --resume continues."
)
@click.option("--checkpoint-minutes", type=float, help="Minutes between saves. [5]")
@click.option("--seed", type=int, help="Seed of the order of pairs and of initialisation. [0]")
@click.option("--quiet", "-q", is_flag=True, help="No notes and no progress on stderr, only errors.")
@section("Data")
@click.option("--validation", type=click.Path(), help="Pairs on which the best weights are chosen; never trained on.")
@click.option("--document-field", help="The field of the documents. [default: the first of the usual names]")
@click.option("--summary-field", multiple=True, callback=_only_one,
              help="The field of the summaries. [default: the first of the usual names]")  # fmt: skip
@click.option("--max-src", type=click.IntRange(16), help="Most tokens of a document to read. [400]")
@click.option("--max-tgt", type=click.IntRange(4), help="Most tokens of a summary to learn. [96]")
@click.option(
    "--strict-data",
    is_flag=True,
    help="End with an error where a document or summary is empty or null; otherwise its pair is left out and counted.",
)
@section("Model")
@click.option(
    "--from",
    "initial",
    help="A model's name or folder, a BERT-shaped encoder's folder, or scratch. [scratch]",
)
@click.option(
    "--pointer-attention",
    type=click.Choice(["scaled_dot_product", "additive"]),
    help="Scoring function of the pointer attention. [scaled_dot_product]",
)
@click.option("--pointer-heads", type=click.IntRange(1), help="Heads of the pointer attention. [4]")
@click.option("--vocab-size", type=click.IntRange(200), help="For --from scratch: tokens of the vocabulary. [8000]")
@click.option("--d-model", type=click.IntRange(2), help="For --from scratch: width of hidden states. [128]")
@click.option("--n-heads", type=click.IntRange(1), help="For --from scratch: attention heads of each layer. [4]")
@click.option("--n-layers", type=click.IntRange(1), help="For --from scratch: layers. [2]")
@section("Steps")
@click.option("--epochs", type=float, help="Passes over all pairs. [1]")
@click.option("--steps", type=click.IntRange(1), help="Optimisation steps, instead of --epochs.")
@click.option("--batch-size", type=click.IntRange(1), help="Pairs a step, of each process. [16]")
@section("Optimisation")
@click.option("--learning-rate", type=float, help="Peak rate of the weights that come from --from. [2e-4]")
@click.option("--new-learning-rate", type=float, help="Peak rate of all other weights. [8e-4; with --only 3e-3]")
@click.option("--warmup-steps", type=click.IntRange(0), help="Steps of linear warm-up. [50]")
@click.option(
    "--decay", type=click.FloatRange(0, 1), help="Share of all steps in which the rate falls to 0, at the end. [1]"
)
@click.option("--weight-decay", type=float, help="Weight decay of AdamW, for matrices only. [0.01]")
@click.option("--clip", type=float, help="Largest norm of the gradient; a larger one is scaled down. [1]")
@click.option("--coverage-weight", type=float, help="Weight of the coverage loss (See et al. 2017). [0]")
@click.option(
    "--label-smoothing",
    type=click.FloatRange(0, 0.9),
    help="Probability of a target that is spread over all tokens. [0]",
)
@click.option(
    "--salience-weight",
    type=click.FloatRange(0),
    help="Weight of the salience loss; above 0, learn which sentences to select. [0]",
)
@click.option(
    "--sentencewise/--whole-summaries",
    default=None,
    help="Learn to generate each summary sentence from one passage, selected by salience (needs --salience-weight), or "
    "the whole summary at once. [as the model of --from]",
)
@click.option("--name-speakers", is_flag=True, help='Read conversations with names in place of "I" and "you".')
@click.option(
    "--ranking-weight",
    type=click.FloatRange(0),
    help="Weight of the ranking loss (BRIO); above 0, learn to give better candidates of a pair more probability. [0]",
)
@click.option(
    "--later-windows",
    type=click.IntRange(0),
    help="For salience: windows beyond --max-src that are read at each step. [2]",
)
@click.option("--dropout", type=click.FloatRange(0, 0.99), help="Dropout probability. [0]")
@click.option(
    "--only",
    type=click.Choice(["attention"]),
    help="Learn a style: low-rank updates (LoRA) of these weights of the model of --from, which itself is unchanged.",
)
@click.option("--rank", type=click.IntRange(1), help="Rank of the updates of --only. [16]")
@click.option("--freeze", multiple=True, help="Do not train the parameters whose names have this prefix; repeatable.")
@section("Validation and log")
@click.option("--log-every", type=click.IntRange(1), help="Steps between log lines. [20]")
@click.option("--validate-every", type=click.IntRange(1), help="Steps between validations. [500]")
@click.option("--validation-examples", type=click.IntRange(1), help="Pairs for the validation loss. [256]")
@click.option("--rouge-examples", type=click.IntRange(0), help="How many of these to score with ROUGE. [64]")
@click.option("--keep-validated", is_flag=True, help="Keep the weights of every validation, in OUTPUT/step-N.")
@section("Machine")
@click.option("--precision", type=click.Choice(["bf16", "fp32"]), help="Precision of matrix products. [bf16]")
@click.option("--device", help="Where to compute: cpu or cuda. [cpu]")
def train(output: Path, resume: bool, max_minutes: float | None, quiet: bool, **values: Any) -> None:
    """Train on PAIRS (JSON Lines, CSV or TSV, also .xz or .gz) and write a model to OUTPUT/best.

    Ctrl-C saves the run, and --resume continues it. All figures are in OUTPUT/log.jsonl.
    """
    with errors_reported():
        from summarize.training import Trainer, TrainingOptions

        given = {name: value for name, value in values.items() if value not in (None, ())}
        trainer = Trainer(TrainingOptions(**given), output, resume=resume)
        is_reporting = trainer.processes.is_leader and not quiet
        if is_reporting:
            report_start(trainer)
        is_finished = trainer.run(report_progress if is_reporting else lambda _: None, max_minutes)
        if trainer.stop_signal is not None:
            if is_reporting:
                report(f"stopped and saved at step {trainer.step}; --resume continues")
            sys.exit(128 + trainer.stop_signal)
        if is_reporting:
            click.echo(f"{'finished' if is_finished else 'saved'} at step {trainer.step}: {output}", err=True)


def report_start(trainer: Trainer) -> None:
    """Show what a run learns from, and what a resumed run changes."""
    if trainer.note:
        report(trainer.note)
    counts = trainer.pair_counts.sentence(trainer.max_src, trainer.max_tgt)
    language = f"; language: {trainer.model.config.language}" if trainer.options.initial == "scratch" else ""
    click.echo(f"{on_one_line(trainer.options.train)}: {counts}{language}", err=True)
    if n := trainer.validation.n_left_out:
        click.echo(f"{on_one_line(str(trainer.options.validation))}: {n:,} left out of the validation", err=True)


def report_progress(progress: Progress) -> None:
    """Show an entry of the training log as a line on stderr."""
    figures = "  ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in progress.figures.items())
    left = f"  {progress.minutes_left:.0f} min left" if progress.minutes_left else ""
    click.echo(f"step {progress.step:,} of {progress.total_steps:,}  {figures}{left}", err=True)
    if progress.note:
        report(progress.note)
