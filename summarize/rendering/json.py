"""Records as JSON, for programs: one array, or one object per line."""

from __future__ import annotations

import json
import re
from typing import IO, Any

from summarize.rendering.records import Record


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON in readable Unicode; terminal control characters and Unicode line separators are escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub("[\x7f-\x9f\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


class JsonLinesRenderer:
    """One JSON object per line."""

    shows_word_counts = True

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, record: Record) -> None:
        """Write one line."""
        print(to_json(record.as_dict()), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing follows the last line."""


class JsonRenderer:
    """One JSON array of all records."""

    shows_word_counts = True

    def __init__(self, out: IO[str]) -> None:
        self._out, self._is_first = out, True

    def write(self, record: Record) -> None:
        """Write one element of the array."""
        opening = "[" if self._is_first else ","
        self._is_first = False
        text = to_json(record.as_dict(), indent=2)
        self._out.write(f"{opening}\n{text}")
        self._out.flush()

    def close(self) -> None:
        """Close the array."""
        self._out.write("[]\n" if self._is_first else "\n]\n")
        self._out.flush()
