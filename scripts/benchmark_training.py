"""Training speed on random ids, in examples per second: as it is, and with one measure at a time undone.

    python scripts/benchmark_training.py

Every variant runs in a process of its own, the variants in turn, several rounds; medians are printed, and their ratio
to the first.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import click

VARIANTS = ("as it is", "memory given back after each step", "fused attention kernel")


def measure(variant: str, batch_size: int, src: int, tgt: int, steps: int) -> float:
    """Examples per second of one variant, in this process."""
    import torch
    import torch.nn.functional as F

    from summarize.attention import ScaledDotProductAttention
    from summarize.hardware import keep_freed_memory
    from summarize.model import ModelConfig, PointerGenerator
    from summarize.objective import nll

    if variant != "memory given back after each step":
        keep_freed_memory()
    if variant == "fused attention kernel":
        ScaledDotProductAttention.context = lambda _, q, k, v, mask=None: F.scaled_dot_product_attention(  # type: ignore[assignment,method-assign,misc]
            q, k, v, attn_mask=None if mask is None else ~mask
        )
    model = PointerGenerator(ModelConfig())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    ids = [torch.randint(1000, 30000, (batch_size, n)) for n in (src, tgt)]
    started = time.perf_counter()
    for step in range(steps + 2):
        if step == 2:  # the first steps build the library's kernels
            started = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            loss = nll(model, *ids)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return batch_size * steps / (time.perf_counter() - started)


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--batch-size", default=16, show_default=True)
@click.option("--src", default=400, show_default=True, help="Pieces of a document.")
@click.option("--tgt", default=80, show_default=True, help="Pieces of a summary.")
@click.option("--steps", default=6, show_default=True)
@click.option("--variant", hidden=True, type=click.Choice(VARIANTS))
def main(rounds: int, batch_size: int, src: int, tgt: int, steps: int, variant: str | None) -> None:
    """Measure all variants in turn."""
    if variant is not None:
        click.echo(measure(variant, batch_size, src, tgt, steps))
        return
    sizes = [f"--batch-size={batch_size}", f"--src={src}", f"--tgt={tgt}", f"--steps={steps}"]
    found: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name, speeds in found.items():
            run = [sys.executable, __file__, "--variant", name, *sizes]
            speeds.append(float(subprocess.run(run, capture_output=True, check=True, text=True).stdout))
    for name, speeds in found.items():
        ratio = statistics.median(s / first for s, first in zip(speeds, found[VARIANTS[0]], strict=True))
        click.echo(f"{name:36}{statistics.median(speeds):6.2f} examples/s  {ratio:.2f} ×")


if __name__ == "__main__":
    main()
