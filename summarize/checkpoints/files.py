"""The files of a model folder: their names, and reading and writing JSON and safetensors. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from summarize.atomic_write import atomic_replacement
from summarize.errors import CheckpointError, UsageError

CONFIG, TOKENIZER, WEIGHTS = FILES = ("config.json", "tokenizer.json", "model.safetensors")  # of a model
MODEL, STYLE = "pointer_generator", "pointer_generator_style"  # model_type in config.json


def find_folder(name: str | os.PathLike[str], known: Mapping[str, Path], kind: str, known_are: str) -> Path:
    """One of the known folders by its name, or any folder by its path.

    Raises CheckpointError: "no <kind> '<name>': not a folder, and <known_are>: <names>".
    """
    if str(name) in known:
        return known[str(name)]
    if str(name) and Path(name).is_dir():
        return Path(name)
    raise CheckpointError(f"no {kind} {str(name)!r}: not a folder, and {known_are}: {', '.join(known) or 'none'}")


def save_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write a safetensors file so that it is there whole or not at all."""
    with atomic_replacement(path) as temporary:
        save_file({k: v.contiguous() for k, v in tensors.items()}, str(temporary), metadata)


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


@contextmanager
def field_errors_explained(path: Path) -> Iterator[None]:
    """Inside the block a dataclass is built from a file's fields: an unknown or missing field, or one of a wrong type,
    raises CheckpointError."""
    try:
        yield
    except (TypeError, UsageError) as error:
        reason = str(error).split(") ", 1)[-1].removeprefix("__init__() ")
        raise CheckpointError(f"{path} cannot be used: {reason}") from error


def fingerprint(folder: Path, *names: str) -> str:
    """The SHA-256 of these files of a folder together. Raises CheckpointError."""
    digest = hashlib.sha256()
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise CheckpointError(f"cannot read {folder / name}: {error.strerror}") from error
    return digest.hexdigest()
