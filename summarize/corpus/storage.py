"""Files on this machine or at any fsspec address, and an output folder there whose files are whole or absent."""

from __future__ import annotations

import io
import os
import posixpath
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from summarize.errors import CorpusError, UsageError

UNFINISHED = ".unfinished"  # folder of what is not whole yet
CHUNK = 64  # small files that are fetched at once


def absolute(address: str) -> str:
    """An address as any process on any machine can use it: a local path from the root on."""
    return address if "://" in address else os.path.abspath(address)


def file_system(address: str) -> tuple[Any, str]:
    """(fsspec file system, path in it) of a path on this machine or of an address such as "s3://bucket/folder".

    Raises UsageError where there is no such storage, or the package that knows it is missing.
    """
    if "://" not in address:  # as it is: a name may hold what means something in an address
        return fsspec.filesystem("file", auto_mkdir=True), os.path.abspath(address)
    try:
        fs, path = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{address}: cannot be reached: {error}") from None
    return fs, path


class Watched(io.RawIOBase):
    """A file that counts what is read of it and remembers what its storage could not give: a reader may take that for
    damage, and damage stays while a storage recovers."""

    def __init__(self, address: str) -> None:
        fs, path = file_system(address)
        self._file = open(path, "rb", buffering=0) if _is_local(fs) else fs.open(path, "rb")  # noqa: SIM115
        self.count = 0
        self.failure: Exception | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from another place on."""
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place."""
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """The place."""
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        """Fill (a part of) the buffer; 0 at the end. Raises OSError."""
        try:
            data = self._file.read(len(buffer))
        except Exception as error:
            self.failure = error
            raise OSError(str(error)) from error
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        """Close it."""
        if not self.closed:
            self._file.close()
        super().close()


class Folder:
    """An output folder. What is written stands in it whole or not at all, whenever a process is killed."""

    def __init__(self, address: str) -> None:
        """Raises UsageError where there is no such storage."""
        self.address = address
        self._fs, self._root = file_system(address)

    def names(self, below: str = "") -> list[str]:
        """The files in it or in a folder of it, by their names from the root on, sorted. Raises CorpusError."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.find(self._path(below))
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._failure("read", error) from error
        return sorted(posixpath.relpath(path, self._root) for path in found)

    def read(self, names: Iterable[str]) -> Iterator[bytes]:
        """The contents of small files, in order, a few at a time. Raises CorpusError."""
        paths = [self._path(name) for name in names]
        try:
            for start in range(0, len(paths), CHUNK):
                own = paths[start : start + CHUNK]
                yield from self._fs.cat_ranges(own, None, None, on_error="raise")  # of an object store, all at once
        except Exception as error:
            raise self._failure("read", error) from error

    def write(self, name: str, content: Iterable[bytes]) -> None:
        """Write a file beside its place and move it there: a file system does so in one step, an object store makes
        a whole copy. Raises CorpusError."""
        path, beside = self._path(name), self._path(f"{UNFINISHED}/{uuid.uuid4().hex}")
        try:
            for folder in {posixpath.dirname(path), posixpath.dirname(beside)}:
                self._fs.makedirs(folder, exist_ok=True)
            with self._fs.open(beside, "wb") as out:
                for data in content:
                    out.write(data)
                if _is_local(self._fs):
                    out.flush()
                    os.fsync(out.fileno())
            self._fs.mv(beside, path)
        except CorpusError:
            raise
        except Exception as error:
            raise self._failure("written", error) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps the folder for this run, where it is on this machine. Raises UsageError where another has it."""
        if sys.platform == "win32" or not _is_local(self._fs):
            yield
            return
        import fcntl

        self._fs.makedirs(self._path(UNFINISHED), exist_ok=True)
        with open(self._path(f"{UNFINISHED}/lock"), "ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(f"{self.address}: another run is writing it") from None
            except OSError:  # a file system without locks
                pass
            yield

    def remove(self, name: str) -> None:
        """Remove a file or a folder, if it is there."""
        with suppress(Exception):  # what stays is no part of any output
            self._fs.rm(self._path(name), recursive=True)

    def _path(self, name: str) -> str:
        return posixpath.join(self._root, name) if name else self._root

    def _failure(self, what: str, error: Exception) -> CorpusError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return CorpusError(f"{self.address}: cannot be {what}: {reason}")


def _is_local(fs: Any) -> bool:
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)
