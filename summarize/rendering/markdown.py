"""Summaries as Markdown (CommonMark and GitHub's): a list of sentences, whose text cannot act as markup or HTML."""

from __future__ import annotations

import re
from typing import IO

from summarize.rendering.records import Record, new_section
from summarize.rendering.text import unwrapped
from summarize.rendering.words import claim_lines

# Characters with a meaning anywhere in a line: emphasis, code, links, images, HTML, entities, tables, mathematics,
# strikethrough, mentions, bare addresses. A backslash makes any ASCII punctuation literal (CommonMark 2.4).
_SPECIAL_ANYWHERE = re.compile(r"[\\`*_\[\]<>&~|$@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_SPECIAL_AT_START = re.compile(r"^(?:[-+#=:]|\d+(?=[.)]))")


class MarkdownRenderer:
    """One list item per sentence, its passages quoted beneath it; with several documents, a heading before each."""

    shows_word_counts = False

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._is_first = out, several, True

    def write(self, record: Record) -> None:
        """Write one summary. A document that failed is skipped: it is reported on stderr."""
        if record.summary is None:
            return
        lines = [] if self._is_first else [""]
        self._is_first = False
        if self._several:
            lines += [f"## {escaped(record.source)}", ""]
        for i, sentence in enumerate(record.sentences):
            if title := new_section(record, i):
                lines += [*([] if i == 0 else [""]), f"### {escaped(title)}", ""]
            lines += [f"- {escaped(sentence['text'])}", *_attribution_lines(record, i)]
        print("\n".join(lines).rstrip(), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing follows the last summary."""


def escaped(text: str) -> str:
    """Text on one line, escaped so that Markdown shows it literally."""
    return _SPECIAL_AT_START.sub(_escaped_start, _SPECIAL_ANYWHERE.sub(r"\\\g<0>", unwrapped(text)))


def _escaped_start(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def _attribution_lines(record: Record, sentence: int) -> list[str]:
    """Lines under a list item: the passages of its sentence as quotations, and its unsupported claims."""
    explanation = record.explanation
    if explanation is None:
        return []
    lines = []
    for passage in explanation.passages[sentence]:
        lines += ["", f"  > line {passage.line}: {escaped(explanation.document[passage.start : passage.end])}"]
    for label, texts in claim_lines(record, sentence, escaped):
        lines += ["", f"  **{label.capitalize()}:** {texts}"]
    return [*lines, ""]
