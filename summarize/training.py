"""Training: pairs of texts in, a model folder out; a run that is killed at any moment continues exactly.

A run folder holds options.json, log.jsonl (every figure), last.safetensors (all that a run continues from) and best/
(a model folder: the best weights so far on validation).
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from summarize.attention import AttentionType
from summarize.batching import Pair, batches_from, collate, epoch_order
from summarize.checkpoints import (
    find_model,
    is_encoder,
    load_model,
    load_progress,
    load_state,
    save_model,
    save_state,
    warm_start,
    write_atomically,
)
from summarize.documents import TextPair, read_pairs
from summarize.errors import CheckpointError, DataError, UsageError
from summarize.model import ModelConfig, PointerGenerator
from summarize.tokenizer import Tokenizer, train_tokenizer

OPTIONS, LOG, STATE, BEST = "options.json", "log.jsonl", "last.safetensors", "best"


@dataclass(frozen=True)
class TrainingOptions:
    """What defines a run. Lengths are in pieces, rates per step, weights as factors of the loss."""

    train: str
    validation: str | None = None
    document_field: str | None = None
    summary_field: str | None = None
    initial: str = "scratch"  # a folder (ours or a BERT-shaped encoder's), a shipped model's name, or "scratch"
    pointer_attention: AttentionType = "scaled_dot_product"
    pointer_heads: int = 4
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
    new_learning_rate: float = 8e-4  # of parameters that the initial weights did not give
    warmup_steps: int = 50
    decay: float = 1.0  # share of all steps, at the end, over which the learning rate falls to zero
    weight_decay: float = 0.01
    clip: float = 1.0
    coverage_weight: float = 0.0
    freeze: tuple[str, ...] = ()  # prefixes of parameter names
    seed: int = 0
    precision: Literal["bf16", "fp32"] = "bf16"
    device: str = "cpu"
    log_every: int = 20  # steps
    validate_every: int = 500  # steps
    validation_examples: int = 256
    checkpoint_minutes: float = 5.0


@dataclass(frozen=True)
class Progress:
    """What a run tells whoever watches it, once per log line."""

    step: int
    total_steps: int
    figures: dict[str, float]
    minutes_left: float
    note: str = ""


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next step.

    By default every tensor over 32 MB is given back to the system and faulted in again page by page: the softmax over
    the vocabulary then takes thirty times as long, and a whole step twice as long.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc
        return
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, 2**31 - 1)
    mallopt(m_top_pad, 256 << 20)


def learning_rate_factor(step: int, total: int, warmup: int, decay: float) -> float:
    """Linear warm-up to 1, a plateau, then linear decay over the last share `decay` of all steps to zero."""
    rising = (step + 1) / max(1, warmup)
    falling = (total - step) / max(1, total * decay)
    return max(0.0, min(1.0, rising, falling))


def encode_pairs(pairs: list[TextPair], tokenizer: Tokenizer, max_src: int) -> list[Pair]:
    """Texts to id sequences; pairs with nothing on one side are left out."""
    kept = [(p.document, [s for s in p.summary.splitlines() if s.strip()]) for p in pairs]
    kept = [(document, sentences) for document, sentences in kept if document.strip() and sentences]
    encoded: list[Pair] = []
    for start in range(0, len(kept), 512):
        chunk = kept[start : start + 512]
        # A piece has seldom over 8 characters: what lies beyond is never read and need not be encoded.
        sources = tokenizer.encode_batch([document[: max_src * 12] for document, _ in chunk])
        for source, (_, sentences) in zip(sources, chunk, strict=True):
            tgt = np.array(tokenizer.encode_summary(sentences), dtype=np.int32)
            encoded.append(Pair(np.array(source.ids[:max_src], dtype=np.int32), tgt))
    return encoded


def build_model(
    options: TrainingOptions, pairs: list[TextPair]
) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """The model a run starts from, its tokenizer, and the names of its freshly initialised parameters."""
    choices: dict[str, Any] = {
        "pointer_attention": options.pointer_attention,
        "pointer_heads": options.pointer_heads,
        "dropout": options.dropout,
    }
    if options.initial == "scratch":
        texts = (text for pair in pairs for text in (pair.document, pair.summary))
        tokenizer = train_tokenizer(texts, options.vocab_size)
        try:
            config = ModelConfig(
                vocab_size=len(tokenizer.vocabulary),
                d_model=options.d_model,
                n_heads=options.n_heads,
                n_layers=options.n_layers,
                d_ff=4 * options.d_model,
                max_src=max(options.max_src, 16),
                max_tgt=max(options.max_tgt, 128),
                **choices,
            )
            model = PointerGenerator(config)
        except ValueError as error:
            raise UsageError(f"these sizes make no model: {error}") from error
        return model, tokenizer, {name for name, _ in model.named_parameters()}
    folder = find_model(options.initial)
    if is_encoder(folder):
        return warm_start(folder, **choices)
    model, tokenizer = load_model(folder)
    return model, tokenizer, set()


def set_output_bias(model: PointerGenerator, pairs: list[Pair]) -> None:
    """Start the output layer from how often each piece is written: the first steps need not learn that."""
    counts = np.bincount(
        np.concatenate([p.tgt for p in pairs]), minlength=model.config.vocab_size
    ).astype(np.float64)
    frequencies = (counts + 0.1) / (counts + 0.1).sum()
    with torch.no_grad():
        model.output_bias.copy_(torch.from_numpy(np.log(frequencies) - np.log(frequencies).mean()))


class Trainer:
    """One run: its data, model, optimizer and place in the schedule."""

    def __init__(self, options: TrainingOptions, run: Path, resume: bool = False) -> None:
        """Raises DataError, CheckpointError or UsageError where the run cannot start."""
        self.options, self.run_folder = options, run
        if not resume and (run / STATE).exists():
            raise UsageError(f"{run} already holds a run: --resume continues it, another --output starts anew")
        if resume and not (run / STATE).exists():
            raise CheckpointError(f"{run} holds no run to resume")
        torch.manual_seed(options.seed)
        texts = list(read_pairs(Path(options.train), options.document_field, options.summary_field))
        self.model, self.tokenizer, new = build_model(options, texts)
        self.max_src = min(options.max_src, self.model.config.max_src)
        self.max_tgt = min(options.max_tgt, self.model.config.max_tgt)
        self.pairs = encode_pairs(texts, self.tokenizer, self.max_src)
        if not self.pairs:
            raise DataError(f"{options.train}: no pair has both a document and a summary")
        self.validation_texts = self._validation_texts()
        self.validation_pairs = encode_pairs(self.validation_texts, self.tokenizer, self.max_src)
        if "output_bias" in new:
            set_output_bias(self.model, self.pairs)
        self.model.to(options.device)
        self.optimizer = self._build_optimizer(new)
        self.lengths = np.array(
            [
                (-(-min(len(p.src) + 2, self.max_src) // 80), min(len(p.tgt), self.max_tgt))
                for p in self.pairs
            ]
        )
        per_epoch = len(epoch_order(self.lengths, options.batch_size, options.seed, 0))
        self.total_steps = options.steps or max(1, math.ceil(options.epochs * per_epoch))
        self.step = 0
        self.best: float | None = None
        self.window: list[float] = []  # losses since the last log line
        self.stop_signal: int | None = None
        if resume:
            self._resume()
        run.mkdir(parents=True, exist_ok=True)
        write_atomically(run / OPTIONS, json.dumps(dataclasses.asdict(options), indent=2) + "\n")

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
        load_state(path, self.model, self.optimizer)
        progress = load_progress(path)
        self.step, self.best, self.window = progress["step"], progress["best"], progress["window"]
        log = self.run_folder / LOG
        if log.exists():  # what was logged after the state was saved will be logged again
            lines = [x for x in log.read_text().splitlines() if json.loads(x)["step"] <= self.step]
            write_atomically(log, "".join(f"{line}\n" for line in lines))

    def save(self) -> None:
        """Write all that the run continues from."""
        progress = {"step": self.step, "best": self.best, "window": self.window}
        save_state(self.run_folder / STATE, self.model, self.optimizer, progress)

    def run(
        self, report: Callable[[Progress], None] = lambda _: None, max_minutes: float | None = None
    ) -> bool:
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
        o = self.options
        src, tgt = collate([self.pairs[i] for i in indices], self.max_src, self.max_tgt)
        factor = learning_rate_factor(self.step, self.total_steps, o.warmup_steps, o.decay)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak_lr"] * factor
        loss = self._loss(src, tgt)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), o.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss.item()

    def _loss(self, src: Tensor, tgt: Tensor) -> Tensor:
        o = self.options
        with torch.autocast(torch.device(o.device).type, torch.bfloat16, enabled=o.precision == "bf16"):
            return self.model.loss(src.to(o.device), tgt.to(o.device), o.coverage_weight)

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
        """Loss on the validation sample; keeps the weights where it is the best so far."""
        self.model.eval()
        figures: dict[str, float] = {}
        if self.validation_pairs:
            figures["validation_loss"] = round(self.validation_loss(), 4)
        score = -figures["validation_loss"] if figures else float(self.step)
        if self.best is None or score > self.best:
            self.best = score
            save_model(self.run_folder / BEST, self.model, self.tokenizer)
        self.model.train()
        return self._record(figures)

    @torch.no_grad()
    def validation_loss(self) -> float:
        """Mean loss per piece over the validation sample."""
        total = pieces = 0.0
        size = self.options.batch_size
        order = sorted(range(len(self.validation_pairs)), key=lambda i: len(self.validation_pairs[i].src))
        for start in range(0, len(order), size):
            chosen = [self.validation_pairs[i] for i in order[start : start + size]]
            src, tgt = collate(chosen, self.max_src, self.max_tgt)
            n = tgt.ne(0).sum().item()
            total, pieces = total + self._loss(src, tgt).item() * n, pieces + n
        return total / pieces

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
