"""Tune a model's search: score every combination of search options on validation rows, and write the best into its
config.json.

    python scripts/tune_search.py runs/news/best cnndm-validation.jsonl.xz --write

It uses rows 1, 5, 9, … of the official mix of publishers; the model card's figures come from rows 0, 4, 8, ….
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import click

from summarize import Summarizer, Summary
from summarize.atomic_write import write_atomically
from summarize.checkpoints.files import CONFIG
from summarize.checkpoints.model_folder import load_config
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import TextPair, read_pairs
from summarize.evaluation import RougeScorer, mean_scores

BATCH_SIZE = 16
# The parameters of this script, and the fields of SearchOptions whose values they list.
FIELDS = {
    "min_lengths": "min_length",
    "max_lengths": "max_length",
    "length_penalties": "length_penalty",
    "coverage_penalties": "coverage_penalty",
    "max_srcs": "max_src",
    "beam_sizes": "beam_size",
    "min_confidences": "min_confidence",
}


def parse_numbers(text: str) -> list[float]:
    """A comma-separated list of numbers; whole ones are ints."""
    return [int(x) if float(x).is_integer() else float(x) for x in text.split(",")]


def values(name: str, default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command-line option that lists values of a search option."""
    return click.option(name, default=default, show_default=True, help="Values to try, separated by commas.")


def score(folder: Path, options: SearchOptions, pairs: Sequence[TextPair]) -> tuple[list[float], float]:
    """ROUGE-1, -2 and -Lsum F1 in per cent, and the mean words of a summary. A document without summary scores 0."""
    summarizer, scorer = Summarizer.load(folder, options=options), RougeScorer()
    results = summarizer.try_many([pair.document for pair in pairs], BATCH_SIZE)
    texts = ["\n".join(s.text for s in r.sentences) if isinstance(r, Summary) else "" for r in results]
    scores = mean_scores("", (scorer.score(t, pair.summary) for t, pair in zip(texts, pairs, strict=True))).scores
    f1 = [100 * scores[name].fmeasure for name in ("rouge1", "rouge2", "rougeLsum")]
    return f1, sum(len(text.split()) for text in texts) / len(texts)


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--documents", default=200, show_default=True, help="The number of documents to summarise.")
@values("--min-lengths", "45,55,65")
@values("--max-lengths", "95")
@values("--length-penalties", "1,1.6")
@values("--coverage-penalties", "0")
@values("--max-srcs", "400,512")
@values("--beam-sizes", "4")
@values("--min-confidences", "0")
@click.option("--write", is_flag=True, help="Write the best combination into FOLDER's config.json.")
def main(folder: Path, data: Path, documents: int, write: bool, **grid: str) -> None:
    """Try every combination on rows of DATA and print its ROUGE-1, -2 and -Lsum F1. The largest sum is the best."""
    _, defaults = load_config(folder)
    pairs = list(islice(read_pairs(data, where="official_mix=true"), 1, None, 4))
    pairs = pairs[:: max(1, len(pairs) // documents)][:documents]
    if not pairs:
        raise click.UsageError(f"{data} has too few rows of the official mix")
    best: tuple[float, SearchOptions] | None = None
    for combination in itertools.product(*map(parse_numbers, grid.values())):
        fields: dict[str, Any] = {FIELDS[name]: value for name, value in zip(grid, combination, strict=True)}
        options = dataclasses.replace(defaults, **fields)
        f1, words = score(folder, options, pairs)
        setting = "  ".join(f"{name} {value:g}" for name, value in fields.items())
        click.echo(f"{setting}  R1 {f1[0]:.2f}  R2 {f1[1]:.2f}  Lsum {f1[2]:.2f}  words {words:.1f}")
        if best is None or sum(f1) > best[0]:
            best = (sum(f1), options)
    if write and best is not None:
        path = folder / CONFIG
        config = json.loads(path.read_text()) | {"search": dataclasses.asdict(best[1])}
        write_atomically(path, json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
