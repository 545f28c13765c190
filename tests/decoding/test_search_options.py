"""The values that SearchOptions accepts."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from summarize.checkpoints.model_folder import load_search, model_folders
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import UsageError
from summarize.text.lengths import Limits


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("max_src", [2, -1, 16.5, "512", None, True], "a whole number of at least 3"),
        ("beam_size", [0, -4, 2.0, math.nan, "4"], "a whole number of at least 1"),
        ("min_length", [-1, 4.5, None], "a whole number of at least 0"),
        ("max_length", [0, -110, math.inf], "a whole number of at least 1"),
        ("no_repeat_words", [-1, 1.5, False], "a whole number of at least 0"),
        ("length_penalty", [-0.5, math.inf, math.nan, "1", None], "a finite number of at least 0"),
        ("coverage_penalty", [-1, math.inf, math.nan, True], "a finite number of at least 0"),
        ("patience", [0, -1.0, math.nan, "2"], "a number above 0"),
        ("min_confidence", [-0.1, 1.01, math.nan, "0.7", None], "a number from 0 to 1"),
    ],
)
def test_a_value_out_of_range_is_refused(name: str, values: list[Any], message: str) -> None:
    for value in values:
        with pytest.raises(UsageError) as error:
            SearchOptions(**{name: value})
        assert str(error.value) == f"{name} must be {message}, not {value!r}"
        with pytest.raises(UsageError):
            dataclasses.replace(SearchOptions(), **{name: value})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("max_src", [3, 512, np.int64(64)]),
        ("beam_size", [1, 200]),
        ("min_length", [0, 111]),
        ("max_length", [1, 44]),  # less than min_length: summaries are cut there
        ("no_repeat_words", [0, 1]),
        ("length_penalty", [0, 0.0, 5, np.float32(1.5)]),
        ("coverage_penalty", [0, 100.0]),
        ("patience", [0.5, 1, math.inf]),
        ("min_confidence", [0, 0.7, 1, 1.0]),
    ],
)
def test_a_value_in_range_is_kept(name: str, values: list[Any]) -> None:
    for value in values:
        assert getattr(SearchOptions(**{name: value}), name) == value


def test_a_config_without_a_field_gets_its_default() -> None:
    """Folders that older versions wrote lack the newer fields."""
    assert dataclasses.asdict(SearchOptions()) == {
        "max_src": 512,
        "beam_size": 4,
        "length_penalty": 1.0,
        "min_length": 45,
        "max_length": 110,
        "no_repeat_words": 3,
        "coverage_penalty": 0.0,
        "patience": 1.0,
        "check_numbers": True,
        "check_names": False,
        "min_confidence": 0.0,
        "min_copied": 0.0,
        "whole": False,
        "name_speakers": False,
    }


def test_the_limits_are_those_of_the_lengths() -> None:
    assert SearchOptions(min_length=3, max_length=8).limits == Limits(3, 8)


def test_the_shipped_models_and_styles_have_valid_options() -> None:
    for folder in model_folders().values():
        assert load_search(folder) == SearchOptions(**json.loads((folder / "config.json").read_text())["search"])
        for style in folder.glob("styles/*/config.json"):
            SearchOptions(**json.loads(style.read_text())["search"])
