"""How a model's summaries are best searched for: a grid over lengths on validation rows, written into config.json.

    python scripts/tune_search.py runs/news/best cnndm-validation.jsonl.xz --write

Rows 1, 5, 9, … of the official mix (row 0, 4, 8, … are those that the model card's figure is taken from).
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import click

from summarize.checkpoints.files import CONFIG, write_atomically
from summarize.checkpoints.model_folder import load_config
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import read_pairs
from summarize.evaluation import RougeScorer, mean_scores
from summarize.pipeline.summarizer import Summarizer, Summary

# What is tried, and the field of SearchOptions that it is.
FIELDS = {
    "min_lengths": "min_length",
    "max_lengths": "max_length",
    "length_penalties": "length_penalty",
    "coverage_penalties": "coverage_penalty",
    "max_srcs": "max_src",
    "beam_sizes": "beam_size",
    "min_confidences": "min_confidence",
}


def numbers(text: str) -> list[float]:
    """A comma-separated list of numbers, whole ones as such."""
    return [int(x) if float(x).is_integer() else float(x) for x in text.split(",")]


def values(help_: str, default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that takes several values, all of which are tried."""
    name = f"--{help_.replace(' ', '-')}"
    return click.option(name, default=default, show_default=True, help="To try, separated by commas.")


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--documents", default=200, show_default=True)
@values("min lengths", "45,55,65")
@values("max lengths", "95")
@values("length penalties", "1,1.6")
@values("coverage penalties", "0")
@values("max srcs", "400,512")
@values("beam sizes", "4")
@values("min confidences", "0")
@click.option("--write", is_flag=True, help="Write the best into the folder's config.json.")
def main(folder: Path, data: Path, documents: int, write: bool, **tried: str) -> None:
    """Try every combination and print its ROUGE-1, -2 and -Lsum F1."""
    _, usual = load_config(folder)
    pairs = list(islice(read_pairs(data, where="official_mix=true"), 1, None, 4))
    pairs = pairs[:: max(1, len(pairs) // documents)][:documents]
    scorer = RougeScorer()
    best: tuple[float, SearchOptions] | None = None
    for combination in itertools.product(*map(numbers, tried.values())):
        chosen = {FIELDS[name]: value for name, value in zip(tried, combination, strict=True)}
        options = dataclasses.replace(usual, **chosen)
        results = Summarizer.load(folder, options=options).try_many([p.document for p in pairs], 16)
        texts = ["\n".join(s.text for s in r.sentences) if isinstance(r, Summary) else "" for r in results]
        scores = mean_scores("", (scorer.score(t, p.summary) for t, p in zip(texts, pairs, strict=True))).scores
        f1 = [100 * scores[name].fmeasure for name in ("rouge1", "rouge2", "rougeLsum")]
        words = sum(len(t.split()) for t in texts) / len(texts)
        setting = "  ".join(f"{name} {value:g}" for name, value in chosen.items())
        click.echo(f"{setting}  R1 {f1[0]:.2f}  R2 {f1[1]:.2f}  Lsum {f1[2]:.2f}  words {words:.1f}")
        if best is None or sum(f1) > best[0]:
            best = (sum(f1), options)
    if write and best is not None:
        path = folder / CONFIG
        config = json.loads(path.read_text()) | {"search": dataclasses.asdict(best[1])}
        write_atomically(path, json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
