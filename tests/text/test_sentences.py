"""Sentence boundaries: no text is lost, no sentences overlap, and text without full stops is split."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summarize.text.sentences import MAX_CHARACTERS, sentence_spans


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
def test_spans_are_in_order_with_only_white_space_between_them(text: str) -> None:
    spans = sentence_spans(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


def test_a_long_list_is_split_into_lines() -> None:
    lines = [f"item {i} of the list, with a price of {i} pounds" for i in range(40)]
    assert split("\n".join(lines)) == lines


def test_a_very_long_line_is_cut_between_words() -> None:
    parts = split("ten letters " * 400)
    assert len(parts) > 5
    assert all(MAX_CHARACTERS - 12 < len(part) <= MAX_CHARACTERS for part in parts[:-1])
    assert " ".join(parts) == ("ten letters " * 400).strip()


def test_a_part_of_a_very_long_line_has_at_most_the_maximum_length() -> None:
    half, other_half = "a" * (MAX_CHARACTERS // 2), "b" * (MAX_CHARACTERS // 2)
    assert split(f"{half} {other_half} " * 3) == [half, other_half] * 3
    assert split(f"{half[1:]} {other_half} " * 3) == [f"{half[1:]} {other_half}"] * 3


def test_a_very_long_word_is_cut() -> None:
    assert [len(part) for part in split("x" * 1000)] == [MAX_CHARACTERS, MAX_CHARACTERS, 200]


def test_a_sentence_of_the_maximum_length_is_not_split() -> None:
    longest = f"a\n{'x' * (MAX_CHARACTERS - 2)}"
    assert split(longest) == [longest]
    assert split(f"{longest}x") == ["a", f"{longest}x"[2:]]
    assert split(f"a\n{'x ' * MAX_CHARACTERS}")[1] == ("x " * MAX_CHARACTERS).strip()  # a line of twice the maximum
