"""Explained records in every format: golden files, and documents that contain markup."""

from __future__ import annotations

import dataclasses
import io
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from summarize.grounding.explanation import Claim
from summarize.rendering.markdown import escaped
from summarize.rendering.text import printable, unwrapped
from tests.helpers.explained import DOCUMENT, bridge, explained
from tests.helpers.paths import TESTS
from tests.helpers.rendered import Terminal, rendered

CASES = TESTS / "golden"
HOSTILE = "</script><script>x</script> [/red][bold]x[/bold] \x1b[31mred\x1b[0m # *a* `b` \u2028 <b>c</b> &amp; \u202ed"
pytestmark = pytest.mark.usefixtures("terminal_of_60_columns")


@pytest.mark.parametrize(("format", "name"), [("plain", "explained.txt"), ("markdown", "explained.md")])
def test_an_explained_summary_matches_its_golden_file(format: str, name: str) -> None:
    assert rendered(format, bridge()) == (CASES / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [("TERM", "xterm", "colour"), ("NO_COLOR", "1", "no-colour")],
)
def test_a_panel_matches_its_golden_file(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str) -> None:
    """With colours and without."""
    monkeypatch.setenv(variable, value)
    shown = rendered("rich", bridge(), out=Terminal()).replace("\x1b", "␛")
    assert shown == (CASES / f"explained-{name}.panel").read_text("utf-8")


def test_a_panel_without_styles_has_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file, and on a dumb terminal (which rich takes to be 80 columns wide)."""
    golden = (CASES / "explained-marks.panel").read_text("utf-8")
    assert rendered("rich", bridge()) == golden
    monkeypatch.setenv("TERM", "dumb")
    flat = [re.sub("[─╭╮╰╯│\\s]+", " ", text) for text in (rendered("rich", bridge(), out=Terminal()), golden)]
    assert flat[0] == flat[1]


def test_the_legend_lists_only_styles_in_use() -> None:
    shown = rendered("rich", explained(DOCUMENT, ["The bridge opened in 1927."]))
    assert "copied" in shown
    assert "generated" not in shown
    assert "unsupported" not in shown


def test_a_sentence_without_passages_says_so() -> None:
    record = explained(DOCUMENT, ["The bridge opened."], mark_copies=False)
    assert "not from any one sentence of the document" in rendered("rich", record)
    assert rendered("plain", record) == "The bridge opened.\n    generated, not copied: The, bridge, opened\n"
    assert rendered("markdown", record) == "- The bridge opened.\n"


def test_a_misattributed_speaker_has_a_line_of_its_own() -> None:
    record = bridge()
    assert record.explanation is not None
    claims = (*record.explanation.claims, Claim("Farrow", "speaker", 1, 0, 1))
    record = dataclasses.replace(record, explanation=dataclasses.replace(record.explanation, claims=claims))
    lines = rendered("plain", record).splitlines()
    assert lines[-1] == "    perhaps said or done by someone other than: Farrow"
    assert lines[-2] == "    not in the document: says (word), 15,300 (number), cross (word)"
    assert "  **Perhaps said or done by someone other than:** Farrow" in rendered("markdown", record).splitlines()
    assert "[?Farrow?]" in rendered("rich", record)


def test_json_of_an_explained_summary_has_the_document_and_unsupported_claims() -> None:
    record = bridge()
    fields = json.loads(rendered("jsonl", record))
    assert list(fields)[-2:] == ["document", "unsupported"]
    assert fields["document"] == DOCUMENT
    assert fields["unsupported"][0] == {"text": "Brooklyn", "kind": "name", "sentence": 0, "words": [3, 4]}
    assert [u["kind"] for u in fields["unsupported"]] == ["name", "word", "number", "word"]


@pytest.mark.parametrize("format", ["plain", "rich", "markdown"])
@pytest.mark.parametrize("on_terminal", [False, True])
def test_a_hostile_document_is_shown_as_text(format: str, on_terminal: bool) -> None:
    record = explained(HOSTILE, [printable(HOSTILE).replace("\n", " ")], source=HOSTILE)
    shown = rendered(format, record, record, out=Terminal() if on_terminal else io.StringIO())
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown) if format == "rich" else shown
    assert not set(text) & set("\x1b\x9b\x07\u202e\u2028")
    assert "\x1b[31mred" not in shown
    assert "bold" in text


def parsed(markdown: str) -> tuple[list[str], str]:
    """The token types and the text that a Markdown parser finds, with GitHub's tables and strikethrough."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = [t for token in reader.parse(markdown) for t in (token, *(token.children or []))]
    text = "".join(t.content for t in tokens if t.type in ("text", "text_special"))
    return [t.type for t in tokens if not t.type.endswith("_close")], text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("# a")
@example("1. a")
@example("12) a")
@example("- a")
@example("+ a")
@example("===")
@example("---")
@example("***")
@example("```a")
@example("~~~")
@example("<b>a</b> &amp; &#60; <!-- a -->")
@example("[a](b) ![a](b) [a]: b")
@example("https://a.b www.a.b a@b.c")
@example("a | b")
@example("_a_ *b* `c` ~~d~~ \\# $e$")
def test_no_text_is_markup(text: str) -> None:
    line = unwrapped(text)
    kinds, shown = parsed(f"- {escaped(text)}\n")
    if line:
        assert kinds[:4] == ["bullet_list_open", "list_item_open", "paragraph_open", "inline"]
        assert set(kinds[4:]) <= {"text", "text_special"}
        assert shown == line


@pytest.mark.parametrize("address", ["https://a.b", "WWW.a.b", "a@b.c"])
def test_no_address_becomes_a_link(address: str) -> None:
    """GitHub links bare addresses: the parts by which it recognises them are escaped."""
    assert not re.search(r"(?i)(?<!\\)://|www\.|(?<!\\)@", escaped(address))


def test_ordinary_text_is_not_escaped() -> None:
    text = "At 10:30, 6.5% (or £2.3m) of Smith's “old” bridge-work was done; was it? Yes!"
    assert escaped(text) == text


def test_control_characters_are_marked_and_all_spaces_are_plain() -> None:
    assert unwrapped("a\n\tb\u00a0c\u2028d\x1be") == "a b c d�e"
    assert printable("a\u00a0b\u3000c") == "a b c"
