"""RTF: the text of a Rich Text file, without notes and hidden text."""

from __future__ import annotations

from summarize.documents.document import Blocks, Extracted, ReadOptions


def read_rtf(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The text of a Rich Text file."""
    from striprtf.striprtf import rtf_to_text

    blocks = Blocks()
    for line in rtf_to_text(data.decode("cp1252", "replace"), errors="replace").split("\n"):
        blocks.add(line)
    return blocks.extracted()
