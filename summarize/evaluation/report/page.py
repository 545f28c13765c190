"""The report: one HTML page that holds everything it shows, and fetches nothing.

Every text is escaped by the template engine; pictures are SVG inside the page.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from summarize.errors import UsageError
from summarize.evaluation import MEASURES, Example, Results
from summarize.evaluation.report.overlap import Piece, overlap
from summarize.evaluation.report.tables import note, percent, tables_of
from summarize.evaluation.summary import overall
from summarize.rendering import heading, printable

SHOWN = 3  # best and worst documents of a system
LONGEST = 1500  # characters of a document that are shown
SCATTERS = 6  # pairs of systems


@dataclass(frozen=True)
class Picture:
    """SVG, and what it shows."""

    title: str
    svg: Any  # markup that the template leaves as it is
    caption: str


@dataclass(frozen=True)
class Shown:
    """A document with some systems' summaries, as the page shows it."""

    id: str
    document: str
    references: list[str]
    summaries: list[tuple[str, str, list[Piece]]]  # system, scores, text


def check_report(path: Path) -> None:
    """Raises UsageError where the page could not be made or written, before anything long starts."""
    try:
        import jinja2  # noqa: F401
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError("--report needs the extra `plots`: pip install 'summarize[plots]'") from None
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path}: cannot be written")


def write_report(path: Path, results: Results, document: dict[str, Any]) -> None:
    """Write the page of a run whose JSON document is this one."""
    path.write_text(report(results, document), encoding="utf-8", errors="replace")


def report(results: Results, document: dict[str, Any]) -> str:
    """The page."""
    import jinja2

    loader = jinja2.PackageLoader("summarize.evaluation.report", "")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.undefined = jinja2.StrictUndefined
    environment.filters["printable"] = printable
    environment.filters["line"] = heading
    pairs = _pairs(results, document)
    best_and_worst, differences = _documents(results, document)
    return environment.get_template("report.html.jinja").render(
        document=document,
        data=str(results.data.data),
        note=note(document),
        tables=tables_of(document),
        measures={name.replace("_", " "): text for name, text in MEASURES.items() if _has(document, name)},
        pictures=_pictures(results, document, pairs),
        systems=best_and_worst,
        differences=differences,
    )


def _has(document: dict[str, Any], measure: str) -> bool:
    return any(measure in system["measures"] for system in document["systems"])


def _pairs(results: Results, document: dict[str, Any]) -> list[tuple[int, int]]:
    """The pairs of systems to draw against each other: those that were compared, or the first ones."""
    names = [system.name for system in results.systems]
    compared = [(names.index(c["a"]), names.index(c["b"])) for c in document["comparisons"]]
    return list(dict.fromkeys(compared or combinations(range(len(names)), 2)))[:SCATTERS]


def _pictures(results: Results, document: dict[str, Any], pairs: Sequence[tuple[int, int]]) -> list[Picture]:
    from markupsafe import Markup

    from summarize.evaluation.report import plots

    names = [heading(system.name) for system in results.systems]
    f1 = [100 * system.column("rouge1.fmeasure") for system in results.systems]
    pictures = [
        Picture(
            "Scores and their intervals",
            plots.scores_with_intervals(document),
            "Mean F1 over documents. The line is the 95 % bootstrap interval: other documents of the same kind would "
            "give means in about this range. Intervals of two systems may overlap though the difference is "
            "significant, for both are scored on the same documents.",
        ),
        Picture(
            "How scores are spread",
            plots.distributions(names, f1),
            "How often documents get each score; the upright line is the mean.",
        ),
    ]
    lengths = results.systems[0].column("document_words")
    if not np.isnan(lengths).any() and len(lengths) > 1:
        caption = "Documents in groups of equal size by their length; the band is a 95 % interval of the group's mean."
        pictures.append(Picture("Score against length", plots.against_length(names, lengths, f1), caption))
    copying = [(name, s["positions"]) for name, s in zip(names, document["systems"], strict=True) if s["positions"]]
    if copying:
        caption = "Where in the document the words stand that a summary shares with it in fragments (Grusky et al.)."
        svg = plots.positions([name for name, _ in copying], [shares for _, shares in copying])
        pictures.append(Picture("Where content comes from", svg, caption))
    for a, b in pairs:
        caption = (
            "A document is a point, or a shade where there are many; above the line that of the upright axis is better."
        )
        pictures.append(Picture("System against system", plots.scatter((names[a], names[b]), f1[a], f1[b]), caption))
    return [Picture(p.title, Markup(p.svg), p.caption) for p in pictures]


def _documents(results: Results, document: dict[str, Any]) -> tuple[list[tuple[str, list[Any]]], list[Shown]]:
    """Each system's best and worst documents, and those on which compared systems differ most."""
    chosen: list[tuple[int, list[int], list[int]]] = []
    for i, system in enumerate(results.systems):
        order = [int(n) for n in np.argsort(-overall(system), kind="stable")]
        chosen.append((i, order[:SHOWN], order[max(SHOWN, len(order) - SHOWN) :]))
    numbers = {id_: n for n, id_ in enumerate(results.keys.ids)}
    names = [system.name for system in results.systems]
    apart = [(numbers[d["id"]], [names.index(d["a"]), names.index(d["b"])]) for d in document["differences"]]
    wanted = [n for _, best, worst in chosen for n in best + worst] + [n for n, _ in apart]
    examples = results.texts(wanted)

    def shown(n: int, systems: Sequence[int]) -> Shown:
        return _shown(results, n, examples[n], systems)

    best_and_worst = [
        (names[i], [("Best", [shown(n, [i]) for n in best]), ("Worst", [shown(n, [i]) for n in worst])])
        for i, best, worst in chosen
    ]
    return best_and_worst, [shown(n, systems) for n, systems in apart]


def _shown(results: Results, n: int, example: Example, systems: Sequence[int]) -> Shown:
    text = example.document or ""
    summaries = []
    for i in systems:
        system = results.systems[i]
        scores = " / ".join(percent(float(system.column(f"{r}.fmeasure")[n])) for r in ("rouge1", "rouge2", "rougeL"))
        pieces = overlap(results.store.get(system.name, n), example.references, results.settings.stemmer)
        summaries.append((system.name, scores, pieces))
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return Shown(example.id, cut, list(example.references), summaries)
