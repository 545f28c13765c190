"""What a run needs before its first step: pairs as ids, the initial model, and what the data say about both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from summarize.checkpoints.lora import adapt
from summarize.checkpoints.model_folder import find_model, load_model
from summarize.checkpoints.warm_start import is_encoder, warm_start
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import TextPair
from summarize.errors import UsageError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.tokenizer import Tokenizer, train_tokenizer
from summarize.text.vocabulary import N_SPECIAL
from summarize.training.batches import Pair
from summarize.training.options import TrainingOptions

SHORTLIST = 10_000  # tokens that are generated; see models/LOG.md


def build_model(
    options: TrainingOptions, pairs: Callable[[], list[TextPair]], tokenizer: Tokenizer | None = None
) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """The model a run starts from, its tokenizer, and the names of its freshly initialised parameters.

    pairs: gives those that a tokenizer is learned from; tokenizer: for a model from scratch, instead of a new one.
    """
    pointer = {"pointer_attention": options.pointer_attention, "pointer_heads": options.pointer_heads}
    pointer = {name: value for name, value in pointer.items() if value is not None}
    if options.sentencewise and not options.salience_weight:
        raise UsageError("--sentencewise needs --salience-weight: what is written are the sentences most worth telling")
    choices: dict[str, Any] = {"dropout": options.dropout, "salience": options.salience_weight > 0} | pointer
    choices["sentencewise"] = bool(options.sentencewise)
    if options.only and (options.initial == "scratch" or is_encoder(find_model(options.initial))):
        raise UsageError(f"--only {options.only} changes a summarizer that is there: name one with --from")
    if options.initial == "scratch":
        tokenizer = tokenizer or _train_tokenizer(pairs(), options.vocab_size)
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
    model, tokenizer, _ = load_model(folder)
    for name, value in pointer.items():
        if getattr(model.config, name) != value:
            option = f"--{name.replace('_', '-')} {value}"
            raise UsageError(f"{option}: {options.initial} has {getattr(model.config, name)}, which cannot be changed")
    model, new = with_parts(model, options.salience_weight > 0, options.sentencewise)
    model.set_dropout(options.dropout)
    if options.only:
        new = _as_style(model, new, options)
    return model, tokenizer, new


def _as_style(model: PointerGenerator, new: set[str], options: TrainingOptions) -> set[str]:
    """Have a model learn a style; returns the names of what is learned."""
    if new:
        part = "salience" if any(name.startswith("salience") for name in new) else "sentences by themselves"
        raise UsageError(f"{options.initial} has not learned {part}, and --only {options.only} cannot teach it that")
    return adapt(model, options.rank, model.config.sentencewise)


def _train_tokenizer(pairs: list[TextPair], vocab_size: int) -> Tokenizer:
    return train_tokenizer((text for pair in pairs for text in (pair.document, pair.summary)), vocab_size)


def with_parts(model: PointerGenerator, salience: bool, sentencewise: bool | None) -> tuple[PointerGenerator, set[str]]:
    """The model with a salience head, and with or without marks for sentences (None: as it is), and the new
    parameters' names."""
    own = model.config
    told = own.sentencewise if sentencewise is None else sentencewise
    config = dataclasses.replace(own, salience=salience or own.salience, sentencewise=told)
    if config == model.config:
        return model, set()
    wider = PointerGenerator(config)
    missing = wider.load_state_dict(model.state_dict(), strict=False).missing_keys
    return wider, set(missing)


def build_optimizer(model: PointerGenerator, options: TrainingOptions, new: set[str]) -> torch.optim.AdamW:
    """AdamW in up to four groups: new or given parameters, with weight decay (matrices) or without. Raises UsageError
    where nothing is left to be trained."""
    o = options
    unknown = [p for p in o.freeze if not any(n.startswith(p) for n, _ in model.named_parameters())]
    if unknown:
        raise UsageError(f"no parameter's name begins with {unknown[0]!r}, so it cannot be frozen")
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        learned = name in new or not o.only
        parameter.requires_grad_(learned and not name.startswith(tuple(o.freeze)))
        if parameter.requires_grad:
            groups.setdefault((name in new, parameter.dim() > 1), []).append(parameter)
    if not groups:
        raise UsageError("everything is frozen: there is nothing to train")
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": 0.0,
                "peak_lr": o.new_rate if is_new else o.learning_rate,
                "weight_decay": o.weight_decay if is_matrix else 0.0,
            }
            for (is_new, is_matrix), parameters in groups.items()
        ],
        betas=(0.9, 0.98),
        fused=True,
    )


def set_output_bias(model: PointerGenerator, pairs: list[Pair]) -> None:
    """Start the output layer from how often each token is written: the first steps need not learn that."""
    counts = np.bincount(np.concatenate([p.tgt for p in pairs]), minlength=model.config.vocab_size).astype(np.float64)
    frequencies = (counts + 0.1) / (counts + 0.1).sum()
    with torch.no_grad():
        model.output_bias.copy_(torch.from_numpy(np.log(frequencies) - np.log(frequencies).mean()))


def shorten(model: PointerGenerator, pairs: list[Pair]) -> None:
    """Have a search generate only what these summaries are mostly written of, and copy all else."""
    counts = np.bincount(np.concatenate([p.tgt for p in pairs]), minlength=model.config.vocab_size)
    counts[:N_SPECIAL] = counts.max() + 1
    if len(counts) > SHORTLIST:
        often = np.argsort(-counts, kind="stable")[:SHORTLIST]  # of those as rare the first: vocabularies begin with
        model.shorten(torch.from_numpy(np.sort(often)))  # what is frequent anywhere


def usual_lengths(pairs: list[Pair], max_src: int, max_tgt: int, whole: bool = False) -> SearchOptions:
    """For searching: summaries as long as this data's, from the 10th to the 99th percentile, in tokens; whole: one of
    each document, however long."""
    shortest, longest = np.percentile([len(p.tgt) - 1 for p in pairs], [10, 99])
    longest = min(int(longest), max_tgt - 1)
    shortest = min(int(shortest), longest)
    return SearchOptions(max_src=max_src, min_length=shortest, max_length=max(longest, 1), whole=whole)
