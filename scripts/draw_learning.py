"""How ROUGE-1 on the validation pairs rose as runs of `summarize train` went on, as a picture.

    python scripts/draw_learning.py "100 pairs=runs/100" "300 pairs=runs/300" --level "without a style=30.88" out.svg

A run has a curve where it was scored as it went on: --validation and --rouge-examples above 0.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import matplotlib
from draw_attention import STYLE
from matplotlib.figure import Figure


def curve(run: Path) -> tuple[list[int], list[float]]:
    """Steps, and ROUGE-1 of F1 in per cent at each."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    scored = {row["step"]: row["rouge1"] for row in rows if "rouge1" in row}
    return list(scored), list(scored.values())


def named(text: str) -> tuple[str, str]:
    """A name and what it is of, from NAME=VALUE."""
    name, _, value = text.rpartition("=")
    if not name:
        raise click.UsageError(f"{text!r} is not NAME=VALUE")
    return name, value


@click.command(help=(__doc__ or "").replace("\n\n    python", "\n\n\b\n    python"))
@click.argument("runs", nargs=-1, required=True, metavar="NAME=RUN...")
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--level", metavar="NAME=X", help="A figure to compare with, as a line across.")
def main(runs: tuple[str, ...], output: Path, level: str | None) -> None:
    """Draw OUTPUT, an SVG."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6, 3), layout="constrained")
        axis = figure.subplots()
        for name, run in map(named, runs):
            axis.plot(*curve(Path(run)), marker="o", markersize=4, label=name)
        if level:
            name, height = named(level)
            axis.axhline(float(height), color="grey", linestyle="--", linewidth=1, label=name)
        axis.set_xlabel("steps of 16 pairs")
        axis.set_ylabel("ROUGE-1")
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        output.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(output, format="svg", metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
