"""The state of a training run in one file: weights, AdamW moments and progress. A killed run resumes exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from summarize.checkpoints.files import load_tensors, save_tensors
from summarize.errors import CheckpointError
from summarize.network.pointer_generator import PointerGenerator


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
