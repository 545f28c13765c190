"""Making data: dates, the word list, and candidates to rank."""

from __future__ import annotations

import datetime
import lzma
import random
from pathlib import Path
from typing import Any

import make_candidates
import make_dates
import make_word_list
from click.testing import CliRunner

from summarize.selection.oracle import rouge_1_plus_2
from tests.helpers.data_sets import FACTS, read_rows, write_rows


def test_numbers_in_words() -> None:
    assert [make_dates.in_words(n) for n in (0, 13, 20, 42)] == ["zero", "thirteen", "twenty", "forty-two"]
    spelled = [make_dates.ordinal_in_words(n) for n in (1, 12, 20, 23, 31)]
    assert spelled == ["first", "twelfth", "twentieth", "twenty-third", "thirty-first"]
    assert [make_dates.ordinal(n) for n in (1, 2, 3, 11, 12, 13, 22, 30)] == [
        "1st", "2nd", "3rd", "11th", "12th", "13th", "22nd", "30th",
    ]  # fmt: skip


def test_years_in_words() -> None:
    years = {
        1995: "nineteen ninety-five",
        1906: "nineteen oh six",
        1900: "nineteen hundred",
        2000: "two thousand",
        2005: "two thousand and five",
        2014: "twenty fourteen",
    }
    assert {year: make_dates.year_in_words(year) for year in years} == years


def test_every_date_is_one_of_the_range_in_iso_form(tmp_path: Path) -> None:
    path = tmp_path / "dates.jsonl"
    result = CliRunner().invoke(make_dates.main, [str(path), "--pairs", "50", "--seed", "3"])
    assert result.exit_code == 0
    rows = read_rows(path)
    assert len(rows) == 50
    for row in rows:
        date = datetime.date.fromisoformat(row["summary"].replace(" ", ""))
        assert make_dates.FIRST_DATE <= date <= make_dates.LAST_DATE
        spellings = {make_dates.spell(date, random.Random(seed)) for seed in range(300)}
        assert row["document"].replace(" ", "").replace("_", " ") in spellings


def test_common_words_are_those_often_lower_cased_within_sentences() -> None:
    text = "The old Mayor met a mayor, Jimmy and the mayor of York by the mayor's house. "
    assert make_word_list.common_words([text] * 3) == ["a", "and", "by", "house", "mayor", "met", "of", "old", "the"]
    assert make_word_list.common_words([text] * 2) == ["mayor", "the"]  # all others are lower-cased twice
    lower = "so the mayor and the mayor met the mayor, "
    assert make_word_list.common_words([lower + "the Mayor, " * 12]) == ["mayor", "the"]  # 3 of 15
    assert make_word_list.common_words([lower + "the Mayor, " * 13]) == ["the"]  # 3 of 16


def test_the_word_list_is_counted_in_cased_rows_only(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"document": "Then the town met the minister. " * 3},
        {"document": "so jimmy met jimmy. " * 5, "cased": False},
    ]
    source, target = write_rows(tmp_path / "texts.jsonl.xz", rows), tmp_path / "words.txt.xz"
    result = CliRunner().invoke(make_word_list.main, [str(source), "--output", str(target)])
    assert result.exit_code == 0, result.output
    assert lzma.decompress(target.read_bytes()).decode().split() == ["met", "minister", "the", "town"]


def test_candidates_are_extracts_with_their_scores(tmp_path: Path, salience_folder: Path) -> None:
    rows = [
        {"id": str(i), "document": ". ".join(FACTS[i : i + 4]) + ".", "summary": f"{FACTS[i]}.\n{FACTS[i + 2]}."}
        for i in range(6)
    ]
    source, target = write_rows(tmp_path / "pairs.jsonl", rows), tmp_path / "ranked.jsonl"
    command = [str(salience_folder), str(source), str(target), "--pick", "3", "--kept", "4", "--max-src", "64"]
    assert CliRunner().invoke(make_candidates.main, [*command, "--documents", "2"]).exit_code == 0
    assert len(read_rows(target)) == 2
    for _ in range(2):  # the second run finds everything done
        assert CliRunner().invoke(make_candidates.main, command).exit_code == 0
        ranked = read_rows(target)
        assert sorted(row["id"] for row in ranked) == [row["id"] for row in rows]
    for row in ranked:
        scores = [candidate["score"] for candidate in row["candidates"]]
        assert len(scores) == 4
        assert scores == sorted(scores, reverse=True)
        for candidate in row["candidates"]:
            assert all(sentence in row["document"] for sentence in candidate["summary"].splitlines())
            assert candidate["score"] == round(rouge_1_plus_2(candidate["summary"], row["summary"]) / 2, 4)
