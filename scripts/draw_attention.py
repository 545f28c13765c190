"""Draw the figures of docs/attention.md and fill its tables from the results of scripts/compare_attention.py.

    python scripts/draw_attention.py runs/attention/results.json

A table goes between its marker (<!-- dates -->, <!-- step --> or <!-- news -->) and <!-- end -->; the text around it
stays.
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
    """Draw the attention weights of each head as a panel: a row for each letter of the answer, a column for each letter
    of the date, the darker the larger the weight."""
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
    """Draw the training loss of each pointer against its steps, and its ROUGE-1 with a 95 % interval."""
    names, systems = list(news["pointers"]), news["evaluation"]["systems"]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.5, 3), layout="constrained")
        learning, scores = figure.subplots(1, 2, width_ratios=(3, 2))
        for number, (result, system) in enumerate(zip(news["pointers"].values(), systems, strict=True)):
            steps, losses = zip(*result["losses"], strict=True)
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
    """A Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def measure_cells(result: dict[str, Any]) -> list[str]:
    """The cells with the attention measures of one pointer."""
    return [f"{result[name]:.2f}" for name in MEASURES]


def dates_table(dates: dict[str, Any]) -> str:
    """A row a pointer: the share of dates translated correctly after so many steps, and attention measures."""
    pointers = dates["pointers"]
    steps = next(iter(pointers.values()))["learned"]
    head = ["pointer", *(f"after {int(n):,} steps" for n in steps), *MEASURES.values()]
    rows = [
        [name, *(f"{100 * share:.1f} %" for share in result["learned"].values()), *measure_cells(result)]
        for name, result in pointers.items()
    ]
    return table([head, *rows])


def step_table(step: list[dict[str, Any]]) -> str:
    """A row for each of the most attended source letters at one decoder step."""
    head = ["letter", "score", "share", "cosine of its value and the context"]
    return table(
        [head, *([f"`{result['token']}`", *(f"{result[k]:.2f}" for k in list(result)[1:])] for result in step)]
    )


def news_table(news: dict[str, Any]) -> str:
    """A row a pointer: ROUGE with intervals, p-values against the first pointer, and attention measures."""
    scores = news["evaluation"]
    systems = scores["systems"]
    head = ["pointer", *ROUGE.values(), "p against the first", *MEASURES.values()]
    rows = []
    for (name, result), system in zip(news["pointers"].items(), systems, strict=True):
        names = {systems[0]["name"], system["name"]}
        tests = [c for c in scores["comparisons"] if c["metric"] == "rouge1" and {c["a"], c["b"]} == names]
        cells = [with_interval(system[metric]) for metric in ROUGE]
        rows.append([name, *cells, p_value(tests[0]["p_holm"]) if tests else "", *measure_cells(result)])
    note = f"{scores['documents']} documents, {news['steps']} steps of 16 pairs; `{scores['signature']}`"
    return f"{table([head, *rows])}\n\n{note}"


def with_interval(score: dict[str, float]) -> str:
    """A mean F1 and its interval in per cent: 39.4 [38.2, 40.6]"""
    return f"{100 * score['fmeasure']:.1f} [{100 * score['low']:.1f}, {100 * score['high']:.1f}]"


def fill(page: str, name: str, content: str) -> str:
    """The page with the content between a marker and its end replaced."""
    return re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{content}\n{m[2]}", page, flags=re.DOTALL)


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path))
@click.option("--page", type=click.Path(exists=True, path_type=Path), default=PAGE, help="[default: docs/attention.md]")
def main(results: Path, page: Path) -> None:
    """Fill the tables of the page from RESULTS, and draw its figures into the folder attention beside it."""
    content = json.loads(results.read_text("utf-8"))
    text = page.read_text("utf-8")
    folder = page.parent / "attention"
    folder.mkdir(exist_ok=True)
    for pointer, result in content["dates"]["pointers"].items():
        if file_name(pointer) in text:  # the page shows it
            draw_alignment(result["alignment"], folder / file_name(pointer))
    text = fill(text, "dates", dates_table(content["dates"]))
    text = fill(text, "step", step_table(content["dates"]["pointers"]["scaled dot-product"]["one_step"]))
    if "news" in content:
        text = fill(text, "news", news_table(content["news"]))
        draw_news(content["news"], folder / "news.svg")
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
