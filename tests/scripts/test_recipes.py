"""The recipes of the shipped models, rehearsed from end to end on tiny data, from a tiny encoder or model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from summarize import Summarizer, __version__
from tests.helpers.data_sets import read_rows, write_cnndm, write_scitldr
from tests.helpers.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bash") is None, reason="the recipes are bash scripts"),
    pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="the recipes need an active virtual environment"),
]

POSITIONS = 512  # the recipe reads 400 tokens and generates up to 127


def run_recipe(name: str, *arguments: str | Path, **variables: str | Path) -> str:
    """Run a recipe in the environment of the tests, without installing anything; its stdout."""
    environment = os.environ | {"VIRTUAL_ENV": sys.prefix, "NO_INSTALL": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.run(
        ["bash", str(ROOT / "scripts" / name), *map(str, arguments)],
        env=environment | {key: str(value) for key, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture
def encoder(bert_folder: Path, bert_weights: dict[str, Tensor]) -> Path:
    """The tests' small encoder, with as many positions as the recipe needs."""
    config = json.loads((bert_folder / "config.json").read_text())
    (bert_folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": POSITIONS}))
    positions = 0.3 * torch.randn((POSITIONS, config["hidden_size"]), generator=torch.Generator().manual_seed(2))
    weights = bert_weights | {"embeddings.position_embeddings.weight": positions}
    save_file(weights, bert_folder / "model.safetensors")
    return bert_folder


def test_the_news_recipe_makes_a_model_that_summarises(tmp_path: Path, encoder: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shipped = (ROOT / "models" / "news" / "config.json").read_bytes()
    scores = run_recipe("train_news", write_cnndm(data), "--rehearse", RUNS=tmp_path / "runs", ENCODER=encoder)
    runs = tmp_path / "runs" / "rehearsal"
    assert scores.count("│ Lsum ") == 2  # generated and extracted summaries
    stages = ["1-average", "1-summaries", "2-salience", "3-sentencewise", "4-dropout"]
    assert [path.name for path in sorted(runs.iterdir()) if path.name[0].isdecimal()] == stages

    held_out = {row["summary"] for row in read_rows(runs / "news-validation.jsonl")}
    assert held_out
    for name in ("train", "train-copies", "train-all"):
        learned = {row["summary"] for row in read_rows(runs / f"news-{name}.jsonl")}
        assert learned
        assert not learned & held_out

    config = json.loads((runs / "model" / "config.json").read_text())
    assert config["salience"]
    assert config["sentencewise"]
    assert (config["search"]["beam_size"], config["search"]["min_confidence"]) == (2, 0.7)
    assert Summarizer.load(runs / "model").summarize(read_rows(runs / "news-validation.jsonl")[0]["document"]).text
    assert (ROOT / "models" / "news" / "config.json").read_bytes() == shipped


def test_the_style_recipe_makes_a_style_of_the_model(tmp_path: Path, model_folder: Path) -> None:
    data, model = tmp_path / "data", tmp_path / "model"
    data.mkdir()
    shutil.copytree(model_folder, model)
    run_recipe("train_styles", write_scitldr(data), "--rehearse", "tldr", RUNS=tmp_path / "runs", MODEL=model)
    style = tmp_path / "runs" / "rehearsal-styles" / "trained" / "tldr"
    assert {path.name for path in style.iterdir()} == {"config.json", "adapter.safetensors"}
    assert not (model / "styles").exists()
    assert Summarizer.load(model, style=style).summarize("the cat saw the river on monday. it rained.").text


def test_setup_prints_where_the_executables_are() -> None:
    assert Path(run_recipe("setup", "test").strip()).samefile(Path(sys.executable).parent)


def test_the_program_runs_from_the_checkout() -> None:
    assert run_recipe("summarize", "--version") == f"summarize {__version__}\n"


def test_an_unknown_style_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="there is no style sonnet"):
        run_recipe("train_styles", tmp_path, "--rehearse", "sonnet", RUNS=tmp_path / "runs")
