"""A connective without its sentence before it is left out, with its traces."""

from __future__ import annotations

import pytest

from summarize.grounding.explanation import Head
from summarize.pipeline.attribution import verbatim_trace
from summarize.pipeline.connectives import without_connective, without_item_mark
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.tokenizer import word_spans


def sentence(text: str) -> Sentence:
    words = tuple(
        SummaryWord(text[start:end], 1.0, (start, end), start > 0 and text[start - 1] == " ")
        for start, end in word_spans(text)
    )
    return Sentence(join_words(words), words, section="A")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("However, the bridge closed.", "The bridge closed."),
        ("On the other hand, 3 closed.", "3 closed."),
        ("But “we” closed it.", "“we” closed it."),
        ("The bridge closed.", "The bridge closed."),
        ("However hard it was.", "However hard it was."),
    ],
)
def test_a_connective_is_left_out_and_the_next_word_has_a_capital(text: str, expected: str) -> None:
    own = sentence(text)
    trace = verbatim_trace((Head(None, None),), [word.span for word in own.words if word.span])
    kept, (kept_trace,) = without_connective(own, (trace,))
    assert kept.text == join_words(kept.words) == expected
    assert kept.section == "A"
    assert [word.span for word in kept.words] == [word.span for word in own.words][-len(kept.words) :]
    assert kept_trace.index.shape[1] == len(kept_trace.p_gen) == len(kept.words)
    for word in kept.words:
        assert word.span is not None
        assert text[slice(*word.span)].lower() == word.text.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 3 large leeks", "3 large leeks"),
        ("• The bridge closed.", "The bridge closed."),
        ("-3 degrees", "-3 degrees"),
        ("The bridge – closed.", "The bridge – closed."),
        ("-", "-"),
    ],
)
def test_a_bullet_is_left_out(text: str, expected: str) -> None:
    kept = without_item_mark(sentence(text))
    assert kept.text == join_words(kept.words) == expected


def test_a_comma_is_not_left_behind() -> None:
    kept, _ = without_connective(sentence("But , it is still useful."), ())
    assert kept.text == "It is still useful."
