"""Subtitles: the words spoken, without times, numbers and styles."""

from __future__ import annotations

import html
import re

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>\n]+)>")
_TAG = re.compile(r"<[^<>\n]*>")


def read_srt(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a SubRip file."""
    return _read(data, source, "srt")


def read_vtt(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The captions of a WebVTT file, each turn with the name of its speaker if the file has it."""
    return _read(data, source, "vtt")


def _read(data: bytes, source: str, format: str) -> Extracted:
    """A paragraph for each speaker's turn. A line that a caption repeats from the one before, as in rolling live
    captions, is taken once."""
    import pysubs2

    text = decode(data, source)
    if format == "vtt":
        text = _VOICE.sub(lambda match: f"[[{match[1]}]]", text)
    blocks, turn, speaker = Blocks(), list[str](), ""
    previous_lines: list[str] = []
    for event in pysubs2.SSAFile.from_string(text, format_=format):
        lines = [line for line in map(_plain, event.plaintext.splitlines()) if line]
        for line in lines:
            if line in previous_lines:
                continue
            voice = re.match(r"\[\[(.+?)\]\]\s*", line)
            has_dash = line.startswith(("- ", "– ", "— "))
            is_new_speaker = voice is not None and voice[1] != speaker
            if has_dash or is_new_speaker:
                blocks.add(" ".join(turn))
                turn.clear()
            words = line[voice.end() :] if voice else line.lstrip("-–— ") if has_dash else line
            if voice and is_new_speaker:
                speaker = voice[1]
                words = f"{speaker}: {words}"
            turn.append(words)
        previous_lines = lines
    blocks.add(" ".join(turn))
    return blocks.extracted()


def _plain(line: str) -> str:
    return html.unescape(_TAG.sub("", line)).strip()
