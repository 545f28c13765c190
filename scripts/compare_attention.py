"""Four pointers under one budget: additive and scaled dot-product attention, of one head and of several.

    python scripts/compare_attention.py runs/attention                # dates, about a quarter of an hour on two cores
    python scripts/compare_attention.py runs/attention --news-train runs/news-train.jsonl \
        --news-validation cnndm-validation.jsonl.xz --encoder .../model         # and news, about an hour

Each is trained from the same start on the same pairs in the same order, with the trainer that the program has, and
scored; what its attention is like is measured on the references. Figures go to results.json in the output folder, and
from there, with the pictures, to docs/attention by scripts/draw_attention.py. Stopped, it goes on where it was.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from make_dates import main as make_dates
from torch import Tensor

from summarize.checkpoints.model_folder import load_model
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import TextPair, read_pairs
from summarize.network.pointer_generator import PointerGenerator, shift_right
from summarize.pipeline.summarizer import Summarizer, Summary
from summarize.text.tokenizer import Tokenizer
from summarize.training import Trainer, TrainingOptions
from summarize.training.batches import Pair, collate
from summarize.training.pairs import encode_pairs
from summarize.training.trainer import LOG, STATE

POINTERS = {
    "additive": ("additive", 1),
    "scaled dot-product": ("scaled_dot_product", 1),
    "additive, four heads": ("additive", 4),
    "scaled dot-product, four heads": ("scaled_dot_product", 4),
}
# A small model from nothing: dates have neither words nor sentences that an encoder could know.
DATES: dict[str, Any] = {
    "vocab_size": 200, "d_model": 64, "n_heads": 4, "n_layers": 1, "max_src": 64, "max_tgt": 16, "batch_size": 64,
    "steps": 6000, "learning_rate": 1e-3, "new_learning_rate": 1e-3, "warmup_steps": 100, "validate_every": 1500,
    "rouge_examples": 0, "keep_validated": True, "precision": "fp32",
}  # fmt: skip
NEWS: dict[str, Any] = {"max_src": 256, "max_tgt": 80, "validate_every": 10_000, "rouge_examples": 0}
MEASURED = 200  # pairs whose attention is measured
EXAMPLE, ANSWER = "t h e _ t h i r d _ o f _ m a r c h , _ 1 9 9 5", "1 9 9 5 - 0 3 - 0 3"
WRITTEN = 9  # of the answer, the token whose attention is shown in numbers: the last figure of the day
SHOWN = 5  # tokens that it attends to most


def folder_of(root: Path, task: str, pointer: str) -> Path:
    """Where the run of a pointer lies."""
    return root / task / pointer.replace(",", "").replace(" ", "-")


def train(run: Path, pointer: str, train: Path, validation: Path, **options: Any) -> Path:
    """Train one pointer, or go on with it; the folder of its model."""
    kind, heads = POINTERS[pointer]
    settings = TrainingOptions(str(train), str(validation), pointer_attention=kind, pointer_heads=heads, **options)  # type: ignore[arg-type]
    trainer = Trainer(settings, run, resume=(run / STATE).exists())
    if not trainer.run(lambda p: click.echo(f"{pointer}: step {p.step} of {p.total_steps} {p.figures}", err=True)):
        sys.exit("stopped and saved; the same command goes on")
    return run / "best"


def pointer_weights(model: PointerGenerator, pair: Pair, max_src: int) -> tuple[Tensor, Tensor]:
    """The pointer's attention in writing a reference, (h, T, S), and p_gen (T,)."""
    batch = collate([pair], max_src, model.config.max_tgt)
    seen: list[Tensor] = []
    with torch.no_grad():
        decoded = model.decode(shift_right(batch.tgt), model.encode(batch.src), observe=seen.append)
    length = int(batch.tgt.ne(0).sum())
    return seen[-1][0, :, :length], decoded.p_gen[0, :length]


