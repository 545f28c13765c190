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

from summarize.text.word_classes import (
    ARTICLES,
    AUXILIARIES,
    CONDITIONS,
    DAY_OR_HOUR,
    DETERMINERS,
    HEDGES,
    NEGATIONS,
    PREPOSITIONS,
    RELATIVES,
    SUBJECT_PRONOUNS,
    TIMES,
    one_of,
    word_set,
)

Place = Literal["before", "between", "after"]

MAX_MODIFIERS = 3  # words that can be left out between words as a description: "the 24-year-old African striker"
MAX_SAYER = 8  # words between a clause and the verb of who says it: "the paper's former editor said"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|%")
_SPLIT_ENDING = re.compile(r" (?=['’](?:s|re|ve|ll|d|m)\b)|(?<=\w) (?=n['’]t\b)")  # of tokenised text: "Anna 's"

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
    rf"|[,\"”'’] (?:(?:{_SOURCE}|says?|said) [^,]*(?:, who [^,]*)?"
    rf"|(?:{_NO_SAYER}[\w.'’-]+ ){{1,{MAX_SAYER}}}{_SAYING}(?: [\w.'’-]+){{0,3}})\W*$",
    re.I,
)
# Verbs of speaking that need no clause after them: of a source with one a summary may have "he said".
_SPEAKING = re.compile(r"\b(?:ask|call|note|tweet|post|agree|repl|tell|speak|spoke|describ|voic|question)", re.I)
_SAYER = re.compile(rf"\b(?:{_SAYING}|{_SOURCE})\b", re.I)

_CONDITION = rf"(?:{one_of(CONDITIONS)}|as long as|in case|in the event|on condition|rather than|instead of)"
# Before what is said: "If it rains, ", "When the lamp is on, ", "As far as they know, ".
_BEGINS_LIMIT = re.compile(
    rf"^\W*(?:and |but |or )?(?:{_CONDITION}|should|upon|once|when|whenever|as far as|as a rule|by default"
    rf"|in (?:theory|principle|part|general|most cases)|{one_of(HEDGES)})\b",
    re.I,
)
# Right before it: a condition, that of which it is a reason or a list, or a word that its first words belong to.
_ENDS_LIMIT = re.compile(
    rf"(?:\b(?:{_CONDITION}|not that|because|although|though|whereas|{one_of(PREPOSITIONS - {'after'})})|:)\W*$"
    rf"|\b{_CONDITION}\b[^,;:]*,\s*$",
    re.I,
)
_ENDS_CLAUSE = re.compile(r"\b(?:\w+;|and|but|so)\W*$", re.I)
MIN_CLAUSE = 3  # words before that end which make it a clause
_REFERENCE = re.compile(r"\b(?:it|its|they|them|their|he|him|his|she|her)\b", re.I)
# After it: " unless it rains", " above the base rate".
_LIMIT_AFTER = re.compile(
    rf"^\W*(?:(?:{_CONDITION}|(?:less |more |fewer )?than|above|below)\b"
    rf"|but (?:is |are |was |were )?(?:never|not|{_CONDITION})\b)",
    re.I,
)
# Words between others without which these say more, or the opposite.
_QUALIFIERS = (
    NEGATIONS
    | HEDGES
    | CONDITIONS
    | word_set("""may might could can would should must likely unlikely threatened planned proposed potential possible
        would-be former ex fake false half instead rather""")
)
# Words before a number.
_APPROXIMATE = word_set("about around over under approximately roughly least most than to")
_CLAUSE = AUXILIARIES | SUBJECT_PRONOUNS | RELATIVES | word_set("when while because although though as and or but")
_OPEN_END = ARTICLES | RELATIVES | word_set("of to and or but as for with from by in on at than")
_ADVERBS = word_set("""also already still now then even just too instead once again however meanwhile meantime
    long later himself herself itself themselves""")
