"""How a sentence begins: what refers back, and which connectives can be left out."""

from __future__ import annotations

import pytest

from summarize.text.openers import (
    asks_what,
    begins_as_answer,
    begins_quotation,
    connective_length,
    is_interjection,
    is_subordinate,
    points_elsewhere,
    refers_back,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "He said no.",
        "“She is old,” he said.",
        "It was built in 1894.",
        "They cost 2,500 pounds.",
        "This has cost the town a lot.",
        "These bridges are old.",
        "Its deck weighs 340 tonnes.",
        "But he said no.",
        "However, it was closed.",
        "And, however, they came.",
        "Both were closed.",
        "Such bridges are old.",
        "If this option is used, it ends.",
        "Yes, they found it.",
        "No they found it.",
        "Thats a good time for me.",
        "Why is that?",
        "however , it was closed.",
    ],
)
def test_what_refers_back(sentence: str) -> None:
    assert refers_back(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The mayor said no.",
        "Italy said no.",
        "Hers was first.",
        "Hello there.",
        "It is likely that the bridge will close.",
        "It's not clear whether it will open.",
        "It takes two.".replace("takes", "was decided to close"),
        "This week the bridge closed.",
        "This report looks at bridges.",
        "This Agreement is made on Monday.",
        "Those who came were happy.",
        "These days bridges are old.",
        "Both the mayor and the minister came.",
        "That the bridge closed was no surprise.",
        "However, the mayor came.",
        "In this report we look at bridges.",
        "Who is there?",
        "After this week it is shut.",
        "",
    ],
)
def test_what_refers_to_nothing_before_it(sentence: str) -> None:
    assert not refers_back(sentence)


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("However, the bridge closed.", "the bridge closed."),
        ("But the bridge closed.", "the bridge closed."),
        ("And, however, the bridge closed.", "the bridge closed."),
        ("In addition, it closed.", "it closed."),
        ("As a result, 3 closed.", "3 closed."),
        ("So, they came.", "they came."),
        ("However hard they tried, it closed.", "However hard they tried, it closed."),
        ("Still the bridge is closed.", "Still the bridge is closed."),
        ("So far, nobody came.", "So far, nobody came."),
        ("Andrew came.", "Andrew came."),
        ("Otherwise, a fine is due.", "Otherwise, a fine is due."),  # what it is a condition of would be lost
        ("So that the boats can pass, it opens.", "So that the boats can pass, it opens."),
        ("No this drug is not safe.", "No this drug is not safe."),
        ("Or the bank may close the account.", "Or the bank may close the account."),
        ("Right the boat before you climb in.", "Right the boat before you climb in."),
        ("Yes Bank shares fell.", "Yes Bank shares fell."),
        ("Yes, so the bridge closed.", "the bridge closed."),
        ("But", "But"),
        ("", ""),
    ],
)
def test_a_connective_is_what_can_be_left_out(sentence: str, rest: str) -> None:
    assert sentence[connective_length(sentence) :] == rest


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("As Max said last week.", True),
        ("Because we have a problem.", True),
        ("Which is why we left.", True),
        ("As of Monday the bridge is closed.", False),
        ("As pontes foram fechadas na segunda-feira.", False),  # Portuguese
        ("As the bridge was closed.", True),
        ("Because it rained, we left.", False),
        ("Which of them left?", False),
        ("The bridge closed because it rained.", False),
        ("Asking costs nothing.", False),
        ("", False),
    ],
)
def test_a_subordinate_clause_alone(sentence: str, expected: bool) -> None:
    assert is_subordinate(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("An overview of the types can be found in table 1.", True),
        ("The results are shown for all sets in Fig. 2.", True),
        ("Figure 3 shows the results.", True),
        ("In this section, we address the problem.", True),
        ("See Table 4 for details.", True),
        ("The mean loss was 1.9 % (Table 1).", False),
        ("The key was found in Section Street.", False),
        ("They were found in May.", False),
        ("In this report, we look at bridges.", False),
    ],
)
def test_what_only_says_where_something_stands(sentence: str, expected: bool) -> None:
    assert points_elsewhere(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("A: About 14 months.", True), ("Yes, if it rains.", True), ("No. Not at all.", True), ("Nobody came.", False)],
)
def test_what_begins_as_an_answer(sentence: str, expected: bool) -> None:
    assert begins_as_answer(sentence) == expected


def test_questions_that_yes_does_not_answer() -> None:
    assert asks_what("Who pays?")
    assert asks_what("So what did you say?")
    assert not asks_what("Do you pay?")
    assert not asks_what("What a day.")
    assert all(map(is_interjection, ("Yes .", "Mm-hmm.", "Yep yep yep .", "Oh, no.")))
    assert not any(map(is_interjection, ("Yes, at six.", "Anna.", "")))


def test_an_interjection_is_recognised_in_linear_time() -> None:
    assert is_interjection("Mm-hmm. " * 200)
    assert not is_interjection("Mm-hmm ." * 200 + " now")
    assert is_interjection("Uh-huh, yes.")


@pytest.mark.parametrize(
    ("sentence", "begins"),
    [
        ('"The rollers are original.', True),
        ('"The rollers are original," she said.', False),
        ("“It is old.", True),
        ("“It is old.”", False),
        ("`` It is old .", True),
        ("She said: “It is old.", False),
        ("", False),
    ],
)
def test_a_quotation_that_goes_on_is_recognised(sentence: str, begins: bool) -> None:
    assert begins_quotation(sentence) is begins
