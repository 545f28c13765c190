"""What a run needs before its first step: pairs as ids, the initial model, and what the data say about both."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch

from summarize.batching import Pair
from summarize.checkpoints import find_model, is_encoder, load_model, warm_start
from summarize.documents import TextPair
from summarize.errors import UsageError
from summarize.model import ModelConfig, PointerGenerator
from summarize.oracle import greedy_oracle
from summarize.search import SearchOptions
from summarize.sentences import sentence_spans
from summarize.tokenizer import Encoding, Tokenizer, train_tokenizer
from summarize.training.options import TrainingOptions

# Of a document, what salience is learned on: so many windows.
WINDOWS = 4


def encode_pairs(pairs: list[TextPair], tokenizer: Tokenizer, max_src: int, salience: bool = False) -> list[Pair]:
    """Texts to id sequences; pairs with nothing on one side are left out. salience: with sentences and the oracle's
    choice of them, and with what lies beyond the first max_src pieces."""
    kept = [(p.document, [s for s in p.summary.splitlines() if s.strip()]) for p in pairs]
    kept = [(document, sentences) for document, sentences in kept if document.strip() and sentences]
    encoded: list[Pair] = []
    most = max_src * WINDOWS if salience else max_src
    for start in range(0, len(kept), 512):
        chunk = kept[start : start + 512]
        # A piece has seldom over 8 characters: what lies beyond is never read and need not be encoded.
        sources = tokenizer.encode_batch([document[: most * 12] for document, _ in chunk])
        for source, (_, sentences) in zip(sources, chunk, strict=True):
            tgt = np.array(tokenizer.encode_summary(sentences), dtype=np.int32)
            src = np.array(source.ids[:most], dtype=np.int32)
            encoded.append(Pair(src, tgt, *(_salient(source, sentences, most) if salience else ())))
    return encoded


def _salient(source: Encoding, summary: list[str], most: int) -> tuple[np.ndarray, np.ndarray]:
    """The sentence of each of the first pieces, and the sentences that the oracle chooses of the document."""
    spans = sentence_spans(source.text)
    chosen = greedy_oracle([source.text[start:end] for start, end in spans], "\n".join(summary))
    return source.sentence_numbers(spans)[:most], np.array(chosen, dtype=np.int64)


def build_model(
    options: TrainingOptions, pairs: list[TextPair], tokenizer: Tokenizer | None = None
) -> tuple[PointerGenerator, Tokenizer, set[str]]:
    """The model a run starts from, its tokenizer, and the names of its freshly initialised parameters.

    tokenizer: for a model from scratch, instead of a new one.
    """
    pointer = {"pointer_attention": options.pointer_attention, "pointer_heads": options.pointer_heads}
    pointer = {name: value for name, value in pointer.items() if value is not None}
    choices: dict[str, Any] = {"dropout": options.dropout, "salience": options.salience_weight > 0} | pointer
    if options.initial == "scratch":
        texts = (text for pair in pairs for text in (pair.document, pair.summary))
        tokenizer = tokenizer or train_tokenizer(texts, options.vocab_size)
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
    model, new = with_salience(model) if options.salience_weight > 0 else (model, set())
    model.set_dropout(options.dropout)
    return model, tokenizer, new


def with_salience(model: PointerGenerator) -> tuple[PointerGenerator, set[str]]:
    """The model with a salience head, and the names of the parameters that are new."""
    if model.config.salience:
        return model, set()
    wider = PointerGenerator(dataclasses.replace(model.config, salience=True))
    missing = wider.load_state_dict(model.state_dict(), strict=False).missing_keys
    return wider, set(missing)


def set_output_bias(model: PointerGenerator, pairs: list[Pair]) -> None:
    """Start the output layer from how often each piece is written: the first steps need not learn that."""
    counts = np.bincount(np.concatenate([p.tgt for p in pairs]), minlength=model.config.vocab_size).astype(np.float64)
    frequencies = (counts + 0.1) / (counts + 0.1).sum()
    with torch.no_grad():
        model.output_bias.copy_(torch.from_numpy(np.log(frequencies) - np.log(frequencies).mean()))


def usual_lengths(pairs: list[Pair], max_src: int, max_tgt: int) -> SearchOptions:
    """For searching: summaries as long as this data's, from the 10th to the 99th percentile, in pieces."""
    shortest, longest = np.percentile([len(p.tgt) - 1 for p in pairs], [10, 99])
    longest = min(int(longest), max_tgt - 1)
    return SearchOptions(max_src=max_src, min_length=min(int(shortest), longest), max_length=max(longest, 1))
