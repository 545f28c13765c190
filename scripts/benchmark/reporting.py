"""The figures as a table on the terminal, as JSON and as a picture."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from measuring import Figure, Sample, ratios
from rich.console import Console
from rich.table import Table

PACKAGES = ("torch", "ctranslate2", "transformers", "sumy", "tokenizers")
TITLES = {
    "beam": "Peers with beams of four: articles per processor second",
    "greedy": "All by greedy search: articles per processor second",
    "extraction": "The articles' own sentences: articles per processor second",
}
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def machine() -> dict[str, Any]:
    """What the figures are of: the processor and what it can do, versions, and the commit."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        known = dict(line.split(":", 1) for line in lines if ":" in line)
        info = {key.strip(): value.strip() for key, value in known.items()}
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


def select(samples: Sequence[Sample], **wanted: Any) -> list[Sample]:
    """The samples with these values of their fields."""
    return [s for s in samples if all(getattr(s, key) == value for key, value in wanted.items())]


def rows(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """The figures of every system at every batch size: its rate, how many times as fast the first system of its kind
    is, what it wrote and how much memory it took."""
    found = []
    for decoding in dict.fromkeys(s.decoding for s in samples):
        kind = select(samples, decoding=decoding)
        for name, batch in dict.fromkeys((s.name, s.batch) for s in kind):
            own, first = select(kind, name=name, batch=batch), select(kind, name=kind[0].name, batch=batch)
            beside = None if name == kind[0].name else ratios(first, own, lambda s: s.rate)
            found.append({
                "decoding": decoding,
                "name": name,
                "batch": batch,
                "rate": asdict(Figure.of(s.rate for s in own)),
                "first_is_faster": beside and asdict(beside),
                "clock_per_article": Figure.of(s.clock / s.articles for s in own).median,
                "written": Figure.of(s.written for s in own).median,
                "peak_megabytes": Figure.of(s.peak for s in own).median,
            })  # fmt: skip
    return found


def process_rows(samples: Sequence[Sample], beside: str) -> list[dict[str, Any]]:
    """The figures of whole processes, with by how many processor seconds each takes more than the one named."""
    found = []
    for name in dict.fromkeys(s.name for s in samples):
        own = select(samples, name=name)
        base = {s.round: s.cpu for s in select(samples, name=beside)}
        more = [s.cpu - base[s.round] for s in own if s.round in base]
        found.append({
            "name": name,
            "cpu": asdict(Figure.of(s.cpu for s in own)),
            "clock": Figure.of(s.clock for s in own).median,
            "more_than_import_torch": Figure.of(more).median if more else None,
        })  # fmt: skip
    return found


def show(console: Console, written: Sequence[dict[str, Any]], processes: Sequence[dict[str, Any]]) -> None:
    """Print the tables."""
    for decoding in dict.fromkeys(row["decoding"] for row in written):
        _show_rates(console, [row for row in written if row["decoding"] == decoding], TITLES[decoding])
    if processes:
        _show_processes(console, processes)


def _show_rates(console: Console, own: Sequence[dict[str, Any]], title: str) -> None:
    batches = list(dict.fromkeys(row["batch"] for row in own))
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for batch in batches:
        table.add_column(f"batch {batch}", justify="right")
        table.add_column("×", justify="right")
    table.add_column("written", justify="right")
    table.add_column("peak MB", justify="right")
    for name in dict.fromkeys(row["name"] for row in own):
        at = {row["batch"]: row for row in own if row["name"] == name}
        cells = [cell for batch in batches for cell in _rate_cells(at.get(batch))]
        peaks = " / ".join(f"{at[batch]['peak_megabytes']:.0f}" for batch in batches if batch in at)
        table.add_row(name, *cells, f"{next(iter(at.values()))['written']:.0f}", peaks)
    console.print(table)


def _rate_cells(row: dict[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return "", ""
    rate, beside = f"{row['rate']['median']:.2f}", row["first_is_faster"]
    return rate, _with_spread(beside, 2) if beside else "1"


def _with_spread(figure: dict[str, float], digits: int) -> str:
    """A median, and in brackets the least and the most where they differ from it."""
    median, least, most = (f"{figure[name]:.{digits}f}" for name in ("median", "least", "most"))
    return median if least == most else f"{median} ({least}–{most})"


def _show_processes(console: Console, own: Sequence[dict[str, Any]]) -> None:
    table = Table(title="Whole processes: seconds", title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for heading in ("processor (least–most)", "beside import torch", "clock"):
        table.add_column(heading, justify="right")
    for row in own:
        more = row["more_than_import_torch"]
        beside = "" if more is None else f"{more:+.2f}"
        table.add_row(row["name"], _with_spread(row["cpu"], 3), beside, f"{row['clock']:.2f}")
    console.print(table)


def save(path: Path, about: dict[str, Any], samples: Sequence[Sample], figures: dict[str, Any]) -> None:
    """Write everything as JSON: what was measured on, the figures, and every single measurement."""
    everything = about | figures | {"samples": [asdict(sample) for sample in samples]}
    path.write_text(json.dumps(everything, indent=2) + "\n", "utf-8")


def plot(path: Path, written: Sequence[dict[str, Any]]) -> None:
    """Draw the rates: a panel for each way to decode, a bar for each system and batch size, on a logarithmic axis."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    kinds = list(dict.fromkeys(row["decoding"] for row in written))
    sizes = [sum(row["decoding"] == kind for row in written) + 1 for kind in kinds]
    figure, panels = plt.subplots(
        len(kinds), 1, figsize=(8, 0.3 * sum(sizes) + 1), height_ratios=sizes, sharex=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for panel, kind in zip(panels[:, 0], kinds, strict=True):
        own = [row for row in written if row["decoding"] == kind]
        names = list(dict.fromkeys(row["name"] for row in own))
        values = [row["rate"]["median"] for row in own]
        spread = [[abs(row["rate"][end] - row["rate"]["median"]) for row in own] for end in ("least", "most")]
        labels = [f"{row['name']}, batch {row['batch']}" for row in own]
        colors = [f"C{names.index(row['name'])}" for row in own]
        panel.barh(range(len(own)), values, xerr=spread, color=colors, error_kw={"lw": 1})
        panel.bar_label(panel.containers[-1], [f" {value:.2f}" for value in values], fontsize=7)
        panel.set_yticks(range(len(own)), labels, fontsize=7)
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.margins(x=0.12)
        panel.set_title(TITLES[kind], fontsize=9, loc="left")
    figure.savefig(path)
    plt.close(figure)
