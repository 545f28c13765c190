"""Scores as a table, or as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import IO

from summarize.evaluation import ROUGE_TYPES, Evaluation
from summarize.rendering.text import printable
from summarize.terminal import Color, console


def render_scores(
    evaluations: Sequence[Evaluation], signature: str, out: IO[str], format: str, color: Color = "auto"
) -> None:
    """Scores as a table (out of 100), or as JSON (fractions of 1)."""
    if format == "json":
        systems = [
            {"name": e.name} | {rouge: dataclasses.asdict(s) for rouge, s in e.scores.items()} for e in evaluations
        ]
        document = {"signature": signature, "documents": evaluations[0].documents, "systems": systems}
        print(json.dumps(document, indent=2), file=out)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=signature, caption_justify="left")
    table.add_column("system")
    for heading in ("ROUGE", "precision", "recall", "F1"):
        table.add_column(heading, justify="left" if heading == "ROUGE" else "right")
    for e in evaluations:
        for i, rouge in enumerate(ROUGE_TYPES):
            s = e.scores[rouge]
            name = Text(f"{printable(e.name)} ({e.documents:,} documents)" if i == 0 else "")
            cells = [f"{100 * x:.2f}" for x in (s.precision, s.recall, s.fmeasure)]
            table.add_row(name, rouge.removeprefix("rouge"), *cells, end_section=i == len(ROUGE_TYPES) - 1)
    console(out, color).print(table)
