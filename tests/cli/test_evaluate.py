"""`summarize evaluate`: its scores against rouge-score, its baselines and comparisons, and what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer

from summarize.evaluation import ROUGE_TYPES, scoring, signature
from tests.helpers.evaluations import (
    BAD,
    BOTH_SYSTEMS,
    DOCUMENTS,
    GOOD,
    REFERENCES,
    SYSTEMS,
    evaluate,
    read_rows,
    refusal_of,
    scores_of,
    write_data,
    write_rows,
)
from tests.helpers.program import run


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_data()


def test_scores_are_those_of_rouge_score() -> None:
    scorer = RougeScorer(list(ROUGE_TYPES), use_stemmer=True)
    document = scores_of(*BOTH_SYSTEMS)
    assert (document["signature"], document["documents"]) == (signature(), 4)
    assert [system["name"] for system in document["systems"]] == ["good", "bad"]
    for system in document["systems"]:
        each = [scorer.score(r, p) for r, p in zip(REFERENCES, SYSTEMS[system["name"]], strict=True)]
        for rouge in ROUGE_TYPES:
            for part in ("precision", "recall", "fmeasure"):
                mean = np.mean([getattr(scores[rouge], part) for scores in each])
                assert system[rouge][part] == pytest.approx(mean, abs=1e-15)
            assert system[rouge]["low"] <= system[rouge]["fmeasure"] <= system[rouge]["high"]


def test_of_several_references_the_best_counts() -> None:
    write_rows("several.jsonl", [{"id": "a", "references": ["nothing alike", "a b c d", "a b"], "prediction": "a b c"}])
    system = scores_of("several.jsonl", "-p", "several.jsonl")["systems"][0]
    plain = RougeScorer(list(ROUGE_TYPES), use_stemmer=True).score_multi(["nothing alike", "a b c d", "a b"], "a b c")
    assert {rouge: system[rouge]["fmeasure"] for rouge in ROUGE_TYPES} == {r: s.fmeasure for r, s in plain.items()}


def test_what_the_program_writes_can_be_scored(model_folder: Path) -> None:
    run("-m", model_folder, "-q", "-o", "records.jsonl", "data.jsonl")
    document = scores_of("data.jsonl", "-p", "records.jsonl", "-m", str(model_folder), "--only-rouge")
    records, model = document["systems"]
    assert records["name"] == "records"
    assert {name: records[name] for name in ROUGE_TYPES} == {name: model[name] for name in ROUGE_TYPES}
    assert document["first"]["predictions"]["records"] == document["first"]["predictions"][model["name"]] != ""


def test_a_failed_record_counts_as_an_empty_summary(model_folder: Path) -> None:
    rows = [json.loads(line) for line in Path("data.jsonl").read_text().splitlines()]
    write_rows("broken.jsonl", [*rows[:3], rows[3] | {"document": ""}])
    run("-m", model_folder, "-q", "-o", "records.jsonl", "broken.jsonl")
    result = evaluate("data.jsonl", "-p", "records.jsonl", "--only-rouge")
    assert result.exit_code == 0
    assert result.stderr == "summarize: records: 1 of 4 summaries are empty, and score 0\n"


def test_the_first_document_is_shown_as_it_was_read() -> None:
    document = scores_of(*BOTH_SYSTEMS, "--only-rouge")
    assert document["first"] == {
        "id": "a",
        "location": "data.jsonl, line 1",
        "document": DOCUMENTS[0],
        "references": [REFERENCES[0]],
        "predictions": {"good": GOOD[0], "bad": BAD[0]},
    }
    write_rows("long.jsonl", [{"summary": "S" * 400, "prediction": "P"}])
    assert scores_of("long.jsonl", "-p", "long.jsonl")["first"]["references"] == ["S" * 300 + "…"]


@pytest.mark.parametrize(
    ("words", "is_seen", "message"),
    [
        ("auto", True, "words of all scripts are counted (--count-words rouge-score counts a to z alone)"),
        ("unicode", True, "words of all scripts are counted (--count-words rouge-score counts a to z alone)"),
        ("rouge-score", False, "rouge-score does not count them: these figures mean little (--count-words unicode)"),
    ],
)
def test_other_scripts_are_counted_or_warned_of(words: str, is_seen: bool, message: str) -> None:
    rows = [{"summary": "大雨使集市取消。", "good": "大雨使集市取消。", "bad": "市长见了部长。"}] * 3
    write_rows("zh.jsonl", rows)
    fields = ("--prediction-field", "good", "--prediction-field", "bad", "--count-words", words, "-f", "json")
    result = evaluate("zh.jsonl", "-p", "zh.jsonl", *fields)
    document = json.loads(result.stdout)
    good, bad = (system["rouge1"]["fmeasure"] for system in document["systems"])
    assert (good == 1 and bad < 0.3) == is_seen
    assert ("|words:unicode|stemmer:none|" in document["signature"]) == is_seen
    assert "100% of the letters of the references are not among a to z" in result.stderr
    assert message in result.stderr
    assert evaluate("zh.jsonl", "-p", "zh.jsonl", *fields, "-q").stderr == ""


def test_chrf_is_sacrebleus() -> None:
    from sacrebleu.metrics.chrf import CHRF

    measures = scores_of(*BOTH_SYSTEMS, "--chrf")["systems"][0]["measures"]
    each = [CHRF().sentence_score(text, [reference]).score for text, reference in zip(GOOD, REFERENCES, strict=True)]
    assert measures["chrf"]["mean"] == pytest.approx(np.mean(each) / 100)
    assert "chrf" not in scores_of(*BOTH_SYSTEMS)["systems"][0]["measures"]


def test_chrf_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["summarize.cli.evaluate"], "find_spec", lambda _: None)
    message = "--chrf: needs the package sacrebleu: pip install 'summarize[metrics]'"
    assert refusal_of(*BOTH_SYSTEMS, "--chrf") == message


def test_settings_change_scores_and_signature() -> None:
    write_rows("one.jsonl", [{"summary": "The mayors spoke. It rained.", "prediction": "It rained. A mayor speaks."}])
    default = scores_of("one.jsonl", "-p", "one.jsonl")
    unstemmed = scores_of("one.jsonl", "-p", "one.jsonl", "--no-stemmer")
    split = scores_of("one.jsonl", "-p", "one.jsonl", "--split", "sentencex")
    assert unstemmed["systems"][0]["rouge1"]["fmeasure"] < default["systems"][0]["rouge1"]["fmeasure"]
    assert split["systems"][0]["rougeLsum"]["fmeasure"] > default["systems"][0]["rougeLsum"]["fmeasure"]
    assert len({document["signature"] for document in (default, unstemmed, split)}) == 3


def test_baselines_rank_as_they_must() -> None:
    document = scores_of("data.jsonl", "--baseline", "lead-1,random-1", "--baseline", "oracle-2,textrank")
    names = [system["name"] for system in document["systems"]]
    assert names == ["lead-1", "random-1", "oracle-2", "textrank"]
    by_name = {system["name"]: system for system in document["systems"]}
    assert by_name["oracle-2"]["rouge1"]["fmeasure"] == max(s["rouge1"]["fmeasure"] for s in document["systems"])
    assert by_name["lead-1"]["measures"]["coverage"]["mean"] == 1
    assert by_name["lead-1"]["positions"][0] > 0.3
    assert scores_of("data.jsonl", "--baseline", "random-1") == scores_of("data.jsonl", "--baseline", "random-1")
    assert refusal_of("data.jsonl", "--baseline", "lead-x").startswith(
        "'lead-x' is not a baseline; the baselines are lead-N, random-N, oracle-N, textrank-N"
    )


def test_baselines_select_the_sentences_that_they_should() -> None:
    evaluate("data.jsonl", "--baseline", "lead-2,oracle-1,textrank-3,random-2", "--scores", "s.jsonl")
    summaries = {(row["system"], row["id"]): row["prediction"] for row in read_rows("s.jsonl")}
    assert summaries["lead-2", "a"] == "The mayor opened the bridge on Monday.\nIt cost 2,500 pounds."
    assert summaries["oracle-1", "c"] == "All sailors were saved."
    assert summaries["textrank-3", "d"] == DOCUMENTS[3].replace(". ", ".\n")
    positions = [DOCUMENTS[1].index(sentence) for sentence in summaries["random-2", "b"].split("\n")]
    assert len(positions) == 2
    assert positions == sorted(positions)


def test_systems_are_compared() -> None:
    document = scores_of(*BOTH_SYSTEMS, "--baseline", "lead-1", "--compare", "good", "bad")
    comparisons = [(c["a"], c["b"], c["metric"]) for c in document["comparisons"]]
    assert comparisons == [("good", "bad", rouge) for rouge in ROUGE_TYPES]
    f1 = {system["name"]: system["rouge1"]["fmeasure"] for system in document["systems"]}
    first = document["comparisons"][0]
    assert first["difference"] == pytest.approx(f1["good"] - f1["bad"])
    assert (first["wins"], first["ties"], first["losses"]) == (3, 1, 0)
    assert first["low"] <= first["difference"] <= first["high"]
    assert first["p"] == pytest.approx(2 / 8, abs=0.02)  # of the eight exchanges, none and all three are as extreme
    assert first["p_holm"] >= first["p"]
    gaps = [abs(d["score_a"] - d["score_b"]) for d in document["differences"]]
    assert gaps == sorted(gaps, reverse=True)
    assert len(gaps) == 3
    assert (document["differences"][0]["id"], document["differences"][0]["summary_a"]) == ("a", GOOD[0])
    of_all = scores_of(*BOTH_SYSTEMS, "--baseline", "lead-1", "--compare", "--differences", "0")
    assert len(of_all["comparisons"]) == 3 * 4
    assert of_all["differences"] == []


def test_comparisons_need_systems_that_exist() -> None:
    assert refusal_of(*BOTH_SYSTEMS, "--compare", "good", "none") == (
        "--compare: there is no system 'none'; there are good, bad"
    )
    assert refusal_of("data.jsonl", "-p", "good.jsonl", "--compare") == "--compare needs two systems or more"


def test_errors_are_found_before_anything_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> Iterator[Any]:
        raise AssertionError("scoring began")

    monkeypatch.setattr(scoring.Scorer, "__call__", never)
    write_rows("short.jsonl", [{"id": "a", "prediction": "p"}])
    assert "has no prediction for the document 'b'" in refusal_of(*BOTH_SYSTEMS, "-p", "short.jsonl", exit_code=1)
    assert "there is a system called 'good' already" in refusal_of(*BOTH_SYSTEMS, "-p", "good=bad.jsonl")
    assert refusal_of("data.jsonl", "-m", "no/such").startswith("no model 'no/such'")
    assert refusal_of(*BOTH_SYSTEMS, "--report", "none/r.html") == "none/r.html: cannot be written"
    assert refusal_of("data.jsonl", "--prediction-field", "x").startswith("--prediction-field names a field of")
    write_rows("bare.jsonl", [{"id": "a", "summary": "S"}])
    assert refusal_of("bare.jsonl", "--baseline", "lead-3", exit_code=1) == (
        "bare.jsonl, line 1: has no document, and lead-3 needs one"
    )
    with Path("data.jsonl").open("a") as file:
        file.write('{"id": "e", "document": "D", "summary": ""}\n')
    assert refusal_of(*BOTH_SYSTEMS, exit_code=1).startswith("data.jsonl, line 5: the reference is empty")


def test_empty_summaries_are_reported() -> None:
    result = evaluate(*BOTH_SYSTEMS)
    assert result.stderr == "summarize: bad: 1 of 4 summaries are empty, and score 0\n"


@pytest.mark.slow
def test_several_processes_give_the_scores_of_one() -> None:
    rows = [{"document": d, "summary": r} for d, r in zip(DOCUMENTS, REFERENCES, strict=True)]
    write_rows("long.jsonl", [row | {"id": f"{i}-{k}"} for k in range(50) for i, row in enumerate(rows)])
    Path("p.txt").write_text("".join(f"{text}\n" for text in GOOD * 50))
    arguments = ("long.jsonl", "-p", "p.txt", "--baseline", "lead-1,random-2")
    one = scores_of(*arguments, "--jobs", "1")
    assert scores_of(*arguments, "--jobs", "2") == one
    assert one["documents"] == 200


def test_help_groups_the_options() -> None:
    text = evaluate("--help").stdout
    at = [text.index(f"\n{title}") for title in ("Data:", "Systems:", "Scoring:", "Length:", "Output:", "Search:")]
    assert at == sorted(at)
    for option, group in {"--baseline NAME": 1, "--compare A": 2, "--scores FILE": 4}.items():
        assert text.rindex("\n", 0, text.index(f"  {option}")) > at[group]
        assert text.index(f"  {option}") < at[group + 1]
