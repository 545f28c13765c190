"""`--output`: a file that is there whole or not at all, and never an input; its format; who may write it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from summarize.cli.output import FileOutput, Output, OutputOptions, format_for, open_output, record_writer
from summarize.cli.signals import Interrupted
from summarize.errors import UsageError
from summarize.rendering.json import JsonLinesRenderer, JsonRenderer
from tests.helpers.program import command_line
from tests.helpers.records import SETTINGS, make_record, sources_in


def json_options(path: Path) -> OutputOptions:
    return OutputOptions(path, "json", resume=False)


def test_a_file_is_not_there_before_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    output = open_output(json_options(path), [], SETTINGS)
    with record_writer(output, JsonRenderer(output.stream)) as write:
        write(make_record("a"))
        assert path.read_text() == "before"
    assert json.loads(path.read_text()) == [make_record("a").as_dict()]
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.parametrize("reason", [Interrupted(signal.SIGTERM), KeyboardInterrupt(), OSError(28, "No space left")])
def test_a_stopped_run_keeps_what_it_finished(
    tmp_path: Path, reason: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    path, partial = tmp_path / "out.json", tmp_path / "out.json.partial"
    output = open_output(json_options(path), [], SETTINGS)

    def stopped() -> None:
        with record_writer(output, JsonRenderer(output.stream)) as write:
            write(make_record("a"))
            raise reason

    with pytest.raises(type(reason)):
        stopped()
    assert json.loads(partial.read_text()) == [make_record("a").as_dict()]
    assert [p.name for p in tmp_path.iterdir()] == [partial.name]
    assert capsys.readouterr().err == f"summarize: {partial} holds what was finished (documents: 1)\n"
    # A format that cannot be continued is written over.
    output = open_output(json_options(path), [], SETTINGS)
    with record_writer(output, JsonRenderer(output.stream)):
        pass
    assert path.read_text() == "[]\n"
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]


def test_a_run_that_writes_nothing_leaves_nothing(tmp_path: Path) -> None:
    output = open_output(OutputOptions(tmp_path / "out.jsonl", "jsonl", resume=False), [], SETTINGS)
    with pytest.raises(UsageError), record_writer(output, JsonLinesRenderer(output.stream)):
        raise UsageError("no such model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", ["folder", "folder/x/out.jsonl", "a.txt", "a.txt/out.jsonl", "x" * 250 + ".jsonl", "link"]
)
def test_a_path_that_cannot_be_written_is_reported(tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("a.txt").write_text("text")
    Path("link").symlink_to("a.txt")
    options = OutputOptions(Path(wrong), "jsonl", resume=False)
    with pytest.raises(UsageError, match=rf"\A{wrong}: "):
        open_output(options, ["a.txt", "nowhere", "\0", "-"], SETTINGS)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.txt", "folder", "link"]
    assert Path("a.txt").read_text() == "text"


def test_the_suffix_names_the_format() -> None:
    assert format_for("auto", None) == format_for("auto", Path("-")) == "auto"
    assert format_for("auto", Path("x.JSONL")) == "jsonl"
    assert format_for("auto", Path("x.json")) == "json"
    assert format_for("auto", Path("json")) == "plain"
    assert format_for("rich", Path("x.json")) == "rich"


def test_standard_output_needs_all_documents() -> None:
    assert list(filter(Output(sys.stdout).needs, ["a", "a"])) == ["a", "a"]


def test_a_folder_that_holds_the_output_is_not_read_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other").mkdir()
    Path("other/out.jsonl").write_text("another one")
    output = open_output(OutputOptions(Path("out.jsonl"), "jsonl", resume=False), ["."], SETTINGS)
    assert output.needs("other/out.jsonl")
    for source in ("out.jsonl.partial", "./out.jsonl.partial", str(tmp_path / "out.jsonl.partial")):
        with pytest.raises(UsageError, match="is read as an input and cannot be the output"):
            output.needs(source)
    output.abandon(0)


@pytest.mark.slow
def test_standard_input_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Text.")
    with Path("a.txt").open() as stdin:
        done = subprocess.run(command_line("-o", "a.txt"), stdin=stdin, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "summarize: a.txt: is read as an input and cannot be the output; name another file\n"
    assert Path("a.txt").read_text() == "Text."


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    first = FileOutput(path, SETTINGS, has_records=True, resume=False)
    for resume in (False, True):
        with pytest.raises(UsageError, match="another run is writing it"):
            FileOutput(path, SETTINGS, has_records=True, resume=resume)
    JsonLinesRenderer(first.stream).write(make_record("a"))
    first.finish()
    assert sources_in(path) == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_run_that_is_refused_unlocks_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("not a record\n")
    for _ in range(2):  # not "another run is writing it"
        with pytest.raises(UsageError, match="is not a record"):
            FileOutput(path, SETTINGS, has_records=True, resume=True)
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.slow
def test_another_process_is_kept_away_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom summarize.cli.output import FileOutput\n"
        "from summarize.records import RunSettings\n"
        f"output = FileOutput(Path({str(path)!r}), RunSettings('tiny', {{}}), has_records=True, resume=False)\n"
        "print('locked', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "locked\n"
            with pytest.raises(UsageError, match="another run is writing it"):
                FileOutput(path, SETTINGS, has_records=True, resume=True)
        finally:
            child.kill()
    FileOutput(path, SETTINGS, has_records=True, resume=True).finish()
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]
