"""A writer's folder: what is read is what was written, rounded; a damaged one is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from summarize.checkpoints.packed_folder import LAYER_FORMAT, layer_matrices, load_writer, save_writer
from summarize.errors import CheckpointError
from summarize.network.causal_pointer_generator import CausalConfig, CausalPointerGenerator
from summarize.network.group_quantization import rounded

CONFIG = CausalConfig(vocab_size=130, d_model=64, n_heads=4, n_kv_heads=2, n_layers=2, d_ff=96, pointer_heads=2)


@pytest.fixture
def model() -> CausalPointerGenerator:
    torch.manual_seed(0)
    return CausalPointerGenerator(CONFIG)


@pytest.mark.parametrize("shard_bytes", [10_000, 10_000_000])
def test_read_is_what_was_written_in_few_bits(model: CausalPointerGenerator, tmp_path: Path, shard_bytes: int) -> None:
    paths = save_writer(tmp_path, model, shard_bytes=shard_bytes)
    assert (len(paths) > 1) == (shard_bytes < 1e6)
    read = load_writer(tmp_path)
    assert read.config == CONFIG
    matrices = layer_matrices(model)
    assert len(matrices) == 2 * 7
    for name, parameter in model.named_parameters():
        expected = rounded(parameter, LAYER_FORMAT) if name in matrices else parameter
        atol = 1e-3 if name not in matrices and parameter.dim() == 2 else 1e-7
        torch.testing.assert_close(read.get_parameter(name).detach(), expected.detach(), atol=atol, rtol=1e-3)


def test_writing_again_removes_earlier_shards(model: CausalPointerGenerator, tmp_path: Path) -> None:
    save_writer(tmp_path, model, shard_bytes=10_000)
    paths = save_writer(tmp_path, model, shard_bytes=10_000_000)
    assert sorted(tmp_path.glob("*.safetensors")) == paths
    load_writer(tmp_path)


def test_missing_shard_is_one_sentence(model: CausalPointerGenerator, tmp_path: Path) -> None:
    save_writer(tmp_path, model, shard_bytes=10_000)[1].unlink()
    with pytest.raises(CheckpointError, match="incomplete"):
        load_writer(tmp_path)


@pytest.mark.parametrize("change", [{"model_type": "bert"}, {"d_model": 65}, {"vocab_size": "x"}, {"colour": 1}])
def test_config_of_something_else_is_one_sentence(
    model: CausalPointerGenerator, tmp_path: Path, change: dict[str, object]
) -> None:
    save_writer(tmp_path, model)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(CheckpointError):
        load_writer(tmp_path)
