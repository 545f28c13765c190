"""Summaries as Markdown (CommonMark and GitHub's): a list of sentences, whose text cannot act as markup or HTML."""

from __future__ import annotations

import re
from typing import IO

from summarize.rendering.records import Record, new_section
from summarize.rendering.text import passage
from summarize.rendering.words import doubts

# Marks that mean something wherever they stand: emphasis, code, links, images, HTML, entities, tables, mathematics,
# strikethrough, mentions, bare addresses. A backslash before an ASCII mark is read as that mark alone (CommonMark 2.4).
_ANYWHERE = re.compile(r"[\\`*_\[\]<>&~|$@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_AT_START = re.compile(r"^(?:[-+#=:]|\d+(?=[.)]))")


class MarkdownRenderer:
    """A heading a document where there are several, and a list item a sentence; passages are quoted beneath it."""

    says_what_was_read = False

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._first = out, several, True

    def write(self, record: Record) -> None:
        """Write one summary; failed documents are told of on stderr only."""
        if record.summary is None:
            return
        lines = [] if self._first else [""]
        self._first = False
        if self._several:
            lines += [f"## {escaped(record.source)}", ""]
        for i, sentence in enumerate(record.sentences):
            if title := new_section(record, i):
                lines += [*([] if i == 0 else [""]), f"### {escaped(title)}", ""]
            lines += [f"- {escaped(sentence['text'])}", *_origins(record, i)]
        print("\n".join(lines).rstrip(), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing comes after the last one."""


def escaped(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    line = passage(text)
    return _AT_START.sub(_escape_start, _ANYWHERE.sub(r"\\\g<0>", line))


def _escape_start(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def _origins(record: Record, sentence: int) -> list[str]:
    """Under a list item: the passages of its sentence as quotations, and what the document does not contain."""
    explanation = record.explanation
    if explanation is None:
        return []
    lines = []
    for found in explanation.passages[sentence]:
        lines += ["", f"  > line {found.line}: {escaped(explanation.document[found.start : found.end])}"]
    for what, of in doubts(record, sentence, escaped):
        lines += ["", f"  **{what.capitalize()}:** {of}"]
    return [*lines, ""]
