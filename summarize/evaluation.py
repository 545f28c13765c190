"""ROUGE of predictions against references, through rouge-score, under one stated set of settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROUGE_TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1, as fractions of 1."""

    precision: float
    recall: float
    fmeasure: float


@dataclass(frozen=True)
class Evaluation:
    """Mean scores of one system over a data set."""

    name: str
    documents: int
    scores: dict[str, Score]


def signature() -> str:
    """The settings that every score is made with, in one line that a machine can compare."""
    from importlib.metadata import version

    return f"rouge-score:{version('rouge-score')}|stemmer:porter|split:newline|average:mean"


class RougeScorer:
    """ROUGE-1, -2, -L and -Lsum (Lin 2004) with Porter stemming. For Lsum a sentence is a line."""

    def __init__(self) -> None:
        from rouge_score.rouge_scorer import RougeScorer as Scorer  # over a second: it loads nltk and scipy

        self._scorer = Scorer(list(ROUGE_TYPES), use_stemmer=True)

    def score(self, prediction: str, reference: str) -> dict[str, Score]:
        """Scores of one prediction, a sentence a line, against its reference, a sentence a line."""
        scores = self._scorer.score(reference, prediction)
        return {name: Score(s.precision, s.recall, s.fmeasure) for name, s in scores.items()}


def mean_scores(name: str, scores: Iterable[dict[str, Score]]) -> Evaluation:
    """Mean over documents, as published ROUGE figures are. Raises ValueError where there are none."""
    totals = {rouge: [0.0, 0.0, 0.0] for rouge in ROUGE_TYPES}
    n = 0
    for n, document in enumerate(scores, 1):  # noqa: B007
        for rouge, s in document.items():
            for i, value in enumerate((s.precision, s.recall, s.fmeasure)):
                totals[rouge][i] += value
    if n == 0:
        raise ValueError("no document to evaluate")
    return Evaluation(name, n, {rouge: Score(*(t / n for t in total)) for rouge, total in totals.items()})
