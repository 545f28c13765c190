"""A data set and some systems in, a table of figures out: what is read, summarised and scored, a chunk at a time."""

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
from summarize.evaluation.measures import BINS
from summarize.evaluation.predictions import Keys, PredictionFile, TextStore, load_predictions
from summarize.evaluation.rouge import Settings, scoring_signature
from summarize.evaluation.scores_file import ScoresFile, digest
from summarize.evaluation.scoring import COLUMNS, Prediction, Scored, Task, score_chunks

CHUNK = 64  # documents that a process scores at a time

Summarize = Callable[[Sequence[str]], list[Prediction]]


@dataclass(frozen=True)
class Model:
    """A system that summarises here and now. key: what its summaries depend on; load: gives what makes them, a text
    or more at a time, and is called once there is a text to read; batch_size: texts at a time."""

    name: str
    key: str
    load: Callable[[], Summarize]
    batch_size: int = 8


@dataclass(frozen=True)
class Given:
    """A system whose summaries lie in the store."""

    name: str


System = Model | Given | Baseline


@dataclass
class SystemScores:
    """One system's figures: values (documents, COLUMNS), and how many of its words come from each tenth of them."""

    name: str
    values: NDArray[np.float64]
    positions: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))

    def column(self, name: str) -> NDArray[np.float64]:
        """One figure of every document."""
        return self.values[:, COLUMNS.index(name)]


@dataclass
class Results:
    """All figures of a run, and what is needed to see the texts behind them."""

    data: DataSet
    keys: Keys
    settings: Settings
    systems: list[SystemScores]
    store: TextStore
    empty: dict[str, int]  # how many summaries of a system are empty

    def texts(self, wanted: Sequence[int]) -> dict[int, Example]:
        """The documents with these numbers, read again."""
        rows = set(wanted)
        return {n: example for n, example in enumerate(self.data) if n in rows}


def survey(data: DataSet) -> Keys:
    """Read a data set once, to find what is wrong with it now rather than later. Raises DataError."""
    ids, places, rows = [], [], []
    without = None
    count = 0
    for count, example in enumerate(data.all_rows(), 1):
        if example is not None:
            ids.append(example.id)
            places.append(example.place)
            rows.append(count - 1)
            if example.document is None and without is None:
                without = example.place
    if not ids:
        raise DataError(f"{data.data}: holds no such pair")
    return Keys(str(data.data), ids, places, rows, count, data.is_part, without)


class Run:
    """The scoring of some systems on a data set; what is wrong with either is found before it starts."""

    def __init__(self, data: DataSet, settings: Settings, measures: bool = True) -> None:
        """Raises DataError with file and line."""
        self.data, self.settings, self.measures = data, settings, measures
        self.store = TextStore()
        self.keys = survey(data)
        self.systems: list[System] = []

    @property
    def signature(self) -> str:
        """What every row of scores is made with."""
        return scoring_signature(self.settings) + ("" if self.measures else "|measures:none")

    def add_predictions(self, file: PredictionFile) -> None:
        """Take in the systems of a file. Raises DataError with file and line, UsageError for a name that is taken."""
        for name in load_predictions(file, self.keys, self.store, {system.name for system in self.systems}):
            self.add(Given(name))

    def add(self, system: Model | Given | Baseline) -> None:
        """Take in a system. Raises UsageError where its name is taken, DataError where there are no documents."""
        if system.name in {other.name for other in self.systems}:
            raise UsageError(f"there are two systems called {system.name!r}; NAME=FILE names one")
        if not isinstance(system, Given) and self.keys.without_document is not None:
            raise DataError(f"{self.keys.without_document}: has no document, and {system.name} needs one")
        self.systems.append(system)

    def score(
        self, jobs: int = 1, scores: Path | None = None, done: Callable[[int], object] = lambda _: None
    ) -> Results:
        """Score everything. scores: a file of per-document scores to write, and to take up; done: is told after each
        chunk how many documents it had. Raises DataError where that file is another run's."""
        size = min([CHUNK, *(s.batch_size for s in self.systems if isinstance(s, Model))])
        values = [np.full((len(self.keys.ids), len(COLUMNS)), np.nan) for _ in self.systems]
        results = [SystemScores(system.name, v) for system, v in zip(self.systems, values, strict=True)]
        empty = dict.fromkeys((system.name for system in self.systems), 0)
        made_of: dict[tuple[int, int], str] = {}  # (document, system) -> digest, of what is being scored

        def keep(row: Scored) -> None:
            results[row.system].values[row.n] = row.figures
            results[row.system].positions += np.array(row.positions)
            empty[results[row.system].name] += not row.prediction.strip()
            if not isinstance(self.systems[row.system], Given):
                self.store.put(results[row.system].name, row.n, row.prediction)

        with nullcontext() if scores is None else ScoresFile(scores, self.signature) as file:
            chunks = self._chunks(size, file, made_of, keep)
            counts = (min(size, len(self.keys.ids) - start) for start in range(0, len(self.keys.ids), size))
            for count, rows in zip(counts, score_chunks(chunks, self.settings, self.measures, jobs), strict=True):
                for row in rows:
                    keep(row)
                    at = made_of.pop((row.n, row.system))
                    if file is not None:
                        file.append(self.keys.ids[row.n], self.systems[row.system].name, at, row)
                if file is not None:
                    file.flush()
                done(count)
        return Results(self.data, self.keys, self.settings, results, self.store, empty)

    def _chunks(
        self,
        size: int,
        file: ScoresFile | None,
        made_of: dict[tuple[int, int], str],
        keep: Callable[[Scored], None],
    ) -> Iterator[list[Task]]:
        """The documents, a chunk at a time, with every summary that is still to be scored."""
        models: dict[int, Summarize] = {}
        examples = enumerate(self.data)
        while chunk := list(islice(examples, size)):
            wanted: dict[int, dict[int, Prediction | Baseline]] = {n: {} for n, _ in chunk}
            for number, system in enumerate(self.systems):
                left = []
                for n, example in chunk:
                    known, at = None, ""
                    if file is not None:
                        at = self._digest(system, n, example)
                        known = file.find(example.id, system.name, at, n, number)
                    if known is not None:
                        keep(known)
                    else:
                        made_of[n, number] = at
                        left.append((n, example))
                if isinstance(system, Model) and left:
                    if number not in models:
                        models[number] = system.load()
                    texts = [example.document or "" for _, example in left]
                    made: Sequence[Prediction | Baseline] = models[number](texts)
                elif isinstance(system, Given):
                    made = [Prediction(self.store.get(system.name, n)) for n, _ in left]
                elif isinstance(system, Baseline):
                    made = [system for _ in left]
                else:
                    made = []
                for (n, _), prediction in zip(left, made, strict=True):
                    wanted[n][number] = prediction
            yield [Task(n, e.id, e.document, e.references, tuple(wanted[n].items())) for n, e in chunk]

    def _digest(self, system: System, n: int, example: Example) -> str:
        match system:
            case Given(name):
                own = self.store.get(name, n)
            case Model():
                own = system.key
            case Baseline():
                own = repr(system)
        return digest(self.signature, own, example.document or "", *example.references)
