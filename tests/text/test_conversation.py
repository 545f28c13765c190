"""Whether a sentence of minutes has somebody say or do what another does."""

from __future__ import annotations

import re

import pytest

from summarize.grounding.explanation import find_claims
from summarize.text.conversation import Conversation, conversation
from tests.helpers.explained import HandWord

TWO = """Tom: Hi Anna! I will cook goulash tonight.
Anna: Lovely. Can you fetch my nephews from school? They hate waiting there.
Tom: No problem. You should call their teacher first.
Anna: I forgot her number, sorry."""
THREE = f"{TWO}\nMaría López: You could borrow some dinner plates, my cupboard is full."
NUMBERED = """#Person1#: I need a table near the window.
#Person2#: Certainly. May I have your name, please?
#Person1#: Holt. I will bring five friends."""


def words_of(document: str, sentence: str) -> list[HandWord]:
    """A sentence's words, each as copied from where the document first has it after its speakers."""
    words, at = [], 0
    for match in re.finditer(r"\w+|[^\w\s]", sentence):
        found = re.search(rf"(?<!^)\b{re.escape(match[0])}\b", document, re.M)
        words.append(HandWord(match[0], found.span() if found else None, match.start() > at))
        at = match.end()
    return words


def mixed_up(document: str, sentence: str) -> str:
    words = words_of(document, sentence)
    n = Conversation(document).mixed_up(words)
    return "".join(word.text for word in words[:n])


@pytest.mark.parametrize(
    "sentence",
    [
        "Tom will cook goulash tonight.",
        "Anna forgot her number.",
        "Anna asks Tom to fetch nephews from school.",
        "Tom thinks they should call their teacher first.",
        "Anna should call their teacher.",
        "Anna and Tom will cook goulash tonight.",  # both: nobody is mixed up
        "Anna's nephews cook goulash tonight.",
        "The goulash will cook tonight.",
        "Anna likes goulash.",  # too little was copied to tell
        "Anna will invent quite different sentences.",
        "Anna hate waiting there.",  # neither "I" nor "you": anybody's
        "Anna: I will cook goulash tonight.",  # not told by anybody, but a turn
        "Anna",
        "",
    ],
)
def test_no_doubt(sentence: str) -> None:
    assert mixed_up(TWO, sentence) == ""


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("Anna will cook goulash tonight.", "Anna"),
        ("Tom forgot her number.", "Tom"),
        ("Tom should call their teacher.", "Tom"),  # he says "you"
        ("Tom asks Anna to fetch nephews from school.", "Tom"),  # it is she who asks
        ("Anna thinks they should call their teacher first.", "Anna"),
    ],
)
def test_what_another_says_or_does(sentence: str, who: str) -> None:
    assert mixed_up(TWO, sentence) == who


def test_a_name_may_be_in_marks_or_of_two_words() -> None:
    assert mixed_up(NUMBERED, "#Person2# will bring five friends.") == "#Person2#"
    assert mixed_up(NUMBERED, "#Person1# will bring five friends.") == ""
    assert mixed_up(NUMBERED, "#Person2#'s friends will bring five friends.") == ""
    assert mixed_up(THREE, "María López will cook goulash tonight.") == "MaríaLópez"
    assert mixed_up(THREE, "María will cook goulash tonight.") == "María"


def test_of_three_it_is_not_known_whom_one_calls_you() -> None:
    assert mixed_up(THREE, "Tom should call their teacher.") == ""


def test_a_stretch_of_a_document_has_its_own_turns() -> None:
    document = f"Minutes of the kitchen\n\n{TWO}\n"
    words = words_of(document, "Anna will cook goulash tonight.")
    assert Conversation(document, document.index("Tom:"), document.index("Anna: I")).mixed_up(words) == 1
    assert Conversation(document, document.index("Anna: I")).mixed_up(words) == 0  # one turn is no conversation


def test_a_claim_of_a_speaker_is_made_where_it_is_asked_for() -> None:
    words = [words_of(TWO, "The nephews hate school."), words_of(TWO, "Anna will cook goulash tonight.")]
    (claim,) = find_claims(TWO, words, ("number", "speaker"))
    assert (claim.text, claim.kind, claim.sentence, claim.first, claim.last) == ("Anna", "speaker", 1, 0, 1)
    assert find_claims(TWO, words) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nobody speaks here. Not a word: it is prose.",
        "Added: a new option for long files\nFixed: a crash on empty lines in them\nAdded: some tests of both",
        "Tom: yes\nAnna: no\nTom: yes",  # nothing is said
        "Tom: I will cook goulash tonight.\nAnna: Lovely, thank you so much.",  # nobody answers
        "Tom: I will cook.\nOne line.\nTwo lines.\nThree lines.\nAnna: Will you really?\nTom: I will.",
    ],
)
def test_what_is_no_conversation(text: str) -> None:
    assert not conversation(text)


def test_turns_say_who_when_and_what() -> None:
    text = """[10:32] Anna Smith: ok then, who comes with us?
Tom (09:15): see you there at six
  #Person1#:\tHi! Who are you two?
http://example.org: no turn
Tom: nobody that matters"""
    found = conversation(text)
    assert [(turn.speaker, text[turn.start : turn.end]) for turn in found] == [
        ("Anna Smith", "ok then, who comes with us?"), ("Tom", "see you there at six"),
        ("#Person1#", "Hi! Who are you two?"), ("Tom", "nobody that matters"),
    ]  # fmt: skip
    assert [text[slice(*turn.label)] for turn in found] == [turn.speaker for turn in found]
