"""The state of a training run in one file: weights, AdamW's moments and progress. A run resumes from it exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from summarize.checkpoints.files import load_tensors, save_tensors
from summarize.errors import CheckpointError

_MODEL = "model."  # prefix of the model's tensors


def save_state(path: Path, model: nn.Module, optimizer: torch.optim.AdamW, progress: Mapping[str, Any]) -> None:
    """Write the state of a run; progress: whatever else the run needs, as JSON values."""
    tensors = {f"{_MODEL}{name}": p.detach() for name, p in model.state_dict().items()}
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


def load_state(path: Path, model: nn.Module, optimizer: torch.optim.AdamW) -> None:
    """Put saved weights and moments into a model and its optimizer. Raises CheckpointError."""
    tensors = load_tensors(path)
    device = next(model.parameters()).device
    step_device = device if optimizer.defaults["fused"] else "cpu"  # the fused optimizer counts its steps on the device
    try:
        model.load_state_dict({k.removeprefix(_MODEL): v for k, v in tensors.items() if k.startswith(_MODEL)})
        for name, parameter in model.named_parameters():
            state = {
                key: tensors[f"optimizer.{key}.{name}"].to(step_device if key == "step" else device)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"optimizer.{key}.{name}" in tensors
            }
            if state:
                optimizer.state[parameter] = state
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"cannot resume from {path}: {error}") from error
