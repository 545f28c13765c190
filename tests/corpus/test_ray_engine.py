"""`summarize corpus --engine ray`: a Ray with two workers, one of them killed, gives the local engine's bytes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.helpers.corpora import contents, descendants, jsonl, parts, start, wait_for
from tests.helpers.program import run

pytest.importorskip("ray")


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    for name in "ab":
        with jsonl(tmp_path / "articles" / f"{name}.jsonl", 300).open("a") as file:
            file.write("{broken\n")
    options = ("articles", "-m", model_folder, "--beam-size", "1", "--max-length", "6")
    assert run("corpus", *options, "-o", "local", "--workers", "1").exit_code == 1
    out = tmp_path / "ray"
    with start(*options, "-o", out, "--engine", "ray", "--workers", "2") as child:
        wait_for(lambda: parts(out), child)
        workers = wait_for(lambda: descendants(child.pid, "ray::MapWorker(MapBatches(_Actor))"), child)
        os.kill(workers[0], signal.SIGKILL)
        stdout, stderr = child.communicate(timeout=300)
    assert (child.returncode, stdout) == (1, "")
    assert "ray: 2 of 2 shards are complete; 602 documents\n" in stderr
    assert contents(out) == contents(tmp_path / "local")


def test_a_cluster_that_cannot_be_reached_is_an_error(tmp_path: Path, model_folder: Path) -> None:
    jsonl(tmp_path / "a.jsonl", 1)
    arguments = (tmp_path / "a.jsonl", "-o", tmp_path / "out", "-m", model_folder, "--engine", "ray")
    result = run("corpus", *arguments, "--ray-address", "127.0.0.1:1")
    assert result.exit_code == 2
    assert "summarize: --ray-address 127.0.0.1:1: no Ray cluster can be reached there" in result.stderr
