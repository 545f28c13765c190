"""The requested length: its limits for each part of a document, and the values that are refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.errors import UsageError
from summarize.text.lengths import Length, Limits

DEFAULT = Limits(42, 95)


@given(st.integers(1, 5000), st.integers(1, 10**6), st.integers(1, 10**5))
def test_the_parts_words_sum_to_the_requested_words(requested: int, n_words: int, n_sentences: int) -> None:
    limits = Length(words=requested).part_limits(n_words, n_sentences, DEFAULT)
    assert sum(part.max_words or 0 for part in limits) == requested
    assert all(0 <= part.min_tokens <= part.max_tokens <= DEFAULT.max_tokens for part in limits)
    assert len(limits) <= max(1, n_sentences)


@given(st.integers(1, 500), st.integers(1, 10**6), st.integers(1, 10**5))
def test_the_parts_sentences_sum_to_the_requested_sentences(requested: int, n_words: int, n_sentences: int) -> None:
    limits = Length(sentences=requested).part_limits(n_words, n_sentences, DEFAULT)
    assert sum(part.n_sentences or 0 for part in limits) == requested
    assert len(limits) <= max(1, n_sentences // 5)


@pytest.mark.parametrize(
    ("length", "n_document_sentences", "expected"),
    [
        (Length(words=50), 4, [Limits(39, 95, max_words=50)]),
        (Length(words=10), 4, [Limits(7, 30, max_words=10)]),
        (Length(words=111), 10, [Limits(43, 95, max_words=56), Limits(42, 95, max_words=55)]),
        (Length(words=111), 9, [Limits(47, 95, max_words=111)]),  # too few sentences for two parts
        (Length(sentences=1), 4, [Limits(8, 40, n_sentences=1)]),
        (Length(sentences=4), 10, [Limits(16, 80, n_sentences=2)] * 2),
        (Length(sentences=9), 4, [Limits(42, 95, n_sentences=9)]),
    ],
)
def test_limits_of_parts(length: Length, n_document_sentences: int, expected: list[Limits]) -> None:
    assert length.part_limits(500, n_document_sentences, DEFAULT) == expected


def test_a_ratio_is_a_share_of_the_documents_words() -> None:
    assert Length(ratio=0.1).part_limits(500, 30, DEFAULT)[0].max_words == 50
    assert Length(ratio=1).for_document(500) == Length(words=500)
    assert Length(ratio=0.001).for_document(500) == Length(words=10)  # the minimum


def test_named_lengths() -> None:
    assert Length(name="short").part_limits(500, 30, DEFAULT) == Length(sentences=1).part_limits(500, 30, DEFAULT)
    assert Length(name="medium").part_limits(500, 30, DEFAULT) == Length().part_limits(500, 30, DEFAULT) == [DEFAULT]
    assert len(Length(name="long").part_limits(500, 30, DEFAULT)) == 2


def test_the_default_length() -> None:
    assert Length().is_default
    assert Length(name="medium").is_default
    assert not Length(name="short").is_default
    assert not Length(words=10).is_default


@pytest.mark.parametrize(("n_words", "n_parts"), [(100, 1), (3000, 1), (12_000, 2), (100_000, 6), (1_000_000, 18)])
def test_a_very_long_document_has_a_longer_default_summary(n_words: int, n_parts: int) -> None:
    assert Length().part_limits(n_words, n_words // 20, DEFAULT) == [DEFAULT] * n_parts


@pytest.mark.parametrize(
    ("n_words", "grown"),
    [
        (1, Length(sentences=1)),
        (79, Length(sentences=1)),
        (80, Length()),
        (2000, Length()),
        (4000, Length(words=90)),
        (16_000, Length(words=150)),
        (250_000, Length(words=269)),
    ],
)
def test_the_default_length_grows_with_the_document(n_words: int, grown: Length) -> None:
    assert Length().grown(n_words) == grown
    medium = Length(name="medium").grown(n_words)
    assert medium == (grown if grown != Length() else Length(name="medium"))


def test_long_is_about_twice_the_default() -> None:
    assert Length(name="long").grown(50) == Length(name="long").grown(2000) == Length(words=110)
    assert Length(name="long").grown(16_000) == Length(words=275)


@pytest.mark.parametrize("length", [Length(words=7), Length(sentences=3), Length(ratio=0.1), Length(name="short")])
def test_a_length_that_is_asked_for_does_not_grow(length: Length) -> None:
    assert length.grown(20) == length.grown(10**6) == length


@pytest.mark.parametrize("field", ["words", "sentences"])
@pytest.mark.parametrize("value", [0, -3, 2.0, 1.5, True, False, "5", float("nan")])
def test_a_count_is_a_whole_number_of_at_least_one(field: str, value: object) -> None:
    message = f"{field}={value!r}: must be a whole number of at least 1"
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        Length(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [30, 1.01, 0, 0.0, -0.1, True, "0.3", float("nan"), float("inf")])
def test_a_ratio_is_above_zero_and_at_most_one(value: Any) -> None:
    with pytest.raises(UsageError, match=rf"^ratio={value!r}: must be a share of the document's words, above 0"):
        Length(ratio=value)


@pytest.mark.parametrize("value", ["tiny", "Short", "", 3, ["short"]])
def test_an_unknown_name_is_refused(value: Any) -> None:
    with pytest.raises(
        UsageError, match=rf"^name={re.escape(repr(value))}: a named length must be short, medium or long$"
    ):
        Length(name=value)


@pytest.mark.parametrize(
    ("given_lengths", "listed"),
    [
        ({"words": 50, "sentences": 3}, "words=50 and sentences=3"),
        ({"sentences": 3, "ratio": 0.5}, "sentences=3 and ratio=0.5"),
        ({"ratio": 0.5, "name": "medium"}, "ratio=0.5 and name='medium'"),
        (
            {"words": 1, "sentences": 1, "ratio": 1, "name": "long"},
            "words=1 and sentences=1 and ratio=1 and name='long'",
        ),
    ],
)
def test_at_most_one_length_is_given(given_lengths: dict[str, Any], listed: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(listed)}: give only one of them; a summary has one length$"):
        Length(**given_lengths)


@pytest.mark.parametrize(
    "wrong", [{"words": 0}, {"sentences": -1}, {"ratio": 30}, {"name": "x"}, {"words": 5, "ratio": 1}]
)
def test_no_refusal_speaks_of_command_line_options(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as error:
        Length(**wrong)
    assert "--" not in str(error.value)
    assert "option" not in str(error.value)


@pytest.mark.parametrize(
    "length",
    [
        *(Length(words=1), Length(sentences=1), Length(ratio=1), Length(ratio=1e-9), Length(name="short")),
        *(Length(words=np.int64(5)), Length(ratio=np.float32(0.5))),  # type: ignore[arg-type]
    ],
)
def test_the_smallest_and_largest_values_and_those_of_numpy_are_accepted(length: Length) -> None:
    assert length.part_limits(500, 30, DEFAULT)


@pytest.mark.parametrize(
    "values", [(-1, 5), (0, -1), (0, 5, 0), (0, 5, -1), (0, 5, None, 0), (0, 5, None, -2)], ids=str
)
def test_impossible_limits_are_refused(values: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^Limits\(.*at least"):
        Limits(*values)


def test_the_minimum_may_exceed_the_maximum() -> None:
    """A user can lower max_length alone, below the model's min_length."""
    assert Length().part_limits(100, 5, Limits(45, 20)) == [Limits(45, 20)]
