"""Runs that train a style: only low-rank changes of the attention are trained, and the base stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from summarize.checkpoints.lora import load_style
from summarize.errors import UsageError
from summarize.training import Trainer
from tests.helpers.small_runs import STYLE, log_of, options, refused


def validation_losses(trainer: Trainer) -> list[float]:
    return [line["validation_loss"] for line in log_of(trainer.run_folder.path) if "validation_loss" in line]


def test_only_the_changes_are_trained(style_run: Trainer, base_folder: Path) -> None:
    before, after = load_file(base_folder / "model.safetensors"), load_file(style_run.run_folder.state)
    names = {name for name, p in style_run.model.named_parameters() if p.requires_grad}
    assert names
    assert {name.rpartition(".")[2] for name in names} == {"down", "up"}
    assert {n.removeprefix("optimizer.step.") for n in after if n.startswith("optimizer.step.")} == names
    for name, weight in before.items():
        if not name.startswith("marks."):  # whole summaries need none
            new_name = name if f"model.{name}" in after else name.replace("weight", "parametrizations.weight.original")
            assert torch.equal(after[f"model.{new_name}"], weight.float()), name


def test_a_style_is_learned(style_run: Trainer) -> None:
    losses = validation_losses(style_run)
    assert min(losses) < losses[0] - 0.3


def test_the_base_does_not_change(base_folder: Path, headlines: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in base_folder.iterdir()}
    Trainer(options(headlines, initial=str(base_folder), **(STYLE | {"steps": 2})), tmp_path).run()
    assert {path.name: path.read_bytes() for path in base_folder.iterdir()} == before


@pytest.mark.parametrize("sentencewise", [None, False])
def test_a_style_generates_as_its_base_or_as_the_options_say(
    base_folder: Path, headlines: Path, tmp_path: Path, sentencewise: bool | None
) -> None:
    choices = {"steps": 2, "sentencewise": sentencewise}
    Trainer(options(headlines, initial=str(base_folder), **(STYLE | choices)), tmp_path / "run").run()
    style = load_style(tmp_path / "run" / "best")
    assert style.sentencewise == (sentencewise is None)
    assert style.search.whole == (sentencewise is False)


@pytest.mark.slow
def test_a_run_of_a_style_resumes_exactly(style_run: Trainer, tmp_path: Path) -> None:
    Trainer(style_run.options, tmp_path).run(max_minutes=0)
    resumed = Trainer(style_run.options, tmp_path, resume=True)
    resumed.run()
    state, expected = (load_file(trainer.run_folder.state) for trainer in (resumed, style_run))
    assert all(torch.equal(tensor, expected[name]) for name, tensor in state.items())
    adapters = [(trainer.run_folder.best / "adapter.safetensors").read_bytes() for trainer in (resumed, style_run)]
    assert adapters[0] == adapters[1]


def test_a_style_has_a_card(style_run: Trainer, base_folder: Path) -> None:
    card = (style_run.run_folder.best / "README.md").read_text()
    assert "18 pairs of `headlines.jsonl`" in card
    assert f"--model {base_folder} --style" in card
    assert "generated as a whole" in card
    assert f"| validation | loss {min(validation_losses(style_run)):g} |" in card


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"initial": "scratch"}, "only='attention' needs a trained summarizer to change, not initial='scratch'"),
        ({"salience_weight": 1.0}, "was not trained for salience, and only='attention' cannot add it"),
        ({"freeze": ("layers.", "pointer.")}, "every parameter is frozen"),
    ],
)
def test_what_no_style_can_be_is_refused(
    tmp_path: Path, pairs: Path, start: Path, choices: dict[str, Any], message: str
) -> None:
    error = refused(options(pairs, **({"initial": str(start)} | STYLE | choices)), tmp_path / "run")
    assert isinstance(error, UsageError)
    assert message in str(error)


def test_an_encoder_has_no_styles(tmp_path: Path, pairs: Path, bert_folder: Path) -> None:
    error = refused(options(pairs, initial=str(bert_folder), **STYLE), tmp_path / "run")
    assert "needs a trained summarizer to change" in str(error)
