"""Records that are the same at each run, and what a file of records holds."""

from __future__ import annotations

import json
from pathlib import Path

from summarize.records import RunSettings
from summarize.rendering import Record

SETTINGS = RunSettings("tiny", {})


def make_record(source: str, *, is_failed: bool = False) -> Record:
    """The record of a document."""
    if is_failed:
        return Record(source, SETTINGS.model, error=f"{source}: is empty")
    text = f"What {source} says."
    return Record(source, SETTINGS.model, text, ({"text": text, "words": []},), 9, 9)


def sources_in(path: Path) -> list[str]:
    """The sources of a file's records, in order."""
    return [json.loads(line)["source"] for line in path.read_text().splitlines()]
