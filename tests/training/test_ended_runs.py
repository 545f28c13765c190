"""However a run ends, what it leaves can be used: best/ after an early end, the last good state after a divergence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from summarize.errors import SummarizeError, UsageError
from summarize.pipeline.summarizer import Summarizer
from summarize.training import Progress, Trainer
from tests.helpers.small_runs import log_of, options


def test_a_run_that_is_ended_before_its_first_validation_leaves_a_model(tmp_path: Path, pairs: Path) -> None:
    seen: list[Progress] = []
    chosen = options(pairs, validation=str(pairs), validate_every=500, log_every=500, steps=600)
    assert not Trainer(chosen, tmp_path).run(seen.append, max_minutes=0)
    assert [sorted(p.figures.keys() & {"loss", "validation_loss"}) for p in seen] == [["loss"], ["validation_loss"]]
    assert Summarizer.load(tmp_path / "best").summarize("On Monday the cat saw the river.").sentences


def test_an_early_end_keeps_better_weights_until_the_run_resumes(tmp_path: Path, pairs: Path, start: Path) -> None:
    """best/ of an unbroken run has the weights of a scheduled validation; so has that of a resumed run."""
    chosen = options(pairs, initial=str(start), validation=str(pairs), steps=9, validate_every=4)
    trainer = Trainer(chosen, tmp_path)
    while trainer.step < 4:
        trainer = Trainer(chosen, tmp_path, resume=trainer.step > 0)
        trainer.run(max_minutes=0)
    scheduled, best_loss = (tmp_path / "best" / "model.safetensors").read_bytes(), trainer.best_loss
    trainer = Trainer(chosen, tmp_path, resume=True)
    trainer.run(max_minutes=0)
    assert (trainer.step, trainer.best_loss) == (5, best_loss)
    assert log_of(tmp_path)[-1]["validation_loss"] < best_loss
    for name, weight in load_file(tmp_path / "best" / "model.safetensors").items():
        assert torch.equal(weight, trainer.model.state_dict()[name].to(weight.dtype)), name
    Trainer(chosen, tmp_path, resume=True)
    assert (tmp_path / "best" / "model.safetensors").read_bytes() == scheduled
    assert [line["step"] for line in log_of(tmp_path) if "validation_loss" in line] == [4]


def test_a_short_run_is_validated_before_its_end(tmp_path: Path, pairs: Path) -> None:
    chosen = options(pairs, validation=str(pairs), validate_every=500, steps=20)
    Trainer(chosen, tmp_path).run()
    assert [line["step"] for line in log_of(tmp_path) if "validation_loss" in line] == [5, 10, 15, 20]


def test_a_diverging_run_stops_and_keeps_the_last_good_state(tmp_path: Path, pairs: Path) -> None:
    chosen = options(pairs, validation=str(pairs), steps=8, validate_every=2)
    trainer = Trainer(chosen, tmp_path)

    def diverge(progress: Progress) -> None:
        if progress.step == 2 and "validation_loss" in progress.figures:
            trainer.save()
            for group in trainer.optimizer.param_groups:
                group["peak_lr"] = 1e30

    with pytest.raises(SummarizeError) as caught:
        trainer.run(diverge)
    message = str(caught.value)
    assert "finite" in message
    assert f"kept: {tmp_path / 'best'}, {tmp_path / 'last.safetensors'};" in message
    for path in (tmp_path / "last.safetensors", tmp_path / "best" / "model.safetensors"):
        assert all(tensor.isfinite().all() for tensor in load_file(path).values())
    assert Trainer(chosen, tmp_path, resume=True).step == 2


def test_a_run_with_infinite_weights_is_not_kept(tmp_path: Path, pairs: Path) -> None:
    trainer = Trainer(options(pairs, steps=1), tmp_path)
    with torch.no_grad():
        next(trainer.model.parameters()).fill_(float("inf"))
    with pytest.raises(SummarizeError, match=r"not finite numbers.*kept: nothing;"):
        trainer.save()
    assert not (tmp_path / "last.safetensors").exists()


@pytest.mark.parametrize("minutes", [-3.0, float("nan")])
def test_a_time_limit_is_bounded(tmp_path: Path, pairs: Path, minutes: float) -> None:
    with pytest.raises(UsageError, match=r"max_minutes=.*: must be at least 0"):
        Trainer(options(pairs, steps=1), tmp_path).run(max_minutes=minutes)


def test_a_run_works_outside_the_main_thread(tmp_path: Path, pairs: Path, start: Path) -> None:
    chosen = options(pairs, initial=str(start), steps=2)
    finished: list[bool] = []
    thread = threading.Thread(target=lambda: finished.append(Trainer(chosen, tmp_path / "thread").run()))
    thread.start()
    thread.join()
    assert finished == [True]
    assert Trainer(chosen, tmp_path / "main").run()
    in_thread, in_main = (load_file(tmp_path / name / "last.safetensors") for name in ("thread", "main"))
    assert all(torch.equal(tensor, in_main[name]) for name, tensor in in_thread.items())
