"""Batches: an order that a resumed run finds again, and tensors of few shapes within the limits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from summarize.network.padding import SRC_MULTIPLE, TGT_MULTIPLE
from summarize.text.vocabulary import END, PAD, START
from summarize.training.batches import Pair, batches_from, collate, epoch_order


def random_lengths(n: int) -> np.ndarray:
    """Source and summary lengths of n examples, (n, 2)."""
    return np.random.default_rng(0).integers(1, 400, size=(n, 2))


def as_lists(batches: list[np.ndarray]) -> list[list[int]]:
    return [batch.tolist() for batch in batches]


def pair(src: int, tgt: int) -> Pair:
    """An example of so many source and summary tokens; the summary ends in END."""
    return Pair(np.arange(200, 200 + src), np.array([*range(500, 500 + tgt - 1), END]))


def test_epoch_order_is_a_function_of_its_arguments() -> None:
    lengths = random_lengths(100)
    order = as_lists(epoch_order(lengths, 8, seed=1, epoch=2))
    np.random.seed(5)  # the order must not depend on global state
    assert as_lists(epoch_order(lengths, 8, seed=1, epoch=2)) == order
    assert as_lists(epoch_order(lengths, 8, seed=1, epoch=3)) != order
    assert as_lists(epoch_order(lengths, 8, seed=2, epoch=2)) != order


@pytest.mark.parametrize("n", [9, 16, 100, 8 * 40 + 3, 1000])
def test_batches_are_full_and_have_no_example_twice(n: int) -> None:
    batches = as_lists(epoch_order(random_lengths(n), 8, seed=0, epoch=0))
    assert [len(batch) for batch in batches] == [8] * (n // 8)
    indices = [index for batch in batches for index in batch]
    assert len(set(indices)) == len(indices)
    assert set(indices) <= set(range(n))


def test_less_data_than_a_batch_is_one_batch() -> None:
    (batch,) = epoch_order(random_lengths(5), 8, seed=0, epoch=0)
    assert sorted(batch.tolist()) == [0, 1, 2, 3, 4]


def test_what_one_epoch_leaves_out_is_in_another() -> None:
    epochs = [epoch_order(random_lengths(11), 8, seed=0, epoch=epoch) for epoch in range(20)]
    assert {int(i) for epoch in epochs for batch in epoch for i in batch} == set(range(11))


def test_a_batch_holds_examples_of_similar_length() -> None:
    lengths = random_lengths(8 * 40)  # as many as are sorted together
    spans = [(lengths[b, 0].min(), lengths[b, 0].max()) for b in epoch_order(lengths, 8, seed=0, epoch=0)]
    assert spans != sorted(spans)  # short and long batches come in shuffled order,
    for (_, longest), (shortest, _) in itertools.pairwise(sorted(spans)):
        assert longest <= shortest  # yet no two overlap


def test_the_second_key_orders_examples_whose_first_is_equal() -> None:
    lengths = random_lengths(64)
    lengths[:, 0] = 7
    batches = [lengths[indices, 1] for indices in epoch_order(lengths, 8, seed=0, epoch=0)]
    spans = sorted((batch.min(), batch.max()) for batch in batches)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


@pytest.mark.parametrize("n", [5, 50])  # less than a batch; six batches and two examples over
@pytest.mark.parametrize("start", [0, 1, 5, 6, 7, 13])
def test_a_resumed_run_continues_where_it_stopped(n: int, start: int) -> None:
    def first(count: int, start: int) -> list[tuple[int, list[int]]]:
        batches = batches_from(random_lengths(n), 8, seed=3, start=start)
        return [(epoch, indices.tolist()) for epoch, indices in itertools.islice(batches, count)]

    whole = first(20, start=0)
    assert first(20 - start, start=start) == whole[start:]
    assert whole[-1][0] == (19 if n == 5 else 3)  # the comparison went across epochs


def test_collate_pads_to_the_multiples() -> None:
    batch = collate([pair(50, 5), pair(100, 17)], max_src=400, max_tgt=96)
    src, tgt = batch.src, batch.tgt
    assert src.shape == (2, 2 * SRC_MULTIPLE)
    assert tgt.shape == (2, 2 * TGT_MULTIPLE)
    assert src[0, :52].tolist() == [START, *range(200, 250), END]
    assert src[0, 52:].eq(PAD).all()
    assert tgt[0, :5].tolist() == [500, 501, 502, 503, END]
    assert tgt[0, 5:].eq(PAD).all()


@pytest.mark.parametrize(("max_src", "max_tgt"), [(160, 32), (100, 20), (30, 7)])  # multiples, and not
def test_collate_never_exceeds_the_limits(max_src: int, max_tgt: int) -> None:
    batch = collate([pair(500, 90), pair(3, 3)], max_src, max_tgt)
    src, tgt = batch.src, batch.tgt
    assert src.shape == (2, max_src)
    assert tgt.shape == (2, max_tgt)
    for row, length in zip(src.tolist(), (max_src, 5), strict=True):
        assert row[0] == START
        assert row[length - 1] == END
        assert PAD not in row[:length]
        assert set(row[length:]) <= {PAD}
    assert tgt[0].tolist() == list(range(500, 500 + max_tgt))