_SUBJECTS = SUBJECT_PRONOUNS | ARTICLES | word_set("there this that these those")
_NO_NOUN = AUXILIARIES | PREPOSITIONS | TIMES | DETERMINERS  # no noun that is described begins so
_NO_VERB = (
    _SUBJECTS
    | _CLAUSE
    | _NO_NOUN
    | word_set("not such so if then worth one thereby either neither too though ahead along compared based")
)
# A sentence that begins so has its main clause after a comma.
_LEADING = PREPOSITIONS | word_set("if when while as because although though unless once")
_INSERTION = re.compile(r"^\s*(?:\([^()]*\)|,[^,]*,)")
_INNER_MARK, _MARK = re.compile(r"[,;:]"), re.compile(r"[,;:()\"“”—–]")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_IN_CONDITION = re.compile(r"\b(?:if|unless|when|once|until)\b[^,;:]*$", re.I)
# Words that hold only as far as the phrase that follows says: "It did not rain [in York]", "It is the first [in
# York]", "37 % of the people [in a poll]", "Sales fell [in Europe]", "The bank refused to pay [in cash]".
_SCOPED = re.compile(
    rf"(?:\b(?:{one_of(NEGATIONS)}|(?:is|was) the first|only|all|every|each|most|least|best|worst|the \w{{3,}}est"
    r"|per ?cent|rose|fell|grew|dropped|jumped|climbed|declined|increased|decreased"
    r"|cuts?|refuse[sd]?|fail(?:s|ed)?|den(?:y|ies|ied)|without)\b"
    r"|n['’]t\b|%)[^,;:]*$",
    re.I,
)
_SCOPE = re.compile(r"\s*(?:in|with|for|on|at|by|from|to|within|during|of|among)\b", re.I)
# An adjective or participle that belongs to the phrase right after it: "It is free [for members]", "He was cleared [of
# murder]".
_PREDICATE = re.compile(
    rf"\b(?:am|are|is|was|were|be|been|(?:it|he|she|that|who)['’]s|(?:you|we|they)['’]re|i['’]m)"
    rf"(?: (?:\w+ly|very|quite|not|{one_of(_ADVERBS)}))* [\w-]+$",
    re.I,
)
_OF_PREDICATE = re.compile(r"\s*(?:in|for|of|to)\b", re.I)
_PLANNED = re.compile(r"\b(?:will|shall|must|due|is to|are to)\b|['’]ll\b", re.I)  # what its day belongs to
_CUT_TOKEN = re.compile(r"^[-/_.@\\:=&]\w|\w[-/_.@\\:=&]$")  # "--files[-from]", "/usr/[share/]doc"
_QUOTED_NAME = re.compile(r"\s+(?:[\"“‘]|``?|'')")  # "We call it [“the net”]."
_AFTER_COMMA = re.compile(r"\s*,\s+([a-z]+(?<!ing)(?<!ly))\b")
_RELATIVE_ALONE = (["who"], ["which"])
_RELATIVE = re.compile(rf"^\s*(?:{one_of(RELATIVES - {'what'})})\b", re.I)
_DETERMINER = re.compile(
    r"\b(a|an|another|some|the|this|that|these|those|all|every|each|any|no|most|many|few|two|three|four|only|both)\b",
    re.I,
)
_MARKED_OFF = re.compile(r"\s*(?:[,(–—]|- ).*(?:[,)–—]| -)\s*", re.DOTALL)
_CLAUSE_START = re.compile(r"\b(?:that|and)\b")
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
        return _MARKED_OFF.fullmatch(self.text) is not None


def keeps_meaning(rewritten: str, source: str) -> bool:
    """Whether a rewritten sentence says nothing else than its source says, as far as what is left out shows it."""
    omissions, is_in_order = find_omissions(rewritten, source)
    if _SAYER.search(rewritten) and not (_SAYER.search(source) or _SPEAKING.search(source)):
        return False  # "he says" after a quotation of somebody else
    if not is_in_order or any(_loses_sayer(omission) or not _is_harmless(omission) for omission in omissions):
        return False
    if any(_ends_clause(omission.text) for omission in omissions if omission.place == "before") and (
        _REFERENCE.search(rewritten)
    ):
        return False  # "[The net is free;] you can sell it."
    if (
        _PLANNED.search(rewritten)
        and not DAY_OR_HOUR.search(rewritten)
        and any(DAY_OR_HOUR.search(omission.text) for omission in omissions)
    ):
        return False  # "[On Tuesday,] the office will be closed."
    last = omissions[-1] if omissions and omissions[-1].place == "after" else None
    if last is None or any(
        omission.words in _RELATIVE_ALONE for omission in omissions
    ):  # ", who came on Monday, [left]"
        return True
    return not (_begins_with_verb(rewritten, last) or _lacks_main_clause(rewritten, last))


def find_omissions(rewritten: str, source: str) -> tuple[list[Omission], bool]:
    """What a rewritten sentence leaves out of its source, and whether the words that it keeps are in the same order."""
    rewritten, source = (_SPLIT_ENDING.sub("", " ".join(text.split())) for text in (rewritten, source))
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


