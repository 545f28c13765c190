"""Compare four pointers on one budget: additive and scaled dot-product attention, with one head and with several.

    python scripts/compare_attention.py runs/attention                # dates, about a quarter of an hour on two cores
    python scripts/compare_attention.py runs/attention --news-train runs/news-train.jsonl \
        --news-validation cnndm-validation.jsonl.xz --encoder .../model         # and news, about an hour

Each is trained with the program's trainer, from the same start on the same pairs in the same order, and scored; its
attention is measured on the references. The figures go to results.json in the output folder; scripts/draw_attention.py
puts them and the pictures into docs/attention. A stopped run resumes with the same command.
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
from summarize.network.attention import AttentionType
from summarize.network.pointer_generator import MIN_PROBABILITY, PointerGenerator, shift_right
from summarize.pipeline.summarizer import Summarizer
from summarize.pipeline.summary import Summary
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import PAD
from summarize.training import Trainer, TrainingOptions
from summarize.training.batches import Pair, collate
from summarize.training.pairs import encode_pairs
from summarize.training.run_folder import BEST, LOG, STATE

POINTERS: dict[str, tuple[AttentionType, int]] = {  # by name: attention type and number of heads
    "additive": ("additive", 1),
    "scaled dot-product": ("scaled_dot_product", 1),
    "additive, four heads": ("additive", 4),
    "scaled dot-product, four heads": ("scaled_dot_product", 4),
}
# A small model from scratch: a pre-trained encoder knows nothing of dates.
DATES: dict[str, Any] = {
    "vocab_size": 200, "d_model": 64, "n_heads": 4, "n_layers": 1, "max_src": 64, "max_tgt": 16, "batch_size": 64,
    "steps": 6000, "learning_rate": 1e-3, "new_learning_rate": 1e-3, "warmup_steps": 100, "validate_every": 1500,
    "rouge_examples": 0, "keep_validated": True, "precision": "fp32",
}  # fmt: skip
NEWS: dict[str, Any] = {"max_src": 256, "max_tgt": 80, "validate_every": 10_000, "rouge_examples": 0}
N_MEASURED = 200  # pairs whose attention is measured
EXAMPLE, ANSWER = "t h e _ t h i r d _ o f _ m a r c h , _ 1 9 9 5", "1 9 9 5 - 0 3 - 0 3"
SHOWN_STEP = 9  # of the answer, the token whose attention is shown in numbers: the last digit of the day
N_SHOWN = 5  # tokens that it attends to most


def run_folder(root: Path, task: str, pointer: str) -> Path:
    """The folder of a pointer's run."""
    return root / task / pointer.replace(",", "").replace(" ", "-")


def train(run: Path, pointer: str, train: Path, validation: Path, **options: Any) -> Path:
    """Train one pointer, or resume its run; returns the folder of its best weights."""
    attention_type, n_heads = POINTERS[pointer]
    settings = TrainingOptions(
        str(train), str(validation), pointer_attention=attention_type, pointer_heads=n_heads, **options
    )
    trainer = Trainer(settings, run, resume=(run / STATE).exists())
    if not trainer.run(lambda p: click.echo(f"{pointer}: step {p.step} of {p.total_steps} {p.figures}", err=True)):
        sys.exit("stopped and saved; the same command resumes the run")
    return run / BEST


def pointer_weights(model: PointerGenerator, pair: Pair, max_src: int) -> tuple[Tensor, Tensor]:
    """The pointer's attention while a reference is decoded, (h, T, S), and p_gen (T,)."""
    batch = collate([pair], max_src, model.config.max_tgt)
    weights: list[Tensor] = []
    with torch.no_grad():
        decoded = model.decode(shift_right(batch.tgt), model.encode(batch.src), observe=weights.append)
    length = int(batch.tgt.ne(PAD).sum())
    return weights[-1][0, :, :length], decoded.p_gen[0, :length]


def measures(model: PointerGenerator, pairs: Sequence[Pair], max_src: int) -> dict[str, float]:
    """Means over the tokens of references: the entropy (bits) of a head's attention and of the mean of the heads, the
    share of the most attended token, and the probability of copying."""
    entropy, entropy_of_mean, sharpness, copied = [], [], [], []
    for pair in pairs:
        weights, p_gen = pointer_weights(model, pair, max_src)
        entropy.append(_entropy(weights).mean().item())
        entropy_of_mean.append(_entropy(weights.mean(0)).mean().item())
        sharpness.append(weights.max(-1).values.mean().item())
        copied.append(1 - p_gen.mean().item())
    figures = {"entropy": entropy, "entropy_of_mean": entropy_of_mean, "sharpness": sharpness, "copied": copied}
    return {name: float(np.mean(values)) for name, values in figures.items()}


def _entropy(weights: Tensor) -> Tensor:
    return -(weights * weights.clamp_min(MIN_PROBABILITY).log2()).sum(-1)


def share_translated(model: PointerGenerator, tokenizer: Tokenizer, pairs: Sequence[TextPair]) -> float:
    """The share of dates whose whole ISO form is right."""
    # A month's number is not in the source, and a digit may follow itself.
    search = SearchOptions(max_src=64, beam_size=1, min_length=1, max_length=12, no_repeat_words=0, check_numbers=False)
    summaries = Summarizer.from_network(model, tokenizer, search).try_many([p.document for p in pairs], 64)
    texts = ["".join(s.text for s in own.sentences) if isinstance(own, Summary) else "" for own in summaries]
    is_right = [text.replace(" ", "") == p.summary.replace(" ", "") for text, p in zip(texts, pairs, strict=True)]
    return float(np.mean(is_right))


