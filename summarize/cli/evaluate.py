"""`summarize evaluate`: ROUGE on a data set."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click

from summarize.cli.help import Command, section
from summarize.cli.options import load_summarizer, manners, request_of, request_options, search_options
from summarize.cli.progress import progress
from summarize.cli.streams import errors_explained
from summarize.errors import DataError, DocumentError

EXAMPLES = (
    ("The shipped model on a data set", "summarize evaluate held-out.jsonl"),
    ("Your own model, as data", "summarize evaluate held-out.csv --model runs/mine/best --format json"),
    ("A quarter of the rows of one kind", "summarize evaluate all.jsonl.xz --where kind=news --every 4"),
)


@click.command("evaluate", cls=Command, short_help="ROUGE of a model on a data set.", examples=EXAMPLES)
@click.argument("data", type=click.Path(path_type=Path), metavar="DATA")
@section("Data")
@click.option("--document-field", help="The field of the documents. [default: the first of the usual names]")
@click.option("--summary-field", help="The field of the references. [default: the first of the usual names]")
@click.option("--where", metavar="FIELD=VALUE", help="Only the rows whose field has this value.")
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Only every Nth of these rows.")
@request_options
@section("Output")
@click.option("--format", "-f", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True,
              help="A table to read, or all figures.")  # fmt: skip
@manners
@search_options
def evaluate(data: Path, where: str | None, every: int, format_: str, **options: Any) -> None:
    """Summarise the documents of DATA (JSON Lines, CSV or TSV, also .xz or .gz) and score the summaries against its
    references: ROUGE-1, -2, -L and -Lsum, stemmed."""
    with errors_explained():
        from summarize.documents import read_pairs
        from summarize.evaluation import RougeScorer, mean_scores, signature
        from summarize.rendering import render_scores

        fields = options["document_field"], options["summary_field"]
        pairs = list(islice(read_pairs(data, *fields, where=where), 0, None, every))
        if not pairs:
            raise DataError(f"{data}: holds no such pair")
        summarizer, scorer = load_summarizer(options), RougeScorer()
        results = summarizer.try_many((p.document for p in pairs), options["batch_size"], request_of(options))
        scores = []
        for pair, result in zip(progress(pairs, "summarising"), results, strict=True):
            text = "" if isinstance(result, DocumentError) else "\n".join(s.text for s in result.sentences)
            scores.append(scorer.score(text, pair.summary))
        render_scores([mean_scores(options["model"], scores)], signature(), sys.stdout, format_, options["color"])
