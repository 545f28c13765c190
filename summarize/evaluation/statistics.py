"""What may be said of mean scores: bootstrap intervals, and tests of whether two systems differ.

Rows are documents, columns are (system, metric) pairs. Every resample takes the same documents for all columns, so
that intervals, differences and tests of all systems are paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
CELLS = 1 << 22  # of one block of resamples × documents: 32 MB


def _blocks(rounds: int, documents: int) -> Iterator[int]:
    """Sizes of blocks of rounds that together fit the memory, whatever the number of documents."""
    size = max(1, CELLS // max(1, documents))
    for start in range(0, rounds, size):
        yield min(size, rounds - start)


def bootstrap_means(values: Array, resamples: int, seed: int) -> Array:
    """Means (resamples, columns) of values (documents, columns) over documents drawn with replacement (Efron 1979).

    NaN marks a document for which a column has no value: means are over the others; NaN where none was drawn.
    """
    n = len(values)
    rng = np.random.default_rng(seed)
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    weights = known.astype(float)
    means = []
    for block in _blocks(resamples, n):
        counts = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(block)]).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            means.append((counts @ filled) / (counts @ weights))
    return np.concatenate(means)


def interval(means: Array, confidence: float = 0.95) -> tuple[Array, Array]:
    """The percentile interval (low, high) of each column of bootstrapped means; NaN where a column has none."""
    tail = (1 - confidence) / 2
    known = ~np.isnan(means).all(0)
    ends = np.full((2, means.shape[1]), np.nan)
    ends[:, known] = np.nanquantile(means[:, known], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]


def bootstrap_p(differences: Array, observed: Array) -> Array:
    """Two-sided p-values of paired bootstrap tests (Koehn 2004, centred on zero as sacreBLEU does).

    differences (resamples, columns) of bootstrapped means; observed (columns,) differences of the means.
    """
    extreme = np.abs(differences - observed) >= np.abs(observed) - 1e-12
    return (extreme.sum(0) + 1) / (len(differences) + 1)


def randomisation_p(differences: Array, trials: int, seed: int) -> Array:
    """Two-sided p-values of approximate randomisation (Noreen 1989; Riezler and Maxwell 2005).

    differences (documents, columns): one system's scores less another's. A trial exchanges the two systems' scores of
    each document with probability one half, which changes the sign of the document's difference.
    p = (trials with an |effect| at least as large + 1) / (trials + 1).
    """
    n = len(differences)
    rng = np.random.default_rng(seed)
    total = differences.sum(0)
    bound = np.abs(total) - 1e-9 * np.maximum(1, np.abs(differences).sum(0))  # the same sum in another order counts
    extreme = np.zeros(differences.shape[1], dtype=np.int64)
    for block in _blocks(trials, n):
        bits = np.unpackbits(rng.integers(0, 256, (block, -(-n // 8)), dtype=np.uint8), axis=1)[:, :n]
        extreme += (np.abs(total - 2 * (bits.astype(float) @ differences)) >= bound).sum(0)
    return (extreme + 1) / (trials + 1)


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for being several, which hold the chance of any false alarm (Holm 1979)."""
    corrected = [0.0] * len(p)
    largest = 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[i]))
        corrected[i] = largest
    return corrected
