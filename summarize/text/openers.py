"""How an English sentence leans on others: it refers to what stands before it, begins with a connective, or asks."""

from __future__ import annotations

import re

_CLOSING = "\"')]”’ "
_QUOTES = "\"'“”‘’(["
_QUOTATION = {'"': '"', "“": "”", "„": "“", "«": "»", "``": "''"}
_PRONOUN = re.compile(
    rf"[{re.escape(_QUOTES)}]*(?:He|She|They|It|This|That|These|Those|His|Her|Their|Its|Both|Such|Neither|Thats|Theyre)\b",
)
# Openings of these forms refer to nothing before them: what is meant follows, or is a time.
_CATAPHORIC = re.compile(
    rf"[{re.escape(_QUOTES)}]*(?:"
    r"(?:This|That|These) (?:\w+ )?"
    r"(?:weeks?|months?|years?|mornings?|evenings?|afternoons?|summer|winter|spring|autumn|days?|time|point|stage|moment)\b"
    r"|Th(?:ose|ese) (?:who|with|in|of|on|from|at|under|without|taking|living|working|\w+ing)\b"
    r"|(?:Both|Neither) (?:of )?(?:the|[A-Z])"
    r"|That (?:the|a|an|[A-Z])"
    r"|This (?i:article|paper|report|document|page|section|chapter|book|guide|agreement|contract|policy|study|letter|"
    r"e-?mail|message|note|release|version|file|project|package|library|tool|website|site)\b"
    r"|It(?:['’]s| is| was| will be| would be| has been| seems| appears| remains| became)(?: \w+){0,3}? "
    r"(?:that|to|whether|how|why|who|when|clear|unclear|(?:un)?likely|(?:im)?possible|raining|snowing)\b)"
)
# Each with the words after which it may be left out. But and And need no comma.
_WITH_COMMA = """however meanwhile moreover furthermore also nevertheless nonetheless instead still then therefore thus
hence besides similarly likewise indeed finally consequently accordingly additionally so yet next
in_addition as_a_result for_example for_instance on_the_other_hand in_contrast by_contrast at_the_same_time in_fact
of_course after_all even_so that_said in_turn in_other_words on_top_of_that"""
_CONNECTIVES = "|".join(phrase.replace("_", " ") for phrase in sorted(_WITH_COMMA.split(), key=len, reverse=True))
# In speech: "Yes it is", "Um , we", "No, we".
_HESITATIONS = r"(?:uh-huh|um+|uh+|yes|yeah|yep|mm-?hmm|h?mm)"
_INTERJECTIONS = r"(?:no|nope|well|oh|okay|ok|right|sure|alright|so|or|then)"
_BEFORE_SUBJECT = r"(?=(?:i|you|he|she|it|we|they|there|the|this|that)\b)"
# Without a comma, the others can belong to the clause: "No this", "Right the boat", "Or the bank", "Yes Bank shares".
_WITHOUT_COMMA = r"(?:yes|nope|oh|okay|ok|alright|so(?! that )|then)"
_CONNECTIVE = re.compile(
    rf"(?:(?:(?!yes\b){_HESITATIONS}\b(?: ?,)? |(?:yes|{_INTERJECTIONS}) ?, |{_WITHOUT_COMMA} {_BEFORE_SUBJECT})+"
    rf"|(?:{_CONNECTIVES}) ?, "
    rf"|(?:but|and)(?: ?, (?:{_CONNECTIVES}) ?,)? )(?=[^\s.!?…])",
    re.IGNORECASE,
)
_BEFORE_SPOKEN_SUBJECT = re.compile(rf"(?:{_INTERJECTIONS} {_BEFORE_SUBJECT})+", re.IGNORECASE)  # "No it is shut."
# Before a determiner that refers back: "If this option is used", "To do this, ".
_BEFORE_REFERENCE = re.compile(
    r"(?:(?:Why|How|What|Who|When|Where)(?: is| was| are| were| do| does| did|['’]?s)"
    r"|If|When|After|Before|Because of|For|In|On|At|By|From|With|Without|To do|Like|Unlike|Despite|Given) "
    r"(?=(?:this|that|these|those)\b)"
)
# A clause that begins so needs a main clause, which a mark separates from it.
_SUBORDINATE = re.compile(
    r"(?:As (?:I|you|he|she|it|we|they|there|the|an?|my|our|their|[A-Z]\w+ [a-z]+(?:s|ed|id|nt)\b)"
    r"|Because|Although|Though|Whereas|Unless|Which|Such as)\b[^,;:–—?]*$"
)
_ANSWER = re.compile(
    r"A\d{0,2}[:.] |(?:Yes|No|Yeah|Yep|Nope|Nah|Sure|Certainly|Of course|Not (?:yet|really))\b[,.! ]", re.I
)
_ASKS_WHAT = re.compile(r"(?:(?:and|but|so|okay|well),? )*(?:who|whom|whose|what|which|when|where|why|how)\b", re.I)
# Possessive: "mm-hmm" is one word or two, and what does not match is not tried in every division.
_INTERJECTION = re.compile(rf"(?>\W*(?:{_HESITATIONS}|{_INTERJECTIONS})\b)++\W*", re.I)
# Where something is to be found, not what it is: "The results are shown in Table 1.", "In this section, we …".
_PLACE = r"(?:tables?|figures?|fig\.|sections?|appendix|equations?|eq\.|chapters?|listing|algorithm|part)"
_POINTER = re.compile(
    rf"(?:shown|presented|given|found|listed|described|illustrated|summari[sz]ed|reported|depicted|displayed|discussed)"
    rf"\b[^,;:.]{{0,30}}\bin {_PLACE} (?:\d|[A-Z]\b)|^(?:see {_PLACE}|in th(?:is|e (?:next|following)) {_PLACE}\b)"
    rf"|^{_PLACE} [\d.]+[a-z]? (?:show|present|give|list|illustrate|summari[sz]e|report|depict|display)s?\b",
    re.IGNORECASE,
)


