"""Pairs of one style from the data sets that teach it: documents and their headlines, subjects, minutes or TL;DRs.

    python scripts/prepare_styles.py headline DATA_FOLDER runs/styles/headline

writes train.jsonl and validation.jsonl there. DATA_FOLDER holds <set>-train.jsonl.xz and <set>-validation.jsonl.xz. A
set that is much larger than the others of its style is sampled down, and no summary of a validation row is trained on.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from prepare_news import fingerprint, rows_of


@dataclass(frozen=True)
class Source:
    """A data set: its name, the field that is learned, the fields that are read, and the most pairs of it."""

    name: str
    summary: str = "summary"
    document: tuple[str, ...] = ("document",)
    most: int = 30_000


STYLES = {
    # Reuters keeps an article's first paragraph apart: as `summary`.
    "headline": (Source("reuters_lead", "headline", ("summary", "document")), Source("inshorts", "headline")),
    "subject": (Source("aeslc"),),
    "minutes": (Source("samsum"), Source("dialogsum")),
    "tldr": (Source("scitldr"),),
}


def pairs_of(source: Source, path: Path) -> Iterator[dict]:
    """The pairs of one file, with all references of a row that has several."""
    for row in rows_of(path):
        parts = [row[field].strip() for field in source.document if row.get(field)]
        summary = (row.get(source.summary) or "").strip()
        if summary and parts:
            found = {"id": f"{source.name}/{row['id']}", "document": "\n".join(parts), "summary": summary}
            yield found | ({"references": row["references"]} if row.get("references") else {})


@click.command()
@click.argument("style", type=click.Choice(list(STYLES)))
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
def main(style: str, data: Path, output: Path) -> None:
    """Write the pairs of STYLE, from the sets in DATA, to OUTPUT."""
    output.mkdir(parents=True, exist_ok=True)
    held_out: set[str] = set()
    for part in ("validation", "train"):
        kept: list[dict] = []
        for source in STYLES[style]:
            rows = [
                row
                for row in pairs_of(source, data / f"{source.name}-{part}.jsonl.xz")
                if part == "validation" or fingerprint(row) not in held_out
            ]
            random.Random(0).shuffle(rows)
            kept += rows[: source.most]
        held_out |= {fingerprint(row) for row in kept}
        random.Random(0).shuffle(kept)
        with (output / f"{part}.jsonl").open("w", encoding="utf-8") as out:
            for row in kept:
                print(json.dumps(row, ensure_ascii=False), file=out)
        click.echo(f"{style}: {len(kept):,} pairs for {part}", err=True)


if __name__ == "__main__":
    main()
