"""`summarize train`: pairs of texts in, a model folder out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from summarize.cli.help import Command, section
from summarize.cli.streams import complain, errors_explained

if TYPE_CHECKING:
    from summarize.training import Progress


EXAMPLES = (
    ("Go on training the shipped model on your own pairs",
     "summarize train pairs.jsonl --validation held-out.jsonl --from news -o runs/mine"),
    ("A small model from nothing, with another kind of attention",
     "summarize train pairs.csv --from scratch --pointer-attention additive -o runs/small"),
    ("Go on after an interruption: the same command with --resume",
     "summarize train pairs.jsonl --validation held-out.jsonl --from news -o runs/mine --resume"),
    ("On two processes, or GPUs with --device cuda: --batch-size is of each",
     "torchrun --nproc-per-node 2 -m summarize train pairs.jsonl --from news -o runs/mine"),
    ("A style of the shipped model, from pairs of documents and, say, headlines; it is then --style runs/headline/best",
     "summarize train pairs.jsonl --only attention --whole-summaries --from news -o runs/headline"),
    ("Use what was trained", "summarize report.txt --model runs/mine/best"),
)  # fmt: skip


@click.command("train", cls=Command, short_help="Train a model on pairs of texts.", examples=EXAMPLES)
@click.argument("train", type=click.Path(), metavar="PAIRS")
@section("Run")
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The run's folder.")
@click.option("--resume", is_flag=True, help="Continue the run in --output exactly where it was saved.")
@click.option("--max-minutes", type=float, help="Stop and save after so many minutes; --resume goes on.")
@click.option("--checkpoint-minutes", type=float, help="Minutes between saves. [5]")
@click.option("--seed", type=int, help="Of order and initialisation. [0]")
@section("Data")
@click.option("--validation", type=click.Path(), help="Pairs that choose the best weights; never trained on.")
@click.option("--document-field", help="The field of the documents. [default: the first of the usual names]")
@click.option("--summary-field", help="The field of the summaries. [default: the first of the usual names]")
@click.option("--max-src", type=click.IntRange(16), help="Tokens of a document that are read. [400]")
@click.option("--max-tgt", type=click.IntRange(4), help="Tokens of a summary that are learned. [96]")
@section("Model")
@click.option(
    "--from",
    "initial",
    help="A model's name or folder, a BERT-shaped encoder's folder, or scratch. [scratch]",
)
@click.option(
    "--pointer-attention",
    type=click.Choice(["scaled_dot_product", "additive"]),
    help="How the pointer scores. [scaled_dot_product]",
)
@click.option("--pointer-heads", type=click.IntRange(1), help="Heads of the pointer. [4]")
@click.option("--vocab-size", type=click.IntRange(200), help="For --from scratch: tokens. [8000]")
@click.option("--d-model", type=click.IntRange(2), help="For --from scratch: width. [128]")
@click.option("--n-heads", type=click.IntRange(1), help="For --from scratch: heads of each layer. [4]")
@click.option("--n-layers", type=click.IntRange(1), help="For --from scratch: layers. [2]")
@section("Steps")
@click.option("--epochs", type=float, help="Times to go through all pairs. [1]")
@click.option("--steps", type=click.IntRange(1), help="Steps in all, instead of --epochs.")
@click.option("--batch-size", type=click.IntRange(1), help="Pairs a step, of each process. [16]")
@section("Optimisation")
@click.option("--learning-rate", type=float, help="Peak rate of the weights that --from gives. [2e-4]")
@click.option("--new-learning-rate", type=float, help="Peak rate of all other weights. [8e-4; with --only 3e-3]")
@click.option("--warmup-steps", type=click.IntRange(0), help="Steps of linear warm-up. [50]")
@click.option("--decay", type=click.FloatRange(0, 1), help="Share of all steps over which the rate falls to 0. [1]")
@click.option("--weight-decay", type=float, help="AdamW's, on matrices only. [0.01]")
@click.option("--clip", type=float, help="Largest norm of a step's gradient. [1]")
@click.option("--coverage-weight", type=float, help="Weight of the coverage loss (See et al. 2017). [0]")
@click.option("--label-smoothing", type=click.FloatRange(0, 0.9), help="Share of a target given to all tokens. [0]")
@click.option("--salience-weight", type=click.FloatRange(0), help="Above 0: learn which sentences to tell. [0]")
@click.option(
    "--sentencewise/--whole-summaries",
    default=None,
    help="Learn to write a sentence from one of the document's, those most worth telling (needs --salience-weight), or "
    "all of a summary at once. [as the model of --from]",
)
@click.option("--name-speakers", is_flag=True, help='Read conversations with names where they say "I" and "you".')
@click.option(
    "--ranking-weight",
    type=click.FloatRange(0),
    help="Above 0: learn to find likelier what scores better, from the candidates among the pairs. [0]",
)
@click.option("--later-windows", type=click.IntRange(0), help="Windows a step of what lies beyond --max-src. [2]")
@click.option("--dropout", type=click.FloatRange(0, 1), help="Share of states dropped in training. [0]")
@click.option(
    "--only",
    type=click.Choice(["attention"]),
    help="Learn a style: low-rank changes of these weights of the model of --from, which stays as it is (LoRA).",
)
@click.option("--rank", type=click.IntRange(1), help="Of the changes that --only learns. [16]")
@click.option("--freeze", multiple=True, help="Leave the parameters whose names begin so as they are; repeatable.")
@section("Validation and log")
@click.option("--log-every", type=click.IntRange(1), help="Steps between log lines. [20]")
@click.option("--validate-every", type=click.IntRange(1), help="Steps between validations. [500]")
@click.option("--validation-examples", type=click.IntRange(1), help="Pairs for the validation loss. [256]")
@click.option("--rouge-examples", type=click.IntRange(0), help="Of those, how many are summarised and scored. [64]")
@click.option("--keep-validated", is_flag=True, help="Keep the weights of every validation, in OUTPUT/step-N.")
@section("Machine")
@click.option("--precision", type=click.Choice(["bf16", "fp32"]), help="Of matrix products. [bf16]")
@click.option("--device", help="cpu or cuda. [cpu]")
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
            if trainer.processes.leads:
                complain(f"stopped and saved at step {trainer.step}; --resume continues")
            sys.exit(128 + trainer.stop_signal)
        if trainer.processes.leads:
            click.echo(f"{'finished' if done else 'saved'} at step {trainer.step}: {output}", err=True)


def report_progress(progress: Progress) -> None:
    """One line on stderr for a log line of training."""
    figures = "  ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in progress.figures.items())
    left = f"  {progress.minutes_left:.0f} min left" if progress.minutes_left else ""
    click.echo(f"step {progress.step:,} of {progress.total_steps:,}  {figures}{left}", err=True)
    if progress.note:
        complain(progress.note)
