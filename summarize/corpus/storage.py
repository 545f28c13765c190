"""Files on this machine or at any fsspec address, and an output folder in which every file is complete or absent."""

from __future__ import annotations

import io
import os
import posixpath
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from summarize.errors import CorpusError, UsageError

UNFINISHED = ".unfinished"  # folder of files that are not complete yet
FILES_PER_READ = 64  # small files that are fetched together


def absolute(address: str) -> str:
    """An address that any process on any machine can use: a local path becomes an absolute one."""
    return address if "://" in address else os.path.abspath(address)


def file_system(address: str) -> tuple[Any, str]:
    """(fsspec file system, path in it) of a path on this machine or of an address such as "s3://bucket/folder".

    Raises UsageError if there is no such storage, or the package for it is not installed.
    """
    if "://" not in address:  # fsspec would interpret some characters of a path
        return fsspec.filesystem("file", auto_mkdir=True), os.path.abspath(address)
    try:
        fs, path = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{address}: cannot be reached: {error}") from None
    return fs, path


class MonitoredFile(io.RawIOBase):
    """A file that counts the bytes read from it and remembers why its storage failed.

    A reader cannot tell such a failure from a damaged file, but a damaged file stays damaged and a storage recovers.
    """

    def __init__(self, address: str) -> None:
        fs, path = file_system(address)
        self._file = open(path, "rb", buffering=0) if _is_local(fs) else fs.open(path, "rb")  # noqa: SIM115
        self.n_bytes_read = 0
        self.failure: Exception | None = None

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from another position."""
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another position."""
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """The position."""
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        """Fill (a part of) the buffer; 0 at the end. Raises OSError."""
        try:
            data = self._file.read(len(buffer))
        except Exception as error:
            self.failure = error
            raise OSError(str(error)) from error
        buffer[: len(data)] = data
        self.n_bytes_read += len(data)
        return len(data)

    def close(self) -> None:
        """Close it."""
        if not self.closed:
            self._file.close()
        super().close()


class Folder:
    """An output folder. Whenever a process is killed, a file in it is complete or absent."""

    def __init__(self, address: str) -> None:
        """Raises UsageError if there is no such storage."""
        self.address = address
        self._fs, self._root = file_system(address)

    def names(self, below: str = "") -> list[str]:
        """The files in the folder, or in a folder of it, sorted; all by their paths from this folder on.

        Raises CorpusError.
        """
        self._fs.invalidate_cache()
        try:
            paths = self._fs.find(self._path(below))
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._failure("read", error) from error
        return sorted(posixpath.relpath(path, self._root) for path in paths)

    def read(self, names: Iterable[str]) -> Iterator[bytes]:
        """The contents of small files, in order, a few at a time. Raises CorpusError."""
        paths = [self._path(name) for name in names]
        try:
            for start in range(0, len(paths), FILES_PER_READ):
                group = paths[start : start + FILES_PER_READ]
                yield from self._fs.cat_ranges(group, None, None, on_error="raise")  # of an object store, all at once
        except Exception as error:
            raise self._failure("read", error) from error

    def n_lines(self, name: str) -> int:
        """The number of lines of a file of any size; 0 if there is none. Raises CorpusError."""
        try:
            with self._fs.open(self._path(name), "rb") as file:
                return sum(data.count(b"\n") for data in iter(lambda: file.read(1 << 20), b""))
        except FileNotFoundError:
            return 0
        except Exception as error:
            raise self._failure("read", error) from error

    def write(self, name: str, content: Iterable[bytes]) -> None:
        """Write a file under another name, then move it: a file system does so in one step, and an object store makes
        a complete copy. Raises CorpusError."""
        path, temporary = self._path(name), self._path(f"{UNFINISHED}/{uuid.uuid4().hex}")
        try:
            for folder in {posixpath.dirname(path), posixpath.dirname(temporary)}:
                self._fs.makedirs(folder, exist_ok=True)
            with self._fs.open(temporary, "wb") as out:
                for data in content:
                    out.write(data)
                if _is_local(self._fs):
                    out.flush()
                    os.fsync(out.fileno())
            self._fs.mv(temporary, path)
        except CorpusError:
            raise
        except Exception as error:
            raise self._failure("written", error) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of a folder on this machine. Raises UsageError if another run is in it."""
        if not _is_local(self._fs):
            yield
            return
        from filelock import FileLock, Timeout

        self._fs.makedirs(self._path(UNFINISHED), exist_ok=True)
        lock = FileLock(self._path(f"{UNFINISHED}/lock"), timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise UsageError(f"{self.address}: another run is writing it") from None
        except (OSError, NotImplementedError):  # a file system without locks
            pass
        try:
            yield
        finally:
            with suppress(OSError):  # the lock file may be removed by now
                lock.release()

    def remove(self, name: str) -> None:
        """Remove a file or a folder, if it exists."""
        with suppress(Exception):  # what remains is not part of any output
            self._fs.rm(self._path(name), recursive=True)

    def _path(self, name: str) -> str:
        return posixpath.join(self._root, name) if name else self._root

    def _failure(self, what: str, error: Exception) -> CorpusError:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return CorpusError(f"{self.address}: cannot be {what}: {reason}")


def _is_local(fs: Any) -> bool:
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)
