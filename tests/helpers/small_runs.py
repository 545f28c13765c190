"""Small training runs: their options, their log, and how they are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from summarize.errors import SummarizeError
from summarize.training import Trainer, TrainingOptions

SMALL: dict[str, Any] = {
    "vocab_size": 200,
    "d_model": 16,
    "n_heads": 2,
    "n_layers": 1,
    "pointer_heads": 2,
    "max_src": 32,
    "max_tgt": 16,
    "batch_size": 4,
    "steps": 12,
    "warmup_steps": 3,
    "learning_rate": 2e-3,
    "new_learning_rate": 5e-3,
    "precision": "fp32",
    "log_every": 2,
    "validate_every": 4,
    "rouge_examples": 0,
}


# What makes a small run train a style.
STYLE: dict[str, Any] = {"only": "attention", "rank": 4, "new_learning_rate": 2e-2, "max_src": 48}


def options(pairs: Path, **choices: Any) -> TrainingOptions:
    return TrainingOptions(**({"train": str(pairs)} | SMALL | choices))


def log_of(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def refused(options: TrainingOptions, run: Path, resume: bool = False) -> SummarizeError:
    with pytest.raises(SummarizeError) as caught:
        Trainer(options, run, resume=resume)
    return caught.value
