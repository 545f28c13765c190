"""`--resume`: no record is lost and none is doubled, wherever a run stops."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.cli.output import OutputOptions, open_output
from summarize.errors import UsageError
from summarize.rendering.json import JsonLinesRenderer
from tests.helpers.program import command_line
from tests.helpers.records import SETTINGS, make_record, sources_in


def summarise(path: Path, sources: Sequence[str], failing: frozenset[str], stop_after: int | None = None) -> int:
    """Resume a run that writes to a file; how many documents it summarised. stop_after: as if it was killed then."""
    output = open_output(OutputOptions(path, "jsonl", resume=True), [], SETTINGS)
    renderer = JsonLinesRenderer(output.stream)
    n_done = 0
    for source in filter(output.needs, sources):
        if n_done == stop_after:
            output.stream.close()
            return n_done
        renderer.write(make_record(source, is_failed=source in failing))
        n_done += 1
    output.finish()
    return n_done


def without_shares(path: Path) -> tuple[list[object], list[float]]:
    """The records of a file without the shares copied of words, and these: a last digit depends on the other documents
    of a batch, and a run that continues has other batches."""
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    words = [word for record in records for sentence in record["sentences"] for word in sentence["words"]]
    return records, [word.pop("copied") for word in words]


names = st.text(st.sampled_from("abß\n\u2028\x1b"), min_size=1, max_size=3)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.data())
def test_runs_that_stop_anywhere_come_to_the_same_file(data: st.DataObject) -> None:
    documents = data.draw(st.lists(names, max_size=8), label="documents")
    failing = frozenset(data.draw(st.sets(st.sampled_from(documents)), label="failing") if documents else ())
    with TemporaryDirectory() as folder:
        path, partial = Path(folder) / "out.jsonl", Path(folder) / "out.jsonl.partial"
        for stop in data.draw(st.lists(st.integers(0, 8), max_size=3), label="stops"):
            summarise(path, documents, failing, stop)
            if partial.exists():  # cut at any byte, as a machine that loses power may leave it
                size = partial.stat().st_size
                os.truncate(partial, data.draw(st.integers(0, size), label="cut"))
        again = summarise(path, documents, failing)
        expected = [make_record(source, is_failed=source in failing).as_dict() for source in documents]
        assert [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] == expected
        assert sorted(p.name for p in Path(folder).iterdir()) == ["out.jsonl"]
        assert again <= len(documents)
        assert summarise(path, documents, failing) == sum(source in failing for source in documents)


def test_records_of_new_documents_are_put_in_order(tmp_path: Path) -> None:
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


def test_a_whole_last_line_without_its_line_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    summarise(path, ["a", "b"], frozenset())
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert summarise(path, ["a", "b", "c"], frozenset()) == 1
    assert sources_in(path) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "content", ["no JSON\n{}\n", "[]\n[]\n", '{"source": "a"}\n{}\n', "\0\n\n", "[" * 100_000 + "\n\n"]
)
def test_a_file_without_records_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"out\.jsonl, line 1: is not a record of a summary"):
        summarise(path, ["a"], frozenset())
    assert path.read_text() == content
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.slow
def test_sigkill_and_resume_lose_and_double_nothing(many_texts: list[str], model_folder: Path) -> None:
    model = ("-m", model_folder, "--batch-size", "2", "--threads", "1")
    whole = subprocess.run(
        command_line(*many_texts, *model, "-o", "whole.jsonl"), capture_output=True, text=True, check=False
    )
    assert (whole.returncode, whole.stdout) == (1, "")
    partial, rng, n_kills = Path("out.jsonl.partial"), random.Random(5), 0
    while not Path("out.jsonl").exists():
        n_bytes = partial.stat().st_size if partial.exists() else 0
        n_more = rng.randint(1, 40_000)  # bytes after which it is killed, wherever it then is
        command = command_line(*many_texts, *model, "-o", "out.jsonl", "--resume")
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while child.poll() is None:
            with suppress(FileNotFoundError):
                if partial.stat().st_size > n_bytes + n_more:
                    child.kill()
                    n_kills += 1
                    child.wait()
            time.sleep(0.001)
        assert child.returncode in (-signal.SIGKILL, 1)
        assert n_kills < 50
    assert n_kills >= 2
    (records, shares), (expected, expected_shares) = map(without_shares, (Path("out.jsonl"), Path("whole.jsonl")))
    assert records == expected
    assert shares == pytest.approx(expected_shares, abs=1e-3)
    assert sources_in(Path("out.jsonl")) == many_texts
    assert [path.name for path in Path().glob("*out.jsonl*")] == ["out.jsonl"]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_finished_records_for_resume(
    many_texts: list[str], model_folder: Path, number: signal.Signals, code: int
) -> None:
    command = command_line(*many_texts, "-m", model_folder, "--batch-size", "1", "-o", "out.jsonl")
    partial = Path("out.jsonl.partial")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        while not (partial.exists() and partial.stat().st_size) and child.poll() is None:
            time.sleep(0.001)
        child.send_signal(number)
        stdout, stderr = child.communicate(timeout=60)
    lines = partial.read_text().splitlines()
    assert (child.returncode, stdout) == (code, "")
    message = f"out.jsonl.partial holds the finished records ({len(lines)} new); --resume continues the run"
    assert stderr.splitlines()[-1] == f"summarize: {message}"
    assert 0 < len(lines) < len(many_texts)
    assert [json.loads(line)["source"] for line in lines] == many_texts[: len(lines)]
    assert [path.name for path in Path().glob("*out.jsonl*")] == [partial.name]
