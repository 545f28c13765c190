"""A connective without its sentence before it is left out, with its traces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from summarize.grounding.explanation import Head
from summarize.pipeline.attribution import verbatim_trace
from summarize.pipeline.rewriting.connectives import without_connective, without_item_mark, without_speaker
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.conversation import find_turns
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
        ("Yeah, so we closed it.", "We closed it."),
        ("Um , it closed.", "It closed."),
        ("No Europeans closed it.", "No Europeans closed it."),
        ("Yeah .", "Yeah ."),
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
        ("4.1 The Client shall pay.", "The Client shall pay."),
        ("3. Roast for an hour.", "Roast for an hour."),
        ("(b) it becomes insolvent.", "it becomes insolvent."),
        ("A: A full plot costs £64.", "A full plot costs £64."),
        ("Q2. Who pays?", "Who pays?"),
        ("-3 degrees", "-3 degrees"),
        ("4.1 million people came.", "4.1 million people came."),
        ("A. Smith says that it closed.", "A. Smith says that it closed."),
        ("The bridge – closed.", "The bridge – closed."),
        ("-", "-"),
    ],
)
def test_the_mark_of_an_item_is_left_out(text: str, expected: str) -> None:
    own = sentence(text)
    trace = verbatim_trace((Head(None, None),), [word.span for word in own.words if word.span])
    kept, (kept_trace,) = without_item_mark(own, (trace,), text)
    assert kept.text == join_words(kept.words) == expected
    assert len(kept_trace.p_gen) == len(kept.words)


def test_a_number_inside_a_line_is_no_mark_of_an_item() -> None:
    own = sentence("3. Roast for an hour.")
    words = tuple(replace(word, span=(word.span[0] + 5, word.span[1] + 5)) for word in own.words if word.span)
    inside = replace(own, words=words)
    assert without_item_mark(inside, (), "page 3. Roast for an hour.") == (inside, ())
    assert without_item_mark(inside, (), "\n  \n\t3. Roast for an hour.")[0].text == "Roast for an hour."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tom: yes, at six.", "yes, at six."),
        ("[10:32] Tom: yes, at six.", "yes, at six."),
        ("Tom (10:32): yes, at six.", "yes, at six."),
        ("Tom: yes: at six.", "yes: at six."),
        ("Tom: , yes at six.", "yes at six."),
    ],
)
def test_a_speakers_name_is_taken_off(text: str, expected: str) -> None:
    before = "Ann: when can you come?\n"
    document = f"{before}{text}\nAnn: good, see you then"
    turn = find_turns(document)[1]
    n = len(before)
    words = tuple(
        replace(word, span=(word.span[0] + n, word.span[1] + n)) for word in sentence(text).words if word.span
    )
    own = Sentence(text, words)
    trace = verbatim_trace((Head(None, None),), [word.span for word in words if word.span])
    kept, (kept_trace,) = without_speaker(own, (trace,), document, turn)
    assert kept.text == join_words(kept.words) == expected
    assert len(kept_trace.p_gen) == len(kept.words)
    again, _ = without_speaker(kept, (kept_trace,), document, turn)
    assert again == kept


def test_a_name_that_the_model_copied_from_another_turn_is_taken_off() -> None:
    document = "Ann: when can you come?\nTom: yes, at six.\nAnn: good, see you then"
    turn = find_turns(document)[1]
    own = sentence("Ann: yes, at six.")
    assert without_speaker(own, (), document, turn)[0] == own
    assert without_speaker(own, (), document, turn, {"Ann", "Tom"})[0].text == "yes, at six."


def test_traces_in_several_pieces_lose_the_words_that_are_left_out() -> None:
    own = sentence("However, the bridge closed.")
    spans = [word.span for word in own.words if word.span]
    pieces = (verbatim_trace((Head(None, None),), spans[:1]), verbatim_trace((Head(None, None),), spans[1:]))
    kept, traces = without_connective(own, pieces)
    assert [len(trace.p_gen) for trace in traces] == [len(kept.words)]


def test_a_comma_is_not_left_behind() -> None:
    kept, _ = without_connective(sentence("But , it is still useful."), ())
    assert kept.text == "It is still useful."
