"""A run that is stopped at any time resumes exactly: the same weights, moments and figures, bit for bit."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from summarize.errors import CheckpointError, UsageError
from summarize.training import Progress, Trainer
from tests.helpers.small_runs import log_of, options, refused


def untimed(log: list[dict[str, float]]) -> list[dict[str, float]]:
    """The figures that do not depend on the clock."""
    return [{k: v for k, v in line.items() if k not in ("minutes", "examples_per_second")} for line in log]


def check_same_run(run: Path, unbroken: Path) -> None:
    """The same state bit for bit (weights and moments), the same figures, the same best weights."""
    state, expected = load_file(run / "last.safetensors"), load_file(unbroken / "last.safetensors")
    assert state.keys() == expected.keys()
    assert any(name.startswith("optimizer.exp_avg_sq.") for name in state)
    for name, tensor in state.items():
        assert torch.equal(tensor, expected[name]), name
    assert untimed(log_of(run)) == untimed(log_of(unbroken))
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        assert (run / "best" / name).read_bytes() == (unbroken / "best" / name).read_bytes(), name


CHILD = """
import json, os, signal, sys
from pathlib import Path
import torch
from summarize.checkpoints import files
from summarize.training import Trainer, TrainingOptions

options, run, moment = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
torch.set_num_threads(int(sys.argv[4]))
saves, save_file = 0, files.save_file

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def report(progress):
    if moment == "after a log line" and progress.step == 6:
        die()

