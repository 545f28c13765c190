"""The loop: one step after another, with everything written down and nothing lost when it is stopped.

A run folder holds options.json, log.jsonl (every figure), last.safetensors (all that a run continues from) and best/
(a model folder: the best weights so far on validation).
"""

from __future__ import annotations

import dataclasses
import json
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from summarize.checkpoints.files import TOKENIZER, WEIGHTS, fingerprint, write_atomically
from summarize.checkpoints.lora import save_style
from summarize.checkpoints.model_folder import find_model, save_model
from summarize.checkpoints.train_state import load_progress, load_state, save_state
from summarize.documents import TextPair, read_pairs
from summarize.errors import CheckpointError, DataError, UsageError
from summarize.network.device import keep_freed_memory
from summarize.network.pointer_generator import PointerGenerator
from summarize.text.tokenizer import Tokenizer
from summarize.training.batches import Batch, Pair, batches_from, collate, epoch_order, later_starts
from summarize.training.card import style_card
from summarize.training.distributed import Processes
from summarize.training.objective import Objective
from summarize.training.options import TrainingOptions, learning_rate_factor
from summarize.training.pairs import encode_pairs, has_pairs, load_pairs, mark_of, save_pairs
from summarize.training.preparation import build_model, build_optimizer, set_output_bias, shorten, usual_lengths
from summarize.training.validation import Validation

OPTIONS, LOG, STATE, BEST, PAIRS = "options.json", "log.jsonl", "last.safetensors", "best", "pairs.safetensors"


@dataclass(frozen=True)
class Progress:
    """What a run tells whoever watches it, once per log line."""

    step: int
    total_steps: int
    figures: dict[str, float]
    minutes_left: float
    note: str = ""


def _step_of(line: str) -> float:
    """The step of a log line; beyond every other for one that a kill cut short."""
    try:
        return json.loads(line)["step"]
    except ValueError:
        return math.inf


class _Loss(nn.Module):
    """A model and its objective as one module: that of all processes is a mean of what each returns."""

    def __init__(self, model: PointerGenerator, objective: Objective) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, batch: Batch, later: Batch | None) -> tuple[Tensor, Tensor]:
        """What to go backward from, and −log p per target token; later: windows for salience alone."""
        losses = self.objective(self.model, batch)
        total = losses.total if later is None else losses.total + self.objective.of_salience(self.model, later)
        return total, losses.nll.detach()


