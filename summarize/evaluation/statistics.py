"""Uncertainty of mean scores: bootstrap intervals, and tests of whether two systems differ.

Rows are documents, columns are (system, metric) pairs. A resample takes the same documents for all columns, so that
intervals, differences and tests of all systems are paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MAX_BLOCK_CELLS = 1 << 22  # of one block of resamples × documents: 32 MB


def _block_sizes(n_rounds: int, n_documents: int) -> Iterator[int]:
    """Sizes of blocks of rounds, so that a block fits the memory whatever the number of documents."""
    size = max(1, MAX_BLOCK_CELLS // max(1, n_documents))
    for start in range(0, n_rounds, size):
        yield min(size, n_rounds - start)


def bootstrap_means(values: Array, n_resamples: int, seed: int) -> Array:
    """Means (n_resamples, columns) of values (documents, columns) over documents sampled with replacement (Efron 1979).

    NaN marks a document for which a column has no value. A mean is over the others; NaN if none was sampled.
    """
    n = len(values)
    rng = np.random.default_rng(seed)
    has_value = ~np.isnan(values)
    filled = np.where(has_value, values, 0.0)
    weights = has_value.astype(float)
    means = []
    for size in _block_sizes(n_resamples, n):
        counts = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(size)]).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            means.append((counts @ filled) / (counts @ weights))
    return np.concatenate(means)


def interval(means: Array, confidence: float = 0.95) -> tuple[Array, Array]:
    """The percentile interval (low, high) of each column of bootstrapped means (n_resamples, columns), (columns,) each.

    NaN for a column that has no value.
    """
    tail = (1 - confidence) / 2
    has_value = ~np.isnan(means).all(0)
    ends = np.full((2, means.shape[1]), np.nan)
    ends[:, has_value] = np.nanquantile(means[:, has_value], [tail, 1 - tail], axis=0)
    return ends[0], ends[1]


def bootstrap_p(differences: Array, observed: Array) -> Array:
    """Two-sided p-values (columns,) of paired bootstrap tests (Koehn 2004, centred on zero as in sacreBLEU).

    differences (n_resamples, columns) of bootstrapped means; observed (columns,) differences of the means.
    """
    is_extreme = np.abs(differences - observed) >= np.abs(observed) - 1e-12
    return (is_extreme.sum(0) + 1) / (len(differences) + 1)


def randomisation_p(differences: Array, n_trials: int, seed: int) -> Array:
    """Two-sided p-values (columns,) of approximate randomisation (Noreen 1989; Riezler and Maxwell 2005).

    differences (documents, columns): one system's scores minus another's. A trial exchanges the two systems' scores of
    each document with probability one half, which changes the sign of the document's difference.
    p = (trials with an |effect| at least as large + 1) / (n_trials + 1).
    """
    n = len(differences)
    rng = np.random.default_rng(seed)
    total = differences.sum(0)
    # The tolerance counts a trial whose sum is equal but for the order of addition.
    bound = np.abs(total) - 1e-9 * np.maximum(1, np.abs(differences).sum(0))
    n_extreme = np.zeros(differences.shape[1], dtype=np.int64)
    for size in _block_sizes(n_trials, n):
        bits = np.unpackbits(rng.integers(0, 256, (size, -(-n // 8)), dtype=np.uint8), axis=1)[:, :n]
        n_extreme += (np.abs(total - 2 * (bits.astype(float) @ differences)) >= bound).sum(0)
    return (n_extreme + 1) / (n_trials + 1)


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for multiple tests, which bound the probability of any false alarm (Holm 1979)."""
    corrected = [0.0] * len(p)
    largest = 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[i]))
        corrected[i] = largest
    return corrected
