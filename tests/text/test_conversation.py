"""The turns of a conversation, and summary sentences that name the wrong speaker."""

from __future__ import annotations

import re

import pytest

from summarize.grounding.explanation import find_claims
from summarize.text.conversation import Conversation, find_turns
from tests.helpers.explained import StubWord

TWO = """Tom: Hi Anna! I will cook goulash tonight.
Anna: Lovely. Can you fetch my nephews from school? They hate waiting there.
Tom: No problem. You should call their teacher first.
Anna: I forgot her number, sorry."""
THREE = f"{TWO}\nMaría López: You could borrow some dinner plates, my cupboard is full."
NUMBERED = """#Person1#: I need a table near the window.
#Person2#: Certainly. May I have your name, please?
#Person1#: Holt. I will bring five friends."""


def words_of(document: str, sentence: str) -> list[StubWord]:
    """A sentence's words, each copied from its first occurrence in the document that is not at the start of a line."""
    words, end = [], 0
    for match in re.finditer(r"\w+|[^\w\s]", sentence):
        found = re.search(rf"(?<!^)\b{re.escape(match[0])}\b", document, re.M)
        words.append(StubWord(match[0], found.span() if found else None, match.start() > end))
        end = match.end()
    return words


def misattributed(document: str, sentence: str) -> str:
    """The name of the wrong speaker, "" if none is reported."""
    words = words_of(document, sentence)
    n = Conversation(document).count_misattributed_words(words)
    return "".join(word.text for word in words[:n])


@pytest.mark.parametrize(
    "sentence",
    [
        "Tom will cook goulash tonight.",
        "Anna forgot her number.",
        "Anna asks Tom to fetch nephews from school.",
        "Tom thinks they should call their teacher first.",
        "Anna should call their teacher.",
        "Anna and Tom will cook goulash tonight.",  # several subjects
        "Anna's nephews cook goulash tonight.",
        "The goulash will cook tonight.",
        "Anna likes goulash.",  # too few words were copied
        "Anna will invent quite different sentences.",
        "Anna hate waiting there.",  # neither "I" nor "you" in the clause
        "Anna: I will cook goulash tonight.",  # a turn, not a report
        "Anna",
        "",
    ],
)
def test_a_right_or_doubtful_speaker_is_not_reported(sentence: str) -> None:
    assert misattributed(TWO, sentence) == ""


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Anna will cook goulash tonight.", "Anna"),
        ("Tom forgot her number.", "Tom"),
        ("Tom should call their teacher.", "Tom"),  # Tom says this to Anna
        ("Tom asks Anna to fetch nephews from school.", "Tom"),  # Anna asks Tom
        ("Anna thinks they should call their teacher first.", "Anna"),
    ],
)
def test_a_wrong_speaker_is_reported(sentence: str, name: str) -> None:
    assert misattributed(TWO, sentence) == name


def test_a_name_may_have_hashes_or_two_words() -> None:
    assert misattributed(NUMBERED, "#Person2# will bring five friends.") == "#Person2#"
    assert misattributed(NUMBERED, "#Person1# will bring five friends.") == ""
    assert misattributed(NUMBERED, "#Person2#'s friends will bring five friends.") == ""
    assert misattributed(THREE, "María López will cook goulash tonight.") == "MaríaLópez"
    assert misattributed(THREE, "María will cook goulash tonight.") == "María"


def test_among_three_speakers_you_is_ambiguous() -> None:
    assert misattributed(THREE, "Tom should call their teacher.") == ""


def test_only_the_turns_of_the_given_part_of_a_document_count() -> None:
    document = f"Minutes of the kitchen\n\n{TWO}\n"
    words = words_of(document, "Anna will cook goulash tonight.")
    three_turns = Conversation(document, document.index("Tom:"), document.index("Anna: I"))
    assert three_turns.count_misattributed_words(words) == 1
    one_turn = Conversation(document, document.index("Anna: I"))  # no conversation
    assert one_turn.count_misattributed_words(words) == 0


def test_a_sentence_copied_equally_from_two_turns_is_not_reported() -> None:
    assert misattributed(TWO, "Anna will cook goulash tonight, her nephews hate.") == "Anna"  # three words and two
    assert misattributed(TWO, "Anna will cook goulash, her nephews hate.") == ""  # two and two


def test_find_claims_reports_speakers_on_request() -> None:
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
        "INFO backup: nightly backup started\nWARN disk: it is 91 % full\nINFO backup: nightly backup finished",
        "Tom: yes\nAnna: no\nTom: yes",  # turns of one word
        "Tom: I will cook goulash tonight.\nAnna: Lovely, thank you so much.",  # as many speakers as turns
        "Tom: I will cook.\nOne line.\nTwo lines.\nThree lines.\nAnna: Will you really?\nTom: I will.",
    ],
)
def test_texts_that_are_not_conversations(text: str) -> None:
    assert not find_turns(text)


def test_the_parts_of_a_turn() -> None:
    text = """[10:32] Anna Smith: ok then, who comes with us?
Tom (09:15): see you there at six
  #Person1#:\tHi! Who are you two?
http://example.org: no turn
Tom: nobody that matters"""
    turns = find_turns(text)
    assert [(turn.speaker, text[turn.start : turn.end]) for turn in turns] == [
        ("Anna Smith", "ok then, who comes with us?"), ("Tom", "see you there at six"),
        ("#Person1#", "Hi! Who are you two?"), ("Tom", "nobody that matters"),
    ]  # fmt: skip
    assert [text[slice(*turn.label)] for turn in turns] == [turn.speaker for turn in turns]
