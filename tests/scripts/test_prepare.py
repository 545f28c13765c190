"""Preparing pairs: Treebank tokenisation is undone, publishers are balanced, held-out summaries are left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import prepare_news
import prepare_styles
import pytest
from click import Command
from click.testing import CliRunner, Result

from tests.helpers.data_sets import cnndm_row, read_rows, write_cnndm, write_rows, write_scitldr

BODY = " ".join(f"the mayor met minister number {i} in the old town on monday ." for i in range(8))
HEADLESS = (
    ("By. Anna Smith. PUBLISHED:. 14:11 EST, 25 October 2013. |. UPDATED:. 15:36 EST, 25 October 2013. The", "The"),
    ("by . anna smith . and bob jones . published : . 05:13 est , 3 march 2013 . the", "the"),
    ("By the river the", "By the river the"),
    ("Published works of the", "Published works of the"),
)
TOKENISED = (
    ("he does n't know -lrb- yet -rrb- .", "he doesn't know (yet)."),
    ("she said `` no '' twice .", 'she said "no" twice.'),
    ('he said " no " and " yes " .', 'he said "no" and "yes".'),
    ("the 35 - year - old paid # 5 .", "the 35-year-old paid £5."),
    ("it 's the mayor 's .", "it's the mayor's."),
    ("they can not go .", "they cannot go."),
    ("Nothing here was tokenised: 5% of it, at most.", "Nothing here was tokenised: 5% of it, at most."),
)


def run(command: Command, *arguments: str | Path) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.parametrize(("text", "expected"), HEADLESS)
def test_by_lines_and_time_stamps_are_removed(text: str, expected: str) -> None:
    assert prepare_news.strip_header(text) == expected


@pytest.mark.parametrize(("text", "expected"), TOKENISED)
def test_tokenisation_is_undone(text: str, expected: str) -> None:
    assert prepare_news.detokenize(text) == expected


def test_a_clean_row_has_its_summary_a_sentence_a_line() -> None:
    row = cnndm_row(1, document=f"by . anna smith . {BODY}", summary="NEW : he does n't know .\ntwo words\nit is so .")
    clean = prepare_news.clean_row(row)
    assert clean is not None
    assert clean["document"].startswith("the mayor met minister number 0 in the old town on monday. the mayor")
    assert clean["summary"] == "he doesn't know.\nit is so."
    tokenised = prepare_news.clean_row(row, keep_tokenised=True)
    assert tokenised is not None
    assert tokenised["document"] == BODY
    assert tokenised["summary"] == "he does n't know .\nit is so ."


def test_text_that_kept_its_letter_case_was_never_tokenised() -> None:
    document = f"{BODY} # 5 was paid ."
    clean = prepare_news.clean_row(cnndm_row(1, cased=True, document=document))
    assert clean is not None
    assert clean["document"] == document


@pytest.mark.parametrize(
    "fields",
    [
        {"document": "the mayor met the minister ."},
        {"document": BODY, "summary": "two words"},
        {"document": BODY, "summary": "the mayor " * 80},
    ],
)
def test_rows_that_teach_nothing_are_left_out(fields: dict[str, str]) -> None:
    assert prepare_news.clean_row(cnndm_row(1, **fields)) is None


def test_most_datelines_are_removed_and_always_the_same() -> None:
    rows = [cnndm_row(i, document=f"LONDON , England ( CNN ) -- {BODY}") for i in range(200)]
    clean = [prepare_news.clean_row(row) for row in rows]
    kept = sum("cnn" in row["document"].lower() for row in clean if row)
    assert 35 < kept < 85  # of 200, at a probability of 0.3
    assert clean == [prepare_news.clean_row(row) for row in rows]


def test_cnn_articles_are_sampled_down_to_their_share_cased_ones_first() -> None:
    daily_mail = [cnndm_row(i) for i in range(6)]
    cnn = [cnndm_row(10 + i, "cnn", cased=i in (4, 7)) for i in range(8)]
    rows = prepare_news.balance([*cnn, *daily_mail], 0.4)
    assert rows[:6] == daily_mail
    assert len(rows) == 10
    assert {row["id"] for row in rows if row["cased"]} == {"id14", "id17"}
    assert prepare_news.balance([*cnn, *daily_mail], None) == [*cnn, *daily_mail]


def test_held_out_summaries_are_left_out_however_they_are_tokenised(tmp_path: Path) -> None:
    train = write_rows(tmp_path / "train.jsonl", [cnndm_row(3), cnndm_row(4)])
    summary = cnndm_row(3)["summary"].replace(" .", ".").title()
    held_out = write_rows(tmp_path / "held-out.jsonl", [cnndm_row(5, summary=summary)])
    target = tmp_path / "out" / "pairs.jsonl"
    run(prepare_news.main, train, target, "--exclude", held_out)
    assert [row["id"] for row in read_rows(target)] == ["id4"]


def test_daily_mail_articles_are_copied_clean_and_tokenised(tmp_path: Path) -> None:
    write_cnndm(tmp_path)
    run(prepare_news.main, tmp_path / "cnndm-train.jsonl.xz", tmp_path / "pairs.jsonl", "--copies", "2")
    rows = read_rows(tmp_path / "pairs.jsonl")
    copies = Counter((row["id"], row["publisher"]) for row in rows)
    assert {count for (_, publisher), count in copies.items() if publisher == "dailymail"} == {2}
    assert {count for (_, publisher), count in copies.items() if publisher == "cnn"} == {1}
    for publisher in ("dailymail", "cnn"):
        tokenised = [" ." in row["document"] for row in rows if row["publisher"] == publisher]
        assert 0 < sum(tokenised) < len(tokenised), publisher
    numbers = [int(row["id"].removeprefix("id")) for row in rows]
    assert numbers != sorted(numbers)  # shuffled


def test_only_the_first_rows_of_the_official_mix(tmp_path: Path) -> None:
    write_cnndm(tmp_path)
    source = tmp_path / "cnndm-validation.jsonl.xz"
    run(prepare_news.main, source, tmp_path / "pairs.jsonl", "--official-mix", "--max-rows", "8")
    assert sorted(row["id"] for row in read_rows(tmp_path / "pairs.jsonl")) == [
        f"id{100 + i}" for i in (0, 1, 2, 4, 5, 6)
    ]


def test_a_style_keeps_references_and_leaves_out_held_out_summaries(tmp_path: Path) -> None:
    write_scitldr(tmp_path)
    run(prepare_styles.main, "tldr", tmp_path, tmp_path / "out")
    validation = read_rows(tmp_path / "out" / "validation.jsonl")
    train = read_rows(tmp_path / "out" / "train.jsonl")
    assert sorted(row["id"] for row in validation) == [f"scitldr/p{i}" for i in range(4)]
    assert all(row["references"] == [row["summary"], "It rained."] for row in validation)
    assert sorted(row["id"] for row in train) == sorted(f"scitldr/p{i}" for i in range(4, 16))


def test_a_large_data_set_is_sampled_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scitldr(tmp_path)
    monkeypatch.setitem(prepare_styles.STYLES, "tldr", (prepare_styles.DataSet("scitldr", max_pairs=5),))
    rows = prepare_styles.select_pairs("tldr", tmp_path, "train", set())
    assert len({row["id"] for row in rows}) == len(rows) == 5


def test_a_headline_belongs_to_lead_and_body(tmp_path: Path) -> None:
    rows = [{"id": "1", "document": "The body.", "summary": "The lead.", "headline": " Bridge opens "}, {"id": "2"}]
    path = write_rows(tmp_path / "reuters_lead-train.jsonl.xz", rows)
    (reuters, _) = prepare_styles.STYLES["headline"]
    assert list(prepare_styles.read_pairs(reuters, path)) == [
        {"id": "reuters_lead/1", "document": "The lead.\nThe body.", "summary": "Bridge opens"}
    ]
