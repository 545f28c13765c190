"""Raised characters: exponents, units, ordinals and note marks, which a plain text must not join to what is before."""

from __future__ import annotations

import re

_NOTE_MARK = r"(?:[\divx]{1,4}|[a-z])?[*∗†‡§¶#]{0,3}"
_NOTE_MARKS = re.compile(
    rf"[\[(].{{0,40}}[\])]|(?:note|nb|fn|n)\.?\s?\d{{1,3}}|{_NOTE_MARK}(?:[,;–-][ ]?{_NOTE_MARK}){{0,20}}",
    re.IGNORECASE,
)
_CHARGE = re.compile(r"\d?[+−–-]")  # of an ion
_SUM = re.compile(r"[\da-z]{1,3}\s?[+−–-]\s?[\da-z]{1,3}")  # in an exponent
_TRADE_MARKS = {"tm": "™", "sm": "℠", "r": "®", "c": "©", "™": "™", "®": "®", "℠": "℠", "©": "©"}
_EXPONENT = re.compile(r"([+−–-]?)\s?(\d{1,4}|[a-zA-Z])")
_BASE = re.compile(r"(?:^|[^\w.,])(10|2|e|[A-Za-zα-ωΑ-Ω])$")  # of a power: ten, two, or a variable
_FORMULA = re.compile(r"=\s?[A-Za-z]{1,3}$")  # "E = mc"
_VARIABLE_OR_WORD = ("a", "i", "o")  # single letters that are words, too
_UNIT = re.compile(r"(?:^|[\d\s/·*(])[kcmdµ]?m$|[\d/·*]\s?(?:ft|in|yd|mi|s)$")
_DENOMINATOR = re.compile(r"[/⁄]\s?\d")
_ROMAN = re.compile(r"(?:^|\W)[IVXLC]{1,8}$")
_ROMAN_ORDINAL = re.compile(r"ers?|ères?|res?|èmes?|es?|[ºª]")  # "XIXe siècle"; other letters are marks of notes
_ORDINAL = re.compile(r"st|nd|rd|th|er|ère|re|e|ème|o|a|º|ª", re.IGNORECASE)


def raised(before: str, mark: str, after: str = "") -> str:
    """What a plain text has in place of a superscript, so that no number or word is made that nobody wrote.

    An exponent is written with a caret ("10^6"), a unit's is joined ("m2"), an ordinal's ending is joined ("5th"),
    a numerator stays apart ("48 1/2"), and a mark of a note is left out. before: the text up to the superscript, of
    which the end is looked at. after: the text that follows it, of which the beginning is.
    """
    mark = mark.strip()
    if not mark:
        return ""
    if mark.isdigit() and _DENOMINATOR.match(after):
        return f" {mark}" if before[-1:].isalnum() else mark
    last_word = re.split(r"\s", before[-40:])[-1]
    if not last_word:
        return _at_a_words_beginning(mark, after)
    if mark.lower() in _TRADE_MARKS and not last_word[-1:].isdigit():
        return _TRADE_MARKS[mark.lower()]
    if (last_word[-1].isdigit() and _ORDINAL.fullmatch(mark)) or (last_word in ("n", "N") and mark == "o"):
        return mark
    if _ROMAN.search(last_word) and _ROMAN_ORDINAL.fullmatch(mark):
        return mark
    if mark in ("°", "º", "′", "″") or (_CHARGE.fullmatch(mark) and re.search(r"[A-Z][a-z]?\d?$", last_word)):
        return mark
    if _SUM.fullmatch(mark) and _is_base(last_word):
        return f"^({mark})"
    if _EXPONENT.fullmatch(mark):
        if _UNIT.search(before[-40:]) and mark.strip("+−–- ") in ("1", "2", "3") and mark != "1":
            return mark if mark[0].isdigit() else f"^{mark}"
        if mark[0] in "+−–-" or _is_base(last_word) or _FORMULA.search(before[-40:]):
            return f"^{mark}"
    if _NOTE_MARKS.fullmatch(mark):
        return ""
    if mark.isalpha() and len(mark) <= 3:  # an abbreviation's end: "Mme", "Cie", "No"
        return mark
    return f" {mark} "


def _at_a_words_beginning(mark: str, after: str) -> str:
    """A number that is raised before a chemical element stays; a note's own mark goes."""
    if mark.isdigit() and re.match(r"[A-Z][a-z]?(?![a-z])", after):
        return mark
    return "" if _NOTE_MARKS.fullmatch(mark) else f"{mark} "


def _is_base(word: str) -> bool:
    match = _BASE.search(word)
    return match is not None and match[1].lower() not in _VARIABLE_OR_WORD
