"""The numbers of an English text, each with the values it can be read as: 2,500 · £2.3m · twenty-five · 6am · 3rd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

# What may stand between the digits of a number, without a space: 2,500  3.5  10:30  24/7  2013-05-12.
SEPARATORS = frozenset(".,:/-")
DASHES = "-‐‑‒–—−"
# Letters and digits with the accents and invisible characters that belong to them.
MARKS = r"\u0300-\u036f\u00ad\u200b-\u200d\u2060"
LETTERS = rf"[^\W_]+(?:[{MARKS}]+[^\W_]*)*"

_GAP = re.compile(f"[{re.escape(DASHES)}]|\\s{{1,2}}")  # between two words of one number: a hyphen, space or line break
_WORD = re.compile(LETTERS)
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?([^\W\d_]*)", re.ASCII)
_SUFFIXES = {"k": 1_000, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12, "trn": 10**12}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_SMALL_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
_SMALL_ORDINALS = """third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth"""
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: i for i, word in enumerate(_SMALL_WORDS.split())} | {
    word: 3 + i for i, word in enumerate(_SMALL_ORDINALS.split())
}
_TENS = {
    form: 20 + 10 * i for i, word in enumerate(_TENS_WORDS.split()) for form in (word, word.removesuffix("y") + "ieth")
}
# Alone, "first" and "second" are seldom numbers (at first, a second look); in twenty-first they are.
_IN_COMPOUNDS = _SMALL | {"first": 1, "second": 2}
_SELDOM_NUMBERS = frozenset({"one"})
_NUMBER_WORDS = frozenset({*_IN_COMPOUNDS, *_TENS, *_SCALES})


@dataclass(frozen=True)
class Number:
    """A number, text[start:end].

    values: what it can be read as; another text that has any of them supports it. parts: for a range (10-12), the
    values of its ends; a text that has a value of every part supports the range too.
    """

    start: int
    end: int
    values: frozenset[str]
    parts: tuple[frozenset[str], ...] = ()

    def is_supported_by(self, values: frozenset[str]) -> bool:
        """Whether a text with these values has the number."""
        return not self.values.isdisjoint(values) or (
            bool(self.parts) and all(not part.isdisjoint(values) for part in self.parts)
        )


def find_numbers(text: str) -> list[Number]:
    """Every number of a text in order: in digits, with the scale word or unit letters after them, or in words."""
    tokens = _WORD.findall(text)
    # Most words are not numbers, and words recur: each distinct word is tested once.
    candidates = {t for t in set(tokens) if not (t.isascii() and t.isalpha()) or t.lower() in _NUMBER_WORDS}
    if not candidates:
        return []
    spans: list[tuple[int, int]] = []
    end = 0
    for token in tokens:  # a plain search finds the token again: no word begins between two matches
        start = text.find(token, end)
        end = start + len(token)
        spans.append((start, end))
    numbers: list[Number] = []
    next_word = 0  # the first that is not part of a number found already
    for i, token in enumerate(tokens):
        if token not in candidates or i < next_word:
            continue
        end = _digits_end(text, spans, i)
        if end > i:
            number, next_word = _number_in_digits(text, spans, i, end)
            numbers.append(number)
            continue
        value, end = _number_in_words(text, spans, i)
        if value is not None and not (end == i + 1 and token.lower() in _SELDOM_NUMBERS):
            numbers.append(Number(spans[i][0], spans[end - 1][1], frozenset({_canonical(value)})))
        next_word = end
    return numbers


def number_values(text: str) -> frozenset[str]:
    """All values that the numbers of a text can be read as."""
    values: set[str] = set()
    for number in find_numbers(text):
        values |= number.values.union(*number.parts)
        amount = _AMOUNT.match(text, number.start)
        if amount and not amount[3]:  # 2.3 million is 2.3 too; 2.3m is not
            values.add(_canonical(_amount(amount)))
    # "one" is no number in a summary, but a document with "one" supports 1.
    return frozenset(values | ({"1"} if re.search(r"\bone\b", text, re.IGNORECASE) else set()))


def has_digit(text: str) -> bool:
    """Whether a text has a character that is a number: a digit, or one such as ½."""
    return any(map(str.isnumeric, text))


def _digits_end(text: str, spans: list[tuple[int, int]], i: int) -> int:
    """The index after the last word of the number in digits that starts with word i; i itself if there is none."""
    if not has_digit(text[slice(*spans[i])]):
        return i
    end = i + 1
    while end < len(spans) and has_digit(text[slice(*spans[end])]):
        gap = text[spans[end - 1][1] : spans[end][0]]
        if not (gap in SEPARATORS or gap in tuple(DASHES)):
            break
        end += 1
    return end


def _number_in_digits(text: str, spans: list[tuple[int, int]], i: int, end: int) -> tuple[Number, int]:
    """The number of words i to end with the scale word after it, as in 2.3 million; and the index of the next word."""
    start, stop = spans[i][0], spans[end - 1][1]
    surface = _normalized(text[start:stop])
    parts = re.split(f"[{re.escape(DASHES)}]", surface)
    following = ""
    if end < len(spans) and _GAP.fullmatch(text, stop, spans[end][0]):
        following = _normalized(text[slice(*spans[end])])
    if len(parts) > 1:
        return Number(start, stop, frozenset({surface}), tuple(_values(part, "") for part in parts)), end
    if following in _SCALES and _AMOUNT.fullmatch(surface):
        stop, end = spans[end][1], end + 1
    return Number(start, stop, _values(surface, following)), end


def _values(surface: str, following: str) -> frozenset[str]:
    """The values that digits can be read as. following: the word after them, "" for none."""
    match = _AMOUNT.fullmatch(surface)
    if match is None:
        return frozenset({surface})
    value, suffix = _amount(match), match[3]
    if suffix in _SUFFIXES:
        return frozenset({_canonical(value * _SUFFIXES[suffix])})
    if suffix in _ORDINAL_ENDINGS:
        return frozenset({_canonical(value)})
    if suffix == "s":  # the 1990s are not 1990
        return frozenset({_canonical(value) + suffix})
    if suffix:
        return frozenset({_canonical(value) + suffix, _canonical(value)})
    factor = _SCALES.get(following) or _SUFFIXES.get(following)
    if factor:
        return frozenset({_canonical(value * factor)})
    return frozenset({_canonical(value), _canonical(value) + following})


def _number_in_words(text: str, spans: list[tuple[int, int]], i: int) -> tuple[int | None, int]:
    """The value of the number in words that starts with word i, and the index of the word after it; None, i: none."""
    total, current = 0, 0  # of the scales that are complete (two million …), and of the words since
    previous = ""  # the kind of the word before: small, tens or scale
    end = i
    for token, j in _unbroken_words(text, spans, i):
        if token in _IN_COMPOUNDS and previous in ("", "tens", "scale") and (previous or token in _SMALL):
            if previous == "tens" and not 0 < _IN_COMPOUNDS[token] < 10:
                break
            current, previous = current + _IN_COMPOUNDS[token], "small"
        elif token in _TENS and previous in ("", "scale"):
            current, previous = current + _TENS[token], "tens"
        elif token in _SCALES:
            factor = _SCALES[token]
            if factor == 100:
                current = max(current, 1) * 100
            else:
                total, current = total + max(current, 1) * factor, 0
            previous = "scale"
        elif token != "and" or previous != "scale":
            break
        else:
            continue  # "and" belongs to the number only if another number word follows
        end = j + 1
    return (total + current, end) if end > i else (None, i)


def _unbroken_words(text: str, spans: list[tuple[int, int]], i: int) -> Iterator[tuple[str, int]]:
    """The words from i on, with their indices, as long as only a space or hyphen separates them."""
    for j in range(i, len(spans)):
        if j > i and not _GAP.fullmatch(text, spans[j - 1][1], spans[j][0]):
            return
        yield _normalized(text[slice(*spans[j])]), j


def _normalized(text: str) -> str:
    """Text without case and invisible characters."""
    return re.sub(r"[\u00ad\u200b-\u200d\u2060]", "", text).casefold()


def _amount(match: re.Match[str]) -> Decimal:
    """The value of a match of _AMOUNT, without its suffix."""
    return Decimal(match[1].replace(",", "") + (match[2] or ""))


def _canonical(value: Decimal | int) -> str:
    """One text for equal numbers: 6.50 and 6.5, 2,500 and 2500.0."""
    text = format(Decimal(value), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).lstrip("0") or "0"
