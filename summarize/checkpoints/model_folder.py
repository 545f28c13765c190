"""A model folder to a model and back: config.json, tokenizer.json and model.safetensors.

Nothing is unpickled, and nothing is downloaded. Files are written atomically: a killed process leaves the old one or
the new one, never part of one.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from summarize.atomic_write import write_atomically
from summarize.checkpoints.files import (
    CONFIG,
    FILES,
    MODEL,
    STYLE,
    TOKENIZER,
    WEIGHTS,
    field_errors_explained,
    find_folder,
    fingerprint,
    load_tensors,
    read_json,
    save_tensors,
)
from summarize.checkpoints.packed_folder import describe_writer, is_writer, load_writer_config, weight_files
from summarize.checkpoints.uninitialised import WithoutInitialisation
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.tokenizer import Tokenizer


def model_folders() -> dict[str, Path]:
    """The folders of the shipped models by name: inside an installed package, else in models/ of the checkout."""
    package = Path(__file__).parent.parent
    for root in (package / "models", package.parent / "models"):
        folders = {path.parent.name: path.parent for path in sorted(root.glob(f"*/{CONFIG}"))}
        if folders:
            return folders
    return {}


def find_model(name: str | os.PathLike[str]) -> Path:
    """The folder of a shipped model by its name, or of any model by its path. Raises CheckpointError."""
    return find_folder(name, model_folders(), "model", "the shipped models are")


def save_model(
    folder: Path,
    model: PointerGenerator,
    tokenizer: Tokenizer,
    search: SearchOptions | None = None,
    dtype: torch.dtype = torch.bfloat16,
) -> None:
    """Write a model folder. search: the options to search its summaries with; dtype: of the weights on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    state = model.state_dict().items()
    weights = {name: w.detach().to("cpu", dtype if w.is_floating_point() else w.dtype) for name, w in state}
    save_tensors(weights, folder / WEIGHTS, {"format": "pt"})
    tokenizer.save(folder / TOKENIZER)
    config = {"model_type": MODEL} | dataclasses.asdict(model.config)
    config["search"] = dataclasses.asdict(search or SearchOptions())
    write_atomically(folder / CONFIG, json.dumps(config, indent=2) + "\n")


def load_config(folder: Path) -> tuple[ModelConfig, SearchOptions]:
    """Read config.json of a model folder. Raises CheckpointError."""
    content = read_json(folder / CONFIG)
    model_type = content.pop("model_type", None)
    if model_type == STYLE:
        raise CheckpointError(f"{folder} is a style, not a model: name the model that it was made for, and this style")
    if model_type != MODEL:
        raise CheckpointError(f"{folder / CONFIG} does not describe a pointer-generator")
    with field_errors_explained(folder / CONFIG):
        search = SearchOptions(**content.pop("search", {}))
        return ModelConfig(**content), search


def load_search(folder: Path) -> SearchOptions:
    """The search options that a model folder, a writer's too, was shipped with. Raises CheckpointError."""
    return load_writer_config(folder).search if is_writer(folder) else load_config(folder)[1]


def can_extract(folder: Path) -> bool:
    """Whether a model, or a writer's selector, scores sentences. Raises CheckpointError."""
    return is_writer(folder) or load_config(folder)[0].salience


def model_fingerprint(folder: Path) -> str:
    """Differs where any file of a model folder differs; of a writer's, its selector's files too. Raises
    CheckpointError."""
    if not is_writer(folder):
        return fingerprint(folder, *FILES)
    own = fingerprint(folder, CONFIG, TOKENIZER, *(path.name for path in weight_files(folder)))
    return own + fingerprint(find_model(load_writer_config(folder).selector), *FILES)


def _build(folder: Path, config: ModelConfig) -> PointerGenerator:
    """A model without weights. Raises CheckpointError if the folder's config is of no possible model."""
    try:
        with WithoutInitialisation():
            return PointerGenerator(config)
    except (ArithmeticError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a model: {error}") from error


def load_model(
    folder: Path, matrices: torch.dtype = torch.float32
) -> tuple[PointerGenerator, Tokenizer, SearchOptions]:
    """Read a model folder: the model in evaluation mode, its tokenizer and its search options.

    matrices: the type of the linear layers' weights and of the embeddings; all else is float32. With the type that they
    have on disk (bfloat16) they stay in the mapped file, which takes half the memory.

    Raises CheckpointError.
    """
    config, search = load_config(folder)
    model = _build(folder, config)
    matrix_names = {f"{name}.weight" for name, _ in _matrices(model)}
    weights = load_tensors(folder / WEIGHTS)
    try:
        dtypes = {name: matrices if name in matrix_names else torch.float32 for name in weights}
        # One tensor that stays in the mapped file keeps all of it in memory, so the few integers are copied out of it.
        typed = {n: w.to(dtypes[n]) if w.is_floating_point() else w.clone() for n, w in weights.items()}
        model.load_state_dict(typed, assign=True)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{folder / WEIGHTS} does not fit {CONFIG}: {reason}") from error
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    if len(tokenizer.vocabulary) != config.vocab_size:
        raise CheckpointError(
            f"{folder / TOKENIZER} has {len(tokenizer.vocabulary)} tokens, {CONFIG} {config.vocab_size}"
        )
    return model.eval(), tokenizer, search


def _matrices(model: PointerGenerator) -> Iterator[tuple[str, nn.Linear | nn.Embedding]]:
    """(name, layer) of every layer that has a matrix."""
    return ((name, m) for name, m in model.named_modules() if isinstance(m, nn.Linear | nn.Embedding))


def convert_matrices(model: PointerGenerator, dtype: torch.dtype) -> None:
    """Convert the linear layers' weights and the embeddings of a loaded model to another type."""
    for _, layer in _matrices(model):
        layer.weight = nn.Parameter(layer.weight.detach().to(dtype), requires_grad=False)


def describe(folder: Path) -> str:
    """A line on a model folder: its number of parameters, its size on disk and its pointer. Raises CheckpointError."""
    if is_writer(folder):
        return describe_writer(folder)
    config, _ = load_config(folder)
    n_parameters = sum(p.numel() for p in _build(folder, config).parameters())
    if not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS}")
    megabytes = (folder / WEIGHTS).stat().st_size / 1e6
    heads = f"{config.pointer_heads} {config.pointer_attention.replace('_', ' ')} heads"
    return f"{n_parameters / 1e6:.1f} M parameters, {megabytes:.0f} MB, pointer of {heads}"
