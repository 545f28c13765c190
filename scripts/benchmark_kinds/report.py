"""The results as a table of text, and as one HTML page with plots."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from summarize.evaluation.statistics import bootstrap_means, holm, interval, randomisation_p

METRICS = ("rouge1", "rouge2", "rougeLsum")
# What is shown of each system beside ROUGE: the name of a row's field, the heading, and the factor.
DETAILS = {
    "words": ("words", 1),
    "copied_sentences": ("sentences copied, %", 100),
    "novel_2": ("new bigrams, %", 100),
    "dangling": ("openers without antecedent, % of sentences", 100),
    "unsupported": ("unsupported numbers and names", 1),
    "empty": ("empty, %", 100),
    "seconds": ("CPU-seconds", 1),
}
SIGNIFICANT = 0.05
N_RESAMPLES, N_TRIALS, SEED = 1000, 2000, 1
TEMPLATE = "report.html.jinja"


@dataclass(frozen=True)
class SetResults:
    """The results on one set. rows: of each system, the documents' rows, in one order."""

    name: str
    max_words: int
    rows: dict[str, list[dict[str, Any]]]

    @property
    def n_documents(self) -> int:
        """The number of its documents."""
        return len(next(iter(self.rows.values())))

    def scores(self, system: str) -> np.ndarray:
        """F1 in per cent of each document, (documents, METRICS)."""
        return np.array([[100 * row[metric] for metric in METRICS] for row in self.rows[system]])

    def detail(self, system: str, field: str) -> float:
        """The mean of a field over the documents that have it; NaN for none."""
        values = [row[field] for row in self.rows[system] if row.get(field) is not None]
        return float(np.mean(values)) if values else np.nan


@dataclass(frozen=True)
class Comparison:
    """A system beside the best other one on a set: R1 + R2 + Lsum, and p after Holm's correction over the sets."""

    set_name: str
    other: str
    difference: float
    p: float

    @property
    def verdict(self) -> str:
        """Whether the system is better or worse, or neither significantly."""
        if self.p >= SIGNIFICANT:
            return "no difference"
        return "better" if self.difference > 0 else "worse"


def compare(results: Sequence[SetResults], system: str) -> list[Comparison]:
    """A system beside the best other one of each set, by paired randomisation."""
    found = []
    for one in results:
        sums = {name: one.scores(name).sum(1) for name in one.rows}
        other = max((name for name in sums if name != system), key=lambda name: float(sums[name].mean()))
        differences = (sums[system] - sums[other])[:, None]
        p = float(randomisation_p(differences, N_TRIALS, SEED)[0])
        found.append((one.name, other, float(differences.mean()), p))
    corrected = holm([p for *_, p in found])
    return [Comparison(*entry[:3], p) for entry, p in zip(found, corrected, strict=True)]


def text_report(results: Sequence[SetResults]) -> str:
    """Mean ROUGE of each system and set, and where a system beats the best of the others, or loses."""
    systems = list(results[0].rows)
    lines = [f"{'set':18} {'n':>4} {'words':>5}  " + "  ".join(f"{name[-22:]:>22}" for name in systems)]
    for one in results:
        means = [" / ".join(f"{v:5.1f}" for v in one.scores(name).mean(0)) for name in systems]
        lines.append(f"{one.name:18} {one.n_documents:4} {one.max_words:5}  " + "  ".join(f"{m:>22}" for m in means))
    for name in systems if len(systems) > 1 else ():
        lines.append(f"\n{name}, R1 + R2 + Lsum, beside the best other:")
        lines += [
            f"  {c.set_name:18} {c.other:22} {c.difference:+6.2f}  p = {c.p:.3f}  {c.verdict}"
            for c in compare(results, name)
        ]
    lines.append("\nmeans over sets:")
    for field, (heading, factor) in DETAILS.items():
        values = [f"{_mean_detail(results, name, field) * factor:10.2f}" for name in systems]
        lines.append(f"  {heading:44}" + "".join(values))
    lines.append(f"  {'':44}" + "".join(f"{name[-9:]:>10}" for name in systems))
    return "\n".join(lines)


def _mean_detail(results: Sequence[SetResults], system: str, field: str) -> float:
    values = [value for one in results if not np.isnan(value := one.detail(system, field))]
    return float(np.mean(values)) if values else np.nan


def html_report(results: Sequence[SetResults]) -> str:
    """The page: tables, comparisons, plots of ROUGE with intervals, and a summary of each system of each set."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    systems = list(results[0].rows)
    return environment.get_template(TEMPLATE).render(
        systems=systems,
        metrics=METRICS,
        results=[
            (one, {name: one.scores(name).mean(0) for name in systems}, [row["id"] for row in one.rows[systems[0]]])
            for one in results
        ],
        comparisons={name: compare(results, name) for name in systems if len(systems) > 1},
        details=[
            (heading, [_mean_detail(results, name, field) * factor for name in systems])
            for field, (heading, factor) in DETAILS.items()
        ],
        plot=_plot(results, systems),
    )


def _plot(results: Sequence[SetResults], systems: Sequence[str]) -> Any:
    """ROUGE-1 of each system and set with its 95 % bootstrap interval, as SVG."""
    import matplotlib
    from draw_attention import STYLE
    from markupsafe import Markup
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8, 0.6 + len(results) * (0.16 * len(systems) + 0.2)), layout="constrained")
        axis = figure.subplots()
        for i, name in enumerate(systems):
            heights = np.arange(len(results)) + (i - (len(systems) - 1) / 2) * 0.8 / len(systems)
            scores = [one.scores(name)[:, 0] for one in results]
            low, high = np.array([_interval(values) for values in scores]).T
            axis.hlines(heights, low, high, color=f"C{i}", linewidth=1.5)
            axis.plot([values.mean() for values in scores], heights, "o", color=f"C{i}", markersize=4, label=name)
        axis.set_yticks(range(len(results)), [one.name for one in results])
        axis.set_ylim(len(results) - 0.4, -0.6)
        axis.set_xlabel("ROUGE-1")
        axis.spines[["top", "right"]].set_visible(False)
        figure.legend(frameon=False, loc="outside upper center", ncols=min(4, len(systems)))
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    return Markup(svg[svg.index("<svg") :])


def _interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean."""
    low, high = interval(bootstrap_means(values[:, None], N_RESAMPLES, SEED))
    return float(low[0]), float(high[0])