def save_half(tensors, path, metadata):
    global saves
    saves += "last" in path
    save_file(tensors, path, metadata)
    if moment == "in the middle of a save" and saves == 7:
        os.truncate(path, os.path.getsize(path) // 2)
        die()

files.save_file = save_half
Trainer(TrainingOptions(**options), run).run(report)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "saved"), [("after a log line", 5), ("in the middle of a save", 6)])
def test_a_killed_run_resumes_exactly(tmp_path: Path, pairs: Path, start: Path, moment: str, saved: int) -> None:
    more = {"validation": str(pairs), "rouge_examples": 2, "checkpoint_minutes": 0.0}
    chosen = options(pairs, initial=str(start), **more)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads)  # in both processes: the last digits depend on whether it was called
    Trainer(chosen, tmp_path / "unbroken").run()
    arguments = [json.dumps(dataclasses.asdict(chosen)), str(tmp_path / "killed"), moment, str(threads)]
    child = subprocess.run([sys.executable, "-c", CHILD, *arguments], capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    resumed = Trainer(chosen, tmp_path / "killed", resume=True)
    assert resumed.step == saved
    assert resumed.run()
    check_same_run(tmp_path / "killed", tmp_path / "unbroken")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_run_resumes_exactly(
    tmp_path: Path, pairs: Path, start: Path, number: signal.Signals
) -> None:
    chosen = options(pairs, initial=str(start), validation=str(pairs))
    Trainer(chosen, tmp_path / "unbroken").run()
    before = signal.getsignal(number)

    def interrupt(progress: Progress) -> None:
        if progress.step == 6:
            signal.raise_signal(number)

    stopped = Trainer(chosen, tmp_path / "stopped")
    assert not stopped.run(interrupt)
    assert (stopped.step, stopped.stop_signal) == (6, number)
    assert signal.getsignal(number) == before
    resumed = Trainer(chosen, tmp_path / "stopped", resume=True)
    assert resumed.step == 6
    assert resumed.run()
    assert resumed.stop_signal is None
    check_same_run(tmp_path / "stopped", tmp_path / "unbroken")


def test_a_time_limit_saves_and_the_run_resumes_exactly(tmp_path: Path, pairs: Path, bert_folder: Path) -> None:
    sizes = {"initial": str(bert_folder), "max_src": 24, "max_tgt": 12}
    chosen = options(pairs, validation=str(pairs), dropout=0.1, steps=5, **sizes)
    assert Trainer(chosen, tmp_path / "unbroken").run(max_minutes=60)
    trainer = Trainer(chosen, tmp_path / "stopped")
    assert not trainer.run(max_minutes=0)
    assert (trainer.step, trainer.stop_signal) == (1, None)
    for step in (2, 3, 4):
        trainer = Trainer(chosen, tmp_path / "stopped", resume=True)
        assert not trainer.run(max_minutes=0)
        assert trainer.step == step
    assert Trainer(chosen, tmp_path / "stopped", resume=True).run()
    check_same_run(tmp_path / "stopped", tmp_path / "unbroken")


def test_a_finished_run_has_nothing_to_continue(tmp_path: Path, pairs: Path) -> None:
    chosen = options(pairs, steps=3)
    Trainer(chosen, tmp_path).run()
    log, state = log_of(tmp_path), load_file(tmp_path / "last.safetensors")
    trainer = Trainer(chosen, tmp_path, resume=True)
    assert trainer.run()
    assert trainer.step == 3
    assert log_of(tmp_path) == log
    assert all(torch.equal(tensor, state[name]) for name, tensor in load_file(tmp_path / "last.safetensors").items())


def test_a_run_from_scratch_keeps_its_tokenizer(tmp_path: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = options(pairs, validation=str(pairs), steps=4)
    trainer = Trainer(chosen, tmp_path)
    trainer.run(max_minutes=0)
    monkeypatch.setattr("summarize.training.preparation.train_tokenizer", lambda *_: pytest.fail("trained again"))
    resumed = Trainer(chosen, tmp_path, resume=True)
    assert resumed.tokenizer.vocabulary == trainer.tokenizer.vocabulary


def test_a_resumed_run_remembers_how_long_it_has_not_improved(tmp_path: Path, pairs: Path, start: Path) -> None:
    more = {"validation": str(pairs), "validate_every": 2, "learning_rate": 0.0, "steps": 8}
    chosen = options(pairs, initial=str(start), **more)
    seen: list[Progress] = []

    def interrupt(progress: Progress) -> None:
        if progress.step == 4:
            signal.raise_signal(signal.SIGINT)

    Trainer(chosen, tmp_path).run(interrupt)
    Trainer(chosen, tmp_path, resume=True).run(seen.append)
    assert [p.note.split(" checks")[0][-1] for p in seen if p.note] == ["2", "3"]


def test_a_resumed_run_does_not_read_its_texts_again(
    tmp_path: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = options(pairs, steps=4)
    Trainer(chosen, tmp_path).run(max_minutes=0)
    monkeypatch.setattr("summarize.training.trainer.read_texts", lambda *_: pytest.fail("read again"))
    assert Trainer(chosen, tmp_path, resume=True).run()


def test_a_run_does_not_resume_with_larger_batches(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, steps=4), tmp_path).run(max_minutes=0)
    error = refused(options(pairs, steps=4, batch_size=8), tmp_path, resume=True)
    assert isinstance(error, UsageError)
    assert "was trained on 4 pairs a step, not on 8" in str(error)


def test_a_run_is_neither_overwritten_nor_resumed_from_nothing(tmp_path: Path, pairs: Path) -> None:
    error = refused(options(pairs), tmp_path / "run", resume=True)
    assert isinstance(error, CheckpointError)
    assert "holds no run to resume" in str(error)
    Trainer(options(pairs, steps=1), tmp_path / "run").run()
    error = refused(options(pairs), tmp_path / "run")
    assert isinstance(error, UsageError)
    assert "already holds a run: resume it, or name another folder" in str(error)


def test_a_run_does_not_resume_on_other_pairs(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, steps=1), tmp_path / "run").run()
    fewer = tmp_path / "fewer.jsonl"
    fewer.write_text("".join(pairs.read_text().splitlines(keepends=True)[:-1]))
    error = refused(options(fewer, steps=2), tmp_path / "run", resume=True)
    assert isinstance(error, UsageError)
    assert "other pairs" in str(error)


def test_a_run_does_not_resume_on_as_many_other_pairs(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, initial="scratch", steps=1), tmp_path / "run").run()
    moved, other = tmp_path / "moved.jsonl", tmp_path / "other.jsonl"
    moved.write_text(pairs.read_text())
    assert Trainer(options(moved, steps=1), tmp_path / "run", resume=True).run()
    other.write_text(pairs.read_text().replace("cat", "dog"))
    error = refused(options(other, steps=2), tmp_path / "run", resume=True)
    assert isinstance(error, UsageError)
    assert "other pairs" in str(error)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"seed": 9}, "was trained with seed=0, not seed=9"),
        ({"learning_rate": 1.0}, "was trained with learning_rate=0.002, not learning_rate=1.0"),
        (
            {"new_learning_rate": 1.0, "clip": 2.0},
            "with new_learning_rate=0.005, clip=1.0, not new_learning_rate=1.0",
        ),
        ({"initial": "news"}, "was trained with initial=scratch, not initial=news"),
        ({"freeze": ("layers.",)}, "was trained with freeze=[], not freeze=('layers.',)"),
    ],
)
def test_a_run_does_not_resume_with_other_options(
    tmp_path: Path, pairs: Path, choices: dict[str, Any], message: str
) -> None:
    Trainer(options(pairs, steps=4), tmp_path).run(max_minutes=0)
    before = (tmp_path / "options.json").read_bytes()
    error = refused(options(pairs, steps=4, **choices), tmp_path, resume=True)
    assert isinstance(error, UsageError)
    assert message in str(error)
    assert (tmp_path / "options.json").read_bytes() == before


