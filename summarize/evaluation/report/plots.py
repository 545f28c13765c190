"""Plots of scores as SVG that takes its colours from the page.

Matplotlib draws with placeholder colours, which are replaced by CSS variables; the page's style sheet sets these for
light and dark mode.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summarize.evaluation import ROUGE_TYPES
from summarize.evaluation.report.tables import metric_label

N_COLOURS = 8
INK, GRID = "#010101", "#020202"
SERIES = tuple(f"#0303{i:02x}" for i in range(N_COLOURS))
_VARIABLES = {INK: "--ink", GRID: "--grid"} | {colour: f"--series-{i}" for i, colour in enumerate(SERIES)}
LENGTH_BINS = 8
N_SHADE_CELLS = 32  # on each side of a scatter plot of many documents
MAX_POINTS = 400  # with more documents, a scatter plot shows shades

_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "summarize",  # the same ids at every run
    "text.parse_math": False,  # a dollar sign in a system's name is literal
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def colour(i: int) -> str:
    """The placeholder colour of the i-th system."""
    return SERIES[i % N_COLOURS]


@contextmanager
def _figure(width: float, height: float, **options: Any) -> Iterator[tuple[Any, Any, list[str]]]:
    """A figure (width, height in inches), its axes, and a list to which its SVG is appended at the end."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        svg: list[str] = []
        yield figure, figure.subplots(squeeze=False, **options), svg
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        svg.append(_themed(out.getvalue()))


def _themed(svg: str) -> str:
    """The SVG element alone, sized by the page, with CSS variables for colours and ids that are unique in the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg ([^>]*?)height="[\d.]+pt"', r"<svg \1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)width="([\d.]+)pt"', r'\1style="max-width: \2pt"', svg, count=1)
    for placeholder, variable in _VARIABLES.items():
        svg = svg.replace(placeholder, f"var({variable})")
    prefix = f"p{zlib.crc32(svg.encode()):08x}-"
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}', svg)
    return svg.replace("url(#", f"url(#{prefix}")


def scores_with_intervals(document: dict[str, Any]) -> str:
    """F1 of every system with its 95 % interval, one panel per metric."""
    systems = document["systems"]
    with _figure(9, 0.9 + 0.34 * len(systems), ncols=len(ROUGE_TYPES), sharey=True) as (_, axes, svg):
        for axis, rouge in zip(axes[0], ROUGE_TYPES, strict=True):
            for i, system in enumerate(systems):
                score = system[rouge]
                axis.plot([100 * score["low"], 100 * score["high"]], [i, i], color=colour(i), linewidth=3)
                axis.plot(100 * score["fmeasure"], i, "|", color=colour(i), markersize=12, markeredgewidth=2)
            axis.set_title(metric_label(rouge))
            axis.set_yticks(range(len(systems)), [shortened(s["name"]) for s in systems])
            axis.set_ylim(len(systems) - 0.4, -0.6)
            axis.grid(visible=False, axis="y")
            axis.margins(x=0.15)
    return svg[0]


def shortened(name: str, max_characters: int = 24) -> str:
    """A name that fits beside a plot: the end of a long one."""
    return name if len(name) <= max_characters else f"…{name[1 - max_characters :]}"


def distributions(names: Sequence[str], scores: Sequence[NDArray[np.float64]]) -> str:
    """The distribution of each system's F1 (0–100) over documents: one curve per system, its mean as a line."""
    with _figure(9, 0.9 + 0.62 * len(names)) as (_, axes, svg):
        axis = axes[0][0]
        edges = np.linspace(0, 100, 41)
        centres = (edges[:-1] + edges[1:]) / 2
        for i, values in enumerate(scores):
            counts, _ = np.histogram(values, edges)
            height = 0.85 * np.convolve(counts, [0.25, 0.5, 0.25], "same") / max(1, counts.max())
            base = len(names) - 1 - i
            axis.fill_between(centres, base, base + height, color=colour(i), alpha=0.35, linewidth=0)
            axis.plot(centres, base + height, color=colour(i), linewidth=1.2)
            axis.plot([values.mean()] * 2, [base, base + 0.85], color=colour(i), linewidth=2.2)
        axis.set_yticks([len(names) - 1 - i + 0.3 for i in range(len(names))], [shortened(name) for name in names])
        axis.grid(visible=False, axis="y")
        axis.set_xlim(0, 100)
        axis.set_ylim(-0.08, len(names))
        axis.set_xlabel("ROUGE-1 F1 of a document")
    return svg[0]


