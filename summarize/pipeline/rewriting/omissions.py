"""Whether what a rewritten sentence leaves out of its source changes what the rest says.

The words of an English sentence are compared in order. What is left out before, between and after the words that are
kept must not be who says it, nor a condition or another limit of what is said, and must not leave words together that
the source does not put together. Words that are new are not judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Place = Literal["before", "between", "after"]

MAX_MODIFIERS = 3  # words that can be left out between words as a description: "the 24-year-old African striker"
MAX_SAYER = 8  # words between a clause and the verb of who says it: "the paper's former editor said"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|%")
_SPLIT_ENDING = re.compile(r"\s+(?=['’](?:s|re|ve|ll|d|m)\b)|(?<=\w) (?=n['’]t\b)")  # of tokenised text: "Anna 's"

_SAYING = (
    r"(?:sa(?:y|ys|id|ying)|t(?:ell|ells|old)|claim(?:s|ed)?|report(?:s|ed)|alleg(?:e|es|ed)|announce[sd]|believe[sd]?"
    r"|think(?:s)?|thought|estimate[sd]?|suggest(?:s|ed)?|argue[sd]?|insist(?:s|ed)?|warn(?:s|ed)|add(?:s|ed)|wr(?:ites|ote)"
    r"|predict(?:s|ed)?|expects?|hope[sd]?|fear(?:s|ed)?|feels?|felt|den(?:y|ies|ied)|doubt(?:s|ed)?|admit(?:s|ted)"
    r"|ruled|conclude[sd]?|confirm(?:s|ed)|reveal(?:s|ed)|explain(?:s|ed)|state[sd])"
)
_SOURCE = r"(?:according to|in the words of|(?:reports?|documents?|sources?|rumou?rs?) (?:say|said|suggest|claim)\w*)"
_NO_SAYER = r"(?!(?:and|but|or|who|which|that|while|when|after|before|because|where|whose)\b)"
# Before what is said: "The mayor said", "According to the mayor,", "And as the mayor said,".
_SAYER_BEFORE = re.compile(
    rf"\b{_SAYING}(?: [\w.'’-]+){{0,3}}\W*$|^\W*(?:and |but )?(?:{_SOURCE}|as [^,]*\b{_SAYING})\b", re.I
)
# After it: ", the mayor said.", ", according to the mayor", "said the mayor".
_SAYER_AFTER = re.compile(
    rf"^\W*(?:{_SOURCE}|says?|said)\b|^\s*[^\w\s(]\W*(?:{_NO_SAYER}[\w.'’-]+ ){{1,{MAX_SAYER}}}?{_SAYING}\b"
    rf"|[,\"”'’] (?:(?:{_SOURCE}|says?|said) [^,]*"
    rf"|(?:{_NO_SAYER}[\w.'’-]+ ){{1,{MAX_SAYER}}}{_SAYING}(?: [\w.'’-]+){{0,3}})\W*$",
    re.I,
)
_SAYER = re.compile(rf"\b(?:{_SAYING}|{_SOURCE})\b", re.I)

_LIMITS = "if unless until whether except without provided assuming only lest"
_BEGINS_LIMIT = re.compile(
    rf"^\W*(?:and |but |or )?(?:{_LIMITS.replace(' ', '|')}|should|as long as|in case|in the event)\b", re.I
)
_BEGINS_WITH_TIME = re.compile(r"^\W*(?:and |but |or )?(?:upon|once|when|whenever)\b", re.I)
_ENDS_LIMIT = re.compile(r"\b(?:if|unless|whether|until|not that|rather than|instead of)\W*$", re.I)
# What follows gives a reason, or an example or list of what is announced.
_ENDS_MAIN_CLAUSE = re.compile(r"(?:\b(?:because|although|though|whereas)|:)\W*$", re.I)
_LIMIT_AFTER = re.compile(
    rf"^\W*(?:(?:{_LIMITS.replace(' ', '|')}|than|above|below|as long as|in case|rather than"
    r"|instead of|on condition|(?:less|more|fewer) than)\b"
    r"|but (?:is |are |was |were )?(?:only|not|never|until|if|unless|except|without)\b)",
    re.I,
)
# Words between others without which these say more, or the opposite.
_QUALIFIERS_LIST = """not n't no never nor neither nothing nobody none without hardly barely scarcely rarely seldom only
almost nearly may might could can would should must if unless until except allegedly reportedly apparently possibly
probably perhaps maybe likely unlikely supposedly suspected alleged accused attempted threatened planned proposed
potential possible would-be former ex fake false half instead rather"""
_QUALIFIERS = frozenset(_QUALIFIERS_LIST.split())
# Words before the first one that is kept, in its phrase, without which what follows is so.
_DENIALS_LIST = """not n't no never nor neither nothing nobody none few little hardly barely scarcely rarely seldom only
almost nearly without allegedly reportedly apparently possibly probably perhaps maybe supposedly suspected alleged
accused attempted"""
_DENIALS = frozenset(_DENIALS_LIST.split())
# Words before a number.
_APPROXIMATE_LIST = """about around over under approximately roughly least most than to"""
_APPROXIMATE = frozenset(_APPROXIMATE_LIST.split())
_CLAUSE_LIST = """am are is was were be been being do does did has have had will shall i you he she it we they who which
that what whose where when while because although though as and or but"""
_CLAUSE = frozenset(_CLAUSE_LIST.split())
_OPEN_END_LIST = """a an the of to and or but that which who whose as for with from by in on at than"""
_OPEN_END = frozenset(_OPEN_END_LIST.split())
_PREPOSITIONS_LIST = """about above across after against along amid among around at before behind below beneath beside
between beyond by despite down during for from in inside into near of off on onto over past since through throughout to
toward towards under until up upon via with within this last next earlier later today yesterday tomorrow
monday tuesday wednesday thursday friday saturday sunday"""
_PREPOSITIONS = frozenset(_PREPOSITIONS_LIST.split())
_ADVERBS_LIST = """also already still now then even just too instead once again however meanwhile meantime long later
himself herself itself themselves"""
_ADVERBS = frozenset(_ADVERBS_LIST.split())
_VERBS_LIST = """am are is was were do does did has have had will would can could may might must shall should"""
_VERBS = frozenset(_VERBS_LIST.split())
_INSERTION = re.compile(r"^\s*(?:\([^()]*\)|,[^,]*,)")
_INNER_MARK, _MARK = re.compile(r"[,;:]"), re.compile(r"[,;:()\"“”—–]")
_IN_CONDITION = re.compile(r"\b(?:if|unless|when|once|until)\b[^,;:]*$", re.I)
_NEGATED = re.compile(r"(?:\b(?:not|never|no|cannot|nobody|nothing|hardly)|n['’]t)\b[^,;:]*$", re.I)
_WHERE = re.compile(r"\s*(?:in|with|for|on|at|by|from|to|within|during|of)\b", re.I)
_NEGATION = re.compile(r"\W*(?:not|no|nothing|never|none|neither|nor|hardly)\b", re.I)
_DETERMINERS_LIST = """a an the this that these those my your his her its our their"""
_NO_NOUN = _VERBS | _PREPOSITIONS | frozenset(_DETERMINERS_LIST.split())  # no noun that is described begins so
_SUBJECTS_LIST = """i you he she it we they there this that these those the a an"""
_SUBJECTS = frozenset(_SUBJECTS_LIST.split())
_AFTER_COMMA = re.compile(r"\s*,\s+([a-z]+(?<!ing)(?<!ly))\b")
_NO_VERB_LIST = """not such so if then worth one thereby either neither too though ahead along compared based"""
_NO_VERB = _SUBJECTS | _PREPOSITIONS | _CLAUSE | _NO_NOUN | frozenset(_NO_VERB_LIST.split())
# A sentence that begins so has its main clause after a comma.
_LEADING = _PREPOSITIONS - {"last", "this", "next", "today", "yesterday", "tomorrow"} | frozenset(
    {"if", "when", "while", "as", "because", "although", "though", "unless", "once"}
)
_RELATIVE_ALONE = (["who"], ["which"])
_RELATIVE = re.compile(r"^\s*(?:that|who|which|whose|whom|where)\b", re.I)
_DETERMINER = re.compile(
    r"\b(a|an|another|some|the|this|that|these|those|all|every|each|any|no|most|many|few|two|three|four|only|both)\b",
    re.I,
)
_PAIRS = (("from", "to"), ("between", "and"), ("both", "and"), ("either", "or"), ("neither", "nor"), ("only", "but"))
MAX_PAIR = 8  # words between the two words of a pair


@dataclass(frozen=True)
class Omission:
    """Words of a source sentence that the rewritten one leaves out, text, with the marks around them.

    before, after: what the source has before and after them. new: the words that the rewritten sentence has instead.
    """

    place: Place
    text: str
    before: str
    after: str
    new: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """Its words in lower case."""
        return _words(self.text)

    @property
    def is_marked_off(self) -> bool:
        """Whether marks separate it from what is before and after it."""
        text = self.text.strip()
        return text[:1] in tuple(",(–—-") and text[-1:] in tuple(",)–—-")


def keeps_meaning(rewritten: str, source: str) -> bool:
    """Whether a rewritten sentence says nothing else than its source says, as far as what is left out shows it."""
    omissions, is_in_order = find_omissions(rewritten, source)
    if not is_in_order or any(_loses_sayer(omission) or not _is_harmless(omission) for omission in omissions):
        return False
    last = omissions[-1] if omissions and omissions[-1].place == "after" else None
    if last is None or any(
        omission.words in _RELATIVE_ALONE for omission in omissions
    ):  # ", who came on Monday, [left]"
        return True
    return not (_begins_with_verb(rewritten, last) or _lacks_main_clause(rewritten, last))


def find_omissions(rewritten: str, source: str) -> tuple[list[Omission], bool]:
    """What a rewritten sentence leaves out of its source, and whether the words that it keeps are in the same order."""
    rewritten, source = (" ".join(_SPLIT_ENDING.sub("", text).split()) for text in (rewritten, source))
    source_words, words = list(_WORD.finditer(source)), _words(rewritten)
    matcher = SequenceMatcher(None, [word[0].lower() for word in source_words], words, autojunk=False)
    omissions: list[Omission] = []
    new: set[str] = set()
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        if tag != "equal":
            new.update(words[new_first:new_last])
        if tag in ("delete", "replace"):
            start = source_words[first - 1].end() if first else 0
            end = source_words[last].start() if last < len(source_words) else len(source)
            place: Place = "before" if not new_first else "after" if new_last == len(words) else "between"
            inserted = tuple(words[new_first:new_last])
            omissions.append(Omission(place, source[start:end], source[:start], source[end:], inserted))
    left_out = {word for omission in omissions for word in omission.words if len(word) > 3}
    return omissions, new.isdisjoint(left_out)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _loses_sayer(omission: Omission) -> bool:
    """Whether it is left out who says it."""
    if _SAYER.search(" ".join(omission.new)):
        return False
    pattern = _SAYER_BEFORE if omission.place == "before" else _SAYER_AFTER
    return pattern.search(omission.text) is not None


def _is_harmless(omission: Omission) -> bool:
    """Whether what is left says no more, and nothing else, without what is left out."""
    if omission.place != "after" and not _CLAUSE.isdisjoint(re.split("['’]", word)[0] for word in omission.new):
        return False  # another subject or verb: "you would" of "I would"
    if omission.words and any(
        omission.words[0] == f"{word}s" or word == f"{omission.words[0]}s" for word in omission.new
    ):
        return False  # "smoke [bothers] me"
    if omission.place == "before":
        limits = (_BEGINS_LIMIT, _BEGINS_WITH_TIME, _ENDS_LIMIT, _ENDS_MAIN_CLAUSE)
        same_phrase = _words(_MARK.split(omission.text)[-1])
        return _DENIALS.isdisjoint(same_phrase) and not any(limit.search(omission.text) for limit in limits)
    if omission.place == "between":
        return _is_apart(omission)
    if _LIMIT_AFTER.search(omission.text) or (_RELATIVE.match(omission.text) and not _is_indefinite(omission)):
        return False
    if _cuts_name(omission):
        return False
    if _IN_CONDITION.search(omission.before) and omission.words[:1] in (["and"], ["or"]):
        return False  # "if they sign [and pay]"
    if _NEGATED.search(omission.before) and _WHERE.match(omission.text):
        return False  # "it did not rain [in York]"
    return not any(_splits(omission, *pair) for pair in _PAIRS)


def _begins_with_verb(rewritten: str, omission: Omission) -> bool:
    """Whether the verb of what is left stands in what is left out: "The model (a large one) [is better]", "The model,
    made by us [, takes data]"."""
    if not _VERBS.isdisjoint(_words(_INSERTION.sub("", omission.text))[:1]):
        return True
    after_comma = _AFTER_COMMA.match(omission.text)
    return after_comma is not None and after_comma[1] not in _NO_VERB and _VERBS.isdisjoint(_words(rewritten))


