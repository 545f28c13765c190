"""Training: pairs of texts in, a model or style folder out; a run that is stopped at any time resumes exactly.

trainer is the loop. options says what a run is; run_folder is where it is kept. pairs and batches make tensors from
texts, preparation makes the initial model and the optimizer, objective and chunked_logsumexp the losses, validation the
figures that choose the best weights, card the description of a style. distributed connects the processes of a run,
signals stops it.
"""

from summarize.training.options import TrainingOptions
from summarize.training.trainer import Progress, Trainer

__all__ = ["Progress", "Trainer", "TrainingOptions"]
