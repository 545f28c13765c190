"""Sentences that go on: after the full stop of an abbreviation, and over line ends and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from summarize.text.word_classes import FUNCTION_WORDS

Span = tuple[int, int]  # characters [start, end)

# A sentence hardly ends with one of these; most stand before a number or name.
_OPEN_ABBREVIATIONS_LIST = """approx ca cf eq eqs esp excl fig figs incl nos pp resp sec sect viz vol vols vs e.g i.e"""
_OPEN_ABBREVIATIONS = frozenset(_OPEN_ABBREVIATIONS_LIST.split())
# These stand before a number, or a sentence ends with them.
_BEFORE_NUMBER_LIST = """bd bk c ch chap chaps cl cols ed est ext fl fol hwy kap l ll max ms n no nr op p para paras pg
pl pt pts r rm rte sc st ste stat tel temp var ver"""
_BEFORE_NUMBER = frozenset(_BEFORE_NUMBER_LIST.split())
# These do so with a capital: "Art. 5", "Sat. 3 May"; others end with such words ("he sat").
_CAPITAL_BEFORE_NUMBER_LIST = """app art arts col lot min tab mon tue tues wed thu thur thurs fri sat sun jan feb
mar apr jun jul aug sep sept oct nov dec"""
_CAPITAL_BEFORE_NUMBER = frozenset(_CAPITAL_BEFORE_NUMBER_LIST.split())
# These stand after a number or name, and the sentence may go on with a small letter.
_ABBREVIATIONS_LIST = """a.m abbr adj adm aka am anon approx apt assoc ave avg bil bldg bn co corp deg dept dist doz
ed eds esq est etc fem ft gal gov hosp hr hrs ii in inc inst jr kg km lb lbs ltd mach max med mi mil mill min misc mm
mo mos mph mt mtn natl neg obs orig oz p.m par pct pkg pl pop pos prelim prob prop pt ref rel rep rev sec sen sr st
stat temp univ vac vol yd yds yr yrs"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_LIST.split()) | _OPEN_ABBREVIATIONS | _BEFORE_NUMBER
# Before a name, in several languages.
_TITLES = frozenset({"dr", "prof", "mme", "mlle", "mgr", "sra", "srta", "dott", "sig", "ing", "hr", "fa"})
_LAST_TOKEN = re.compile(r"[^\s(\[{\"“‘]+$")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_CAMEL_CASE = re.compile(r"[a-z]+[A-Z]")  # iPhone, eBay: these begin a sentence too
_ONLY_MARKER = re.compile(
    r"\s*(?:\d{1,3}|[a-z]|[ivxlc]{1,5})[.)]", re.IGNORECASE
)  # "1. RENT", "II. The flood", "Q. Why?"
_DOMAIN = re.compile(r"[A-Z]{2,}\b")  # the end of "ASP.NET"
_LIST_MARKER = re.compile(r"(?:[-*•‣–—]|\d{1,3}[.)]|\(?[a-z][.)]|\(?[ivx]{1,4}[.)])[ \t]+\S")
_STOPS = ".!?…"
_CLOSING_MARKS = "\"'’”)]»"
# Greetings and closings of letters end with a comma; what follows is a sentence of its own.
_LETTER = re.compile(
    r"(?:dear|hi|hello|hey|good (?:morning|day|afternoon|evening)|(?:\w+ )?(?:regards|wishes)|yours|sincerely|cheers"
    r"|love|thanks|thank you)\b",
    re.IGNORECASE,
)
MAX_HEADING_WORDS = 2  # a line of so few words is no beginning of a sentence: "Usage"
MAX_CHARACTERS = 400  # of a sentence that lines without full stops are joined to
MAX_MERGED_CHARACTERS = 2000  # of any sentence that was merged
MAX_INFORMAL_SHARE = 0.25  # of sentences that begin with a small letter; above it, small letters begin sentences


def merge_continued(text: str, spans: Sequence[Span]) -> list[Span]:
    """Spans of sentences, joined where the one before goes on."""
    spans = [(start, end) for start, end in spans if text[start:end].strip()]
    if len(spans) < 2:
        return list(spans)
    is_informal = _is_informal(text, spans)
    merged = [spans[0]]
    for i in range(1, len(spans)):
        if _goes_on(text, merged[-1], spans, i, is_informal):
            merged[-1] = merged[-1][0], spans[i][1]
        else:
            merged.append(spans[i])
    return merged


