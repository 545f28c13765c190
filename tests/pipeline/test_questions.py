"""Questions stay questions when they are rewritten."""

from __future__ import annotations

import pytest

from summarize.pipeline.questions import keep_question
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.tokenizer import word_spans

BEFORE = "Dear Mrs Dahl. "


def sentence(text: str) -> Sentence:
    words = tuple(
        SummaryWord(text[start:end], 0.9, None, start > 0 and text[start - 1] == " ") for start, end in word_spans(text)
    )
    assert join_words(words) == text
    return Sentence(text, words)


@pytest.mark.parametrize(
    ("source", "rewritten", "expected"),
    [
        ("Would you lead the choir for a year, or two?", "Would you lead the choir.", "Would you lead the choir?"),
        ("Would you lead the choir?", "Would you lead the choir?", "Would you lead the choir?"),
        ("“Would you lead the choir?”", "“Would you lead.", "“Would you lead?"),
        ("Would you lead the choir?", "You would lead the choir.", None),
        ("Would you lead the choir?", "Would you lead the choir", None),
        ("She leads the choir.", "She leads.", "She leads."),
        ("“Who leads?” she asked.", "She asked.", "She asked."),
        ("?", ".", None),
    ],
)  # fmt: skip
def test_a_question_keeps_its_mark_or_is_not_used(source: str, rewritten: str, expected: str | None) -> None:
    kept = keep_question(sentence(rewritten), BEFORE + source, (len(BEFORE), len(BEFORE) + len(source)))
    assert (kept and kept.text) == expected


def test_the_mark_comes_from_the_document() -> None:
    text = BEFORE + "Would you (Anna) come?”"
    kept = keep_question(sentence("Would you come."), text, (len(BEFORE), len(text)))
    assert kept is not None
    mark = kept.words[-1]
    assert mark.span is not None
    assert (mark.text, mark.copied, text[slice(*mark.span)]) == ("?", 1.0, "?")
    assert kept.words[:-1] == sentence("Would you come.").words[:-1]
