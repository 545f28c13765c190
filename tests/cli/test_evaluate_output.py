"""The tables and the report of `summarize evaluate`: golden files, and texts that contain markup."""

from __future__ import annotations

import csv
import html.parser
import io
import os
import re
import stat
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from summarize.evaluation import signature
from summarize.evaluation.report import write_scores
from tests.helpers.evaluations import (
    BAD,
    BOTH_SYSTEMS,
    GOOD,
    HOSTILE,
    REFERENCES,
    evaluate,
    refusal_of,
    scores_of,
    write_data,
    write_rows,
)
from tests.helpers.paths import TESTS
from tests.helpers.rendered import Terminal

CASES = TESTS / "cases" / "evaluation"


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_data()


@pytest.mark.parametrize("format", ["table", "csv", "markdown", "latex"])
def test_output_matches_its_golden_file(format: str) -> None:
    arguments = ("--baseline", "oracle-1", "--compare", "good", "bad", "--differences", "1")
    output = evaluate(*BOTH_SYSTEMS, *arguments, "-f", format).stdout
    without_versions = re.sub(r"(rouge-score:|nltk-)[\d.]+", r"\1N", output)
    path = CASES / f"{format}.txt"
    assert without_versions == path.read_text(), f"if it is as it should be, write it to {path}"


def test_csv_has_the_figures_of_json() -> None:
    arguments = (*BOTH_SYSTEMS, "--compare")
    document = scores_of(*arguments)
    rows = list(csv.DictReader(io.StringIO(evaluate(*arguments, "-f", "csv").stdout)))
    figures = {(r["system"], r["other"], r["metric"], r["part"]): float(r["value"]) for r in rows if r["value"]}
    for system in document["systems"]:
        assert figures[system["name"], "", "rouge2", "recall"] == system["rouge2"]["recall"]
        assert figures[system["name"], "", "words", "mean"] == system["measures"]["words"]["mean"]
    assert figures["good", "bad", "rougeL", "difference"] == document["comparisons"][2]["difference"]
    assert {r["signature"] for r in rows} == {signature()}


def test_texts_of_two_systems_are_side_by_side_on_a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    document = scores_of(*BOTH_SYSTEMS, "--compare", "--differences", "1")
    shown = {}
    for width in (130, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        out = Terminal()
        write_scores(document, out, "table", "never")
        shown[width] = out.getvalue()[out.getvalue().index("Where two systems differ most") :].splitlines()
    (line,) = (line for line in shown[130] if GOOD[0] in line)
    assert line.strip().split("  ")[0] == REFERENCES[0].split("\n")[0]
    assert BAD[0] in line
    assert f"good: {GOOD[0]}" in shown[60]
    assert f"bad: {BAD[0]}" in shown[60]
    in_a_file = evaluate(*BOTH_SYSTEMS, "--compare").stdout.splitlines()
    assert any(GOOD[0] in line and "\u2502" not in line for line in in_a_file)


def test_no_row_of_latex_begins_with_what_the_command_before_it_would_take() -> None:
    write_rows("x.jsonl", [{"id": "a", "summary": "S", "[ours]": "S", "*b": "S"}])
    fields = ("--prediction-field", "[ours]", "--prediction-field", "*b")
    lines = evaluate("x.jsonl", "-p", "x.jsonl", *fields, "--only-rouge", "-f", "latex").stdout.splitlines()
    assert [line.split(" & ")[0] for line in lines if "ours" in line or "b &" in line] == ["{[}ours]", "{*}b"]


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown", "latex"])
def test_names_and_texts_are_data_in_every_format(format: str) -> None:
    write_rows("h.jsonl", [{"id": HOSTILE, "summary": HOSTILE, HOSTILE: HOSTILE, "other": "x"}])
    fields = ("--prediction-field", HOSTILE, "--prediction-field", "other")
    out = evaluate("h.jsonl", "-p", "h.jsonl", *fields, "--compare", "-f", format).stdout
    assert "alert(1)" in out
    if format in ("table", "markdown", "latex"):
        assert "\x1b" not in out
    if format == "latex":
        assert "\\end{tabular}" not in "".join(line for line in out.splitlines() if "script" in line)
        assert "\\$x\\textasciicircum{}2\\$" in out
    if format == "markdown":
        assert "<script>" not in out.replace("\\<script\\>", "")


class PageParser(html.parser.HTMLParser):
    """What a page fetches, runs and shows; checks that its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.shown: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action") and not (value or "").startswith("#"):
                self.fetched.append(value or "")
            assert not name.startswith("on")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "br"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


@pytest.mark.slow
def test_the_report_shows_everything_and_fetches_nothing() -> None:
    arguments = (*BOTH_SYSTEMS, "--baseline", "lead-1", "--compare", "good", "bad")
    evaluate(*arguments, "--report", "r.html")
    text = Path("r.html").read_text()
    page = PageParser(text)
    assert (page.fetched, "script" in page.tags, "@import" in text) == ([], False, False)
    assert not re.findall(r"url\((?!#)", text)
    shown = "".join(page.shown)
    for expected in (signature(), GOOD[0], BAD[0], REFERENCES[2], "Holm", "Where content comes from"):
        assert expected in shown
    plots = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(plots) == 5
    for plot in plots:
        ElementTree.fromstring(plot)
        assert "var(--" in plot
        assert not re.search(r"#0[1-3]0[1-3]", plot)  # no placeholder colour is left
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    evaluate(*arguments, "--report", "again.html")
    assert Path("again.html").read_text() == text


@pytest.mark.slow
def test_a_report_shows_hostile_texts_as_text() -> None:
    row = {"id": HOSTILE, "document": HOSTILE, "summary": HOSTILE, HOSTILE: HOSTILE + "\ud800", "other": "x"}
    write_rows("h.jsonl", [row, row | {"id": "2"}])
    fields = ("--prediction-field", HOSTILE, "--prediction-field", "other")
    result = evaluate("h.jsonl", "-p", "h.jsonl", *fields, "--compare", "--report", "r.html")
    assert result.exit_code == 0, result.stderr
    page = PageParser(Path("r.html").read_text())
    assert "script" not in page.tags
    assert HOSTILE.replace("\x1b", "�") in "".join(page.shown)


def test_a_report_without_its_library_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    assert refusal_of(*BOTH_SYSTEMS, "--report", "r.html") == (
        "--report needs the extra `plots`: pip install 'summarize[plots]'"
    )
    assert not Path("r.html").exists()


def test_a_report_that_cannot_be_written_is_refused_at_once() -> None:
    Path("folder").mkdir()
    assert refusal_of(*BOTH_SYSTEMS, "--report", "folder") == "folder: cannot be written"
    assert refusal_of(*BOTH_SYSTEMS, "--report", "none/r.html") == "none/r.html: cannot be written"


@pytest.mark.slow
def test_a_report_replaces_a_file_through_a_link_and_writes_to_a_device() -> None:
    Path("r.html").write_text("old")
    Path("link.html").symlink_to("r.html")
    assert evaluate("data.jsonl", "-p", "good.jsonl", "--report", "link.html").exit_code == 0
    assert Path("link.html").is_symlink()
    assert Path("r.html").read_text().startswith("<!doctype html>")
    assert evaluate("data.jsonl", "-p", "good.jsonl", "--report", "/dev/null").exit_code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
