"""Scores as tables on a terminal, JSON, CSV, Markdown and LaTeX.

All are made from the JSON document of a run (docs/evaluation.md). Figures in tables are out of 100.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from summarize.evaluation import MEASURES, PARTS, ROUGE_TYPES
from summarize.rendering import on_one_line, printable
from summarize.rendering.terminal import Color, make_console

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("table", "json", "csv", "markdown", "latex")
NOT_SHARES = {
    "document_words",
    "words",
    "sentences",
    "compression",
    "density",
    "unsupported_numbers",
    "unsupported_names",
}
DIFFERENCES_TITLE = "Where two systems differ most (by the mean of their R-1, R-2 and R-L F1 on a document)"
PIPE_WIDTH = 200  # columns, where there is no terminal


@dataclass(frozen=True)
class Table:
    """A title, column names and rows of cells. The first n_text_columns are text, the others figures."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    n_text_columns: int = 1


def metric_label(rouge: str) -> str:
    """The short label of a ROUGE type: R-1, R-2, R-L, R-Lsum."""
    return f"R-{rouge.removeprefix('rouge')}"


def percent(value: float | None) -> str:
    """A fraction as a figure out of 100; – if there is none."""
    return "–" if value is None else f"{100 * value:.2f}"


def measure_cell(name: str, value: float | None) -> str:
    """A measure's mean: a share in percent, any other figure unchanged; – if there is none."""
    if value is None:
        return "–"
    return f"{value:.2f}" if name in NOT_SHARES else f"{100 * value:.1f} %"


def p_value(p: float) -> str:
    """A p-value, to three decimals."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def labelled_texts(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of the reference and the two summaries of an entry of "differences"."""
    return [("reference", entry["reference"]), (entry["a"], entry["summary_a"]), (entry["b"], entry["summary_b"])]


def note(document: dict[str, Any]) -> str:
    """A sentence that says what the figures are."""
    parts = dict(part.split(":", 1) for part in document["signature"].split("|"))
    stemming = "words unstemmed" if parts["stemmer"] == "none" else "words Porter-stemmed"
    if parts["words"] == "unicode":
        stemming = "words of all scripts, unstemmed"
    split = "a sentence is a line" if parts["split"] == "newline" else "sentences split by sentencex"
    n, *read = parts["references"].removeprefix("best-f1-of-").split("-lists-")
    references = "one reference a document" if n == "1" else f"the best F1 of {n.replace('-', ' to ')} references"
    if read:
        references += ", a list of texts being the sentences of one"
    documents = f"{document['documents']:,} document{'s' * (document['documents'] != 1)}"
    return f"ROUGE F1 × 100 [95 % interval] on {documents}; {references}; {stemming}; {split}."