def _lacks_main_clause(rewritten: str, omission: Omission) -> bool:
    """Whether only what leads to a main clause is left: "By mixing both [, we get …]"."""
    before_comma, _, last_part = rewritten.rpartition(",")
    opening = _words(last_part)
    while opening and opening[0] in ("and", "but", "so"):
        del opening[0]
    if not omission.text.lstrip().startswith(",") or not opening or opening[0] not in _LEADING:
        return False
    return not before_comma or omission.words[0] in _SUBJECTS


def _is_apart(omission: Omission) -> bool:
    """Whether words in the middle stand between marks, describe what follows, tell where and when, or say nothing."""
    words, text = omission.words, omission.text.strip()
    if omission.is_marked_off:
        return not (_BEGINS_LIMIT.match(text) or _NEGATION.match(text))
    if words in (["that"], *_RELATIVE_ALONE):
        return True
    before, after = _words(omission.before), _words(omission.after)
    if words in (before[-len(words) :], after[: len(words)]):  # said twice
        return True
    if not _QUALIFIERS.isdisjoint(words) or _is_in_name(omission) or _INNER_MARK.search(text):
        return False
    if words[-1] in _APPROXIMATE and after[0][0].isdigit():
        return False
    if omission.new and len(words) <= MAX_MODIFIERS:
        return True
    if words[-1] in _PREPOSITIONS and before[-1:] == words[-1:]:  # "in [Rome in] March" is "[in Rome] in March"
        words = [words[-1], *words[:-1]]
    if not _CLAUSE.isdisjoint(words) or words[-1] in _OPEN_END or text.endswith(("'s", "’s", "'", "’")):
        return False
    if words[0] in _PREPOSITIONS or all(word in _ADVERBS or word.endswith("ly") for word in words):
        return True
    return len(words) <= MAX_MODIFIERS and after[0] not in _NO_NOUN