def _ends_clause(text: str) -> bool:
    """Whether words end with a clause and what joins the next one to it: "The net is free;", "The net is free, and"."""
    match = _ENDS_CLAUSE.search(text)
    return match is not None and len(re.findall(r"\w+", text[: match.start()])) >= MIN_CLAUSE


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
    if _CUT_TOKEN.search(omission.text if omission.after else omission.text[:2]):
        return False
    if omission.place == "before":
        same_phrase = _words(_MARK.split(omission.text)[-1])
        is_limit = _BEGINS_LIMIT.search(omission.text) or _ENDS_LIMIT.search(omission.text)
        # "Using it" of "The example shows how to use it"
        is_gerund = bool(omission.after) and any(word.endswith("ing") for word in omission.new)
        return not (is_limit or is_gerund) and (NEGATIONS | HEDGES).isdisjoint(same_phrase)
    if omission.place == "between":
        return _is_apart(omission)
    if _LIMIT_AFTER.search(omission.text) or (_RELATIVE.match(omission.text) and not _is_indefinite(omission)):
        return False
    if _cuts_name(omission) or _QUOTED_NAME.match(omission.text):
        return False
    if _IN_CONDITION.search(_IN_BRACKETS.sub("", omission.before)) and omission.words[:1] in (["and"], ["or"]):
        return False  # "if they sign [and pay]"
    if _SCOPED.search(omission.before) and _SCOPE.match(omission.text):
        return False  # "it did not rain [in York]"
    if _PREDICATE.search(omission.before) and _OF_PREDICATE.match(omission.text):
        return False  # "it is free [for members]"
    return not any(_splits(omission, *pair) for pair in _PAIRS)


def _begins_with_verb(rewritten: str, omission: Omission) -> bool:
    """Whether the verb of what is left stands in what is left out: "The model (a large one) [is better]", "The model,
    made by us [, takes data]"."""
    if not AUXILIARIES.isdisjoint(_words(_INSERTION.sub("", omission.text))[:1]):
        return True
    after_comma = _AFTER_COMMA.match(omission.text)
    return after_comma is not None and after_comma[1] not in _NO_VERB and AUXILIARIES.isdisjoint(_words(rewritten))


def _lacks_main_clause(rewritten: str, omission: Omission) -> bool:
    """Whether only what leads to a main clause is left: "By mixing both [, we get …]"."""
    if not omission.text.lstrip().startswith(","):
        return False
    before_comma, _, last_part = rewritten.rpartition(",")
    leads_on = omission.words[0] in _SUBJECTS
    if _is_leading(last_part) and (leads_on or not before_comma):
        return True
    *before, clause = _CLAUSE_START.split(last_part)
    return bool(before) and leads_on and _is_leading(clause)


def _is_leading(text: str) -> bool:
    """Whether words, a conjunction before them apart, lead to a main clause."""
    opening = next((word for word in _words(text) if word not in ("and", "but", "so")), "")
    return opening in _LEADING


def _is_apart(omission: Omission) -> bool:
    """Whether words in the middle stand between marks, describe what follows, tell where and when, or say nothing."""
    words, text = omission.words, omission.text.strip()
    if omission.is_marked_off:
        return not _BEGINS_LIMIT.match(text) and NEGATIONS.isdisjoint(words[:1])
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
    if (
        words[-1] in (PREPOSITIONS | TIMES) and before[-1:] == words[-1:]
    ):  # "in [Rome in] March" is "[in Rome] in March"
        words = [words[-1], *words[:-1]]
    if not _CLAUSE.isdisjoint(words) or words[-1] in _OPEN_END or text.endswith(("'s", "’s", "'", "’")):
        return False
    if words[0] in (PREPOSITIONS | TIMES) or all(word in _ADVERBS or word.endswith("ly") for word in words):
        return True
    return len(words) <= MAX_MODIFIERS and after[0] not in _NO_NOUN


def _cuts_name(omission: Omission) -> bool:
    """Whether a name goes on in what is left out: "President [Esther George]", but not "Anna [Monday]"."""
    last, first = (_WORD.findall(part) for part in (omission.before[-40:], omission.text[:40]))
    is_next = omission.text.startswith(" ") and omission.text[1:2].isupper()
    return bool(last) and last[-1][0].isupper() and is_next and first[0].lower() not in (PREPOSITIONS | TIMES)


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
