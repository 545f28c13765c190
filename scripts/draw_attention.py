"""Pictures and tables of scripts/compare_attention.py, put into docs/attention and docs/attention.md.

    python scripts/draw_attention.py runs/attention/results.json

Tables go between <!-- dates --> or <!-- news --> and <!-- end -->; what is written around them stays.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import matplotlib
from matplotlib.figure import Figure

from summarize.evaluation.report.tables import p_value

PAGE = Path(__file__).parent.parent / "docs" / "attention.md"
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "summarize", "font.size": 9, "figure.facecolor": "white"}
MEASURES = {
    "entropy": "entropy of a head, bits",
    "entropy_of_mean": "of the heads' mean",
    "sharpness": "best attended token",
    "copied": "copied",
}
ROUGE = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-Lsum"}


def file_name(pointer: str) -> str:
    """additive, four heads → additive-four-heads.svg"""
    return re.sub(r"\W+", "-", pointer) + ".svg"


def draw_alignment(alignment: dict[str, Any], path: Path) -> None:
    """A panel a head: the letters of the answer downwards, of the date to the right; dark where one looks at one."""
    heads, source, target = alignment["weights"], alignment["source"], alignment["target"]
    columns = min(2, len(heads))
    rows = -(-len(heads) // columns)
    size = (0.19 * len(source) * columns + 1, 0.21 * len(target) * rows + 0.7)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).flat
        for number, (axis, weights) in enumerate(zip(panels, heads, strict=True), 1):
            axis.imshow(weights, cmap="Greys", vmin=0, vmax=1, aspect="auto")
            axis.set_xticks(range(len(source)), ["␣" if s == "_" else s for s in source])
            axis.set_yticks(range(len(target)), ["end" if t == "[SEP]" else t for t in target])
            axis.tick_params(length=0, labeltop=True, labelbottom=False)
            if len(heads) > 1:
                axis.set_title(f"head {number}", fontsize=9, loc="left")
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def draw_news(news: dict[str, Any], path: Path) -> None:
    """How the loss fell as each pointer learned, and the ROUGE-1 that it came to, with intervals."""
    names, systems = list(news["pointers"]), news["evaluation"]["systems"]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.5, 3), layout="constrained")
        learning, scores = figure.subplots(1, 2, width_ratios=(3, 2))
        for number, (own, system) in enumerate(zip(news["pointers"].values(), systems, strict=True)):
            steps, losses = zip(*own["losses"], strict=True)
            learning.plot(steps, losses, ("-", "--", "-.", ":")[number], color=f"C{number}", label=names[number])
            score = system["rouge1"]
            middle, low, high = (100 * score[name] for name in ("fmeasure", "low", "high"))
            scores.errorbar(middle, -number, xerr=[[middle - low], [high - middle]], fmt="o", color=f"C{number}")
        learning.set(xlabel="steps", ylabel="training loss, nats a token")
        learning.legend(fontsize=8)
        scores.set(xlabel="ROUGE-1 F1, 95 % intervals", ylim=(0.5 - len(names), 0.5))
        scores.set_yticks([-i for i in range(len(names))], names)
        scores.yaxis.tick_right()
        for axis in (learning, scores):
            axis.grid(alpha=0.3)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def table(rows: list[list[str]]) -> str:
    """Rows, the first of them the head, as Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def measured(figures: dict[str, Any]) -> list[str]:
    """The cells of what a pointer's attention is like."""
    return [f"{figures[name]:.2f}" for name in MEASURES]


def dates_table(dates: dict[str, Any]) -> str:
    """Dates translated right, and what attention is like."""
    pointers = dates["pointers"]
    steps = next(iter(pointers.values()))["learned"]
    head = ["pointer", *(f"after {int(n):,} steps" for n in steps), *MEASURES.values()]
    rows = [
        [name, *(f"{100 * share:.1f} %" for share in own["learned"].values()), *measured(own)]
        for name, own in pointers.items()
    ]
    return table([head, *rows])


def step_table(step: list[dict[str, Any]]) -> str:
    """One step of attention in numbers."""
    head = ["letter", "score", "share", "cosine of its value and the context"]
    return table([head, *([f"`{own['token']}`", *(f"{own[k]:.2f}" for k in list(own)[1:])] for own in step)])


def news_table(news: dict[str, Any]) -> str:
    """ROUGE with intervals, p-values against the first pointer, and what attention is like."""
    scores = news["evaluation"]
    systems = scores["systems"]
    head = ["pointer", *ROUGE.values(), "p against the first", *MEASURES.values()]
    rows = []
    for (name, own), system in zip(news["pointers"].items(), systems, strict=True):
        both = {systems[0]["name"], system["name"]}
        pairs = [c for c in scores["comparisons"] if c["metric"] == "rouge1" and {c["a"], c["b"]} == both]
        cells = [with_interval(system[metric]) for metric in ROUGE]
        rows.append([name, *cells, p_value(pairs[0]["p_holm"]) if pairs else "", *measured(own)])
    note = f"{scores['documents']} documents, {news['steps']} steps of 16 pairs; `{scores['signature']}`"
    return f"{table([head, *rows])}\n\n{note}"


def with_interval(score: dict[str, float]) -> str:
    """39.4 [38.2, 40.6]"""
    return f"{100 * score['fmeasure']:.1f} [{100 * score['low']:.1f}, {100 * score['high']:.1f}]"


def fill(page: str, name: str, content: str) -> str:
    """The page with new content between a marker and its end."""
    return re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{content}\n{m[2]}", page, flags=re.DOTALL)


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path))
def main(results: Path) -> None:
    """Draw RESULTS and put its tables into the page."""
    found = json.loads(results.read_text())
    folder = PAGE.parent / "attention"
    folder.mkdir(exist_ok=True)
    for pointer, own in found["dates"]["pointers"].items():
        if (folder / file_name(pointer)).name in PAGE.read_text("utf-8"):  # a picture that the page shows
            draw_alignment(own["alignment"], folder / file_name(pointer))
    page = fill(PAGE.read_text("utf-8"), "dates", dates_table(found["dates"]))
    page = fill(page, "step", step_table(found["dates"]["pointers"]["scaled dot-product"]["one_step"]))
    if "news" in found:
        page = fill(page, "news", news_table(found["news"]))
        draw_news(found["news"], folder / "news.svg")
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
