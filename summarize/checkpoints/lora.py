"""Styles: low-rank changes (LoRA) of a model's attention weights, one to three megabytes, beside an unchanged base.

LoRA (Low-Rank Adaptation of Large Language Models, Hu et al. 2021, section 4.1): a weight W (d_out × d_in) becomes
W + B A, with B (d_out × r) and A (r × d_in). Only A and B are trained. The paper's α equals r: another α is another
learning rate. Training computes the sum at every use; loading a style computes it once, so a style costs no time.

A style's folder holds config.json (a `Style`), adapter.safetensors (A and B) and README.md (its card).
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from summarize.atomic_write import write_atomically
from summarize.checkpoints.files import (
    CONFIG,
    STYLE,
    WEIGHTS,
    field_errors_explained,
    find_folder,
    fingerprint,
    load_tensors,
    read_json,
    save_tensors,
)
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.attention import MultiHeadAttention
from summarize.network.pointer_generator import PointerGenerator

STYLES, ADAPTER, CARD = "styles", "adapter.safetensors", "README.md"
DOWN, UP = "down", "up"  # A and B, as adapter.safetensors names them


@dataclass(frozen=True)
class Style:
    """A style's config.json."""

    base: str  # the fingerprint of the weights that it changes
    rank: int
    sentencewise: bool  # whether it generates summaries sentence by sentence, whatever the base does
    search: SearchOptions


class LowRankChange(nn.Module):
    """W to W + B A. B starts at zero, so a new change changes nothing."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        d_out, d_in = weight.shape
        self.down = nn.Parameter(torch.randn(rank, d_in) / math.sqrt(d_in))
        self.up = nn.Parameter(torch.zeros(d_out, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Weight (d_out, d_in) to the changed weight."""
        return weight + self.up @ self.down


def attention_layers(model: PointerGenerator) -> Iterator[tuple[str, nn.Linear]]:
    """(name, layer) of every projection of every attention, the pointer's too."""
    for name, module in model.named_modules():
        if isinstance(module, MultiHeadAttention):
            for layer_name, layer in module.named_modules():
                if isinstance(layer, nn.Linear):
                    yield f"{name}.{layer_name}", layer


def add_low_rank_changes(model: PointerGenerator, rank: int) -> set[str]:
    """Add a trainable change to every attention weight, and freeze all else; returns the names of the changes'
    parameters."""
    model.requires_grad_(False)
    for _, layer in list(attention_layers(model)):
        parametrize.register_parametrization(layer, "weight", LowRankChange(layer.weight, rank))
    return {name for name, p in model.named_parameters() if p.requires_grad}


def low_rank_changes(model: PointerGenerator) -> dict[str, Tensor]:
    """A and B of every attention layer of a model with low-rank changes, by their names in adapter.safetensors."""
    tensors: dict[str, Tensor] = {}
    for name, layer in attention_layers(model):
        change = cast(parametrize.ParametrizationList, layer.parametrizations["weight"])[0]  # type: ignore[index]
        assert isinstance(change, LowRankChange)
        tensors |= {f"{name}.{DOWN}": change.down.detach(), f"{name}.{UP}": change.up.detach()}
    return tensors


def save_style(folder: Path, model: PointerGenerator, base: str, search: SearchOptions, card: str) -> None:
    """Write the low-rank changes of a model as a style's folder.

    base: the fingerprint of the weights that they change; search: the style's own options; card: Markdown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = low_rank_changes(model)
    rank = next(tensor.shape[0] for name, tensor in tensors.items() if name.endswith(DOWN))
    save_tensors({name: tensor.cpu() for name, tensor in tensors.items()}, folder / ADAPTER, {"format": "pt"})
    style = dataclasses.asdict(Style(base, rank, model.config.sentencewise, search))
    write_atomically(folder / CONFIG, json.dumps({"model_type": STYLE} | style, indent=2) + "\n")
    write_atomically(folder / CARD, card)


def style_folders(base: Path) -> dict[str, Path]:
    """The folders of the styles inside a base model's folder, by name."""
    return {path.parent.name: path.parent for path in sorted((base / STYLES).glob(f"*/{CONFIG}"))}


def find_style(base: Path, name: str | os.PathLike[str]) -> Path:
    """The folder of a style of a base model by name, or of any style by path. Raises CheckpointError."""
    return find_folder(name, style_folders(base), "style", f"the styles of {base.name} are")


def load_style(folder: Path) -> Style:
    """Read config.json of a style. Raises CheckpointError."""
    content = read_json(folder / CONFIG)
    if content.pop("model_type", None) != STYLE:
        raise CheckpointError(f"{folder / CONFIG} does not describe a style")
    with field_errors_explained(folder / CONFIG):
        return Style(**(content | {"search": SearchOptions(**content.pop("search", {}))}))


def load_style_for(base: Path, folder: Path, weights: str) -> Style:
    """Read config.json of a style of the model in the folder base; weights: the fingerprint of that model's weights.

    Raises CheckpointError, also if the style was made for another model.
    """
    style = load_style(folder)
    if style.base != weights:
        raise CheckpointError(f"the style {folder} was made for another model than {base}")
    return style


def apply_style(model: PointerGenerator, base: Path, folder: Path) -> SearchOptions:
    """Add the changes of the style in folder to the weights of model, which was loaded from the folder base.

    Returns the style's search options. Raises CheckpointError, also if the style was made for another model.
    """
    style = load_style_for(base, folder, fingerprint(base, WEIGHTS))
    tensors = load_tensors(folder / ADAPTER)
    layers = dict(attention_layers(model))
    shapes = {f"{name}.{DOWN}": (style.rank, layer.in_features) for name, layer in layers.items()}
    shapes |= {f"{name}.{UP}": (layer.out_features, style.rank) for name, layer in layers.items()}
    if {name: tuple(tensor.shape) for name, tensor in tensors.items()} != shapes:
        raise CheckpointError(f"{folder / ADAPTER} does not fit the attention of {base}")
    try:
        model.set_sentencewise(style.sentencewise)
    except ValueError as error:
        raise CheckpointError(f"{folder / CONFIG} does not fit {base}: {error}") from error
    with torch.no_grad():
        for name, layer in layers.items():
            layer.weight += (tensors[f"{name}.{UP}"] @ tensors[f"{name}.{DOWN}"]).to(layer.weight)
    return style.search
