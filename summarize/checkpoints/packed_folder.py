"""A writer's folder: config.json, tokenizer.json, and packed weights in one or several safetensors files.

The layers' matrices have 4 bits a weight, the embeddings and the pointer 8, all else 32. Files are written atomically,
and nothing is unpickled.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from summarize.atomic_write import write_atomically
from summarize.checkpoints.files import CONFIG, field_errors_explained, load_tensors, read_json, save_tensors
from summarize.checkpoints.uninitialised import WithoutInitialisation
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError
from summarize.network.causal_pointer_generator import CausalConfig, CausalPointerGenerator
from summarize.network.group_quantization import GroupFormat, PackedWeight

WRITER = "causal_pointer_generator"  # model_type in config.json
LAYER_FORMAT = GroupFormat(bits=4, group=32)  # the step's 16 bits and the minimum's make it 5 bits a weight
OTHER_FORMAT = GroupFormat(bits=8, group=64)  # of the embeddings and of the pointer
DEFAULT_SELECTOR = "news"  # a model's name or folder
SHARD_BYTES = 45_000_000  # of a weights file, about


def layer_matrices(model: CausalPointerGenerator) -> dict[str, nn.Parameter]:
    """The matrices of the layers by their names: those that are rounded to LAYER_FORMAT."""
    return {name: p for name, p in model.named_parameters() if name.startswith("layers.") and p.dim() == 2}


def _format_of(name: str, weight: Tensor) -> GroupFormat | None:
    """How a weight is packed; None: not at all."""
    if weight.dim() != 2 or len(weight) < 2:
        return None
    return LAYER_FORMAT if name.startswith("layers.") else OTHER_FORMAT


def _packed(model: CausalPointerGenerator) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """(name, tensors to be written) of each parameter."""
    for name, parameter in model.named_parameters():
        form = _format_of(name, parameter)
        if form is None:
            yield name, {name: parameter.detach().float()}
        else:
            packed = PackedWeight.from_float(parameter, form)
            yield name, {f"{name}:{field}": tensor for field, tensor in vars(packed).items()}


@dataclass(frozen=True)
class WriterConfig:
    """config.json of a writer's folder. selector: the model that chooses what the writer reads."""

    network: CausalConfig
    search: SearchOptions
    selector: str = DEFAULT_SELECTOR


def save_writer(
    folder: Path,
    model: CausalPointerGenerator,
    search: SearchOptions | None = None,
    selector: str = DEFAULT_SELECTOR,
    shard_bytes: int = SHARD_BYTES,
) -> list[Path]:
    """Write config.json and the packed weights; returns the weights files. Earlier ones in the folder are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for _, tensors in _packed(model):
        n_bytes = sum(tensor.nbytes for tensor in tensors.values())
        if size and size + n_bytes > shard_bytes:
            shards.append({})
            size = 0
        shards[-1] |= {name: tensor.cpu() for name, tensor in tensors.items()}
        size += n_bytes
    for path in weight_files(folder):
        path.unlink()
    paths = [folder / f"weights-{i:02}-of-{len(shards):02}.safetensors" for i in range(1, len(shards) + 1)]
    for path, tensors in zip(paths, shards, strict=True):
        save_tensors(tensors, path, {"format": "pt"})
    config = {"model_type": WRITER} | dataclasses.asdict(model.config)
    config |= {"selector": selector, "search": dataclasses.asdict(search or SearchOptions())}
    write_atomically(folder / CONFIG, json.dumps(config, indent=2) + "\n")
    return paths


def load_writer_config(folder: Path) -> WriterConfig:
    """Read config.json of a writer's folder. Raises CheckpointError."""
    content = read_json(folder / CONFIG)
    if content.pop("model_type", None) != WRITER:
        raise CheckpointError(f"{folder / CONFIG} does not describe a writer")
    with field_errors_explained(folder / CONFIG):
        search, selector = SearchOptions(**content.pop("search", {})), content.pop("selector", DEFAULT_SELECTOR)
        return WriterConfig(CausalConfig(**content), search, selector)


def _build(folder: Path, config: CausalConfig) -> CausalPointerGenerator:
    """A network without weights. Raises CheckpointError if the folder's config is of no possible network."""
    try:
        with WithoutInitialisation():
            return CausalPointerGenerator(config)
    except (ArithmeticError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder / CONFIG} does not describe a network: {error}") from error


def load_writer(folder: Path) -> CausalPointerGenerator:
    """Read a writer's folder: the network in evaluation mode, in float32. Raises CheckpointError."""
    config = load_writer_config(folder).network
    model = _build(folder, config)
    stored: dict[str, Tensor] = {}
    for path in weight_files(folder):
        stored |= load_tensors(path)
    try:
        model.load_state_dict({name: _unpacked(name, p, stored) for name, p in model.named_parameters()}, assign=True)
    except (KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"the weights in {folder} are incomplete, or do not fit {CONFIG}: {reason}") from error
    return model.eval()


def weight_files(folder: Path) -> list[Path]:
    """The weights files of a writer's folder, in order."""
    return sorted(folder.glob("weights-*.safetensors"))


def describe_writer(folder: Path) -> str:
    """A line on a writer's folder: its parameters, its size on disk and its pointer. Raises CheckpointError."""
    config = load_writer_config(folder)
    network, megabytes = config.network, sum(path.stat().st_size for path in weight_files(folder)) / 1e6
    n_parameters = sum(p.numel() for p in _build(folder, network).parameters())
    heads = f"{network.pointer_heads} {network.pointer_attention.replace('_', ' ')} heads"
    return f"{n_parameters / 1e6:.1f} M parameters, {megabytes:.0f} MB, pointer of {heads}, selector {config.selector}"


def is_writer(folder: Path) -> bool:
    """Whether a folder is a writer's. Raises CheckpointError if it has no config.json."""
    return read_json(folder / CONFIG).get("model_type") == WRITER


def _unpacked(name: str, parameter: Tensor, stored: Mapping[str, Tensor]) -> Tensor:
    """A parameter's weight from the tensors of a folder's files. Raises KeyError if they do not have it."""
    form = _format_of(name, parameter)
    if form is None:
        return stored[name].to(torch.float32)
    return PackedWeight(*(stored[f"{name}:{field}"] for field in ("levels", "step", "minimum"))).to_float(form.bits)
