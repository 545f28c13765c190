"""A folder on disk ↔ a model: config.json, tokenizer.json, model.safetensors; and a training run's whole state.

Nothing is unpickled and nothing is fetched. Every file is written beside its place and moved there, so that a killed
process leaves the old one or the new one, never half of one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from summarize.errors import CheckpointError
from summarize.hypotheses import SearchOptions
from summarize.model import ModelConfig, PointerGenerator
from summarize.tokenizer import Tokenizer

CONFIG, TOKENIZER, WEIGHTS = FILES = ("config.json", "tokenizer.json", "model.safetensors")  # of a model
MODEL, STYLE = "pointer_generator", "pointer_generator_style"  # a config.json's model_type


def model_folders() -> dict[str, Path]:
    """The shipped models by name: beside the modules in an installed package, else in the checkout's models/."""
    package = Path(__file__).parent
    for root in (package / "models", package.parent / "models"):
        found = {p.parent.name: p.parent for p in sorted(root.glob(f"*/{CONFIG}"))}
        if found:
            return found
    return {}


def find_model(name: str | os.PathLike[str]) -> Path:
    """The folder of a shipped model by its name, or of any model by its path. Raises CheckpointError."""
    return find_folder(name, model_folders(), "model", "the shipped models are")


def find_folder(name: str | os.PathLike[str], known: Mapping[str, Path], kind: str, which: str) -> Path:
    """One of the known folders by its name, or any by its path. Raises CheckpointError, in which a folder is of this
    kind and the known ones are introduced by which."""
    if str(name) in known:
        return known[str(name)]
    if str(name) and Path(name).is_dir():
        return Path(name)
    raise CheckpointError(f"no {kind} {str(name)!r}: not a folder, and {which}: {', '.join(known) or 'none'}")


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def save_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write a safetensors file so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    save_file({k: v.contiguous() for k, v in tensors.items()}, str(temporary), metadata)
    temporary.replace(path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file. Raises CheckpointError."""
    try:
        return load_file(str(path))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"cannot read the weights {path}: {error}") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises CheckpointError."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} does not hold a JSON object")
    return content


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
def settings_of(path: Path) -> Iterator[None]:
    """Raises CheckpointError where what a file holds is not what is made of it: a setting too many, or of a wrong
    kind."""
    try:
        yield
    except TypeError as error:
        reason = str(error).split(") ", 1)[-1].removeprefix("__init__() ")
        raise CheckpointError(f"{path} cannot be used: {reason}") from error


def fingerprint(folder: Path, *names: str) -> str:
    """What tells these files of a folder from another's: their SHA-256. Raises CheckpointError."""
    digest = hashlib.sha256()
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise CheckpointError(f"cannot read {folder / name}: {error.strerror}") from error
    return digest.hexdigest()


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
            f"{folder / TOKENIZER} has {len(tokenizer.vocabulary)} pieces, {CONFIG} {config.vocab_size}"
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


# Our names for an encoder's sizes, and its own.
_BERT_SIZES = {
    "vocab_size": "vocab_size",
    "d_model": "hidden_size",
    "n_heads": "num_attention_heads",
    "n_layers": "num_hidden_layers",
    "d_ff": "intermediate_size",
    "max_src": "max_position_embeddings",
}
# BERT's names for the parts of one layer, and ours.
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
    """Whether a folder holds a pre-trained BERT-shaped encoder rather than a model of ours."""
    return read_json(folder / CONFIG).get("model_type") == "bert"


def warm_start(folder: Path, **choices: Any) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """A pointer-generator whose stack is a pre-trained BERT-shaped encoder (config.json, tokenizer.json and
    model.safetensors as Hugging Face writes them). choices override ModelConfig's fields.

    Returns also the names of the parameters that the encoder did not give. Raises CheckpointError.
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
        model.token_embedding.weight[0].zero_()  # padding
    new = {name for name, _ in model.named_parameters()} - set(given)
    return model, Tokenizer.from_encoder(folder / TOKENIZER), new


def _from_bert(bert: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """An encoder's weights under our names. The summary's positions start as the last of the source's: neighbours
    among themselves as text is, and far from where most of a source lies."""
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


def save_state(path: Path, model: PointerGenerator, optimizer: torch.optim.AdamW, progress: Mapping[str, Any]) -> None:
    """One file with all that a run continues from: weights, AdamW's moments, and progress (JSON)."""
    tensors = {f"model.{name}": p.detach() for name, p in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{key}.{name}"] = value
    save_tensors(tensors, path, {"progress": json.dumps(progress)})


def load_progress(path: Path) -> dict[str, Any]:
    """The progress that save_state was given. Raises CheckpointError."""
    try:
        with safe_open(str(path), "pt") as file:
            return json.loads(file.metadata()["progress"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"cannot resume from {path}: {error}") from error


def load_state(path: Path, model: PointerGenerator, optimizer: torch.optim.AdamW) -> None:
    """Put back what save_state saved, exactly. Raises CheckpointError."""
    tensors = load_tensors(path)
    device = next(model.parameters()).device
    try:
        model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")})
        for name, parameter in model.named_parameters():
            state = {
                key: tensors[f"optimizer.{key}.{name}"].to("cpu" if key == "step" else device)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"optimizer.{key}.{name}" in tensors
            }
            if state:
                optimizer.state[parameter] = state
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"cannot resume from {path}: {error}") from error
