"""Per-document scores as JSON Lines, written as they come, and taken up again where a run was stopped."""

from __future__ import annotations

import hashlib
import json
import math
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from summarize.errors import DataError, UsageError
from summarize.evaluation.measures import BINS, MEASURES
from summarize.evaluation.rouge import PARTS, ROUGE_TYPES
from summarize.evaluation.scoring import COLUMNS, Scored


def digest(*parts: str) -> str:
    """A short name for what a score depends on."""
    h = hashlib.blake2b(digest_size=8)
    for part in parts:
        h.update(f"{len(part)}:".encode())
        h.update(part.encode("utf-8", "surrogatepass"))
    return h.hexdigest()


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def row_of(id_: str, system: str, made_of: str, signature: str, scored: Scored) -> dict[str, Any]:
    """One document's scores as the documented JSON row. It is a row of predictions too."""
    figures = dict(zip(COLUMNS, scored.figures, strict=True))
    rouge = {name: {part: figures[f"{name}.{part}"] for part in PARTS} for name in ROUGE_TYPES}
    measures = {name: _number(figures[name]) for name in MEASURES}
    return {
        "id": id_,
        "system": system,
        "prediction": scored.prediction,
        **rouge,
        "measures": measures,
        "positions": list(scored.positions),
        "digest": made_of,
        "signature": signature,
    }


def _scored(row: dict[str, Any], n: int, system: int) -> Scored:
    rouge = [float(row[name][part]) for name in ROUGE_TYPES for part in PARTS]
    measures = [math.nan if (v := row["measures"][name]) is None else float(v) for name in MEASURES]
    positions = tuple(int(count) for count in row["positions"])
    if len(positions) != BINS:
        raise ValueError
    return Scored(n, system, str(row["prediction"]), (*rouge, *measures), positions)


class ScoresFile:
    """A file of per-document scores: those that it has are found, new ones are appended.

    Memory holds where each row stands, not what it says. A last row that was not finished is dropped.
    """

    def __init__(self, path: Path, signature: str) -> None:
        """Raises DataError where the file holds something else, or scores under other settings."""
        self.path, self.signature = path, signature
        self._at: dict[tuple[str, str], tuple[str, int]] = {}  # (system, id) -> (digest, offset)
        try:
            self._file = open(path, "a+b")  # noqa: SIM115
            self._read()
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

    def _read(self) -> None:
        self._file.seek(0)
        offset = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n") and number > 1:
                self._file.truncate(offset)
                break
            try:
                row = json.loads(line)
                key, made_of, signature = (row["system"], row["id"]), row["digest"], row["signature"]
            except (ValueError, KeyError, TypeError):
                raise DataError(f"{self.path}, line {number}: is no row of scores; name another file") from None
            if signature != self.signature:
                raise DataError(
                    f"{self.path}, line {number}: was scored with other settings ({signature}); name another file"
                )
            self._at[key] = made_of, offset
            offset += len(line)
        self._file.seek(0, os.SEEK_END)

    def find(self, id_: str, system: str, made_of: str, n: int, number: int) -> Scored | None:
        """The scores that the file has of document n by system `number`; None where it has none.

        Raises DataError where it has some of other texts.
        """
        known = self._at.get((system, id_))
        if known is None:
            return None
        if known[0] != made_of:
            raise DataError(
                f"{self.path}: has scores of {system} on {id_!r}, but of another text or system; name another file"
            )
        self._file.seek(known[1])
        try:
            return _scored(json.loads(self._file.readline()), n, number)
        except (ValueError, KeyError, TypeError):
            raise DataError(f"{self.path}: the row of {system} on {id_!r} is damaged; name another file") from None

    def append(self, id_: str, system: str, made_of: str, scored: Scored) -> None:
        """Add one row."""
        row = json.dumps(row_of(id_, system, made_of, self.signature, scored), ensure_ascii=True)
        self._file.write(row.encode() + b"\n")

    def flush(self) -> None:
        """Let what was appended be seen by others."""
        self._file.flush()

    def __enter__(self) -> ScoresFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
