"""`summarize evaluate` with a model: its summaries are made and scored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rouge_score.rouge_scorer import RougeScorer

from summarize import Summarizer
from summarize.evaluation import signature
from tests.helpers.program import messages_in, run, summary_lines


def test_scores_are_means_over_all_documents(four_pairs: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("evaluate", four_pairs, "-m", model_folder, "--format", "json", "--batch-size", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert (shown["signature"], shown["documents"]) == (signature(), 4)
    (system,) = shown["systems"]
    assert system["name"] == str(model_folder)
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True)
    scores_of_rows = []
    for row in map(json.loads, four_pairs.read_text().splitlines()):
        prediction = summary_lines(expected, row["text"]) if row["text"].strip() else ""
        scores_of_rows.append(scorer.score(row["summary"], prediction))
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        for part in ("precision", "recall", "fmeasure"):
            mean = sum(getattr(scores[name], part) for scores in scores_of_rows) / 4
            assert system[name][part] == pytest.approx(mean, abs=1e-9)


def test_a_table_of_scores_has_the_same_figures(
    four_pairs: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    scores = json.loads(run("evaluate", four_pairs, "-m", model_folder, "-f", "json").stdout)["systems"][0]
    table = run("evaluate", four_pairs, "-m", model_folder).stdout
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        figures = [f"{100 * scores[name][part]:.2f}" for part in ("precision", "recall", "fmeasure")]
        pattern = r"[ │]+".join([rf"\b{name.removeprefix('rouge')}", *map(re.escape, figures)])
        assert re.search(pattern, table), name
    assert f"{model_folder} (4 documents)" in table
    assert signature() in table


def test_a_part_of_a_data_set_is_scored(four_pairs: Path, model_folder: Path) -> None:
    def documents(*arguments: str) -> int:
        return json.loads(run("evaluate", four_pairs, "-m", model_folder, "-f", "json", *arguments).stdout)["documents"]

    assert documents("--where", "kind=news") == 2
    assert documents("--every", "3") == 2
    assert documents("--where", "kind=news", "--every", "2") == 1
    result = run("evaluate", four_pairs, "-m", model_folder, "--where", "kind=none")
    assert (result.exit_code, result.stdout) == (1, "")
    assert messages_in(result.stderr) == [f"{four_pairs}: holds no example to score"]


def test_a_row_without_its_field_is_named(four_pairs: Path, model_folder: Path) -> None:
    with four_pairs.open("a") as file:
        file.write('{"text": "D"}\n')
    result = run("evaluate", four_pairs, "-m", model_folder)
    assert (result.exit_code, result.stdout) == (1, "")
    (message,) = messages_in(result.stderr)
    assert message.startswith(f"{four_pairs}, line 5: has no field 'summary'")
