"""`summarize models`: the shipped models and their styles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.program import run


def test_shipped_models_are_listed(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summarize.checkpoints.model_folder.model_folders", lambda: {"tiny": model_folder})
    result = run("models")
    assert result.exit_code == 0
    assert re.fullmatch(
        rf"tiny\t0\.0 M parameters, 0 MB, pointer of 2 scaled dot product heads\t{re.escape(str(model_folder))}\n",
        result.stdout,
    )
    monkeypatch.setattr("summarize.checkpoints.model_folder.model_folders", dict)
    assert run("models").stdout == ""
