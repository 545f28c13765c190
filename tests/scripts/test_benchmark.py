"""The benchmark: its inputs, what it makes of measurements, and a whole run on a tiny model without peers."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from summarize.text import tokenizer
from tests.helpers.paths import ROOT

SCRIPT = ROOT / "scripts" / "benchmark"
sys.path.insert(0, str(SCRIPT))

import articles  # noqa: E402
import measuring  # noqa: E402
import reporting  # noqa: E402


def sample(name: str, round_: int, cpu: float) -> measuring.Sample:
    return measuring.Sample(name, "beam", 8, round_, cpu, cpu, articles=8, written=50, peak=100)


def test_articles_have_the_length_asked_for(model_folder: Path) -> None:
    tokens = tokenizer.Tokenizer.load(model_folder / model_folder.TOKENIZER)
    texts = articles.of_length(articles.made_up(), tokens, 300, 3)
    assert texts == articles.of_length(articles.made_up(), tokens, 300, 3)
    assert len(set(texts)) == 3
    assert all(270 < len(tokens.encode(text).ids) <= 300 for text in texts)


def test_a_file_of_articles_that_are_too_short_is_refused(tmp_path: Path, model_folder: Path) -> None:
    rows = [{"article": text} for text in islice(articles.made_up(), 2)] + [{"document": "Short."}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tokens = tokenizer.Tokenizer.load(model_folder / model_folder.TOKENIZER)
    assert len(articles.of_length(articles.from_file(tmp_path / "a.jsonl"), tokens, 300, 2)) == 2
    with pytest.raises(ValueError, match="only 2 of the articles have 300 tokens; 3 are needed"):
        articles.of_length(articles.from_file(tmp_path / "a.jsonl"), tokens, 300, 3)


def test_a_ratio_is_the_median_of_those_within_rounds() -> None:
    ours = [sample("ours", 0, 1), sample("ours", 1, 10), sample("ours", 2, 2)]
    theirs = [sample("theirs", 0, 2), sample("theirs", 1, 30), sample("theirs", 2, 8)]
    found = measuring.ratios(ours, theirs, lambda s: s.rate)
    assert found == measuring.Figure(3, 2, 4)  # the ratio of the medians would be 4
    assert measuring.ratios(ours[:1], theirs[1:], lambda s: s.rate) is None


def test_every_round_begins_with_another_one_and_what_fails_is_left_out() -> None:
    seen: list[tuple[str, int]] = []

    def step(name: str, number: int) -> measuring.Sample | None:
        seen.append((name, number))
        return None if name == "b" else sample(name, number, 1)

    assert len(list(measuring.in_turn(["a", "b", "c"], 2, step))) == 4
    assert seen == [("a", 0), ("b", 0), ("c", 0), ("c", 1), ("a", 1)]


def test_rows_compare_with_the_first_of_a_kind() -> None:
    rows = reporting.rows([sample("ours", 0, 1), sample("theirs", 0, 4)])
    assert [row["rate"]["median"] for row in rows] == [8, 2]
    assert rows[0]["first_is_faster"] is None
    assert rows[1]["first_is_faster"]["median"] == 4


def test_a_whole_run(tmp_path: Path, model_folder: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in islice(articles.made_up(), 8)))
    command = [sys.executable, SCRIPT, "--systems", "summarize", "--decoding", "beam,greedy", "--rounds", "1"]
    command += ["--batch-sizes", "2", "--articles", tmp_path / "a.jsonl", "--model", model_folder]
    command += ["--json", tmp_path / "figures.json", "--plot", tmp_path / "figures.svg"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Peers with beams of four: articles per processor second" in done.stdout
    found = json.loads((tmp_path / "figures.json").read_text())
    assert [row["name"] for row in found["rates"]] == [
        "summarize, as shipped",
        "summarize, beams as the peers",
        "summarize in bfloat16",
        "summarize in float32",
        "summarize, beams as the peers",
    ]
    assert all(s["articles"] == 4 and s["cpu"] > 0 and s["peak"] > 50 for s in found["samples"])
    assert "<svg" in (tmp_path / "figures.svg").read_text()
