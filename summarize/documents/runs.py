"""Runs of characters, some of them raised, as one plain text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from summarize.documents.superscripts import raised

MAX_MARK = 40  # characters; a longer raised run is text


def joined_runs(runs: Iterable[tuple[str, bool]]) -> str:
    """The text of runs. A run is (text, whether it is raised); adjacent raised runs are one mark.

    What is raised becomes what `raised` makes of it, unless it is long or is all that there is.
    """
    merged = [("".join(text for text, _ in group), high) for high, group in groupby(runs, key=lambda run: run[1])]
    if not any(text.strip() and not high for text, high in merged):
        return "".join(text for text, _ in merged)
    whole = ""
    parts: list[str] = []
    for i, (text, high) in enumerate(merged):
        if high and len(text) <= MAX_MARK:
            after = merged[i + 1][0] if i + 1 < len(merged) else ""
            mark = raised(whole, text, after)
            space = " " if text[-1:].isspace() and not after[:1].isspace() else ""
            text = (" " if text[:1].isspace() and mark.strip() else "") + mark + space
        parts.append(text)
        whole = (whole + text)[-60:]
    return "".join(parts)
