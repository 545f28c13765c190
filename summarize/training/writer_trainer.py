"""Training of the writer: token arrays in, a writer's folder out, on a GPU or on a CPU.

The learning rate follows the time that has passed, or the steps, so that a run of so many minutes ends at zero. A run
that was stopped resumes with the weights, AdamW's moments, the place in the data and the time that it had.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from summarize.checkpoints.packed_folder import LAYER_FORMAT, layer_matrices, save_writer
from summarize.checkpoints.train_state import load_progress, load_state, save_state
from summarize.network.causal_pointer_generator import CausalPointerGenerator
from summarize.network.group_quantization import rounded_weights
from summarize.training.token_arrays import TokenArrays, TokenBatch
from summarize.training.writer_objective import WriterLosses, WriterObjective

NEW_PARAMETERS = ("pointer", "gate", "output_bias")  # prefixes of those that no language model has
N_PREFETCHED = 8  # batches
LOGGED_STEPS = 20


@dataclass(frozen=True)
class WriterTraining:
    """What a run is. Tokens count with padding."""

    minutes: float = 0.0  # the schedule's length in time; 0: in steps
    steps: int = 0  # the schedule's length in steps, where it has none in time
    learning_rate: float = 3e-4
    new_learning_rate: float = 1e-3  # of the pointer and the gate
    warmup_steps: int = 60
    tokens_per_batch: int = 32_768  # in one forward pass
    accumulate: int = 2  # forward passes of one step
    weight_decay: float = 0.01
    round_from: float = 0.5  # the share of the schedule after which weights are rounded as the folder stores them
    validate_every: float = 0.25  # share of the schedule
    n_valid: int = 100  # examples of each kind
    shard_megabytes: int = 45  # of the files that the trained weights are written to
    save_minutes: float = 5.0  # between saved states; 0: none but the last
    seed: int = 1


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    seconds: float = 0.0
    epoch: int = 0
    batch: int = 0  # of the epoch


class _Clock:
    """The time of a run, over all processes that it had."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic() - seconds
        self._counted = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    def per_second(self, n: int) -> float:
        """How many a second, of the n since this was last asked."""
        now = time.monotonic()
        elapsed, self._counted = now - self._counted, now
        return n / max(elapsed, 1e-9)

    def is_due(self, seconds: float) -> bool:
        """Whether so many seconds have passed since this was last true."""
        is_due = time.monotonic() - self._saved > seconds
        if is_due:
            self._saved = time.monotonic()
        return is_due


