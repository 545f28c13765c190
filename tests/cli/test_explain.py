"""`--explain`, `--strict` and the formats html and markdown on the command line."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from summarize import DocumentError, Sentence, Summarizer, Summary, SummaryWord
from tests.helpers.models import MORE, NEWS
from tests.helpers.program import run


def replace_words(monkeypatch: pytest.MonkeyPatch, number: int, words: Sequence[str]) -> None:
    """Make these words, none of them copied, the summary of document `number`."""
    original = Summarizer.try_many

    def changed(
        self: Summarizer, texts: Iterable[Any], *arguments: Any, **options: Any
    ) -> Iterator[Summary | DocumentError]:
        for i, result in enumerate(original(self, texts, *arguments, **options)):
            if isinstance(result, Summary) and i == number:
                summary_words = tuple(SummaryWord(w, 0.1, None, j > 0) for j, w in enumerate(words))
                sentence = Sentence(" ".join(words), summary_words)
                result = dataclasses.replace(result, sentences=(sentence,))
            yield result

    monkeypatch.setattr(Summarizer, "try_many", changed)


def test_explain_adds_fields_and_changes_nothing_else(folder: Path, model_folder: Path) -> None:
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


def test_plain_text_shows_the_source_of_each_sentence(folder: Path, model_folder: Path) -> None:
    result = run("a.txt", "-m", model_folder, "--explain")
    assert (result.exit_code, result.stderr) == (0, "")
    summary = [line for line in result.stdout.splitlines() if not line.startswith("    ")]
    assert summary == run("a.txt", "-m", model_folder).stdout.splitlines()
    sources = [line.strip() for line in result.stdout.splitlines() if line.startswith("    ")]
    assert sources
    assert all(re.match(r"line 1: |generated, not copied: |not in the document: ", line) for line in sources)


def test_markdown_is_a_list_with_a_heading_for_each_document(folder: Path, model_folder: Path) -> None:
    plain = run("a.txt", "b.txt", "-m", model_folder).stdout
    shown = run("a.txt", "b.txt", "-m", model_folder, "-f", "markdown").stdout
    assert shown.count("\n- ") == len([x for x in plain.splitlines() if x and not x.startswith("==>")])
    assert shown.startswith("## a.txt\n\n- ")
    assert "\n\n## b.txt\n\n- " in shown


def test_html_is_explained_without_an_option(folder: Path, model_folder: Path) -> None:
    shown = run("a.txt", "gone.txt", "b.txt", "-m", model_folder, "-f", "html")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("<!doctype html>")
    assert shown.stdout.endswith("</html>\n")
    assert shown.stdout.count('<script type="application/json">') == 2
    assert shown.stdout.count("<article ") == 3


def test_strict_accepts_what_the_document_supports(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_words(monkeypatch, 0, ["However", ",", "Smith", "brought", "2,500", "."])
    result = run("a.txt", "-m", model_folder, "--strict")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "However , Smith brought 2,500 .\n", "")


@pytest.mark.parametrize("format", ["plain", "jsonl", "rich", "markdown"])
def test_strict_reports_unsupported_claims_and_exits_with_1(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    replace_words(monkeypatch, 1, ["The", "mayor", "gave", "Jones", "2,700", "pounds"])
    result = run("a.txt", "b.txt", "-m", model_folder, "--strict", "-f", format)
    assert result.exit_code == 1
    messages = [line for line in result.stderr.splitlines() if line.startswith("summarize: b.txt: sentence")]
    assert messages == [
        "summarize: b.txt: sentence 1: the name “Jones” is not in the document",
        "summarize: b.txt: sentence 1: the number “2,700” is not in the document",
    ]
    assert "2,700" in result.stdout  # the summary is written nevertheless
    assert run("a.txt", "b.txt", "-m", model_folder, "-f", format).exit_code == 0


def test_strict_counts_a_failed_document_once(folder: Path, model_folder: Path) -> None:
    result = run("gone.txt", "-m", model_folder, "--strict", "--explain")
    assert (result.exit_code, result.stderr) == (1, "summarize: gone.txt: no such file\n")


def test_a_quoted_claim_contains_no_control_sequence(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_words(monkeypatch, 0, ["The", "2\x1b[31m7"])
    result = run("a.txt", "-m", model_folder, "--strict")
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout + result.stderr
