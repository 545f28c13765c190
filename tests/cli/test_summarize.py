"""`summarize FILE…`: what it prints where, and its exit codes; never a traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from summarize import Summarizer, UsageError, __version__
from summarize.cli.streams import ExitStatus
from tests.helpers.models import MORE, NEWS
from tests.helpers.program import messages_in, run, summary_lines


def with_headings(expected: Summarizer) -> str:
    """The plain output for a.txt and b.txt."""
    return f"==> a.txt <==\n{summary_lines(expected, NEWS)}\n==> b.txt <==\n{summary_lines(expected, MORE)}"


def test_a_file_is_summarised(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("a.txt", "--model", model_folder)
    assert (result.exit_code, result.stdout, result.stderr) == (0, summary_lines(expected, NEWS), "")


def test_several_files_have_headings(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("-m", model_folder, "a.txt", "b.txt", "--batch-size", "1")
    assert result.stdout == with_headings(expected)
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("-",), ("-f", "plain")])
def test_standard_input_is_summarised(model_folder: Path, expected: Summarizer, arguments: Sequence[str]) -> None:
    result = run(*arguments, "-m", model_folder, stdin=MORE)
    assert (result.exit_code, result.stdout, result.stderr) == (0, summary_lines(expected, MORE), "")


def test_standard_input_can_be_one_of_several_inputs(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("a.txt", "-", "-m", model_folder, "-f", "jsonl", stdin=MORE)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["source"] for record in records] == ["a.txt", "stdin"]
    assert [record["summary"] for record in records] == [expected.summarize(text).text for text in (NEWS, MORE)]


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json_gives_the_span_of_every_word(folder: Path, model_folder: Path, expected: Summarizer, format: str) -> None:
    result = run("a.txt", "b.txt", "nowhere.txt", "-m", model_folder, "--format", format)
    assert result.exit_code == 1
    records = json.loads(result.stdout) if format == "json" else [json.loads(x) for x in result.stdout.splitlines()]
    assert [record["source"] for record in records] == ["a.txt", "b.txt", "nowhere.txt"]
    for record, text in zip(records, (NEWS, MORE), strict=False):
        assert list(record) == ["source", "summary", "sentences", "model", "request", "read", "error"]
        summary = expected.summarize(text)
        assert (record["summary"], record["model"], record["error"]) == (summary.text, str(model_folder), None)
        assert record["read"] == {"words": summary.words, "selected_words": summary.selected_words}
        assert record["sentences"] == [
            {
                "text": sentence.text,
                "words": [
                    {"text": w.text, "copied": pytest.approx(w.copied, abs=1e-3), "span": w.span and list(w.span)}
                    for w in sentence.words
                ],
            }
            for sentence in summary.sentences
        ]
    assert records[2]["summary"] is None
    assert records[2]["error"] == "nowhere.txt: no such file"


def test_a_document_that_fails_does_not_stop_the_others(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    (folder / "empty.txt").write_text(" \n")
    (folder / "hidden.txt").write_text("\ue000\ufe0f")
    (folder / "picture.png").write_bytes(bytes(range(256)))
    files = ("nowhere.txt", "a.txt", "empty.txt", ".", "b.txt", "picture.png", "hidden.txt")
    result = run(*files, "-m", model_folder, "--batch-size", "3")
    assert result.exit_code == 1
    assert result.stdout == with_headings(expected)
    assert messages_in(result.stderr) == [
        "nowhere.txt: no such file",
        "empty.txt: is empty",
        ".: is a folder; --recursive reads the files in it",
        "picture.png: is not text (it has control bytes)",
        "hidden.txt: there is nothing to read in this text",
        "5 of 7 documents could not be summarised",
    ]


@pytest.mark.parametrize("content", [b"", b"\0\1\2", None])
def test_a_single_document_that_fails_is_reported_once(folder: Path, model_folder: Path, content: bytes | None) -> None:
    if content is not None:
        (folder / "c.txt").write_bytes(content)
    result = run("c.txt", "-m", model_folder)
    assert (result.exit_code, result.stdout) == (1, "")
    (message,) = messages_in(result.stderr)
    assert message.startswith("c.txt: ")


def test_an_empty_standard_input_fails(model_folder: Path) -> None:
    result = run("-m", model_folder, stdin="")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "summarize: stdin: is empty\n")


def test_a_text_that_is_read_in_part_is_noted_once(folder: Path, model_folder: Path) -> None:
    (folder / "long.txt").write_text("the mayor met the minister. " * 40)
    result = run("long.txt", "-m", model_folder)
    assert result.exit_code == 0
    assert messages_in(result.stderr) == ["long.txt: read the first 52 of 200 words"]
    result = run("long.txt", "-m", model_folder, "-f", "jsonl")
    assert (json.loads(result.stdout)["read"], result.stderr) == ({"words": 200, "selected_words": 52}, "")


def test_names_and_texts_are_data(folder: Path, model_folder: Path) -> None:
    name = "[bold]\x1b[31m\n\u202e.txt"
    (folder / name).write_text("[/red] the \x1b[31mmayor \x9b2J met \u202ethe minister")
    for arguments in ((name, "a.txt"), (name, "nowhere\x1b[2J.txt"), (name, "-f", "rich")):
        result = run(*arguments, "-m", model_folder)
        assert "[bold]�[31m" in result.stdout
        assert not re.search("[\x1b\x9b\u202e]", result.stdout + result.stderr), arguments


def test_a_name_that_is_not_unicode_is_shown(folder: Path, model_folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        Path(name).write_text(NEWS)
    except OSError:
        pytest.skip("this file system has only Unicode names")
    for format in ("plain", "rich", "json", "jsonl"):
        result = run(name, "a.txt", os.fsdecode(b"\xff.txt"), "-m", model_folder, "-f", format)
        assert result.exit_code == 1
        assert "caf�.txt" in result.stdout
        assert "�.txt: no such file" in result.stderr


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_damaged_model_is_reported(folder: Path, model_folder: Path, name: str) -> None:
    shutil.copytree(model_folder, folder / "model")
    (folder / "model" / name).write_bytes(b"\xff{")
    result = run("a.txt", "-m", "model")
    assert (result.exit_code, result.stdout) == (2, "")
    (message,) = messages_in(result.stderr)
    assert f"model/{name}" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "nowhere"), "no model 'nowhere'"),
        (("--max-length", "1000"), "summarize: --max-length 1000: this model writes at most 31 tokens"),
        (("--device", "nonsense"), "no such device"),
        (("--beam-size", "0"), "0 is not in the range"),
        (("--beam-size", "x"), "not a valid integer"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--nonsense",), "No such option"),
    ],
)
def test_wrong_use_is_reported(folder: Path, model_folder: Path, arguments: Sequence[str], message: str) -> None:
    result = run("a.txt", "-m", model_folder, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "max_words"), [(("--max-length", "3", "--min-length", "1"), 3), (("--max-src", "16"), 14)]
)
def test_search_options_limit_the_search(
    folder: Path, model_folder: Path, arguments: Sequence[str], max_words: int
) -> None:
    result = run("b.txt", "-m", model_folder, *arguments, "--threads", "1", "--beam-size", "1", "-f", "json")
    (record,) = json.loads(result.stdout)
    assert 0 < sum(len(sentence["words"]) for sentence in record["sentences"]) <= max_words
    assert (record["read"]["selected_words"] < record["read"]["words"]) == ("--max-src" in arguments)


@pytest.mark.parametrize("penalty", ["0", "-3", "inf", pytest.param("1000"), pytest.param("-1000")])
def test_any_length_penalty_gives_a_summary_or_is_refused(folder: Path, model_folder: Path, penalty: str) -> None:
    result = run("a.txt", "-m", model_folder, f"--length-penalty={penalty}")
    assert (result.exit_code, bool(result.stdout), bool(result.stderr)) in [(0, True, False), (2, False, True)]


def test_help_shows_the_options_and_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for text in ("Output:", "Search:", "--beam-size", "--format", "train", "evaluate", "models", "--version"):
        assert text in result.stdout
    assert run("--version").stdout == f"summarize {__version__}\n"
    for command in ("train", "evaluate", "models", "text"):
        assert run(command, "--help").exit_code == 0


def test_an_interruption_has_its_own_exit_code(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[object]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(Summarizer, "try_many", interrupted)
    result = run("a.txt", "-m", model_folder)
    assert (result.exit_code, result.stdout) == (130, "")


def test_exit_codes_are_the_documented_ones() -> None:
    shown = " ".join(run("--help").stdout.split())
    assert "Exit codes: 0 All done. 1 Some document failed, and the rest are done; or a data set cannot be" in shown
    assert [int(status) for status in ExitStatus] == [0, 1, 2, 130, 143]


@pytest.mark.parametrize(
    ("message", "reported"),
    [
        ("max_length=1000: is too long", "--max-length 1000: is too long"),
        ("extractive=True: cannot be done", "--extractive: cannot be done"),
        ("query='a b': is too long", "--query 'a b': is too long"),
        ("no_such_option=3: is wrong", "no_such_option=3: is wrong"),
        ("out.jsonl: max_length=3: is wrong", "out.jsonl: max_length=3: is wrong"),
    ],
)
def test_a_message_about_an_argument_names_the_option(
    folder: Path, monkeypatch: pytest.MonkeyPatch, message: str, reported: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UsageError(message)

    monkeypatch.setattr("summarize.cli.summarize.open_output", fail)
    result = run("a.txt")
    assert (result.exit_code, result.stderr) == (2, f"summarize: {reported}\n")
