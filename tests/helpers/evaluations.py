"""A small data set with the predictions of two systems, and `summarize evaluate` run on it in this process."""

from __future__ import annotations

import csv
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from click.testing import CliRunner, Result

from summarize.cli import main

DOCUMENTS = [
    "The mayor opened the bridge on Monday. It cost 2,500 pounds. The minister stayed at home.",
    "Rain fell on the old town. Nobody came to the market. The mayor was not amused by it.",
    "A ship sank near the harbour. All sailors were saved. The captain thanked the town.",
    "Trains stood still for hours. A tree had fallen on the line. By noon all was well.",
]
REFERENCES = [
    "The mayor opened a bridge.\nIt cost 2,500 pounds.",
    "Rain kept people from the market.",
    "All sailors were saved when a ship sank.",
    "A fallen tree stopped the trains for hours.",
]
GOOD = ["The mayor opened a bridge.", "Rain kept people from the market.", "A ship sank.", "A tree stopped the trains."]
BAD = ["Nobody knows 99 of Okafor's bridges.", "Rain kept people from the market.", "", "Trains."]
SYSTEMS = {"good": GOOD, "bad": BAD}
BOTH_SYSTEMS = ("data.jsonl", "-p", "good.jsonl", "-p", "bad.jsonl")  # arguments
ROWS = [
    {"id": "a", "article": "First, “quoted” text.", "highlights": "One.\nTwo."},
    {"id": "b", "article": "Second\ntext, two lines.", "highlights": "Three."},
    {"id": "c", "article": "Third text.", "highlights": "Four é."},
]
HOSTILE = "[/red]<script>alert(1)</script> \x1b[31m & $x^2$ \\end{tabular} | % _"


def write_rows(name: str, rows: list[dict[str, Any]]) -> None:
    """Write a JSON Lines file."""
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_table(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write a table in the format that the path's suffix names, and return the path."""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    match path.suffix:
        case ".csv" | ".tsv":
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
                writer.writeheader()
                writer.writerows(rows)
        case ".parquet":
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
        case ".xz":
            path.write_bytes(lzma.compress(text.encode()))
        case ".gz":
            path.write_bytes(gzip.compress(text.encode()))
        case _:
            path.write_text(text)
    return path


def read_rows(name: str) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def write_data() -> None:
    """Write the data set and the predictions into the working folder."""
    rows = zip("abcd", DOCUMENTS, REFERENCES, strict=True)
    write_rows("data.jsonl", [{"id": i, "document": document, "summary": summary} for i, document, summary in rows])
    for name, texts in SYSTEMS.items():
        write_rows(f"{name}.jsonl", [{"id": i, "prediction": t} for i, t in zip("abcd", texts, strict=True)])


def evaluate(*arguments: str) -> Result:
    """Run the command; an exception other than its exit fails the test."""
    result = CliRunner().invoke(main, ["evaluate", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def scores_of(*arguments: str) -> dict[str, Any]:
    """The JSON document that the command prints."""
    result = evaluate(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refusal_of(*arguments: str, exit_code: int = 2) -> str:
    """The one message with which the command refuses its arguments; exit_code 1: with which it refuses the data."""
    result = evaluate(*arguments)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    (line,) = result.stderr.splitlines()
    return line.removeprefix("summarize: ")
