"""Common words, as they are listed and as prefixes and suffixes make them."""

from __future__ import annotations

import pytest

from summarize.grounding import words
from summarize.grounding.words import common_words, is_common_word


def test_the_word_list_holds_common_words_and_no_names() -> None:
    listed = common_words()
    assert 25_000 < len(listed) < 70_000
    assert listed >= {"the", "however", "colour", "color", "may", "mayor", "won't", "trawlers"}
    assert not listed & {"obama", "jimmy", "china", "London", "paris"}


@pytest.fixture
def short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    common = frozenset({"plan", "bake", "ox", "it", "will", "he", "red", "use"})
    monkeypatch.setattr(words, "common_words", lambda: common)


MADE_FROM_COMMON_WORDS = """plan plans planed planer planly planlike planwide planned planning planner planners
planness bakes baked baking baker bakers bakees unplan replan nonplan preplan antiplan overplan underplan midplan
coplan he'will used baklike bakwide"""
OTHER_WORDS = """oxs oxly its plann plane xplan planx misplan unox reit it'x x'it unreplan plansx colored bak reds' s ed
er un"""


@pytest.mark.usefixtures("short_list")
@pytest.mark.parametrize("word", MADE_FROM_COMMON_WORDS.split())
def test_words_made_from_common_ones_are_common(word: str) -> None:
    assert is_common_word(word)


@pytest.mark.usefixtures("short_list")
@pytest.mark.parametrize("word", OTHER_WORDS.split())
def test_other_words_are_not(word: str) -> None:
    assert not is_common_word(word)


@pytest.mark.usefixtures("short_list")
def test_a_prefix_needs_a_word_of_three_letters() -> None:
    assert is_common_word("unred")
    assert not is_common_word("unhe")
