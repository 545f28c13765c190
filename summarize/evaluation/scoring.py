"""Scores of many summaries, a row of figures each, over several processes."""

from __future__ import annotations

import math
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from summarize.errors import SummarizeError
from summarize.evaluation.baselines import Baseline
from summarize.evaluation.measures import BINS, MEASURES, Source, measure
from summarize.evaluation.rouge import PARTS, ROUGE_TYPES, RougeScorer, Settings

ROUGE_COLUMNS = tuple(f"{rouge}.{part}" for rouge in ROUGE_TYPES for part in PARTS)
COLUMNS = (*ROUGE_COLUMNS, *MEASURES)  # of a row of figures
AHEAD = 3  # chunks that wait for each process, so that none is ever idle


@dataclass(frozen=True)
class Prediction:
    """A summary, a sentence a line; copied: the share of its probability that copying gave, where that is known."""

    text: str
    copied: float = math.nan


@dataclass(frozen=True)
class Task:
    """A document with what is to be scored on it: (number of the system, its summary or the way to make it)."""

    n: int
    id: str
    document: str | None
    references: tuple[str, ...]
    predictions: tuple[tuple[int, Prediction | Baseline], ...]


@dataclass(frozen=True)
class Scored:
    """The figures of one summary in the order of COLUMNS, NaN where there is none; positions: how many of its words
    come from each tenth of the document."""

    n: int
    system: int
    prediction: str
    figures: tuple[float, ...]
    positions: tuple[int, ...] = (0,) * BINS


class Scorer:
    """Scores tasks, in this process. measures: also what ROUGE does not see."""

    def __init__(self, settings: Settings, measures: bool = True) -> None:
        self._rouge = RougeScorer(settings.stemmer, settings.split)
        self._measures = measures

    def __call__(self, tasks: Sequence[Task]) -> list[Scored]:
        """A row for every prediction of every task."""
        return [scored for task in tasks for scored in self._score(task)]

    def _score(self, task: Task) -> Iterator[Scored]:
        source = Source(task.document) if self._measures and task.document is not None else None
        for system, prediction in task.predictions:
            if isinstance(prediction, Baseline):
                text = prediction.summary(task.id, task.document or "", task.references, self._rouge)
                prediction = Prediction(text)
            scores = self._rouge.score_multi(prediction.text, task.references)
            figures = [getattr(scores[rouge], part) for rouge in ROUGE_TYPES for part in PARTS]
            if not self._measures:
                yield Scored(task.n, system, prediction.text, (*figures, *[math.nan] * len(MEASURES)))
                continue
            measured = measure(prediction.text, source, prediction.copied)
            yield Scored(task.n, system, prediction.text, (*figures, *measured.values), measured.positions)


_scorer: Scorer | None = None  # of a process of the pool


def _start(settings: Settings, measures: bool) -> None:
    global _scorer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one process that speaks
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _scorer = Scorer(settings, measures)


def _score(tasks: Sequence[Task]) -> list[Scored]:
    assert _scorer is not None
    return _scorer(tasks)


def score_chunks(
    chunks: Iterable[Sequence[Task]], settings: Settings, measures: bool = True, jobs: int = 1
) -> Iterator[list[Scored]]:
    """The rows of each chunk, in order. At most a few chunks a process are held at a time."""
    if jobs == 1:
        scorer = Scorer(settings, measures)
        for chunk in chunks:
            yield scorer(chunk)
        return
    # A fork starts at once, with what is loaded, but not beside the threads of torch.
    fork = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" and "torch" not in sys.modules
    if fork:
        import rouge_score.rouge_scorer  # noqa: F401, so that it is loaded once and not by every process
    context = multiprocessing.get_context("fork" if fork else "spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(settings, measures))
    waiting: deque[Future[list[Scored]]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_score, chunk))
            if len(waiting) >= jobs * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise SummarizeError("a process that scores was killed, perhaps for want of memory; try --jobs 1") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
