"""`--output FILE`: a file that appears whole or not at all, and `--resume`, which goes on where a run was stopped.

Records are appended to FILE.partial, each as soon as it is there, and the finished file takes FILE's place in one step.
A stopped run leaves FILE.partial behind. `--resume` takes the records of FILE.partial (or of a finished FILE) over,
but for failed ones and a half-written last line, leaves out the documents that they are about, and puts the records
into the order of the documents at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from summarize.cli.options import as_typed
from summarize.cli.signals import uninterrupted
from summarize.cli.streams import complain
from summarize.errors import UsageError
from summarize.rendering import FORMATS, Format, Record, Renderer

ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".md": "markdown", ".markdown": "markdown",
           ".html": "html", ".htm": "html"}  # fmt: skip
NEW = -1  # in the place of an offset: a record that this run writes


def format_for(wanted: Format, output: Path | None) -> Format:
    """The format asked for; for "auto" and a file, the one that the file's ending names, or plain."""
    if wanted != "auto" or output is None or str(output) == "-":
        return wanted
    named = ENDINGS.get(output.suffix.lower())
    return next((f for f in FORMATS if f == named), "plain")


class Output:
    """Where records go: stdout, or what becomes a file."""

    stream: IO[str]
    held = 0  # documents that were left out because their records are there already

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def wants(self, source: str) -> bool:
        """Whether the next document is to be summarised: its record, which calls it so, is not there yet."""
        del source
        return True

    def finish(self) -> None:
        """All records are written."""
        self.stream.flush()

    def abandon(self, records: int) -> None:
        """The run stopped after so many of its records."""


class DirectOutput(Output):
    """A device or named pipe, which cannot be put in place later."""

    def finish(self) -> None:
        """Close it."""
        self.stream.close()


class FileOutput(Output):
    """A file that is written beside its place."""

    def __init__(self, path: Path, *, keeps_records: bool, resume: bool, made_by: Mapping[str, Any]) -> None:
        """keeps_records: whether what is written is one record a line, which a later run can take over; made_by: the
        fields in which the records of all runs have to agree.

        Raises UsageError where FILE holds something else or is being written by another run, and OSError.
        """
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._keeps_records = keeps_records
        self._offsets: dict[str, list[int]] = {}  # of the records taken over, by source
        self._order = array("q")  # of the documents so far: a record's offset, or NEW
        self._start = 0  # where this run's records begin
        with self._partial.open("ab") as earlier:
            _lock(earlier, path)
            if resume:
                self._start = self._take_over(made_by)
            elif keeps_records and earlier.tell():
                raise UsageError(
                    f"{self._partial}: holds what a stopped run has finished; "
                    "--resume goes on with it, or remove it to start again"
                )
            self.stream = self._partial.open("a" if resume else "w", encoding="utf-8", errors="replace", newline="\n")
        _lock(self.stream, path)

    def wants(self, source: str) -> bool:
        """Whether the next document's record is not there yet; the order of all documents is taken down.

        Raises UsageError where a document is the file itself, which a folder that is read may hold.
        """
        if os.path.basename(source) in (self._path.name, self._partial.name) and _same_file(source, self._path):
            raise UsageError(f"{self._path}: would be written over while it is read; name another file")
        if offsets := self._offsets.get(source):
            self._order.append(offsets.pop(0))
            self.held += 1
            return False
        self._order.append(NEW)
        return True

    def finish(self) -> None:
        """Put the file in its place, records in the order of their documents; others that it held come first."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        others = sorted(offset for offsets in self._offsets.values() for offset in offsets)
        order = array("q", [*others, *self._order])
        taken_over = [offset for offset in order if offset != NEW]
        if list(order[: len(taken_over)]) == sorted(taken_over):
            self._replace(self._partial)
        else:
            self._replace(self._sorted(order))
            self._partial.unlink()
        self.stream.close()

    def abandon(self, records: int) -> None:
        """Leave what is finished for --resume, and say so."""
        with suppress(OSError):  # a full disk, say: what is there stays
            self.stream.close()
        if not records and not self._start:
            self._partial.unlink(missing_ok=True)
        elif self._keeps_records:
            complain(f"{self._partial} keeps what is finished ({records:,} more); the same with --resume goes on")
        else:
            complain(f"{self._partial} keeps what is finished: {records:,} documents")

    def _take_over(self, made_by: Mapping[str, Any]) -> int:
        """Rewrite the partial file with the good records of an earlier run; their size in bytes."""
        earlier = self._partial if self._partial.stat().st_size or not self._path.exists() else self._path
        rewritten = self._path.with_name(self._path.name + ".rewritten")
        try:
            with earlier.open("rb") as lines, rewritten.open("wb") as out:
                for source, line in _records(lines, earlier, made_by):
                    self._offsets.setdefault(source, []).append(out.tell())
                    out.write(line)
                size = out.tell()
            rewritten.replace(self._partial)
        except UsageError:
            _remove_if_empty(self._partial)
            raise
        finally:
            rewritten.unlink(missing_ok=True)
        return size

    def _sorted(self, order: Iterable[int]) -> Path:
        """A copy of the partial file in another order; this run's own records are in order among themselves."""
        rewritten = self._path.with_name(self._path.name + ".rewritten")
        with (
            self._partial.open("rb") as taken_over,
            self._partial.open("rb") as own,
            rewritten.open("wb") as out,
        ):
            own.seek(self._start)
            for offset in order:
                if offset == NEW:
                    out.write(own.readline())
                else:
                    taken_over.seek(offset)
                    out.write(taken_over.readline())
            out.flush()
            os.fsync(out.fileno())
        return rewritten

    def _replace(self, finished: Path) -> None:
        """Put a finished file in place, with the rights that the one before it had."""
        with suppress(OSError):
            shutil.copymode(self._path, finished)
        finished.replace(self._path)


