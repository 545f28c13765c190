"""The training loop: one step after another, logged and saved, so that a run that is stopped at any time can resume."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch

from summarize.checkpoints.files import WEIGHTS, fingerprint
from summarize.checkpoints.lora import save_style
from summarize.checkpoints.model_folder import find_model, save_model
from summarize.checkpoints.train_state import load_progress, load_state, save_state
from summarize.documents import TextPair
from summarize.errors import DataError, SummarizeError, UsageError
from summarize.network.device import keep_freed_memory, limit_threads
from summarize.network.padding import SRC_MULTIPLE
from summarize.text.tokenizer import Tokenizer
from summarize.training.batches import Batch, Pair, batches_from, collate, epoch_order, later_window_starts
from summarize.training.card import style_card
from summarize.training.distributed import Processes
from summarize.training.objective import LossModule, Objective
from summarize.training.options import TrainingOptions, check_resumable, learning_rate_factor
from summarize.training.pairs import (
    content_fingerprint,
    count_pairs,
    encode_pairs,
    has_pairs,
    load_pairs,
    pairs_fingerprint,
    read_texts,
    save_pairs,
    saved_left_out,
)
from summarize.training.preparation import (
    build_model,
    build_optimizer,
    search_options,
    set_output_bias,
    set_shortlist,
)
from summarize.training.run_folder import RunFolder
from summarize.training.signals import on_stop_signal
from summarize.training.validation import TOP_CANDIDATE_SCORE, Validation

MIN_SHORT_RUN = 20  # steps of a run that is validated before its end, even if validate_every is larger


@dataclass(frozen=True)
class Progress:
    """A run's report of one log line. note: a warning, or ""."""

    step: int
    total_steps: int
    figures: dict[str, float]
    minutes_left: float
    note: str = ""


