"""Per-document scores as JSON Lines, appended as they come, so that a stopped run can be continued."""

from __future__ import annotations

import hashlib
import json
import math
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from summarize.errors import DataError, UsageError
from summarize.evaluation.measures import MEASURES, N_BINS
from summarize.evaluation.rouge import PARTS, ROUGE_TYPES
from summarize.evaluation.scoring import COLUMNS, ScoredSummary


def digest(*parts: str) -> str:
    """A short hash of the texts and settings that a score depends on."""
    h = hashlib.blake2b(digest_size=8)
    for part in parts:
        h.update(f"{len(part)}:".encode())
        h.update(part.encode("utf-8", "surrogatepass"))
    return h.hexdigest()


def _json_number(value: float) -> float | None:
    return None if math.isnan(value) else value


def row_of(id_: str, system: str, digest: str, signature: str, scored: ScoredSummary) -> dict[str, Any]:
    """One document's scores as the documented JSON row, which is also a row of predictions."""
    figures = dict(zip(COLUMNS, scored.figures, strict=True))
    rouge = {name: {part: figures[f"{name}.{part}"] for part in PARTS} for name in ROUGE_TYPES}
    measures = {name: _json_number(figures[name]) for name in MEASURES}
    return {
        "id": id_,
        "system": system,
        "prediction": scored.prediction,
        **rouge,
        "measures": measures,
        "positions": list(scored.positions),
        "digest": digest,
        "signature": signature,
    }


def _from_row(row: dict[str, Any], n: int, system: int) -> ScoredSummary:
    """The reverse of row_of, for document n and a system's number."""
    rouge = [float(row[name][part]) for name in ROUGE_TYPES for part in PARTS]
    measures = [math.nan if (v := row["measures"][name]) is None else float(v) for name in MEASURES]
    positions = tuple(int(count) for count in row["positions"])
    if len(positions) != N_BINS:
        raise ValueError
    return ScoredSummary(n, system, str(row["prediction"]), (*rouge, *measures), positions)


class ScoresFile:
    """A file of per-document scores, for reading those that are in it and appending others.

    Memory holds the offset of each row, not its content. An incomplete last row is dropped.
    """

    def __init__(self, path: Path, signature: str) -> None:
        """Raises DataError if the file holds something else, UsageError if it cannot be written, or was scored with
        other settings."""
        self.path, self.signature = path, signature
        self._rows: dict[tuple[str, str], tuple[str, int]] = {}  # (system, id) -> (digest, offset)
        try:
            self._file = open(path, "a+b")  # noqa: SIM115
            with ExitStack() as on_error:
                on_error.callback(self._file.close)
                self._index_rows()
                on_error.pop_all()  # the file stays open
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

    def _index_rows(self) -> None:
        self._file.seek(0)
        offset = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n") and number > 1:
                self._file.truncate(offset)
                break
            try:
                row = json.loads(line)
                key, row_digest, signature = (row["system"], row["id"]), row["digest"], row["signature"]
            except (ValueError, KeyError, TypeError):
                raise DataError(f"{self.path}, line {number}: is not a row of scores; name another file") from None
            if signature != self.signature:
                raise UsageError(
                    f"{self.path}, line {number}: was scored with other settings ({signature}); name another file"
                )
            self._rows[key] = row_digest, offset
            offset += len(line)
        self._file.seek(0, os.SEEK_END)

    def find(self, id_: str, system: str, digest: str, n: int, number: int) -> ScoredSummary | None:
        """The scores that the file has of document n by system `number`; None if it has none.

        Raises UsageError if the file has scores of other texts under this id and system, DataError for a damaged row.
        """
        row = self._rows.get((system, id_))
        if row is None:
            return None
        row_digest, offset = row
        if row_digest != digest:
            raise UsageError(
                f"{self.path}: has scores of {system} on {id_!r}, but of another text or system; name another file"
            )
        self._file.seek(offset)
        try:
            return _from_row(json.loads(self._file.readline()), n, number)
        except (ValueError, KeyError, TypeError):
            raise DataError(f"{self.path}: the row of {system} on {id_!r} is damaged; name another file") from None

    def append(self, id_: str, system: str, digest: str, scored: ScoredSummary) -> None:
        """Add one row."""
        row = json.dumps(row_of(id_, system, digest, self.signature, scored), ensure_ascii=True)
        self._file.write(row.encode() + b"\n")

    def flush(self) -> None:
        """Hand the appended rows to the operating system."""
        self._file.flush()

    def __enter__(self) -> ScoresFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
