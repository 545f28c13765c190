"""Warm starts: which parameters an encoder gives, and encoders that lack something."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from summarize.checkpoints.warm_start import is_encoder, warm_start
from summarize.errors import CheckpointError
from tests.helpers.files import edit_json, truncate


@pytest.mark.parametrize("prefix", ["", "bert."])  # Hugging Face writes both, depending on the class
def test_a_warm_start_names_its_new_parameters(bert_folder: Path, prefix: str) -> None:
    path = bert_folder / "model.safetensors"
    weights = load_file(path)
    save_file({prefix + name: weight for name, weight in weights.items()}, path)
    model, _, new = warm_start(bert_folder, max_tgt=10, pointer_heads=4, pointer_attention="additive")
    assert {name.split(".")[0] for name in new} == {
        "pointer", "gate", "output_transform", "output_norm", "output_bias"
    }  # fmt: skip
    assert (model.config.d_model, model.config.max_src, model.config.max_tgt) == (16, 24, 10)
    assert model.config.pointer_attention == "additive"
    positions = weights["embeddings.position_embeddings.weight"]
    assert torch.equal(model.tgt_positions.weight, positions[-10:])
    assert model.token_embedding.weight[0].eq(0).all()  # padding


def test_an_encoder_is_recognised(bert_folder: Path, model_folder: Path) -> None:
    assert is_encoder(bert_folder)
    assert not is_encoder(model_folder)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        is_encoder(model_folder / "nowhere")


def test_an_encoder_without_a_size_is_refused(bert_folder: Path) -> None:
    edit_json(bert_folder / "config.json", hidden_size=None)
    with pytest.raises(CheckpointError, match=r"config\.json lacks 'hidden_size'"):
        warm_start(bert_folder, max_tgt=10)


def test_an_encoder_without_a_weight_is_refused(bert_folder: Path) -> None:
    weights = load_file(bert_folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, bert_folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"model\.safetensors.*encoder\.layer\.1\.output\.dense\.bias"):
        warm_start(bert_folder, max_tgt=10)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_an_encoders_truncated_file_is_named(bert_folder: Path, name: str) -> None:
    truncate(bert_folder / name)
    with pytest.raises(CheckpointError, match=name):
        warm_start(bert_folder, max_tgt=10)


@pytest.mark.parametrize("content", ["{}", "[]", '{"normalizer": null}'])
def test_an_invalid_tokenizer_of_an_encoder_is_named(bert_folder: Path, content: str) -> None:
    (bert_folder / "tokenizer.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        warm_start(bert_folder, max_tgt=10)