class Trainer:
    """One run: its data, model, optimizer and position in the schedule."""

    def __init__(self, options: TrainingOptions, run: Path, resume: bool = False) -> None:
        """run: the run's folder. Raises DataError, CheckpointError or UsageError if the run cannot start."""
        self.options, self.run_folder = options, RunFolder(run)
        self.step = 0
        self.note = ""  # on a resumed run: which options differ from those that it was started with
        self.best_loss: float | None = None  # the lowest validation loss so far
        self.n_not_improved = 0  # validations in a row that were not the best
        self.recent_losses: list[float] = []  # since the last log line
        self.stop_signal: int | None = None
        self.processes = Processes.join(options.device)
        with self.processes.leader_first():
            self._prepare(resume)
        shared_objective = replace(self.objective, divisor=self.processes.mean)
        # Salience guides nothing where each sentence is generated from a passage, and a style does not train guidance.
        has_unused = self.base_fingerprint is None and self.model.config.salience
        module = LossModule(self.model, shared_objective)
        self.loss_module = self.processes.average_gradients(module, has_unused)

    def _prepare(self, resume: bool) -> None:
        """Data, model and optimizer: as the options say, or as the run's folder has them."""
        o, folder = self.options, self.run_folder
        folder.check(resume)
        if resume:
            self.note = check_resumable(folder.path, folder.saved_options(), o)
        torch.manual_seed(o.seed)
        texts = cache(lambda: read_texts(Path(o.train), o))
        language = load_progress(folder.state).get("language", "English") if resume else "English"
        # A run keeps its tokenizer: training it again takes time, and an earlier version may have made another one.
        has_tokenizer = o.initial == "scratch" and (resume or not self.processes.is_leader)
        tokenizer = Tokenizer.load(folder.tokenizer) if has_tokenizer else None
        self.model, self.tokenizer, new = build_model(o, texts, tokenizer, language)
        # Of a style: the model that it changes.
        self.base_fingerprint = fingerprint(find_model(o.initial), WEIGHTS) if o.only else None
        self.max_src = min(o.max_src, self.model.config.max_src)
        self.max_tgt = min(o.max_tgt, self.model.config.max_tgt)
        self.objective = Objective(o.coverage_weight, o.label_smoothing, o.salience_weight, o.ranking_weight)
        self.pairs, n_left_out = self._load_or_encode(texts)
        self.pair_counts = count_pairs(self.pairs, n_left_out, self.max_src, self.max_tgt)
        self.content_fingerprint = content_fingerprint(self.pairs)
        self.validation = Validation(o, self.tokenizer, self.max_src, self.max_tgt, self.model.config.salience)
        whole = self.base_fingerprint is not None and not self.model.config.sentencewise
        search = search_options(self.pairs, self.max_src, self.max_tgt, whole)
        self.search = replace(search, name_speakers=o.name_speakers)
        if self.base_fingerprint is None:
            set_shortlist(self.model, self.pairs)
        if "output_bias" in new:
            set_output_bias(self.model, self.pairs)
        self.model.to(self.processes.device)
        self.optimizer = build_optimizer(self.model, o, new)
        self.lengths = np.array([self._length_key(pair) for pair in self.pairs])
        self.batch_size = o.batch_size * self.processes.size  # pairs per step, of all processes
        n_batches = len(epoch_order(self.lengths, self.batch_size, o.seed, 0))
        self.total_steps = o.steps or max(1, math.ceil(o.epochs * n_batches))
        is_short = MIN_SHORT_RUN <= self.total_steps < o.validate_every
        self.validate_every = math.ceil(self.total_steps / 4) if is_short else o.validate_every
        if resume:
            self._resume()
        if self.processes.is_leader:
            self._write_folder(resume)

    def _length_key(self, pair: Pair) -> tuple[int, int]:
        """By what pairs are sorted into batches: the padded length of the source, then the length of the summary."""
        return -(-min(len(pair.src) + 2, self.max_src) // SRC_MULTIPLE), min(len(pair.tgt), self.max_tgt)

    def _write_folder(self, resume: bool) -> None:
        """Write the options, the vocabulary and the encoded pairs to the run's folder."""
        folder, mark = self.run_folder, self._pairs_fingerprint()
        folder.create(resume)
        self.tokenizer.save(folder.tokenizer)
        if not has_pairs(folder.pairs, mark):
            save_pairs(folder.pairs, self.pairs, mark, self.pair_counts.left_out)
        folder.write_options(self.options)
        if not resume:
            folder.append_log(0, asdict(self.pair_counts))

    def _load_or_encode(self, texts: Callable[[], list[TextPair]]) -> tuple[list[Pair], int]:
        """The encoded training pairs, those in the run's folder or new ones, and how many pairs were left out."""
        o = self.options
        pairs = load_pairs(self.run_folder.pairs, self._pairs_fingerprint())
        if pairs is None:
            salience = self.model.config.salience
            pairs = encode_pairs(texts(), self.tokenizer, self.max_src, salience, o.name_speakers)
            n_left_out = len(texts()) - len(pairs)
        else:
            n_left_out = saved_left_out(self.run_folder.pairs)
        if not pairs:
            raise DataError(f"{o.train}: no pair has both a document and a summary")
        if len(pairs) < self.processes.size:
            raise UsageError(f"{o.train}: fewer pairs than processes that train on them")
        if o.ranking_weight and any(pair.candidates is None for pair in pairs):
            raise UsageError(f"ranking_weight={o.ranking_weight}: not every pair of {o.train} has candidates")
        return pairs, n_left_out

    def _pairs_fingerprint(self) -> str:
        o = self.options
        return pairs_fingerprint(
            Path(o.train),
            self.tokenizer,
            self.max_src,
            self.model.config.salience,
            o.document_field,
            o.summary_field,
            name_speakers=o.name_speakers,
        )

    def _resume(self) -> None:
        """Load the saved state of the run."""
        path = self.run_folder.state
        progress = load_progress(path)
        saved = progress.get("pairs", len(self.pairs)), progress.get("content", self.content_fingerprint)
        if saved != (len(self.pairs), self.content_fingerprint):
            raise UsageError(f"{path} was trained on other pairs than {self.options.train}")
        if progress.get("batch_size", self.batch_size) != self.batch_size:
            raise UsageError(
                f"{path} was trained on {progress['batch_size']} pairs a step, not on {self.batch_size}: use the same "
                "batch size and the same number of processes"
            )
        load_state(path, self.model, self.optimizer)
        self.step, self.best_loss, self.recent_losses = progress["step"], progress["best"], progress["window"]
        self.n_not_improved = progress.get("worse", 0)
        if self.processes.is_leader:
            self.run_folder.truncate_log(self.step, progress.get("log_lines"))
            self.run_folder.restore_best()

    def save(self) -> None:
        """Write all that the run continues from. Raises SummarizeError if the weights are no finite numbers."""
        if not self.processes.is_leader:
            return
        self._check_weights()
        progress = {
            "language": self.model.config.language,
            "pairs": len(self.pairs),
            "content": self.content_fingerprint,
            "log_lines": self.run_folder.n_log_lines(),
            "batch_size": self.batch_size,
            "step": self.step,
            "best": self.best_loss,
            "worse": self.n_not_improved,
            "window": self.recent_losses,
        }
        save_state(self.run_folder.state, self.model, self.optimizer, progress)

    def run(self, report: Callable[[Progress], None] = lambda _: None, max_minutes: float | None = None) -> bool:
        """Train until the last step, the time limit (minutes of this call) or a signal, then save. An ended run has
        best/, wherever it was ended.

        Outside the main thread signals are not handled. Raises SummarizeError if a loss or a gradient is not finite.
        Returns whether the last step was reached. `stop_signal` is the signal that ended the run, if one did. Only the
        leader of several processes reports.
        """
        if max_minutes is not None and not max_minutes >= 0:
            raise UsageError(f"max_minutes={max_minutes}: must be at least 0")
        keep_freed_memory()
        limit_threads()
        self.model.train()
        with on_stop_signal(self._request_stop):
            self._run(report if self.processes.is_leader else lambda _: None, max_minutes)
            self.save()
            if self.processes.is_leader and self.step < self.total_steps:
                report(self._validate_early_end())
            self.processes.leave()  # after the leader has saved
        return self.step >= self.total_steps

    def _request_stop(self, number: int) -> None:
        self.stop_signal = number

    def _run(self, report: Callable[[Progress], None], max_minutes: float | None) -> None:
        o, started, first_step, saved = self.options, time.monotonic(), self.step, time.monotonic()
        batches = batches_from(self.lengths, self.batch_size, o.seed, self.step)
        while self.step < self.total_steps:
            epoch, indices = next(batches)
            self.recent_losses.append(self._train_step(indices))
            now = time.monotonic()
            minutes = (now - started) / 60
            if self.step == 1 or self.step % o.log_every == 0 or self.step == self.total_steps:
                steps_per_second = (self.step - first_step) / (now - started)
                report(self._log_training(epoch, steps_per_second, minutes))
            if self.processes.is_leader and (self.step % self.validate_every == 0 or self.step == self.total_steps):
                report(self._validate())
            if now - saved > o.checkpoint_minutes * 60:
                self.save()
                saved = now
            if self._must_stop(max_minutes is not None and minutes >= max_minutes):
                break

    def _must_stop(self, is_time_up: bool) -> bool:
        """Whether to stop after this step, for a signal or the time limit. All processes decide the same."""
        self.stop_signal = self.processes.max(self.stop_signal or 0) or None
        return self.stop_signal is not None or bool(self.processes.max(is_time_up))

    def _train_step(self, indices: np.ndarray) -> float:
        """One step on a batch, of which this process has its share; returns the mean −log p of the whole batch.

        Raises SummarizeError, before the weights change, if the loss or the gradient is not finite.
        """
        o = self.options
        factor = learning_rate_factor(self.step, self.total_steps, o.warmup_steps, o.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        # Dropout depends on seed, step and process alone, so a resumed run drops the same states.
        torch.manual_seed(int(np.random.SeedSequence([o.seed, self.step, self.processes.rank]).generate_state(1)[0]))
        pairs = [self.pairs[i] for i in indices]
        batch = collate(self.processes.share(pairs), self.max_src, self.max_tgt)
        later = self._later_windows(pairs)
        device = str(self.processes.device)
        with self._autocast():
            total, nll = self.loss_module(batch.to(device), later.to(device) if later else None)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), o.clip)
        loss = self.processes.mean(nll).item()
        is_finite = math.isfinite(loss) and bool(torch.isfinite(total.detach() + norm))
        if self.processes.max(not is_finite):  # in one process, so in all: none waits for one that has stopped
            raise self._diverged(f"the loss of step {self.step + 1:,} or its gradient is not a finite number")
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss

    def _later_windows(self, pairs: list[Pair]) -> Batch | None:
        """This process's share of one window beyond the first of each of `later_windows` random documents of a batch;
        None if fewer documents have one."""
        o = self.options
        if not (o.salience_weight and o.later_windows):
            return None
        rng = np.random.default_rng([o.seed, self.step])
        long_pairs = [(p, s) for p in pairs if len(s := later_window_starts(p, self.max_src))]
        if len(long_pairs) < o.later_windows:
            return None
        picked = [long_pairs[i] for i in rng.choice(len(long_pairs), o.later_windows, replace=False)]
        windows = [(pair, int(rng.choice(starts))) for pair, starts in picked]
        share = self.processes.share(windows)
        window_pairs, starts = zip(*(share or windows), strict=True)
        batch = collate(window_pairs, self.max_src, 1, starts)
        if not share and batch.oracle_salience is not None:  # more processes than windows: this one adds nothing
            batch = replace(batch, oracle_salience=torch.full_like(batch.oracle_salience, -1))
        return batch

    def _autocast(self) -> torch.autocast:
        bf16 = self.options.precision == "bf16"
        return torch.autocast(self.processes.device.type, torch.bfloat16, enabled=bf16)

    def _log_training(self, epoch: int, steps_per_second: float, minutes: float) -> Progress:
        figures = {
            "epoch": epoch,
            "loss": round(sum(self.recent_losses) / len(self.recent_losses), 4),
            "learning_rate": max(g["lr"] for g in self.optimizer.param_groups),
            "examples_per_second": round(steps_per_second * self.batch_size, 2),
            "minutes": round(minutes, 2),
        }
        if self.step % self.options.log_every == 0 or self.step == self.total_steps:
            self.recent_losses = []  # the line of the first step is one more
        return self._log(figures, (self.total_steps - self.step) / max(steps_per_second, 1e-9) / 60)

    def _log(self, figures: dict[str, float], minutes_left: float = 0.0, note: str = "") -> Progress:
        if self.processes.is_leader:
            self.run_folder.append_log(self.step, figures)
        return Progress(self.step, self.total_steps, figures, minutes_left, note)

    def _validate(self) -> Progress:
        """Losses and ROUGE on the validation sample; keeps the weights with the lowest loss.

        The loss decides, because ROUGE on as few documents as can be summarised meanwhile is mostly noise: its standard
        error on 64 is over one point. If candidates are ranked, the score of the likeliest one decides. Without
        validation pairs the last weights are the best.
        """
        figures, loss, is_best = self._validation_figures(has_rouge=True)
        self.n_not_improved = 0 if is_best else self.n_not_improved + 1
        if is_best:
            self.best_loss = loss
            self._write_weights(self.run_folder.best, figures)
        if self.options.keep_validated:
            self._write_weights(self.run_folder.path / f"step-{self.step}", figures)
        self.model.train()
        note = ""
        if self.n_not_improved >= 2:
            note = f"validation has not improved for {self.n_not_improved} checks: the model may be overfitting"
        return self._log(figures, note=note)

    def _validate_early_end(self) -> Progress:
        """Losses of the weights of a run that is ended early; best/ has these weights if they are the best.

        A resumed run is not to differ from an unbroken one: it puts back what best/ was, and forgets these figures.
        """
        figures, _, is_best = self._validation_figures(has_rouge=False)
        if is_best:
            self.run_folder.set_best_aside()
            self._write_weights(self.run_folder.best, figures)
        return self._log(figures)

    def _validation_figures(self, has_rouge: bool) -> tuple[dict[str, float], float | None, bool]:
        """The figures of the validation, the loss that decides (None without validation), and whether it is the lowest.

        Raises SummarizeError if the weights or a figure are not finite.
        """
        self._check_weights()
        figures = self.validation.figures(self.model, self.objective, self.search, self._autocast, has_rouge)
        if not all(map(math.isfinite, figures.values())):
            raise self._diverged(f"the validation loss at step {self.step:,} is not a finite number")
        loss = -figures[TOP_CANDIDATE_SCORE] if TOP_CANDIDATE_SCORE in figures else figures.get("validation_loss")
        return figures, loss, loss is None or self.best_loss is None or loss < self.best_loss

    def _check_weights(self) -> None:
        if not all(bool(torch.isfinite(p).all()) for p in self.model.parameters()):
            raise self._diverged(f"the weights at step {self.step:,} are not finite numbers")

    def _diverged(self, what: str) -> SummarizeError:
        """The error of a run that can only become worse; it says what is left of the run."""
        folder = self.run_folder
        kept = [str(path) for path in (folder.best, folder.state) if path.exists()]
        return SummarizeError(
            f"{what}: training has stopped, and of this run is kept: {', '.join(kept) or 'nothing'}; start a new run "
            "with a lower learning_rate and new_learning_rate"
        )

    def _write_weights(self, folder: Path, figures: dict[str, float]) -> None:
        """Write the model, or, of a style, its changes of the initial model."""
        if self.base_fingerprint is None:
            save_model(folder, self.model, self.tokenizer, self.search)
        else:
            sentencewise = self.model.config.sentencewise
            card = style_card(self.options, len(self.pairs), self.step, sentencewise, self.search, figures)
            save_style(folder, self.model, self.base_fingerprint, self.search, card)
