"""Compare our ROUGE with published figures and the original Perl ROUGE-1.5.5, on the outputs of seven XSum systems.

    python scripts/check_rouge.py DATA_FOLDER

DATA_FOLDER holds system_outputs/xsum-test.jsonl.xz (references, and a field for each system) and rouge_ref/, the output
of the Perl program: corpus means, F1 of every document, and [recall, precision, F1] of 300 documents under three kinds
of stemming. Prints the tables of docs/evaluation.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer as Scorer
from rouge_score.tokenize import tokenize

from summarize.documents.dataset_rows import dataset_rows
from summarize.evaluation import DataSet, PredictionFile, Run, Settings

TYPES = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}
# Narayan et al. 2018, table 4; Liu and Liu 2021 (SimCLS), table 5; Liu et al. 2022 (BRIO), table 2.
PUBLISHED = {
    "lead": (16.30, 1.60, 11.95),
    "ext_oracle": (29.79, 8.81, 22.66),
    "ptgen": (29.70, 9.21, 23.24),
    "convs2s": (31.27, 11.07, 25.23),
    "topic_convs2s": (31.89, 11.54, 25.75),
    "simcls": (47.61, 24.57, 39.44),
    "brio": (49.07, 25.59, 40.40),
}


def formatted(values: Any) -> str:
    """Three fractions as figures out of 100."""
    return " / ".join(f"{100 * value:.2f}" for value in values)


def our_scores(path: Path, n_processes: int) -> dict[str, np.ndarray]:
    """F1 (documents, 3) of each system, as `summarize evaluate` scores them."""
    run = Run(DataSet(path, summary_fields=("reference",)), Settings(), with_measures=False)
    run.add_predictions(PredictionFile(path, fields=tuple(PUBLISHED)))
    results = run.score(n_processes)
    return {s.name: np.stack([s.column(f"{name}.fmeasure") for name in TYPES], axis=1) for s in results.systems}


def compare_means(scores: dict[str, np.ndarray], perl: dict[str, Any]) -> None:
    """Print our means, the published ones and Perl's."""
    click.echo("| system | published R-1 / R-2 / R-L | Perl ROUGE-1.5.5 -m | summarize evaluate |\n|---|---|---|---|")
    for system, published in PUBLISHED.items():
        average = perl.get(f"xsum_{system}")
        by_perl = formatted(average[name]["F"][0] for name in TYPES.values()) if average else "–"
        means = formatted(scores[system].mean(0))
        click.echo(f"| {system} | {' / '.join(f'{x:.2f}' for x in published)} | {by_perl} | {means} |")


def compare_documents(scores: dict[str, np.ndarray], folder: Path) -> None:
    """Print on how many documents our F1 and Perl's differ by more than Perl's rounding to five digits."""
    click.echo("\n| system | documents | R-1 / R-2 / R-L differ on | larger here / in Perl (R-1) | largest (R-1) |")
    click.echo("|---|---|---|---|---|")
    for system in PUBLISHED:
        path = folder / f"rouge155_stem_perdoc_F_xsum_{system}.json"
        if path.exists():
            perl = json.loads(path.read_text())
            gap = scores[system] - np.array([perl[str(i)] for i in range(len(scores[system]))])
            differs = np.abs(gap) > 2e-5
            sides = f"{(gap[:, 0] > 2e-5).sum():,} / {(gap[:, 0] < -2e-5).sum():,}"
            counts = " / ".join(f"{n:,}" for n in differs.sum(0))
            click.echo(f"| {system} | {len(gap):,} | {counts} | {sides} | {np.abs(gap[:, 0]).max():.3f} |")


class OriginalPorter:
    """rouge-score's tokenizer with Porter's original stemmer; rouge-score has NLTK's extended one."""

    def __init__(self) -> None:
        self._stemmer = PorterStemmer(PorterStemmer.ORIGINAL_ALGORITHM)

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text."""
        return tokenize(text, self._stemmer)


def compare_stemming(folder: Path) -> None:
    """Print on how many of 300 documents recall, precision or F1 differ, for each kind of stemming."""
    without_exceptions, stemmed = "rouge155_stem_noexceptions_RPF", Scorer(list(TYPES), use_stemmer=True)
    kinds = (
        ("Perl without -m", "rouge155_nostem_RPF", "no stemming", Scorer(list(TYPES))),
        ("Perl -m", "rouge155_stem_RPF", "NLTK's Porter", stemmed),
        ("without its list", without_exceptions, "NLTK's Porter", stemmed),
        ("without its list", without_exceptions, "original", Scorer(list(TYPES), tokenizer=OriginalPorter())),
    )
    click.echo(
        "\n| system | Perl's words | rouge-score's words | R-1 / R-2 / R-L differ on, of 300 |\n|---|---|---|---|"
    )
    for system in ("ptgen", "brio"):
        rows = [row for _, row in dataset_rows(folder / f"rouge155_xsum300_{system}.jsonl")]
        for title, field, words, scorer in kinds:
            n_differing = np.zeros(3, dtype=int)
            for row in rows:
                scores = scorer.score_multi(row["references"], row["prediction"])
                for i, (name, perl_name) in enumerate(TYPES.items()):
                    ours = scores[name].recall, scores[name].precision, scores[name].fmeasure
                    n_differing[i] += bool((np.abs(np.array(ours) - row[field][perl_name]) > 2e-5).any())
            click.echo(f"| {system} | {title} | {words} | {' / '.join(map(str, n_differing))} |")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--jobs", default=1, show_default=True)
def main(folder: Path, jobs: int) -> None:
    """Print the tables."""
    scores = our_scores(folder / "system_outputs" / "xsum-test.jsonl.xz", jobs)
    reference = folder / "rouge_ref"
    compare_means(scores, json.loads((reference / "rouge155_xsum_full_averages.json").read_text()))
    compare_documents(scores, reference)
    compare_stemming(reference)


if __name__ == "__main__":
    main()