class WriterTrainer:
    """One run. It writes `{run}/state.safetensors`, `{run}/log.jsonl` and, as it ends, the folder `{run}/model`."""

    def __init__(
        self,
        model: CausalPointerGenerator,
        data: Path,
        run: Path,
        options: WriterTraining,
        objective: WriterObjective | None = None,
        compile_layers: bool = False,
    ) -> None:
        """Raises DataError if the token arrays in data cannot be read, CheckpointError if run's state cannot."""
        self.model, self.run_folder, self.options = model.train(), run, options
        self.device = next(model.parameters()).device
        self.objective = objective or WriterObjective()
        self.train, self.valid = TokenArrays(data, "train"), TokenArrays(data, "valid")
        self.optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.98), fused=self.device.type == "cuda")
        self.progress = Progress()
        self._matrices = list(layer_matrices(model).values())
        run.mkdir(parents=True, exist_ok=True)
        self._state = run / "state.safetensors"
        if self._state.exists():
            self.progress = Progress(**load_progress(self._state))
            load_state(self._state, self.model, self.optimizer)
        if compile_layers:
            for layer in model.layers:
                layer.compile(dynamic=True)

    def _groups(self) -> list[dict[str, Any]]:
        """AdamW's groups: matrices decay, vectors do not; new parameters learn faster."""
        o = self.options
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, p in self.model.named_parameters():
            groups.setdefault((name.startswith(NEW_PARAMETERS), p.dim() > 1), []).append(p)
        return [
            {
                "params": parameters,
                "peak": o.new_learning_rate if is_new else o.learning_rate,
                "weight_decay": o.weight_decay if is_matrix else 0.0,
            }
            for (is_new, is_matrix), parameters in groups.items()
        ]

    def warm_up(self) -> None:
        """Compute the gradient of the shortest and of the longest examples, and drop it: kernels are compiled now, and
        memory is found to be enough."""
        order = np.argsort(self.train.lengths, kind="stable")
        for examples in (order[:256], order[-256:]):
            batch = next(iter(self.train.batches(examples, self.options.tokens_per_batch, None)))
            self._backward(self.train.collate(batch).to(self.device))
            with torch.no_grad(), self._precision():
                self.objective(self.model, self.train.collate(batch).to(self.device))
        self.optimizer.zero_grad(set_to_none=True)

    def run(self, log: Callable[[str], object] = print, until_step: int | None = None) -> None:
        """Train to the end of the schedule, then validate, and write the model's folder. until_step: stop there."""
        clock = _Clock(self.progress.seconds)
        next_validation = self._share() + self.options.validate_every
        batches, recent = self._batches(), []
        while self._share() < 1 and self.progress.step != until_step:
            recent += self._step(batches)
            if self.progress.step % LOGGED_STEPS == 0:
                loss = float(torch.stack([nll for nll, _ in recent]).mean())  # waits for the device
                speed = clock.per_second(sum(n for _, n in recent))
                log(f"step {self.progress.step}  {100 * self._share():.1f} %  nll {loss:.4f}  {speed:,.0f} tokens/s")
                recent.clear()
            self.progress.seconds = clock.seconds
            if next_validation <= self._share() < 1:
                self.validate(log)
                next_validation += self.options.validate_every
            if self.options.save_minutes and clock.is_due(60 * self.options.save_minutes):
                self.save()
        if self.progress.step != until_step:
            self.validate(log)
            save_writer(self.run_folder / "model", self.model, shard_bytes=self.options.shard_megabytes * 1_000_000)

    def _step(self, batches: Iterator[TokenBatch]) -> list[tuple[Tensor, int]]:
        """One step of the optimizer; returns the mean −log p and the number of tokens of each batch."""
        self._set_learning_rate()
        results = []
        with self._rounding():
            for _ in range(self.options.accumulate):
                batch = next(batches)
                results.append((self._backward(batch), batch.tokens.numel()))
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        return results

    def _share(self) -> float:
        """How much of the schedule has passed, 0 to 1."""
        if self.options.minutes:
            return min(1.0, self.progress.seconds / (60 * self.options.minutes))
        return min(1.0, self.progress.step / self.options.steps)

    def _set_learning_rate(self) -> None:
        """A linear warm-up, then half a cosine to zero."""
        warmup = min(1.0, (self.progress.step + 1) / max(1, self.options.warmup_steps))
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * warmup * 0.5 * (1 + math.cos(math.pi * self._share()))

    def _precision(self) -> Any:
        """Products in bfloat16."""
        return torch.autocast(self.device.type, torch.bfloat16)

    def _rounding(self) -> Any:
        """A block in which the layers' matrices are rounded as in the folder."""
        is_rounded = self._share() >= self.options.round_from
        return rounded_weights(self._matrices, LAYER_FORMAT) if is_rounded else nullcontext()

    def _backward(self, batch: TokenBatch) -> Tensor:
        """Add the gradient of one batch; returns its mean −log p."""
        with self._precision():
            losses = self.objective(self.model, batch)
        (losses.total / self.options.accumulate).backward()
        return losses.token_nll.mean()

    def _batches(self) -> Iterator[TokenBatch]:
        """Batches without end, from the place in the data that the run has reached, prepared by another thread."""
        queue: Queue[tuple[int, int, TokenBatch]] = Queue(N_PREFETCHED)
        Thread(target=self._prepare, args=(queue, self.progress.epoch, self.progress.batch), daemon=True).start()
        while True:
            self.progress.epoch, self.progress.batch, batch = queue.get()
            yield batch.to(self.device)

    def _prepare(self, queue: Queue[tuple[int, int, TokenBatch]], epoch: int, first: int) -> None:
        """Put batches from a place in the data on into a queue, each with the place after it."""
        everything = np.arange(len(self.train))
        while True:
            rng = np.random.default_rng((self.options.seed, epoch))
            for i, examples in enumerate(self.train.batches(everything, self.options.tokens_per_batch, rng)):
                if i >= first:
                    batch = self.train.collate(examples)
                    queue.put((epoch, i + 1, batch.pinned() if self.device.type == "cuda" else batch))
            epoch, first = epoch + 1, 0

    @torch.no_grad()
    def validate(self, log: Callable[[str], object] = print) -> dict[str, dict[str, float]]:
        """Figures of each kind, with the weights as the folder stores them; they are added to the log file."""
        self.model.eval()
        sums: dict[int, np.ndarray] = {}
        with rounded_weights(self._matrices, LAYER_FORMAT), self._precision():
            for examples in self.valid.batches(self._valid_examples(), self.options.tokens_per_batch, None):
                batch = self.valid.collate(examples).to(self.device)
                _add_sums(sums, batch, self.objective(self.model, batch))
        self.model.train()
        figures = {self.valid.kinds[kind]: _figures(*row.tolist()) for kind, row in sorted(sums.items())}
        entry = {"step": self.progress.step, "seconds": round(self.progress.seconds, 1), "valid": figures}
        with (self.run_folder / "log.jsonl").open("a", encoding="utf-8") as file:
            print(json.dumps(entry), file=file)
        for kind, row in figures.items():
            log(f"  {kind:20} " + "  ".join(f"{name} {value:.4f}" for name, value in row.items()))
        return figures

    def _valid_examples(self) -> np.ndarray:
        """The first n_valid examples of each kind."""
        kinds = np.asarray(self.valid.index[:, 4])
        return np.concatenate([np.flatnonzero(kinds == kind)[: self.options.n_valid] for kind in np.unique(kinds)])

    def save(self) -> None:
        """Write the state that a run resumes from."""
        save_state(self._state, self.model, self.optimizer, asdict(self.progress))


def _add_sums(sums: dict[int, np.ndarray], batch: TokenBatch, losses: WriterLosses) -> None:
    """Add to each kind's sums those of one batch: see _figures."""
    kinds = batch.kinds[losses.token_rows]
    copied = losses.is_copied
    terms = torch.stack(
        [
            torch.ones_like(losses.token_nll),
            losses.token_nll,
            copied.float(),
            (copied & losses.is_found).float(),
            losses.p_copy * copied,
            losses.p_copy * ~copied,
        ]
    )
    for kind in kinds.unique().tolist():
        row = terms[:, kinds == kind].double().sum(1).cpu().numpy()
        sums[kind] = sums.get(kind, np.zeros(len(row))) + row


def _figures(
    n: float, nll: float, n_copied: float, n_found: float, copy_on: float, copy_off: float
) -> dict[str, float]:
    """Mean −log p; of tokens with an origin, the share that attend most to it, and p_copy; p_copy of the others."""
    return {
        "nll": nll / n,
        "pointer": n_found / max(1.0, n_copied),
        "p_copy": copy_on / max(1.0, n_copied),
        "p_copy_other": copy_off / max(1.0, n - n_copied),
    }
