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
    merged = [
        ("".join(text for text, _ in group), is_raised) for is_raised, group in groupby(runs, key=lambda run: run[1])
    ]
    if not any(text.strip() and not is_raised for text, is_raised in merged):
        return "".join(text for text, _ in merged)
    whole = ""
    for i, (text, is_raised) in enumerate(merged):
        if is_raised and len(text) <= MAX_MARK:
            after = merged[i + 1][0] if i + 1 < len(merged) else ""
            text = _replaced(text, whole, after)
        whole += text
    return whole


def _replaced(text: str, before: str, after: str) -> str:
    """What stands for a raised run, with the white space around it."""
    leading = text[: len(text) - len(text.lstrip())]
    mark = raised(before[-60:] + leading, text, after)
    trailing = " " if text[-1:].isspace() and not after[:1].isspace() else ""
    return (leading if mark.strip() else "") + mark + trailing
