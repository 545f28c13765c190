"""--explain, --strict and the formats html and markdown, as a person calls them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from summarize import Summary
from summarize.pipeline import summarizer
from tests.helpers.models import MORE, NEWS
from tests.helpers.program import run


@pytest.fixture(autouse=True)
def _float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summarizer, "fastest_precision", lambda device: "fp32")


def replace_words(monkeypatch: pytest.MonkeyPatch, number: int, words: Sequence[str]) -> None:
    """Let the summarizer say these words, none of them copied, of document `number`."""
    original = summarizer.Summarizer.try_many

    def changed(self, texts, *arguments, **options):
        for i, result in enumerate(original(self, texts, *arguments, **options)):
            if isinstance(result, Summary) and i == number:
                said = tuple(summarizer.SummaryWord(w, 0.1, None, j > 0) for j, w in enumerate(words))
                sentence = summarizer.Sentence(" ".join(words), said)
                result = dataclasses.replace(result, sentences=(sentence,))
            yield result

    monkeypatch.setattr(summarizer.Summarizer, "try_many", changed)


def test_records_are_the_same_but_for_what_explain_adds(folder: Path, model_folder: Path) -> None:
    plain, explained = (
        [json.loads(x) for x in run("a.txt", "b.txt", "-m", model_folder, "-f", "jsonl", *more).stdout.splitlines()]
        for more in ((), ("--explain",))
    )
    for record in explained:
        assert record["request"].pop("explain") is True
        assert list(record)[-2:] == ["document", "unsupported"]
        assert record.pop("document") in (NEWS, MORE)
        record.pop("unsupported")
        for sentence in record["sentences"]:
            assert sentence.pop("passages") is not None
            for word in sentence["words"]:
                assert list(word) == ["text", "copied", "span", "attention"]
                word.pop("attention")
    assert explained == plain


def test_plain_text_says_where_a_sentence_is_from(folder: Path, model_folder: Path) -> None:
    result = run("a.txt", "-m", model_folder, "--explain")
    assert (result.exit_code, result.stderr) == (0, "")
    summary = [line for line in result.stdout.splitlines() if not line.startswith("    ")]
    assert summary == run("a.txt", "-m", model_folder).stdout.splitlines()
    origins = [line.strip() for line in result.stdout.splitlines() if line.startswith("    ")]
    assert origins
    assert all(re.match(r"line 1: |written, not copied: |not in the document: ", line) for line in origins)


def test_markdown_is_a_list_with_a_heading_a_document(folder: Path, model_folder: Path) -> None:
    plain = run("a.txt", "b.txt", "-m", model_folder).stdout
    shown = run("a.txt", "b.txt", "-m", model_folder, "-f", "markdown").stdout
    assert shown.count("\n- ") == len([x for x in plain.splitlines() if x and not x.startswith("==>")])
    assert shown.startswith("## a.txt\n\n- ")
    assert "\n\n## b.txt\n\n- " in shown


def test_html_explains_unasked(folder: Path, model_folder: Path) -> None:
    shown = run("a.txt", "gone.txt", "b.txt", "-m", model_folder, "-f", "html")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("<!doctype html>")
    assert shown.stdout.endswith("</html>\n")
    assert shown.stdout.count('<script type="application/json">') == 2
    assert shown.stdout.count("<article ") == 3


def test_strict_is_content_with_what_is_supported(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_words(monkeypatch, 0, ["However", ",", "Smith", "brought", "2,500", "."])
    result = run("a.txt", "-m", model_folder, "--strict")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "However , Smith brought 2,500 .\n", "")


@pytest.mark.parametrize("format", ["plain", "jsonl", "rich", "markdown"])
def test_strict_names_what_is_not_and_exits_with_1(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    replace_words(monkeypatch, 1, ["The", "mayor", "gave", "Jones", "2,700", "pounds"])
    result = run("a.txt", "b.txt", "-m", model_folder, "--strict", "-f", format)
    assert result.exit_code == 1
    said = [line for line in result.stderr.splitlines() if line.startswith("summarize: b.txt: sentence")]
    assert said == [
        "summarize: b.txt: sentence 1 has the name “Jones”, which the document has not",
        "summarize: b.txt: sentence 1 has the number “2,700”, which the document has not",
    ]
    assert "2,700" in result.stdout  # the summary is written all the same
    assert run("a.txt", "b.txt", "-m", model_folder, "-f", format).exit_code == 0


def test_strict_counts_a_failed_document_once(folder: Path, model_folder: Path) -> None:
    result = run("gone.txt", "-m", model_folder, "--strict", "--explain")
    assert (result.exit_code, result.stderr) == (1, "summarize: gone.txt: no such file\n")


def test_what_a_message_quotes_is_no_terminal_sequence(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_words(monkeypatch, 0, ["The", "2\x1b[31m7"])
    result = run("a.txt", "-m", model_folder, "--strict")
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout + result.stderr
