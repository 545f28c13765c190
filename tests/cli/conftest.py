"""Fixtures for the command line: one precision in this process, and many documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from summarize import Summarizer
from summarize.checkpoints.model_folder import load_model
from tests.helpers.models import MORE, NEWS


@pytest.fixture(autouse=True)
def _float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in float32 in this process, so that a batch gives exactly the summaries of its texts alone."""
    monkeypatch.setattr("summarize.pipeline.engine.fastest_precision", lambda device: "fp32")


@pytest.fixture
def many_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of 150 documents in the working folder, of which 007.txt is empty."""
    monkeypatch.chdir(tmp_path)
    names = [f"{i:03d}.txt" for i in range(150)]
    for i, name in enumerate(names):
        (tmp_path / name).write_text(f"The mayor met the minister on Monday. It was {i}." if i != 7 else "")
    return names


@pytest.fixture
def four_pairs(folder: Path) -> Path:
    """Four documents with summaries: two news, one blank, one that is not read to its end."""
    rows = [
        {"id": 1, "text": NEWS, "summary": "The mayor met the minister.\nIt was 2,500.", "kind": "news"},
        {"id": 2, "text": MORE, "summary": "The bridge is well known.", "kind": "news"},
        {"id": 3, "text": " ", "summary": "Nothing to read.", "kind": "blank"},
        {"id": 4, "text": "the mayor " * 20, "summary": "the mayor", "kind": "other"},
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "pairs.jsonl"


@pytest.fixture(scope="session")
def expected(model_folder: Path) -> Summarizer:
    """The summarizer of `model_folder`, without the program around it."""
    return Summarizer.from_network(*load_model(model_folder))
