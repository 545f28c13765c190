"""Damaged tables: a short form of scripts/fuzz_rows.py, and what it calls a failure."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import damaged_tables
import fuzz_rows
import pytest
from click.testing import CliRunner, Result
from damaged_tables import TableFile
from fuzz_rows import ReadTable

CSV = b'document,summary\n"A a,\nb",S\n\nB,S\n'
ROWS: list[Any] = [("line 3", {"document": "A a,\nb", "summary": "S"}), ("line 5", {"document": "B", "summary": "S"})]


@pytest.mark.slow
def test_rows_of_damaged_tables_are_used_or_named(model_folder: Path) -> None:
    commands = fuzz_rows.Commands(model_folder)
    kinds = set()
    for number in range(60):
        file = damaged_tables.make_file(random.Random(f"test {number}"))
        kind, problems = fuzz_rows.check(file, commands)
        assert not problems, (number, file)
        kinds.add(kind)
    assert kinds == {"whole", "wrong rows", "refused"}


def test_many_damaged_tables_are_read_as_csv_and_json_read_them() -> None:
    for number in range(1500):
        file = damaged_tables.make_file(random.Random(f"read {number}"))
        assert not list(fuzz_rows.table_problems(file, fuzz_rows.read_table(file))), (number, file)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (ROWS, None),
        (ROWS[:1], "lines 4 to 5 are neither used nor named"),
        (ROWS[1:], "lines 2 to 4 are neither used nor named"),
        ([*ROWS[:1], ("line 5", "has 1 cell")], None),
        ([("line 2", "has 1 cell"), ROWS[1]], "lines 3 to 4 are neither used nor named"),
        ([("line 2", "has 1 cell; line 3 seems to belong to it"), ROWS[1]], None),
        ([("line 3", {"document": "A a,\n", "summary": "S"}), ROWS[1]], "is not what csv reads"),
        ([("line 3", {"document": "A a,\nb", "summary": "S", "more": ""}), ROWS[1]], "is not what csv reads"),
        ([ROWS[0], ROWS[0], ROWS[1]], "is not what csv reads"),
    ],
)
def test_lines_that_are_neither_used_nor_named_are_a_failure(rows: list[Any], problem: str | None) -> None:
    problems = list(fuzz_rows.table_problems(TableFile("a.csv", CSV, 2), ReadTable(rows, None)))
    assert (problem is None) == (not problems)
    assert problem is None or problem in problems[0]


@pytest.mark.parametrize(
    ("rows", "is_right"),
    [
        ([("line 1", {"document": "A"}), ("line 3", "is not JSON"), ("line 4", "is not a JSON object")], True),
        ([("line 1", {"document": "B"}), ("line 3", "is not JSON"), ("line 4", "is not a JSON object")], False),
        ([("line 1", {"document": "A"}), ("line 3", {}), ("line 4", "is not a JSON object")], False),
        ([("line 1", {"document": "A"}), ("line 3", "is not JSON")], False),
        ([("line 1", "is not JSON"), ("line 3", "is not JSON"), ("line 4", "is not a JSON object")], False),
    ],
)
def test_rows_of_json_lines_are_those_of_json(rows: list[Any], is_right: bool) -> None:
    file = TableFile("a.jsonl", b'{"document": "A"}\n\n{"document\n["A"]\n', 3)
    assert (not list(fuzz_rows.table_problems(file, ReadTable(rows, None)))) == is_right


def test_a_file_that_is_not_read_to_the_end_is_a_failure() -> None:
    file = TableFile("a.csv", CSV, 2)
    assert not list(fuzz_rows.table_problems(file, ReadTable([], "a.csv, line 1: is not text")))
    assert list(fuzz_rows.table_problems(file, ReadTable(ROWS[:1], "a.csv: is not text")))
    assert list(fuzz_rows.table_problems(file, ReadTable([], "is not text")))


def answer(exit_code: int, stdout: str, stderr: str) -> Result:
    return Result(CliRunner(), stdout.encode(), stderr.encode(), b"", None, exit_code, None)


@pytest.mark.parametrize(
    ("command", "exit_code", "stdout", "stderr", "problem"),
    [
        ("_evaluate", 0, '{"documents": 2}', "", None),
        ("_evaluate", 0, '{"documents": 1}', "", "1 of 2 rows are used"),
        ("_evaluate", 1, "", "summarize: a.csv, line 5: the reference is empty\n", "refuses a good row"),
        ("_evaluate", 1, "figures", "summarize: a.csv: holds no example\n", "figures are printed"),
        ("_evaluate", 1, "", "summarize: is wrong\n", "no message names the file"),
        ("_evaluate", 5, "", "summarize: a.csv: holds no example\n", "exit code 5"),
        ("_train", 0, "", "a.csv: pairs: 2; left out, as empty: 0; documents cut to 9: 0\n", "it has no model"),
        ("_train", 0, "", "a.csv: pairs: 1; left out, as empty: 1; documents cut to 9: 0\n", "1 pairs, but 2 rows"),
        ("_summarize", 0, '{"error": null}\n', "", "1 records of 2 rows"),
        ("_summarize", 1, 2 * '{"error": "a.csv, line 3: x"}\n', "summarize: a.csv, line 3: x", "another row is named"),
        ("_summarize", 1, 2 * '{"error": "a.csv, line 3: x"}\n', "", "not on stderr"),
    ],
)
def test_what_a_command_makes_wrong_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
    exit_code: int,
    stdout: str,
    stderr: str,
    problem: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fuzz_rows, "_run", lambda *_: answer(exit_code, stdout, stderr))
    check = getattr(fuzz_rows.Commands(tmp_path), command)
    problems = list(check(TableFile("a.csv", CSV, 2), ReadTable(ROWS, None)))
    assert (problem is None) == (not problems)
    assert problem is None or problem in "".join(problems)


def test_a_wrong_row_that_is_used_or_not_named_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    file, table = TableFile("a.csv", CSV, 2), ReadTable([ROWS[0], ("line 5", "has 1 cell")], None)
    commands = fuzz_rows.Commands(tmp_path)
    for exit_code, stdout, stderr, problem in (
        (0, '{"documents": 2}', "", "uses a file with wrong rows"),
        (1, "", "summarize: a.csv: is wrong\n", "names no wrong row"),
        (2, "", "summarize: a.csv, line 5: has 1 cell\n", "exit code 2"),
    ):
        monkeypatch.setattr(fuzz_rows, "_run", lambda *_, a=(exit_code, stdout, stderr): answer(*a))
        assert problem in "".join(commands._evaluate(file, table))
        assert problem in "".join(commands._predictions(file, table))
    monkeypatch.setattr(fuzz_rows, "_run", lambda *_: answer(0, 2 * '{"error": null}\n', ""))
    assert "is summarised, but has 1 cell" in "".join(commands._summarize(file, table))


def test_failures_are_kept_and_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fuzz_rows, "check", lambda file, _: ("whole", ["is wrong"] if b"mayor" in file.data else []))
    options = [str(tmp_path), "--files", "30", "--output", str(tmp_path / "failed")]
    result = CliRunner().invoke(fuzz_rows.main, options)
    kept = sorted((tmp_path / "failed").iterdir())
    assert kept
    assert all(b"mayor" in path.read_bytes() for path in kept)
    assert result.stdout.endswith(f": whole 30; {len(kept)} failures\n")
    assert result.exit_code == 1
    assert CliRunner().invoke(fuzz_rows.main, options).stdout == result.stdout  # the same seed makes the same files


@pytest.mark.parametrize("damage", damaged_tables.DAMAGES)
def test_every_damage_works_on_no_bytes_and_on_few(damage: Any) -> None:
    for data in (b"", b"a", b"\n", b'a,"b"\r\nc\n' * 20):
        assert isinstance(damage(data, random.Random(3)), bytes)


def test_whole_tables_are_what_was_written() -> None:
    """Without damage, each row of a file with plain values is read."""
    n_whole = 0
    for number in range(200):
        chance = random.Random(f"whole {number}")
        rows = [damaged_tables._row(i, chance) for i in range(3)]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        table = fuzz_rows.read_table(TableFile("a.jsonl", text.encode(), 3))
        n_whole += [row for _, row in table.rows] == rows
    assert n_whole == 200
