"""The results of a run as the documented JSON: means with intervals, comparisons, and the largest differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summarize.errors import UsageError
from summarize.evaluation.measures import MEASURES
from summarize.evaluation.rouge import PARTS, ROUGE_TYPES, signature
from summarize.evaluation.run import Results, SystemScores
from summarize.evaluation.scoring import COLUMNS, ROUGE_COLUMNS
from summarize.evaluation.statistics import bootstrap_means, bootstrap_p, holm, interval, randomisation_p

Array = NDArray[np.float64]
SHOWN_CHARACTERS = 300  # of a text of the first document


@dataclass(frozen=True)
class Bootstrap:
    """Means of all systems (systems, COLUMNS), and those of each resample (resamples, systems, COLUMNS).

    A resample has the same documents for all systems.
    """

    means: Array
    resampled: Array


def bootstrap(results: Results) -> Bootstrap:
    """Resample the documents of a run."""
    values = np.stack([system.values for system in results.systems], axis=1)  # (documents, systems, columns)
    n, n_systems, n_columns = values.shape
    counts = np.maximum((~np.isnan(values)).sum(0), 1)
    means = np.where(np.isnan(values).all(0), np.nan, np.nansum(values, axis=0) / counts)
    resampled = bootstrap_means(values.reshape(n, -1), results.settings.resamples, results.settings.seed)
    return Bootstrap(means, resampled.reshape(-1, n_systems, n_columns))


def summarize_results(results: Results, compare: Sequence[str] | None = None, n_differences: int = 3) -> dict[str, Any]:
    """The results as the documented JSON document.

    compare: names of the systems to compare with each other, all if empty; None compares nothing. n_differences: on
    how many documents to show the texts of each pair. Raises UsageError for a name that no system has.
    """
    resampling = bootstrap(results)
    document: dict[str, Any] = {
        "signature": signature(results.settings, results.index.references),
        "documents": len(results.index.ids),
        "first": _first(results),
        "systems": [_system(results, resampling, i) for i in range(len(results.systems))],
        "comparisons": [],
        "differences": [],
    }
    if compare is not None:
        pairs = list(combinations(systems_to_compare([s.name for s in results.systems], compare), 2))
        document["comparisons"] = _comparisons(results, resampling, pairs)
        document["differences"] = _differences(results, pairs, n_differences)
    return document


def _first(results: Results) -> dict[str, Any]:
    """The first document with all that belongs to it, as it was read."""
    example = next(iter(results.data))  # and no more of it
    return {
        "id": example.id,
        "location": example.location,
        "document": example.document and _beginning(example.document),
        "references": [_beginning(reference) for reference in example.references],
        "predictions": {s.name: _beginning(results.store.get(s.name, 0)) for s in results.systems},
    }


def _beginning(text: str) -> str:
    """The first SHOWN_CHARACTERS of a text."""
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS].rstrip() + "…"


def systems_to_compare(names: Sequence[str], compare: Sequence[str]) -> list[int]:
    """Numbers of the systems named by compare, all if it is empty.

    Raises UsageError for a name that no system has, and for fewer than two systems.
    """
    for name in compare:
        if name not in names:
            raise UsageError(f"--compare: there is no system {name!r}; there are {', '.join(names)}")
    systems = list(dict.fromkeys(names.index(name) for name in compare)) if compare else list(range(len(names)))
    if len(systems) < 2:
        raise UsageError("--compare needs two systems or more")
    return systems


def _json_number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _system(results: Results, resampling: Bootstrap, i: int) -> dict[str, Any]:
    """The figures of system i."""
    low, high = interval(resampling.resampled[:, i])
    system = results.systems[i]

    def figure(name: str) -> dict[str, float | None]:
        c = COLUMNS.index(name)
        return {
            "mean": _json_number(resampling.means[i, c]),
            "low": _json_number(low[c]),
            "high": _json_number(high[c]),
        }

    entry: dict[str, Any] = {"name": system.name}
    for rouge in ROUGE_TYPES:
        f1 = figure(f"{rouge}.fmeasure")
        entry[rouge] = {part: figure(f"{rouge}.{part}")["mean"] for part in PARTS}
        entry[rouge] |= {"low": f1["low"], "high": f1["high"]}
    entry["measures"] = {name: f for name in MEASURES if (f := figure(name))["mean"] is not None}
    total = int(system.positions.sum())
    entry["positions"] = [int(count) / total for count in system.positions] if total else []
    entry["empty"] = results.n_empty[system.name]
    return entry


def _comparisons(results: Results, resampling: Bootstrap, pairs: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Each pair on each ROUGE F1: a's mean minus b's, with intervals and tests."""
    tests = [(a, b, rouge) for a, b in pairs for rouge in ROUGE_TYPES]
    differences = np.stack(
        [_f1(results.systems[a], rouge) - _f1(results.systems[b], rouge) for a, b, rouge in tests], axis=1
    )  # (documents, tests)
    columns = [ROUGE_COLUMNS.index(f"{rouge}.fmeasure") for _, _, rouge in tests]
    resampled = np.stack(
        [
            resampling.resampled[:, a, c] - resampling.resampled[:, b, c]
            for (a, b, _), c in zip(tests, columns, strict=True)
        ],
        1,
    )  # (resamples, tests)
    observed = differences.mean(0)
    low, high = interval(resampled)
    p = randomisation_p(differences, results.settings.trials, results.settings.seed)
    p_bootstrap = bootstrap_p(resampled, observed)
    p_holm = holm(p.tolist())
    return [
        {
            "a": results.systems[a].name,
            "b": results.systems[b].name,
            "metric": rouge,
            "difference": float(observed[k]),
            "low": float(low[k]),
            "high": float(high[k]),
            "p": float(p[k]),
            "p_holm": p_holm[k],
            "p_bootstrap": float(p_bootstrap[k]),
            "wins": int((differences[:, k] > 0).sum()),
            "ties": int((differences[:, k] == 0).sum()),
            "losses": int((differences[:, k] < 0).sum()),
        }
        for k, (a, b, rouge) in enumerate(tests)
    ]


def _f1(system: SystemScores, rouge: str) -> Array:
    return system.column(f"{rouge}.fmeasure")


def mean_rouge(system: SystemScores) -> Array:
    """One figure a document to order documents by, (documents,): the mean of ROUGE-1, -2 and -L F1."""
    return (_f1(system, "rouge1") + _f1(system, "rouge2") + _f1(system, "rougeL")) / 3


def _differences(results: Results, pairs: Sequence[tuple[int, int]], n_documents: int) -> list[dict[str, Any]]:
    """The documents on which each pair differs most by mean ROUGE, with the summaries of both."""
    selected: list[tuple[int, int, int]] = []  # (system a, system b, document)
    for a, b in pairs:
        gap = mean_rouge(results.systems[a]) - mean_rouge(results.systems[b])
        order = np.argsort(-np.abs(gap), kind="stable")[:n_documents]
        selected += [(a, b, int(n)) for n in order if gap[n] != 0]
    examples = results.examples([n for _, _, n in selected])
    return [
        {
            "a": results.systems[a].name,
            "b": results.systems[b].name,
            "id": results.index.ids[n],
            "score_a": float(mean_rouge(results.systems[a])[n]),
            "score_b": float(mean_rouge(results.systems[b])[n]),
            "reference": examples[n].references[0],
            "summary_a": results.store.get(results.systems[a].name, n),
            "summary_b": results.store.get(results.systems[b].name, n),
        }
        for a, b, n in selected
    ]
