"""Subtitles: the words spoken, by speakers' turns."""

from __future__ import annotations

from pathlib import Path

from tests.helpers import makers
from tests.helpers.documents import read_one
from tests.helpers.makers import FIRST, SECOND, THIRD

FILES = makers.every_format()


def test_a_speaker_is_named_once_a_turn(tmp_path: Path) -> None:
    document = read_one("a.vtt", FILES[".vtt"], tmp_path)
    assert document.text == f"Anna Smith: {FIRST} {SECOND}\n\nBob: {THIRD}"


def test_repeated_lines_of_rolling_captions_are_taken_once(tmp_path: Path) -> None:
    lines = ["one of them", "two of them &amp; more", "three <b>of</b> them", "four of them"]
    captions = [f"00:0{i}.000 --> 00:0{i + 1}.000\n{lines[i]}\n{lines[i + 1]}\n" for i in range(len(lines) - 1)]
    document = read_one("a.vtt", ("WEBVTT\n\n" + "\n".join(captions)).encode(), tmp_path)
    assert document.text == "one of them two of them & more three of them four of them"


def test_a_dash_begins_a_turn(tmp_path: Path) -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\n- Who is it?\n- It is me.\n"
    assert read_one("a.srt", data, tmp_path).text == "Who is it?\n\nIt is me."
