"""Atomic writes and validated reads of the files in a model folder: JSON and safetensors."""

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

from summarize.errors import CheckpointError

CONFIG, TOKENIZER, WEIGHTS = FILES = ("config.json", "tokenizer.json", "model.safetensors")  # of a model


MODEL, STYLE = "pointer_generator", "pointer_generator_style"  # a config.json's model_type


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
