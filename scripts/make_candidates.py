"""Candidate summaries for ranking: several summaries of each pair's document, with their ROUGE against the reference.

    python scripts/make_candidates.py models/news runs/news-train.jsonl runs/ranked-train.jsonl --documents 10000

A model can learn to rank its own candidates (Liu et al. 2022, BRIO). Here they are combinations of the sentences that
the model scores as most salient (Zhong et al. 2020, MatchSum). A score is the mean of ROUGE-1 and ROUGE-2 F1. A stopped
run continues where it was.
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
from summarize.selection.oracle import rouge_1_plus_2
from summarize.text.tokenizer import Tokenizer

SIZES = (1, 2, 3, 4)  # sentences of a combination
MAX_CHARS_PER_TOKEN = 12  # of a document's beginning, so that no long text is tokenized to its end
BATCH_SIZE = 16  # documents


def combinations(sentence_range: SentenceRange, logits: np.ndarray, n_sentences: int) -> list[str]:
    """All combinations of the n_sentences most salient sentences, each in the document's order, a sentence a line;
    logits (n,): of the salience of the range's sentences."""
    best = [sentence_range.first + int(i) for i in np.argsort(-logits, kind="stable")][:n_sentences]
    return [
        "\n".join(sentence_range.document.sentence_text(i) for i in sorted(indices))
        for size in SIZES
        for indices in itertools.combinations(best, size)
    ]


def spread(candidates: list[dict[str, Any]], n_kept: int) -> list[dict[str, Any]]:
    """n_kept candidates, best first, at even distances of rank from the best to the worst."""
    ranked = sorted(candidates, key=lambda candidate: -candidate["score"])
    return [ranked[i] for i in sorted(set(np.linspace(0, len(ranked) - 1, n_kept).round().astype(int).tolist()))]


def document_heads(pairs: Sequence[TextPair], encoder: DocumentEncoder) -> list[SentenceRange]:
    """The first sentences of each document, as many whole ones as fit in one source, but at least one."""
    max_chars = encoder.max_src * MAX_CHARS_PER_TOKEN
    documents = encoder.segment([pair.document[:max_chars] for pair in pairs])
    limit = encoder.max_text_tokens
    n_fitting = [int(np.searchsorted(document.n_tokens.cumsum(), limit, side="right")) for document in documents]
    return [SentenceRange(d, 0, min(len(d), max(1, n))) for d, n in zip(documents, n_fitting, strict=True)]


def candidate_rows(
    pairs: Sequence[TextPair],
    encoder: DocumentEncoder,
    tokenizer: Tokenizer,
    n_sentences: int,
    n_kept: int,
    max_tgt: int,
) -> Iterator[dict[str, Any]]:
    """A row for each pair that has at least two candidates of at most max_tgt tokens."""
    ranges = document_heads(pairs, encoder)
    for pair, sentence_range, logits in zip(pairs, ranges, encoder.salience_logits(ranges), strict=True):
        assert logits is not None
        texts = combinations(sentence_range, logits, n_sentences)
        texts = [text for text in texts if len(tokenizer.encode_summary(text.splitlines())) <= max_tgt]
        candidates = [{"summary": text, "score": round(rouge_1_plus_2(text, pair.summary) / 2, 4)} for text in texts]
        if len(candidates) > 1:
            kept = spread(candidates, n_kept)
            yield {"id": pair.id, "document": pair.document, "summary": pair.summary, "candidates": kept}


@click.command()
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("pairs", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--documents", type=int, help="So many, evenly from the whole file. [default: all]")
@click.option("--pick", default=5, show_default=True, help="Sentences to combine.")
@click.option("--kept", default=8, show_default=True, help="Candidates of a document.")
@click.option("--max-src", default=400, show_default=True, help="Tokens of a document to encode.")
@click.option("--max-tgt", default=112, show_default=True, help="Tokens of a candidate, at most.")
def main(
    model: Path, pairs: Path, output: Path, documents: int | None, pick: int, kept: int, max_src: int, max_tgt: int
) -> None:
    """Write the pairs of PAIRS with candidates to OUTPUT. MODEL has a salience head."""
    keep_freed_memory()
    network, tokenizer, _ = load_model(model)
    if not network.config.salience:
        raise click.UsageError(f"{model} has no salience head")
    encoder = DocumentEncoder(network.eval(), tokenizer, max_src)
    chosen = list(read_pairs(pairs))
    chosen = chosen[:: max(1, len(chosen) // (documents or len(chosen)))][:documents]
    done = {json.loads(line)["id"] for line in output.read_text().splitlines()} if output.exists() else set()
    remaining = [pair for pair in chosen if pair.id not in done]
    with output.open("a") as file, click.progressbar(range(0, len(remaining), BATCH_SIZE)) as starts:
        for start in starts:
            batch = remaining[start : start + BATCH_SIZE]
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                for row in candidate_rows(batch, encoder, tokenizer, pick, kept, max_tgt):
                    print(json.dumps(row, ensure_ascii=False), file=file)


if __name__ == "__main__":
    main()
