"""What a sentence needs of others: an antecedent, a question, the turn or the quotation that it is part of."""

from __future__ import annotations

import pytest

from summarize.pipeline.cohesion import antecedent, goes_on, is_above_turns, is_lost, may_end_so
from tests.helpers.segmented import segmented


@pytest.mark.parametrize(
    ("answer", "needs"),
    [
        ("About 14 months at the moment.", True),
        ("Yes, and whoever comes to the town in the month of May gets a plot at once.", True),
        ("Whoever comes to the town in the month of May gets a plot at once.", False),
        ("How long is it?", False),
    ],
)
def test_an_answer_needs_its_question(answer: str, needs: bool) -> None:
    texts = ["It rained all day.", "How long is the list?", answer, "Anna Smith left."]
    assert goes_on(segmented(texts), 2) == needs
    assert goes_on(segmented(texts, "\n"), 2) != answer.endswith("?")


def test_an_answer_in_a_conversation_begins_after_its_speakers_name() -> None:
    answer = "Anna: Yes, and whoever comes to the town in the month of May gets a plot of it at once."
    turns = ["Tom: It rained all day.", "Tom: Is the list long?", answer, "Tom: I will come in May, then."]
    document = segmented(turns, "\n")
    assert document.turns
    assert goes_on(document, 2)


def test_a_sentence_refers_back_over_interjections() -> None:
    turns = ["Tom: Did anyone hear?", "Anna: Yes!", "Anna: They have the big meadow.", "Tom: Good for us."]
    document = segmented(turns, "\n")
    assert document.turns
    assert [antecedent(document, i) for i in range(4)] == [None, 0, 0, 2]


def test_a_sentence_within_a_quotation_does_not_say_whose_words_it_has() -> None:
    texts = ['Anna said: "It rained.', "The rollers are old.", 'Nobody knew," said Anna.', "It is shut till May."]
    assert [is_lost(segmented(texts), i) for i in range(4)] == [False, True, False, False]


def test_a_question_that_yes_answers_is_lost() -> None:
    texts = ["Who pays for it?", "Yes.", "Does it rain?", "Yes."]
    assert [is_lost(segmented(texts), i) for i in range(4)] == [True, False, False, False]


def test_a_turn_that_goes_on_needs_the_one_before_it() -> None:
    turns = ["Tom: I am ill", "Tom: for the second time this month", "Anna: Oh, my poor Tom!", "Anna: Take a rest then"]
    assert [goes_on(segmented(turns, "\n"), i) for i in range(4)] == [False, True, False, False]


def test_the_line_above_a_conversation_is_not_said_in_it() -> None:
    texts = ["What did they say of the camp?", "Tom: Yeah.", "Anna: They have the big meadow.", "Tom: We go in May."]
    document = segmented(texts, "\n")
    assert [is_above_turns(document, i) for i in range(4)] == [True, False, False, False]
    assert antecedent(document, 1) is None
    assert not goes_on(document, 1)


@pytest.mark.parametrize(
    ("last", "may"),
    [
        ("who is she", True),
        ("I think not", True),
        ("The harbour is open until", False),
        ("It is the end of", False),
        ("It is more than", False),
        ("We saw the", False),
    ],
)
def test_a_sentence_without_a_mark_may_be_broken_off(last: str, may: bool) -> None:
    document = segmented(["It rained all day", "Anna left the town"], "\n")
    assert not document.is_punctuated
    assert may_end_so(document, last) == may
