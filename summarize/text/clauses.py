"""Clauses of English speech that was written down without punctuation.

Each word gets the cost of beginning a unit there: low for words that open a clause ("so", "okay", "and then we"), none
possible where the word before needs another after it. A dynamic program chooses the units with the least cost, of
sentence length.
"""

from __future__ import annotations

import re

from summarize.text.word_classes import FUNCTION_WORDS

N_WORDS, MAX_WORDS, MIN_WORDS = 16, 48, 5  # of a unit: preferred, at most, at least
_LENGTH_COST = 0.02  # for the square of the distance from N_WORDS, if there are more words; half of it if fewer
_WORD = re.compile(r"\S+")
_SUBJECTS_LIST = """i you he she it we they there this that these those here everybody everyone nobody somebody i'm
i've i'll i'd you're you've you'll he's she's it's we're we've we'll they're they've there's that's what's let's who"""
_SUBJECTS = frozenset(_SUBJECTS_LIST.split())
_DETERMINERS_LIST = """the a an my your his her our their some all most one two three many each every no"""
_DETERMINERS = frozenset(_DETERMINERS_LIST.split())
_VERBS_LIST = """am are be is was were 'm 're have has had will would can could should shall may might must do does
did don't doesn't didn't can't won't isn't wasn't wouldn't couldn't shouldn't just really actually also never always
still want need think know say said mean go went come came get got see saw take took put make made use start started
work lost found leave left tried hope guess remember"""
_VERBS = frozenset(_VERBS_LIST.split())
_OPENERS_LIST = """okay ok alright anyway anyways however so now well but meanwhile finally secondly firstly yeah um
uh thanks"""
_OPENERS = frozenset(_OPENERS_LIST.split())
_TIMES_LIST = """today yesterday tomorrow tonight then later afterwards next first sometimes"""
_TIMES = frozenset(_TIMES_LIST.split())
# A subject after one of these begins a relative clause: "the first thing you want to do".
_BEFORE_RELATIVE_LIST = """thing things one ones way reason time everything anything something nothing stuff"""
_BEFORE_RELATIVE = frozenset(_BEFORE_RELATIVE_LIST.split())
_CONJUNCTIONS = frozenset({"and", "or", "plus"})
_SUBORDINATORS_LIST = """because if when while until unless although though since after before once where whereas
which"""
_SUBORDINATORS = frozenset(_SUBORDINATORS_LIST.split())
_PREPOSITIONS = frozenset({"after", "before", "since", "until"})  # before a noun: "after the last video"
_ORDINALS = frozenset({"first", "second", "third", "next", "last", "other", "only", "one"})
# With these before or after it, "so" opens no clause.
_BEFORE_DEGREE_LIST = """as is are was were be been do did not very pretty or think hope guess said even"""
_BEFORE_DEGREE = frozenset(_BEFORE_DEGREE_LIST.split())
_AFTER_DEGREE_LIST = """much many far long little few that on"""
_AFTER_DEGREE = frozenset(_AFTER_DEGREE_LIST.split())
# Verbs and prepositions that need what follows.
_OPEN_LIST = """i you're we're they're he's she's it's that's there's let's don't doesn't didn't can't won't wants want
need needs going gonna gotta very really quite too only even both either whether how why am be being got get made make
take took put give gave told tell let said say about above below between during against around then"""
_OPEN_WORDS = FUNCTION_WORDS | _CONJUNCTIONS | frozenset(_OPEN_LIST.split())
_DEMONSTRATIVES = frozenset({"that", "this", "these", "those"})
_BEFORE_DEMONSTRATIVE_LIST = """of to like about with for after from on in at by than do did done doing say said know
see before all"""
_BEFORE_DEMONSTRATIVE = frozenset(_BEFORE_DEMONSTRATIVE_LIST.split())
_WEAKEST, _WEAK, _MEDIUM, _STRONG = 6.0, 3.0, 1.0, -1.0  # costs
_IMPOSSIBLE = float("inf")


def clause_starts(text: str) -> list[int]:
    """The offsets of the clauses after the first, in order; none if no clause boundary is found."""
    words = list(_WORD.finditer(text))
    plain = [word[0].lower().strip(".,;:!?\"'").replace("’", "'") for word in words]
    costs = [_cost(plain, i) for i in range(len(plain))]
    return [words[i].start() for i in _best_starts(costs)]


