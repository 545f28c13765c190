r"""Train the writer on token arrays (scripts/prepare_writer.py), from a language model in a GGUF file or a writer.

    python scripts/writer_run.py start SmolLM2-135M-Instruct.Q4_1.gguf runs/writer/start
    python scripts/writer_run.py run runs/writer/packed runs/writer/first --from runs/writer/start \
        --minutes 9 --device cuda --compile --tokens-per-batch 65536 --accumulate 1

The same command continues a run that was stopped. A run of nine minutes on an H100 reads its data twice or more; on two
cores of a CPU it is a rehearsal.
"""

from __future__ import annotations

import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import torch

from summarize.checkpoints.packed_folder import load_writer, save_writer
from summarize.network.device import keep_freed_memory
from summarize.training.writer_trainer import WriterTrainer, WriterTraining


@click.group()
def main() -> None:
    """Start and train the writer."""


@main.command()
@click.argument("gguf", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--vocabulary", type=click.IntRange(1000), default=32768, show_default=True, help="Tokens to keep.")
def start(gguf: Path, folder: Path, vocabulary: int) -> None:
    """Write the FOLDER of a writer that has the weights of a GGUF file, and is not trained yet."""
    from summarize.checkpoints.gguf_start import read_gguf

    model, tokenizer = read_gguf(gguf, vocabulary)
    save_writer(folder, model)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _training_options(command: Any) -> Any:
    """An option for each number of WriterTraining."""
    defaults = WriterTraining()
    for field in fields(WriterTraining):
        default = getattr(defaults, field.name)
        command = click.option(f"--{field.name.replace('_', '-')}", default=default, show_default=True)(command)
    return command


@main.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("run_folder", metavar="RUN", type=click.Path(file_okay=False, path_type=Path))
@click.option("--from", "start_folder", type=click.Path(exists=True, path_type=Path), required=True, help="A writer.")
@click.option("--device", default="cpu", show_default=True, help="Where to train: cpu, cuda.")
@click.option("--compile/--no-compile", "is_compiled", default=False, help="Compile the layers (a GPU's are faster).")
@_training_options
def run(data: Path, run_folder: Path, start_folder: Path, device: str, is_compiled: bool, **numbers: Any) -> None:
    """Train on the token arrays in DATA; the state, the log and the model are written to RUN."""
    keep_freed_memory()
    options = replace(WriterTraining(), **numbers)
    torch.manual_seed(options.seed)
    began = time.monotonic()
    model = load_writer(start_folder).to(device)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    trainer = WriterTrainer(model, data, run_folder, options, compile_layers=is_compiled)
    if is_compiled:
        trainer.warm_up()
    click.echo(f"ready after {time.monotonic() - began:.0f} s: {len(trainer.train):,} examples", err=True)
    trainer.run(lambda line: click.echo(line, err=True))


if __name__ == "__main__":
    main()
