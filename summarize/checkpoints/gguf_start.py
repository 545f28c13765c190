"""Warm start of the writer: a language model of Llama's shape, read out of a GGUF file.

Only the training recipe needs it, and the package `gguf`, which is not among the program's dependencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
import torch
from torch import Tensor

from summarize.errors import CheckpointError
from summarize.network.causal_pointer_generator import CausalConfig, CausalPointerGenerator
from summarize.text.vocabulary import END, N_SPECIAL, PAD, SENTENCE, START

# Our names for the parts of a layer, and GGUF's.
_GGUF_LAYER = {
    "attention_norm": "attn_norm",
    "query_projection": "attn_q",
    "key_projection": "attn_k",
    "value_projection": "attn_v",
    "output_projection": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "feed_forward_gate": "ffn_gate",
    "feed_forward_in": "ffn_up",
    "feed_forward_out": "ffn_down",
}
# The special tokens that begin with the embedding of one of the language model's tokens: those of a chat.
_FIRST_EMBEDDING = {PAD: "<|endoftext|>", SENTENCE: "Ċ", START: "<|im_start|>", END: "<|im_end|>"}
_SPECIAL = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def read_gguf(path: Path, vocab_size: int, **choices: Any) -> tuple[CausalPointerGenerator, tokenizers.Tokenizer]:
    """A pointer-generator with the weights of a GGUF file, and its tokenizer: the file's byte-level BPE, cut to the
    merges that give vocab_size tokens. choices: fields of CausalConfig, instead of the file's.

    Raises CheckpointError if the file is of another kind of model.
    """
    import gguf

    try:
        reader = gguf.GGUFReader(path)
        fields = {name: field.contents() for name, field in reader.fields.items()}
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error
    if fields.get("general.architecture") != "llama" or fields.get("tokenizer.ggml.model") != "gpt2":
        raise CheckpointError(f"{path} is not a Llama-shaped model with byte-level BPE")
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    backend = _tokenizer(fields["tokenizer.ggml.merges"], vocab_size)
    config = CausalConfig(**(_sizes(fields) | {"vocab_size": backend.get_vocab_size()} | choices))
    weights = {
        tensor.name: torch.from_numpy(np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32))
        for tensor in reader.tensors
    }
    model = CausalPointerGenerator(config)
    given = _renamed(weights, config)
    given["token_embedding.weight"] = _embeddings(weights["token_embd.weight"], tokens, backend)
    model.load_state_dict(given, strict=False)
    return model, backend


def _sizes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """CausalConfig's sizes from a file's metadata."""
    return {
        "d_model": fields["llama.embedding_length"],
        "n_heads": fields["llama.attention.head_count"],
        "n_kv_heads": fields["llama.attention.head_count_kv"],
        "n_layers": fields["llama.block_count"],
        "d_ff": fields["llama.feed_forward_length"],
        "rotary_base": fields["llama.rope.freq_base"],
        "norm_eps": fields["llama.attention.layer_norm_rms_epsilon"],
    }


def _renamed(weights: Mapping[str, Tensor], config: CausalConfig) -> dict[str, Tensor]:
    """A file's weights, without the embeddings, under our names."""
    given = {"final_norm.weight": weights["output_norm.weight"]}
    for i in range(config.n_layers):
        for ours, theirs in _GGUF_LAYER.items():
            weight = weights[f"blk.{i}.{theirs}.weight"]
            if theirs in ("attn_q", "attn_k"):
                weight = _halves_from_pairs(weight, config.d_head)
            given[f"layers.{i}.{ours}.weight"] = weight
    return given


def _halves_from_pairs(weight: Tensor, d_head: int) -> Tensor:
    """A projection (h · d_head, d_in) whose neighbouring outputs are rotated together, as one whose outputs i and
    i + d_head / 2 are: GGUF's order to that of `rotary.rotate`."""
    heads = weight.view(-1, d_head // 2, 2, weight.shape[1])
    return heads.transpose(1, 2).reshape(weight.shape)


def _tokenizer(merges: Sequence[str], vocab_size: int) -> tokenizers.Tokenizer:
    """Byte-level BPE with the first merges of a list, which are its commonest, and this program's special ids.

    The vocabulary has all 256 bytes, so that every text can be encoded.
    """
    pre_tokenizers = tokenizers.pre_tokenizers
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [(first, second) for first, second in (merge.split(" ") for merge in merges)]
    pairs = pairs[: vocab_size - N_SPECIAL - len(alphabet)]
    names = [*_SPECIAL, *alphabet, *(first + second for first, second in pairs)]
    vocabulary = {name: i for i, name in enumerate(dict.fromkeys(names))}
    backend = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=pairs))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    backend.decoder = tokenizers.decoders.ByteLevel()
    backend.add_special_tokens(_SPECIAL)
    return backend


def _embeddings(given: Tensor, tokens: Sequence[str], backend: tokenizers.Tokenizer) -> Tensor:
    """The embeddings of our tokens: those that the file has for the same text, or the mean of all."""
    rows = {token: i for i, token in enumerate(tokens)}
    embeddings = given.mean(0).repeat(backend.get_vocab_size(), 1)
    for token, i in backend.get_vocab().items():
        theirs = _FIRST_EMBEDDING.get(i, token if i >= N_SPECIAL else None)
        if theirs in rows:
            embeddings[i] = given[rows[theirs]]
    return embeddings