def _best_starts(costs: list[float]) -> list[int]:
    """The starts, after the first, of units of at most MAX_WORDS words with the least cost in sum. Where no word can
    begin a unit, the unit is longer."""
    starts = [0, *(i for i in range(1, len(costs)) if costs[i] < _IMPOSSIBLE), len(costs)]
    best: list[tuple[float, int]] = [(0.0, 0)]  # for each of starts: the least cost up to it, and the one before it
    for k in range(1, len(starts)):
        candidates: list[tuple[float, int]] = []
        for j in range(k - 1, -1, -1):
            n_words = starts[k] - starts[j]
            if n_words > MAX_WORDS and candidates:
                break
            begin_cost = costs[starts[j]] if j else 0.0
            candidates.append((best[j][0] + begin_cost + _length_cost(n_words), j))
        best.append(min(candidates))
    chosen, k = list[int](), best[-1][1]
    while k > 0:
        chosen.append(starts[k])
        k = best[k][1]
    return chosen[::-1]


def _length_cost(n_words: int) -> float:
    """What it costs that a unit has so many words."""
    distance = min(n_words, MAX_WORDS) - N_WORDS
    too_short = 4.0 if n_words < MIN_WORDS else 0.0
    return too_short + _LENGTH_COST * distance**2 * (1.0 if distance > 0 else 0.5)


def _cost(words: list[str], i: int) -> float:
    """What it costs to begin a unit with word i."""
    word, before = words[i], words[i - 1] if i else ""
    following = [*words[i + 1 : i + 4], "", "", ""]
    if not i or _needs_more(words, i - 1):
        return _IMPOSSIBLE
    if word in _CONJUNCTIONS:
        return _cost_after_conjunction(following)
    if word in _OPENERS or (word == "all" and following[0] in ("right", "in")):
        return _IMPOSSIBLE if _is_adverb(word, before, following[0]) else _STRONG
    if word in _TIMES and following[0] in _SUBJECTS | {"come", "comes", "came"}:
        return _MEDIUM if word != "then" or "if" not in words[max(0, i - 12) : i] else _IMPOSSIBLE
    if word in _SUBORDINATORS and following[0] in (_SUBJECTS if word in _PREPOSITIONS else _SUBJECTS | _DETERMINERS):
        return _MEDIUM if word == "because" else _WEAK
    if (word == "there" and following[0] in _VERBS) or (word == "after" and following[0] == "that"):
        return _WEAK
    return (
        _WEAKEST
        if word in _SUBJECTS and before not in _BEFORE_RELATIVE and _is_clause(word, following)
        else _IMPOSSIBLE
    )


def _is_adverb(opener: str, before: str, after: str) -> bool:
    """Whether "so", "well" or "now" belongs to the words beside it: "was so", "so much", "goes well and", "by now"."""
    if opener == "well":
        return after not in _SUBJECTS | _OPENERS
    if opener == "so":
        return before in _BEFORE_DEGREE or after in _AFTER_DEGREE
    return opener == "now" and after in ("and", "")


def _needs_more(words: list[str], i: int) -> bool:
    """Whether no unit can end with word i."""
    if words[i] in _DEMONSTRATIVES:
        return not (i and words[i - 1] in _BEFORE_DEMONSTRATIVE)
    return words[i] in _OPEN_WORDS


def _cost_after_conjunction(following: list[str]) -> float:
    """What it costs to begin a unit with "and", by the words after it."""
    first, second = following[0], following[1]
    if first in _OPENERS | _TIMES or first in _SUBORDINATORS - {"which", "where"}:
        return _STRONG if second else _IMPOSSIBLE
    if first in _SUBJECTS:
        return _STRONG if _is_clause(first, following[1:]) else _MEDIUM
    is_phrase = first in ("in", "for", "at", "on") and second in _DETERMINERS
    return _MEDIUM if is_phrase or (first == "the" and second in _ORDINALS) else _IMPOSSIBLE


def _is_clause(subject: str, following: list[str]) -> bool:
    """Whether a verb that is common in speech follows a subject. "I'm" and the like have theirs."""
    return "'" in subject or following[0] in _VERBS
