"""`--output FILE`: a file that is there whole or not at all.

Each record is appended to FILE.partial as soon as it is made; the finished file takes FILE's place in one step. A
stopped run leaves FILE.partial behind, with which `--resume` continues. While a run writes, .FILE.lock keeps others
away.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from summarize.atomic_write import atomic_replacement
from summarize.cli.resume import EarlierRecords
from summarize.cli.signals import uninterrupted
from summarize.cli.streams import report
from summarize.errors import UsageError
from summarize.records import RunSettings
from summarize.rendering import FORMATS, Format, Record, Renderer

FORMAT_OF_SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".md": "markdown", ".markdown": "markdown",
                    ".html": "html", ".htm": "html"}  # fmt: skip


@dataclass(frozen=True)
class OutputOptions:
    """Where records are written and how. path: None and "-" are stdout; resume: continue a stopped run."""

    path: Path | None
    format: Format
    resume: bool


def format_for(format: Format, path: Path | None) -> Format:
    """The format given; instead of "auto", the one that a file's suffix names, or plain. On stdout, "auto" stays."""
    if format != "auto" or path is None or str(path) == "-":
        return format
    named = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    return next((f for f in FORMATS if f == named), "plain")


class Output:
    """Where records go: to stdout, or to a file."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        self.n_resumed = 0  # documents whose records an earlier run has written

    def needs(self, source: str) -> bool:
        """Add the next document; whether it is to be summarised. False where an earlier run has written its record."""
        del source
        return True

    def finish(self) -> None:
        """End the output after the last record."""
        self.stream.flush()

    def abandon(self, n_records: int) -> None:
        """End the output of a run that was stopped after it wrote n_records."""


class DirectOutput(Output):
    """A device or a named pipe, which another file cannot replace."""

    def finish(self) -> None:
        """Close it."""
        self.stream.close()


class FileOutput(Output):
    """A file that is written as FILE.partial until it is complete."""

    def __init__(self, path: Path, settings: RunSettings, *, has_records: bool, resume: bool) -> None:
        """has_records: whether the format is a record a line, which a later run can continue. settings: of this run,
        and of the run that it continues.

        Raises UsageError where the file holds something else or another run is writing it, and OSError.
        """
        self._path, self._partial = path, path.with_name(path.name + ".partial")
        self._has_records = has_records
        self._lock = _OutputLock(path)
        try:
            self._earlier = self._take_over(settings) if resume else EarlierRecords()
            if has_records and not resume and _size(self._partial):
                raise UsageError(
                    f"{self._partial}: holds the finished records of a stopped run; "
                    "continue it with --resume, or remove the file to start again"
                )
            mode = "a" if resume else "w"
            super().__init__(self._partial.open(mode, encoding="utf-8", errors="replace", newline="\n"))
        except BaseException:
            self._lock.release()
            raise

    def needs(self, source: str) -> bool:
        """See Output. Raises UsageError where the document is the file itself, found in a folder that is read."""
        if os.path.basename(source) in (self._path.name, self._partial.name) and _is_same_file(source, self._path):
            raise _is_input(self._path)
        is_there = self._earlier.take(source)
        self.n_resumed += is_there
        return not is_there

    def finish(self) -> None:
        """Put the file in its place, with its records in the order of their documents."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        if not self._earlier.is_in_order():
            with atomic_replacement(self._partial) as rewritten:
                self._earlier.copy_in_order(self._partial, rewritten)
        with suppress(OSError):  # the permissions of the file that it replaces, if there is one
            self._partial.chmod(stat.S_IMODE(self._path.stat().st_mode))
        self._partial.replace(self._path)
        self._lock.release()

    def abandon(self, n_records: int) -> None:
        """Keep what is finished, and say so."""
        with suppress(OSError):  # the disk is full, for example: what was written stays
            self.stream.close()
        if not n_records and not self._earlier.n_bytes:
            self._partial.unlink(missing_ok=True)
        elif self._has_records:
            report(f"{self._partial} holds the finished records ({n_records:,} new); --resume continues the run")
        else:
            report(f"{self._partial} holds what was finished (documents: {n_records:,})")
        self._lock.release()

    def _take_over(self, settings: RunSettings) -> EarlierRecords:
        """Begin the partial file with the records of an earlier run: from the partial file or from the finished one."""
        earlier = next((path for path in (self._partial, self._path) if _size(path)), None)
        if earlier is None:
            return EarlierRecords()
        with atomic_replacement(self._partial) as rewritten:
            return EarlierRecords.copied(earlier, rewritten, settings)