def _remove_if_empty(path: Path) -> None:
    """Leave no empty file behind."""
    with suppress(OSError):
        if not path.stat().st_size:
            path.unlink()


def _lock(stream: IO[str] | BinaryIO, path: Path) -> None:
    """Keep the file for this run while it is open. Raises UsageError where another run has it."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"{path}: another run is writing it") from None
    except OSError:  # a file system without locks
        return


def _records(lines: Iterable[bytes], path: Path, made_by: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """(source, line) of each record that holds a summary; a last line that is cut off is left out."""
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            source, summary, model, request = (record[f] for f in ("source", "summary", "model", "request"))
            asked = as_typed(request)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            if not line.endswith(b"\n"):
                return
            raise UsageError(
                f"{path}, line {number}: is no record of a summary; --resume goes on with JSON Lines of this program"
            ) from None
        if model != made_by["model"]:
            raise UsageError(f"{path}, line {number}: was summarised by the model {model}, not by {made_by['model']}")
        if request != made_by["request"]:
            now = as_typed(made_by["request"])
            raise UsageError(
                f"{path}, line {number}: was summarised with {asked}, not with {now}; give the same, or another file"
            )
        if summary is not None:
            yield source, line if line.endswith(b"\n") else line + b"\n"


def open_output(
    path: Path | None, format: Format, inputs: Iterable[str], *, resume: bool, made_by: Mapping[str, Any]
) -> Output:
    """Where the records go. inputs: the paths that are read ("-": stdin), which must not be written over; made_by: the
    "model" and the "request" of this run's records, with which those of an earlier one have to agree.

    Raises UsageError.
    """
    try:
        return _open(path, format, inputs, resume, made_by)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _open(path: Path | None, format: Format, inputs: Iterable[str], resume: bool, made_by: Mapping[str, Any]) -> Output:
    if resume and (path is None or format != "jsonl"):
        raise UsageError("--resume needs --output FILE and --format jsonl (or a FILE that ends so)")
    if path is None or str(path) == "-":
        return Output(sys.stdout)
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it, as in {path / 'summaries.jsonl'}")
    target = Path(os.path.realpath(path)) if path.is_symlink() else path  # a link stays; what it points at is written
    if not target.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent} to write it in")
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(f"{path}: cannot be written: it is write-protected")
    for read in inputs:
        if _same_file(read, target):
            raise UsageError(f"{path}: would be written over while it is read; name another file")
    if target.exists() and not target.is_file():
        if resume:
            raise UsageError(f"{path}: is no file, so there is nothing to resume")
        return DirectOutput(target.open("w", encoding="utf-8", errors="replace", newline="\n"))
    return FileOutput(target, keeps_records=format == "jsonl", resume=resume, made_by=made_by)


def _same_file(read: str, target: Path) -> bool:
    """Whether a path that is read ("-": stdin) is the file that is to be written, or its partial one."""
    try:
        found = os.fstat(sys.stdin.fileno()) if read == "-" else os.stat(read)
        if not stat.S_ISREG(found.st_mode):
            return False
        targets = (target, target.with_name(target.name + ".partial"))
        return any(t.exists() and os.path.samestat(found, t.stat()) for t in targets)
    except (OSError, ValueError, AttributeError):  # stdin has no file, or the path is none: reading will tell
        return False


@contextmanager
def written_whole(output: Output, renderer: Renderer) -> Iterator[Callable[[Record], None]]:
    """A function that writes records to an output, each whole or not at all.

    When the run is stopped, what was written is ended as its format asks for, and kept.
    """
    written, closed = 0, False

    def write(record: Record) -> None:
        nonlocal written
        with uninterrupted():
            renderer.write(record)
            written += 1

    try:
        yield write
        with uninterrupted():
            closed = True
            renderer.close()
            output.finish()
    except BrokenPipeError:
        raise
    except BaseException as reason:
        if not closed and (written or isinstance(reason, KeyboardInterrupt)):
            with suppress(OSError):
                renderer.close()
        output.abandon(written)
        raise
