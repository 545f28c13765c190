"""`summarize evaluate --scores`: one row per document, continued by the same command and refused by another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from summarize.evaluation import MEASURES, scoring
from summarize.pipeline.summarizer import Summarizer
from tests.helpers.evaluations import (
    BAD,
    BOTH_SYSTEMS,
    DOCUMENTS,
    evaluate,
    read_rows,
    refusal_of,
    scores_of,
    write_data,
)


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_data()


def test_a_stopped_run_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = (*BOTH_SYSTEMS, "--baseline", "lead-1", "--scores", "s.jsonl", "-f", "json")
    whole = evaluate(*arguments)
    rows = read_rows("s.jsonl")
    assert [(row["id"], row["system"]) for row in rows] == [(i, s) for i in "abcd" for s in ("good", "bad", "lead-1")]
    assert rows[1]["prediction"] == BAD[0]
    assert rows[1]["measures"].keys() == MEASURES.keys()
    assert rows[1]["measures"]["unsupported_numbers"] == 1
    content = Path("s.jsonl").read_text()
    lines = content.splitlines(keepends=True)
    Path("s.jsonl").write_text("".join(lines[:4]) + lines[4][:50])  # stopped in the middle of a row
    n_scored: list[int] = []
    score = scoring.Scorer._score
    monkeypatch.setattr(
        scoring.Scorer, "_score", lambda self, task: (n_scored.append(len(task.predictions)), score(self, task))[1]
    )
    again = evaluate(*arguments)
    assert again.stdout == whole.stdout
    assert Path("s.jsonl").read_text() == content
    assert sum(n_scored) == 8
    n_scored.clear()
    assert evaluate(*arguments).stdout == whole.stdout
    assert sum(n_scored) == 0


def test_scores_of_another_run_are_refused() -> None:
    evaluate(*BOTH_SYSTEMS, "--scores", "s.jsonl")
    assert "was scored with other settings" in refusal_of(*BOTH_SYSTEMS, "--scores", "s.jsonl", "--no-stemmer")
    assert "but of another text or system" in refusal_of("data.jsonl", "-p", "good=bad.jsonl", "--scores", "s.jsonl")
    assert refusal_of(*BOTH_SYSTEMS, "--scores", "data.jsonl", exit_code=1) == (
        "data.jsonl, line 1: is not a row of scores; name another file"
    )
    assert len(Path("data.jsonl").read_text().splitlines()) == 4
    assert refusal_of(*BOTH_SYSTEMS, "--scores", "none/s.jsonl").startswith("none/s.jsonl: cannot be written")


def test_a_models_summaries_have_their_copied_share(model_folder: Path) -> None:
    model = str(model_folder)
    first = scores_of("data.jsonl", "-m", model, "--scores", "s.jsonl")
    summaries = list(Summarizer.load(model).summarize_many(DOCUMENTS, 8))
    copied = [np.mean([w.copied for sentence in s.sentences for w in sentence.words]) for s in summaries]
    rows = read_rows("s.jsonl")
    assert [row["measures"]["copied"] for row in rows] == pytest.approx(copied, abs=0.02)
    assert [row["prediction"] for row in rows] == ["\n".join(t.text for t in s.sentences) for s in summaries]
    assert scores_of("data.jsonl", "-m", model, "--scores", "s.jsonl") == first
    assert "but of another text or system" in refusal_of(
        "data.jsonl", "-m", model, "--scores", "s.jsonl", "--beam-size", "1"
    )
    both = scores_of("data.jsonl", "-m", model, "-p", "good.jsonl", "--compare")
    assert [system["name"] for system in both["systems"]] == ["good", model]


def test_rows_of_scores_are_predictions() -> None:
    first = scores_of(*BOTH_SYSTEMS, "--scores", "s.jsonl")
    assert scores_of("data.jsonl", "-p", "s.jsonl") == first
