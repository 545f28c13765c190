"""What a sentence needs of others to be understood: what it refers to, the question that it answers, who says it."""

from __future__ import annotations

import re

from summarize.pipeline.encoder import SegmentedDocument
from summarize.pipeline.rewriting.speaker_labels import said_span, turn_of
from summarize.text.openers import (
    asked_part,
    asks_what,
    begins_as_answer,
    begins_quotation,
    is_interjection,
    is_subordinate,
)
from summarize.text.sentences import ends_sentence
from summarize.text.word_classes import AUXILIARIES, FUNCTION_WORDS, PREPOSITIONS, RELATIVES, SUBJECT_PRONOUNS, word_set

_WORD = re.compile(r"\w[\w'’.-]*")
_QUOTATION_MARK = re.compile(r"(?P<opening>“|(?<![^\s(\[—–])\"(?=\w))|[”\"]")
_WORDS_AFTER_QUOTATION = re.compile(r"[”\"]\W*\w")  # "… before May,” said Anna Berg."
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
MAX_QUOTED = 5  # sentences before one, in which a quotation's beginning is looked for
_CONTINUING = PREPOSITIONS | RELATIVES | {"and", "but", "or", "because", "so"}
_MAY_BE_LAST = SUBJECT_PRONOUNS | word_set("all any each her his not so that these this those though")
_NEVER_LAST = FUNCTION_WORDS - AUXILIARIES - (PREPOSITIONS - word_set("from of until")) - _MAY_BE_LAST
MAX_ANSWER = 10  # words after a question that say little without it


def said_text(document: SegmentedDocument, i: int) -> str:
    """A sentence without its speaker's name and without the mark of a list's item."""
    return document.text[slice(*said_span(document, i))]


def is_above_turns(document: SegmentedDocument, i: int) -> bool:
    """Whether a sentence is the one line above a conversation, as a title or a question about it."""
    if i > 0 or len(document) < 2 or not document.turns:
        return False
    start, _ = document.turns[0].label
    return bool(document.spans[0][1] <= start < document.spans[1][1])


def antecedent(document: SegmentedDocument, i: int) -> int | None:
    """The index of the sentence that sentence i can refer to: the one before it without interjections."""
    while i > 0:
        i -= 1
        if not is_interjection(said_text(document, i)):
            return None if is_above_turns(document, i) else i
    return None


def goes_on(document: SegmentedDocument, i: int) -> bool:
    """Whether a sentence answers the question before it, or goes on with the speaker's sentence before it."""
    return i > 0 and not is_above_turns(document, i - 1) and (_is_answer(document, i) or _continues_turn(document, i))


def is_lost(document: SegmentedDocument, i: int) -> bool:
    """Whether no other sentence tells what a sentence means: it is in a quotation, or no answer to it follows."""
    return _is_quoted(document, i) or _is_unanswered(document, i)


def _is_quoted(document: SegmentedDocument, i: int) -> bool:
    """Whether a sentence is of a quotation that began before it, and does not say whose words it has."""
    if _WORDS_AFTER_QUOTATION.search(document.sentence_text(i)):
        return False
    before = document.text[document.spans[max(0, i - MAX_QUOTED)][0] : document.spans[i][0]]
    marks = list(_QUOTATION_MARK.finditer(_BLANK_LINE.split(before)[-1]))
    return bool(marks) and marks[-1]["opening"] is not None


def _continues_turn(document: SegmentedDocument, i: int) -> bool:
    """Whether two turns of one speaker are one sentence: "I am ill" "for the second time this month"."""
    turn, before = turn_of(document, i), turn_of(document, i - 1)
    if turn is None or before is None or turn.speaker != before.speaker or ends_sentence(document.sentence_text(i - 1)):
        return False
    first_word = _WORD.match(document.text, turn.start)
    return first_word is not None and first_word[0] in _CONTINUING


def _is_answer(document: SegmentedDocument, i: int) -> bool:
    """Whether a sentence says little without the question before it: it is short, begins as an answer does, or stands
    on the line after it."""
    if not asked_part(document.sentence_text(i - 1)) or asked_part(document.sentence_text(i)):
        return False
    start, _ = said_span(document, i)
    said = said_text(document, i)
    is_next_line = not document.turns and "\n" in document.text[document.spans[i - 1][1] : start]
    begins_so = begins_as_answer(said) or begins_as_answer(document.sentence_text(i))  # "Yes, …", "A: …"
    return is_next_line or len(said.split()) <= MAX_ANSWER or begins_so


def _is_unanswered(document: SegmentedDocument, i: int) -> bool:
    """Whether a sentence asks who, what, how or the like, and the next one is no more than "yes", "no" or "mm"."""
    if i + 1 == len(document):
        return False
    return asks_what(said_text(document, i)) and is_interjection(said_text(document, i + 1))


def can_help(document: SegmentedDocument, i: int) -> bool:
    """Whether a sentence may be selected for another's sake."""
    text = document.sentence_text(i)
    leans = is_subordinate(text) or begins_quotation(text) or is_above_turns(document, i)
    return i not in document.headings and not leans and may_end_so(document, text)


def may_end_so(document: SegmentedDocument, text: str) -> bool:
    """Whether a sentence has the mark at its end that most sentences of its document have, or could end without one."""
    if document.is_punctuated:
        return ends_sentence(text)
    return not text.endswith((":", ",")) and text.rpartition(" ")[2].lower() not in _NEVER_LAST
