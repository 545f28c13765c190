"""One row for each document and system: the summary, its scores, and what it is like."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from prepare_news import read_rows

from benchmark_kinds.report import METRICS, SetResults
from benchmark_kinds.sets import Document, DocumentSet
from benchmark_kinds.systems import System
from summarize.evaluation.measures import MEASURES, SourceDocument, measure
from summarize.evaluation.rouge import RougeScorer, as_lines
from summarize.text.language import ENGLISH
from summarize.text.matching import count_words
from summarize.text.openers import refers_back

BATCH = 8


def run_set(documents: DocumentSet, name: str, system: System, path: Path) -> None:
    """Summarise and score what the file at path does not have yet, and add it there."""
    done = {row["id"] for row in read_rows(path)} if path.exists() else set()
    missing = [document for document in documents.documents if document.id not in done]
    with path.open("a", encoding="utf-8") as out:
        for start in range(0, len(missing), BATCH):
            batch, began = missing[start : start + BATCH], time.process_time()
            summaries = list(system(batch, documents.max_words))
            seconds = (time.process_time() - began) / len(batch)
            for document, summary in zip(batch, summaries, strict=True):
                row = {"id": document.id, "system": name, "summary": summary, "seconds": round(seconds, 3)}
                row |= score(document, summary)
                row |= describe(document.source.text, summary, document.language)
                print(json.dumps(row, ensure_ascii=False), file=out)
            out.flush()


def score(document: Document, summary: str) -> dict[str, float]:
    """ROUGE against the document's references: of English as rouge-score, of other languages with all letters."""
    references = [text if "\n" in text else as_lines(text, document.language) for text in document.references]
    scores = _scorer(document.language == ENGLISH).score_multi(summary, references)
    return {metric: scores[metric].fmeasure for metric in METRICS}


@cache
def _scorer(is_english: bool) -> RougeScorer:
    return RougeScorer() if is_english else RougeScorer(stemmer=False, words="unicode")


def describe(text: str, summary: str, language: str = ENGLISH) -> dict[str, Any]:
    """What a summary is like beside its document; an empty one has no shares, and openers are known in English only."""
    sentences = [line for line in summary.split("\n") if line.strip()]
    if not sentences:
        return {"words": 0, "empty": 1}
    plain = " ".join(text.split())
    measures = dict(zip(MEASURES, measure(summary, SourceDocument(text)).values, strict=True))
    described = {
        "words": count_words(summary),
        "empty": 0,
        "copied_sentences": sum(" ".join(sentence.split()) in plain for sentence in sentences) / len(sentences),
        "novel_2": measures["novel_2"],
        "unsupported": measures["unsupported_numbers"] + measures["unsupported_names"],
    }
    if language == ENGLISH:
        described["dangling"] = count_dangling(plain, sentences) / len(sentences)
    return described


def count_dangling(text: str, sentences: Sequence[str]) -> int:
    """The sentences that refer back to something said before, with nothing, or something else, before them in the
    summary. A rewritten sentence counts only if it is the first."""
    n = 0
    for i, sentence in enumerate(sentences):
        if refers_back(sentence):
            place = text.find(" ".join(sentence.split()))
            before = " ".join(sentences[i - 1].split()) if i else ""
            n += not before or (place > 0 and not text[:place].rstrip().endswith(before))
    return n


def file_name(system: str) -> str:
    """A system's name as part of a file's."""
    return system.replace("/", "_").replace(":", "_")


def load_results(sets: Sequence[DocumentSet], paths: dict[tuple[str, str], Path]) -> list[SetResults]:
    """The rows of all sets and systems. paths: of each set and system."""
    results = []
    for one in sets:
        rows = {}
        for (set_name, system), path in paths.items():
            if set_name == one.name:
                by_id = {row["id"]: row for row in read_rows(path)}
                rows[system] = [by_id[document.id] for document in one.documents]
        results.append(SetResults(one.name, one.max_words, rows))
    return results
