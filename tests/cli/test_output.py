"""`--output` and `--resume`: nothing is lost and nothing doubled, wherever a run stops."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.cli.output import FileOutput, Output, format_for, open_output, written_whole
from summarize.cli.signals import Interrupted, interruptible, uninterrupted
from summarize.errors import UsageError
from summarize.rendering import Record
from summarize.rendering.json import JsonLinesRenderer, JsonRenderer

MODEL = "tiny"
MADE_BY = {"model": MODEL, "request": {}}


def record(source: str, failed: bool = False) -> Record:
    """The record of a document, the same at each run."""
    if failed:
        return Record(source, MODEL, error=f"{source}: is empty")
    return Record(source, MODEL, f"What {source} says.", ({"text": f"What {source} says.", "words": []},), 9, 9)


def summarise(path: Path, sources: Sequence[str], failing: frozenset[str], stop_after: int | None = None) -> int:
    """A run over documents that writes to a file; how many it summarised. stop_after: it ends then, as if killed."""
    output = open_output(path, "jsonl", [], resume=True, made_by=MADE_BY)
    renderer = JsonLinesRenderer(output.stream)
    done = 0
    for source in filter(output.wants, sources):
        if done == stop_after:
            output.stream.close()
            return done
        renderer.write(record(source, source in failing))
        done += 1
    output.finish()
    return done


def sources_in(path: Path) -> list[str]:
    return [json.loads(line)["source"] for line in path.read_text().splitlines()]


names = st.text(st.sampled_from("abß\n\u2028\x1b"), min_size=1, max_size=3)


@settings(max_examples=60)
@given(st.data())
def test_runs_that_stop_anywhere_come_to_the_same_file(data: st.DataObject) -> None:
    documents = data.draw(st.lists(names, max_size=8), label="documents")
    failing = frozenset(data.draw(st.sets(st.sampled_from(documents)), label="failing") if documents else ())
    with TemporaryDirectory() as folder:
        path, partial = Path(folder) / "out.jsonl", Path(folder) / "out.jsonl.partial"
        for stop in data.draw(st.lists(st.integers(0, 8), max_size=3), label="stops"):
            summarise(path, documents, failing, stop)
            if partial.exists():  # cut at any byte, as a machine that stops may leave it
                size = partial.stat().st_size
                os.truncate(partial, data.draw(st.integers(0, size), label="cut"))
        again = summarise(path, documents, failing)
        expected = [record(source, source in failing).as_dict() for source in documents]
        assert [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] == expected
        assert sorted(p.name for p in Path(folder).iterdir()) == ["out.jsonl"]
        assert again <= len(documents)
        assert summarise(path, documents, failing) == sum(source in failing for source in documents)


def test_new_documents_stand_where_they_are_named(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert summarise(path, ["b", "d"], frozenset()) == 2
    assert summarise(path, ["a", "b", "c", "d", "e"], frozenset()) == 3
    assert sources_in(path) == ["a", "b", "c", "d", "e"]
    assert summarise(path, ["f", "b"], frozenset()) == 1
    assert sources_in(path) == ["a", "c", "d", "e", "f", "b"]


def test_a_document_named_twice_has_two_records(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert summarise(path, ["a", "b", "a"], frozenset(), stop_after=1) == 1
    assert summarise(path, ["a", "b", "a"], frozenset()) == 2
    assert sources_in(path) == ["a", "b", "a"]


def test_a_last_line_without_its_end_is_kept_where_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    summarise(path, ["a", "b"], frozenset())
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert summarise(path, ["a", "b", "c"], frozenset()) == 1
    assert sources_in(path) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "content", ["no JSON\n{}\n", "[]\n[]\n", '{"source": "a"}\n{}\n', "\0\n\n", "[" * 100_000 + "\n\n"]
)
def test_what_is_no_record_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"out\.jsonl, line 1: is no record of a summary"):
        summarise(path, ["a"], frozenset())
    assert path.read_text() == content
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    path = tmp_path / "out.jsonl"
    first = FileOutput(path, keeps_records=True, resume=False, made_by=MADE_BY)
    for resume in (False, True):
        with pytest.raises(UsageError, match="another run is writing it"):
            FileOutput(path, keeps_records=True, resume=resume, made_by=MADE_BY)
    JsonLinesRenderer(first.stream).write(record("a"))
    first.finish()
    assert sources_in(path) == ["a"]


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    output = open_output(path, "json", [], resume=False, made_by=MADE_BY)
    with written_whole(output, JsonRenderer(output.stream)) as write:
        write(record("a"))
        assert path.read_text() == "before"
    assert json.loads(path.read_text()) == [record("a").as_dict()]
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]


@pytest.mark.parametrize("reason", [Interrupted(signal.SIGTERM), KeyboardInterrupt(), OSError(28, "No space left")])
def test_a_stopped_run_keeps_what_it_finished(
    tmp_path: Path, reason: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    path, partial = tmp_path / "out.json", tmp_path / "out.json.partial"
    output = open_output(path, "json", [], resume=False, made_by=MADE_BY)

    def stopped() -> None:
        with written_whole(output, JsonRenderer(output.stream)) as write:
            write(record("a"))
            raise reason

    with pytest.raises(type(reason)):
        stopped()
    assert json.loads(partial.read_text()) == [record("a").as_dict()]
    assert not path.exists()
    assert capsys.readouterr().err == f"summarize: {partial} keeps what is finished: 1 documents\n"
    # what cannot be gone on with is written over
    output = open_output(path, "json", [], resume=False, made_by=MADE_BY)
    with written_whole(output, JsonRenderer(output.stream)):
        pass
    assert path.read_text() == "[]\n"
    assert not partial.exists()


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    output = open_output(tmp_path / "out.jsonl", "jsonl", [], resume=False, made_by=MADE_BY)
    with pytest.raises(UsageError), written_whole(output, JsonLinesRenderer(output.stream)):
        raise UsageError("no such model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", ["folder", "folder/x/out.jsonl", "a.txt", "a.txt/out.jsonl", "x" * 250 + ".jsonl", "link"]
)
def test_places_that_cannot_be_written_are_said(tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("a.txt").write_text("text")
    Path("link").symlink_to("a.txt")
    with pytest.raises(UsageError, match=rf"\A{wrong}: "):
        open_output(Path(wrong), "jsonl", ["a.txt", "nowhere", "\0", "-"], resume=False, made_by=MADE_BY)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.txt", "folder", "link"]
    assert Path("a.txt").read_text() == "text"


def test_the_ending_names_the_format() -> None:
    assert format_for("auto", None) == format_for("auto", Path("-")) == "auto"
    assert format_for("auto", Path("x.JSONL")) == "jsonl"
    assert format_for("auto", Path("x.json")) == "json"
    assert format_for("auto", Path("json")) == "plain"
    assert format_for("rich", Path("x.json")) == "rich"


def test_without_a_file_all_documents_are_missing() -> None:
    assert list(filter(Output(sys.stdout).wants, ["a", "a"])) == ["a", "a"]


def test_a_folder_that_holds_the_file_is_not_read_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other").mkdir()
    Path("other/out.jsonl").write_text("another one")
    output = open_output(Path("out.jsonl"), "jsonl", ["."], resume=False, made_by=MADE_BY)
    assert output.wants("other/out.jsonl")
    for source in ("out.jsonl.partial", "./out.jsonl.partial", str(tmp_path / "out.jsonl.partial")):
        with pytest.raises(UsageError, match="would be written over while it is read"):
            output.wants(source)


def test_a_signal_waits_until_a_record_is_written() -> None:
    written = []

    def receive(*numbers: signal.Signals) -> None:
        with interruptible():
            with uninterrupted():
                for number in numbers:
                    os.kill(os.getpid(), number)
                written.append("whole")
            written.append("never")

    with pytest.raises(Interrupted) as caught:
        receive(signal.SIGTERM)
    assert (written, caught.value.exit_code) == (["whole"], 143)
    with pytest.raises(Interrupted) as caught:
        receive(signal.SIGTERM, signal.SIGINT)  # a second one does not wait
    assert (written, caught.value.exit_code) == (["whole"], 130)
    with interruptible(), uninterrupted():
        pass  # what was received before is over


def test_a_signal_that_a_library_caught_still_ends_the_run() -> None:
    written = []

    def swallowed(error: Exception | None = None) -> None:
        with interruptible():
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
            if error:
                raise error
            with uninterrupted():
                written.append("never")

    for error in (None, ValueError("could not determine the shape")):
        with pytest.raises(Interrupted) as caught:
            swallowed(error)
        assert (written, caught.value.exit_code) == ([], 143)


def test_signals_that_the_caller_handles_stay_his() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """150 documents in the working folder, one of which cannot be read."""
    monkeypatch.chdir(tmp_path)
    names = [f"{i:03d}.txt" for i in range(150)]
    for i, name in enumerate(names):
        (tmp_path / name).write_text(f"The mayor met the minister on Monday. It was {i}." if i != 7 else "")
    return names


def program(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "summarize", *map(str, arguments)]


def test_sigkill_and_resume_lose_and_double_nothing(many: list[str], model_folder: Path) -> None:
    model = ("-m", model_folder, "--batch-size", "2", "--threads", "1")
    whole = subprocess.run(program(*many, *model, "-o", "whole.jsonl"), capture_output=True, text=True, check=False)
    assert (whole.returncode, whole.stdout) == (1, "")
    partial, chance, kills = Path("out.jsonl.partial"), random.Random(5), 0
    while not Path("out.jsonl").exists():
        before = partial.stat().st_size if partial.exists() else 0
        more = chance.randint(1, 40_000)  # bytes after which it is killed, wherever it then is
        child = subprocess.Popen(program(*many, *model, "-o", "out.jsonl", "--resume"), stderr=subprocess.DEVNULL)
        while child.poll() is None:
            with suppress(FileNotFoundError):
                if partial.stat().st_size > before + more:
                    child.kill()
                    kills += 1
                    child.wait()
            time.sleep(0.001)
        assert child.returncode in (-signal.SIGKILL, 1)
        assert kills < 50
    assert kills >= 2
    assert Path("out.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()
    assert sources_in(Path("out.jsonl")) == many
    assert not partial.exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_what_is_finished_for_resume(
    many: list[str], model_folder: Path, number: signal.Signals, code: int
) -> None:
    command = program(*many, "-m", model_folder, "--batch-size", "1", "-o", "out.jsonl")
    partial = Path("out.jsonl.partial")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        while not (partial.exists() and partial.stat().st_size) and child.poll() is None:
            time.sleep(0.001)
        child.send_signal(number)
        stdout, stderr = child.communicate(timeout=60)
    done = partial.read_text().splitlines()
    assert (child.returncode, stdout) == (code, "")
    kept = f"out.jsonl.partial keeps what is finished ({len(done)} more)"
    assert stderr.splitlines()[-1] == f"summarize: {kept}; the same with --resume goes on"
    assert 0 < len(done) < len(many)
    assert [json.loads(line)["source"] for line in done] == many[: len(done)]
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(
    ("number", "code", "format"),
    [
        (signal.SIGINT, 130, "jsonl"),
        (signal.SIGINT, 130, "rich"),
        (signal.SIGTERM, 143, "json"),
        (signal.SIGTERM, 143, "plain"),
    ],
)
def test_a_signal_ends_the_output_whole(
    many: list[str], model_folder: Path, number: signal.Signals, code: int, format: str
) -> None:
    many.pop(7)  # the one that fails
    command = program(*many * 20, "-m", model_folder, "--batch-size", "40", "-f", format)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        child.send_signal(number)  # while the next batch is being summarised, or its records written
        rest = child.stdout.read()
        assert child.stderr is not None
        stderr = child.stderr.read()
    assert (child.returncode, stderr) == (code, "")
    said = first + rest
    assert said.endswith("\n")
    if format == "json":
        assert 0 < len(json.loads(said)) < len(many) * 20
    elif format == "jsonl":
        assert [json.loads(line)["source"] for line in said.splitlines()] == (many * 20)[: said.count("\n")]
    elif format == "rich":
        assert said.count("╭") == said.count("╯")


@pytest.mark.parametrize(
    ("format", "pipe"),
    [("jsonl", "2>&1 | head -n 1"), ("plain", "| head -n 1"), ("rich", "| head -n 1"), ("json", "| head -n 1")],
)
def test_a_reader_that_has_enough_is_no_error(many: list[str], model_folder: Path, format: str, pipe: str) -> None:
    command = " ".join(program(*many * 10, "-m", model_folder, "-f", format))
    script = f"set -o pipefail; {command} {pipe}; echo ${{PIPESTATUS[*]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 0"
    assert "Traceback" not in done.stderr


def test_standard_input_is_not_written_over(many: list[str], model_folder: Path) -> None:
    with Path("000.txt").open() as stdin:
        done = subprocess.run(program("-o", "000.txt"), stdin=stdin, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "summarize: 000.txt: would be written over while it is read; name another file\n"
