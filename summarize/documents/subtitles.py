"""Subtitles: what is said, without times, numbers and styles."""

from __future__ import annotations

import html
import re

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>\n]+)>")
_TAG = re.compile(r"<[^<>\n]*>")
_ENDS = re.compile(r"[.!?…][\"'”’)]*$")


def read_srt(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a SubRip file."""
    return _read(data, source, "srt")


def read_vtt(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a WebVTT file, the speakers it names before what they say."""
    return _read(data, source, "vtt")


def _read(data: bytes, source: str, format: str) -> Extracted:
    """One paragraph until somebody else speaks; a line that a caption repeats from the one before (live captions
    roll) is taken once."""
    import pysubs2

    text = decode(data, source)
    if format == "vtt":
        text = _VOICE.sub(lambda match: f"[[{match[1]}]]", text)
    blocks, said, speaker = Blocks(), list[str](), ""
    before: list[str] = []
    for event in pysubs2.SSAFile.from_string(text, format_=format):
        lines = [line for line in map(_plain, event.plaintext.splitlines()) if line]
        for line in lines:
            if line in before:
                continue
            named = re.match(r"\[\[(.+?)\]\]\s*", line)
            turn = line.startswith(("- ", "– ", "— "))
            if turn or (named and named[1] != speaker):
                blocks.add(" ".join(said))
                said.clear()
            rest = line[named.end() :] if named else line.lstrip("-–— ") if turn else line
            if named and named[1] != speaker:
                speaker = named[1]
                rest = f"{speaker}: {rest}"
            said.append(rest)
        before = lines
    blocks.add(" ".join(said))
    return blocks.extracted()


def _plain(line: str) -> str:
    return html.unescape(_TAG.sub("", line)).strip()
