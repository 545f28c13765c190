"""Scores of summaries on data sets: ROUGE and other measures, with intervals and tests. See docs/evaluation.md.

`datasets` and `predictions` read files, `baselines` makes summaries without a model, `rouge` and `measures` score one
summary, `scoring` scores many in several processes, `run` puts these together, `scores_file` keeps per-document scores,
`statistics` has intervals and tests, `summary` makes the JSON document of a run, and `report` shows it.
"""

from summarize.evaluation.baselines import Baseline, parse_baselines
from summarize.evaluation.datasets import DataSet, Example
from summarize.evaluation.measures import MEASURES, SourceDocument, measure
from summarize.evaluation.predictions import PredictionFile
from summarize.evaluation.rouge import (
    MAX_UNCOUNTED,
    PARTS,
    ROUGE_TYPES,
    MeanScores,
    RougeScorer,
    Score,
    Settings,
    mean_scores,
    signature,
)
from summarize.evaluation.run import Model, Results, Run, StoredSystem
from summarize.evaluation.scoring import Prediction
from summarize.evaluation.summary import summarize_results, systems_to_compare

__all__ = [
    "MAX_UNCOUNTED",
    "MEASURES",
    "PARTS",
    "ROUGE_TYPES",
    "Baseline",
    "DataSet",
    "Example",
    "MeanScores",
    "Model",
    "Prediction",
    "PredictionFile",
    "Results",
    "RougeScorer",
    "Run",
    "Score",
    "Settings",
    "SourceDocument",
    "StoredSystem",
    "mean_scores",
    "measure",
    "parse_baselines",
    "signature",
    "summarize_results",
    "systems_to_compare",
]