def _cuts_name(omission: Omission) -> bool:
    """Whether a name goes on in what is left out: "President [Esther George]", but not "Anna [Monday]"."""
    last, first = (_WORD.findall(part) for part in (omission.before[-40:], omission.text[:40]))
    is_next = omission.text.startswith(" ") and omission.text[1:2].isupper()
    return bool(last) and last[-1][0].isupper() and is_next and first[0].lower() not in _PREPOSITIONS


def _is_in_name(omission: Omission) -> bool:
    """Whether all words around and in it have capitals: "Canadian [Broadcasting] Corp"."""
    around = (*_WORD.findall(omission.before)[-1:], *_WORD.findall(omission.text), *_WORD.findall(omission.after)[:1])
    return all(word[0].isupper() for word in around)


def _is_indefinite(omission: Omission) -> bool:
    """Whether a relative clause only adds to what is before it: "a method …", "methods …"; not "the method …"."""
    last = _WORD.findall(omission.before)[-1:]
    if last and last[0][0].isupper():  # a name
        return True
    determiners = _DETERMINER.findall(omission.before)
    return not determiners or determiners[-1].lower() in ("a", "an", "another", "some")


def _splits(omission: Omission, first: str, second: str) -> bool:
    """Whether a pair of words is cut: "from 195" of "from 195 to 354"."""
    return omission.words[:1] == [second] and f" {first} " in f" {' '.join(_words(omission.before)[-MAX_PAIR:])} "
