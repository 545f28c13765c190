"""A sentence that is too long is cut at the end of a phrase, and the cut is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.pipeline.rewriting.shortening import ELLIPSIS, MIN_KEPT_SHARE, shorten, without_dangling_end
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.tokenizer import word_spans

LONG = "The council decided on Monday, after a long debate, that the 2,500 tonne bridge will close because of its age."


def sentence(text: str) -> Sentence:
    words = tuple(
        SummaryWord(text[start:end], 1.0, (start, end), start > 0 and text[start - 1].isspace())
        for start, end in word_spans(text)
    )
    return Sentence(join_words(words), words)


@pytest.mark.parametrize(
    ("max_words", "shortened"),
    [
        (100, LONG),
        (20, LONG),
        (19, "The council decided on Monday, after a long debate, that the 2,500 tonne bridge will close…"),
        (12, "The council decided on Monday, after a long debate…"),
        (8, "The council decided on Monday…"),
        (5, "The council decided on Monday…"),
        (3, "The council decided…"),
        (2, "The council…"),
        (1, "The…"),
        (0, "The…"),  # never empty
    ],
)
def test_a_sentence_is_cut_at_the_end_of_a_phrase(max_words: int, shortened: str) -> None:
    assert shorten(sentence(LONG), max_words).text == shortened


def test_a_number_is_never_cut() -> None:
    text = "It weighs 2,500 tonnes and 1,200,000 bolts hold it together in all weathers."
    for max_words in range(1, 14):
        assert set(shorten(sentence(text), max_words).text.rstrip("…").split()) <= set(text.split())


@given(st.text("ab ,.;:-(’1", max_size=60), st.integers(0, 12))
def test_the_limit_is_held_and_what_is_kept_is_the_beginning(text: str, max_words: int) -> None:
    original = sentence(text)
    shortened = shorten(original, max_words)
    assert len(shortened.text.split()) <= max(1, max_words, len(original.text.split()) if shortened == original else 0)
    if shortened == original:
        return
    assert shortened.words[-1] == ELLIPSIS
    n_kept = len(shortened.words) - 1
    assert 1 <= n_kept < len(original.words)
    assert shortened.words[:n_kept] == original.words[:n_kept]
    assert original.words[n_kept].space_before or max_words == 0 or n_kept < len(original.words)


def test_a_phrase_that_ends_too_early_is_no_place_to_cut() -> None:
    text = "Monday, a thoroughly unexpected severe winter storm destroyed seventeen harbour houses near the hall"
    shortened = shorten(sentence(text), 12).text
    assert len(shortened.split()) >= MIN_KEPT_SHARE * 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bridge will close for eleven", "The bridge will close…"),
        ("The bridge will close for", "The bridge will close…"),
        ("The bridge will close, and the", "The bridge will close…"),
        ("The bridge closed on 3", "The bridge closed…"),
        ("The bridge will close", "The bridge will close"),
        ("The bridge is for the.", "The bridge is for the."),  # its search ended it
        ("He asked “for the”", "He asked “for the”"),
        ("Of the", "Of the"),  # nothing else
        ("", ""),
    ],
)
def test_words_that_say_nothing_alone_are_cut_off_an_unfinished_sentence(text: str, expected: str) -> None:
    assert without_dangling_end(sentence(text)).text == expected
