"""What a rewritten sentence begins with, and has not from its source, stands for words of the source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from summarize.pipeline.rewriting.insertions import adds_no_words, keeps_beginning
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.tokenizer import word_spans

BEFORE = "Kestrel K2, after 2,000 km. "


def rewritten(text: str, n_before: int, source: str) -> Sentence:
    """A sentence of which the first n_before words are copied from BEFORE, and the others from the source."""
    words: list[SummaryWord] = []
    at = len(BEFORE)
    document = BEFORE + source
    for i, (start, end) in enumerate(word_spans(text)):
        word = text[start:end]
        place = BEFORE.find(word) if i < n_before else document.lower().find(word.lower(), at)
        words.append(SummaryWord(word, 0.9, (place, place + len(word)) if place >= 0 else None, i > 0))
        at = at if i < n_before else place + len(word)
    return Sentence(join_words(words), tuple(words))


@pytest.mark.parametrize(
    ("text", "n_before", "source", "keeps"),
    [
        ("Kestrel K2 folds in twelve seconds.", 2, "It folds in twelve seconds.", True),
        ("Kestrel K2 folds in twelve seconds.", 2, "The new bike folds in twelve seconds.", True),
        ("Kestrel K2 bought the bike in May.", 2, "I bought the bike in May.", False),
        ("Kestrel K2 brakes squeal.", 2, "My brakes squeal.", False),
        ("Kestrel K2 Available from June.", 2, "Available from June.", False),
        ("The bike folds.", 1, "Bike folds.", True),
        ("Available from June.", 0, "It is available from June.", True),
        ("Bought in May.", 0, "I bought it in May.", True),
    ],
)
def test_words_from_elsewhere_replace_words_but_the_writers(text: str, n_before: int, source: str, keeps: bool) -> None:
    span = (len(BEFORE), len(BEFORE) + len(source))
    assert keeps_beginning(rewritten(text, n_before, source), BEFORE + source, span) is keeps


def test_nothing_is_known_of_a_sentence_without_words_from_its_source() -> None:
    assert keeps_beginning(Sentence("", ()), BEFORE, (0, 5))


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("It folds in twelve seconds, km.", True),
        ("It folds in 2,000 seconds.", True),
        ("It folds in twelve Kestrel seconds.", False),
        ("It folds in new seconds.", False),
    ],
)
def test_no_word_from_elsewhere_but_a_name_is_added(text: str, adds: bool) -> None:
    source = "It folds in twelve seconds."
    words = [
        replace(word, span=(at, at + len(word.text))) if (at := BEFORE.find(word.text)) >= 0 else word
        for word in rewritten(text, 0, source).words
    ]
    sentence = Sentence(text, tuple(words))
    assert adds_no_words(sentence, BEFORE + source, (len(BEFORE), len(BEFORE) + len(source))) is not adds
