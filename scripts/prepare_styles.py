"""Prepare the pairs of one style: documents with their headlines, subject lines, minutes or TL;DRs.

    python scripts/prepare_styles.py headline DATA_FOLDER runs/styles/headline

writes train.jsonl and validation.jsonl. DATA_FOLDER holds SET-train.jsonl.xz and SET-validation.jsonl.xz for each data
set of the style. A set that is much larger than the others is sampled down. No training pair has the summary of a
validation pair.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from prepare_news import Row, read_rows, summary_key, write_rows


@dataclass(frozen=True)
class DataSet:
    """A data set: its name, the field of the target, the fields that make the document, and a limit of its pairs."""

    name: str
    summary_field: str = "summary"
    document_fields: tuple[str, ...] = ("document",)
    max_pairs: int = 30_000


STYLES = {
    # Reuters keeps an article's first paragraph in a field of its own: `summary`.
    "headline": (DataSet("reuters_lead", "headline", ("summary", "document")), DataSet("inshorts", "headline")),
    "subject": (DataSet("aeslc"),),
    "minutes": (DataSet("samsum"), DataSet("dialogsum")),
    "tldr": (DataSet("scitldr"),),
}


def read_pairs(data_set: DataSet, path: Path) -> Iterator[Row]:
    """The pairs of one file. Rows without document or summary are left out; `references` are kept."""
    for row in read_rows(path):
        parts = [row[field].strip() for field in data_set.document_fields if row.get(field)]
        summary = (row.get(data_set.summary_field) or "").strip()
        if summary and parts:
            pair = {"id": f"{data_set.name}/{row['id']}", "document": "\n".join(parts), "summary": summary}
            yield pair | ({"references": row["references"]} if row.get("references") else {})


def select_pairs(style: str, data: Path, part: str, excluded: set[str]) -> list[Row]:
    """The shuffled pairs of all data sets of a style, without those whose summary is excluded."""
    selected: list[Row] = []
    for data_set in STYLES[style]:
        pairs = read_pairs(data_set, data / f"{data_set.name}-{part}.jsonl.xz")
        rows = [pair for pair in pairs if summary_key(pair) not in excluded]
        random.Random(0).shuffle(rows)
        selected += rows[: data_set.max_pairs]
    random.Random(0).shuffle(selected)
    return selected


@click.command()
@click.argument("style", type=click.Choice(list(STYLES)))
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
def main(style: str, data: Path, output: Path) -> None:
    """Write the pairs of STYLE, from the data sets in the folder DATA, to the folder OUTPUT."""
    validation = select_pairs(style, data, "validation", set())
    train = select_pairs(style, data, "train", {summary_key(row) for row in validation})
    for part, rows in (("validation", validation), ("train", train)):
        write_rows(output / f"{part}.jsonl", rows)
        click.echo(f"{style}: {len(rows):,} pairs for {part}", err=True)


if __name__ == "__main__":
    main()
