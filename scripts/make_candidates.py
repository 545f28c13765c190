"""Candidates to rank: other summaries of the documents of pairs, each with how good it is against the reference.

    python scripts/make_candidates.py models/news runs/news-train.jsonl runs/ranked-train.jsonl --documents 10000

For learning from one's own candidates (Liu et al. 2022, BRIO), here the combinations of the sentences that the model
finds most worth telling (Zhong et al. 2020, MatchSum). A score is the mean of ROUGE-1 and ROUGE-2 F1. Stopped, it goes
on where it was.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from summarize.checkpoints.model_folder import load_model
from summarize.documents import TextPair, read_pairs
from summarize.network.device import keep_freed_memory
from summarize.pipeline.encoder import DocumentEncoder, SentenceRange
from summarize.selection.oracle import likeness
from summarize.text.tokenizer import Tokenizer

SIZES = (1, 2, 3, 4)  # sentences of a combination


def combinations(stretch: SentenceRange, odds: np.ndarray, most: int) -> list[str]:
    """Combinations of the `most` most salient sentences, each in the document's order, a sentence a line."""
    best = [stretch.first + int(i) for i in np.argsort(-odds, kind="stable")][:most]
    return [
        "\n".join(stretch.document.of(i) for i in sorted(chosen))
        for size in SIZES
        for chosen in itertools.combinations(best, size)
    ]


def spread(candidates: list[dict[str, Any]], kept: int) -> list[dict[str, Any]]:
    """As many as are kept, from the best to the worst at even distances."""
    ranked = sorted(candidates, key=lambda candidate: -candidate["score"])
    return [ranked[i] for i in sorted(set(np.linspace(0, len(ranked) - 1, kept).round().astype(int).tolist()))]


def heads(pairs: Sequence[TextPair], reader: DocumentEncoder) -> list[SentenceRange]:
    """Of each document, the whole sentences that fit what the model reads in training: its beginning."""
    documents = reader.cut([pair.document[: reader.max_src * 12] for pair in pairs])
    fitting = [int(np.searchsorted(document.sizes.cumsum(), reader.room, side="right")) for document in documents]
    return [SentenceRange(d, 0, min(len(d), max(1, last))) for d, last in zip(documents, fitting, strict=True)]


def rows(
    pairs: Sequence[TextPair], reader: DocumentEncoder, tokenizer: Tokenizer, pick: int, kept: int, max_tgt: int
) -> Iterator[dict[str, Any]]:
    """A row for each pair that has at least two candidates."""
    stretches = heads(pairs, reader)
    for pair, stretch, odds in zip(pairs, stretches, reader.worth(stretches), strict=True):
        assert odds is not None, "the model has no salience"
        texts = [
            t for t in combinations(stretch, odds, pick) if len(tokenizer.encode_summary(t.splitlines())) <= max_tgt
        ]
        candidates = [{"summary": text, "score": round(likeness(text, pair.summary) / 2, 4)} for text in texts]
        if len(candidates) > 1:
            yield {
                "id": pair.id,
                "document": pair.document,
                "summary": pair.summary,
                "candidates": spread(candidates, kept),
            }


@click.command()
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("pairs", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--documents", type=int, help="So many, evenly from the whole file. [default: all]")
@click.option("--pick", default=5, show_default=True, help="Sentences to combine.")
@click.option("--kept", default=8, show_default=True, help="Candidates of a document.")
@click.option("--max-src", default=400, show_default=True, help="Tokens of a document that are read.")
@click.option("--max-tgt", default=112, show_default=True, help="Tokens of a candidate, at most.")
def main(
    model: Path, pairs: Path, output: Path, documents: int | None, pick: int, kept: int, max_src: int, max_tgt: int
) -> None:
    """Write the pairs of PAIRS with candidates to OUTPUT."""
    keep_freed_memory()
    network, tokenizer, _ = load_model(model)
    reader = DocumentEncoder(network.eval(), tokenizer, max_src)
    texts = list(read_pairs(pairs))
    texts = texts[:: max(1, len(texts) // (documents or len(texts)))][:documents]
    done = {json.loads(line)["id"] for line in output.open()} if output.exists() else set()
    texts = [pair for pair in texts if pair.id not in done]
    with output.open("a") as file, click.progressbar(range(0, len(texts), 16)) as starts:
        for start in starts:
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                for row in rows(texts[start : start + 16], reader, tokenizer, pick, kept, max_tgt):
                    print(json.dumps(row, ensure_ascii=False), file=file)


if __name__ == "__main__":
    main()
