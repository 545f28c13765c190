"""The report: one self-contained HTML page, which fetches nothing.

The template engine escapes every text; plots are SVG inside the page.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from summarize.atomic_write import write_atomically
from summarize.errors import UsageError
from summarize.evaluation import MEASURES, Example, Results
from summarize.evaluation.report.overlap import Segment, overlap
from summarize.evaluation.report.tables import note, percent, tables_of
from summarize.evaluation.summary import mean_rouge
from summarize.rendering import on_one_line, printable

N_BEST = 3  # best documents of a system, and as many of the worst
MAX_DOCUMENT_CHARACTERS = 1500
MAX_SCATTER_PLOTS = 6


@dataclass(frozen=True)
class Plot:
    """A plot as SVG, with its title and caption."""

    title: str
    svg: Any  # markup that the template does not escape
    caption: str


@dataclass(frozen=True)
class ShownDocument:
    """A document with some systems' summaries, as the page shows it."""

    id: str
    document: str
    references: list[str]
    summaries: list[tuple[str, str, list[Segment]]]  # system, scores, text


def check_report(path: Path) -> None:
    """Raise UsageError if the page could not be made or written, before any slow work starts."""
    try:
        import jinja2  # noqa: F401
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError("--report needs the extra `plots`: pip install 'summarize[plots]'") from None
    needed = [path] if path.exists() else []
    if not _is_special(path):
        needed.append(path.resolve().parent)
    if path.is_dir() or not all(os.access(needed_path, os.W_OK) for needed_path in needed):
        raise UsageError(f"{path}: cannot be written")


def _is_special(path: Path) -> bool:
    """Whether a path is a device or pipe, which is written in place."""
    return path.exists() and not path.is_file()


def write_report(path: Path, results: Results, document: dict[str, Any]) -> None:
    """Write the page of a run. document: its results as JSON (see summarize_results)."""
    text = report(results, document).encode("utf-8", "replace").decode("utf-8")
    if _is_special(path):
        path.write_text(text, "utf-8")
    else:
        write_atomically(path.resolve(), text)


def report(results: Results, document: dict[str, Any]) -> str:
    """The page as HTML."""
    import jinja2

    loader = jinja2.PackageLoader("summarize.evaluation.report", "")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.undefined = jinja2.StrictUndefined
    environment.filters["printable"] = printable
    environment.filters["line"] = on_one_line
    pairs = _pairs_to_plot(results, document)
    best_and_worst, differences = _shown_documents(results, document)
    return environment.get_template("report.html.jinja").render(
        document=document,
        data=str(results.data.data),
        note=note(document),
        tables=tables_of(document),
        measures={name.replace("_", " "): text for name, text in MEASURES.items() if _has_measure(document, name)},
        plots=_plots(results, document, pairs),
        systems=best_and_worst,
        differences=differences,
    )


def _has_measure(document: dict[str, Any], measure: str) -> bool:
    return any(measure in system["measures"] for system in document["systems"])


def _pairs_to_plot(results: Results, document: dict[str, Any]) -> list[tuple[int, int]]:
    """The pairs of systems for scatter plots: those that were compared, or the first ones."""
    names = [system.name for system in results.systems]
    compared = [(names.index(c["a"]), names.index(c["b"])) for c in document["comparisons"]]
    return list(dict.fromkeys(compared or combinations(range(len(names)), 2)))[:MAX_SCATTER_PLOTS]


def _plots(results: Results, document: dict[str, Any], pairs: Sequence[tuple[int, int]]) -> list[Plot]:
    from markupsafe import Markup

    from summarize.evaluation.report import plots

    names = [on_one_line(system.name) for system in results.systems]
    f1 = [100 * system.column("rouge1.fmeasure") for system in results.systems]
    made = [
        Plot(
            "Scores and their intervals",
            plots.scores_with_intervals(document),
            "Mean F1 over documents. The line is the 95 % bootstrap interval: other documents of the same kind would "
            "give means in about this range. The intervals of two systems may overlap although their difference is "
            "significant, because both are scored on the same documents.",
        ),
        Plot(
            "Distribution of scores",
            plots.distributions(names, f1),
            "How often documents get each score; the vertical line is the mean.",
        ),
    ]
    lengths = results.systems[0].column("document_words")
    if not np.isnan(lengths).any() and len(lengths) > 1:
        caption = "Documents in groups of equal size by their length; the band is a 95 % interval of the group's mean."
        made.append(Plot("Score against length", plots.against_length(names, lengths, f1), caption))
    copying = [(name, s["positions"]) for name, s in zip(names, document["systems"], strict=True) if s["positions"]]
    if copying:
        caption = "Position in the document of the words that a summary shares with it in fragments (Grusky et al.)."
        svg = plots.positions([name for name, _ in copying], [shares for _, shares in copying])
        made.append(Plot("Where content comes from", svg, caption))
    for a, b in pairs:
        caption = (
            "Each point is a document; with many documents, shades are their number. Above the line, the system of the "
            "vertical axis is better."
        )
        made.append(Plot("System against system", plots.scatter((names[a], names[b]), f1[a], f1[b]), caption))
    return [Plot(p.title, Markup(p.svg), p.caption) for p in made]


def _shown_documents(
    results: Results, document: dict[str, Any]
) -> tuple[list[tuple[str, list[tuple[str, list[ShownDocument]]]]], list[ShownDocument]]:
    """Each system's best and worst documents, and those on which compared systems differ most."""
    best_and_worst: list[tuple[int, list[int], list[int]]] = []
    for i, system in enumerate(results.systems):
        order = [int(n) for n in np.argsort(-mean_rouge(system), kind="stable")]
        best_and_worst.append((i, order[:N_BEST], order[max(N_BEST, len(order) - N_BEST) :]))
    numbers = {id_: n for n, id_ in enumerate(results.index.ids)}
    names = [system.name for system in results.systems]
    differing = [(numbers[d["id"]], [names.index(d["a"]), names.index(d["b"])]) for d in document["differences"]]
    wanted = [n for _, best, worst in best_and_worst for n in best + worst] + [n for n, _ in differing]
    examples = results.examples(wanted)

    def shown(n: int, systems: Sequence[int]) -> ShownDocument:
        return _shown_document(results, n, examples[n], systems)

    by_system = [
        (names[i], [("Best", [shown(n, [i]) for n in best]), ("Worst", [shown(n, [i]) for n in worst])])
        for i, best, worst in best_and_worst
    ]
    return by_system, [shown(n, systems) for n, systems in differing]


def _shown_document(results: Results, n: int, example: Example, systems: Sequence[int]) -> ShownDocument:
    summaries = []
    for i in systems:
        system = results.systems[i]
        scores = " / ".join(percent(float(system.column(f"{r}.fmeasure")[n])) for r in ("rouge1", "rouge2", "rougeL"))
        segments = overlap(results.store.get(system.name, n), example.references, results.settings)
        summaries.append((system.name, scores, segments))
    text = example.document or ""
    shortened = text if len(text) <= MAX_DOCUMENT_CHARACTERS else f"{text[:MAX_DOCUMENT_CHARACTERS]} …"
    return ShownDocument(example.id, shortened, list(example.references), summaries)