def _is_informal(text: str, spans: Sequence[Span]) -> bool:
    """Whether sentences begin with small letters, as in chats and in text without capitals."""
    n_lower = n_upper = 0
    for (_, end), (start, stop) in pairwise(spans):
        ended = text[max(0, end - 3) : end].rstrip(_CLOSING_MARKS + " \n")
        first = text[start : min(stop, start + 40)].lstrip(" \n\t\"'“‘(")[:1]
        if ended.endswith(tuple(_STOPS)) and not _is_abbreviation(_last_token(text, end)):
            n_lower += first.islower()
            n_upper += first.isupper()
    if n_lower + n_upper < 4:
        return n_lower > n_upper or not any(map(str.isupper, text[:10_000]))
    return n_lower > MAX_INFORMAL_SHARE * (n_lower + n_upper)


def _goes_on(text: str, before: Span, spans: Sequence[Span], i: int, is_informal: bool) -> bool:
    """Whether the sentence before goes on with sentence i."""
    start, end = spans[i]
    beginning = text[start : min(end, start + 60)].lstrip()
    end_before = before[0] + len(text[before[0] : before[1]].rstrip())
    gap = text[end_before : start + len(text[start:end]) - len(text[start:end].lstrip())]
    if _LIST_MARKER.match(beginning) or end - before[0] > MAX_MERGED_CHARACTERS:
        return False
    if not gap and text[end_before - 1].isascii() and (not beginning[:1].isupper() or _DOMAIN.match(beginning)):
        return True  # within "./run.sh"
    if "\n" not in gap and _ONLY_MARKER.fullmatch(text, before[0], end_before):
        return True
    if text[end_before - 1] == "." and gap.count("\n") < 2:
        return _goes_on_after_full_stop(_last_token(text, end_before), beginning, is_informal)
    if "\n" not in gap or text[end_before - 1] in _STOPS + _CLOSING_MARKS + ":;":
        return False
    return _goes_on_in_next_paragraph(text, (before[0], end_before), spans, i, is_informal)


def _goes_on_after_full_stop(token: str, beginning: str, is_informal: bool) -> bool:
    """Whether a full stop after a token is that of an abbreviation only. beginning: of what follows."""
    word = token.rstrip(".").lower()
    if word in _OPEN_ABBREVIATIONS or (word in _TITLES and token[:1].isupper()):
        return True
    if beginning[:1].isdigit():
        return word in _BEFORE_NUMBER or (word in _CAPITAL_BEFORE_NUMBER and token[:1].isupper())
    if not beginning[:1].islower() or _CAMEL_CASE.match(beginning):
        return False
    return not is_informal or _is_abbreviation(token)


def _is_abbreviation(token: str) -> bool:
    """Whether a token with a full stop can be an abbreviation: one of a list, letters with stops, or no vowels."""
    if not token.endswith("."):
        return False
    word = token.rstrip(".").lower()
    has_inner_stops = "." in word and all(len(part) <= 2 for part in word.split("."))
    is_without_vowels = 1 < len(word) < 6 and word.isalpha() and not _VOWEL.search(word)
    return word in _ABBREVIATIONS or has_inner_stops or is_without_vowels


def _last_token(text: str, end: int) -> str:
    token = _LAST_TOKEN.search(text[max(0, end - 30) : end].rstrip(_CLOSING_MARKS))
    return token[0] if token else ""


def _goes_on_in_next_paragraph(text: str, before: Span, spans: Sequence[Span], i: int, is_informal: bool) -> bool:
    """Whether a paragraph that has no full stop is a line of a sentence, as in verse, or was cut by a page's end."""
    said = text[before[0] : before[1]].lstrip()
    is_lower = text[spans[i][0] : spans[i][1]].lstrip()[:1].islower()
    if said.endswith(","):
        return is_lower or (len(said.split()) >= 4 and not _LETTER.match(said))
    if not is_lower or is_informal:
        return False
    if _last_token(text, before[1]).lower() in FUNCTION_WORDS:
        return True
    return said[:1].isupper() and len(said.split()) > MAX_HEADING_WORDS and _ends_soon(text, before[0], spans, i)


def _ends_soon(text: str, start: int, spans: Sequence[Span], i: int) -> bool:
    """Whether, from sentence i on, lines that begin with small letters lead to a full stop. Those of a list do not."""
    for first, last in spans[i:]:
        line = text[first:last].strip()
        if last - start > MAX_CHARACTERS or not line[:1].islower():
            return False
        if line.rstrip(_CLOSING_MARKS)[-1:] in _STOPS:
            return True
    return False
