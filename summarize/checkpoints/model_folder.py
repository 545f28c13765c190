"""A folder on disk ↔ a model: config.json, tokenizer.json, model.safetensors; and a training run's whole state.

Nothing is unpickled and nothing is fetched. Every file is written beside its place and moved there, so that a killed
process leaves the old one or the new one, never half of one.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from summarize.checkpoints.files import (
    CONFIG,
    MODEL,
    STYLE,
    TOKENIZER,
    WEIGHTS,
    find_folder,
    load_tensors,
    read_json,
    save_tensors,
    settings_of,
    write_atomically,
)
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.tokenizer import Tokenizer


def model_folders() -> dict[str, Path]:
    """The shipped models by name: beside the modules in an installed package, else in the checkout's models/."""
    package = Path(__file__).parent.parent
    for root in (package / "models", package.parent / "models"):
        found = {p.parent.name: p.parent for p in sorted(root.glob(f"*/{CONFIG}"))}
        if found:
            return found
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
    """Write a model folder. search: how its summaries are best searched for; dtype: of the weights on disk."""
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
    kind = content.pop("model_type", None)
    if kind == STYLE:
        raise CheckpointError(f"{folder} is a style, not a model: --style {folder}, with the model it was made for")
    if kind != MODEL:
        raise CheckpointError(f"{folder / CONFIG} does not describe a pointer-generator")
    with settings_of(folder / CONFIG):
        search = SearchOptions(**content.pop("search", {}))
        return ModelConfig(**content), search


@contextmanager
def _without_initialising() -> Iterator[None]:
    """Modules that are made in here keep what is in their memory: drawing 23 million random numbers to overwrite them
    takes 0.15 s. (torch's device "meta" does the same, but its first use imports 800 modules, which takes 1.1 s.)"""
    fillers = {name: fill for name, fill in vars(nn.init).items() if name.endswith("_") and not name.startswith("_")}
    for name in fillers:
        setattr(nn.init, name, lambda tensor, *_, **__: tensor)
    try:
        yield
    finally:
        for name, fill in fillers.items():
            setattr(nn.init, name, fill)


def _build(folder: Path, config: ModelConfig) -> PointerGenerator:
    """A model without values yet. Raises CheckpointError where the sizes that the folder states make none."""
    try:
        with _without_initialising():
            return PointerGenerator(config)
    except (ArithmeticError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a model: {error}") from error


def load_model(
    folder: Path, matrices: torch.dtype = torch.float32
) -> tuple[PointerGenerator, Tokenizer, SearchOptions]:
    """Read a model folder, ready to run. matrices: the type of the layers' weights and of the embeddings; all else is
    in float32. As they are on disk (bfloat16) they stay in the file, mapped, and take half the memory.

    Raises CheckpointError.
    """
    config, search = load_config(folder)
    model = _build(folder, config)
    large = {f"{name}.weight" for name, _ in _matrices(model)}
    weights = load_tensors(folder / WEIGHTS)
    try:
        types = {name: matrices if name in large else torch.float32 for name in weights}
        # One tensor that stays in a mapped file keeps all of it: the few integers are taken out.
        typed = {n: w.to(types[n]) if w.is_floating_point() else w.clone() for n, w in weights.items()}
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
    return ((name, m) for name, m in model.named_modules() if isinstance(m, nn.Linear | nn.Embedding))


def retype(model: PointerGenerator, matrices: torch.dtype) -> None:
    """Have a loaded model's layers' weights and embeddings be of this type."""
    for _, layer in _matrices(model):
        layer.weight = nn.Parameter(layer.weight.detach().to(matrices), requires_grad=False)


def describe(folder: Path) -> str:
    """One line on a model folder: its parameters, its size on disk and its pointer."""
    config, _ = load_config(folder)
    parameters = sum(p.numel() for p in _build(folder, config).parameters())
    if not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS}")
    megabytes = (folder / WEIGHTS).stat().st_size / 1e6
    heads = f"{config.pointer_heads} {config.pointer_attention.replace('_', ' ')} heads"
    return f"{parameters / 1e6:.1f} M parameters, {megabytes:.0f} MB, pointer of {heads}"
