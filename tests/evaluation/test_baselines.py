"""Baselines: their names, and the sentences that they select."""

from __future__ import annotations

import pytest

from summarize.errors import UsageError
from summarize.evaluation import Baseline, RougeScorer, baselines, parse_baselines

SCORER = RougeScorer()
TEXT = "One came. Two stayed. Three left. Four slept. Five woke."


def test_names_have_a_kind_and_a_number_of_sentences() -> None:
    assert parse_baselines(" lead-3, random-12,,oracle", seed=7) == [
        Baseline("lead-3", "lead", 3, 7),
        Baseline("random-12", "random", 12, 7),
        Baseline("oracle", "oracle", 3, 7),
    ]


@pytest.mark.parametrize("text", ["lead-0", "lead-", "first-3", "lead-3 random-3", "lead-12345"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a baseline; the baselines are lead-N, random-N, oracle-N, textrank-N"):
        parse_baselines(text)


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(UsageError, match="no baseline is named"):
        parse_baselines(" , ")


def test_keys_stay_the_same_between_versions() -> None:
    """They are in the digests of files of scores, which later versions continue."""
    assert Baseline("lead", "lead", 3, 12345).key == "Baseline(name='lead', kind='lead', size=3, seed=12345)"


def test_random_sentences_depend_on_the_document_and_the_seed_alone() -> None:
    def summaries(seed: int) -> list[str]:
        return [Baseline("r", "random", 2, seed).summarize(str(i), TEXT, ["x"], SCORER) for i in range(20)]

    assert summaries(1) == summaries(1)
    assert summaries(1) != summaries(2)
    assert len(set(summaries(1))) > 5
    assert all(summary.count("\n") == 1 for summary in summaries(1))


def test_more_sentences_than_there_are_give_the_whole_document() -> None:
    whole = TEXT.replace(". ", ".\n")
    for kind in ("lead", "random", "textrank"):
        assert Baseline(kind, kind, 9).summarize("1", TEXT, ["x"], SCORER) == whole


def test_of_several_references_the_oracle_takes_the_one_it_fits_best() -> None:
    oracle = Baseline("oracle-2", "oracle", 2)
    assert oracle.summarize("1", TEXT, ["Nobody at all stayed there.", "Four slept. Five woke."], SCORER) == (
        "Four slept.\nFive woke."
    )


def test_textrank_prefers_the_sentence_that_shares_words_with_others() -> None:
    around = ["alpha one two three", "beta four five six", "gamma seven eight nine"]
    assert baselines._textrank([*around, "alpha beta gamma delta"], 1) == [3]
    assert baselines._textrank(["…", "—"], 3) == []
    assert baselines._textrank([], 3) == []
