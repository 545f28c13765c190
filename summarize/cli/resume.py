"""`--resume`: the records that an earlier run has written, and the order of all records in the finished file."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from summarize.errors import UsageError
from summarize.records import RunSettings

_NEW = -1  # in the place of an offset: a record that this run writes


class EarlierRecords:
    """The records that an earlier run has written, at the beginning of a partial file; this run's records follow.

    A document of this run whose record is there is not summarised again. The finished file has the records in the order
    of this run's documents; records of other documents come first.
    """

    def __init__(self) -> None:
        self.n_bytes = 0
        self._offsets: dict[str, list[int]] = {}  # of records that no document of this run has taken, by source
        self._order = array("q")  # of this run's documents so far: the offset of an earlier record, or _NEW

    @classmethod
    def copied(cls, earlier: Path, target: Path, settings: RunSettings) -> EarlierRecords:
        """Copy the records of an earlier file; records of failed documents and an incomplete last line are left out.

        Raises UsageError where the file holds something else, or records of another model or other options.
        """
        records = cls()
        with earlier.open("rb") as lines, target.open("wb") as out:
            for source, line in _summarised(lines, earlier, settings):
                records._offsets.setdefault(source, []).append(out.tell())
                out.write(line)
            records.n_bytes = out.tell()
        return records

    def take(self, source: str) -> bool:
        """Add the next document of this run; whether its record is there. Each record belongs to one document."""
        offsets = self._offsets.get(source)
        self._order.append(offsets.pop(0) if offsets else _NEW)
        return self._order[-1] != _NEW

    def is_in_order(self) -> bool:
        """Whether the partial file has all records in the order of the finished file."""
        order = self._final_order()
        earlier = [offset for offset in order if offset != _NEW]
        return list(order[: len(earlier)]) == sorted(earlier)

    def copy_in_order(self, partial: Path, target: Path) -> None:
        """Copy the records of the partial file in the order of the finished file."""
        with partial.open("rb") as earlier, partial.open("rb") as new, target.open("wb") as out:
            new.seek(self.n_bytes)
            for offset in self._final_order():
                if offset == _NEW:
                    out.write(new.readline())
                else:
                    earlier.seek(offset)
                    out.write(earlier.readline())
            out.flush()
            os.fsync(out.fileno())

    def _final_order(self) -> array[int]:
        """The offset of each record, or _NEW for the next one of this run."""
        others = sorted(offset for offsets in self._offsets.values() for offset in offsets)
        return array("q", [*others, *self._order])


def _summarised(lines: Iterable[bytes], path: Path, settings: RunSettings) -> Iterator[tuple[str, bytes]]:
    """(source, line) of each record with a summary. Raises UsageError."""
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            source, summary, model, options = (record[f] for f in ("source", "summary", "model", "request"))
            typed = _typed(options)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            if not line.endswith(b"\n"):  # the run stopped while it wrote this line
                return
            raise UsageError(
                f"{path}, line {number}: is not a record of a summary; --resume continues JSON Lines of this program"
            ) from None
        if model != settings.model:
            raise UsageError(f"{path}, line {number}: was summarised by the model {model}, not by {settings.model}")
        if options != settings.options:
            raise UsageError(
                f"{path}, line {number}: was summarised with {typed}, not with {_typed(settings.options)}; "
                "give the same options, or another file"
            )
        if summary is not None:
            yield source, line if line.endswith(b"\n") else line + b"\n"


def _typed(options: Mapping[str, Any]) -> str:
    """Options as they are typed: --sentences 2 --extractive."""
    words = [f"--{name}" if value is True else f"--{name} {quote(str(value))}" for name, value in options.items()]
    return " ".join(words) or "the default options"
