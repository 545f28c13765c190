"""Numbers of a summary that the document has, but of something else: 18 weeks, where it has only 18 February."""

from __future__ import annotations

import re
from collections.abc import Iterator

from summarize.grounding.numbers import DASHES, Number, find_numbers

_WORD = re.compile(r"[^\W\d_]+")
_GAP = re.compile(rf"[ \t\n]*[{re.escape(DASHES)}]?[ \t\n]*")  # between a number and what it counts: 340-tonne, 3 March
# After a number these say nothing of what it counts.
_FUNCTION_WORD_LIST = """
a about after again ago all also although an and are around as at because been before being between but by can could
did do does during each for from had has have he her his if in including into is it its last later more most new next
not now of off on only or other our out over per people's said say says she since so some such than that the their
them then there these they this those through to under until up was we were what when where which while who will with
would yesterday today tomorrow you"""
_FUNCTION_WORDS = frozenset(_FUNCTION_WORD_LIST.split())
_SAME_UNITS = {"percent": "per", "cent": "per", "percentage": "per", "hr": "hour", "min": "minute", "metre": "meter"}


def find_displaced_numbers(document: str, summary: str) -> list[Number]:
    """The numbers of a summary with a word after them that stands beside no number of the same value in the document.

    A word stands beside a number if it comes directly after or before it, or has the same unit (per cent, percent;
    years, year-old). Numbers that the document does not have, ranges and scores (3-1) are not looked at.
    """
    numbers = [number for number in find_numbers(summary) if not number.parts]
    if not numbers:
        return []
    places = list(_places(document))
    displaced = []
    for number in numbers:
        counted = _word_after(summary, number.end)
        same = [(before, after) for values, before, after in places if not number.values.isdisjoint(values)]
        if counted is None or not same:
            continue
        is_age = counted == "year" and any(after is None for _, after in same)  # Anna Smith, 62, is 62 years old
        if not is_age and not any(counted in beside for beside in same):
            displaced.append(number)
    return displaced


def _places(text: str) -> Iterator[tuple[frozenset[str], str | None, str | None]]:
    """The values of each number of a text, and the words before and after it."""
    for number in find_numbers(text):
        yield number.values, _word_before(text, number.start), _word_after(text, number.end)


def _word_after(text: str, position: int) -> str | None:
    """The word that follows directly, without case and plural; None for a mark or a function word."""
    gap = _GAP.match(text, position)
    match = _WORD.match(text, gap.end() if gap else position)
    return _content(match[0]) if match and match.start() > position else None


def _word_before(text: str, position: int) -> str | None:
    """The word that stands directly before, without case and plural."""
    words = _WORD.findall(text[max(0, position - 30) : position].rstrip())
    ends_in_word = text[max(0, position - 30) : position].rstrip()[-1:].isalpha()
    return _content(words[-1]) if words and ends_in_word else None


def _content(word: str) -> str | None:
    word = word.casefold()
    if word in _FUNCTION_WORDS and word != "per":
        return None
    word = word.removesuffix("s") if len(word) > 3 else word
    return _SAME_UNITS.get(word, word)