def test_a_resumed_run_says_what_it_may_change(tmp_path: Path, pairs: Path) -> None:
    Trainer(options(pairs, steps=4), tmp_path).run(max_minutes=0)
    assert Trainer(options(pairs, steps=4, log_every=1), tmp_path, resume=True).note == ""
    trainer = Trainer(options(pairs, steps=6, new_learning_rate=5e-3), tmp_path, resume=True)
    assert trainer.note == f"{tmp_path} was trained with steps=4, not steps=6"
    assert trainer.run()


@pytest.mark.parametrize("damage", ["empty", "half", "no safetensors", "another model"])
def test_a_damaged_state_is_refused_and_left_alone(tmp_path: Path, pairs: Path, damage: str) -> None:
    run = tmp_path / "run"
    Trainer(options(pairs, steps=1), run).run()
    state = run / "last.safetensors"
    data = state.read_bytes()
    if damage == "another model":
        error = refused(options(pairs, d_model=8), run, resume=True)
    else:
        state.write_bytes({"empty": b"", "half": data[: len(data) // 2], "no safetensors": b"\xff" * 100}[damage])
        error = refused(options(pairs), run, resume=True)
    assert isinstance(error, CheckpointError)
    assert "last.safetensors" in str(error)
    assert (run / "log.jsonl").exists()


def test_an_incomplete_log_line_does_not_stop_a_run(tmp_path: Path, pairs: Path, start: Path) -> None:
    chosen = options(pairs, initial=str(start), steps=4)
    Trainer(chosen, tmp_path).run()
    whole = log_of(tmp_path)
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 5, "los')
    assert Trainer(chosen, tmp_path, resume=True).run()
    assert log_of(tmp_path) == whole


def test_a_run_that_was_never_saved_starts_again_with_a_new_log(tmp_path: Path, pairs: Path) -> None:
    chosen = options(pairs, steps=4)
    Trainer(chosen, tmp_path).run()
    (tmp_path / "last.safetensors").unlink()
    Trainer(chosen, tmp_path).run()
    assert [line["step"] for line in log_of(tmp_path)] == [0, 1, 2, 4, 4]
