"""The benchmark by kind: which documents it finds, what it says of a summary, which comparisons it prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmark_kinds.report import SetResults, compare, html_report, text_report
from benchmark_kinds.rows import count_dangling, describe
from benchmark_kinds.sets import Document, find_sets
from benchmark_kinds.systems import cut, heuristic
from click import UsageError

from summarize.pipeline.request import Sectioned
from tests.helpers.data_sets import write_rows
from tests.helpers.paths import ROOT

LAKE = "The lake froze in May. It was a surprise. Nobody had skates. The shop sold forty pairs in an hour."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a data set of three rows, of which two are of the official mix, and one that is for training."""
    rows = [{"id": str(i), "document": LAKE, "summary": "The lake froze.", "official_mix": i < 2} for i in range(3)]
    write_rows(tmp_path / "lakes-validation.jsonl.xz", rows)
    write_rows(tmp_path / "lakes-train.jsonl.xz", rows)
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two documents with two references each."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "a.md").write_text(f"# Lake\n\n{LAKE}\n")
    (folder / "b.txt").write_text(LAKE)
    rows = [{"file": name, "references": ["The lake froze in May.", "Skates were sold."]} for name in ("a.md", "b.txt")]
    (folder / "references.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_data_sets_and_folders_of_documents_are_sets(data: Path, folder: Path) -> None:
    sets = find_sets([data, folder], [], 10)
    assert [(s.name, len(s.documents), s.max_words) for s in sets] == [("lakes", 2, 5), ("letters", 2, 5)]
    markdown = next(document for document in sets[1].documents if document.id == "a.md").source
    assert "#" not in markdown.text
    assert [title for _, _, title in markdown.sections] == ["Lake"]
    assert [s.name for s in find_sets([data / "lakes-train.jsonl.xz", data], ["lakes-train"], 1)] == ["lakes-train"]


def test_a_set_that_is_not_there_is_named(data: Path) -> None:
    with pytest.raises(UsageError, match=r"no set seas; there are: lakes$"):
        find_sets([data], ["seas"], 10)
    with pytest.raises(UsageError, match=r"no set was found; there are: none$"):
        find_sets([data / "lakes-train.jsonl.xz", data / "nothing"][1:], [], 10)


def test_heuristics_fill_the_words_and_cut_the_last_sentence() -> None:
    lake = Document("a", Sectioned(LAKE), ())
    assert list(heuristic("lead")([lake], 12)) == ["The lake froze in May.\nIt was a surprise.\nNobody had skates."]
    assert list(heuristic("lead")([lake], 3)) == ["The lake froze"]
    assert all(len(text.split()) <= 8 for text in heuristic("textrank")([lake], 8))
    assert cut("a b\nc d e\nf", 4) == "a b\nc d"


@pytest.mark.parametrize(
    ("summary", "n"),
    [
        ("It was a surprise.", 1),  # what was?
        ("The lake froze in May.\nIt was a surprise.", 0),
        ("Nobody had skates.\nIt was a surprise.", 1),
        ("Nobody had skates.", 0),
        ("The lake is frozen.\nIt surprised all.", 0),  # rewritten: unknown
    ],
)
def test_openers_without_antecedent_are_counted(summary: str, n: int) -> None:
    assert count_dangling(LAKE, summary.split("\n")) == n


def test_a_summary_is_described_beside_its_document() -> None:
    described = describe(LAKE, "The lake froze in May.\nNora sold 70 skates.")
    assert described["copied_sentences"] == 0.5
    assert described["unsupported"] == 2
    assert (described["words"], described["empty"]) == (9, 0)
    assert 0 < described["novel_2"] < 1
    assert describe(LAKE, "") == {"words": 0, "empty": 1}


def rows(rouge: float, n: int = 21) -> list[dict[str, Any]]:
    """The rows of n documents with about this ROUGE."""
    scores = [rouge + 0.01 * (i % 3) for i in range(n)]
    return [{"id": str(i), "summary": "<b>", "rouge1": s, "rouge2": s, "rougeLsum": s} for i, s in enumerate(scores)]


def test_a_system_is_compared_with_the_best_other_of_each_set() -> None:
    results = [
        SetResults("good", 10, {"ours": rows(0.5), "lead": rows(0.3), "other": rows(0.4)}),
        SetResults("same", 10, {"ours": rows(0.5), "lead": rows(0.5), "other": rows(0.4)}),
        SetResults("bad", 10, {"ours": rows(0.2), "lead": rows(0.3), "other": rows(0.1)}),
    ]
    comparisons = compare(results, "ours")
    assert [(c.other, round(c.difference), c.verdict) for c in comparisons] == [
        ("other", 30, "better"), ("lead", 0, "no difference"), ("lead", -30, "worse"),
    ]  # fmt: skip
    line = next(line for line in text_report(results).splitlines() if line.startswith("bad"))
    assert line.split()[:8] == ["bad", "21", "10", "21.0", "/", "21.0", "/", "21.0"]
    page = html_report(results)
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count('class="worse"') >= 1
    assert not re.search(r'(?:src|href)="(?!#)', page)  # it fetches nothing


@pytest.mark.slow
def test_a_stopped_benchmark_continues(data: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    program = [sys.executable, ROOT / "scripts" / "benchmark_kinds"]
    command = [*program, data, folder, "--output", out, "--systems", "lead,lexrank"]
    first = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "lakes" in first.stdout
    path = out / "letters.lexrank.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0])
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout.split("CPU-seconds")[0] == first.stdout.split("CPU-seconds")[0]
    assert len(path.read_text().splitlines()) == len(lines) == 2
    assert (out / "report.html").read_text().startswith("<!doctype html>")


def test_the_examples_by_kind_are_complete() -> None:
    sets = find_sets([ROOT / "examples" / "kinds"], [], 100)
    assert len(sets[0].documents) == len(list((ROOT / "examples" / "kinds").iterdir())) - 1
    assert all(len(document.references) == 2 for document in sets[0].documents)
