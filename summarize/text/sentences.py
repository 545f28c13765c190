"""Sentence boundaries of a text, in characters."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from itertools import pairwise

import sentencex

from summarize.text.continuation import merge_continued
from summarize.text.list_labels import LABEL, LABELLED_LINE, item_labels
from summarize.text.long_sentences import split_long
from summarize.text.word_classes import FUNCTION_WORDS

# A line that begins with a speaker's name, a list marker, or a time as logs have it begins a sentence, even after a
# line without a full stop.
_ITEM = re.compile(
    rf"\n(?=[ \t]*(?:(?:[-*•‣–—]|{LABEL})[ \t]+\S"
    r"|(?:\[[^\]\n]{1,30}\][ \t]+)?#?[A-Z][\w.'’-]*#?(?: [A-Z#(][\w.'’()-]*){0,3}:[ \t]"
    r"|\[?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[T ,]{1,2}\d{1,2}:\d\d"
    r"|(?:[A-Z][a-z]{2} [ \d]\d |[A-Z]\d{4} )?\[?\d\d:\d\d:\d\d[\].,\s]))"
)
# A heading on a line of its own, right before the line that its paragraph begins with.
_HEADING = re.compile(
    r"(?:\A|\n[ \t]*\n)[ \t]*(?P<title>(?=[\dA-Z\"“])[^\n]{2,60})\n(?=[ \t]*[\"“(]?[A-Z\d](?P<line>.*))"
)
MIN_LINE = 40  # characters after a heading; also twice the heading's, as lines of verse and addresses are alike
_BULLET = re.compile(r"^[ \t]*[-*•‣–—](?=[ \t])", re.MULTILINE)
# In a conversation a speaker's name may have a small letter.
_TURN = re.compile(r"^[ \t]*\w[\w.-]{0,20}:[ \t]+\S", re.MULTILINE)
_TURN_OR_ITEM = re.compile(rf"\n(?=[ \t]*\w[\w.-]{{0,20}}:[ \t]+\S)|{_ITEM.pattern}")
# Quotation marks, but not apostrophes: those are inside a word or, in tokenised text, before "s", "t", "ll" …
_QUOTE = re.compile(r"(?<!\w)(?:['’](?!(?:s|d|m|t|re|ve|ll|em)\b)|[\"‘“”`´])['\"‘’“”`´]*|['\"‘’“”`´]+(?!\w)")
# After a full stop: marks that always close a quotation, and marks that close one only if one is open.
_CLOSING = re.compile(r"['\"’”´]+(?!\w)|\s(?:[’”´]|'')+(?=\s|$)")
# In these a full stop after a number makes an ordinal: am 3. März.
_ORDINAL_LANGUAGES = frozenset(
    {"bs", "cs", "da", "de", "et", "fi", "hr", "hu", "is", "lb", "lv", "nn", "no", "sk", "sl", "sr"}
)
# In these no mark ends a sentence. A space stands after it, but also inside it, beside names and numbers.
_SPACE_LANGUAGES = frozenset({"lo", "th"})
_SPACE = re.compile(r"(?<=[\u0e00-\u0eff])[ \t]+(?=[\u0e00-\u0eff])")
MIN_BETWEEN_SPACES = 40  # characters of a sentence in these languages
_ORDINAL = re.compile(r"(?<!\w)\d{1,2}\.$")
_ENDED = re.compile(r"[.!?…。！？।؟۔։።။][\s'\"’”´»)\]*_]*$")
_AMBIGUOUS = re.compile(r"\s['\"](?=\s|$)")


def sentence_spans(text: str, language: str = "en") -> list[tuple[int, int]]:
    """(start, end) of every sentence in order, without the white space around it; language: its ISO 639 code.

    Sentences do not overlap, and only white space lies between them. Boundaries are those of sentencex (Wikimedia),
    which does not depend on letter case, without those after which a sentence goes on. It finds none inside quotation
    marks, so marks are hidden from it: a quotation of several sentences is several sentences, and an apostrophe that
    looks like a mark does no harm. What is too long for a sentence is split.
    """
    spans: list[tuple[int, int]] = []
    labels = item_labels(text)
    item = _TURN_OR_ITEM if 2 * len(_TURN.findall(text)) > text.count("\n") + 1 else _ITEM
    headings = list(_heading_ends(text))
    boundaries = list(_boundaries(text, language, labels))
    if language in _SPACE_LANGUAGES:
        boundaries = [span for start, end in boundaries for span in _between_spaces(text, start, end)]
    for sentence_start, sentence_end in merge_continued(text, boundaries):
        for start, end in _split_at(item, labels, text, sentence_start, sentence_end):
            cuts = headings[bisect_right(headings, start) : bisect_left(headings, end)]
            for part_start, part_end in pairwise([start, *cuts, end]):
                spans += split_long(text, part_start, part_end)
    return spans


def _between_spaces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of what stands between spaces, each with so many of its neighbours that it is long enough."""
    for space in _SPACE.finditer(text, start, end):
        if min(space.start() - start, end - space.end()) >= MIN_BETWEEN_SPACES:
            yield start, space.end()
            start = space.end()
    yield start, end


