"""How a model's summaries are best searched for: a grid over lengths on validation rows, written into config.json.

    python scripts/tune_search.py runs/news/best cnndm-validation.jsonl.xz --write

Rows 1, 5, 9, … of the official mix (row 0, 4, 8, … are those that the model card's figure is taken from).
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from itertools import islice
from pathlib import Path

import click

from summarize.checkpoints import CONFIG, load_model, write_atomically
from summarize.documents import read_pairs
from summarize.evaluation import RougeScorer, mean_scores
from summarize.search import SearchOptions
from summarize.summarizer import Summarizer, Summary


def numbers(text: str) -> list[float]:
    """A comma-separated list of numbers."""
    return [float(x) for x in text.split(",")]


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--documents", default=200, show_default=True)
@click.option("--min-lengths", default="45,55,65", show_default=True)
@click.option("--length-penalties", default="1,1.6", show_default=True)
@click.option("--coverage-penalties", default="0", show_default=True)
@click.option("--max-srcs", default="400,512", show_default=True)
@click.option("--write", is_flag=True, help="Write the best into the folder's config.json.")
def main(
    folder: Path,
    data: Path,
    documents: int,
    min_lengths: str,
    length_penalties: str,
    coverage_penalties: str,
    max_srcs: str,
    write: bool,
) -> None:
    """Try every combination and print its ROUGE-1, -2 and -Lsum F1."""
    model, tokenizer, usual = load_model(folder)
    pairs = list(islice(read_pairs(data, where="official_mix=true"), 1, None, 4))
    pairs = pairs[:: max(1, len(pairs) // documents)][:documents]
    scorer = RougeScorer()
    best: tuple[float, SearchOptions] | None = None
    grid = itertools.product(*map(numbers, (min_lengths, length_penalties, coverage_penalties, max_srcs)))
    for min_length, length_penalty, coverage_penalty, max_src in grid:
        options = dataclasses.replace(
            usual,
            min_length=int(min_length),
            length_penalty=length_penalty,
            coverage_penalty=coverage_penalty,
            max_src=int(max_src),
        )
        results = Summarizer(model, tokenizer, options).try_many([p.document for p in pairs], 16)
        texts = ["\n".join(s.text for s in r.sentences) if isinstance(r, Summary) else "" for r in results]
        scores = mean_scores("", (scorer.score(t, p.summary) for t, p in zip(texts, pairs, strict=True))).scores
        f1 = [100 * scores[name].fmeasure for name in ("rouge1", "rouge2", "rougeLsum")]
        words = sum(len(t.split()) for t in texts) / len(texts)
        click.echo(
            f"min_length {min_length:g}  length_penalty {length_penalty:g}  coverage_penalty {coverage_penalty:g}  "
            f"max_src {max_src:g}  R1 {f1[0]:.2f}  R2 {f1[1]:.2f}  Lsum {f1[2]:.2f}  words {words:.1f}"
        )
        if best is None or sum(f1) > best[0]:
            best = (sum(f1), options)
    if write and best is not None:
        path = folder / CONFIG
        config = json.loads(path.read_text()) | {"search": dataclasses.asdict(best[1])}
        write_atomically(path, json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main()
