"""Compare summarizers on documents of many kinds, with one word limit for all systems on each set.

    python scripts/benchmark_kinds.py DATA --output runs/kinds --documents 100 --systems lead,lexrank,textrank,news

DATA is a folder of JSON Lines files, plain or compressed by xz; every file whose name has "-validation" or "-all" is a
set. The limit is the mean length of a set's references. Of each document a row is written with the summary and its
scores, so a killed run continues. At the end a table: mean ROUGE of each system and set, and in which sets a system is
significantly better or worse than the best of the others (paired randomisation, Holm's correction).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import numpy as np
from prepare_news import read_rows

from summarize.evaluation.baselines import rank_by_centrality
from summarize.evaluation.rouge import RougeScorer, as_lines
from summarize.evaluation.statistics import holm, randomisation_p
from summarize.text.sentences import sentence_spans

METRICS = ("rouge1", "rouge2", "rougeLsum")
HEURISTICS = ("lead", "lexrank", "textrank")
BATCH = 8
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Document:
    """A document of a set, with its references."""

    id: str
    text: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class DocumentSet:
    """The documents of one kind, and the words that a summary of one may have."""

    name: str
    documents: list[Document]

    @property
    def max_words(self) -> int:
        """The mean length of the references."""
        return max(5, round(float(np.mean([len(r.split()) for d in self.documents for r in d.references]))))


def load_set(name: str, path: Path, n: int) -> DocumentSet:
    """A sample of n documents of a file, always the same; of CNN/DailyMail, of the official proportion alone."""
    rows = [row for row in read_rows(path) if row.get("official_mix", True) and row.get("summary", "").strip()]
    if "-all" in path.name:  # the other rows are for training: scripts/prepare_writer.py
        rows = rows[::10]
    rows = random.Random(name).sample(rows, min(n, len(rows)))
    documents = [
        Document(str(row["id"]), row["document"], tuple(row.get("references") or [row["summary"]])) for row in rows
    ]
    return DocumentSet(name, documents)


def find_sets(folder: Path, only: Sequence[str], n: int) -> list[DocumentSet]:
    """The sets of a folder; only: their names, all if empty."""
    paths = sorted(p for p in folder.glob("*.jsonl*") if "-validation" in p.name or "-all" in p.name)
    named = {path.name.split(".")[0].removesuffix("-validation").removesuffix("-all"): path for path in paths}
    return [load_set(name, path, n) for name, path in named.items() if not only or name in only]


System = Callable[[Sequence[str], int], Iterable[str]]  # texts and a number of words to summaries, a sentence a line


def heuristic(name: str) -> System:
    """Lead, LexRank or TextRank: sentences in their order of rank, as long as they fit; at least one."""
    method: Literal["lexrank", "textrank"] = "lexrank" if name == "lexrank" else "textrank"

    def summarize(texts: Sequence[str], max_words: int) -> Iterator[str]:
        for text in texts:
            sentences = [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
            order = range(len(sentences)) if name == "lead" else rank_by_centrality(sentences, method)
            chosen: list[int] = []
            n_words = 0
            for i in order:
                n = len(sentences[i].split())
                if n and (not chosen or n_words + n <= max_words):
                    chosen.append(i)
                    n_words += n
                elif name == "lead":
                    break
            yield cut("\n".join(sentences[i] for i in sorted(chosen)), max_words)

    return summarize


def cut(summary: str, max_words: int) -> str:
    """The first max_words words of a summary."""
    lines, n_left = [], max_words
    for line in summary.split("\n"):
        words = line.split()[:n_left]
        n_left -= len(words)
        lines += [" ".join(words)] if words else []
    return "\n".join(lines)


def model(name: str) -> System:
    """A model of the program: a name or folder, after it perhaps :extractive or :STYLE."""
    from summarize import Summarizer
    from summarize.errors import DocumentError

    folder, _, manner = name.partition(":")
    is_extractive = manner == "extractive"
    summarizer = Summarizer.load(folder, style=None if is_extractive or not manner else manner)

    def summarize(texts: Sequence[str], max_words: int) -> Iterator[str]:
        for summary in summarizer.try_many(texts, BATCH, words=max_words, extractive=is_extractive):
            yield "" if isinstance(summary, DocumentError) else "\n".join(s.text for s in summary.sentences)

    return summarize


def run_set(documents: DocumentSet, name: str, system: System, path: Path) -> None:
    """Summarise and score what the file at path does not have yet, and add it there."""
    done = {row["id"] for row in read_rows(path)} if path.exists() else set()
    missing = [document for document in documents.documents if document.id not in done]
    scorer = RougeScorer()
    with path.open("a", encoding="utf-8") as out:
        for start in range(0, len(missing), BATCH):
            batch, began = missing[start : start + BATCH], time.process_time()
            summaries = list(system([document.text for document in batch], documents.max_words))
            seconds = (time.process_time() - began) / len(batch)
            for document, summary in zip(batch, summaries, strict=True):
                scores = scorer.score_multi(summary, [as_lines(r) if "\n" not in r else r for r in document.references])
                row = {"id": document.id, "system": name, "summary": summary, "seconds": round(seconds, 3)}
                print(json.dumps(row | {m: scores[m].fmeasure for m in METRICS}, ensure_ascii=False), file=out)
            out.flush()


def load_scores(path: Path, documents: DocumentSet) -> np.ndarray:
    """The scores (documents, metrics) of a file, times 100, in the set's order."""
    rows = {row["id"]: row for row in read_rows(path)}
    return np.array([[100 * rows[document.id][m] for m in METRICS] for document in documents.documents])