def _heading_ends(text: str) -> Iterator[int]:
    """Where the headings end that stand on a line of their own, right before the first line of a paragraph."""
    for match in _HEADING.finditer(text):
        title = match["title"].rstrip()
        is_open = title[-1] in ",;:-.!?…" or title.rpartition(" ")[2].lower() in FUNCTION_WORDS
        if not is_open and len(match["line"]) >= max(MIN_LINE, 2 * len(title)):
            yield match.end()


def ends_sentence(text: str) -> bool:
    """Whether a text ends with the mark of a sentence's end, perhaps within quotation marks or brackets."""
    return _ENDED.search(text) is not None


def _boundaries(text: str, language: str, labels: Collection[int]) -> Iterator[tuple[int, int]]:
    """(start, end) of sentences, each with the quotation marks that close it.

    labels: where those of items begin. They and bullets are hidden from sentencex, which splits no item.
    """
    unquoted = _QUOTE.sub(lambda marks: " " * len(marks[0]), text)
    unquoted = _BULLET.sub(lambda bullet: " " * len(bullet[0]), unquoted)
    unquoted = LABELLED_LINE.sub(lambda line: " " * len(line[0]) if line.start(1) in labels else line[0], unquoted)
    start, starts_quoted = 0, False
    for boundary in sentencex.get_sentence_boundaries(language, unquoted):
        end = boundary["end_index"]
        while end > start and unquoted[end - 1].isspace():
            end -= 1
        n_straight_marks = sum(mark[0] in "'\"" for mark in _QUOTE.findall(text, start, end))
        ends_quoted = starts_quoted ^ bool(n_straight_marks % 2)
        closing = _CLOSING.match(text, end) or (_AMBIGUOUS.match(text, end) if ends_quoted else None)
        stop = closing.end() if closing else end
        if language in _ORDINAL_LANGUAGES and _ORDINAL.search(text, max(start, end - 4), end):
            continue
        if end == start or (closing and text[end - 1] in "?!" and text[stop : stop + 2].lstrip()[:1].islower()):
            continue  # "Is it true?" he asked.
        yield start, stop
        start = stop
        starts_quoted = ends_quoted and not closing and "\n" not in text[end : boundary["end_index"]]
    if start < len(text):
        yield start, len(text)


def _split_at(
    item: re.Pattern[str], labels: Collection[int], text: str, start: int, end: int
) -> Iterator[tuple[int, int]]:
    """(start, end) of the turns of a conversation, or of the items of a list, in one sentence of sentencex.

    labels: where those of items begin.
    """
    for beginning in item.finditer(text, start, end):
        labelled = LABELLED_LINE.match(text, beginning.end())
        if labelled and labelled.start(1) not in labels:
            continue
        yield start, beginning.start()
        start = beginning.start()
    yield start, end
