"""What a summary says that its document does not: numbers, names and words that the document does not contain.

Pure text, no model: it judges any system's summaries. A number is supported by its value (£2.3m by 2.3 million,
twenty by 20), a word by the same word whatever its case, accents or possessive ending.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from summarize.grounding.numbers import LETTERS, number_keys, numbers
from summarize.grounding.words import is_common

__all__ = ["CLAIMS", "Kind", "SourceFacts", "UnsupportedClaim", "unsupported"]

Kind = Literal["number", "name", "word"]
CLAIMS: tuple[Kind, ...] = ("number", "name")  # what a reader would take for a fact of the document

_WORD = re.compile(f"(?:[^\\W_]\\.){{2,}}|{LETTERS}(?:['’]{LETTERS})*")
_POSSESSIVE = re.compile(r"'s?$")
_ABBREVIATION_WORDS = """
mr mrs ms dr st prof sen gov gen rep lt col sgt capt rev hon jr sr vs jan feb mar apr jun jul aug sep sept
oct nov dec"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "sir", "i", "am", "pm", "ok"})  # capitals that name nobody
_OPENING_QUOTES = frozenset("\"“‘«'")
_BRACKETS = frozenset("([{")
_BULLETS = frozenset("*•·-–—#>")


@dataclass(frozen=True)
class UnsupportedClaim:
    """A number, name or word at summary[start:end] that the document does not contain."""

    text: str
    kind: Kind
    start: int
    end: int


class SourceFacts:
    """What a document has to support a summary with, each found once and only if it is asked for, so that it serves
    the summaries of several systems."""

    def __init__(self, document: str) -> None:
        self._document = document

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The values of its numbers."""
        return number_keys(self._document)

    @cached_property
    def words(self) -> set[str]:
        """Its words as they are compared: without case, accents and possessive endings."""
        once = " ".join(set(self._document.split()))  # no word goes across white space, and most recur
        words = set(map(_fold, _WORD.findall(once)))
        words.update([part for word in words if "'" in word for part in word.split("'")])
        return words


def unsupported(document: str | SourceFacts, summary: str, kinds: Collection[Kind] = CLAIMS) -> list[UnsupportedClaim]:
    """What of these kinds the summary has and the document has not, in the summary's order.

    number: digits with their separators, suffix and scale, or a number in words; not "one", nor "first" or "second".
    name: a word with a capital that opens no sentence, or a word that opens one, or has no capital at all, and is
    in no list of common English words. Where a line's words all have capitals (a headline), a capital says nothing.
    word: any other word that the document has in no such form; a different word is not yet a different claim.
    """
    known = SourceFacts(document) if isinstance(document, str) else document
    own = numbers(summary)
    found = []
    if own and "number" in kinds:
        lacking = [number for number in own if not number.in_keys(known.numbers)]
        found += [UnsupportedClaim(summary[n.start : n.end], "number", n.start, n.end) for n in lacking]
    if "name" in kinds or "word" in kinds:
        taken = [(number.start, number.end) for number in own]
        found += [u for u in _foreign_words(known, summary, taken) if u.kind in kinds]
    return sorted(found, key=lambda u: u.start)


def _foreign_words(known: SourceFacts, summary: str, taken: list[tuple[int, int]]) -> Iterator[UnsupportedClaim]:
    """Names and other words that the document lacks, but for what is part of a number."""
    foreign = [(match, word) for match in _WORD.finditer(summary) if (word := _fold(match[0])) not in known.words]
    headlines = _headlines(summary) if foreign else []
    for match, word in foreign:
        start, end = match.span()
        if any(a < end and start < b for a, b in taken) or any(c.isnumeric() for c in word):
            continue
        capital_says = not _opens(summary, start) and not any(a <= start < b for a, b in headlines)
        yield UnsupportedClaim(match[0], "name" if _is_name(match[0], word, capital_says) else "word", start, end)


def _is_name(written: str, word: str, capital_says: bool) -> bool:
    """Whether a word is a name; capital_says: a capital is no mere matter of where the word stands."""
    if word.split("'")[0] in _TITLES or len(word) < 2:
        return False
    if capital_says and any(c.isupper() for c in written):
        return True
    return not is_common(word)


@lru_cache(1 << 16)  # words recur
def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.replace("’", "'"))
    plain = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    return _POSSESSIVE.sub("", plain.casefold().replace(".", ""))


def _opens(text: str, start: int) -> bool:
    """Whether the word at start opens a sentence, a line or a quotation, where a capital is a matter of course."""
    i, bullets = start, False
    while i > 0 and (text[i - 1] in " \t\u00a0" or text[i - 1] in _BULLETS or text[i - 1] in _BRACKETS):
        bullets = bullets or text[i - 1] in _BULLETS
        i -= 1
    if i == 0 or text[i - 1] in "\n\r\u2028\u2029":
        return True
    if bullets:
        return False
    if text[i - 1] in _OPENING_QUOTES and (i == 1 or not text[i - 2].isalnum()):
        return True
    if text[i - 1] in "\"”’')]":  # what a sentence ends in may be closed: he said.” The …
        i -= 1
    if i and text[i - 1] == ".":
        before = re.search(r"([^\W_]+)\.$", text[:i])
        return not (before and (len(before[1]) == 1 or before[1].lower() in _ABBREVIATIONS))
    return i > 0 and text[i - 1] in "!?:…"


def _headlines(text: str) -> list[tuple[int, int]]:
    """The lines whose longer words nearly all have capitals."""
    found = []
    for line in re.finditer(r"[^\n]+", text):
        words = [match[0] for match in _WORD.finditer(line[0]) if len(match[0]) > 3]
        if len(words) > 3 and sum(word[0].isupper() for word in words) >= 0.8 * len(words):
            found.append(line.span())
    return found
