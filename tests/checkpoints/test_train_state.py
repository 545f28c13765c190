"""Training states: a run continues from one exactly, and a damaged one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from summarize.checkpoints.train_state import load_progress, load_state, save_state
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import PointerGenerator
from summarize.training.objective import nll
from tests.helpers.files import truncate
from tests.helpers.models import MakeModel

SRC, TGT = torch.tensor([[101, 110, 111, 112, 102]]), torch.tensor([[110, 112, 102]])


def training(model: PointerGenerator) -> torch.optim.AdamW:
    return torch.optim.AdamW(model.train().parameters(), lr=0.01, betas=(0.9, 0.98))


def train(model: PointerGenerator, optimizer: torch.optim.AdamW, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        nll(model, SRC, TGT).backward()
        optimizer.step()


def test_training_continues_exactly_from_a_saved_state(tmp_path: Path, make_model: MakeModel) -> None:
    model = make_model()
    optimizer, path = training(model), tmp_path / "last.safetensors"
    train(model, optimizer, steps=3)
    progress = {"step": 3, "best": 4.25, "name": "ü", "history": [1, None]}
    save_state(path, model, optimizer, progress)

    resumed = make_model()
    resumed_optimizer = training(resumed)
    load_state(path, resumed, resumed_optimizer)
    assert load_progress(path) == progress
    for (name, p), q in zip(model.named_parameters(), resumed.parameters(), strict=True):
        moments, loaded = optimizer.state[p], resumed_optimizer.state[q]
        assert torch.equal(p, q), name
        assert set(moments) == set(loaded) == {"step", "exp_avg", "exp_avg_sq"}, name
        assert all(torch.equal(moments[key], loaded[key]) for key in moments), name

    train(resumed, resumed_optimizer, steps=2)
    train(model, optimizer, steps=2)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), resumed.parameters(), strict=True))


def test_a_state_saved_before_the_first_step_loads(tmp_path: Path, make_model: MakeModel) -> None:
    model, path = make_model(), tmp_path / "last.safetensors"
    save_state(path, model, training(model), {"step": 0})
    other = make_model(dropout=0.1)
    optimizer = training(other)
    load_state(path, other, optimizer)
    assert not optimizer.state
    assert [p.name for p in tmp_path.iterdir()] == ["last.safetensors"]
    train(other, optimizer, steps=1)


def test_a_state_of_another_model_is_refused(tmp_path: Path, make_model: MakeModel) -> None:
    model, path = make_model(), tmp_path / "last.safetensors"
    save_state(path, model, training(model), {})
    other = make_model(d_ff=48)
    with pytest.raises(CheckpointError, match=r"cannot resume from .*last\.safetensors"):
        load_state(path, other, training(other))


def test_a_damaged_or_missing_state_is_named(tmp_path: Path, make_model: MakeModel) -> None:
    model, path = make_model(), tmp_path / "last.safetensors"
    with pytest.raises(CheckpointError, match=r"last\.safetensors"):
        load_progress(path)
    save_state(path, model, training(model), {})
    truncate(path)
    with pytest.raises(CheckpointError, match=r"last\.safetensors"):
        load_progress(path)
    with pytest.raises(CheckpointError, match=r"last\.safetensors"):
        load_state(path, model, training(model))


def test_weights_without_progress_are_no_state(model_folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot resume from .*model\.safetensors"):
        load_progress(model_folder / "model.safetensors")