def measures(model: PointerGenerator, pairs: Sequence[Pair], max_src: int) -> dict[str, float]:
    """Means over the tokens of references: entropy of a head's attention (bits) and of the mean of the heads, the share
    that the best attended token has, and how much is copied."""
    entropy, of_mean, sharpness, copied = [], [], [], []
    for pair in pairs:
        weights, p_gen = pointer_weights(model, pair, max_src)
        entropy.append(_entropy(weights).mean().item())
        of_mean.append(_entropy(weights.mean(0)).mean().item())
        sharpness.append(weights.max(-1).values.mean().item())
        copied.append(1 - p_gen.mean().item())
    figures = {"entropy": entropy, "entropy_of_mean": of_mean, "sharpness": sharpness, "copied": copied}
    return {name: float(np.mean(values)) for name, values in figures.items()}


def _entropy(weights: Tensor) -> Tensor:
    return -(weights * weights.clamp_min(1e-30).log2()).sum(-1)


def translated(model: PointerGenerator, tokenizer: Tokenizer, pairs: Sequence[TextPair]) -> float:
    """The share of dates whose ISO form is found, to the last figure."""
    # A month's number is not in the source, and the same figure may well come twice.
    search = SearchOptions(max_src=64, beam_size=1, min_length=1, max_length=12, no_repeat_words=0, check_numbers=False)
    found = Summarizer(model, tokenizer, search).try_many([p.document for p in pairs], 64)
    texts = ["".join(s.text for s in f.sentences) if isinstance(f, Summary) else "" for f in found]
    right = [text.replace(" ", "") == p.summary.replace(" ", "") for text, p in zip(texts, pairs, strict=True)]
    return float(np.mean(right))


def alignment(model: PointerGenerator, tokenizer: Tokenizer, example: TextPair) -> dict[str, Any]:
    """What the pointer attends to in writing one example: its tokens, the answer's, and a matrix for each head."""
    (pair,) = encode_pairs([example], tokenizer, model.config.max_src)
    weights, p_gen = pointer_weights(model, pair, model.config.max_src)
    names = tokenizer.vocabulary
    source = [names[i] for i in pair.src]
    return {
        "source": source,
        "target": [names[i] for i in pair.tgt],
        "weights": weights[:, :, 1 : len(source) + 1].numpy().round(4).tolist(),
        "p_gen": p_gen.numpy().round(4).tolist(),
    }


def one_step(model: PointerGenerator, tokenizer: Tokenizer, example: TextPair, written: int) -> list[dict[str, Any]]:
    """What the pointer's first head does before it writes one token of an example: of the source tokens that it attends
    to most their score, their share, and how alike (cosine) their value and the context are."""
    (pair,) = encode_pairs([example], tokenizer, model.config.max_src)
    batch = collate([pair], model.config.max_src, model.config.max_tgt)
    queries: list[Tensor] = []
    hook = model.pointer.query_projection.register_forward_hook(lambda module, given, found: queries.append(found))
    with torch.no_grad():
        memory = model.encode(batch.src)
        model.decode(shift_right(batch.tgt), memory)
        hook.remove()
        key, value = (part[0, 0] for part in memory.pointer)
        query = model.pointer.split_heads(queries[0])[0, 0, written : written + 1]
        scores = model.pointer.attention.scores(query, key)[0].masked_fill(batch.src[0] == 0, -torch.inf)
        shares = scores.softmax(-1)
        likeness = torch.cosine_similarity(shares @ value, value, dim=-1)
    names = [tokenizer.vocabulary[i] for i in batch.src[0].tolist()]
    best = shares.argsort(descending=True)[:SHOWN].tolist()
    around = ["".join(names[max(0, i - 3) : i]) + f"[{names[i]}]" + "".join(names[i + 1 : i + 4]) for i in best]
    columns = {"score": scores, "share": shares, "likeness": likeness}
    figures = [{name: round(values[i].item(), 3) for name, values in columns.items()} for i in best]
    return [{"token": text, **own} for text, own in zip(around, figures, strict=True)]


def losses(log: Path) -> list[tuple[int, float]]:
    """(step, training loss) as a run went on."""
    rows = (json.loads(line) for line in log.read_text().splitlines())
    return [(row["step"], row["loss"]) for row in rows if "loss" in row]


