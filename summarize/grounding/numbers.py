"""The numbers of an English text, each with the values it can be read as: 2,500 · £2.3m · twenty-five · 6am · 3rd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

# What may stand inside a number between its digits, with no space: 2,500  3.5  10:30  24/7  2013-05-12.
SEPARATORS = frozenset(".,:/-")
DASHES = "-‐‑‒–—−"
# Letters and digits with the accents and invisible characters that belong to them.
MARKS = r"\u0300-\u036f\u00ad\u200b-\u200d\u2060"
LETTERS = rf"[^\W_]+(?:[{MARKS}]+[^\W_]*)*"

_BETWEEN = re.compile(f"[{re.escape(DASHES)}]|\\s{{1,2}}")  # the words of one number: a hyphen, a space, a line's end
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
# On their own these are seldom numbers (one of them, at first, a second look); in twenty-first they are.
_IN_COMPOUNDS = _SMALL | {"first": 1, "second": 2}
_SELDOM_NUMBERS = frozenset({"one"})
_NUMBER_WORDS = frozenset({*_IN_COMPOUNDS, *_TENS, *_SCALES})


@dataclass(frozen=True)
class Number:
    """A number at text[start:end]. keys: the values it can be read as, any of which supports it where another text
    has it; parts: for 10-12, those of its parts, which support it together."""

    start: int
    end: int
    keys: frozenset[str]
    parts: tuple[frozenset[str], ...] = ()

    def in_keys(self, keys: frozenset[str]) -> bool:
        """Whether a text with these keys has the number."""
        return not self.keys.isdisjoint(keys) or (
            bool(self.parts) and all(not part.isdisjoint(keys) for part in self.parts)
        )


def numbers(text: str) -> list[Number]:
    """Every number of a text in order: in digits, with what a space or hyphen does not part from them, or in words."""
    tokens = _WORD.findall(text)
    # Most words are no numbers, and recur: each is asked once.
    possible = {t for t in set(tokens) if not (t.isascii() and t.isalpha()) or t.lower() in _NUMBER_WORDS}
    if not possible:
        return []
    words: list[tuple[int, int]] = []
    end = 0
    for token in tokens:  # between two words there is nothing that a word could begin with
        start = text.find(token, end)
        end = start + len(token)
        words.append((start, end))
    found: list[Number] = []
    after = 0
    for i, token in enumerate(tokens):
        if token not in possible or i < after:
            continue
        end = _compound_end(text, words, i)
        if end > i:
            number, after = _in_digits(text, words, i, end)
            found.append(number)
            continue
        value, end = _in_words(text, words, i)
        if value is not None and not (end == i + 1 and token.lower() in _SELDOM_NUMBERS):
            found.append(Number(words[i][0], words[end - 1][1], frozenset({_canonical(value)})))
        after = max(end, i + 1)
    return found


def number_keys(text: str) -> frozenset[str]:
    """All values that the numbers of a text can be read as."""
    keys: set[str] = set()
    for number in numbers(text):
        keys |= number.keys.union(*number.parts)
        amount = _AMOUNT.match(text, number.start)
        if amount and not amount[3]:  # 2.3 million is 2.3 too; 2.3m is not
            keys.add(_canonical(_value(amount)))
    # "one" is not looked for in a summary, but a document that has it has 1.
    return frozenset(keys | ({"1"} if re.search(r"\bone\b", text, re.IGNORECASE) else set()))


def _compound_end(text: str, words: list[tuple[int, int]], i: int) -> int:
    """The end of the number in digits that starts with word i; i itself where there is none."""
    if not _has_digit(text, words[i]):
        return i
    end = i + 1
    while end < len(words) and _has_digit(text, words[end]):
        between = text[words[end - 1][1] : words[end][0]]
        if not (between in SEPARATORS or between in tuple(DASHES)):
            break
        end += 1
    return end


def _has_digit(text: str, word: tuple[int, int]) -> bool:
    return any(c.isnumeric() for c in text[slice(*word)])


def _in_digits(text: str, words: list[tuple[int, int]], i: int, end: int) -> tuple[Number, int]:
    """The number of words[i:end] with the scale after it, as in 2.3 million, and the index of the word after that."""
    start, stop = words[i][0], words[end - 1][1]
    surface = _folded(text[start:stop])
    parts = [part for part in re.split(f"[{re.escape(DASHES)}]", surface) if part]
    following = ""
    if end < len(words) and _BETWEEN.fullmatch(text, stop, words[end][0]):
        following = _folded(text[slice(*words[end])])
    if len(parts) > 1:
        keys = [_keys(part, "") for part in parts]
        return Number(start, stop, frozenset({surface}), tuple(keys)), end
    if following in _SCALES and _AMOUNT.fullmatch(surface):
        stop, end = words[end][1], end + 1
    return Number(start, stop, _keys(surface, following)), end


def _keys(surface: str, following: str) -> frozenset[str]:
    """What a number written so, with that word after it, can be read as."""
    match = _AMOUNT.fullmatch(surface)
    if match is None:
        return frozenset({surface})
    value, suffix = _value(match), match[3]
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


def _in_words(text: str, words: list[tuple[int, int]], i: int) -> tuple[int | None, int]:
    """The number in words that starts with word i, and the index of the word after it."""
    total, current, last = 0, 0, ""  # last: what the last word was
    end = i
    for token, j in _run(text, words, i):
        if token in _IN_COMPOUNDS and last in ("", "tens", "scale") and (last or token in _SMALL):
            if last == "tens" and not 0 < _IN_COMPOUNDS[token] < 10:
                break
            current, last = current + _IN_COMPOUNDS[token], "small"
        elif token in _TENS and last in ("", "scale"):
            current, last = current + _TENS[token], "tens"
        elif token in _SCALES:
            factor = _SCALES[token]
            if factor == 100:
                current = max(current, 1) * 100
            else:
                total, current = total + max(current, 1) * factor, 0
            last = "scale"
        elif token != "and" or last != "scale":
            break
        else:
            continue  # "and" counts only with what follows it
        end = j + 1
    return (total + current, end) if end > i else (None, i)


def _run(text: str, words: list[tuple[int, int]], i: int) -> Iterator[tuple[str, int]]:
    """The words from i on that nothing but a space or hyphen parts, with their indices."""
    for j in range(i, len(words)):
        if j > i and not _BETWEEN.fullmatch(text, words[j - 1][1], words[j][0]):
            return
        yield _folded(text[slice(*words[j])]), j


def _folded(text: str) -> str:
    return re.sub(r"[\u00ad\u200b-\u200d\u2060]", "", text).casefold()


def _value(match: re.Match[str]) -> Decimal:
    return Decimal(match[1].replace(",", "") + (match[2] or ""))


def _canonical(value: Decimal | int) -> str:
    """6.50 and 6.5 are one number, and so are 2,500 and 2500.0."""
    text = format(Decimal(value), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).lstrip("0") or "0"
