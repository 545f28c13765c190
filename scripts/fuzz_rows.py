"""Damage tables and count their rows: python scripts/fuzz_rows.py MODEL --files 10000

Each file has a few rows of a document and a summary, as CSV, TSV or JSON Lines with drawn separators, quotation marks,
line ends and encodings, and up to three damages: flipped bits, marks that are added, removed or repeated, NUL, byte
order marks, lines that are cut, joined, repeated or in another encoding, and values that are no text. The commands read
it in this process with a small model (MODEL: its folder): `summarize`, `train --steps 1`, and `evaluate`, once as the
data set and once as predictions.

Every row has to be used or named, where a row is:

- of JSON Lines, a line that is not blank; where the only one is a list of objects, each of these. Used: json.loads
  makes the fields of it that the program has read.
- of CSV and TSV, the lines after the first that is not blank, without rows that are blank. Used: csv.reader, in its
  strict mode, reads the row's lines alone, from the first to the last, as the one row that the program has read, with
  as many cells as names. Every other line is named in a message, as a wrong row or as belonging to one.

What is read (`table_problems`) is compared with Python's csv and json in this way. Bytes are decoded by the program's
own function. Commands have to use each row that is read: `summarize` writes a record for each, and exits with 1 if one
has failed; `train` counts pairs and pairs left out; `evaluate` scores each. Or they refuse the file: exit code 1 or 2,
a message with the file and, for a wrong row, the row's line, no figure on stdout, no trained model. A file that cannot
be read as a table (binary data, wrong names in the first line) is one message.

A failure is anything else. The file that failed is kept in --output. Prints counts; exits with 1 after a failure. The
same seed makes the same files.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import random
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result
from damaged_tables import TableFile, make_file

from summarize.cli import main as program
from summarize.cli.streams import ExitStatus
from summarize.documents.dataset_rows import OPTIONS
from summarize.documents.encodings import text_lines
from summarize.documents.streams import open_input
from summarize.documents.tables import open_table
from summarize.errors import DocumentError
from summarize.rendering import on_one_line

Row = tuple[str, dict[str, Any] | str]


@dataclass(frozen=True)
class ReadTable:
    """What the program reads of a file: rows, and a message if it cannot be read (further)."""

    rows: list[Row]
    fatal: str | None

    @property
    def wrong_positions(self) -> list[str]:
        """The positions of wrong rows ("line 3")."""
        return [position for position, row in self.rows if isinstance(row, str)]


def read_table(file: TableFile) -> ReadTable:
    """The rows of a file as the program's one reader of tables gives them to all commands."""
    rows: list[Row] = []
    try:
        head, stream = open_input(io.BytesIO(file.data), file.name)
        for row in open_table(stream, head, file.name.rpartition(".")[2], file.name, OPTIONS).rows:
            rows.append(row)
    except DocumentError as error:
        return ReadTable(rows, str(error))
    return ReadTable(rows, None)


def table_problems(file: TableFile, table: ReadTable) -> Iterator[str]:
    """Where rows that were read are not those of Python's csv or json, and lines that are neither used nor named."""
    if table.fatal is not None:
        if not table.fatal.startswith(file.name):
            yield f"a message without the file: {table.fatal}"
        if table.rows:
            yield f"not read to the end: {table.fatal}"
        return
    head, stream = open_input(io.BytesIO(file.data), file.name)
    lines = list(text_lines(stream, head, file.name, OPTIONS))
    n_lines = len(re.findall(rb"\r\n|\r|\n", file.data)) + (not file.data.endswith((b"\r", b"\n")) and file.data != b"")
    if not file.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(lines) != n_lines:
        yield f"{len(lines)} lines are read of {n_lines}"
    yield from (_json_problems if file.name.endswith("jsonl") else _delimited_problems)(lines, table.rows, file.name)