def alignment(model: PointerGenerator, tokenizer: Tokenizer, example: TextPair) -> dict[str, Any]:
    """The pointer's attention while one example is decoded: source and target tokens, and a matrix for each head."""
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


def one_step(model: PointerGenerator, tokenizer: Tokenizer, example: TextPair, step: int) -> list[dict[str, Any]]:
    """The first head of the pointer at one step of an example: of the source tokens that it attends to most, their
    scores, their shares, and the cosine of their values and the context."""
    (pair,) = encode_pairs([example], tokenizer, model.config.max_src)
    batch = collate([pair], model.config.max_src, model.config.max_tgt)
    queries: list[Tensor] = []
    hook = model.pointer.query_projection.register_forward_hook(lambda module, inputs, output: queries.append(output))
    with torch.no_grad():
        memory = model.encode(batch.src)
        model.decode(shift_right(batch.tgt), memory)
        hook.remove()
        key, value = (part[0, 0] for part in memory.pointer)
        query = model.pointer.split_heads(queries[0])[0, 0, step : step + 1]
        scores = model.pointer.attention.scores(query, key)[0].masked_fill(batch.src[0] == PAD, -torch.inf)
        shares = scores.softmax(-1)
        cosines = torch.cosine_similarity(shares @ value, value, dim=-1)
    names = [tokenizer.vocabulary[i] for i in batch.src[0].tolist()]
    top = shares.argsort(descending=True)[:N_SHOWN].tolist()
    in_context = ["".join(names[max(0, i - 3) : i]) + f"[{names[i]}]" + "".join(names[i + 1 : i + 4]) for i in top]
    columns = {"score": scores, "share": shares, "likeness": cosines}
    figures = [{name: round(values[i].item(), 3) for name, values in columns.items()} for i in top]
    return [{"token": text, **own} for text, own in zip(in_context, figures, strict=True)]


def losses(log: Path) -> list[tuple[int, float]]:
    """(step, training loss) of each line of a run's log."""
    rows = (json.loads(line) for line in log.read_text().splitlines())
    return [(row["step"], row["loss"]) for row in rows if "loss" in row]


def compare_dates(root: Path) -> dict[str, Any]:
    """Train on dates. For each pointer: the share that it translates right, also during training, its measures, the
    alignment of one date, and one step of it in numbers."""
    root.mkdir(parents=True, exist_ok=True)
    paths = {"train": (20_000, 0), "validation": (500, 1), "test": (1_000, 2)}
    for name, (count, seed) in paths.items():
        if not (root / f"{name}.jsonl").exists():
            make_dates([str(root / f"{name}.jsonl"), "--pairs", str(count), "--seed", str(seed)], standalone_mode=False)
    seen = {pair.document for pair in read_pairs(root / "train.jsonl")}
    test = [pair for pair in read_pairs(root / "test.jsonl") if pair.document not in seen]
    results: dict[str, Any] = {"documents": len(test), "pointers": {}}
    for pointer in POINTERS:
        folder = run_folder(root.parent, root.name, pointer)
        model, tokenizer, _ = load_model(
            train(folder, pointer, root / "train.jsonl", root / "validation.jsonl", **DATES)
        )
        pairs, example = encode_pairs(test[:N_MEASURED], tokenizer, 64), TextPair("", EXAMPLE, ANSWER)
        steps = range(DATES["validate_every"], DATES["steps"] + 1, DATES["validate_every"])
        learned = {n: share_translated(load_model(folder / f"step-{n}")[0], tokenizer, test) for n in steps}
        results["pointers"][pointer] = {
            "exact": share_translated(model, tokenizer, test),
            "learned": learned,
            **measures(model, pairs, 64),
            "alignment": alignment(model, tokenizer, example),
            "one_step": one_step(model, tokenizer, example, SHOWN_STEP),
        }
    return results


def compare_news(root: Path, encoder: Path, news: Path, validation: Path, steps: int, every: int) -> dict[str, Any]:
    """Train on news: ROUGE with intervals and significance by `summarize evaluate`, and each pointer's measures."""
    folders = {
        pointer: train(run_folder(root.parent, root.name, pointer), pointer, news, validation,
                       initial=str(encoder), steps=steps, **NEWS)
        for pointer in POINTERS
    }  # fmt: skip
    command = [sys.executable, "-m", "summarize", "evaluate", str(validation), "--where", "official_mix=true",
               "--every", str(every), "--format", "json", "--only-rouge"]  # fmt: skip
    for folder in folders.values():
        command += ["--model", str(folder)]
    scores = json.loads(subprocess.run([*command, "--compare"], check=True, stdout=subprocess.PIPE).stdout)
    texts = [
        pair for pair, _ in zip(read_pairs(validation, where="official_mix=true"), range(N_MEASURED), strict=False)
    ]
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
@click.option(
    "--news-train", type=click.Path(exists=True, path_type=Path), help="Pairs to train on; without them, only dates."
)
@click.option("--news-validation", type=click.Path(exists=True, path_type=Path))
@click.option("--encoder", type=click.Path(exists=True, path_type=Path), help="A BERT-shaped encoder to start from.")
@click.option("--steps", default=400, show_default=True, help="Training steps on news, of 16 pairs.")
@click.option("--every", default=20, show_default=True, help="Score every Nth row of --news-validation.")
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