def first_document(document: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of the first document, its references and predictions, as they were read."""
    first = document["first"]
    texts = [("document", first["document"] or "–")]
    n = len(first["references"])
    labels = ["reference"] if n == 1 else [f"reference {i} of {n}" for i in range(1, n + 1)]
    texts += zip(labels, first["references"], strict=True)
    texts += first["predictions"].items()
    return [(label, " ⏎ ".join(text.strip().splitlines())) for label, text in texts]


def tables_of(document: dict[str, Any]) -> list[Table]:
    """The tables of a JSON document: scores, measures, comparisons."""
    systems = document["systems"]
    if len(systems) == 1:
        tables = [_one_system(systems[0], document["documents"])]
    else:
        rows = [(s["name"], *(_with_interval(s[rouge]) for rouge in ROUGE_TYPES)) for s in systems]
        tables = [Table("Scores", ("system", *map(metric_label, ROUGE_TYPES)), rows)]
    names = [name for name in MEASURES if any(name in s["measures"] for s in systems)]
    if names:
        rows = [
            (name.replace("_", " "), *(measure_cell(name, s["measures"].get(name, {}).get("mean")) for s in systems))
            for name in names
        ]
        tables.append(Table("Beyond ROUGE", ("mean", *(s["name"] for s in systems)), rows))
    if document["comparisons"]:
        tables.append(_comparisons(document["comparisons"]))
    return tables


def _with_interval(score: dict[str, float]) -> str:
    return f"{percent(score['fmeasure'])} [{percent(score['low'])}, {percent(score['high'])}]"


def _one_system(system: dict[str, Any], documents: int) -> Table:
    rows = [
        (
            f"{system['name']} ({documents:,} documents)" if i == 0 else "",
            metric_label(rouge).removeprefix("R-"),
            *(percent(system[rouge][part]) for part in PARTS),
            f"{percent(system[rouge]['low'])} – {percent(system[rouge]['high'])}",
        )
        for i, rouge in enumerate(ROUGE_TYPES)
    ]
    return Table("Scores", ("system", "ROUGE", "precision", "recall", "F1", "95 % interval"), rows, n_text_columns=2)


def _comparisons(comparisons: Sequence[dict[str, Any]]) -> Table:
    rows = [
        (
            f"{c['a']} − {c['b']}",
            metric_label(c["metric"]),
            f"{100 * c['difference']:+.2f} [{100 * c['low']:+.2f}, {100 * c['high']:+.2f}]",
            p_value(c["p"]),
            p_value(c["p_holm"]),
            f"{c['wins']:,} / {c['ties']:,} / {c['losses']:,}",
        )
        for c in comparisons
    ]
    header = ("systems", "ROUGE", "difference [95 % interval]", "p", "p (Holm)", "wins / ties / losses")
    return Table("Comparisons (approximate randomisation, paired bootstrap intervals)", header, rows, n_text_columns=2)


def write_scores(document: dict[str, Any], out: IO[str], format: str, color: Color = "auto") -> None:
    """Write the JSON document of a run in one of FORMATS."""
    match format:
        case "json":
            print(json.dumps(document, indent=2), file=out)
        case "csv":
            _write_csv(document, out)
        case "markdown":
            _write_markdown(document, out)
        case "latex":
            _write_latex(document, out)
        case _:
            _write_rich(document, out, color)


def _write_rich(document: dict[str, Any], out: IO[str], color: Color) -> None:
    from rich.table import Table as RichTable
    from rich.text import Text

    screen = make_console(out, color)
    if not out.isatty() and "COLUMNS" not in os.environ:
        screen.width = PIPE_WIDTH
    is_narrow = screen.width < 120
    screen.print(Text(f"First document ({on_one_line(document['first']['location'])}), as it was read", style="bold"))
    for label, text in first_document(document):
        line = Text(f"{on_one_line(label)}: ", style="dim") + Text(printable(text))
        screen.print(line, soft_wrap=not screen.is_terminal)
    screen.print()
    for table in tables_of(document):
        rich_table = RichTable(title=Text(table.title), title_justify="left")
        for i, name in enumerate(table.header):
            rich_table.add_column(Text(on_one_line(name)), justify="left" if i < table.n_text_columns else "right")
        for row in table.rows:
            cells = [on_one_line(cell) for cell in row]
            rich_table.add_row(*(Text(cell.replace(" [", "\n[") if is_narrow else cell) for cell in cells))
        screen.print(rich_table)
    if document["differences"]:
        screen.print(Text(f"\n{DIFFERENCES_TITLE}"))
        for entry in document["differences"]:
            _print_difference(entry, screen, side_by_side=out.isatty() and not is_narrow)
        screen.print()
    screen.print(Text(note(document), style="dim"))
    print(document["signature"], file=out)  # never wrapped, so that it can be copied


def _print_difference(entry: dict[str, Any], screen: Console, side_by_side: bool) -> None:
    """Two systems' summaries of one document: in columns, or one below the other on narrow terminals and in files."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    if not side_by_side:
        scores = f"{entry['a']} {percent(entry['score_a'])}, {entry['b']} {percent(entry['score_b'])}"
        screen.print(Text(f"\n{on_one_line(entry['id'])}: {on_one_line(scores)}", style="bold"))
        for name, text in labelled_texts(entry):
            line = Text(f"{on_one_line(name)}: ", style="dim") + Text(printable(text))
            screen.print(line, soft_wrap=not screen.is_terminal)
        return
    rich_table = RichTable(
        title=Text(on_one_line(entry["id"])), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    columns = ("reference", f"{entry['a']} {percent(entry['score_a'])}", f"{entry['b']} {percent(entry['score_b'])}")
    for column in columns:
        rich_table.add_column(Text(on_one_line(column)), ratio=1)
    rich_table.add_row(*(Text(printable(text)) for _, text in labelled_texts(entry)))
    screen.print(rich_table)


def _write_csv(document: dict[str, Any], out: IO[str]) -> None:
    """Tidy data: one figure per row, as a fraction of 1."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["system", "other", "metric", "part", "value", "low", "high", "p", "p_holm", "signature"])
    signature = document["signature"]
    for system in document["systems"]:
        for rouge in ROUGE_TYPES:
            for part in PARTS:
                bounds = [system[rouge]["low"], system[rouge]["high"]] if part == "fmeasure" else ["", ""]
                writer.writerow([system["name"], "", rouge, part, system[rouge][part], *bounds, "", "", signature])
        for name, figure in system["measures"].items():
            writer.writerow([system["name"], "", name, "mean", *figure.values(), "", "", signature])
    for c in document["comparisons"]:
        values = c["difference"], c["low"], c["high"], c["p"], c["p_holm"]
        writer.writerow([c["a"], c["b"], c["metric"], "difference", *values, signature])


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", on_one_line(text))


def _write_markdown(document: dict[str, Any], out: IO[str]) -> None:
    print(f"First document ({_markdown(document['first']['location'])}), as it was read\n", file=out)
    for label, text in first_document(document):
        print(f"- {_markdown(label)}: {_markdown(text)}", file=out)
    print(file=out)
    for table in tables_of(document):
        print(f"**{table.title}**\n", file=out)
        print(_markdown_row(table.header), file=out)
        print(
            "|" + "|".join("---" if i < table.n_text_columns else "---:" for i in range(len(table.header))) + "|",
            file=out,
        )
        for row in table.rows:
            print(_markdown_row(row), file=out)
        print(file=out)
    if document["differences"]:
        print(f"**{DIFFERENCES_TITLE}**\n", file=out)
    for entry in document["differences"]:
        scores = f"{entry['a']} {percent(entry['score_a'])}, {entry['b']} {percent(entry['score_b'])}"
        print(f"{_markdown(entry['id'])}: {_markdown(scores)}\n", file=out)
        for name, text in labelled_texts(entry):
            print(f"- {_markdown(name)}: {_markdown(' '.join(text.split()))}", file=out)
        print(file=out)
    print(f"{note(document)}\n\n`{document['signature']}`", file=out)


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_markdown, cells)) + " |"


_LATEX = {
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "×": r"$\times$",
    "–": "--",
    "<": "$<$",
    ">": "$>$",
}


def _latex(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in on_one_line(text))


def _latex_row(cells: Sequence[str]) -> str:
    """A row's cells. At its beginning, a bracket would be an option, and a star a form, of the command before it."""
    row = " & ".join(map(_latex, cells))
    return f"{{{row[0]}}}{row[1:]}" if row.startswith(("[", "*")) else row


def _write_latex(document: dict[str, Any], out: IO[str]) -> None:
    """A table environment for each table; they need the LaTeX package booktabs."""
    print(f"% {document['signature']}", file=out)
    for table in tables_of(document):
        columns = "".join("l" if i < table.n_text_columns else "r" for i in range(len(table.header)))
        print("\\begin{table}\n\\centering", file=out)
        print(f"\\begin{{tabular}}{{{columns}}}\n\\toprule", file=out)
        print(f"{' & '.join(map(_latex, table.header))} \\\\\n\\midrule", file=out)
        for row in table.rows:
            print(f"{_latex_row(row)} \\\\", file=out)
        caption = f"{_latex(table.title)}. {_latex(note(document))}"
        print(f"\\bottomrule\n\\end{{tabular}}\n\\caption{{{caption}}}\n\\end{{table}}", file=out)