def _json_problems(lines: list[str], rows: list[Row], _: str) -> Iterator[str]:
    expected = [(f"line {number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if len(expected) == 1 and (items := _listed_objects(expected[0][1])):
        expected = [(f"row {number}", json.dumps(item)) for number, item in enumerate(items, 1)]
    if [position for position, _ in expected] != [position for position, _ in rows]:
        yield f"rows at {[position for position, _ in rows]}, lines at {[position for position, _ in expected]}"
        return
    for (position, line), (_, row) in zip(expected, rows, strict=True):
        try:
            value = json.loads(line, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            value = "is not JSON"
        if isinstance(value, dict) != isinstance(row, dict) or (
            isinstance(row, dict) and row != value and "\\u" not in line
        ):
            yield f"{position}: {row} is read of {line!r}"


def _listed_objects(text: str) -> list[Any]:
    """The items of a JSON list whose first is an object; none of anything else."""
    try:
        items = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return []
    return items if isinstance(items, list) and items and isinstance(items[0], dict) else []


def _delimited_problems(lines: list[str], rows: list[Row], name: str) -> Iterator[str]:
    """Every line is taken by one row, in order: `first` is the number of the first line that none has taken so far."""
    first = 1 + next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if first > len(lines):
        if rows:
            yield "rows of a file without lines"
        return
    header = lines[first - 1]
    separator = "\t" if name.endswith("tsv") else "," if "," in header else max(",;\t|", key=header.count)
    for last in range(first, len(lines) + 1):
        if (names := _cells(lines[first - 1 : last], separator)) is not None:
            break
    else:
        yield "no line of names"
        return
    first = last + 1
    for position, row in rows:
        number = int(position.rpartition(" ")[2])
        start = number if isinstance(row, str) else _first_line(lines, first, number, separator, row, names)
        if start is None:
            yield f"{position}: {row} is not what csv reads"
            return
        if not _are_blank(lines[first - 1 : start - 1], separator):
            yield f"lines {first} to {start - 1} are neither used nor named"
        first = number + 1
        if isinstance(row, str):
            first = max(map(int, re.findall(r"\d+(?= seems? to belong)", row)), default=number) + 1
    if not _are_blank(lines[first - 1 :], separator):
        yield f"lines {first} to {len(lines)} are neither used nor named"


def _first_line(
    lines: list[str], first: int, last: int, separator: str, row: dict[str, Any], names: list[str]
) -> int | None:
    """The line from which up to the last csv reads these cells; None if there is none."""
    cells = list(row.values())
    starts = (n for n in range(first, last + 1) if _cells(lines[n - 1 : last], separator) == cells)
    return next(starts, None) if len(cells) == len(names) else None


def _cells(lines: list[str], separator: str) -> list[str] | None:
    """The cells of the one row that csv reads of these lines; None if they are not one row."""
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _are_blank(lines: list[str], separator: str) -> bool:
    """Whether these lines hold no row, or rows of one blank cell."""
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return False
    return all(len(cells) <= 1 and not "".join(cells).strip() for cells in rows)


class Commands:
    """Runs the commands on a file, in the current folder."""

    def __init__(self, model: Path) -> None:
        self._model = str(model)

    def problems(self, file: TableFile, table: ReadTable) -> Iterator[str]:
        """What the commands make wrong of a file that is in the current folder."""
        for check in (self._summarize, self._train, self._evaluate, self._predictions):
            yield from (f"{check.__name__.lstrip('_')}: {problem}" for problem in check(file, table))

    def _summarize(self, file: TableFile, table: ReadTable) -> Iterator[str]:
        options = ["--format", "jsonl", "--model", self._model, "--beam-size", "1", "--max-length", "6"]
        result = _run(file.name, *options)
        records = [json.loads(line) for line in result.stdout.splitlines()]
        errors = [record["error"] for record in records if record["error"] is not None]
        if result.exit_code != (1 if errors else 0):
            yield f"exit code {result.exit_code} with {len(errors)} errors"
        yield from (f"not on stderr: {error}" for error in errors if on_one_line(error) not in result.stderr)
        if len(records) != len(table.rows) and not (len(records) == len(errors) == 1):  # the whole file in one message
            yield f"{len(records)} records of {len(table.rows)} rows"
        for (position, row), record in zip(table.rows, records, strict=False):
            if record["error"] is None and isinstance(row, str):
                yield f"{position}: is summarised, but {row}"
            elif (
                record["error"] is not None
                and len(records) > 1
                and not record["error"].startswith(f"{file.name}, {position}: ")
            ):
                yield f"{position}: another row is named: {record['error']}"

    def _train(self, file: TableFile, table: ReadTable) -> Iterator[str]:
        result = _run("train", file.name, "--from", self._model, "-o", "run", "--steps", "1", "--rouge-examples", "0")
        if result.exit_code:
            yield from _refusal_problems(result, file, table)
            if Path("run", "best").exists():
                yield "it has a model"
            return
        counts = re.search(r": pairs: ([\d,]+); left out, .*?: ([\d,]+); documents cut", result.stderr)
        n_rows = sum(int(count.replace(",", "")) for count in counts.groups()) if counts else -1
        yield from _count_problems(n_rows, table)
        both = [row for _, row in table.rows if isinstance(row, dict) and all(map(_is_text, _values(row)))]
        if counts and int(counts[1]) != len(both):
            yield f"{counts[1]} pairs, but {len(both)} rows have both texts"
        if not Path("run", "best").exists():
            yield "it has no model"

    def _evaluate(self, file: TableFile, table: ReadTable) -> Iterator[str]:
        result = _run("evaluate", file.name, "--baseline", "lead-1", "--format", "json", "--resamples", "10")
        if result.exit_code:
            yield from _refusal_problems(result, file, table)
        else:
            yield from _count_problems(json.loads(result.stdout)["documents"], table)

    def _predictions(self, file: TableFile, table: ReadTable) -> Iterator[str]:
        """As predictions for a data set that has as many rows, with the ids that the rows have."""
        rows = [row if isinstance(row, dict) else {} for _, row in table.rows] or [{}]
        texts = {"document": "Rain fell on the town.", "summary": "Rain fell."}
        data = [{"id": row["id"]} | texts if row.get("id") is not None else texts for row in rows]
        Path("data.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in data))
        result = _run("evaluate", "data.jsonl", "-p", file.name, "--format", "json", "--resamples", "10")
        if result.exit_code:
            is_of_data = "summarize: data.jsonl" in result.stderr  # the ids of two rows may be equal
            yield from () if is_of_data else _refusal_problems(result, file, table)
        else:
            yield from _count_problems(json.loads(result.stdout)["documents"], table)


def _values(row: dict[str, Any]) -> tuple[Any, Any]:
    """The document and the summary of a row, whose names may be in any letter case."""
    folded = {name.strip().casefold(): value for name, value in reversed(row.items())}
    return folded.get("document"), folded.get("summary")


def _is_text(value: Any) -> bool:
    """Whether a value is a text, or a list of texts, and not blank."""
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(text, str) for text in texts) and bool("".join(texts).strip())


def _count_problems(n_rows: int, table: ReadTable) -> Iterator[str]:
    """Problems of a command that has used a file without a message."""
    if table.fatal is not None or table.wrong_positions:
        yield f"uses a file with wrong rows: {table.fatal or table.wrong_positions}"
    if n_rows != len(table.rows):
        yield f"{n_rows} of {len(table.rows)} rows are used"


def _refusal_problems(result: Result, file: TableFile, table: ReadTable) -> Iterator[str]:
    """Problems of a command that has refused a file."""
    messages = [line for line in result.stderr.splitlines() if line.startswith(f"summarize: {file.name}")]
    if not messages or "Traceback" in result.stderr:
        yield f"no message names the file: {result.stderr!r}"
    if result.stdout:
        yield "figures are printed"
    if result.exit_code not in (1, 2):
        yield f"exit code {result.exit_code}"
    named = re.match(rf"summarize: {re.escape(file.name)}, (line \d+)", messages[-1] if messages else "")
    rows = dict(table.rows)
    if named and isinstance(row := rows.get(named[1]), dict):
        if all(map(_is_text, _values(row))) and not re.search(r"the id|has no id|no field|several", messages[-1]):
            yield f"refuses a good row: {messages[-1]}"
    elif table.wrong_positions and not (named and isinstance(rows.get(named[1]), str)):
        yield f"names no wrong row of {table.wrong_positions}: {messages}"
    if named and isinstance(rows.get(named[1]), str) and result.exit_code != 1:
        yield f"exit code {result.exit_code} for a row that cannot be read"


def _run(*arguments: str) -> Result:
    """The result of the program. Raises what it raises other than SystemExit, and KeyboardInterrupt for its signals."""
    result = CliRunner().invoke(program, list(arguments))
    if result.exit_code in (ExitStatus.INTERRUPTED, ExitStatus.TERMINATED):
        raise KeyboardInterrupt
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def check(file: TableFile, commands: Commands) -> tuple[str, list[str]]:
    """(kind of the file: "whole", "wrong rows" or "refused"; problems), in a folder of its own."""
    table = read_table(file)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path(file.name).write_bytes(file.data)
        try:
            problems = [*table_problems(file, table), *commands.problems(file, table)]
        except Exception:
            problems = [traceback.format_exc()]
    return "refused" if table.fatal else "wrong rows" if table.wrong_positions else "whole", problems


@click.command()
@click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--files", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="The number of the first file.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=Path("runs/fuzz-rows"), show_default=True)
def main(model: Path, files: int, first: int, seed: int, output: Path) -> None:
    """Give damaged tables to all commands; print what failed."""
    commands, kinds, n_rows, n_failed = Commands(model.resolve()), Counter[str](), 0, 0
    for number in range(first, first + files):
        file = make_file(random.Random(f"{seed} {number}"))
        kind, problems = check(file, commands)
        kinds[kind] += 1
        n_rows += file.n_rows
        if problems:
            n_failed += 1
            output.mkdir(parents=True, exist_ok=True)
            (output / f"{number}-{file.name}").write_bytes(file.data)
            click.echo(f"{number} {file.name}: {'; '.join(problems)}", err=True)
    counts = ", ".join(f"{kind} {n:,}" for kind, n in sorted(kinds.items()))
    click.echo(f"{files:,} files, made of {n_rows:,} rows: {counts}; {n_failed} failures")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
