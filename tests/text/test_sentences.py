"""Sentence boundaries: nothing is lost, nothing overlaps, and what has no full stop does not become one sentence."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summarize.text.sentences import LONGEST, sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("One.", ["One."]),
        ("Dr. Smith paid $3.5 million. Mr. Jones did not.", ["Dr. Smith paid $3.5 million.", "Mr. Jones did not."]),
        ("the mayor left . the council met . ", ["the mayor left .", "the council met ."]),
        ('"Is it true?" he asked. It was.', ['"Is it true?" he asked.', "It was."]),
        ('"It was. We saw it," he said. "So?" "No."', ['"It was.', 'We saw it," he said.', '"So?"', '"No."']),
        ("he said : ' we won . we ran . ' it rained .", ["he said : ' we won .", "we ran . '", "it rained ."]),
        (
            "' we won , ' he said . ' it is over . ' kim 's left .",
            ["' we won , ' he said .", "' it is over . '", "kim 's left ."],
        ),
        (
            "“It was. We ran.” It rained. ‘ None . ’ yes .",
            ["“It was.", "We ran.”", "It rained.", "‘ None . ’", "yes ."],
        ),
        ("`` it was . '' he left . `` no . ''", ["`` it was . ''", "he left .", "`` no . ''"]),
        ("' is it true ? ' he asked . the boys ' win .", ["' is it true ? ' he asked .", "the boys ' win ."]),
        (
            "It's the boys' win. They'd come. Rock 'n' roll won.",
            ["It's the boys' win.", "They'd come.", "Rock 'n' roll won."],
        ),
        ("A heading\n\nThe text begins.", ["A heading", "The text begins."]),
        (
            "Ann: hi there\nBob Lee: hello: you\n#Person3#: ok",
            ["Ann: hi there", "Bob Lee: hello: you", "#Person3#: ok"],
        ),
        ("Buy\n- eggs\n- bread\r\n  * rye\n1. milk", ["Buy", "- eggs", "- bread", "* rye", "1. milk"]),
        ("the mayor\nof a city:\nlarge -\n1.5 miles", ["the mayor\nof a city:\nlarge -\n1.5 miles"]),
    ],
)
def test_examples(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


@given(st.text(max_size=300))
@example("x" * 3000)
@example("word " * 1000)
@example("\u2028.\u2029. a\r\n.")
def test_spans_are_in_order_and_leave_out_nothing_but_space(text: str) -> None:
    spans = sentence_spans(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


def test_a_long_list_is_taken_line_by_line() -> None:
    lines = [f"item {i} of the list, with a price of {i} pounds" for i in range(40)]
    assert split("\n".join(lines)) == lines


def test_a_line_without_end_is_cut_between_words() -> None:
    parts = split("ten letters " * 400)
    assert len(parts) > 5
    assert all(len(part) <= LONGEST for part in parts)
    assert " ".join(parts) == ("ten letters " * 400).strip()
