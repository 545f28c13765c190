"""The folder of one training run: its files, and its log.

options.json holds the options, tokenizer.json the vocabulary, pairs.safetensors the encoded pairs, log.jsonl every
figure, last.safetensors all that the run continues from, and best/ the best weights so far, as a model or style folder.
Of a run that was ended early, best-at-validation/ holds what best/ was before: a resumed run puts it back.
"""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from summarize.atomic_write import write_atomically
from summarize.checkpoints.files import TOKENIZER, read_json
from summarize.errors import CheckpointError, UsageError
from summarize.training.options import TrainingOptions

OPTIONS, LOG, STATE, BEST, PAIRS = "options.json", "log.jsonl", "last.safetensors", "best", "pairs.safetensors"
SET_ASIDE = "best-at-validation"


class RunFolder:
    """The paths of a run's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.options, self.tokenizer, self.pairs = path / OPTIONS, path / TOKENIZER, path / PAIRS
        self.log, self.state, self.best = path / LOG, path / STATE, path / BEST
        self.set_aside = path / SET_ASIDE

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

    def saved_options(self) -> dict[str, Any]:
        """The options that the run was started with; none if options.json is missing. Raises CheckpointError."""
        return read_json(self.options) if self.options.exists() else {}

    def set_best_aside(self) -> None:
        """Keep best/ for a resumed run, before weights that an unbroken run would not have kept take its place."""
        shutil.rmtree(self.set_aside, ignore_errors=True)
        if self.best.exists():
            self.best.rename(self.set_aside)

    def restore_best(self) -> None:
        """Undo set_best_aside."""
        if self.set_aside.exists():
            shutil.rmtree(self.best, ignore_errors=True)
            self.set_aside.rename(self.best)

    def append_log(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a line to the log."""
        with self.log.open("a") as log:
            print(json.dumps({"step": step} | dict(figures)), file=log)

    def n_log_lines(self) -> int:
        """The number of lines in the log."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def truncate_log(self, step: int, n_lines: int | None) -> None:
        """Remove the lines of later steps from the log, and those after the first n_lines: a resumed run writes them
        again, or, as an unbroken one, does not write them."""
        if self.log.exists():
            lines = [line for line in self.log.read_text().splitlines()[:n_lines] if _step_of(line) <= step]
            write_atomically(self.log, "".join(f"{line}\n" for line in lines))


def _step_of(line: str) -> float:
    """The step of a log line; infinity for a line that a killed process left incomplete."""
    try:
        return json.loads(line)["step"]
    except ValueError:
        return math.inf
