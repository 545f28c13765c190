"""Plays and screenplays: each speech with the name of its speaker, which stands in capitals above or before it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from summarize.documents.document import Blocks, Extracted
from summarize.documents.readers.turns import is_name

_NAME = r"(?=[^\n]{2})[^\W\d_a-z](?:[^\W\d_a-z]|[ .'’&-]){0,30}"  # in capitals
_ABOVE = re.compile(rf"[_*]{{0,3}}(?P<name>{_NAME}?)[.:]?[_*]{{0,3}}(?:\s*[\[(][^\[\]()\n]{{1,60}}[\])])?[.:]?")
_BEFORE = re.compile(
    rf"[_*]{{0,3}}(?P<name>{_NAME}?)(?<!\b[DMS][RT])(?<!_[DMS][RT])(?<!\bMRS)[.:][_*]{{0,3}}\s{{1,4}}(?P<text>\S.*)"
)
_PART = re.compile(r"(?:ACT|SCENE|PROLOGUE|EPILOGUE|CHAPTER|BOOK|PART)\b[^\n]{0,80}", re.IGNORECASE)
_STAGE = re.compile(
    r"[_*]{0,3}[\[(]|[_*]{0,3}(?:enter|exit|exeunt|re-enter|curtain|alarums?|flourish)\b", re.IGNORECASE
)
_MIN_SPEECHES = 6
_MIN_SHARE = 0.25  # of the paragraphs
_MIN_REPEATED = 0.7  # of the speeches are of somebody who speaks more than once


def read_drama(text: str) -> Extracted | None:
    """The speeches, stage directions and scenes of a play; None if the text is none."""
    paragraphs = [lines for part in re.split(r"\n[ \t]*\n", text) if (lines := _lines(part))]
    speeches = [_speech(lines) for lines in paragraphs]
    counts = Counter(speech[0] for speech in speeches if speech)
    n_repeated = sum(count for count in counts.values() if count > 1)
    if not (
        counts.total() >= max(_MIN_SPEECHES, _MIN_SHARE * len(paragraphs))
        and n_repeated >= _MIN_REPEATED * counts.total()
        and sum(count > 1 for count in counts.values()) > 1
    ):
        return None
    blocks = Blocks()
    for lines, speech in zip(paragraphs, speeches, strict=True):
        if speech:
            _add_speech(*speech, blocks)
        elif _PART.fullmatch(lines[0]) and len(lines) <= 2:
            blocks.heading(" ".join(lines), 1)
        else:
            blocks.add(" ".join(lines))
    return blocks.extracted()


def _lines(paragraph: str) -> list[str]:
    return [stripped for line in paragraph.split("\n") if (stripped := line.strip())]


def _speech(lines: Sequence[str]) -> tuple[str, list[str]] | None:
    """The speaker and the lines of a speech; None if a paragraph is no speech."""
    if _PART.match(lines[0]) or _STAGE.match(lines[0]):
        return None
    if len(lines) > 1 and (above := _ABOVE.fullmatch(lines[0])):
        name, said = above["name"].strip(), list(lines[1:])
    elif before := _BEFORE.fullmatch(lines[0]):
        name, said = before["name"].strip(), [before["text"], *lines[1:]]
    else:
        return None
    return (name, said) if len(name) > 1 and is_name(name) else None


def _add_speech(name: str, lines: Sequence[str], blocks: Blocks) -> None:
    """Add a speech; a stage direction on lines of its own at its end is a paragraph of its own."""
    end = len(lines)
    while end > 1 and _STAGE.match(lines[end - 1]):
        end -= 1
    blocks.add(f"{name}: {' '.join(lines[:end])}")
    for line in lines[end:]:
        blocks.add(line)
