"""Words as they are compared: in ASCII those of rouge-score, and those of every script."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.tokenizers import DefaultTokenizer

from summarize.text.matching import UncountedLetters, count_words, matching_tokens, unicode_word_spans, unicode_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Brücke über den Fluß", ["die", "brücke", "über", "den", "fluß"]),
        ("Bru\u0308cke", ["brücke"]),
        ("It’s 2,500", ["it", "s", "2", "500"]),
        ("市长 met 大雨", ["市", "长", "met", "大", "雨"]),
        ("東京タワーABC", ["東", "京", "タ", "ワ", "ー", "abc"]),
        ("abc東d", ["abc", "東", "d"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("_a_ --- b", ["a", "b"]),
        ("", []),
    ],
)
def test_words_of_any_script(text: str, words: list[str]) -> None:
    assert unicode_words(text) == [word.lower() for word in words]


def test_a_joiner_holds_two_runs_together() -> None:
    assert unicode_words("don't 'tis o'clock' café's", joiner="'") == ["don't", "tis", "o'clock", "café's"]
    assert unicode_words("é l'", joiner="'") == ["é", "l"]  # the last character is no joiner before the first


@given(st.text(max_size=50))
def test_spans_are_in_order_and_hold_letters_digits_and_marks_alone(text: str) -> None:
    spans = unicode_word_spans(text)
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    covered = {i for start, end in spans for i in range(start, end)}
    assert all(i in covered for i, c in enumerate(text) if c.isalpha())
    assert not any(i in covered for i, c in enumerate(text) if c.isspace() or c in ".,-")


@given(st.text(alphabet="abcXYZ 019.,'_-", max_size=60))
def test_in_ascii_the_tokens_are_rouge_scores(text: str) -> None:
    assert matching_tokens(text) == DefaultTokenizer(use_stemmer=True).tokenize(text)
    assert matching_tokens(text + " é")[:-1] == matching_tokens(text)


def test_the_share_of_letters_that_rouge_score_does_not_count() -> None:
    letters = UncountedLetters()
    assert letters.share == 0
    letters.add(["abc 12,", "é"])
    assert letters.share == 0.25
    letters.add(["市长大雨"])
    assert letters.share == 5 / 8


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("two words", 2),
        ("  ", 0),
        ("大雨使集市取消。", 4),
        ("市 met 大雨", 3),
        ("ที่นี่", 1),
        ("Brücke über", 2),
        ("a 市", 2),
    ],
)
def test_words_are_counted_between_spaces_or_by_two_characters(text: str, n: int) -> None:
    assert count_words(text) == n
