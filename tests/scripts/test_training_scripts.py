"""Scripts that train: the comparison of pointers on a few dates, and the benchmark on a tiny batch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import compare_attention
import make_dates
import numpy as np
import pytest
from click.testing import CliRunner

from summarize.documents import TextPair
from summarize.text.tokenizer import Tokenizer
from summarize.training.pairs import encode_pairs
from tests.helpers.models import MakeModel
from tests.helpers.paths import ROOT


def test_measures_are_means_over_the_tokens_of_a_reference(make_model: MakeModel, tiny_tokenizer: Tokenizer) -> None:
    model = make_model(pointer_heads=2)
    pairs = encode_pairs([TextPair("1", "the cat saw the river", "the cat")], tiny_tokenizer, 24)
    weights, p_gen = compare_attention.pointer_weights(model, pairs[0], 24)
    assert weights.shape[:2] == (2, len(pairs[0].tgt))
    heads = [[[w for w in row if w > 0] for row in head] for head in weights.tolist()]
    entropies = [-sum(w * np.log2(w) for w in row) for head in heads for row in head]
    means = [[w for w in row if w > 0] for row in weights.mean(0).tolist()]
    measures = compare_attention.measures(model, pairs, 24)
    assert measures["entropy"] == pytest.approx(np.mean(entropies), abs=1e-5)
    assert measures["entropy_of_mean"] == pytest.approx(
        np.mean([-sum(w * np.log2(w) for w in row) for row in means]), abs=1e-5
    )
    assert measures["sharpness"] == pytest.approx(np.mean([max(row) for head in heads for row in head]), abs=1e-5)
    assert measures["copied"] == pytest.approx(1 - p_gen.mean().item(), abs=1e-6)


@pytest.mark.slow
def test_four_pointers_are_compared_on_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = {"d_model": 16, "n_heads": 2, "batch_size": 16, "steps": 4, "validate_every": 2}
    monkeypatch.setattr(compare_attention, "DATES", compare_attention.DATES | tiny)
    monkeypatch.setattr(compare_attention, "N_MEASURED", 3)
    paths = {"train": 200, "validation": 20, "test": 30}
    (tmp_path / "dates").mkdir()
    for seed, (name, count) in enumerate(paths.items()):
        arguments = [str(tmp_path / "dates" / f"{name}.jsonl"), "--pairs", str(count), "--seed", str(seed)]
        make_dates.main(arguments, standalone_mode=False)
    result = CliRunner().invoke(compare_attention.main, [str(tmp_path)])
    assert result.exit_code == 0, result.output
    dates = json.loads((tmp_path / "results.json").read_text())["dates"]
    assert 0 < dates["documents"] <= 30
    assert list(dates["pointers"]) == list(compare_attention.POINTERS)
    for name, figures in dates["pointers"].items():
        n_heads = compare_attention.POINTERS[name][1]
        assert set(figures["learned"]) == {"2", "4"}
        assert figures["exact"] == figures["learned"]["4"]  # without improvement the last weights could differ
        assert np.array(figures["alignment"]["weights"]).shape[0] == n_heads
        assert len(figures["one_step"]) == compare_attention.N_SHOWN
        shares = [row["share"] for row in figures["one_step"]]
        assert shares == sorted(shares, reverse=True)


def test_news_needs_an_encoder_and_validation_pairs(tmp_path: Path, pairs: Path) -> None:
    result = CliRunner().invoke(compare_attention.main, [str(tmp_path / "out"), "--news-train", str(pairs)])
    assert result.exit_code == 2
    assert "--news-validation and --encoder" in result.output
    assert not (tmp_path / "out").exists()


OTHER = """
import torch
class Other(torch.nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.embedding = torch.nn.Embedding(30522, 4)
    def forward(self, src, inputs, tgt):
        assert inputs.shape == tgt.shape
        return self.embedding(src).mean() + self.embedding(tgt).mean(), None
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_beside_another", [False, True])
def test_training_speed_is_measured(tmp_path: Path, is_beside_another: bool) -> None:
    (tmp_path / "other.py").write_text(OTHER)
    command: list[str | Path] = [sys.executable, ROOT / "scripts" / "benchmark_training.py", "--rounds", "1"]
    command += ["--steps", "1", "--batch-size", "1", "--src", "16", "--tgt", "8"]
    command += ["--against", f"{tmp_path / 'other.py'}:Other"] if is_beside_another else []
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(output) == (2 if is_beside_another else 3)
    assert output[0].startswith("as shipped ")
    assert output[0].endswith("examples/s  1.00 ×")
