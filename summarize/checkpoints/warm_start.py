"""Warm start: a pointer-generator whose layers begin with the weights of a pre-trained BERT-shaped encoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from summarize.checkpoints.files import CONFIG, TOKENIZER, WEIGHTS, load_tensors, read_json
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import PAD

# ModelConfig's names for an encoder's sizes, and BERT's.
_BERT_SIZES = {
    "vocab_size": "vocab_size",
    "d_model": "hidden_size",
    "n_heads": "num_attention_heads",
    "n_layers": "num_hidden_layers",
    "d_ff": "intermediate_size",
    "max_src": "max_position_embeddings",
}

# Our names for the parts of one layer, and BERT's.
_BERT_LAYER = {
    "self_attention.query_projection": "attention.self.query",
    "self_attention.key_projection": "attention.self.key",
    "self_attention.value_projection": "attention.self.value",
    "self_attention.output_projection": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "feed_forward_in": "intermediate.dense",
    "feed_forward_out": "output.dense",
    "feed_forward_norm": "output.LayerNorm",
}


def is_encoder(folder: Path) -> bool:
    """Whether a folder holds a pre-trained BERT-shaped encoder. Raises CheckpointError if it has no config.json."""
    return read_json(folder / CONFIG).get("model_type") == "bert"


def warm_start(folder: Path, **choices: Any) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """Build a pointer-generator from a BERT-shaped encoder's folder, with config.json, tokenizer.json and
    model.safetensors as Hugging Face writes them. choices: fields of ModelConfig, instead of the encoder's.

    Returns also the names of the new parameters, which the encoder does not have. Raises CheckpointError.
    """
    bert = read_json(folder / CONFIG)
    if bert.get("hidden_act", "gelu") != "gelu":
        raise CheckpointError(f"{folder / CONFIG}: the activation {bert['hidden_act']!r} is not supported, only gelu")
    try:
        sizes = {ours: bert[theirs] for ours, theirs in _BERT_SIZES.items()}
        sizes["max_tgt"] = min(ModelConfig.max_tgt, sizes["max_src"])
        config = ModelConfig(**(sizes | choices))
        model = PointerGenerator(config)
    except KeyError as error:
        raise CheckpointError(f"{folder / CONFIG} lacks {error}") from error
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG}: these sizes make no model: {error}") from error
    weights = {k.removeprefix("bert."): v.float() for k, v in load_tensors(folder / WEIGHTS).items()}
    try:
        given = _from_bert(weights, config)
        model.load_state_dict(given, strict=False)
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"{folder / WEIGHTS} is not a BERT-shaped encoder: {error}") from error
    with torch.no_grad():
        model.token_embedding.weight[PAD].zero_()
    new = {name for name, _ in model.named_parameters()} - set(given)
    return model, Tokenizer.from_encoder(folder / TOKENIZER), new


def _from_bert(bert: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """An encoder's weights under our names.

    The summary's positions begin as the last positions of the source: neighbours as in a text, and far from most of a
    source.
    """
    positions = bert["embeddings.position_embeddings.weight"]
    given = {
        "token_embedding.weight": bert["embeddings.word_embeddings.weight"],
        "src_positions.weight": positions[: config.max_src],
        "tgt_positions.weight": positions[-config.max_tgt :],
        "segments.weight": bert["embeddings.token_type_embeddings.weight"],
        "embedding_norm.weight": bert["embeddings.LayerNorm.weight"],
        "embedding_norm.bias": bert["embeddings.LayerNorm.bias"],
    }
    for i in range(config.n_layers):
        for ours, theirs in _BERT_LAYER.items():
            for part in ("weight", "bias"):
                given[f"layers.{i}.{ours}.{part}"] = bert[f"encoder.layer.{i}.{theirs}.{part}"]
    return given
