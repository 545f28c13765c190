"""The scripts are not a package: they import each other by bare names, and so do their tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from summarize.checkpoints.model_folder import save_model
from summarize.decoding.hypothesis import SearchOptions
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel
from tests.helpers.paths import ROOT

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts" / "benchmark")]


@pytest.fixture
def salience_folder(make_model: MakeModel, wide_tokenizer: Tokenizer, tmp_path: Path) -> Path:
    """A small random model with a salience head, on disk."""
    folder = tmp_path / "salience"
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    save_model(folder, model, wide_tokenizer, SearchOptions(max_src=64, beam_size=2, min_length=4, max_length=14))
    return folder
