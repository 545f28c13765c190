"""What defines a training run, and the schedule that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from summarize.network.attention import AttentionType


@dataclass(frozen=True)
class TrainingOptions:
    """What defines a run. Lengths are in tokens, rates per step, weights as factors of the loss."""

    train: str
    validation: str | None = None
    document_field: str | None = None
    summary_field: str | None = None
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
    batch_size: int = 16
    epochs: float = 1.0
    steps: int | None = None  # instead of epochs
    learning_rate: float = 2e-4
    new_learning_rate: float | None = None  # of parameters that the initial weights did not give; None: see new_rate
    warmup_steps: int = 50
    decay: float = 1.0  # share of all steps, at the end, over which the learning rate falls to zero
    weight_decay: float = 0.01
    clip: float = 1.0
    coverage_weight: float = 0.0
    label_smoothing: float = 0.0
    salience_weight: float = 0.0  # above 0: a salience head is learned, and guides
    ranking_weight: float = 0.0  # above 0: candidates are ranked by how likely they are (BRIO)
    # A summary is learned sentence by sentence, each from one of the document's; None: as the initial model does.
    sentencewise: bool | None = None
    name_speakers: bool = False  # conversations are read with their speakers' names for "I" and "you"
    only: Literal["attention"] | None = None  # low-rank changes of these weights alone, a style of the initial model
    rank: int = 16  # of those changes
    later_windows: int = 2  # a step, for salience only: windows beyond the first of long documents
    freeze: tuple[str, ...] = ()  # prefixes of parameter names
    seed: int = 0
    precision: Literal["bf16", "fp32"] = "bf16"
    device: str = "cpu"
    log_every: int = 20  # steps
    validate_every: int = 500  # steps
    validation_examples: int = 256
    rouge_examples: int = 64  # of the validation examples, how many are summarised and scored
    keep_validated: bool = False  # keep the weights of every validation, as step-N/
    checkpoint_minutes: float = 5.0

    @property
    def new_rate(self) -> float:
        """The peak learning rate of new parameters; low-rank changes bear, and need, a higher one."""
        if self.new_learning_rate is not None:
            return self.new_learning_rate
        return 3e-3 if self.only else 8e-4


def learning_rate_factor(step: int, total: int, warmup: int, decay: float) -> float:
    """Linear warm-up to 1, a plateau, then linear decay over the last share `decay` of all steps to zero."""
    rising = (step + 1) / max(1, warmup)
    falling = (total - step) / max(1, total * decay)
    return max(0.0, min(1.0, rising, falling))
