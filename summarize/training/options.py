"""The options of a training run, and the learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from summarize.errors import UsageError
from summarize.network.attention import AttentionType

# The smallest and the largest value of each number; math.inf stands for any finite number.
_RANGES: dict[str, tuple[float, float]] = {
    "pointer_heads": (1, math.inf),
    "vocab_size": (200, math.inf),
    "d_model": (2, math.inf),
    "n_heads": (1, math.inf),
    "n_layers": (1, math.inf),
    "dropout": (0, 0.99),  # of 1, nothing would be left
    "max_src": (16, math.inf),
    "max_tgt": (4, math.inf),
    "batch_size": (1, math.inf),
    "steps": (1, math.inf),
    "learning_rate": (0, math.inf),
    "new_learning_rate": (0, math.inf),
    "warmup_steps": (0, math.inf),
    "decay": (0, 1),
    "weight_decay": (0, math.inf),
    "coverage_weight": (0, math.inf),
    "label_smoothing": (0, 0.9),
    "salience_weight": (0, math.inf),
    "ranking_weight": (0, math.inf),
    "rank": (1, math.inf),
    "later_windows": (0, math.inf),
    "seed": (0, 2**63 - 1),  # as large as torch takes
    "log_every": (1, math.inf),
    "validate_every": (1, math.inf),
    "validation_examples": (1, math.inf),
    "rouge_examples": (0, math.inf),
    "checkpoint_minutes": (0, math.inf),
}
_POSITIVE = ("epochs", "clip")
_CHOICES: dict[str, tuple[Any, ...]] = {
    "pointer_attention": (None, "scaled_dot_product", "additive"),
    "only": (None, "attention"),
    "precision": ("bf16", "fp32"),
}


# What a resumed run may change without a word, as the weights do not depend on it, and what is checked elsewhere: the
# pairs by their content, batch_size and the sizes of the network by the saved state.
_FREE_AT_RESUME = frozenset({
    "train", "document_field", "summary_field", "strict_data", "batch_size", "d_model", "n_layers", "device",
    "log_every", "checkpoint_minutes", "keep_validated",
})  # fmt: skip
# What it may change, with a note: the learning rate's decay and the best weights depend on it.
_NOTED_AT_RESUME = frozenset({
    "epochs", "steps", "validation", "validate_every", "validation_examples", "rouge_examples",
})  # fmt: skip
_PATHS = ("initial", "validation")  # compared by their last part: the folder of a run may move


@dataclass(frozen=True)
class TrainingOptions:
    """What defines a run. Lengths are in tokens, rates per step; weights are factors of the losses.

    Raises UsageError if a value is out of range, or values contradict each other.
    """

    train: str  # a file of pairs
    validation: str | None = None  # another file of pairs, which chooses the best weights
    document_field: str | None = None  # None: the first of the usual names
    summary_field: str | None = None
    strict_data: bool = False  # an empty or null document or summary is an error; otherwise its pair is left out
    initial: str = "scratch"  # a folder (ours or a BERT-shaped encoder's), a shipped model's name, or "scratch"
    pointer_attention: AttentionType | None = None  # None: the initial model's own, or scaled_dot_product
    pointer_heads: int | None = None  # None: the initial model's own, or 4
    vocab_size: int = 8000  # these four for "scratch" only
    d_model: int = 128
    n_heads: int = 4
    n_layers: int = 2
    dropout: float = 0.0
    max_src: int = 400
    max_tgt: int = 96
    batch_size: int = 16  # pairs per step, of each process
    epochs: float = 1.0
    steps: int | None = None  # instead of epochs
    learning_rate: float = 2e-4  # the peak
    new_learning_rate: float | None = None  # of parameters that the initial weights do not give; None: see new_rate
    warmup_steps: int = 50
    decay: float = 1.0  # share of all steps, at the end, over which the learning rate falls to zero
    weight_decay: float = 0.01  # AdamW's, on matrices only
    clip: float = 1.0  # the largest norm of a step's gradient
    coverage_weight: float = 0.0
    label_smoothing: float = 0.0
    salience_weight: float = 0.0  # above 0: a salience head is trained, and guides
    ranking_weight: float = 0.0  # above 0: candidates are ranked by their likelihood (BRIO)
    sentencewise: bool | None = None  # each summary sentence is learned from a passage; None: as the initial model does
    name_speakers: bool = False  # in conversations, speakers' names are read in place of "I" and "you"
    only: Literal["attention"] | None = None  # train a style of the initial model: low-rank changes of these weights
    rank: int = 16  # of those changes
    later_windows: int = 2  # per step, for salience only: windows beyond the first of long documents
    freeze: tuple[str, ...] = ()  # prefixes of the names of parameters that are not trained
    seed: int = 0
    precision: Literal["bf16", "fp32"] = "bf16"
    device: str = "cpu"
    log_every: int = 20  # steps
    validate_every: int = 500  # steps
    validation_examples: int = 256
    rouge_examples: int = 64  # of the validation examples, how many are summarised and scored
    keep_validated: bool = False  # keep the weights of every validation, as step-N/
    checkpoint_minutes: float = 5.0  # between saves

    def __post_init__(self) -> None:
        for name, (smallest, largest) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (smallest <= value <= largest and value != math.inf):
                limits = f"at least {smallest}" if largest == math.inf else f"between {smallest} and {largest}"
                raise UsageError(f"{name}={value}: must be {limits}")
        for name in _POSITIVE:
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(f"{name}={getattr(self, name)}: must be above 0")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                known = " or ".join(repr(choice) for choice in choices if choice is not None)
                raise UsageError(f"{name}={getattr(self, name)!r}: must be {known}")
        if self.sentencewise and not self.salience_weight:
            raise UsageError("sentencewise=True needs a salience_weight above 0: the salient sentences are rewritten")

    @property
    def new_rate(self) -> float:
        """The peak learning rate of new parameters; low-rank changes need a higher one."""
        return _new_rate(self.new_learning_rate, self.only)


def _new_rate(new_learning_rate: float | None, only: str | None) -> float:
    if new_learning_rate is not None:
        return new_learning_rate
    return 3e-3 if only else 8e-4


def check_resumable(folder: Path, saved: Mapping[str, Any], options: TrainingOptions) -> str:
    """Compare the options of a resumed run with those that it was started with (options.json of its folder).

    Returns a note on what differs and may differ, or "". Raises UsageError if what determines the weights differs.
    """
    differing = _differing(saved, options)
    refused = [name for name in differing if name not in _NOTED_AT_RESUME]
    if refused:
        raise UsageError(f"{folder} {_other_values(saved, options, refused)}: resume with the same, or start a new run")
    return f"{folder} {_other_values(saved, options, differing)}" if differing else ""


def _differing(saved: Mapping[str, Any], options: TrainingOptions) -> list[str]:
    """The names of the options that differ. An option that an earlier version did not have does not differ."""
    now = _comparable(asdict(options) | {"new_learning_rate": options.new_rate})
    before = _comparable(dict(saved))
    if "new_learning_rate" in before:
        before["new_learning_rate"] = _new_rate(before["new_learning_rate"], before.get("only"))
    names = [name for name in now if name in before and name not in _FREE_AT_RESUME]
    return [name for name in names if now[name] != before[name]]


def _comparable(values: dict[str, Any]) -> dict[str, Any]:
    """The options as they are compared: tuples as lists, of a path its last part."""
    paths = {name: Path(values[name]).name for name in _PATHS if values.get(name)}
    return values | paths | {"freeze": list(values.get("freeze", ()))}


def _other_values(saved: Mapping[str, Any], options: TrainingOptions, names: list[str]) -> str:
    before = ", ".join(f"{name}={saved[name]}" for name in names)
    return f"was trained with {before}, not {', '.join(f'{name}={getattr(options, name)}' for name in names)}"


def learning_rate_factor(step: int, total_steps: int, warmup_steps: int, decay: float) -> float:
    """The factor (0 to 1) of the peak learning rate: linear warm-up, a plateau, then linear decay to zero over the last
    share `decay` of all steps."""
    rising = (step + 1) / max(1, warmup_steps)
    falling = (total_steps - step) / max(1, total_steps * decay)
    return max(0.0, min(1.0, rising, falling))
