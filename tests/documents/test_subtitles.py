"""Subtitles: the words spoken, by speakers' turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import makers
from tests.helpers.documents import read_one
from tests.helpers.makers import FIRST, SECOND, THIRD

CASES = Path(__file__).parent / "cases"
FILES = makers.every_format()


def test_a_speaker_is_named_once_a_turn(tmp_path: Path) -> None:
    document = read_one("a.vtt", FILES[".vtt"], tmp_path)
    assert document.text == f"Anna Smith: {FIRST} {SECOND}\n\nBob: {THIRD}"


def test_repeated_lines_of_rolling_captions_are_taken_once(tmp_path: Path) -> None:
    lines = ["one of them", "two of them &amp; more", "three <b>of</b> them", "four of them"]
    captions = [f"00:0{i}.000 --> 00:0{i + 1}.000\n{lines[i]}\n{lines[i + 1]}\n" for i in range(len(lines) - 1)]
    document = read_one("a.vtt", ("WEBVTT\n\n" + "\n".join(captions)).encode(), tmp_path)
    assert document.text == "one of them two of them & more three of them four of them"


def test_names_in_brackets_before_what_is_said(tmp_path: Path) -> None:
    captions = ["[KIM] Who is it?", "[LEE]\nIt is me.", "- [KIM] Come in.\n- [LEE] I will.", "[DOG BARKS] Down!"]
    captions += ["[DOG BARKS] Again!", "[MUSIC] And now", "[MUSIC] we go.", "[Tom] Once."]
    data = "".join(f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\n{text}\n\n" for i, text in enumerate(captions, 1))
    turns = ["KIM: Who is it?", "LEE: It is me.", "KIM: Come in.", "LEE: I will. Down! Again! And now we go. Once."]
    assert read_one("a.srt", data.encode(), tmp_path).text == "\n\n".join(turns)


def test_a_dash_begins_a_turn(tmp_path: Path) -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\n- Who is it?\n- It is me.\n"
    assert read_one("a.srt", data, tmp_path).text == "Who is it?\n\nIt is me."


def vtt(*captions: str, seconds: float = 1) -> bytes:
    """A WebVTT file; seconds: from the beginning of one caption to that of the next. Each is shown for one second."""
    times = [f"00:{i * seconds:06.3f} --> 00:{i * seconds + 1:06.3f}" for i in range(len(captions))]
    return "\n\n".join(
        ["WEBVTT", *(f"{time}\n{caption}" for time, caption in zip(times, captions, strict=True))]
    ).encode()


def test_notes_styles_and_names_of_captions_are_left_out(tmp_path: Path) -> None:
    text = read_one("a.vtt", (CASES / "vtt-note.vtt").read_bytes(), tmp_path).text
    assert text == (
        "The mill was sold to the town for a crown.\n\nAnd the miller went to sea.\n\n"
        "He came back nine years later with a parrot."
    )
    data = (
        b"WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE\nof two\nlines\n\n"
        b"a1b2-c3/17-0\n00:01.000 --> 00:02.000\n<v Ann>One.\n\n"
        b"REGION\nid:x\n\nnamed caption\n00:02.000 --> 00:03.000 align:start\n<v.loud Ann>Two.</v>\n"
    )
    for ending in (b"\n", b"\r\n"):
        assert read_one("a.vtt", data.replace(b"\n", ending), tmp_path).text == "Ann: One. Two."


def test_a_name_before_a_colon_is_told_once_a_turn(tmp_path: Path) -> None:
    text = read_one("a.vtt", (CASES / "zoom-speakers.vtt").read_bytes(), tmp_path).text
    assert text.startswith(
        "Anna Berg: Thanks for coming. We have to decide about the roof today, because Lund and Sons will only hold "
        "the date until Friday.\n\nTom Hay: I have asked the town."
    )
    assert text.count("Kim Dahl: I am against that.") == text.count("\n\nKim Dahl:") == 1
    data = vtt("ANN: One.", "Note: it rains.", ">> BOB LEE: Two.", ">> Three.", "[Kim]: Four.")
    assert read_one("a.vtt", data, tmp_path).text == "ANN: One. Note: it rains.\n\nBOB LEE: Two.\n\nThree. Kim: Four."


def test_sounds_songs_and_tags_are_left_out(tmp_path: Path) -> None:
    data = vtt(
        "[Music]", "♪ la la ♪", '<font color="red">{\\an8}One.</font> [door creaks]', "(SIGHS)", "♪♪", "Two (or three)."
    )
    assert read_one("a.vtt", data, tmp_path).text == "la la One. Two (or three)."
    srt = b'1\n00:00:01,000 --> 00:00:02,000\n<i>-Who is it?</i>\n-It is <font color="red">me</font>. [laughs]\n'
    assert read_one("a.srt", srt, tmp_path).text == "Who is it?\n\nIt is me."


def test_names_on_lines_of_their_own_dashes_on_one_line_and_credits(tmp_path: Path) -> None:
    data = vtt("Subtitles by Nobody\nwww.no.example", "MAN 1:\nWhere is it?", "- It is here. - No, it's... - It is!")
    text = read_one("a.vtt", data, tmp_path).text
    assert text == "MAN 1: Where is it?\n\nIt is here.\n\nNo, it's...\n\nIt is!"


def test_a_line_that_grows_is_taken_once(tmp_path: Path) -> None:
    data = vtt("so welcome", "so welcome back", "so welcome back everybody", "today is fine")
    assert read_one("a.vtt", data, tmp_path).text == "so welcome back everybody today is fine"


def test_a_pause_ends_a_paragraph_of_speech_without_full_stops(tmp_path: Path) -> None:
    assert read_one("a.vtt", vtt("so welcome", "we begin", seconds=2.5), tmp_path).text == "so welcome\n\nwe begin"
    assert read_one("a.vtt", vtt("So welcome", "to us.", seconds=2.5), tmp_path).text == "So welcome to us."


def test_rolling_captions_of_a_video(tmp_path: Path) -> None:
    text = read_one("a.vtt", (CASES / "youtube-auto.vtt").read_bytes(), tmp_path).text
    assert text.startswith(
        "so welcome back everybody today we are going to talk about how to repair the roof of a boat house"
    )
    assert text.count("repair the roof") == 1


ASS = """[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a comment
Dialogue: 0,0:00:01.00,0:00:04.00,Default,Ann,0,0,0,,{\\i1}One{\\i0} and\\Ntwo.
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}
Dialogue: 0,0:00:05.00,0:00:06.00,Default,Bob,0,0,0,,Three.
"""


@pytest.mark.parametrize("name", ["a.ass", "a.ssa", "a.data"])
def test_dialogue_of_substation_alpha(tmp_path: Path, name: str) -> None:
    assert read_one(name, ASS.encode(), tmp_path).text == "Ann: One and two.\n\nBob: Three."


def test_captions_of_subviewer(tmp_path: Path) -> None:
    data = b"0:00:00.599,0:00:04.160\n>> ANN: One and\n\n0:00:04.770,0:00:06.880\ntwo[br]more.\n"
    assert read_one("a.sbv", data, tmp_path).text == "ANN: One and two more."


@pytest.mark.parametrize(
    ("shown", "spoken"),
    [
        ("(door slams) Who is there?", "Who is there?"),
        ("(Rires) Ça coûte combien ?", "Ça coûte combien ?"),
        ("- (sighs) No.\n- (all) Yes!", "No.\n\nYes!"),
        ("(as we all know) and so on", "(as we all know) and so on"),
        ("(12 crowns) She paid.", "(12 crowns) She paid."),
    ],
)
def test_a_sound_before_speech_is_left_out(tmp_path: Path, shown: str, spoken: str) -> None:
    assert read_one("a.vtt", vtt(shown), tmp_path).text == spoken


def test_two_voices_in_one_line(tmp_path: Path) -> None:
    data = vtt("<v Kim Dahl (host)>It ends there.</v> <v.loud Tom>Good.</v>", "<v Tom>Very.")
    assert read_one("a.vtt", data, tmp_path).text == "Kim Dahl (host): It ends there.\n\nTom: Good. Very."


def test_a_name_of_a_device_is_a_speaker(tmp_path: Path) -> None:
    data = vtt("Kim Dahl: The roof: it leaks.", "Tom's iPhone: Again?", "Kim Dahl: Again.")
    document = read_one("a.vtt", data, tmp_path)
    assert document.text == "Kim Dahl: The roof: it leaks.\n\nTom's iPhone: Again?\n\nKim Dahl: Again."


def test_identifiers_of_captions_name_the_speakers_in_webex(tmp_path: Path) -> None:
    captions = [(f'{i} "{name}" (123{i})', f"Line {i}.") for i, name in enumerate(("Kim Dahl", "Kim Dahl", "Tom"), 1)]
    blocks = [f"{name}\n00:00:0{i}.000 --> 00:00:0{i + 1}.000\n{line}" for i, (name, line) in enumerate(captions)]
    document = read_one("a.vtt", "\n\n".join(["WEBVTT", *blocks]).encode(), tmp_path)
    assert document.text == "Kim Dahl: Line 1. Line 2.\n\nTom: Line 3."


def test_captions_in_a_file_that_is_called_text(tmp_path: Path) -> None:
    assert read_one("a.txt", vtt("<v Kim>It leaks.", "<v Tom>Again?"), tmp_path).text == "Kim: It leaks.\n\nTom: Again?"


def test_brackets_of_full_width(tmp_path: Path) -> None:
    assert read_one("a.vtt", vtt("（笑い声）", "（金）灯がともった。"), tmp_path).text == "灯がともった。"