class _OutputLock:
    """Keeps an output file for one run, by a lock on a file beside it. If the run is killed, the system unlocks it."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError where another run has the lock."""
        from filelock import FileLock, Timeout

        self._file = path.with_name(f".{path.name}.lock")
        self._lock = FileLock(self._file)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UsageError(f"{path}: another run is writing it") from None
        except (OSError, NotImplementedError):  # a file system without locks: go on without one
            return

    def release(self) -> None:
        """Remove the file and unlock it, in this order, so that no other run locks a file that is then removed."""
        if self._lock.is_locked:
            with suppress(OSError):  # Windows cannot remove an open file; there, FileLock removes it once it is closed
                self._file.unlink()
            self._lock.release()


def open_output(options: OutputOptions, inputs: Iterable[str], settings: RunSettings) -> Output:
    """Where the records go. inputs: the paths that are read ("-": stdin), which must not be overwritten; settings: of
    this run, and of the run that --resume continues.

    Raises UsageError.
    """
    try:
        return _open(options, inputs, settings)
    except OSError as error:
        raise UsageError(f"{options.path}: cannot be written: {error.strerror}") from None


def _open(options: OutputOptions, inputs: Iterable[str], settings: RunSettings) -> Output:
    path = options.path
    if options.resume and (path is None or options.format != "jsonl"):
        raise UsageError("--resume needs --output FILE and --format jsonl (or a FILE that ends in .jsonl)")
    if path is None or str(path) == "-":
        return Output(sys.stdout)
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it, as in {path / 'summaries.jsonl'}")
    target = Path(os.path.realpath(path)) if path.is_symlink() else path  # write the file that a link points to
    if not target.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(f"{path}: cannot be written: it is write-protected")
    if any(_is_same_file(read, target) for read in inputs):
        raise _is_input(path)
    if target.exists() and not target.is_file():
        if options.resume:
            raise UsageError(f"{path}: is not a regular file, and cannot be resumed")
        return DirectOutput(target.open("w", encoding="utf-8", errors="replace", newline="\n"))
    return FileOutput(target, settings, has_records=options.format == "jsonl", resume=options.resume)


def _is_same_file(read: str, target: Path) -> bool:
    """Whether a path that is read ("-": stdin) is the file to write or its partial file."""
    try:
        read_stat = os.fstat(sys.stdin.fileno()) if read == "-" else os.stat(read)
        if not stat.S_ISREG(read_stat.st_mode):
            return False
        targets = (target, target.with_name(target.name + ".partial"))
        return any(t.exists() and os.path.samestat(read_stat, t.stat()) for t in targets)
    except (OSError, ValueError, AttributeError):  # stdin has no file, or there is no such path: reading reports it
        return False


def _is_input(path: Path) -> UsageError:
    return UsageError(f"{path}: is read as an input and cannot be the output; name another file")


def _size(path: Path) -> int:
    """The bytes of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def record_writer(output: Output, renderer: Renderer) -> Iterator[Callable[[Record], None]]:
    """A function that writes a record to an output, whole or not at all.

    If the run is stopped, what was written is ended as its format requires, and kept.
    """
    n_records, is_closed = 0, False

    def write(record: Record) -> None:
        nonlocal n_records
        with uninterrupted():
            renderer.write(record)
            n_records += 1

    try:
        yield write
        with uninterrupted():
            is_closed = True
            renderer.close()
            output.finish()
    except BrokenPipeError:
        raise
    except BaseException as reason:
        if not is_closed and (n_records or isinstance(reason, KeyboardInterrupt)):
            with suppress(OSError):
                renderer.close()
        output.abandon(n_records)
        raise
