"""The folder of one training run: its files, and its log.

options.json holds the options, tokenizer.json the vocabulary, pairs.safetensors the encoded pairs, log.jsonl every
figure, last.safetensors all that the run continues from, and best/ the best weights so far, as a model or style folder.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path

from summarize.atomic_write import write_atomically
from summarize.checkpoints.files import TOKENIZER
from summarize.errors import CheckpointError, UsageError
from summarize.training.options import TrainingOptions

OPTIONS, LOG, STATE, BEST, PAIRS = "options.json", "log.jsonl", "last.safetensors", "best", "pairs.safetensors"


class RunFolder:
    """The paths of a run's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.options, self.tokenizer, self.pairs = path / OPTIONS, path / TOKENIZER, path / PAIRS
        self.log, self.state, self.best = path / LOG, path / STATE, path / BEST

    def check(self, resume: bool) -> None:
        """Raises CheckpointError if there is no run to resume, UsageError if a new run would overwrite one."""
        if resume and not self.state.exists():
            raise CheckpointError(f"{self.path} holds no run to resume")
        if not resume and self.state.exists():
            raise UsageError(f"{self.path} already holds a run: resume it, or name another folder")

    def create(self, resume: bool) -> None:
        """Make the folder. Raises UsageError if it cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not resume:
                self.log.unlink(missing_ok=True)  # of a run that was killed before its first save
        except OSError as error:
            raise UsageError(f"cannot write a run to {self.path}: {error.strerror}") from None

    def write_options(self, options: TrainingOptions) -> None:
        """Write options.json."""
        write_atomically(self.options, json.dumps(dataclasses.asdict(options), indent=2) + "\n")

    def append_log(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a line to the log."""
        with self.log.open("a") as log:
            print(json.dumps({"step": step} | dict(figures)), file=log)

    def truncate_log(self, step: int) -> None:
        """Remove the lines of later steps from the log: a resumed run writes them again."""
        if self.log.exists():
            lines = [line for line in self.log.read_text().splitlines() if _step_of(line) <= step]
            write_atomically(self.log, "".join(f"{line}\n" for line in lines))


def _step_of(line: str) -> float:
    """The step of a log line; infinity for a line that a killed process left incomplete."""
    try:
        return json.loads(line)["step"]
    except ValueError:
        return math.inf
