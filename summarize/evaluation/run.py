"""Systems scored on a data set: what is read, summarised and scored, one chunk of documents at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from summarize.errors import DataError, UsageError
from summarize.evaluation.baselines import Baseline
from summarize.evaluation.datasets import DataSet, Example
from summarize.evaluation.measures import N_BINS
from summarize.evaluation.predictions import DocumentIndex, PredictionFile, TextStore, load_predictions
from summarize.evaluation.rouge import Settings, scoring_signature
from summarize.evaluation.scores_file import ScoresFile, digest
from summarize.evaluation.scoring import COLUMNS, Prediction, ScoredSummary, Task, score_chunks
from summarize.text.matching import UncountedLetters

CHUNK_SIZE = 64  # documents that a process scores at a time

Summarize = Callable[[Sequence[str]], list[Prediction]]


@dataclass(frozen=True)
class Model:
    """A system that makes its summaries during the run.

    key: everything that its summaries depend on; load: returns the function that summarises texts, and is called only
    if there is a text to summarise; batch_size: texts at a time.
    """

    name: str
    key: str
    load: Callable[[], Summarize]
    batch_size: int = 8


@dataclass(frozen=True)
class StoredSystem:
    """A system whose summaries are in the text store already."""

    name: str


System = Model | StoredSystem | Baseline


@dataclass
class SystemScores:
    """One system's figures.

    values: (documents, COLUMNS), NaN where there is none; positions: (N_BINS,), how many words of its summaries are in
    fragments shared with each tenth of their documents.
    """

    name: str
    values: NDArray[np.float64]
    positions: NDArray[np.int64] = field(default_factory=lambda: np.zeros(N_BINS, dtype=np.int64))

    def column(self, name: str) -> NDArray[np.float64]:
        """One figure of every document, (documents,)."""
        return self.values[:, COLUMNS.index(name)]


@dataclass
class Results:
    """All figures of a run, and access to the texts behind them. n_empty: empty summaries by system."""

    data: DataSet
    index: DocumentIndex
    settings: Settings
    systems: list[SystemScores]
    store: TextStore
    n_empty: dict[str, int]

    def examples(self, numbers: Sequence[int]) -> dict[int, Example]:
        """The examples with these numbers, read again from the data set."""
        wanted = set(numbers)
        return {n: example for n, example in enumerate(self.data) if n in wanted}

    def add(self, scored: ScoredSummary, *, store_text: bool) -> None:
        """Take in the figures of one summary. store_text: whether its text is not in the store yet."""
        system = self.systems[scored.system]
        system.values[scored.n] = scored.figures
        system.positions += np.array(scored.positions)
        self.n_empty[system.name] += not scored.prediction.strip()
        if store_text:
            self.store.put(system.name, scored.n, scored.prediction)


def index_documents(data: DataSet) -> DocumentIndex:
    """Read a data set once, so that its errors are found before any slow work. Raises DataError."""
    ids, locations, rows = [], [], []
    without_document = None
    n_rows, numbers_of_references, has_joined_list = 0, set[int](), False
    letters = UncountedLetters()
    for n_rows, example in enumerate(data.all_rows(), 1):
        if example is not None:
            ids.append(example.id)
            locations.append(example.location)
            rows.append(n_rows - 1)
            numbers_of_references.add(len(example.references))
            has_joined_list |= example.has_joined_list
            letters.add(example.references)
            if example.document is None and without_document is None:
                without_document = example.location
    if not ids:
        raise DataError(f"{data.data}: holds no example to score")
    references = _references_read(numbers_of_references, has_joined_list)
    return DocumentIndex(
        str(data.data), ids, locations, rows, n_rows, data.is_subset, without_document, references, letters.share
    )


def _references_read(numbers: set[int], has_joined_list: bool) -> str:
    """How many references a document has, and how they were read, for the signature."""
    n = f"{min(numbers)}" if len(numbers) == 1 else f"{min(numbers)}-{max(numbers)}"
    best = "" if n == "1" else "best-f1-of-"
    return best + n + ("-lists-joined" if has_joined_list else "")


class Run:
    """The scoring of systems on a data set. Errors in either are found before it starts."""

    def __init__(self, data: DataSet, settings: Settings, with_measures: bool = True) -> None:
        """with_measures: whether the measures beyond ROUGE are computed. Raises DataError with file and line."""
        self.data, self.with_measures = data, with_measures
        self.store = TextStore()
        self.index = index_documents(data)
        self.settings = settings.resolved(self.index.uncounted_share)
        self.systems: list[System] = []

    @property
    def signature(self) -> str:
        """The settings that every row of scores depends on."""
        measures = "" if self.with_measures else "|measures:none"
        return scoring_signature(self.settings, self.index.references) + measures

    def add_predictions(self, file: PredictionFile) -> None:
        """Add the systems of a file. Raises DataError with file and line, UsageError for a name that is taken."""
        for name in load_predictions(file, self.index, self.store, {system.name for system in self.systems}):
            self.add(StoredSystem(name))

    def add(self, system: System) -> None:
        """Add a system. Raises UsageError if its name is taken, DataError if it needs documents and there are none."""
        if system.name in {other.name for other in self.systems}:
            raise UsageError(f"there are two systems called {system.name!r}; NAME=FILE names one")
        if not isinstance(system, StoredSystem) and self.index.without_document is not None:
            raise DataError(f"{self.index.without_document}: has no document, and {system.name} needs one")
        self.systems.append(system)

    def score(
        self,
        n_processes: int = 1,
        scores_path: Path | None = None,
        on_progress: Callable[[int], object] = lambda _: None,
    ) -> Results:
        """Score all systems on all documents.

        scores_path: a file of per-document scores to append to; those in it are not computed again. on_progress: is
        called after each chunk with its number of documents. Raises DataError if the file is of another run.
        """
        n_documents = len(self.index.ids)
        chunk_size = min([CHUNK_SIZE, *(s.batch_size for s in self.systems if isinstance(s, Model))])
        values = [np.full((n_documents, len(COLUMNS)), np.nan) for _ in self.systems]
        systems = [SystemScores(system.name, v) for system, v in zip(self.systems, values, strict=True)]
        n_empty = dict.fromkeys((system.name for system in self.systems), 0)
        results = Results(self.data, self.index, self.settings, systems, self.store, n_empty)
        digests: dict[tuple[int, int], str] = {}  # (document, system) -> digest, of summaries that are being scored
        with nullcontext() if scores_path is None else ScoresFile(scores_path, self.signature) as file:
            chunks = self._chunks(chunk_size, file, digests, results)
            counts = (min(chunk_size, n_documents - start) for start in range(0, n_documents, chunk_size))
            scored_chunks = score_chunks(chunks, self.settings, self.with_measures, n_processes)
            for count, scored_chunk in zip(counts, scored_chunks, strict=True):
                for scored in scored_chunk:
                    self._add(results, scored)
                    row_digest = digests.pop((scored.n, scored.system))
                    if file is not None:
                        file.append(self.index.ids[scored.n], self.systems[scored.system].name, row_digest, scored)
                if file is not None:
                    file.flush()
                on_progress(count)
        return results

    def _add(self, results: Results, scored: ScoredSummary) -> None:
        results.add(scored, store_text=not isinstance(self.systems[scored.system], StoredSystem))

    def _chunks(
        self, chunk_size: int, file: ScoresFile | None, digests: dict[tuple[int, int], str], results: Results
    ) -> Iterator[list[Task]]:
        """The documents in chunks, each with the summaries that are still to be scored.

        Scores that the file has are added to the results; the digests of all others are put into `digests`.
        """
        models: dict[int, Summarize] = {}
        examples = enumerate(self.data)
        while chunk := list(islice(examples, chunk_size)):
            predictions: dict[int, dict[int, Prediction | Baseline]] = {n: {} for n, _ in chunk}
            for number, system in enumerate(self.systems):
                unscored = []
                for n, example in chunk:
                    scored, row_digest = None, ""
                    if file is not None:
                        row_digest = self._digest(system, n, example)
                        scored = file.find(example.id, system.name, row_digest, n, number)
                    if scored is not None:
                        self._add(results, scored)
                    else:
                        digests[n, number] = row_digest
                        unscored.append((n, example))
                made = self._predictions(number, unscored, models)
                for (n, _), prediction in zip(unscored, made, strict=True):
                    predictions[n][number] = prediction
            yield [Task(n, e.id, e.document, e.references, tuple(predictions[n].items())) for n, e in chunk]

    def _predictions(
        self, number: int, examples: Sequence[tuple[int, Example]], models: dict[int, Summarize]
    ) -> Sequence[Prediction | Baseline]:
        """A system's summaries of (document number, example), or how to make them. models: those loaded so far."""
        system = self.systems[number]
        match system:
            case Model() if examples:
                if number not in models:
                    models[number] = system.load()
                return models[number]([example.document or "" for _, example in examples])
            case Model():
                return []
            case StoredSystem(name):
                return [Prediction(self.store.get(name, n)) for n, _ in examples]
            case Baseline():
                return [system for _ in examples]

    def _digest(self, system: System, n: int, example: Example) -> str:
        """A hash of everything that the scores of a system on document n depend on."""
        match system:
            case StoredSystem(name):
                key = self.store.get(name, n)
            case Model() | Baseline():
                key = system.key
        return digest(self.signature, key, example.document or "", *example.references)
