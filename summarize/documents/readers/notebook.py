"""Jupyter notebooks: their text cells, without code and its output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from summarize.documents.document import Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.readers.markdown import read_markdown
from summarize.errors import DocumentError


def read_notebook(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The Markdown of a notebook's text cells. Raises DocumentError if it has none."""
    try:
        notebook = json.loads(decode(data, source))
    except json.JSONDecodeError as error:
        raise DocumentError(f"{source}, line {error.lineno}: is not JSON, as a notebook is: {error.msg}") from None
    if not isinstance(notebook, dict) or not ("cells" in notebook or "worksheets" in notebook):
        raise DocumentError(f"{source}: is JSON, but no notebook (it has no cells)")
    text = "\n\n".join(_texts(notebook))
    if not text.strip():
        raise DocumentError(f"{source}: has no text cells, only code")
    return read_markdown(text.encode("utf-8", "replace"), source, options)


def _texts(notebook: dict[str, Any]) -> Iterator[str]:
    """The Markdown of each text cell. Before version 4, cells are in worksheets, and headings have their own cells."""
    sheets = [notebook, *_objects(notebook.get("worksheets"))]
    for cell in (cell for sheet in sheets for cell in _objects(sheet.get("cells"))):
        source = cell.get("source")
        lines = source if isinstance(source, list) else [source]
        text = "".join(line for line in lines if isinstance(line, str))
        if cell.get("cell_type") == "markdown":
            yield text
        elif cell.get("cell_type") == "heading":
            yield f"{'#' * min(6, max(1, int(cell.get('level') or 1)))} {' '.join(text.split())}"


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
