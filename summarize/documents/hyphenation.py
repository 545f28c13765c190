"""Words that were divided at line ends: the one decision whether the hyphen belongs to the word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_HYPHENS = "-\u2010\u00ac"  # the last one is what some scanners read
# A word before a hyphen at a line's end, and the word at the start of the next line. Addresses are no words.
_DIVIDED = re.compile(
    rf"(?<![\w/@.\\])([^\W_]+(?:[-'’][^\W_]+){{0,4}})[{_HYPHENS}][ \t]*\n[ \t]*([^\W_]+)(?!\w*[/@\\])(\S*)[ \t]?"
)
# After these the hyphen stays where the text's other words do not say otherwise: well-known, twenty-one.
_FIRST_PARTS_LIST = """self well ill half ex quasi all twenty thirty forty fifty sixty seventy eighty ninety two
three four five six seven eight nine ten long short high low full part then so"""
_FIRST_PARTS = frozenset(_FIRST_PARTS_LIST.split())
_INNER_PARTS = frozenset({"the", "and", "off", "out"})  # jack-and-the-beanstalk; and all of two letters: arc-en-ciel
# French pronouns that a hyphen joins to a verb or another word, and "peut-être".
_PRONOUNS = frozenset({"vous", "nous", "moi", "toi"})
_SUBJECTS = frozenset({"il", "ils", "elle", "elles", "on"})  # after a verb's "t" or "d"
_FRENCH = re.compile(r"peut-être|(?:celui|ceux|celles?)-(?:ci|là)|(?:[mts]oi|lui|eux|elles?|nous|vous)-mêmes?")
# "and/or", "Ein-/Ausgabe", divided after the slash.
_SLASHED = re.compile(r"(?<!\S)([^\W_]+(?:-/|/(?=\s+[a-zà-ÿ])))[ \t]*\n[ \t]*(?=[^\W\d_])")
# Words of which "-" ends the first of several: "two- or three-day".
_SUSPENDED = frozenset({"and", "or", "to", "und", "oder", "och", "og", "eller"})


class WordJoiner:
    """Joins the halves of words that were divided at line ends, as the other words of the text suggest."""

    def __init__(self, lines: Iterable[str]) -> None:
        """lines: the whole text."""
        self._counts = Counter(map(str.lower, _WORD.findall("\n".join(lines))))

    def join(self, before: str, after: str) -> str:
        """The word of two halves, with a hyphen if the text has it with one more often, or if it looks like that."""
        solid, hyphenated = before + after, f"{before}-{after}"
        n_solid, n_hyphenated = self._counts[solid.lower()], self._counts[hyphenated.lower()]
        if n_solid != n_hyphenated:
            return hyphenated if n_hyphenated > n_solid else solid
        is_name = after[:1].isupper() and not before.isupper()
        first, _, last = before.lower().rpartition("-")
        is_compound = len(last) <= 2 or last in _INNER_PARTS if first else last in _FIRST_PARTS
        keeps_hyphen = (
            is_name
            or is_compound
            or _is_french(before.lower(), after.lower())
            or before[-1:].isdigit()
            or after[:1].isdigit()
        )
        return hyphenated if keeps_hyphen else solid


def _is_french(before: str, after: str) -> bool:
    """Whether a hyphen joins two words of French."""
    is_pronoun = after in _PRONOUNS or (after in _SUBJECTS and before[-1:] in ("t", "d"))
    return is_pronoun or _FRENCH.fullmatch(f"{before}-{after}") is not None


def join_at_slashes(text: str) -> str:
    """The text with what stands on both sides of a slash at a line's end joined."""
    return _SLASHED.sub(r"\1", text) if "/" in text else text


def join_divided_words(text: str) -> str:
    """The text with the words joined that were divided at line ends; the line ends after them."""
    text = join_at_slashes(text)
    if not any(f"{hyphen}\n" in text or f"{hyphen} " in text for hyphen in _HYPHENS):
        return text
    joiner = WordJoiner(text.split("\n"))

    def joined(match: re.Match[str]) -> str:
        before, after = match[1], match[2]
        is_label = after[:1].isupper() and match[3].endswith(":")  # "cepro-" and then "Anna: Oh"
        if after.lower() in _SUSPENDED or is_label:
            return match[0]
        return f"{joiner.join(before, after)}{match[3]}" + "\n" * match[0][-1:].isspace()

    return _DIVIDED.sub(joined, text)
