"""Scores of many summaries, a row of figures each, in one process or several."""

from __future__ import annotations

import math
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from summarize.errors import SummarizeError
from summarize.evaluation.baselines import Baseline
from summarize.evaluation.measures import MEASURES, N_BINS, SourceDocument, measure
from summarize.evaluation.rouge import PARTS, ROUGE_TYPES, RougeScorer, Settings

ROUGE_COLUMNS = tuple(f"{rouge}.{part}" for rouge in ROUGE_TYPES for part in PARTS)
COLUMNS = (*ROUGE_COLUMNS, *MEASURES)  # of a row of figures
QUEUED_CHUNKS = 3  # for each process, so that none is idle


@dataclass(frozen=True)
class Prediction:
    """A summary, one sentence per line. copied: the share of its probability that copying gave, if known."""

    text: str
    copied: float = math.nan


@dataclass(frozen=True)
class Task:
    """Document number n, and the summaries of it to score: (system number, its summary or how to make it)."""

    n: int
    id: str
    document: str | None
    references: tuple[str, ...]
    predictions: tuple[tuple[int, Prediction | Baseline], ...]


@dataclass(frozen=True)
class ScoredSummary:
    """The figures of a system's summary of document n, in the order of COLUMNS; NaN where there is none.

    positions: how many of its words are in fragments shared with each tenth of the document.
    """

    n: int
    system: int
    prediction: str
    figures: tuple[float, ...]
    positions: tuple[int, ...] = (0,) * N_BINS


class Scorer:
    """Scores tasks in this process. with_measures: also the measures beyond ROUGE."""

    def __init__(self, settings: Settings, with_measures: bool = True) -> None:
        self._rouge = RougeScorer(settings.stemmer, settings.split, settings.words)
        self._with_measures = with_measures
        self._chrf = _chrf_scorer() if settings.chrf else None

    def __call__(self, tasks: Sequence[Task]) -> list[ScoredSummary]:
        """The figures of every prediction of every task."""
        return [scored for task in tasks for scored in self._score(task)]

    def _score(self, task: Task) -> Iterator[ScoredSummary]:
        source = SourceDocument(task.document) if self._with_measures and task.document is not None else None
        for system, prediction in task.predictions:
            if isinstance(prediction, Baseline):
                text = prediction.summarize(task.id, task.document or "", task.references, self._rouge)
                prediction = Prediction(text)
            scores = self._rouge.score_multi(prediction.text, task.references)
            figures = [getattr(scores[rouge], part) for rouge in ROUGE_TYPES for part in PARTS]
            if not self._with_measures:
                yield ScoredSummary(task.n, system, prediction.text, (*figures, *[math.nan] * len(MEASURES)))
                continue
            chrf = self._chrf(prediction.text, task.references) if self._chrf else math.nan
            measured = measure(prediction.text, source, prediction.copied, chrf)
            yield ScoredSummary(task.n, system, prediction.text, (*figures, *measured.values), measured.positions)


def _chrf_scorer() -> Callable[[str, Sequence[str]], float]:
    """sacrebleu's chrF (Popović 2015) of a text against its best reference, as a fraction of 1."""
    from sacrebleu.metrics.chrf import CHRF

    scorer = CHRF()
    return lambda text, references: float(scorer.sentence_score(text, list(references)).score) / 100


_scorer: Scorer | None = None  # of a worker process


def _start_worker(settings: Settings, with_measures: bool) -> None:
    global _scorer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process handles Ctrl-C
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _scorer = Scorer(settings, with_measures)


def _score_in_worker(tasks: Sequence[Task]) -> list[ScoredSummary]:
    assert _scorer is not None
    return _scorer(tasks)


def score_chunks(
    chunks: Iterable[Sequence[Task]], settings: Settings, with_measures: bool = True, n_processes: int = 1
) -> Iterator[list[ScoredSummary]]:
    """The figures of each chunk, in order. At most QUEUED_CHUNKS chunks a process are held at a time.

    Raises SummarizeError if a worker process was killed.
    """
    if n_processes == 1:
        scorer = Scorer(settings, with_measures)
        for chunk in chunks:
            yield scorer(chunk)
        return
    # A fork starts at once, with all modules loaded, but it is not safe beside the threads of torch.
    fork = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin" and "torch" not in sys.modules
    if fork:
        import rouge_score.rouge_scorer  # noqa: F401, loaded here once instead of in every process
    context = multiprocessing.get_context("fork" if fork else "spawn")
    pool = ProcessPoolExecutor(n_processes, context, initializer=_start_worker, initargs=(settings, with_measures))
    queue: deque[Future[list[ScoredSummary]]] = deque()
    try:
        for chunk in chunks:
            queue.append(pool.submit(_score_in_worker, chunk))
            if len(queue) >= n_processes * QUEUED_CHUNKS:
                yield queue.popleft().result()
        while queue:
            yield queue.popleft().result()
    except BrokenProcessPool:
        raise SummarizeError("a scoring process was killed, perhaps for lack of memory; try --jobs 1") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
