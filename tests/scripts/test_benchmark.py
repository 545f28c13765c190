"""The benchmark: its inputs, its statistics, and a whole run on a tiny model without peers."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import articles
import measuring
import pytest
import reporting

from summarize.checkpoints.files import TOKENIZER
from summarize.text.tokenizer import Tokenizer
from tests.helpers.paths import ROOT

BENCHMARK = ROOT / "scripts" / "benchmark"


@pytest.fixture(scope="module")
def tokenizer(model_folder: Path) -> Tokenizer:
    return Tokenizer.load(model_folder / TOKENIZER)


def sample(label: str, round_: int, cpu_seconds: float) -> measuring.Sample:
    """A sample of eight articles."""
    return measuring.Sample(
        label, "beam", 8, round_, cpu_seconds, cpu_seconds, n_articles=8, summary_length=50, peak_megabytes=100
    )


def test_articles_have_the_length_asked_for(tokenizer: Tokenizer) -> None:
    texts = articles.cut_articles(articles.generate_articles(), tokenizer, 300, 3)
    assert texts == articles.cut_articles(articles.generate_articles(), tokenizer, 300, 3)
    assert len(set(texts)) == 3
    assert all(270 < len(tokenizer.encode(text).ids) <= 300 for text in texts)


def test_too_few_long_articles_are_refused(tmp_path: Path, tokenizer: Tokenizer) -> None:
    rows = [{"article": text} for text in islice(articles.generate_articles(), 2)] + [{"document": "Short."}]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len(articles.cut_articles(articles.read_articles(path), tokenizer, 300, 2)) == 2
    with pytest.raises(ValueError, match="only 2 of the articles have 300 tokens; 3 are needed"):
        articles.cut_articles(articles.read_articles(path), tokenizer, 300, 3)


def test_a_row_without_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "One."}\n{"title": "Two"}\n')
    with pytest.raises(ValueError, match="line 2: has none of the fields text, article, document"):
        list(articles.read_articles(path))


def test_a_ratio_is_the_median_of_the_ratios_within_rounds() -> None:
    ours = [sample("ours", 0, 1), sample("ours", 1, 10), sample("ours", 2, 2)]
    theirs = [sample("theirs", 0, 2), sample("theirs", 1, 30), sample("theirs", 2, 8)]
    ratio = measuring.ratio(ours, theirs, lambda s: s.rate)
    assert ratio == measuring.Spread(3, 2, 4)  # the ratio of the medians would be 4
    assert measuring.ratio(ours[:1], theirs[1:], lambda s: s.rate) is None


def test_each_round_starts_with_another_item_and_failed_items_are_left_out() -> None:
    calls: list[tuple[str, int]] = []

    def step(label: str, round_: int) -> measuring.Sample | None:
        calls.append((label, round_))
        return None if label == "b" else sample(label, round_, 1)

    assert len(list(measuring.round_robin(["a", "b", "c"], 2, step))) == 4
    assert calls == [("a", 0), ("b", 0), ("c", 0), ("c", 1), ("a", 1)]


def test_rates_are_compared_with_the_first_system_of_the_same_decoding() -> None:
    rows = reporting.rate_rows([sample("ours", 0, 1), sample("theirs", 0, 4)])
    assert [row["rate"]["median"] for row in rows] == [8, 2]
    assert rows[0]["first_is_faster"] is None
    assert rows[1]["first_is_faster"]["median"] == 4


def test_processes_are_compared_with_the_baseline_of_the_same_round() -> None:
    samples = [sample("base", 0, 1), sample("base", 1, 5), sample("program", 0, 3), sample("program", 1, 8)]
    rows = reporting.process_rows(samples, "base")
    assert [row["beyond_import_torch"] for row in rows] == [0, 2.5]


@pytest.mark.slow
def test_a_whole_run(tmp_path: Path, model_folder: Path) -> None:
    rows = tmp_path / "a.jsonl"
    rows.write_text("".join(json.dumps({"text": text}) + "\n" for text in islice(articles.generate_articles(), 8)))
    command: list[str | Path] = [
        sys.executable,
        BENCHMARK,
        "--systems",
        "summarize",
        "--decoding",
        "beam,greedy",
        "--rounds",
        "1",
    ]
    command += ["--batch-sizes", "2", "--articles", rows, "--model", model_folder]
    command += ["--json", tmp_path / "figures.json", "--plot", tmp_path / "figures.svg"]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Peers with beams of four: articles per processor second" in process.stdout
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [row["label"] for row in figures["rates"]] == [
        "summarize, as shipped",
        "summarize, beams as the peers",
        "summarize in bfloat16",
        "summarize in float32",
        "summarize, beams as the peers",
    ]
    assert all(s["n_articles"] == 4 and s["cpu_seconds"] > 0 and s["peak_megabytes"] > 50 for s in figures["samples"])
    assert "<svg" in (tmp_path / "figures.svg").read_text()
