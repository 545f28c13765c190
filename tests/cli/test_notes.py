"""What could not be read within a document is reported on stderr, as the document passes, and is in JSON records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from summarize.cli.options import DisplayOptions
from summarize.cli.summarize import _noted
from summarize.documents import Document
from summarize.errors import DocumentError
from tests.helpers.paths import ROOT
from tests.helpers.program import run

BATCHES = [
    [Document("a.epub", "x", path="a.epub", notes=("the chapter c1 is missing and is left out", "page 2 is damaged"))],
    [DocumentError("b.pdf: is empty"), Document("m:2", "x", path="m.mbox", part="message 2", notes=("y",))],
]


def test_notes_are_reported_with_the_document_and_its_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(_noted(iter(BATCHES), DisplayOptions("never", quiet=False))) == BATCHES
    assert capsys.readouterr().err == (
        "summarize: a.epub: the chapter c1 is missing and is left out\n"
        "summarize: a.epub: page 2 is damaged\n"
        "summarize: m.mbox, message 2: y\n"
    )


def test_quiet_leaves_them_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(_noted(iter(BATCHES), DisplayOptions("never", quiet=True))) == BATCHES
    assert capsys.readouterr().err == ""


def test_json_records_have_them(folder: Path, model_folder: Path) -> None:
    book = (ROOT / "tests" / "documents" / "cases" / "epub-missing-chapter.epub").read_bytes()
    Path("books").mkdir()
    Path("books/a.epub").write_bytes(book)
    Path("books/b.txt").write_text("Rain fell on the town. The bridge is old.")
    notes = ["the chapter OEBPS/c1.xhtml is missing and is left out"]
    result = run("books/a.epub", "books/b.txt", "-m", model_folder, "-f", "jsonl")
    assert result.exit_code == 0
    assert [json.loads(line)["read"].get("notes") for line in result.stdout.splitlines()] == [notes, None]
    run("corpus", "books", "-o", "out", "-m", model_folder, "--workers", "1")
    records = map(json.loads, Path("out/documents-00000.jsonl").read_text().splitlines())
    assert [record["read"].get("notes") for record in records] == [notes, None]
    schema = json.loads((ROOT / "docs" / "record.schema.json").read_text("utf-8"))
    assert not list(Draft202012Validator(schema).iter_errors(json.loads(result.stdout.splitlines()[0])))
