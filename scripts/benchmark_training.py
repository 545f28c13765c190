"""Training speed on random ids, in examples per second: as shipped, with one optimisation at a time undone, and beside
another implementation.

    python scripts/benchmark_training.py
    python scripts/benchmark_training.py --against other/model.py:PG --dropout 0.05

--against names a class in a Python file: a module whose only argument is its dropout (a share). It takes source ids
(B, S), the summary's ids shifted right (B, T) and the summary's ids (B, T), and its first result is the loss. It is
trained with plain PyTorch. Every variant runs in its own process, the variants in turn, for several rounds. Printed are
the medians and their ratio to the first variant.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import torch

    # A model, its loss on source and summary ids, and its optimizer.
    Trained = tuple[torch.nn.Module, Callable[[torch.Tensor, torch.Tensor], torch.Tensor], torch.optim.Optimizer]

AS_SHIPPED, MEMORY_RETURNED, FUSED, OTHER = (
    "as shipped", "memory returned after each step", "fused attention kernel", "the other implementation",
)  # fmt: skip

WARMUP_STEPS = 2


def ours(variant: str, dropout: float) -> Trained:
    """This program's model, as a run trains it or with one optimisation undone."""
    import torch
    import torch.nn.functional as F

    from summarize.network.attention import ScaledDotProductAttention
    from summarize.network.device import keep_freed_memory
    from summarize.network.pointer_generator import ModelConfig, PointerGenerator
    from summarize.training.objective import nll

    if variant != MEMORY_RETURNED:
        keep_freed_memory()
    if variant == FUSED:
        ScaledDotProductAttention.context = lambda _, q, k, v, mask=None, bias=None: F.scaled_dot_product_attention(  # type: ignore[assignment,method-assign]
            q, k, v, attn_mask=None if mask is None else ~mask
        )
    model = PointerGenerator(ModelConfig(dropout=dropout))
    return model, lambda src, tgt: nll(model, src, tgt), torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)


def other(name: str, dropout: float) -> Trained:
    """The model that --against names."""
    import importlib.util

    import torch

    path, _, class_name = name.rpartition(":")
    spec = importlib.util.spec_from_file_location("other", Path(path))
    if spec is None or spec.loader is None:
        raise click.UsageError(f"--against {name}: must be FILE.py:CLASS")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = getattr(module, class_name)(dropout)

    def loss(src: torch.Tensor, tgt: torch.Tensor) -> torch.Tensor:
        from summarize.network.pointer_generator import shift_right

        return model(src, shift_right(tgt), tgt)[0]

    return model, loss, torch.optim.AdamW(model.parameters(), lr=1e-4)


def measure(trained: Trained, batch_size: int, src: int, tgt: int, steps: int) -> float:
    """Examples per second, in this process."""
    import torch

    model, loss_of, optimizer = trained
    model.train()
    ids = [torch.randint(1000, 30000, (batch_size, n)) for n in (src, tgt)]
    started = time.perf_counter()
    for step in range(steps + WARMUP_STEPS):
        if step == WARMUP_STEPS:  # in which the library builds its kernels
            started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(*ids)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return batch_size * steps / (time.perf_counter() - started)


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--batch-size", default=16, show_default=True)
@click.option("--src", default=400, show_default=True, help="Tokens of a document.")
@click.option("--tgt", default=80, show_default=True, help="Tokens of a summary.")
@click.option("--steps", default=6, show_default=True)
@click.option("--dropout", default=0.0, show_default=True, help="Share of states dropped, in every implementation.")
@click.option("--against", metavar="FILE.py:CLASS", help="Another implementation.")
@click.option("--variant", hidden=True)
def main(
    rounds: int, batch_size: int, src: int, tgt: int, steps: int, dropout: float, against: str | None,
    variant: str | None,
) -> None:  # fmt: skip
    """Measure all variants in turn; with --against only the other implementation beside this one as shipped."""
    if variant is not None:
        trained = other(against or "", dropout) if variant == OTHER else ours(variant, dropout)
        click.echo(measure(trained, batch_size, src, tgt, steps))
        return
    names = (AS_SHIPPED, OTHER) if against else (AS_SHIPPED, MEMORY_RETURNED, FUSED)
    sizes = [f"--batch-size={batch_size}", f"--src={src}", f"--tgt={tgt}", f"--steps={steps}", f"--dropout={dropout}"]
    speeds_by_variant: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, speeds in speeds_by_variant.items():
            run = [sys.executable, __file__, "--variant", name, *sizes, *(("--against", against) if against else ())]
            speeds.append(float(subprocess.run(run, stdout=subprocess.PIPE, check=True, text=True).stdout))
    for name, speeds in speeds_by_variant.items():
        ratio = statistics.median(s / first for s, first in zip(speeds, speeds_by_variant[AS_SHIPPED], strict=True))
        click.echo(f"{name:36}{statistics.median(speeds):6.2f} examples/s  {ratio:.2f} ×")


if __name__ == "__main__":
    main()
