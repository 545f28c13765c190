"""Numbers, names and words of a summary that its document does not contain.

Plain text, no model: the summaries of any system can be checked. A number is supported by its value (£2.3m by 2.3
million, twenty by 20), a word by the same word whatever its case, accents or possessive ending.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from summarize.grounding.numbers import LETTERS, find_numbers, number_values
from summarize.grounding.words import is_common_word

__all__ = ["FACT_KINDS", "SourceFacts", "TextClaimKind", "UnsupportedClaim", "find_unsupported"]

TextClaimKind = Literal["number", "name", "word"]
FACT_KINDS: tuple[TextClaimKind, ...] = ("number", "name")  # what a reader would take for a fact of the document

_WORD = re.compile(f"(?:[^\\W_]\\.){{2,}}|{LETTERS}(?:['’]{LETTERS})*")
_POSSESSIVE = re.compile(r"'s?$")
_ABBREVIATION_WORDS = """
mr mrs ms dr st prof sen gov gen rep lt col sgt capt rev hon jr sr vs jan feb mar apr jun jul aug sep sept
oct nov dec"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())  # no sentence ends after their full stop
_NOT_NAMES = frozenset({"mr", "mrs", "ms", "dr", "sir", "i", "am", "pm", "ok"})  # often capitalised, but no names
_OPENING_QUOTES = frozenset("\"“‘«'")
_BRACKETS = frozenset("([{")
_BULLETS = frozenset("*•·-–—#>")


@dataclass(frozen=True)
class UnsupportedClaim:
    """A number, name or word, summary[start:end], that the document does not contain."""

    text: str
    kind: TextClaimKind
    start: int
    end: int


class SourceFacts:
    """The numbers and words of a document, which can support a summary.

    Each is computed at its first use, so that one object serves the summaries of several systems.
    """

    def __init__(self, document: str) -> None:
        self._document = document

    @cached_property
    def number_values(self) -> frozenset[str]:
        """The values that its numbers can be read as."""
        return number_values(self._document)

    @cached_property
    def words(self) -> set[str]:
        """Its words in their normal form: without case, accents and possessive endings."""
        distinct = " ".join(set(self._document.split()))  # no word contains white space, and most words recur
        words = set(map(_normalized, _WORD.findall(distinct)))
        words.update([part for word in words if "'" in word for part in word.split("'")])
        return words


def find_unsupported(
    document: str | SourceFacts, summary: str, kinds: Collection[TextClaimKind] = FACT_KINDS
) -> list[UnsupportedClaim]:
    """The claims of these kinds in the summary that the document does not support, in the summary's order.

    number: digits with their separators, suffix and scale, or a number in words; not "one", "first" or "second".
    name: a capitalised word that does not open a sentence; also any word that is not in the list of common English
    words. In a line whose words are nearly all capitalised (a headline), capitals are ignored.
    word: any other word that the document does not contain in this form. It need not be wrong.
    """
    facts = SourceFacts(document) if isinstance(document, str) else document
    numbers = find_numbers(summary)
    claims: list[UnsupportedClaim] = []
    if numbers and "number" in kinds:
        unsupported = [number for number in numbers if not number.is_supported_by(facts.number_values)]
        claims += [UnsupportedClaim(summary[n.start : n.end], "number", n.start, n.end) for n in unsupported]
    if "name" in kinds or "word" in kinds:
        number_spans = [(number.start, number.end) for number in numbers]
        claims += [claim for claim in _unsupported_words(facts, summary, number_spans) if claim.kind in kinds]
    return sorted(claims, key=lambda claim: claim.start)


def _unsupported_words(
    facts: SourceFacts, summary: str, number_spans: list[tuple[int, int]]
) -> Iterator[UnsupportedClaim]:
    """Names and other words that the document does not contain, except those that are part of a number."""
    unknown = [(match, word) for match in _WORD.finditer(summary) if (word := _normalized(match[0])) not in facts.words]
    headlines = _headline_spans(summary) if unknown else []
    for match, word in unknown:
        start, end = match.span()
        if any(a < end and start < b for a, b in number_spans) or any(c.isnumeric() for c in word):
            continue
        capital_counts = not _opens_sentence(summary, start) and not any(a <= start < b for a, b in headlines)
        yield UnsupportedClaim(match[0], "name" if _is_name(match[0], word, capital_counts) else "word", start, end)


def _is_name(text: str, word: str, capital_counts: bool) -> bool:
    """Whether a word is a name. word: its normal form; capital_counts: its position does not ask for a capital."""
    if word.split("'")[0] in _NOT_NAMES or len(word) < 2:
        return False
    if capital_counts and any(c.isupper() for c in text):
        return True
    return not is_common_word(word)


@lru_cache(1 << 16)  # words recur
def _normalized(word: str) -> str:
    """A word without case, accents, invisible characters, the full stops of U.S., and a possessive ending."""
    decomposed = unicodedata.normalize("NFKD", word.replace("’", "'"))
    plain = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    return _POSSESSIVE.sub("", plain.casefold().replace(".", ""))


def _opens_sentence(text: str, start: int) -> bool:
    """Whether the word at start opens a sentence, a line or a quotation, where a capital is expected."""
    i, has_bullet = start, False
    while i > 0 and (text[i - 1] in " \t\u00a0" or text[i - 1] in _BULLETS or text[i - 1] in _BRACKETS):
        has_bullet = has_bullet or text[i - 1] in _BULLETS
        i -= 1
    if i == 0 or text[i - 1] in "\n\r\u2028\u2029":
        return True
    if has_bullet:
        return False
    if text[i - 1] in _OPENING_QUOTES and (i == 1 or not text[i - 2].isalnum()):
        return True
    if text[i - 1] in "\"”’')]":  # closing marks may stand after the end of a sentence: he said.” The …
        i -= 1
    if i and text[i - 1] == ".":
        before = re.search(r"([^\W_]+)\.$", text[:i])
        return not (before and (len(before[1]) == 1 or before[1].lower() in _ABBREVIATIONS))
    return i > 0 and text[i - 1] in "!?:…"


def _headline_spans(text: str) -> list[tuple[int, int]]:
    """The lines of which at least four in five of the longer words are capitalised."""
    spans = []
    for line in re.finditer(r"[^\n]+", text):
        words = [match[0] for match in _WORD.finditer(line[0]) if len(match[0]) > 3]
        if len(words) > 3 and sum(word[0].isupper() for word in words) >= 0.8 * len(words):
            spans.append(line.span())
    return spans