def report(sets: Sequence[DocumentSet], systems: Sequence[str], folder: Path) -> str:
    """The table of mean scores, and of the sets in which a system beats the best of the others, or loses."""
    scores = {(s.name, x): load_scores(folder / f"{s.name}.{file_name(x)}.jsonl", s) for s in sets for x in systems}
    lines = [f"{'set':18} {'n':>4} {'words':>5}  " + "  ".join(f"{x[-22:]:>22}" for x in systems)]
    for s in sets:
        means = [" / ".join(f"{v:5.1f}" for v in scores[s.name, x].mean(0)) for x in systems]
        lines.append(f"{s.name:18} {len(s.documents):4} {s.max_words:5}  " + "  ".join(f"{m:>22}" for m in means))
    for x in systems if len(systems) > 1 else ():
        lines.append(f"\n{x}, R1 + R2 + Lsum, beside the best other:")
        rows = [(s, *against_best(scores, s, x, systems)) for s in sets]
        for (s, other, difference, _), p in zip(rows, holm([row[3] for row in rows]), strict=True):
            verdict = ("better" if difference > 0 else "worse") if p < SIGNIFICANT else "no difference"
            lines.append(f"  {s.name:18} {other:22} {difference:+6.2f}  p = {p:.3f}  {verdict}")
    return "\n".join(lines)


def against_best(
    scores: dict[tuple[str, str], np.ndarray], documents: DocumentSet, system: str, systems: Sequence[str]
) -> tuple[str, float, float]:
    """The best other system by R1 + R2 + Lsum, the mean difference from it, and the p of a paired test."""
    sums = {x: scores[documents.name, x].sum(1) for x in systems}
    other = max((x for x in systems if x != system), key=lambda x: float(sums[x].mean()))
    differences = (sums[system] - sums[other])[:, None]
    return other, float(differences.mean()), float(randomisation_p(differences, 2000, 1)[0])


def file_name(system: str) -> str:
    """A system's name as part of a file's."""
    return system.replace("/", "_").replace(":", "_")


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder for the rows."
)
@click.option("--documents", "n_documents", type=click.IntRange(1), default=100, show_default=True, help="Of each set.")
@click.option("--systems", default="lead,lexrank,textrank,news", show_default=True, help="Heuristics, models, folders.")
@click.option("--sets", "only", default="", help="Only these sets, by name; commas between them.")
def main(data: Path, output: Path, n_documents: int, systems: str, only: str) -> None:
    """Summarise and score a sample of each set in DATA by each system; print the table."""
    sets = find_sets(data, [name for name in only.split(",") if name], n_documents)
    names = systems.split(",")
    output.mkdir(parents=True, exist_ok=True)
    for name in names:
        paths = {s.name: output / f"{s.name}.{file_name(name)}.jsonl" for s in sets}
        system = heuristic(name) if name in HEURISTICS else model(name)
        for s in sets:
            run_set(s, name, system, paths[s.name])
            click.echo(f"{name}: {s.name} is done", err=True)
    click.echo(report(sets, names, output))


if __name__ == "__main__":
    main()
