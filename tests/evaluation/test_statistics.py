"""Intervals and tests against brute force over every resample and every exchange of a few documents."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from summarize.evaluation import statistics
from summarize.evaluation.statistics import bootstrap_means, bootstrap_p, holm, interval, randomisation_p

VALUES = np.array([[0.1, 0.9], [0.4, 0.2], [0.35, 0.5], [0.8, 0.05]])
DIFFERENCES = np.array([0.3, -0.1, 0.25, 0.4, 0.05, -0.2, 0.15, 0.1, 0.35, -0.05])


def test_resamples_are_distributed_as_all_resamples_are() -> None:
    every = np.array([VALUES[list(rows)].mean(0) for rows in itertools.product(range(4), repeat=4)])  # all 256
    found = bootstrap_means(VALUES, 20_000, seed=1)
    assert found.shape == (20_000, 2)
    for column in range(2):
        assert found[:, column].mean() == pytest.approx(every[:, column].mean(), abs=0.004)
        assert found[:, column].std() == pytest.approx(every[:, column].std(), rel=0.03)
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(np.corrcoef(every.T)[0, 1], abs=0.02)  # columns are paired


def test_the_interval_is_scipys_percentile_bootstrap() -> None:
    sample = np.random.default_rng(3).beta(2, 5, 200)
    low, high = interval(bootstrap_means(sample[:, None], 20_000, seed=5))
    theirs = stats.bootstrap((sample,), np.mean, n_resamples=20_000, method="percentile", rng=7).confidence_interval
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=0.001)


def test_a_seed_gives_the_same_means_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bootstrap_means(VALUES, 50, seed=9)
    assert not np.array_equal(whole, bootstrap_means(VALUES, 50, seed=10))
    monkeypatch.setattr(statistics, "MAX_BLOCK_CELLS", 12)
    np.testing.assert_allclose(bootstrap_means(VALUES, 50, seed=9), whole)


def test_means_skip_documents_without_a_value() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    found = bootstrap_means(values, 2000, seed=0)
    assert np.isnan(found[:, 1]).all()
    kept = found[~np.isnan(found[:, 0]), 0]
    assert 1900 < len(kept) < 1950  # 1 in 27 resamples has the third document only
    assert (kept.min(), kept.max()) == (1.0, 3.0)
    assert kept.mean() == pytest.approx(2.0, abs=0.05)


def test_randomisation_approximates_all_exchanges() -> None:
    columns = np.stack([DIFFERENCES, DIFFERENCES * 0 + 0.2, np.tile([0.1, -0.1], 5)], axis=1)
    signs = np.array(list(itertools.product((1, -1), repeat=10)))  # all 1,024
    exact = (np.abs(signs @ columns) >= np.abs(columns.sum(0)) - 1e-9).mean(0)
    found = randomisation_p(columns, 40_000, seed=2)
    assert found == pytest.approx(exact, abs=0.006)
    assert exact[2] == 1  # no difference at all
    assert exact[1] == 2 / 1024  # only all of one sign are as extreme
    theirs = stats.permutation_test(
        (DIFFERENCES, np.zeros(10)), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert exact[0] == pytest.approx(theirs.pvalue)


def test_p_is_never_zero_and_equal_systems_do_not_differ() -> None:
    assert randomisation_p(np.ones((40, 1)), 99, seed=0)[0] == 1 / 100
    assert randomisation_p(np.zeros((40, 1)), 99, seed=0)[0] == 1
    assert bootstrap_p(np.zeros((99, 1)), np.zeros(1))[0] == 1


def test_bootstrap_p_counts_resamples_that_are_as_far_from_their_centre() -> None:
    resampled = np.array([[0.5], [0.1], [0.3], [0.7], [0.31]])
    assert bootstrap_p(resampled, np.array([0.3]))[0] == (1 + 1) / 6  # 0.7 alone is 0.3 or more away from 0.3


def test_both_tests_have_their_nominal_rate_of_false_alarms() -> None:
    """Between systems that are equally good, 5 % of tests at 0.05 are false alarms."""
    differences = np.random.default_rng(11).normal(0, 1, (60, 400))
    by_exchange = randomisation_p(differences, 999, seed=1)
    by_bootstrap = bootstrap_p(bootstrap_means(differences, 999, seed=1), differences.mean(0))
    assert 0.025 <= (by_exchange < 0.05).mean() <= 0.08
    assert 0.025 <= (by_bootstrap < 0.05).mean() <= 0.09


def test_holm_correction_by_hand() -> None:
    # Holm 1979: the smallest p times the number of tests, the next times one less, and so on, never decreasing.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []
