"""Characters that nobody is meant to see are no part of a text; what joins letters or emoji stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.documents.characters import clean
from summarize.documents.document import Blocks
from tests.helpers.documents import read_one

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("engi\u00adneers of the coun\u00ad\ncil and rol\u00ad  \r\n  lers", "engineers of the council and rollers"),
        ("engi\u00ad neers as readers join them, a\u00ad B", "engineers as readers join them, a B"),
        ("\u00ad one\n\u00ad two", "- one\n- two"),
        ("zero\u200bwidth wo\u2060rd jo\ufeffiner \ufeffBOM", "zerowidth word joiner BOM"),
        ("\u200eAnna\u200f \u202aleft\u202c \u2066isolated\u2069 \u061cx", "Anna left isolated x"),
        ("می\u200cخواهم क्\u200dष അവന്\u200d x", "می\u200cخواهم क्\u200dष അവന്\u200d x"),
        ("la\u200dtin dig\u200cit 3\u200d, x", "latin digit 3, x"),
        ("👩\u200d💻 👩🏽\u200d🚀 ❤️\u200d🔥 🏳️\u200d🌈", "👩\u200d💻 👩🏽\u200d🚀 ❤️\u200d🔥 🏳️\u200d🌈"),
        ("👩\u200d next", "👩 next"),
        ("🏴\U000e0067\U000e0062\U000e007f but not\U000e0041\U000e0042", "🏴\U000e0067\U000e0062\U000e007f but not"),
        ("\x1b[1;31mERROR\x1b[0m \x1b[38;5;196mred\x1b[m \x1b[2K\x1b[1Adone", "ERROR red done"),
        ("\x1b]8;;https://a.example/b\x1b\\link\x1b]8;;\x1b\\ \x1b]0;title\x07text", "link text"),
        ("\x1b(Bascii \x1b7saved\x1b8 \x1bPq#0\x1b\\sixel \x1b", "ascii saved sixel "),
        ("^[[32mINFO^[[0m \\x1b[31mbad\\x1b[0m \\033[1mbold\\033[0m [33mWARN[0m", "INFO bad bold WARN"),
        ("[1A[2K[31mFAIL[39m it [Kfailed", "FAIL it failed"),
        ("see [12m] and note [3] of [5m long]", "see [12m] and note [3] of [5m long]"),
        ("N\x08NA\x08AME _\x08u_\x08l", "NAME ul"),
        ("bell\x07 null\0 delete\x7f", "bell null delete"),
        ("\x93quoted\x94 it\x92s \x96 5 \x80", "“quoted” it’s – 5 €"),
        ("of\ufb01ce of the \ufb02eet, e\ufb03cient", "office of the fleet, efficient"),
        ("one page\fthe next\u2028a line\u2029a paragraph", "one page\nthe next\na line\n\na paragraph"),
        ("tabs\tand\nlines\r\nstay, and é, €, “”…", "tabs\tand\nlines\r\nstay, and é, €, “”…"),
        ("half a character \ud800", "half a character \ufffd"),
    ],
)  # fmt: skip
def test_examples(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


ODD = st.text(
    alphabet="ab \n-\u00ad\u200b\u200c\u200d\u202e\x1b[]0;m\\\x07\x08ا👩\ufe0f🏴\U000e0067\U000e007f\x85^", max_size=40
)


@given(ODD | st.text(max_size=60))
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.lists(ODD, max_size=5))
def test_the_text_of_blocks_is_clean(paragraphs: list[str]) -> None:
    blocks = Blocks()
    for paragraph in paragraphs:
        blocks.add(paragraph)
    text = blocks.extracted().text
    assert clean(text) == text


@pytest.mark.parametrize("name", ["soft-hyphen.txt", "soft-hyphen.html"])
def test_soft_hyphens_part_no_words(tmp_path: Path, name: str) -> None:
    text = read_one(name, (CASES / name).read_bytes(), tmp_path).text
    for word in ("engineers", "rollers", "council", "Thursday", "ferry", "quarter"):
        assert f" {word}" in text
    assert "\u00ad" not in text
    assert "\u200b" not in text


def test_colours_are_no_text(tmp_path: Path) -> None:
    name = "ansi-colours.log"
    text = read_one(name, (CASES / name).read_bytes(), tmp_path).text
    assert text.startswith(
        "ERROR the nightly export of the boat house failed because the disk /dev/sdb1 is full.\nINFO "
    )


@pytest.mark.parametrize("data", [b"\x1b[" * 99_999, b"\x1b]" + b"x" * 99_999, b"a\x08" * 99_999, b"[0m[1;" * 9_999])
def test_hostile_sequences_are_read_in_linear_time(tmp_path: Path, data: bytes) -> None:
    read_one("a.txt", b"Text. " + data, tmp_path)
