"""Styles: low-rank changes of a model's attention, one to three megabytes beside a base model that stays as it is.

LoRA (Hu et al. 2021, Low-Rank Adaptation of Large Language Models, section 4.1): a weight W of d_out × d_in becomes
W + B A, with B of d_out × r and A of r × d_in; only A and B are learned. α is r, as the paper leaves it to be: another
is another learning rate. In training the sum is made at every use; where a style is loaded, it is made once, so that
summarising takes no longer than without.

A style's folder holds config.json (the base it was made for, its rank, how its summaries are told and searched for),
adapter.safetensors and README.md, its card.
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

from summarize.checkpoints.files import (
    CONFIG,
    STYLE,
    WEIGHTS,
    find_folder,
    fingerprint,
    load_tensors,
    read_json,
    save_tensors,
    settings_of,
    write_atomically,
)
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.attention import MultiHeadAttention
from summarize.network.pointer_generator import PointerGenerator

STYLES, ADAPTER, CARD = "styles", "adapter.safetensors", "README.md"
DOWN, UP = "down", "up"  # A and B


@dataclass(frozen=True)
class Style:
    """What a style's config.json says. base: the fingerprint of the weights that are changed."""

    base: str
    rank: int
    sentencewise: bool  # whether a summary is told sentence by sentence, whatever the base does
    search: SearchOptions


class LowRank(nn.Module):
    """A weight with its change: W to W + B A. B is zero at first, and nothing is changed."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        d_out, d_in = weight.shape
        self.down = nn.Parameter(torch.randn(rank, d_in) / math.sqrt(d_in))
        self.up = nn.Parameter(torch.zeros(d_out, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Weight (d_out, d_in) to the same, changed."""
        return weight + self.up @ self.down


def attention_layers(model: PointerGenerator) -> Iterator[tuple[str, nn.Linear]]:
    """(name, layer) of every projection of every attention, the pointer's among them."""
    for name, module in model.named_modules():
        if isinstance(module, MultiHeadAttention):
            for own, layer in module.named_modules():
                if isinstance(layer, nn.Linear):
                    yield f"{name}.{own}", layer


def adapt(model: PointerGenerator, rank: int, sentencewise: bool) -> set[str]:
    """Give every attention weight a change to be learned, and have nothing else be learned; returns the changes'
    parameters' names. sentencewise: how summaries are told with it."""
    model.requires_grad_(False)
    for _, layer in list(attention_layers(model)):
        parametrize.register_parametrization(layer, "weight", LowRank(layer.weight, rank))
    model.config = dataclasses.replace(model.config, sentencewise=sentencewise)
    return {name for name, p in model.named_parameters() if p.requires_grad}


def changes(model: PointerGenerator) -> dict[str, Tensor]:
    """The learned changes of an adapted model: A and B of each attention layer, by its name."""
    found: dict[str, Tensor] = {}
    for name, layer in attention_layers(model):
        change = cast(parametrize.ParametrizationList, layer.parametrizations["weight"])[0]  # type: ignore[index]
        assert isinstance(change, LowRank)
        found |= {f"{name}.{DOWN}": change.down.detach(), f"{name}.{UP}": change.up.detach()}
    return found


def save_style(folder: Path, model: PointerGenerator, base: str, search: SearchOptions, card: str) -> None:
    """Write an adapted model's changes as a style. base: the fingerprint of what it was before; card: Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = changes(model)
    rank = next(tensor.shape[0] for name, tensor in tensors.items() if name.endswith(DOWN))
    save_tensors({name: tensor.cpu() for name, tensor in tensors.items()}, folder / ADAPTER, {"format": "pt"})
    style = dataclasses.asdict(Style(base, rank, model.config.sentencewise, search))
    write_atomically(folder / CONFIG, json.dumps({"model_type": STYLE} | style, indent=2) + "\n")
    write_atomically(folder / CARD, card)


def style_folders(base: Path) -> dict[str, Path]:
    """The styles that lie beside a base model, by name."""
    return {path.parent.name: path.parent for path in sorted((base / STYLES).glob(f"*/{CONFIG}"))}


def find_style(base: Path, name: str | os.PathLike[str]) -> Path:
    """The folder of a style by its name beside a base model, or of any style by its path. Raises CheckpointError."""
    return find_folder(name, style_folders(base), "style", f"the styles of {base.name} are")


def load_style(folder: Path) -> Style:
    """Read config.json of a style. Raises CheckpointError."""
    content = read_json(folder / CONFIG)
    if content.pop("model_type", None) != STYLE:
        raise CheckpointError(f"{folder / CONFIG} does not describe a style")
    with settings_of(folder / CONFIG):
        return Style(**(content | {"search": SearchOptions(**content.pop("search", {}))}))


def load_style_of(base: Path, folder: Path, weights: str) -> Style:
    """The same; weights: the fingerprint of the model in the folder base. Raises CheckpointError where the style was
    made for another."""
    style = load_style(folder)
    if style.base != weights:
        raise CheckpointError(f"the style {folder} was made for another model than {base}")
    return style


def apply_style(model: PointerGenerator, base: Path, folder: Path) -> SearchOptions:
    """Make the style in folder part of the weights of model, which is the one in the folder base; returns how its
    summaries are best searched for. Raises CheckpointError where the style was made for another model."""
    style = load_style_of(base, folder, fingerprint(base, WEIGHTS))
    tensors = load_tensors(folder / ADAPTER)
    layers = dict(attention_layers(model))
    shapes = {f"{name}.{DOWN}": (style.rank, layer.in_features) for name, layer in layers.items()}
    shapes |= {f"{name}.{UP}": (layer.out_features, style.rank) for name, layer in layers.items()}
    if {name: tuple(tensor.shape) for name, tensor in tensors.items()} != shapes:
        raise CheckpointError(f"{folder / ADAPTER} does not fit the attention of {base}")
    with torch.no_grad():
        for name, layer in layers.items():
            layer.weight += (tensors[f"{name}.{UP}"] @ tensors[f"{name}.{DOWN}"]).to(layer.weight)
    model.config = dataclasses.replace(model.config, sentencewise=style.sentencewise)
    return style.search
