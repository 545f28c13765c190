"""Records in every format; text and names from documents are shown, never obeyed as markup or control sequences."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from typing import Any

import pytest

from summarize.rendering import FORMATS, Record, make_renderer, printable
from tests.helpers.rendered import Terminal, rendered

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "[/red][bold]x[/bold] \x1b[31mred\x1b[0m \x9b2J \x07\x08 \x1b]0;title\x07 :smile: \u202eback"
pytestmark = pytest.mark.usefixtures("terminal_of_60_columns")


def sentence(*words: str) -> dict[str, Any]:
    return {"text": " ".join(words), "words": [{"text": w, "copied": 0.5, "span": None} for w in words]}


GOOD = Record("a.txt", "news", "It rained. Café.", (sentence("It", "rained."), sentence("Café.")), 1200, 400)
SHORT = Record("b.txt", "news", "Sun.", (sentence("Sun."),), 3, 3)
FAILED = Record("c.txt", "news", error="c.txt: is empty")


def test_plain_text_is_a_sentence_a_line() -> None:
    assert rendered("plain", GOOD) == "It rained.\nCafé.\n"
    assert rendered("plain", FAILED) == ""
    assert rendered("plain") == ""


def test_plain_text_of_several_documents_has_headings() -> None:
    expected = "==> a.txt <==\nIt rained.\nCafé.\n\n==> b.txt <==\nSun.\n"
    assert rendered("plain", GOOD, FAILED, SHORT) == expected
    assert rendered("plain", FAILED, GOOD) == "==> a.txt <==\nIt rained.\nCafé.\n"


GOOD_FIELDS = {
    "source": "a.txt",
    "summary": "It rained. Café.",
    "sentences": [
        {
            "text": "It rained.",
            "words": [
                {"text": "It", "copied": 0.5, "span": None},
                {"text": "rained.", "copied": 0.5, "span": None},
            ],
        },
        {"text": "Café.", "words": [{"text": "Café.", "copied": 0.5, "span": None}]},
    ],
    "model": "news",
    "request": {},
    "read": {"words": 1200, "selected_words": 400},
    "error": None,
}
FAILED_FIELDS = {
    "source": "c.txt",
    "summary": None,
    "sentences": [],
    "model": "news",
    "request": {},
    "read": {"words": 0, "selected_words": 0},
    "error": "c.txt: is empty",
}


def test_a_record_has_the_documented_fields() -> None:
    assert GOOD.as_dict() == GOOD_FIELDS
    assert FAILED.as_dict() == FAILED_FIELDS


def test_json_lines_are_an_object_a_line() -> None:
    text = rendered("jsonl", GOOD, FAILED)
    assert [json.loads(line) for line in text.splitlines()] == [GOOD_FIELDS, FAILED_FIELDS]
    assert text.startswith('{"source": "a.txt", "summary": "It rained. Café."')
    assert rendered("jsonl") == ""


@pytest.mark.parametrize("records", [[], [GOOD], [FAILED, GOOD, SHORT]])
def test_json_is_one_array(records: list[Record]) -> None:
    text = rendered("json", *records)
    assert json.loads(text) == [record.as_dict() for record in records]
    assert text.endswith("]\n")
    assert "Caf\\u" not in text


def test_a_panel_has_the_documents_name_and_word_counts() -> None:
    assert rendered("rich", GOOD).splitlines() == [
        "╭─ a.txt ──────────────────────────────────────────────────╮",
        "│ It rained.                                               │",
        "│ Café.                                                    │",
        "╰──────────────────────────────── 400 of 1,200 words read ─╯",
    ]
    assert "3 words read" in rendered("rich", SHORT)
    assert "of 3" not in rendered("rich", SHORT)
    assert rendered("rich", FAILED) == ""


def test_the_automatic_format_depends_on_the_stream() -> None:
    assert rendered("auto", GOOD) == rendered("plain", GOOD)
    assert ESCAPES.sub("", rendered("auto", GOOD, out=Terminal())) == rendered("rich", GOOD)
    assert rendered("plain", GOOD, out=Terminal()) == rendered("plain", GOOD)
    assert ESCAPES.search(rendered("auto", GOOD, out=Terminal()))  # a terminal has bold and dim


def test_every_renderer_knows_if_it_shows_word_counts() -> None:
    shows = {format: make_renderer(format, io.StringIO(), several=False).shows_word_counts for format in FORMATS}
    with_counts = {"rich": True, "json": True, "jsonl": True, "html": True}
    assert shows == {"auto": False, "plain": False, "markdown": False, **with_counts}
    for format, expected in shows.items():
        assert ("400" in rendered(format, GOOD)) == expected


def test_a_record_is_written_before_the_next_one() -> None:
    for format in ("plain", "rich", "jsonl", "json", "markdown", "html"):
        out = io.StringIO()
        output = make_renderer(format, out, several=False)
        output.write(GOOD)
        assert "It rained." in out.getvalue(), format


@pytest.mark.parametrize("code", [c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) == "Cf"])
def test_a_format_character_is_never_shown_as_a_mark(code: int) -> None:
    assert printable(f"a{chr(code)}b") in ("ab", f"a{chr(code)}b")


def test_printable_text_keeps_joiners_and_drops_bidi_overrides() -> None:
    assert printable("👩\u200d💻 می\u200cخواهم") == "👩\u200d💻 می\u200cخواهم"
    assert printable("abc\u202ecod.exe\u2066x\u00ad") == "abccod.exex"


def test_printable_text_has_no_control_characters() -> None:
    assert printable("Café – “a”\n\tb") == "Café – “a”\n\tb"
    assert printable("a\x1b[31mb\x9bc\x07d\re\u202ef\x7fg\0") == "a�[31mb�c�d�ef�g�"


@pytest.mark.parametrize("format", ["plain", "rich"])
@pytest.mark.parametrize("on_terminal", [False, True])
def test_a_hostile_text_and_name_are_shown_as_text(format: str, on_terminal: bool) -> None:
    record = Record(HOSTILE, "news", HOSTILE, (sentence(HOSTILE),), 3, 3)
    text = rendered(format, record, record, out=Terminal() if on_terminal else io.StringIO())
    visible = ESCAPES.sub("", text) if format == "rich" and on_terminal else text
    for mark in "\x1b\x9b\x07\x08\u202e":
        assert mark not in visible
    assert "\x1b[31m" not in text
    shown = "[/red][bold]x[/bold] �[31mred�[0m �2J"
    flat = " ".join(re.sub("[─╭╮╰╯│]", " ", visible).split())
    assert flat.count(shown) == 4  # the names and the texts of two documents
    assert ":smile:" in flat


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json_preserves_any_text(format: str) -> None:
    record = Record(HOSTILE, "news", HOSTILE, (sentence(HOSTILE),), 3, 3)
    text = rendered(format, record)
    assert "\x1b" not in text
    loaded = json.loads(text)
    loaded = loaded[0] if format == "json" else loaded
    assert (loaded["source"], loaded["summary"]) == (HOSTILE, HOSTILE)
