"""Scores of summaries on data sets that can be trusted and compared; see docs/evaluation.md."""

from summarize.evaluation.baselines import Baseline, parse_baselines
from summarize.evaluation.datasets import DataSet, Example
from summarize.evaluation.measures import MEASURES, Source, measure
from summarize.evaluation.predictions import PredictionFile
from summarize.evaluation.rouge import (
    PARTS,
    ROUGE_TYPES,
    Evaluation,
    RougeScorer,
    Score,
    Settings,
    mean_scores,
    signature,
)
from summarize.evaluation.run import Given, Model, Results, Run
from summarize.evaluation.scoring import Prediction
from summarize.evaluation.summary import chosen_systems, summarise

__all__ = [
    "MEASURES",
    "PARTS",
    "ROUGE_TYPES",
    "Baseline",
    "DataSet",
    "Evaluation",
    "Example",
    "Given",
    "Model",
    "Prediction",
    "PredictionFile",
    "Results",
    "RougeScorer",
    "Run",
    "Score",
    "Settings",
    "Source",
    "chosen_systems",
    "mean_scores",
    "measure",
    "parse_baselines",
    "signature",
    "summarise",
]
