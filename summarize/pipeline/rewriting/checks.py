"""Whether a rewritten sentence can stand for its source: a question stays one, phrases are kept or left out whole, and
what is left out (`omissions`) changes nothing of what is said.

A sentence that fails is not used; the document's own takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from summarize.grounding.explanation import Span
from summarize.pipeline.rewriting.connectives import MAX_INDENTATION
from summarize.pipeline.rewriting.omissions import keeps_meaning
from summarize.pipeline.summary import Sentence, SummaryWord, join_words
from summarize.text.openers import asked_part, is_subordinate
from summarize.text.tokenizer import word_spans
from summarize.text.word_classes import (
    ARTICLES,
    AUXILIARIES,
    PREPOSITIONS,
    RELATIVES,
    SUBJECT_PRONOUNS,
    TIMES,
    word_set,
)

QUESTION_MARK = "?"
# A rewritten sentence may begin after one of these words, or after a mark.
_BEFORE_BEGINNING = frozenset({"and", "but", "so", "because", "when", "while", "after", "as"})
# Before "that": what follows is so, and whoever writes it found it out.
_FINDINGS = tuple(
    [verb] for verb in ("show", "shows", "showed", "shown", "find", "found", "demonstrate", "demonstrates")
)
# It may end before one of these, or before a mark. Up, down and out belong to the verb before them.
_AFTER_END = (
    (PREPOSITIONS - word_set("down out up"))
    | TIMES
    | (RELATIVES - {"what"})
    | word_set("""although and as because but if including nor or so than though when while without also again too
        here there now""")
)
# Words between a phrase's beginning and a name that describe it, at most: "West Ham defender James Tomkins".
MAX_DESCRIPTION = 5
_NO_DESCRIPTION = _AFTER_END | ARTICLES | AUXILIARIES | SUBJECT_PRONOUNS | word_set("say says said")
_ARTICLE_BEFORE = re.compile(r"(?:^|[,;:—–(\"“]\s*)(the|an?)\s+$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^\s*\([^()]*\)")  # an abbreviation, a number: what goes on does so after it
_LABEL = re.compile(r"(?![QA]\d*:)[A-Z][\w'’-]*(?: [\w'’-]+){0,2}:(?=\s)")  # "Expected:", "Known limits:"
_SMALL_NAME = re.compile(r"(?=\S*[-_\d])([-a-z_][-a-z_\d]*)\s")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def keep_question(rewritten: Sentence, text: str, span: Span) -> Sentence | None:
    """A rewritten sentence as the question that its source is, if that is one; else as it is.

    text: the document's; span: of the source sentence in it. None where a statement was made of a question: that would
    say that it is so, where somebody asked whether it is.
    """
    source = text[slice(*span)]
    asked = asked_part(source)
    if not asked.endswith(QUESTION_MARK) or QUESTION_MARK in rewritten.text:
        return rewritten
    words, source_words = rewritten.words, word_spans(source)
    first = source[slice(*source_words[0])] if source_words else ""
    if len(words) < 2 or words[0].text.lower() != first.lower() or words[-1].text != ".":
        return None
    end = span[0] + len(asked)
    mark: SummaryWord = replace(words[-1], text=QUESTION_MARK, span=(end - 1, end), copied=1.0)
    words = (*words[:-1], mark)
    return replace(rewritten, text=join_words(words), words=words)


def stands_for_source(rewritten: Sentence, text: str, span: Span) -> bool:
    """Whether a rewritten sentence is whole, and says nothing else than its source.

    text: the document's; span: of the source sentence in it, without the name of its speaker.
    """
    if not (keeps_phrases(rewritten, text, span) and keeps_label(rewritten, text, span)):
        return False
    source = text[slice(*span)]
    return keeps_meaning(rewritten.text, source) and (is_subordinate(source) or not is_subordinate(rewritten.text))


def keeps_phrases(rewritten: Sentence, text: str, span: Span) -> bool:
    """Whether a rewritten sentence begins and ends where a phrase of its source does.

    text: the document's; span: of the source sentence in it. Of words that were not copied from the source, nothing is
    known, and they pass.
    """
    words = [word for word in rewritten.words if any(map(str.isalnum, word.text))]
    if not words:
        return True
    return _begins_phrase(words[0], text, span) and _ends_phrase(words[-1], text, span)


def keeps_label(rewritten: Sentence, text: str, span: Span) -> bool:
    """Whether a rewritten sentence has the label that its source begins with, as "Expected:" or "Warning:".

    A label begins a line and is no mark of an item. text: the document's; span: of the source sentence in it.
    """
    begins_line = text[max(0, span[0] - MAX_INDENTATION) : span[0]].rstrip(" \t*_>-")[-1:] in ("", "\n")
    label = _LABEL.match(text, *span)
    return not (begins_line and label) or rewritten.text.lower().startswith(label[0].lower())


def _begins_phrase(word: SummaryWord, text: str, span: Span) -> bool:
    if word.span is None or not span[0] <= word.span[0] < span[1]:
        return True
    before = text[span[0] : word.span[0]].rstrip()
    if not before or not before[-1].isalnum():
        return True
    left_out = [own.lower() for own in _WORD.findall(re.split(r"[,;:()\"“”—–]", before)[-1])]
    if left_out[-1:] and left_out[-1] in ARTICLES:
        del left_out[-1]
    if not left_out or left_out[-1] in _BEFORE_BEGINNING or (left_out[-1] == "that" and left_out[-2:-1] in _FINDINGS):
        return True
    while left_out and left_out[0] in _BEFORE_BEGINNING | ARTICLES:
        del left_out[0]
    is_before_name = text[word.span[0]].isupper() or not any(map(str.isupper, text[span[0] : span[1]]))
    return is_before_name and len(left_out) <= MAX_DESCRIPTION and _NO_DESCRIPTION.isdisjoint(left_out)


def _ends_phrase(word: SummaryWord, text: str, span: Span) -> bool:
    if word.span is None or not span[0] < word.span[1] <= span[1]:
        return True
    following = _IN_BRACKETS.sub("", text[word.span[1] : span[1]]).lstrip()
    if not following or not following[0].isalnum():
        return True
    next_word = _WORD.findall(following)[0].lower()
    return next_word in _AFTER_END or next_word.endswith("ly")


def missing_article(rewritten: Sentence, text: str, span: Span) -> Span | None:
    """The span of the article right before the word of its source that a rewritten sentence begins with; else None.

    The article opens the source sentence or follows a mark. text: the document's; span: of the source sentence in it.
    """
    first = next(iter(rewritten.words), None)
    if first is None or first.span is None or not span[0] < first.span[0] < span[1]:
        return None
    article = _ARTICLE_BEFORE.search(text[span[0] : first.span[0]])
    return (span[0] + article.start(1), span[0] + article.end(1)) if article else None


def with_spelling(rewritten: Sentence, text: str, span: Span) -> Sentence:
    """A rewritten sentence whose first word is spelled as in its source where that begins with a name in small letters
    and signs: "nss-mdns", "libz2", "-name".

    text: the document's; span: of the source sentence in it.
    """
    first = next(iter(rewritten.words), None)
    name = _SMALL_NAME.match(text, *span)
    if first is None or first.span is None or name is None or not name.start(1) <= first.span[0] < name.end(1):
        return rewritten
    words = (replace(first, text=text[slice(*first.span)]), *rewritten.words[1:])
    return replace(rewritten, text=join_words(words), words=words)


def with_words_before(sentence: Sentence, text: str, spans: Sequence[Span]) -> Sentence:
    """A sentence with words of the document before it, spelled as there but for a capital at its beginning."""
    words = [
        SummaryWord(text[slice(*span)], 1.0, span, i > 0 and text[span[0] - 1].isspace())
        for i, span in enumerate(spans)
    ]
    first, *rest = sentence.words
    original = text[slice(*first.span)] if first.span else first.text
    spelled = original if words[-1].text[-1].isalnum() and original.lower() == first.text.lower() else first.text
    words[0] = replace(words[0], text=words[0].text[:1].upper() + words[0].text[1:])
    words += [replace(first, text=spelled, space_before=True), *rest]
    return replace(sentence, text=join_words(words), words=tuple(words))
