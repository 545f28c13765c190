"""What a run needs before its first step: the initial model, the optimizer, and what the pairs determine of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from summarize.checkpoints.lora import add_low_rank_changes
from summarize.checkpoints.model_folder import find_model, load_model
from summarize.checkpoints.warm_start import is_encoder, warm_start
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import TextPair
from summarize.errors import UsageError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator
from summarize.text.language import foreign_language
from summarize.text.tokenizer import Tokenizer, train_tokenizer
from summarize.text.vocabulary import N_SPECIAL
from summarize.training.batches import Pair
from summarize.training.options import TrainingOptions

SHORTLIST_SIZE = 10_000  # tokens that a search may generate; models/LOG.md has the measurement
LANGUAGE_SAMPLE = 200  # pairs, in which the language of a model from scratch is recognised
LENGTH_PERCENTILES = 10, 99  # of the training summaries: the shortest and longest that a search generates


def build_model(
    options: TrainingOptions,
    read_texts: Callable[[], list[TextPair]],
    tokenizer: Tokenizer | None = None,
    language: str = "English",
) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """The initial model of a run, its tokenizer, and the names of its new parameters, which were not trained before.

    read_texts: gives the pairs that a tokenizer is trained on. tokenizer, language: for a model from scratch, instead
    of a new tokenizer and the language of the pairs. Raises UsageError or CheckpointError if the options make no model.
    """
    pointer = {"pointer_attention": options.pointer_attention, "pointer_heads": options.pointer_heads}
    pointer = {name: value for name, value in pointer.items() if value is not None}
    if options.only and (options.initial == "scratch" or is_encoder(find_model(options.initial))):
        raise UsageError(f"only={options.only!r} needs a trained summarizer to change, not initial={options.initial!r}")
    has_salience = options.salience_weight > 0
    parts: dict[str, Any] = {
        "dropout": options.dropout, "salience": has_salience, "sentencewise": bool(options.sentencewise), **pointer
    }  # fmt: skip
    if options.initial == "scratch":
        if tokenizer is None:
            tokenizer, language = _train_tokenizer(read_texts(), options.vocab_size), pairs_language(read_texts())
        return _from_scratch(options, tokenizer, parts | {"language": language})
    folder = find_model(options.initial)
    if is_encoder(folder):
        return warm_start(folder, **parts)
    model, tokenizer, _ = load_model(folder)
    for name, value in pointer.items():
        if (trained := getattr(model.config, name)) != value:
            raise UsageError(f"{name}={value!r}: {options.initial} has {trained!r}, which cannot be changed")
    model, new = with_parts(model, has_salience, options.sentencewise)
    model.set_dropout(options.dropout)
    if options.only:
        new = _train_style_only(model, new, options)
    return model, tokenizer, new


def _from_scratch(
    options: TrainingOptions, tokenizer: Tokenizer, parts: dict[str, Any]
) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """A model with random weights, of the sizes in the options; parts: the other fields of its ModelConfig."""
    try:
        config = ModelConfig(
            vocab_size=len(tokenizer.vocabulary),
            d_model=options.d_model,
            n_heads=options.n_heads,
            n_layers=options.n_layers,
            d_ff=4 * options.d_model,
            max_src=max(options.max_src, 16),
            max_tgt=max(options.max_tgt, 128),
            **parts,
        )
        model = PointerGenerator(config)
    except ValueError as error:
        raise UsageError(f"these sizes make no model: {error}") from error
    return model, tokenizer, {name for name, _ in model.named_parameters()}


def pairs_language(texts: Sequence[TextPair]) -> str:
    """The language of most of the text of a sample of pairs; "English" if it is not clearly another."""
    sample = texts[:: max(1, len(texts) // LANGUAGE_SAMPLE)]
    return foreign_language("\n".join(f"{pair.document[:1000]}\n{pair.summary}" for pair in sample)) or "English"


def _train_style_only(model: PointerGenerator, new: set[str], options: TrainingOptions) -> set[str]:
    """Add a style's low-rank changes to a model; returns the names of their parameters. new: the model's own new ones.

    Raises UsageError if there are any: a style cannot train them.
    """
    if new:
        part = "salience" if any(name.startswith("salience") for name in new) else "sentence-by-sentence generation"
        raise UsageError(f"{options.initial} was not trained for {part}, and only={options.only!r} cannot add it")
    return add_low_rank_changes(model, options.rank)


def _train_tokenizer(pairs: list[TextPair], vocab_size: int) -> Tokenizer:
    """A tokenizer that keeps case and accents: not all languages can be read without them."""
    return train_tokenizer(
        (text for pair in pairs for text in (pair.document, pair.summary)), vocab_size, is_cased=True
    )


def with_parts(model: PointerGenerator, salience: bool, sentencewise: bool | None) -> tuple[PointerGenerator, set[str]]:
    """The model with a salience head, if salience is True, and with or without sentence marks (None: as it is).

    Returns also the names of the new parameters.
    """
    config = dataclasses.replace(
        model.config,
        salience=salience or model.config.salience,
        sentencewise=model.config.sentencewise if sentencewise is None else sentencewise,
    )
    if config == model.config:
        return model, set()
    extended = PointerGenerator(config)
    missing = extended.load_state_dict(model.state_dict(), strict=False).missing_keys
    return extended, set(missing)


def build_optimizer(model: PointerGenerator, options: TrainingOptions, new: set[str]) -> torch.optim.AdamW:
    """AdamW in up to four groups: new or trained parameters, with weight decay (matrices) or without.

    It also freezes all other parameters. Raises UsageError if no parameter is left to train.
    """
    o = options
    unknown = [p for p in o.freeze if not any(n.startswith(p) for n, _ in model.named_parameters())]
    if unknown:
        raise UsageError(f"freeze: no parameter's name begins with {unknown[0]!r}")
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        is_trained = name in new or not o.only
        parameter.requires_grad_(is_trained and not name.startswith(tuple(o.freeze)))
        if parameter.requires_grad:
            groups.setdefault((name in new, parameter.dim() > 1), []).append(parameter)
    if not groups:
        raise UsageError("freeze: every parameter is frozen, there is nothing to train")
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
    """Start the output bias from the frequency of each token in the summaries, so that no step needs to learn it."""
    counts = _token_counts(model, pairs).astype(np.float64)
    frequencies = (counts + 0.1) / (counts + 0.1).sum()
    with torch.no_grad():
        model.output_bias.copy_(torch.from_numpy(np.log(frequencies) - np.log(frequencies).mean()))


def set_shortlist(model: PointerGenerator, pairs: list[Pair]) -> None:
    """Let a search generate only the SHORTLIST_SIZE most frequent tokens of the summaries; it copies all others."""
    counts = _token_counts(model, pairs)
    counts[:N_SPECIAL] = counts.max() + 1
    if len(counts) > SHORTLIST_SIZE:
        # Among equally frequent tokens the first: a vocabulary begins with those that are frequent everywhere.
        most_frequent = np.argsort(-counts, kind="stable")[:SHORTLIST_SIZE]
        model.set_shortlist(torch.from_numpy(np.sort(most_frequent)))


def _token_counts(model: PointerGenerator, pairs: list[Pair]) -> np.ndarray:
    """How often each token of the vocabulary is in the summaries, (V,)."""
    return np.bincount(np.concatenate([p.tgt for p in pairs]), minlength=model.config.vocab_size)


def search_options(pairs: list[Pair], max_src: int, max_tgt: int, whole: bool = False) -> SearchOptions:
    """A search for summaries as long as those of the pairs, in tokens, within LENGTH_PERCENTILES.

    whole: one summary of each document, however long the document is.
    """
    shortest, longest = np.percentile([len(p.tgt) - 1 for p in pairs], LENGTH_PERCENTILES)
    longest = min(int(longest), max_tgt - 1)
    shortest = min(int(shortest), longest)
    return SearchOptions(max_src=max_src, min_length=shortest, max_length=max(longest, 1), whole=whole)
