"""Changing files on disk: fields of JSON, and damage."""

from __future__ import annotations

import json
from pathlib import Path


def edit_json(path: Path, **fields: object) -> None:
    """Set fields of a JSON file; None removes one."""
    content = json.loads(path.read_text()) | fields
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def truncate(path: Path) -> None:
    """Cut a file in half."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
