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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from summarize.batching import Batch, Pair, batches_from, collate, epoch_order, later_starts
from summarize.checkpoints import TOKENIZER, load_progress, load_state, save_model, save_state, write_atomically
from summarize.documents import TextPair, read_pairs
from summarize.errors import CheckpointError, DataError, UsageError
from summarize.evaluation import RougeScorer, mean_scores
from summarize.hardware import check_device, keep_freed_memory
from summarize.objective import Objective
from summarize.summarizer import Summarizer, Summary
from summarize.tokenizer import Tokenizer
from summarize.training.options import TrainingOptions, learning_rate_factor
from summarize.training.pairs import encode_pairs, fingerprint, has_pairs, load_pairs, save_pairs
from summarize.training.preparation import build_model, set_output_bias, usual_lengths

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


class Trainer:
    """One run: its data, model, optimizer and place in the schedule."""

    def __init__(self, options: TrainingOptions, run: Path, resume: bool = False) -> None:
        """Raises DataError, CheckpointError or UsageError where the run cannot start."""
        self.options, self.run_folder = options, run
        if resume and not (run / STATE).exists():
            raise CheckpointError(f"{run} holds no run to resume")
        if not resume and (run / STATE).exists():
            raise UsageError(f"{run} already holds a run: --resume continues it, another --output starts anew")
        torch.manual_seed(options.seed)
        texts = list(read_pairs(Path(options.train), options.document_field, options.summary_field))
        # A vocabulary made anew would not be the same again: the run keeps its own.
        tokenizer = Tokenizer.load(run / TOKENIZER) if resume and options.initial == "scratch" else None
        self.model, self.tokenizer, new = build_model(options, texts, tokenizer)
        self.max_src = min(options.max_src, self.model.config.max_src)
        self.max_tgt = min(options.max_tgt, self.model.config.max_tgt)
        self.objective = Objective(
            options.coverage_weight,
            options.label_smoothing,
            options.salience_weight,
            options.ranking_weight,
        )
        self.pairs = self._encode(texts)
        if not self.pairs:
            raise DataError(f"{options.train}: no pair has both a document and a summary")
        if options.ranking_weight and any(pair.candidates is None for pair in self.pairs):
            raise UsageError(f"{options.train}: --ranking-weight needs candidates with every pair")
        self.validation_texts = self._validation_texts()
        self.validation_pairs = encode_pairs(
            self.validation_texts, self.tokenizer, self.max_src, self.model.config.salience
        )
        self.search = usual_lengths(self.pairs, self.max_src, self.max_tgt)
        if "output_bias" in new:
            set_output_bias(self.model, self.pairs)
        self.model.to(check_device(options.device))
        self.optimizer = self._build_optimizer(new)
        self.lengths = np.array(
            [(-(-min(len(p.src) + 2, self.max_src) // 80), min(len(p.tgt), self.max_tgt)) for p in self.pairs]
        )
        per_epoch = len(epoch_order(self.lengths, options.batch_size, options.seed, 0))
        self.total_steps = options.steps or max(1, math.ceil(options.epochs * per_epoch))
        self.step = 0
        self.best: float | None = None  # lowest validation loss so far
        self.worse = 0  # validations in a row that were not the best
        self.window: list[float] = []  # losses since the last log line
        self.stop_signal: int | None = None
        if resume:
            self._resume()
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

    def _encode(self, texts: list[TextPair]) -> list[Pair]:
        """The training pairs as pieces: those that the run's folder holds, or new ones."""
        pairs = load_pairs(self.run_folder / PAIRS, self._fingerprint())
        return pairs or encode_pairs(texts, self.tokenizer, self.max_src, self.model.config.salience)

    def _fingerprint(self) -> str:
        o = self.options
        fields = o.document_field, o.summary_field
        return fingerprint(Path(o.train), self.tokenizer, self.max_src, self.model.config.salience, *fields)

    def _validation_texts(self) -> list[TextPair]:
        """A fixed sample of the validation pairs, spread evenly over the file."""
        o = self.options
        if o.validation is None:
            return []
        texts = list(read_pairs(Path(o.validation), o.document_field, o.summary_field))
        if not texts:
            raise DataError(f"{o.validation}: holds no pair")
        every = max(1, len(texts) // o.validation_examples)
        return texts[::every][: o.validation_examples]

    def _build_optimizer(self, new: set[str]) -> torch.optim.AdamW:
        """AdamW in up to four groups: new or given parameters, with weight decay (matrices) or without."""
        o = self.options
        unknown = [p for p in o.freeze if not any(n.startswith(p) for n, _ in self.model.named_parameters())]
        if unknown:
            raise UsageError(f"no parameter's name begins with {unknown[0]!r}, so it cannot be frozen")
        groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(not name.startswith(o.freeze) if o.freeze else True)
            if parameter.requires_grad:
                groups.setdefault((name in new, parameter.dim() > 1), []).append(parameter)
        if not groups:
            raise UsageError("everything is frozen: there is nothing to train")
        return torch.optim.AdamW(
            [
                {
                    "params": parameters,
                    "lr": 0.0,
                    "peak_lr": o.new_learning_rate if is_new else o.learning_rate,
                    "weight_decay": o.weight_decay if is_matrix else 0.0,
                }
                for (is_new, is_matrix), parameters in groups.items()
            ],
            betas=(0.9, 0.98),
            fused=True,
        )

    def _resume(self) -> None:
        path = self.run_folder / STATE
        progress = load_progress(path)
        if progress.get("pairs", len(self.pairs)) != len(self.pairs):
            raise UsageError(f"{path} was trained on other pairs than {self.options.train}")
        load_state(path, self.model, self.optimizer)
        self.step, self.best, self.window = progress["step"], progress["best"], progress["window"]
        self.worse = progress.get("worse", 0)
        log = self.run_folder / LOG
        if log.exists():  # what was logged after the state was saved will be logged again
            lines = [line for line in log.read_text().splitlines() if _step_of(line) <= self.step]
            write_atomically(log, "".join(f"{line}\n" for line in lines))

    def save(self) -> None:
        """Write all that the run continues from."""
        progress = {
            "pairs": len(self.pairs),
            "step": self.step,
            "best": self.best,
            "worse": self.worse,
            "window": self.window,
        }
        save_state(self.run_folder / STATE, self.model, self.optimizer, progress)

    def run(self, report: Callable[[Progress], None] = lambda _: None, max_minutes: float | None = None) -> bool:
        """Train until the last step, the time limit (minutes of this call) or a signal, then save.

        Returns whether the last step was reached; `stop_signal` says which signal ended it, if one did.
        """
        o, started, first_step, saved = self.options, time.monotonic(), self.step, time.monotonic()
        keep_freed_memory()
        self.model.train()
        batches = batches_from(self.lengths, o.batch_size, o.seed, self.step)
        with self._signals():
            while self.step < self.total_steps and self.stop_signal is None:
                epoch, indices = next(batches)
                self.window.append(self._train_step(indices))
                now = time.monotonic()
                minutes = (now - started) / 60
                if self.step % o.log_every == 0 or self.step == self.total_steps:
                    speed = (self.step - first_step) / (now - started)  # steps per second
                    report(self._log(epoch, speed, minutes))
                if self.step % o.validate_every == 0 or self.step == self.total_steps:
                    report(self._validate())
                if now - saved > o.checkpoint_minutes * 60:
                    self.save()
                    saved = now
                if max_minutes is not None and minutes >= max_minutes:
                    break
        self.save()
        return self.step >= self.total_steps

    def _train_step(self, indices: np.ndarray) -> float:
        """One step; returns the mean −log p of the batch."""
        o = self.options
        factor = learning_rate_factor(self.step, self.total_steps, o.warmup_steps, o.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        pairs = [self.pairs[i] for i in indices]
        with self._autocast():
            losses = self.objective(self.model, collate(pairs, self.max_src, self.max_tgt).to(o.device))
            later = self._later_windows(pairs)
            loss = losses.total if later is None else losses.total + self.objective.of_salience(self.model, later)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), o.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return losses.nll.item()

    def _later_windows(self, pairs: list[Pair]) -> Batch | None:
        """Windows beyond the first of as many of the documents as the options ask for, if so many are long enough."""
        o = self.options
        if not (o.salience_weight and o.later_windows):
            return None
        rng = np.random.default_rng([o.seed, self.step])
        starts = [(p, s) for p in pairs if len(s := later_starts(p, self.max_src))]
        if len(starts) < o.later_windows:
            return None
        chosen = [starts[i] for i in rng.choice(len(starts), o.later_windows, replace=False)]
        windows = collate([p for p, _ in chosen], self.max_src, 1, [int(rng.choice(s)) for _, s in chosen])
        return windows.to(o.device)

    def _autocast(self) -> torch.autocast:
        o = self.options
        return torch.autocast(torch.device(o.device).type, torch.bfloat16, enabled=o.precision == "bf16")

    def _log(self, epoch: int, speed: float, minutes: float) -> Progress:
        figures = {
            "epoch": epoch,
            "loss": round(sum(self.window) / len(self.window), 4),
            "learning_rate": max(g["lr"] for g in self.optimizer.param_groups),
            "examples_per_second": round(speed * self.options.batch_size, 2),
            "minutes": round(minutes, 2),
        }
        self.window = []
        return self._record(figures, (self.total_steps - self.step) / max(speed, 1e-9) / 60)

    def _record(self, figures: dict[str, float], minutes_left: float = 0.0, note: str = "") -> Progress:
        with (self.run_folder / LOG).open("a") as log:
            print(json.dumps({"step": self.step} | figures), file=log)
        return Progress(self.step, self.total_steps, figures, minutes_left, note)

    def _validate(self) -> Progress:
        """Loss and ROUGE on the validation sample; keeps the weights of the lowest loss.

        The loss chooses, for on as few documents as can be summarised in passing ROUGE is mostly noise: its standard
        error on 64 is over one point. Without validation pairs the last weights are the best.
        """
        self.model.eval()
        figures: dict[str, float] = {}
        if self.validation_pairs:
            figures |= {name: round(value, 4) for name, value in self.validation_losses().items()}
            if self.options.rouge_examples:
                figures |= {name: round(100 * value, 2) for name, value in self.validation_rouge().items()}
        # With candidates to rank, what counts is how good the likeliest are.
        loss = -figures["chosen"] if "chosen" in figures else figures.get("validation_loss")
        self.worse = 0 if loss is None or self.best is None or loss < self.best else self.worse + 1
        if self.worse == 0:
            self.best = loss
            save_model(self.run_folder / BEST, self.model, self.tokenizer, self.search)
        if self.options.keep_validated:
            save_model(self.run_folder / f"step-{self.step}", self.model, self.tokenizer, self.search)
        self.model.train()
        note = ""
        if self.worse >= 2:
            note = f"validation has not improved for {self.worse} checks: the model may be learning the pairs by heart"
        return self._record(figures, note=note)

    def validation_rouge(self) -> dict[str, float]:
        """F1 (fractions of 1) of summaries of the first of the validation sample, by the default search."""
        sample = self.validation_texts[: self.options.rouge_examples]
        summarizer = Summarizer(self.model, self.tokenizer, self.search)
        scorer = RougeScorer()
        scores = [
            scorer.score("\n".join(s.text for s in summary.sentences), pair.summary)
            for pair, summary in zip(
                sample,
                summarizer.try_many((p.document for p in sample), self.options.batch_size),
                strict=True,
            )
            if isinstance(summary, Summary)
        ]
        if not scores:
            return {}
        evaluation = mean_scores("validation", scores)
        return {name: score.fmeasure for name, score in evaluation.scores.items()}

    @torch.no_grad()
    def validation_losses(self) -> dict[str, float]:
        """Mean −log p per piece over the validation sample, salience's cross-entropy per sentence if learned, and, of
        candidates, the loss and the score of the likeliest."""
        total = pieces = 0.0
        others: dict[str, float] = {}
        size = self.options.batch_size
        order = sorted(range(len(self.validation_pairs)), key=lambda i: len(self.validation_pairs[i].src))
        for start in range(0, len(order), size):
            chosen = [self.validation_pairs[i] for i in order[start : start + size]]
            batch = collate(chosen, self.max_src, self.max_tgt).to(self.options.device)
            with self._autocast():
                losses = self.objective(self.model, batch)
            n = losses.pieces.item()
            total, pieces = total + losses.nll.item() * n, pieces + n
            parts = {"salience_loss": losses.salience, "ranking_loss": losses.ranking, "chosen": losses.chosen}
            for name, part in parts.items():
                if part is not None:
                    others[name] = others.get(name, 0.0) + part.item() * len(chosen) / len(order)
        return {"validation_loss": total / pieces} | others

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
