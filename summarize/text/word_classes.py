"""Closed classes of English words: articles, pronouns, auxiliary verbs, prepositions, and words that limit a clause."""

from __future__ import annotations

import re
from collections.abc import Iterable


def word_set(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


def one_of(words: Iterable[str]) -> str:
    """A regular expression for one of several words."""
    return f"(?:{'|'.join(map(re.escape, sorted(words)))})"


ARTICLES = frozenset({"the", "a", "an"})
POSSESSIVES = word_set("my your his her its our their")
DETERMINERS = ARTICLES | POSSESSIVES | word_set("this that these those")
SUBJECT_PRONOUNS = word_set("i you he she it we they")
RELATIVES = word_set("who which that what whose whom where")
AUXILIARIES = word_set("""am are is was were be been being do does did has have had will would can could may
    might must shall should""")
PREPOSITIONS = word_set("""about above across after against along amid among around at before behind below
    beneath beside between beyond by despite down during following for from in inside into like near of off on onto
    out outside over past per since through throughout to toward towards under until up upon via with within""")
# These stand where a phrase of time begins.
TIMES = word_set("""last this next earlier later today yesterday tomorrow monday tuesday wednesday thursday
    friday saturday sunday""")
CONDITIONS = word_set("if unless until whether except excluding barring without provided assuming only lest otherwise")
NEGATIONS = word_set("not n't no never nor neither nothing nobody none cannot hardly barely scarcely")
# What is said is so only in part, seldom, nearly, or perhaps.
HEDGES = word_set("""only almost nearly few little rarely seldom sometimes often usually typically generally
    mostly partly allegedly reportedly apparently possibly probably perhaps maybe supposedly suspected alleged
    accused attempted""")
# After one of these words something must follow, mostly.
FUNCTION_WORDS = word_set("""a about after all although an and any are as at because been before but by can could did
    do does each every for from had has have his if in into is its just like may might must my near nor not of on
    onto or our over per shall she should so than that the their these they this those though through to under until
    upon was we were what when where which while who whose will with within without would your you're i'm it's we're""")

_DAY = "(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[Tt]omorrow|[Tt]onight)"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_HOUR = r"(?:\d{1,2}(?::\d\d)? ?[ap]\.?m\b|(?:at|by|until|from) \d{1,2}:\d\d)"
DAY_OR_HOUR = re.compile(rf"\b(?:{_DAY}|{_HOUR}|{_MONTH} \d{{1,2}}\b|\d{{1,2}} {_MONTH}\b)")
