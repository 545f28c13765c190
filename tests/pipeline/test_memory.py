"""One process over many documents: its memory does not grow with them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT


def test_memory_is_flat_over_many_documents(model_folder: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("resident memory is read from /proc")
    path = ROOT / "scripts" / "measure_memory.py"
    spec = importlib.util.spec_from_file_location("measure_memory", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    options = ["-m", str(model_folder), "--threads", "1", "--beam-size", "1", "--max-length", "5"]
    # 600 documents of 20 to 200 kB; of the 33 MB that are read after four tenths next to nothing may stay.
    figures = [megabytes for _, megabytes in script.measure(600, 40_000, options)]
    assert len(figures) == 9
    assert max(figures[3:]) - figures[3] < 12
