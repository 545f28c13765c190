"""The shipped models, on the sample article: what a newcomer's first command gives.

No exact text is asked for: the last bits of a bfloat16 product differ between processors, and a word may with them.
"""

from __future__ import annotations

import re

import pytest

from summarize import Summarizer, Summary
from tests.helpers.paths import ROOT

ARTICLE = (ROOT / "examples" / "harbour-bridge.txt").read_text("utf-8")


@pytest.fixture(scope="module", params=["news", pytest.param("writer", marks=pytest.mark.slow)])
def summary(request: pytest.FixtureRequest) -> Summary:
    return Summarizer.load(request.param).summarize(ARTICLE)


def test_it_is_a_summary(summary: Summary) -> None:
    assert 20 <= len(summary.text.split()) <= 100
    assert len(summary.sentences) >= 2
    assert all(sentence.text.endswith((".", "!", "?", '"')) for sentence in summary.sentences)
    assert all(sentence.text[0].isupper() or not sentence.text[0].isalpha() for sentence in summary.sentences)
    assert "bridge" in summary.text
    assert "[UNK]" not in summary.text
    assert "##" not in summary.text


def test_it_repeats_nothing(summary: Summary) -> None:
    words = re.findall(r"\w+", summary.text.lower())
    runs = list(zip(words, words[1:], words[2:], strict=False))
    assert len(set(runs)) == len(runs)


def test_its_numbers_and_names_are_the_articles(summary: Summary) -> None:
    for word in re.findall(r"£?\d[\w.,]*\w|\d", summary.text):
        assert word in ARTICLE
    for name in re.findall(r"(?<!^)(?<![.!?\"“] )(?<![\"“])\b[A-Z]\w+", summary.text):
        assert name in ARTICLE


def test_most_of_it_is_copied_from_where_it_says(summary: Summary) -> None:
    words = [word for sentence in summary.sentences for word in sentence.words]
    copied = [word for word in words if word.span is not None]
    assert len(copied) > len(words) / 2
    for word in copied:
        assert word.span is not None
        start, end = word.span
        assert word.text.lower() == ARTICLE[start:end].lower()


def test_the_weights_are_small_enough_to_ship() -> None:
    assert (ROOT / "models" / "news" / "model.safetensors").stat().st_size <= 50_000_000
    shards = [path.stat().st_size for path in (ROOT / "models" / "writer").glob("*.safetensors")]
    assert shards
    assert max(shards) <= 50_000_000
    assert sum(shards) <= 90_000_000


@pytest.mark.parametrize(
    ("style", "longest"),
    [("headline", 14), ("subject", 14), ("minutes", 70), ("tldr", 45)],
    ids=lambda value: str(value),
)
def test_a_style_writes_as_its_card_says(style: str, longest: int) -> None:
    folder = ROOT / "models" / "news" / "styles" / style
    assert (folder / "adapter.safetensors").stat().st_size <= 5_000_000
    card = (folder / "README.md").read_text("utf-8")
    assert f"--style {style}" in card
    assert "| licence |" in card
    assert re.search(r"\| 23 M \| \d\d\.\d \| \d\d\.\d \| \d\d\.\d \||\*\*\d\d\.\d\*\*", card)
    summary = Summarizer.load("news", style=style).summarize(ARTICLE)
    assert 1 <= len(summary.text.split()) <= longest
    assert "[UNK]" not in summary.text
    assert all(word in ARTICLE for word in re.findall(r"£?\d[\w.,]*\w|\d", summary.text))
