"""Compare summarizers on documents of many kinds, with one word limit for all systems on each set.

    python scripts/benchmark_kinds DATA examples/kinds --output runs/kinds --systems lead,lexrank,textrank,news

DATA is any number of files and folders: a JSON Lines file with `document` and `summary`, plain or compressed by xz; a
folder of these, of which those with "-validation" or "-all" in their names are taken; or a folder of documents of any
format, with references.jsonl beside them. The limit is the mean length of a set's references. A system is lead,
lexrank, textrank, smollm2, or a model of the program, after it perhaps :extractive or :STYLE.

Of each document a row is written with the summary and its scores, so a killed run continues. At the end a table: mean
ROUGE of each system and set, and on which sets a system is significantly better or worse than the best of the others
(paired randomisation, Holm's correction). OUTPUT/report.html shows the same with plots and summaries.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent.parent))  # the other scripts, whose functions this one uses

import click

from benchmark_kinds.report import html_report, text_report
from benchmark_kinds.rows import file_name, load_results, run_set
from benchmark_kinds.sets import find_sets
from benchmark_kinds.systems import find_system


@click.command(help=(__doc__ or "").replace("\n\n    python", "\n\n\b\n    python"))
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder for the rows."
)
@click.option("--documents", "n_documents", type=click.IntRange(1), default=100, show_default=True, help="Of each set.")
@click.option("--systems", default="lead,lexrank,textrank,news", show_default=True, help="With commas between them.")
@click.option("--sets", "only", default="", help="Only these sets, by name; commas between them.")
def main(data: tuple[Path, ...], output: Path, n_documents: int, systems: str, only: str) -> None:
    """Summarise and score a sample of each set by each system; print the table and write the page."""
    sets = find_sets(data, [name for name in only.split(",") if name], n_documents)
    output.mkdir(parents=True, exist_ok=True)
    paths = {(s.name, x): output / f"{s.name}.{file_name(x)}.jsonl" for x in systems.split(",") for s in sets}
    for name in systems.split(","):
        system = find_system(name)
        for s in sets:
            run_set(s, name, system, paths[s.name, name])
            click.echo(f"{name}: {s.name} is done", err=True)
    results = load_results(sets, paths)
    (output / "report.html").write_text(html_report(results), encoding="utf-8")
    click.echo(text_report(results))


if __name__ == "__main__":
    main()
