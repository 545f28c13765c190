"""The output folder of a corpus: one run at a time, and files that are complete or absent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from summarize.corpus.storage import Folder
from summarize.errors import CorpusError, UsageError
from tests.helpers.corpora import contents


def test_a_folder_is_locked_for_one_run(tmp_path: Path) -> None:
    first, second = Folder(str(tmp_path / "out")), Folder(str(tmp_path / "out"))
    with first.locked():
        with pytest.raises(UsageError, match="out: another run is writing it"), second.locked():
            pass
        first.remove(".unfinished")  # the lock file, too, as at the end of a run
    with second.locked():
        pass


def test_a_folder_in_another_storage_is_not_locked() -> None:
    folder = Folder("memory://corpus-lock")
    with folder.locked(), folder.locked():
        assert not fsspec.filesystem("memory").exists("/corpus-lock")


def test_a_file_that_cannot_be_finished_is_absent(tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the disk is full")

    folder = Folder(str(tmp_path))
    folder.write("a/b.txt", [b"one", b"two"])
    with pytest.raises(CorpusError, match="cannot be written: the disk is full"):
        folder.write("a/c.txt", failing())
    assert contents(tmp_path / "a") == {"b.txt": b"onetwo"}
    assert list(folder.read(["a/b.txt"])) == [b"onetwo"]
    with pytest.raises(CorpusError, match="cannot be read"):
        list(folder.read(["a/c.txt"]))
