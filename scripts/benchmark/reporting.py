"""Reporting: the figures as tables on a terminal, as JSON, and as a plot."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from measuring import Sample, Spread, ratio
from rich.console import Console
from rich.table import Table

Row = dict[str, Any]

PACKAGES = ("torch", "ctranslate2", "transformers", "sumy", "tokenizers")
TITLES = {
    "beam": "Peers with beams of four: articles per processor second",
    "greedy": "Greedy search: articles per processor second",
    "extraction": "Extraction: articles per processor second",
}
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def machine() -> Row:
    """What was measured on: the processor with its instructions, versions, and the commit."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        info = {key.strip(): value.strip() for key, value in fields.items()}
    except OSError:
        info = {}
    flags = info.get("flags", "").split()
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return {
        "processor": info.get("model name", platform.processor()),
        "instructions": [name for name in INSTRUCTIONS if name in flags],
        "python": platform.python_version(),
        "versions": {name: version for name in PACKAGES if (version := _version(name))},
        "commit": commit or None,
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def select(samples: Sequence[Sample], **fields: Any) -> list[Sample]:
    """The samples whose fields have these values."""
    return [s for s in samples if all(getattr(s, name) == value for name, value in fields.items())]


def rate_rows(samples: Sequence[Sample]) -> list[Row]:
    """A row for each system and batch size, with its rate, how many times as fast the first system of the same decoding
    is, the length of its summaries and its memory."""
    rows = []
    for decoding in dict.fromkeys(s.decoding for s in samples):
        compared = select(samples, decoding=decoding)
        for label, batch_size in dict.fromkeys((s.label, s.batch_size) for s in compared):
            measured = select(compared, label=label, batch_size=batch_size)
            first = select(compared, label=compared[0].label, batch_size=batch_size)
            speedup = None if label == compared[0].label else ratio(first, measured, lambda s: s.rate)
            rows.append({
                "decoding": decoding,
                "label": label,
                "batch_size": batch_size,
                "rate": asdict(Spread.of(s.rate for s in measured)),
                "first_is_faster": speedup and asdict(speedup),
                "clock_per_article": Spread.of(s.clock_seconds / s.n_articles for s in measured).median,
                "summary_length": Spread.of(s.summary_length for s in measured).median,
                "peak_megabytes": Spread.of(s.peak_megabytes for s in measured).median,
            })  # fmt: skip
    return rows


def process_rows(samples: Sequence[Sample], baseline: str) -> list[Row]:
    """A row for each whole process, with its processor seconds beyond those of the baseline in the same round."""
    rows = []
    for label in dict.fromkeys(s.label for s in samples):
        measured = select(samples, label=label)
        base = {s.round: s.cpu_seconds for s in select(samples, label=baseline)}
        beyond = [s.cpu_seconds - base[s.round] for s in measured if s.round in base]
        rows.append({
            "label": label,
            "cpu": asdict(Spread.of(s.cpu_seconds for s in measured)),
            "clock": Spread.of(s.clock_seconds for s in measured).median,
            "beyond_import_torch": Spread.of(beyond).median if beyond else None,
        })  # fmt: skip
    return rows


def show(console: Console, rates: Sequence[Row], processes: Sequence[Row]) -> None:
    """Print the tables."""
    for decoding in dict.fromkeys(row["decoding"] for row in rates):
        _show_rates(console, [row for row in rates if row["decoding"] == decoding], TITLES[decoding])
    if processes:
        _show_processes(console, processes)


def _show_rates(console: Console, rows: Sequence[Row], title: str) -> None:
    batch_sizes = list(dict.fromkeys(row["batch_size"] for row in rows))
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for batch_size in batch_sizes:
        table.add_column(f"batch {batch_size}", justify="right")
        table.add_column("×", justify="right")
    table.add_column("length", justify="right")
    table.add_column("peak MB", justify="right")
    for label in dict.fromkeys(row["label"] for row in rows):
        by_size = {row["batch_size"]: row for row in rows if row["label"] == label}
        cells = [cell for size in batch_sizes for cell in _rate_cells(by_size.get(size))]
        peaks = " / ".join(f"{by_size[size]['peak_megabytes']:.0f}" for size in batch_sizes if size in by_size)
        table.add_row(label, *cells, f"{next(iter(by_size.values()))['summary_length']:.0f}", peaks)
    console.print(table)


def _rate_cells(row: Row | None) -> tuple[str, str]:
    if row is None:
        return "", ""
    rate, speedup = f"{row['rate']['median']:.2f}", row["first_is_faster"]
    return rate, _format_spread(speedup, 2) if speedup else "1"


def _format_spread(spread: dict[str, float], digits: int) -> str:
    """A median, and in brackets the minimum and maximum if they differ from each other."""
    median, minimum, maximum = (f"{spread[name]:.{digits}f}" for name in ("median", "minimum", "maximum"))
    return median if minimum == maximum else f"{median} ({minimum}–{maximum})"


def _show_processes(console: Console, rows: Sequence[Row]) -> None:
    table = Table(title="Whole processes: seconds", title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for heading in ("processor (min–max)", "beyond import torch", "clock"):
        table.add_column(heading, justify="right")
    for row in rows:
        beyond = row["beyond_import_torch"]
        cell = "" if beyond is None else f"{beyond:+.2f}"
        table.add_row(row["label"], _format_spread(row["cpu"], 3), cell, f"{row['clock']:.2f}")
    console.print(table)


def save(path: Path, about: Row, samples: Sequence[Sample], figures: dict[str, list[Row]]) -> None:
    """Write as JSON what was measured on, the figures, and every sample."""
    content = about | figures | {"samples": [asdict(sample) for sample in samples]}
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def plot(path: Path, rates: Sequence[Row]) -> None:
    """Plot the rates: a panel for each way to decode, a bar for each system and batch size, on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    kinds = list(dict.fromkeys(row["decoding"] for row in rates))
    sizes = [sum(row["decoding"] == kind for row in rates) + 1 for kind in kinds]
    figure, panels = plt.subplots(
        len(kinds), 1, figsize=(8, 0.3 * sum(sizes) + 1), height_ratios=sizes, sharex=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for panel, kind in zip(panels[:, 0], kinds, strict=True):
        rows = [row for row in rates if row["decoding"] == kind]
        systems = list(dict.fromkeys(row["label"] for row in rows))
        values = [row["rate"]["median"] for row in rows]
        spread = [[abs(row["rate"][end] - row["rate"]["median"]) for row in rows] for end in ("minimum", "maximum")]
        labels = [f"{row['label']}, batch {row['batch_size']}" for row in rows]
        colors = [f"C{systems.index(row['label'])}" for row in rows]
        panel.barh(range(len(rows)), values, xerr=spread, color=colors, error_kw={"lw": 1})
        panel.bar_label(panel.containers[-1], [f" {value:.2f}" for value in values], fontsize=7)
        panel.set_yticks(range(len(rows)), labels, fontsize=7)
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.margins(x=0.12)
        panel.set_title(TITLES[kind], fontsize=9, loc="left")
    figure.savefig(path)
    plt.close(figure)
