"""Training: pairs of texts in, a model folder out; a run that is killed at any moment continues exactly."""

from summarize.training.options import TrainingOptions
from summarize.training.trainer import Progress, Trainer

__all__ = ["Progress", "Trainer", "TrainingOptions"]
