"""A fault of the program that one document hits: an error record of this document, and all others are summarised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from summarize import Summarizer
from tests.helpers.models import MORE, NEWS
from tests.helpers.program import messages_in, run

MESSAGE = "bad.txt: could not be summarised (ZeroDivisionError: of all things)"


@pytest.fixture
def folder_with_a_bad_document(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def failing(text: str) -> None:
        if "unlucky" in text:
            raise ZeroDivisionError("of all things")

    (folder / "bad.txt").write_text("An unlucky document.")
    monkeypatch.setattr("summarize.pipeline.summarizer.foreign_language", failing)
    return folder


@pytest.mark.usefixtures("folder_with_a_bad_document")
@pytest.mark.parametrize("batch_size", ["1", "8"])
def test_an_unexpected_error_is_that_documents_record(
    model_folder: Path, expected: Summarizer, batch_size: str
) -> None:
    result = run("a.txt", "bad.txt", "b.txt", "-m", model_folder, "-f", "jsonl", "--batch-size", batch_size)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["source"] for row in rows] == ["a.txt", "bad.txt", "b.txt"]
    assert [row["error"] for row in rows] == [None, MESSAGE, None]
    assert [rows[0]["summary"], rows[2]["summary"]] == [expected.summarize(text).text for text in (NEWS, MORE)]
    assert messages_in(result.stderr) == [MESSAGE, "1 of 3 documents could not be summarised"]
    assert result.exit_code == 1


@pytest.mark.usefixtures("folder_with_a_bad_document")
def test_debug_shows_where_it_was_raised(model_folder: Path) -> None:
    result = run("a.txt", "bad.txt", "-m", model_folder, "--debug")
    messages = messages_in(result.stderr)
    assert messages[0] == "Traceback (most recent call last):"
    assert "ZeroDivisionError: of all things" in messages
    assert any("in failing" in message for message in messages)
    assert messages[-2:] == [MESSAGE, "1 of 2 documents could not be summarised"]


@pytest.mark.usefixtures("folder_with_a_bad_document")
def test_too_little_memory_is_said_in_words(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(text: str) -> None:
        raise MemoryError

    monkeypatch.setattr("summarize.pipeline.summarizer.foreign_language", failing)
    result = run("bad.txt", "-m", model_folder)
    assert messages_in(result.stderr) == ["bad.txt: could not be summarised (it does not fit into memory)"]
