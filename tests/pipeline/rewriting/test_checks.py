"""Questions stay questions when they are rewritten, and phrases are whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from summarize.pipeline.rewriting.checks import (
    keep_question,
    keeps_label,
    keeps_phrases,
    missing_article,
    stands_for_source,
    with_spelling,
    with_words_before,
)
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


SOURCE = (
    "The predictions agree with official tables for 95% of non-native speakers, he said, and the bridge closed Monday."
)


def copied(*words: str) -> Sentence:
    """A sentence of words copied from SOURCE, each from its next place, and a full stop."""
    made, at = [], 0
    for i, word in enumerate(words):
        at = SOURCE.lower().index(word.lower(), at)
        made.append(SummaryWord(word, 1.0, (at, at + len(word)), i > 0))
        at += len(word)
    made.append(SummaryWord(".", 0.0, None, False))
    return Sentence(join_words(made), tuple(made))


@pytest.mark.parametrize(
    ("words", "keeps"),
    [
        (("The", "predictions", "agree", "with", "official", "tables"), True),
        (("Predictions", "agree", "with", "official", "tables"), True),
        (("Official", "tables", "for", "95"), False),  # "with" needs what follows it
        (("Official", "tables"), False),
        (("The", "bridge", "closed"), True),
        (("Bridge", "closed", "Monday"), True),
        (("The", "predictions", "agree", "with", "official"), False),
        (("The", "predictions", "agree"), True),
        (("said", "and", "the", "bridge", "closed"), False),
        (("95", "%", "of", "non-native", "speakers"), False),  # "tables for" needs it
    ],
)
def test_a_rewritten_sentence_begins_and_ends_with_a_phrase(words: tuple[str, ...], keeps: bool) -> None:
    assert keeps_phrases(copied(*words), SOURCE, (0, len(SOURCE))) == keeps


@pytest.mark.parametrize(
    ("text", "first", "last", "keeps"),
    [
        ("Add at least one task.", "at", "task", False),  # no name follows the word that is left out
        ("In this paper we present an approach for trees.", "approach", "trees", False),
        ("There are signs, that an end may come.", "end", "come", False),
        ("The results show that trees are tall.", "trees", "tall", True),
        ("The mayor said that trees are tall.", "trees", "tall", False),
        ("It is not clear if the bridge is open.", "bridge", "open", False),
        ("But the bridge is open.", "bridge", "open", True),
        ("On Monday, the bridge closed.", "bridge", "closed", True),
        ("coach anna berg met tom lund.", "anna", "lund", True),  # without capitals nothing is known
        ("The net (DAGAN) augments it.", "The", "net", False),
        ("The net (DAGAN) for trees is old.", "The", "net", True),
        ("Anna picked up the boat.", "Anna", "picked", False),
        ("Anna left earlier than Tom.", "Anna", "left", True),
    ],
)
def test_the_words_around_the_kept_ones(text: str, first: str, last: str, keeps: bool) -> None:
    words = tuple(SummaryWord(w, 1.0, (at := text.index(w), at + len(w)), True) for w in (first, last))
    assert keeps_phrases(Sentence(join_words(words), words), text, (0, len(text))) == keeps


@pytest.mark.parametrize(
    ("before", "source", "rewritten", "keeps"),
    [
        ("", "Expected: a file is written.", "A file is written.", False),
        ("Steps\n", "Expected: a file is written.", "A file is written.", False),
        ("Steps\n", "Expected: a file is written.", "Expected: a file.", True),
        ("Seen there. ", "Going strong: he ran on.", "He ran on.", True),  # within a paragraph, often a caption's
        ("Q: Who?\n", "A: Anna did it.", "Anna did it.", True),
        ("", "He said: we won.", "We won.", False),
    ],
)
def test_the_label_of_a_line_stays(before: str, source: str, rewritten: str, keeps: bool) -> None:
    text = before + source
    assert keeps_label(sentence(rewritten), text, (len(before), len(text))) == keeps


def test_a_subordinate_clause_is_not_made_of_a_sentence() -> None:
    text = "Because it rained, we left."
    words = tuple(SummaryWord(text[a:b], 1.0, (a, b), a > 0) for a, b in word_spans(text)[:3])
    assert not stands_for_source(Sentence(join_words(words), words), text, (0, len(text)))
    assert stands_for_source(sentence("We left."), text, (0, len(text)))


def test_a_description_before_a_name_can_be_left_out() -> None:
    def begins_at(text: str, word: str) -> bool:
        start = text.index(word)
        first = SummaryWord(word, 1.0, (start, start + len(word)), False)
        return keeps_phrases(Sentence(word, (first,)), text, (0, start + len(word)))

    assert begins_at("West Ham defender James", "James")
    assert begins_at("On Monday, the former defender Jamie", "Jamie")
    assert not begins_at("The power that multiplied Anna", "Anna")
    assert not begins_at("Predictions agree with Anna", "Anna")
    assert not begins_at("One two three four five six Anna", "Anna")


def test_words_of_other_places_pass() -> None:
    new = Sentence("It rained.", (SummaryWord("It", 0.0, None, False), SummaryWord("rained", 0.1, (900, 906), True)))
    assert keeps_phrases(new, SOURCE, (0, len(SOURCE)))
    assert keeps_phrases(Sentence("", ()), SOURCE, (0, len(SOURCE)))


def test_an_article_that_was_left_out_is_found_and_put_back() -> None:
    rewritten = copied("Predictions", "agree")
    span = missing_article(rewritten, SOURCE, (0, len(SOURCE)))
    assert span == (0, 3)
    whole = with_words_before(rewritten, SOURCE, [span])
    assert whole.text == join_words(whole.words) == "The predictions agree."
    assert missing_article(whole, SOURCE, (0, len(SOURCE))) is None
    assert missing_article(copied("bridge", "closed"), SOURCE, (0, len(SOURCE))) is None  # "and the bridge"
    text = "As you know, the bridge closed."
    bridge = Sentence("Bridge", (SummaryWord("Bridge", 1.0, (17, 23), False),))
    assert missing_article(bridge, text, (0, len(text))) == (13, 16)
    assert missing_article(copied("agree", "with"), SOURCE, (0, len(SOURCE))) is None
    assert missing_article(Sentence("", ()), SOURCE, (0, len(SOURCE))) is None


def test_a_label_before_a_sentence_leaves_its_capital() -> None:
    text = "Anna Berg: We leave now."
    sentence_of_turn = Sentence(
        "We leave.", (SummaryWord("We", 1.0, (11, 13), False), SummaryWord("leave.", 1.0, None, True))
    )
    assert with_words_before(sentence_of_turn, text, [(0, 4), (5, 9), (9, 10)]).text == "Anna Berg: We leave."


@pytest.mark.parametrize(
    ("source", "rewritten", "expected"),
    [
        ("nss-mdns is old and slow.", "Nss-mdns is old.", "nss-mdns is old."),
        ("libz2 is old and slow.", "Libz2 is old.", "libz2 is old."),
        ("we are old and slow.", "We are old.", "We are old."),
    ],
)
def test_a_name_in_small_letters_keeps_them(source: str, rewritten: str, expected: str) -> None:
    words = [
        replace(word, span=(at, at + len(word.text))) if (at := source.lower().find(word.text.lower())) >= 0 else word
        for word in sentence(rewritten).words
    ]
    assert with_spelling(Sentence(rewritten, tuple(words)), source, (0, len(source))).text == expected
