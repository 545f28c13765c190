"""Drawing: the figures and tables of the docs, from results on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import draw_attention
import draw_learning
import draw_terminal
import pytest
from click.testing import CliRunner

from tests.helpers.paths import ROOT

PAGE = """# Attention

Before. <!-- dates -->
old
<!-- end -->
Between. <!-- step -->
old
<!-- end -->
<!-- news -->
old
<!-- end -->
After. ![one head](attention/scaled-dot-product.svg)
"""
POINTERS = ("scaled dot-product", "additive")
MEASURES = {"entropy": 2.471, "entropy_of_mean": 2.5, "sharpness": 0.36, "copied": 0.25}


def date_results() -> dict[str, Any]:
    """Results of two pointers on a date of three letters."""
    weights = [[[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]]]
    alignment = {"source": ["a", "_", "b"], "target": ["1", "[SEP]"], "weights": weights, "p_gen": [0.2, 0.9]}
    step = [{"token": "a[_]b", "score": 51.886, "share": 0.5, "likeness": 1.0}]
    result = {"exact": 0.5, "learned": {"1500": 0.25, "3000": 0.5}, "alignment": alignment, "one_step": step}
    return {"documents": 2, "pointers": dict.fromkeys(POINTERS, result | MEASURES)}


def news_results() -> dict[str, Any]:
    """Results of the same pointers on news; the second is significantly better."""
    score = {"fmeasure": 0.3, "low": 0.25, "high": 0.35}
    systems = [{"name": name} | dict.fromkeys(("rouge1", "rouge2", "rougeLsum"), score) for name in ("m1", "m2")]
    comparisons = [
        {"metric": "rouge2", "a": "m1", "b": "m2", "p_holm": 0.5},
        {"metric": "rouge1", "a": "m1", "b": "m2", "p_holm": 0.002},
    ]
    evaluation = {"systems": systems, "comparisons": comparisons, "documents": 7, "signature": "rouge|v1"}
    pointers = {name: {"losses": [[20, 5.0], [40, 4.0]]} | MEASURES for name in POINTERS}
    return {"evaluation": evaluation, "steps": 400, "pointers": pointers}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with markers, after the results were drawn into it."""
    results, page = tmp_path / "results.json", tmp_path / "attention.md"
    results.write_text(json.dumps({"dates": date_results(), "news": news_results()}))
    page.write_text(PAGE, "utf-8")
    result = CliRunner().invoke(draw_attention.main, [str(results), "--page", str(page)])
    assert result.exit_code == 0, result.output
    return page


def test_the_tables_replace_what_was_between_the_markers(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "old" not in text
    assert text.startswith("# Attention\n\nBefore. <!-- dates -->\n| pointer | after 1,500 steps | after 3,000 steps |")
    assert text.endswith("<!-- end -->\nAfter. ![one head](attention/scaled-dot-product.svg)\n")
    assert "| additive | 25.0 % | 50.0 % | 2.47 | 2.50 | 0.36 | 0.25 |" in text
    assert "| `a[_]b` | 51.89 | 0.50 | 1.00 |" in text
    cells = " | ".join(["30.0 [25.0, 35.0]"] * 3)
    assert f"| scaled dot-product | {cells} |  | 2.47" in text
    assert f"| additive | {cells} | 0.002 | 2.47" in text
    assert "7 documents, 400 steps of 16 pairs; `rouge|v1`" in text


def test_only_the_figures_that_the_page_shows_are_drawn(page: Path) -> None:
    drawn = sorted(path.name for path in (page.parent / "attention").iterdir())
    assert drawn == ["news.svg", "scaled-dot-product.svg"]
    assert "<svg" in (page.parent / "attention" / "news.svg").read_text("utf-8")


def test_the_docs_page_has_every_marker() -> None:
    text = (ROOT / "docs" / "attention.md").read_text("utf-8")
    for marker in ("dates", "step", "news"):
        assert draw_attention.fill(text, marker, "NEW CONTENT").count("NEW CONTENT") == 1
    assert draw_attention.file_name("additive, four heads") == "additive-four-heads.svg"
    assert "attention/additive-four-heads.svg" in text


def test_a_learning_curve_has_the_scored_steps(tmp_path: Path) -> None:
    rows = [{"step": 20, "loss": 4.0}, {"step": 20, "rouge1": 30.5}, {"step": 40, "rouge1": 32.25}]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert draw_learning.read_curve(tmp_path / "run") == ([20, 40], [30.5, 32.25])
    target = tmp_path / "figures" / "learning.svg"
    command = [f"300 pairs={tmp_path / 'run'}", "--level", "lead=29", str(target)]
    assert CliRunner().invoke(draw_learning.main, command).exit_code == 0
    assert "300 pairs" in target.read_text("utf-8")
    assert "lead" in target.read_text("utf-8")


def test_a_run_without_a_name_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(draw_learning.main, [str(tmp_path), str(tmp_path / "out.svg")])
    assert result.exit_code == 2
    assert "is not NAME=VALUE" in result.output


def test_the_terminal_picture_loads_nothing() -> None:
    assert "font-face" not in draw_terminal.FORMAT
    assert "{width}" in draw_terminal.FORMAT
