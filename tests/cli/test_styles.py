"""Styles on the command line: named, recognised, scored, resumed, and refused before any work is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from summarize import Summarizer
from summarize.cli import main
from summarize.training import Trainer


def test_a_style_in_the_models_folder_has_a_name(style_run: Trainer, base_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(base_folder, tmp_path / "news")
    shutil.copytree(style_run.run_folder.best, tmp_path / "news" / "styles" / "headline")
    text = "On Monday the dog met the minister. It rained."
    (tmp_path / "a.txt").write_text(text)
    command = [str(tmp_path / "a.txt"), "-m", str(tmp_path / "news"), "--style", "headline", "-f", "jsonl"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["request"]["style"] == "headline"
    assert record["summary"] == Summarizer.load(base_folder, style=style_run.run_folder.best).summarize(text).text
    unknown = CliRunner().invoke(main, [*command[:-3], "tldr"])
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "no style 'tldr'" in unknown.stderr


@pytest.fixture
def styled(style_run: Trainer, base_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model that has a style for e-mails, and with two documents, one of which is an e-mail."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(base_folder, "mine")
    shutil.copytree(style_run.run_folder.best, "mine/styles/subject")
    Path("a.txt").write_text("On Monday the dog met the minister. It rained.")
    Path("b.eml").write_text("From: a@b.c\nTo: d@e.f\nDate: Mon, 3 Mar 2025 10:00:00 +0000\n\nThe cat saw the river.\n")
    return tmp_path


def run(*command: str) -> Any:
    return CliRunner().invoke(main, ["a.txt", "b.eml", "-m", "mine", *command])


def test_a_run_in_recognised_styles_resumes(styled: Path) -> None:
    """Each record has its own style, and all have the style that was requested."""
    arguments = ("--style", "auto", "-o", "out.jsonl")
    assert run(*arguments).exit_code == 0
    records = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [record.get("style") for record in records] == [None, "subject"]
    assert [record["request"] for record in records] == [{"style": "auto"}] * 2
    again = run(*arguments, "--resume")
    assert again.exit_code == 0
    assert again.stderr == "summarize: out.jsonl: an earlier run has summarised 2 of 2 documents\n"


def test_extracts_have_no_style(styled: Path) -> None:
    """The model without a style selects their sentences."""
    plain, in_style = (run("--extractive", "-f", "jsonl", *style) for style in ((), ("--style", "subject")))
    summaries = [[json.loads(line)["summary"] for line in result.stdout.splitlines()] for result in (plain, in_style)]
    assert summaries[0] == summaries[1]
    assert "style" not in json.loads(in_style.stdout.splitlines()[0])


@pytest.mark.parametrize("command", [(), ("evaluate", "pairs.jsonl"), ("corpus", "a.txt", "-o", "out")])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda config: config | {"base": "another"}, "was made for another model"),
        (lambda config: config | {"oops": 1}, "config.json cannot be used"),
        (lambda config: None, "the model mine has no styles"),
    ],
)
def test_a_damaged_style_is_refused_before_any_work_is_done(
    styled: Path, command: tuple[str, ...], damage: Callable[[dict[str, Any]], dict[str, Any] | None], message: str
) -> None:
    Path("pairs.jsonl").write_text('{"document": "It rained.", "summary": "Rain."}\n')
    path = Path("mine/styles/subject/config.json")
    changed = damage(json.loads(path.read_text()))
    path.unlink() if changed is None else path.write_text(json.dumps(changed))
    result = CliRunner().invoke(main, [*(command or ("a.txt",)), "-m", "mine", "--style", "auto"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert not Path("out").exists()


def test_too_many_sentences_for_a_style_are_refused(styled: Path) -> None:
    result = run("--style", "subject", "--sentences", "9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--sentences 9: this style writes at most 1" in result.stderr


@pytest.mark.slow
def test_a_styles_name_comes_before_a_folders(styled: Path) -> None:
    Path("subject").mkdir()
    result = CliRunner().invoke(main, ["corpus", "a.txt", "-o", "out", "-m", "mine", "--style", "subject"])
    assert result.exit_code == 0, result.stderr
    nameless = run("--style", "")
    assert (nameless.exit_code, "no style ''" in nameless.stderr) == (2, True)


@pytest.mark.slow
def test_a_corpus_is_summarised_in_a_style(style_run: Trainer, base_folder: Path, tmp_path: Path) -> None:
    """The style is named by its folder, and the run resumes in no other."""
    (tmp_path / "in").mkdir()
    text = "On Monday the dog met the minister. It rained."
    (tmp_path / "in" / "a.txt").write_text(text)
    command = ["corpus", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "-m", str(base_folder), "--workers", "1"]
    result = CliRunner().invoke(main, [*command, "--style", str(style_run.run_folder.best)])
    assert result.exit_code == 0, result.stderr
    (shard,) = (path for path in (tmp_path / "out").glob("*.jsonl") if path.name != "errors.jsonl")
    (record,) = map(json.loads, shard.read_text().splitlines())
    assert record["summary"] == Summarizer.load(base_folder, style=style_run.run_folder.best).summarize(text).text
    assert record["request"]["style"] == str(style_run.run_folder.best)
    other = CliRunner().invoke(main, command)
    assert other.exit_code == 2
    assert "was begun with style" in other.stderr
    unknown = CliRunner().invoke(main, [*command, "--style", "tldr"])
    assert (unknown.exit_code, "no style 'tldr'" in unknown.stderr) == (2, True)


@pytest.mark.slow
def test_a_style_is_scored(style_run: Trainer, base_folder: Path, headlines: Path) -> None:
    """It is known from its base_folder, and the summaries are its own."""

    def rouge(*style: str) -> dict[str, float]:
        command = ["evaluate", str(headlines), "-m", str(base_folder), *style, "-f", "json", "--only-rouge"]
        command += ["--resamples", "10"]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.stderr
        return {system["name"]: system for system in json.loads(result.stdout)["systems"]}

    plain, styled = rouge(), rouge("--style", str(style_run.run_folder.best))
    assert list(plain) == [str(base_folder)]
    assert list(styled) == [f"{base_folder}+{style_run.run_folder.best}"]
    assert [*plain.values()] != [*styled.values()]
