"""What a run's figures say, as the documented JSON: means with intervals, comparisons, where systems differ most."""

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


@dataclass(frozen=True)
class Bootstrapped:
    """Every system's means (systems, COLUMNS) and those of its resamples (resamples, systems, COLUMNS); the resamples
    have the same documents for all systems."""

    means: Array
    resampled: Array


def bootstrap(results: Results) -> Bootstrapped:
    """Resample the documents of a run."""
    values = np.stack([system.values for system in results.systems], axis=1)  # (documents, systems, columns)
    n, systems, columns = values.shape
    known = np.maximum((~np.isnan(values)).sum(0), 1)
    means = np.where(np.isnan(values).all(0), np.nan, np.nansum(values, axis=0) / known)
    flat = bootstrap_means(values.reshape(n, -1), results.settings.resamples, results.settings.seed)
    return Bootstrapped(means, flat.reshape(-1, systems, columns))


def summarise(results: Results, compare: Sequence[str] | None = None, differences: int = 3) -> dict[str, Any]:
    """The documented JSON document. compare: names of the systems to compare with each other (none named: all);
    None compares nothing; differences: of how many documents a pair the texts are shown.

    Raises UsageError for a name that no system has.
    """
    found = bootstrap(results)
    document: dict[str, Any] = {
        "signature": signature(results.settings),
        "documents": len(results.keys.ids),
        "systems": [_system(results, found, i) for i in range(len(results.systems))],
        "comparisons": [],
        "differences": [],
    }
    if compare is not None:
        pairs = list(combinations(chosen_systems([s.name for s in results.systems], compare), 2))
        document["comparisons"] = _comparisons(results, found, pairs)
        document["differences"] = _differences(results, pairs, differences)
    return document


def chosen_systems(names: Sequence[str], compare: Sequence[str]) -> list[int]:
    """Numbers of the systems to compare. Raises UsageError for an unknown name, or fewer than two."""
    for name in compare:
        if name not in names:
            raise UsageError(f"--compare: there is no system {name!r}; there are {', '.join(names)}")
    chosen = list(dict.fromkeys(names.index(name) for name in compare)) if compare else list(range(len(names)))
    if len(chosen) < 2:
        raise UsageError("--compare needs two systems or more")
    return chosen


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _system(results: Results, found: Bootstrapped, i: int) -> dict[str, Any]:
    low, high = interval(found.resampled[:, i])
    system = results.systems[i]

    def figure(name: str) -> dict[str, float | None]:
        c = COLUMNS.index(name)
        return {"mean": _plain(found.means[i, c]), "low": _plain(low[c]), "high": _plain(high[c])}

    entry: dict[str, Any] = {"name": system.name}
    for rouge in ROUGE_TYPES:
        f1 = figure(f"{rouge}.fmeasure")
        entry[rouge] = {part: figure(f"{rouge}.{part}")["mean"] for part in PARTS}
        entry[rouge] |= {"low": f1["low"], "high": f1["high"]}
    entry["measures"] = {name: f for name in MEASURES if (f := figure(name))["mean"] is not None}
    total = int(system.positions.sum())
    entry["positions"] = [int(count) / total for count in system.positions] if total else []
    entry["empty"] = results.empty[system.name]
    return entry


def _comparisons(results: Results, found: Bootstrapped, pairs: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """Each pair on each ROUGE F1: a's mean less b's, with what may be said of it."""
    tests = [(a, b, rouge) for a, b in pairs for rouge in ROUGE_TYPES]
    each = np.stack([_f1(results.systems[a], rouge) - _f1(results.systems[b], rouge) for a, b, rouge in tests], axis=1)
    columns = [ROUGE_COLUMNS.index(f"{rouge}.fmeasure") for _, _, rouge in tests]
    resampled = np.stack(
        [found.resampled[:, a, c] - found.resampled[:, b, c] for (a, b, _), c in zip(tests, columns, strict=True)], 1
    )
    observed = each.mean(0)
    low, high = interval(resampled)
    p = randomisation_p(each, results.settings.trials, results.settings.seed)
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
            "wins": int((each[:, k] > 0).sum()),
            "ties": int((each[:, k] == 0).sum()),
            "losses": int((each[:, k] < 0).sum()),
        }
        for k, (a, b, rouge) in enumerate(tests)
    ]


def _f1(system: SystemScores, rouge: str) -> Array:
    return system.column(f"{rouge}.fmeasure")


def overall(system: SystemScores) -> Array:
    """One figure a document, to order documents by: the mean of ROUGE-1, -2 and -L F1."""
    return (_f1(system, "rouge1") + _f1(system, "rouge2") + _f1(system, "rougeL")) / 3


def _differences(results: Results, pairs: Sequence[tuple[int, int]], most: int) -> list[dict[str, Any]]:
    """The documents on which each pair differs most, by the mean of ROUGE-1, -2 and -L F1, and what both wrote."""
    chosen: list[tuple[int, int, int]] = []
    for a, b in pairs:
        gap = overall(results.systems[a]) - overall(results.systems[b])
        order = np.argsort(-np.abs(gap), kind="stable")[:most]
        chosen += [(a, b, int(n)) for n in order if gap[n] != 0]
    examples = results.texts([n for _, _, n in chosen])
    return [
        {
            "a": results.systems[a].name,
            "b": results.systems[b].name,
            "id": results.keys.ids[n],
            "score_a": float(overall(results.systems[a])[n]),
            "score_b": float(overall(results.systems[b])[n]),
            "reference": examples[n].references[0],
            "summary_a": results.store.get(results.systems[a].name, n),
            "summary_b": results.store.get(results.systems[b].name, n),
        }
        for a, b, n in chosen
    ]
