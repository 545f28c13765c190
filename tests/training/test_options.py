"""Training options are checked where they are made: the field and its value are named."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from summarize.errors import UsageError
from summarize.training import TrainingOptions


@pytest.mark.parametrize(
    ("field", "value", "limits"),
    [
        ("pointer_heads", 0, "at least 1"),
        ("vocab_size", 199, "at least 200"),
        ("d_model", 1, "at least 2"),
        ("n_heads", 0, "at least 1"),
        ("n_layers", 0, "at least 1"),
        ("dropout", -0.1, "between 0 and 0.99"),
        ("dropout", 1.0, "between 0 and 0.99"),
        ("max_src", 15, "at least 16"),
        ("max_tgt", 3, "at least 4"),
        ("batch_size", 0, "at least 1"),
        ("epochs", 0, "above 0"),
        ("epochs", float("inf"), "above 0"),
        ("steps", 0, "at least 1"),
        ("learning_rate", -1e-4, "at least 0"),
        ("learning_rate", float("nan"), "at least 0"),
        ("learning_rate", float("inf"), "at least 0"),
        ("new_learning_rate", -1.0, "at least 0"),
        ("warmup_steps", -1, "at least 0"),
        ("decay", 1.1, "between 0 and 1"),
        ("weight_decay", -0.01, "at least 0"),
        ("clip", 0.0, "above 0"),
        ("coverage_weight", -1.0, "at least 0"),
        ("label_smoothing", 0.91, "between 0 and 0.9"),
        ("salience_weight", -1.0, "at least 0"),
        ("ranking_weight", -1.0, "at least 0"),
        ("rank", 0, "at least 1"),
        ("later_windows", -1, "at least 0"),
        ("seed", -1, f"between 0 and {2**63 - 1}"),
        ("seed", 2**63, f"between 0 and {2**63 - 1}"),
        ("log_every", 0, "at least 1"),
        ("validate_every", 0, "at least 1"),
        ("validation_examples", 0, "at least 1"),
        ("rouge_examples", -1, "at least 0"),
        ("checkpoint_minutes", -1.0, "at least 0"),
        ("pointer_attention", "cosine", "'scaled_dot_product' or 'additive'"),
        ("only", "feed_forward", "'attention'"),
        ("precision", "fp16", "'bf16' or 'fp32'"),
    ],
)
def test_a_value_out_of_range_is_refused(field: str, value: Any, limits: str) -> None:
    with pytest.raises(UsageError) as caught:
        TrainingOptions("pairs.jsonl", **{field: value})
    assert str(caught.value) == f"{field}={value!r}: must be {limits}"


def test_the_smallest_values_are_allowed() -> None:
    smallest: dict[str, Any] = {
        "pointer_heads": 1, "vocab_size": 200, "d_model": 2, "n_heads": 1, "n_layers": 1, "dropout": 0, "max_src": 16,
        "max_tgt": 4, "batch_size": 1, "epochs": 0.01, "steps": 1, "learning_rate": 0, "new_learning_rate": 0,
        "warmup_steps": 0, "decay": 0, "weight_decay": 0, "clip": 1e-3, "coverage_weight": 0, "label_smoothing": 0,
        "salience_weight": 0, "ranking_weight": 0, "rank": 1, "later_windows": 0, "seed": 0, "log_every": 1,
        "validate_every": 1, "validation_examples": 1, "rouge_examples": 0, "checkpoint_minutes": 0,
    }  # fmt: skip
    options = TrainingOptions("pairs.jsonl", **smallest)
    assert {name: getattr(options, name) for name in smallest} == smallest


def test_every_number_has_a_range() -> None:
    for field in fields(TrainingOptions):
        if any(kind in str(field.type) for kind in ("int", "float")):
            with pytest.raises(UsageError, match=f"^{field.name}=-inf: must be"):
                TrainingOptions("pairs.jsonl", **{field.name: float("-inf")})  # type: ignore[arg-type]


def test_sentencewise_training_needs_salience() -> None:
    with pytest.raises(UsageError, match="sentencewise=True needs a salience_weight above 0"):
        TrainingOptions("pairs.jsonl", sentencewise=True)
    assert TrainingOptions("pairs.jsonl", sentencewise=True, salience_weight=1.0).sentencewise
    assert TrainingOptions("pairs.jsonl", sentencewise=False).sentencewise is False