def against_length(names: Sequence[str], lengths: NDArray[np.float64], scores: Sequence[NDArray[np.float64]]) -> str:
    """Mean F1 (0–100) of documents of similar length, with its 95 % interval (normal approximation).

    lengths: (documents,), in words; scores: (documents,) of each system.
    """
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, LENGTH_BINS + 1)))
    group = np.clip(np.searchsorted(edges, lengths, "right") - 1, 0, max(0, len(edges) - 2))
    with _figure(9, 3.6) as (_, axes, svg):
        axis = axes[0][0]
        for i, (name, values) in enumerate(zip(names, scores, strict=True)):
            groups = [(lengths[group == k], values[group == k]) for k in range(max(1, len(edges) - 1))]
            groups = [(x, y) for x, y in groups if len(y)]
            x = [g.mean() for g, _ in groups]
            y = np.array([g.mean() for _, g in groups])
            half = np.array([1.96 * g.std() / np.sqrt(len(g)) for _, g in groups])
            axis.fill_between(x, y - half, y + half, color=colour(i), alpha=0.18, linewidth=0)
            axis.plot(x, y, "o-", color=colour(i), markersize=4, label=shortened(name))
        axis.set_xlabel("words of the document (groups of equal size)")
        axis.set_ylabel("ROUGE-1 F1")
        axis.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    return svg[0]


def positions(names: Sequence[str], shares: Sequence[Sequence[float]]) -> str:
    """The share of each system's shared words that comes from each tenth of the document, in percent."""
    with _figure(9, 3.4) as (_, axes, svg):
        axis = axes[0][0]
        bins = len(shares[0])
        width = 0.84 / len(names)
        for i, (name, values) in enumerate(zip(names, shares, strict=True)):
            x = np.arange(bins) - 0.42 + (i + 0.5) * width
            axis.bar(x, 100 * np.array(values), width * 0.92, color=colour(i), label=shortened(name))
        axis.set_xticks(range(bins), [f"{10 * i}–{10 * (i + 1)} %" for i in range(bins)], fontsize=9)
        axis.grid(visible=False, axis="x")
        axis.set_xlabel("position in the document")
        axis.set_ylabel("% of shared words")
        axis.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    return svg[0]


def scatter(names: tuple[str, str], a: NDArray[np.float64], b: NDArray[np.float64]) -> str:
    """One system's F1 (0–100) against another's: one point per document, or shades for many documents."""
    from matplotlib.colors import ListedColormap, to_rgb

    with _figure(4.6, 4.4) as (_, axes, svg):
        axis = axes[0][0]
        if len(a) <= MAX_POINTS:
            axis.plot(a, b, "o", color=SERIES[0], alpha=0.5, markersize=4, markeredgewidth=0)
        else:
            counts, edges, _ = np.histogram2d(a, b, N_SHADE_CELLS, range=((0, 100), (0, 100)))
            shades = ListedColormap([(*to_rgb(SERIES[0]), alpha) for alpha in np.linspace(0.12, 1, 24)])
            cells = np.ma.masked_equal(np.sqrt(counts.T), 0)
            axis.pcolormesh(edges, edges, cells, cmap=shades, linewidth=0, rasterized=False)
        axis.plot([0, 100], [0, 100], color=INK, linewidth=0.8)
        axis.set(xlim=(-1, 101), ylim=(-1, 101), aspect="equal")
        axis.set_xlabel(f"ROUGE-1 F1 of {shortened(names[0])}")
        axis.set_ylabel(f"ROUGE-1 F1 of {shortened(names[1])}")
    return svg[0]
