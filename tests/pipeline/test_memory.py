"""The memory of one process does not grow with the number of documents."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_memory_is_constant_over_many_documents(model_folder: Path) -> None:
    path = ROOT / "scripts" / "measure_memory.py"
    spec = importlib.util.spec_from_file_location("measure_memory", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    options = ["-m", str(model_folder), "--threads", "1", "--beam-size", "1", "--max-length", "5"]
    # 400 documents of 20 to 200 kB. After four tenths of them, nearly none of the further 24 MB may stay in memory.
    megabytes = [resident for _, resident in script.measure(400, 40_000, options)]
    assert len(megabytes) == 9
    assert max(megabytes[3:]) - megabytes[3] < 12
