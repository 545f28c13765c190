"""Damaged files of every format: a short form of scripts/fuzz_documents.py, and what it calls a failure."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import fuzz_documents
import pytest
from click.testing import CliRunner

from tests.helpers.makers import every_format


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for suffix, data in every_format().items():
        (tmp_path / f"file{suffix}").write_bytes(data)
    return tmp_path


class FakeWorker:
    """Instead of a process: each check is what a test says."""

    def __init__(self, _: float) -> None:
        pass

    def check(self, given: fuzz_documents.Input) -> tuple[str, str, float, float]:
        return ("read", "", 7.0, 500.0) if given.data else ("", "Traceback of a fault", 0.0, 10.0)

    def close(self) -> None:
        pass


@pytest.mark.slow
def test_damaged_files_of_every_format_are_read_or_refused(folder: Path) -> None:
    files = sorted(folder.iterdir())
    checker = fuzz_documents.Checker()
    outcomes = [
        checker.check(fuzz_documents.make_input(files, random.Random(f"test {number}"), 0.05)) for number in range(300)
    ]
    assert {"read", "refused"} <= set(outcomes) <= {"read", "refused", "empty"}


def test_the_same_seed_makes_the_same_inputs(folder: Path) -> None:
    files = sorted(folder.iterdir())
    first, second = (fuzz_documents.make_input(files, random.Random("7 1"), 1.0) for _ in range(2))
    assert first == second
    assert fuzz_documents.make_input(files, random.Random("7 2"), 1.0) != first


def test_a_failure_is_kept_and_counted(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_documents, "Worker", FakeWorker)
    options = ["--inputs", "40", "--output", str(tmp_path / "failed")]
    good = CliRunner().invoke(fuzz_documents.main, [str(folder), *options, "--megabytes", "600"])
    assert "peak memory 500 MB" in good.stdout
    n_failed = len(list((tmp_path / "failed").iterdir())) if (tmp_path / "failed").exists() else 0
    assert f"{n_failed} failures" in good.stdout
    assert good.exit_code == (n_failed > 0)
    too_slow = CliRunner().invoke(fuzz_documents.main, [str(folder), *options, "--seconds", "6"])
    assert "took 7 CPU-seconds" in too_slow.stderr
    assert too_slow.exit_code == 1
    too_much = CliRunner().invoke(fuzz_documents.main, [str(folder), *options, "--megabytes", "400"])
    assert "took 500 MB" in too_much.stderr
    assert too_much.exit_code == 1


@pytest.mark.parametrize("damage", fuzz_documents.DAMAGES)
def test_every_damage_works_on_no_bytes_and_on_few(damage: Any) -> None:
    for data, other in ((b"", b""), (b"ab", b""), (b"", b"ab"), (b"abc" * 50, b"d" * 70)):
        assert isinstance(damage(data, other, random.Random(3)), bytes)
