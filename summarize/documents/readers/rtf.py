"""RTF: the text of a Rich Text file, without notes, hidden text and deletions, and with superscripts kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.readers.runs import joined_runs

_TOKEN = re.compile(r"\\(?:([a-zA-Z]{1,32})(-?\d{1,10})? ?|.)|[{}]", re.DOTALL)
_HIDDEN_START, _HIDDEN_END, _RAISED_START, _RAISED_END = "\x02\x03\x04\x05"  # marks that pass through the library
_MARK = re.compile("[\x02-\x05]")
_TROUBLE = re.compile(
    r"(?<![{\s])\\\*(?=\\)|\\bin(?![-\da-z])"
)  # control words out of place, at which the library stops
_INSTRUCTION = re.compile(
    r"\{\\\*\\fldinst[^{}]{0,4000}(?:\{[^{}]{0,4000}\}[^{}]{0,4000}){0,20}\}"
)  # of a field, such as a link's address
_HIDING = {"v", "deleted"}


def read_rtf(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The text of a Rich Text file: paragraphs, and the rows of tables."""
    from striprtf.striprtf import rtf_to_text

    rtf = _TROUBLE.sub("", _INSTRUCTION.sub("", _MARK.sub(" ", data.decode("cp1252", "replace"))))
    text = rtf_to_text(_with_marks(rtf), errors="replace").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    blocks = Blocks()
    for line in _lines(_shown(text)):
        cells = (" ".join(cell.split()) for cell in line.lstrip("\ufffd").split("|"))
        blocks.add(" | ".join(filter(None, cells)))
    return blocks.extracted()


def _lines(text: str) -> Iterator[str]:
    """The lines of a text; a cell's second paragraph and the cells after it are on the line of its row."""
    waiting = ""
    for line in text.split("\n"):
        if line.lstrip(" \t").startswith("|"):
            waiting = waiting.rstrip() + line.lstrip(" \t")
        elif line.strip():
            yield waiting
            waiting = line
    yield waiting


def _with_marks(rtf: str) -> str:
    """The file with marks around hidden and raised text, for the library drops the control words that say so."""
    parts: list[str] = []
    states, state = list[tuple[bool, bool]](), (False, False)  # of each open group: is it hidden, is it raised
    end = 0
    for token in _TOKEN.finditer(rtf):
        word, number = token[1], token[2]
        new = state
        if token[0] == "{":
            states.append(state)
        elif token[0] == "}":
            new = states.pop() if states else state
        elif word in _HIDING:
            new = (number != "0", state[1])
        elif word == "super":
            new = (state[0], number != "0")
        elif word in ("nosupersub", "sub"):
            new = (state[0], False)
        elif word == "plain":
            new = (False, False)
        if new != state:
            before_group_ends = token.start() if token[0] == "}" else token.end()
            parts += (rtf[end:before_group_ends], _marks(state, new))
            end, state = before_group_ends, new
    return "".join((*parts, rtf[end:]))


def _marks(old: tuple[bool, bool], new: tuple[bool, bool]) -> str:
    marks = "" if old[0] == new[0] else _HIDDEN_START if new[0] else _HIDDEN_END
    return marks + ("" if old[1] == new[1] else _RAISED_START if new[1] else _RAISED_END)


def _shown(text: str) -> str:
    """The text without what is marked as hidden. Of what is marked as raised, what a plain text has in its place."""
    runs, end, is_hidden, is_raised = list[tuple[str, bool]](), 0, False, False
    for mark in _MARK.finditer(text):
        if not is_hidden:
            runs.append((text[end : mark.start()], is_raised))
        is_hidden = mark[0] == _HIDDEN_START or (is_hidden and mark[0] != _HIDDEN_END)
        is_raised = mark[0] == _RAISED_START or (is_raised and mark[0] != _RAISED_END)
        end = mark.end()
    if not is_hidden:
        runs.append((text[end:], is_raised))
    return joined_runs(run for run in runs if run[0])