def refers_back(sentence: str) -> bool:
    """Whether a sentence begins with a pronoun or determiner for something that was said before, perhaps after a
    connective."""
    rest = _capitalised(sentence[connective_length(sentence) :])
    if before := _BEFORE_SPOKEN_SUBJECT.match(rest) or _BEFORE_REFERENCE.match(rest):
        rest = _capitalised(rest[before.end() :])
    return _PRONOUN.match(rest) is not None and _CATAPHORIC.match(rest) is None


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def connective_length(sentence: str) -> int:
    """The number of characters, with the space after them, of a connective at the beginning of a sentence that can be
    left out, as in "However, the bridge closed"; 0 without one."""
    match = _CONNECTIVE.match(sentence)
    return match.end() if match else 0


def is_subordinate(sentence: str) -> bool:
    """Whether a sentence is a subordinate clause alone: "As Anna said last week." """
    return _SUBORDINATE.match(sentence) is not None


def begins_quotation(sentence: str) -> bool:
    """Whether a sentence begins a quotation that goes on after it, so that it is not said whose words it has."""
    pair = _QUOTATION.get(sentence[:1]) or _QUOTATION.get(sentence[:2])
    return pair is not None and pair not in sentence[1:]


def points_elsewhere(sentence: str) -> bool:
    """Whether a sentence only says in which table, figure or section something stands."""
    return _POINTER.search(sentence) is not None


def begins_as_answer(sentence: str) -> bool:
    """Whether a sentence begins with "A:", "Yes" or the like."""
    return _ANSWER.match(sentence) is not None


def asks_what(sentence: str) -> bool:
    """Whether a sentence is a question that "yes" and "no" do not answer: "Who pays?" """
    return bool(asked_part(sentence)) and _ASKS_WHAT.match(sentence) is not None


def is_interjection(sentence: str) -> bool:
    """Whether a sentence is no more than "Yes.", "Mm-hmm." or the like."""
    return _INTERJECTION.fullmatch(sentence) is not None


def asked_part(sentence: str) -> str:
    """A question up to its mark; "" for a sentence that is none."""
    asked = sentence.rstrip(_CLOSING)
    return asked if asked.endswith(("?", "？")) else ""
