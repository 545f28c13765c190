"""Draw the validation ROUGE-1 of training runs against their steps.

    python scripts/draw_learning.py "100 pairs=runs/100" "300 pairs=runs/300" --level "without a style=30.88" out.svg

A run needs scores in its log: train it with --validation and with --rouge-examples above 0.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import matplotlib
from draw_attention import STYLE
from matplotlib.figure import Figure


def read_curve(run: Path) -> tuple[list[int], list[float]]:
    """The steps at which a run was scored, and its ROUGE-1 F1 in per cent at each."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    scores = {row["step"]: row["rouge1"] for row in rows if "rouge1" in row}
    return list(scores), list(scores.values())


def split_label(text: str) -> tuple[str, str]:
    """Split NAME=VALUE. Raises UsageError."""
    name, _, value = text.rpartition("=")
    if not name:
        raise click.UsageError(f"{text!r} is not NAME=VALUE")
    return name, value


@click.command(help=(__doc__ or "").replace("\n\n    python", "\n\n\b\n    python"))
@click.argument("runs", nargs=-1, required=True, metavar="NAME=RUN...")
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--level", metavar="NAME=X", help="Draw a horizontal line at this ROUGE-1.")
def main(runs: tuple[str, ...], output: Path, level: str | None) -> None:
    """Draw one curve a run into OUTPUT, an SVG file."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6, 3), layout="constrained")
        axis = figure.subplots()
        for name, run in map(split_label, runs):
            axis.plot(*read_curve(Path(run)), marker="o", markersize=4, label=name)
        if level:
            name, height = split_label(level)
            axis.axhline(float(height), color="grey", linestyle="--", linewidth=1, label=name)
        axis.set_xlabel("steps of 16 pairs")
        axis.set_ylabel("ROUGE-1")
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        output.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(output, format="svg", metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