class Trainer:
    """One run: its data, model, optimizer and place in the schedule."""

    def __init__(self, options: TrainingOptions, run: Path, resume: bool = False) -> None:
        """Raises DataError, CheckpointError or UsageError where the run cannot start."""
        self.options, self.run_folder = options, run
        self.step = 0
        self.best: float | None = None  # lowest validation loss so far
        self.worse = 0  # validations in a row that were not the best
        self.window: list[float] = []  # losses since the last log line
        self.stop_signal: int | None = None
        self.processes = Processes.join(options.device)
        with self.processes.leader_first():
            self._prepare(resume)
        whole = replace(self.objective, count=self.processes.mean)
        # Guidance by salience, which no style changes, is of no use to a sentence that is told by itself.
        unused = self.base is None and self.model.config.salience
        self.loss = self.processes.together(_Loss(self.model, whole), unused)

    def _prepare(self, resume: bool) -> None:
        """Data, model and optimizer, as the options have them or as the run's folder does."""
        o, run = self.options, self.run_folder
        if resume and not (run / STATE).exists():
            raise CheckpointError(f"{run} holds no run to resume")
        if not resume and (run / STATE).exists():
            raise UsageError(f"{run} already holds a run: --resume continues it, another --output starts anew")
        torch.manual_seed(o.seed)
        texts = cache(lambda: list(read_pairs(Path(o.train), o.document_field, o.summary_field)))
        # A vocabulary made anew would not be the same again: the run keeps its own.
        kept = o.initial == "scratch" and (resume or not self.processes.leads)
        self.model, self.tokenizer, new = build_model(o, texts, Tokenizer.load(run / TOKENIZER) if kept else None)
        self.base = fingerprint(find_model(o.initial), WEIGHTS) if o.only else None  # what a style is of
        self.max_src = min(o.max_src, self.model.config.max_src)
        self.max_tgt = min(o.max_tgt, self.model.config.max_tgt)
        self.objective = Objective(o.coverage_weight, o.label_smoothing, o.salience_weight, o.ranking_weight)
        self.pairs = self._encode(texts)
        self.validation = Validation(o, self.tokenizer, self.max_src, self.max_tgt, self.model.config.salience)
        whole = self.base is not None and not self.model.config.sentencewise
        lengths = usual_lengths(self.pairs, self.max_src, self.max_tgt, whole)
        self.search = replace(lengths, name_speakers=o.name_speakers)
        if self.base is None:
            shorten(self.model, self.pairs)
        if "output_bias" in new:
            set_output_bias(self.model, self.pairs)
        self.model.to(self.processes.device)
        self.optimizer = build_optimizer(self.model, o, new)
        self.lengths = np.array(
            [(-(-min(len(p.src) + 2, self.max_src) // 80), min(len(p.tgt), self.max_tgt)) for p in self.pairs]
        )
        self.batch_size = o.batch_size * self.processes.size  # pairs a step
        per_epoch = len(epoch_order(self.lengths, self.batch_size, o.seed, 0))
        self.total_steps = o.steps or max(1, math.ceil(o.epochs * per_epoch))
        if resume:
            self._resume()
        if self.processes.leads:
            self._make_folder(resume)

    def _make_folder(self, resume: bool) -> None:
        """The run's folder, with the options, the vocabulary and the encoded pairs in it."""
        run = self.run_folder
        try:
            run.mkdir(parents=True, exist_ok=True)
            if not resume:
                (run / LOG).unlink(missing_ok=True)  # of a run that was killed before it saved anything
        except OSError as error:
            raise UsageError(f"cannot write a run to {run}: {error.strerror}") from None
        self.tokenizer.save(run / TOKENIZER)
        if not has_pairs(run / PAIRS, self._fingerprint()):
            save_pairs(run / PAIRS, self.pairs, self._fingerprint())
        write_atomically(run / OPTIONS, json.dumps(dataclasses.asdict(self.options), indent=2) + "\n")

    def _encode(self, texts: Callable[[], list[TextPair]]) -> list[Pair]:
        """The training pairs as tokens: those that the run's folder holds, or new ones."""
        o = self.options
        pairs = load_pairs(self.run_folder / PAIRS, self._fingerprint())
        if pairs is None:
            pairs = encode_pairs(texts(), self.tokenizer, self.max_src, self.model.config.salience, o.name_speakers)
        if not pairs:
            raise DataError(f"{o.train}: no pair has both a document and a summary")
        if len(pairs) < self.processes.size:
            raise UsageError(f"{o.train}: fewer pairs than processes that train on them")
        if o.ranking_weight and any(pair.candidates is None for pair in pairs):
            raise UsageError(f"{o.train}: --ranking-weight needs candidates with every pair")
        return pairs

    def _fingerprint(self) -> str:
        o = self.options
        names = o.document_field, o.summary_field
        return mark_of(
            Path(o.train),
            self.tokenizer,
            self.max_src,
            self.model.config.salience,
            *names,
            name_speakers=o.name_speakers,
        )

    def _resume(self) -> None:
        path = self.run_folder / STATE
        progress = load_progress(path)
        if progress.get("pairs", len(self.pairs)) != len(self.pairs):
            raise UsageError(f"{path} was trained on other pairs than {self.options.train}")
        if progress.get("batch_size", self.batch_size) != self.batch_size:
            raise UsageError(
                f"{path} was trained on {progress['batch_size']} pairs a step, not on {self.batch_size}: give the same "
                "--batch-size and start as many processes"
            )
        load_state(path, self.model, self.optimizer)
        self.step, self.best, self.window = progress["step"], progress["best"], progress["window"]
        self.worse = progress.get("worse", 0)
        log = self.run_folder / LOG
        if log.exists() and self.processes.leads:  # what was logged after the state was saved will be logged again
            lines = [line for line in log.read_text().splitlines() if _step_of(line) <= self.step]
            write_atomically(log, "".join(f"{line}\n" for line in lines))

    def save(self) -> None:
        """Write all that the run continues from."""
        if not self.processes.leads:
            return
        progress = {
            "pairs": len(self.pairs),
            "batch_size": self.batch_size,
            "step": self.step,
            "best": self.best,
            "worse": self.worse,
            "window": self.window,
        }
        save_state(self.run_folder / STATE, self.model, self.optimizer, progress)

    def run(self, report: Callable[[Progress], None] = lambda _: None, max_minutes: float | None = None) -> bool:
        """Train until the last step, the time limit (minutes of this call) or a signal, then save.

        Returns whether the last step was reached; `stop_signal` says which signal ended it, if one did. Of several
        processes the leader alone reports.
        """
        keep_freed_memory()
        self.model.train()
        with self._signals():
            self._run(report if self.processes.leads else lambda _: None, max_minutes)
            self.save()
            self.processes.leave()  # when the leader has saved
        return self.step >= self.total_steps

    def _run(self, report: Callable[[Progress], None], max_minutes: float | None) -> None:
        o, started, first_step, saved = self.options, time.monotonic(), self.step, time.monotonic()
        batches = batches_from(self.lengths, self.batch_size, o.seed, self.step)
        while self.step < self.total_steps:
            epoch, indices = next(batches)
            self.window.append(self._train_step(indices))
            now = time.monotonic()
            minutes = (now - started) / 60
            if self.step % o.log_every == 0 or self.step == self.total_steps:
                speed = (self.step - first_step) / (now - started)  # steps per second
                report(self._log(epoch, speed, minutes))
            if self.processes.leads and (self.step % o.validate_every == 0 or self.step == self.total_steps):
                report(self._validate())
            if now - saved > o.checkpoint_minutes * 60:
                self.save()
                saved = now
            if self._is_over(max_minutes is not None and minutes >= max_minutes):
                break

    def _is_over(self, late: bool) -> bool:
        """Whether to stop after this step: for a signal, or because it is late. All processes decide alike."""
        self.stop_signal = self.processes.largest(self.stop_signal or 0) or None
        return self.stop_signal is not None or bool(self.processes.largest(late))

    def _train_step(self, indices: np.ndarray) -> float:
        """One step on a batch, of which this process has its share; returns the mean −log p of the whole."""
        o = self.options
        factor = learning_rate_factor(self.step, self.total_steps, o.warmup_steps, o.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        # What is dropped is a function of seed, step and process, so that a resumed run drops the same.
        torch.manual_seed(int(np.random.SeedSequence([o.seed, self.step, self.processes.rank]).generate_state(1)[0]))
        pairs = [self.pairs[i] for i in indices]
        batch = collate(self.processes.share(pairs), self.max_src, self.max_tgt)
        later = self._later_windows(pairs)
        device = str(self.processes.device)
        with self._autocast():
            total, nll = self.loss(batch.to(device), later.to(device) if later else None)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), o.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return self.processes.mean(nll).item()

    def _later_windows(self, pairs: list[Pair]) -> Batch | None:
        """This process's share of windows beyond the first of as many of a batch's documents as the options ask for,
        if so many are long enough."""
        o = self.options
        if not (o.salience_weight and o.later_windows):
            return None
        rng = np.random.default_rng([o.seed, self.step])
        starts = [(p, s) for p in pairs if len(s := later_starts(p, self.max_src))]
        if len(starts) < o.later_windows:
            return None
        chosen = [starts[i] for i in rng.choice(len(starts), o.later_windows, replace=False)]
        windows = [(pair, int(rng.choice(s))) for pair, s in chosen]
        own = self.processes.share(windows)
        found = collate([pair for pair, _ in own or windows], self.max_src, 1, [start for _, start in own or windows])
        if not own:  # more processes than windows: what is not to be learned from here does not count
            found = replace(found, worth=None if found.worth is None else torch.full_like(found.worth, -1))
        return found

    def _autocast(self) -> torch.autocast:
        bf16 = self.options.precision == "bf16"
        return torch.autocast(self.processes.device.type, torch.bfloat16, enabled=bf16)

    def _log(self, epoch: int, speed: float, minutes: float) -> Progress:
        figures = {
            "epoch": epoch,
            "loss": round(sum(self.window) / len(self.window), 4),
            "learning_rate": max(g["lr"] for g in self.optimizer.param_groups),
            "examples_per_second": round(speed * self.batch_size, 2),
            "minutes": round(minutes, 2),
        }
        self.window = []
        return self._record(figures, (self.total_steps - self.step) / max(speed, 1e-9) / 60)

    def _record(self, figures: dict[str, float], minutes_left: float = 0.0, note: str = "") -> Progress:
        if self.processes.leads:
            with (self.run_folder / LOG).open("a") as log:
                print(json.dumps({"step": self.step} | figures), file=log)
        return Progress(self.step, self.total_steps, figures, minutes_left, note)

    def _validate(self) -> Progress:
        """Loss and ROUGE on the validation sample; keeps the weights of the lowest loss.

        The loss chooses, for on as few documents as can be summarised in passing ROUGE is mostly noise: its standard
        error on 64 is over one point. Without validation pairs the last weights are the best.
        """
        figures = self.validation.figures(self.model, self.objective, self.search, self._autocast)
        # With candidates to rank, what counts is how good the likeliest are.
        loss = -figures["chosen"] if "chosen" in figures else figures.get("validation_loss")
        self.worse = 0 if loss is None or self.best is None or loss < self.best else self.worse + 1
        if self.worse == 0:
            self.best = loss
            self._keep(BEST, figures)
        if self.options.keep_validated:
            self._keep(f"step-{self.step}", figures)
        self.model.train()
        note = ""
        if self.worse >= 2:
            note = f"validation has not improved for {self.worse} checks: the model may be learning the pairs by heart"
        return self._record(figures, note=note)

    def _keep(self, name: str, figures: dict[str, float]) -> None:
        """Write the weights, or the style that they are of the initial model, to a folder of the run."""
        folder = self.run_folder / name
        if self.base is None:
            save_model(folder, self.model, self.tokenizer, self.search)
        else:
            told = self.model.config.sentencewise
            card = style_card(self.options, len(self.pairs), self.step, told, self.search, figures)
            save_style(folder, self.model, self.base, self.search, card)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the run after the step at hand, so that it is saved."""

        def stop(number: int, _: Any) -> None:
            self.stop_signal = number

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