def compare_dates(root: Path) -> dict[str, Any]:
    """Train on dates; per pointer the share that is translated right, also on the way there, measures, the alignment of
    one date and one step of it in numbers."""
    root.mkdir(parents=True, exist_ok=True)
    paths = {"train": (20_000, 0), "validation": (500, 1), "test": (1_000, 2)}
    for name, (count, seed) in paths.items():
        if not (root / f"{name}.jsonl").exists():
            make_dates([str(root / f"{name}.jsonl"), "--pairs", str(count), "--seed", str(seed)], standalone_mode=False)
    known = {pair.document for pair in read_pairs(root / "train.jsonl")}
    test = [pair for pair in read_pairs(root / "test.jsonl") if pair.document not in known]
    results: dict[str, Any] = {"documents": len(test), "pointers": {}}
    for pointer in POINTERS:
        folder = folder_of(root.parent, root.name, pointer)
        model, tokenizer, _ = load_model(
            train(folder, pointer, root / "train.jsonl", root / "validation.jsonl", **DATES)
        )
        pairs, example = encode_pairs(test[:MEASURED], tokenizer, 64), TextPair("", EXAMPLE, ANSWER)
        steps = range(DATES["validate_every"], DATES["steps"] + 1, DATES["validate_every"])
        learned = {n: translated(load_model(folder / f"step-{n}")[0], tokenizer, test) for n in steps}
        results["pointers"][pointer] = {
            "exact": translated(model, tokenizer, test),
            "learned": learned,
            **measures(model, pairs, 64),
            "alignment": alignment(model, tokenizer, example),
            "one_step": one_step(model, tokenizer, example, WRITTEN),
        }
    return results


def compare_news(root: Path, encoder: Path, news: Path, validation: Path, steps: int, every: int) -> dict[str, Any]:
    """Train on news; ROUGE with intervals and significance by `summarize evaluate`, and measures."""
    folders = {
        pointer: train(folder_of(root.parent, root.name, pointer), pointer, news, validation,
                       initial=str(encoder), steps=steps, **NEWS)
        for pointer in POINTERS
    }  # fmt: skip
    command = [sys.executable, "-m", "summarize", "evaluate", str(validation), "--where", "official_mix=true",
               "--every", str(every), "--format", "json", "--only-rouge"]  # fmt: skip
    for folder in folders.values():
        command += ["--model", str(folder)]
    scores = json.loads(subprocess.run([*command, "--compare"], check=True, stdout=subprocess.PIPE).stdout)
    texts = [pair for pair, _ in zip(read_pairs(validation, where="official_mix=true"), range(MEASURED), strict=False)]
    results: dict[str, Any] = {"evaluation": scores, "steps": steps, "pointers": {}}
    for pointer, folder in folders.items():
        model, tokenizer, _ = load_model(folder)
        pairs = encode_pairs(texts, tokenizer, NEWS["max_src"])
        results["pointers"][pointer] = {
            "losses": losses(folder.parent / LOG),
            **measures(model, pairs, NEWS["max_src"]),
        }
    return results


@click.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--news-train", type=click.Path(exists=True, path_type=Path), help="Pairs; without, dates only.")
@click.option("--news-validation", type=click.Path(exists=True, path_type=Path))
@click.option("--encoder", type=click.Path(exists=True, path_type=Path), help="A BERT-shaped encoder to start from.")
@click.option("--steps", default=400, show_default=True, help="Of 16 news pairs.")
@click.option("--every", default=20, show_default=True, help="Score every Nth validation row.")
def main(
    output: Path,
    news_train: Path | None,
    news_validation: Path | None,
    encoder: Path | None,
    steps: int,
    every: int,
) -> None:
    """Train and compare; write OUTPUT/results.json."""
    if news_train and not (news_validation and encoder):
        raise click.UsageError("news needs --news-validation and --encoder too")
    results = {"dates": compare_dates(output / "dates")}
    if news_train and news_validation and encoder:
        results["news"] = compare_news(output / "news", encoder, news_train, news_validation, steps, every)
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
