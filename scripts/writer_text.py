"""Text of training pairs for the writer: letter case restored, summary sentences cleaned and checked against a passage.

Letter case is learned from cased texts, as in truecasing by word and neighbour (Lita et al. 2003, "tRuEcasIng"): each
word has the form that is most frequent where no sentence starts; a neighbouring word can overrule it ("new" but "New
York").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from summarize.grounding.words import is_common_word
from summarize.text.sentences import sentence_spans

TOKEN = re.compile(r"(?:[A-Za-z]\.){2,}|['’]s\b|[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*|\d+|[^\w\s]")
OPENERS = frozenset(".!?:;\"“”‘'’(|*•")  # after one of these a capital letter may not be the word's own
QUOTATION = re.compile(r"(?:^|(?<=[,:.!?] ))[\"“'‘](?=\w)")
DATELINE = re.compile(r"\([\w ]{2,30}\) -- (?=\w)")
MIN_MINORITY = 0.02  # share of a word's second form above which its neighbours are asked
MIN_LOWER = 0.05  # share of its lower-case form above which a common word ("states") needs a neighbour for its capital
MIN_NAME_LETTERS = 3  # a shorter unknown word stays in lower case

BOILERPLATE = re.compile(
    r"SCROLL DOWN FOR VIDEOS?|CLICK HERE (?:to|for)[^.!]{0,60}[.!]|Follow @@\s?\w+(?: on Twitter)?\.?"
    r"|Follow us on Twitter @\w+\.?|@highlight|E-mail to a friend\s?\.?|Copyright \d{4} \w+\. All rights reserved\."
    r"(?:\s?This material may not be published, broadcast, rewritten,? or redistributed\.)?"
    r"|(?:^|(?<=\. ))Last updated at[^.]{0,60}\.|\(Reporting by [^)]{0,300}\)|Our Standards:\s*The Thomson Reuters.*",
    re.IGNORECASE,
)
ABBREVIATION = re.compile(
    r"(?:^|\W)(?:Dr|Mr|Mrs|Ms|St|vs|No|Jr|Sr|Prof|Gen|Sen|Rep|Lt|Sgt|Capt|a\.k\.a|e\.g|i\.e|al)\.$"
)
WORD_BREAK = re.compile(r"\s+|--|[—–]")
NUMBER = re.compile(r"\d(?:[\d.,:]*\d)?")
NUMBER_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
DIGITS = {word: str(i) for i, word in enumerate(NUMBER_WORDS.split())}
TENS = ("thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
DIGITS |= {word: str(10 * i) for i, word in enumerate(TENS, 3)}

GLUED = re.compile(r"(?:['’](?:s|re|ve|ll|d|m)|n['’]t)$")  # the second half of a contraction
HYPHENATED = re.compile(r"(-?\b[^\W_]+) - (?=([^\W_]+))")
PRONOUN = re.compile(r"(?:He|She|It|They|His|Her|Its|Their|This|That|These|Those|Both)\b", re.IGNORECASE)

is_common = lru_cache(maxsize=1 << 18)(is_common_word)


def strip_boilerplate(text: str) -> str:
    """The text without the publisher's own lines."""
    return re.sub(r"[ \t]{2,}", " ", BOILERPLATE.sub(" ", text)).strip()


def attach_marks(text: str) -> str:
    """Lower-case tokenised text with quotation marks, contractions and pound signs beside the words they belong to.

    Marks that look alike are paired, double ones in the whole text, single ones within a sentence; if their number is
    odd, they are left for a general detokeniser.
    """
    tokens = re.sub(r"``|''", '"', text).split()
    opens, closes = [token in ("‘", "“", "`") for token in tokens], [token in ("’", "”") for token in tokens]
    for mark, segments in (('"', [range(len(tokens))]), ("'", _sentences_of(tokens))):
        for segment in segments:
            places = [i for i in segment if tokens[i] == mark]
            is_paired = len(places) % 2 == 0 and not any(tokens[i] == "`" for i in segment)
            for n, i in enumerate(places if is_paired else []):
                (closes if n % 2 else opens)[i] = True
    pieces: list[str] = []
    for i, token in enumerate(tokens):
        is_amount = i > 0 and tokens[i - 1] in ("£", "$", "€") and token[0].isdigit()
        is_attached = closes[i] or (i > 0 and opens[i - 1]) or is_amount or GLUED.match(token) is not None
        pieces += [token if is_attached or i == 0 else f" {token}"]
    return "".join(pieces).replace("`", "'")


def tidy(text: str) -> str:
    """Detokenised text with the space before a quotation, and without full stops that were added to other marks."""
    text = re.sub(r"(?<=[.,:;!?])\"(?=\w)", ' "', text)
    text = re.sub(r"(?<!\.)([:;!?.]) ?\.(?=\s|$)", r"\1", text)
    return re.sub(r"(?<=[\w,.\")])--(?=[\w\"(])", " -- ", text)


def _sentences_of(tokens: Sequence[str]) -> list[range]:
    """The places of the tokens of each sentence, roughly."""
    ends = [0, *(i + 1 for i, token in enumerate(tokens) if token in (".", "!", "?")), len(tokens)]
    return [range(a, b) for a, b in pairwise(ends)]


class Truecaser:
    """Restores the letter case of lower-case English text."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Learn word forms from cased texts."""
        counts: Counter[str] = Counter()
        lines = [TOKEN.findall(line) for text in texts for line in text.split("\n")]
        for tokens in lines:
            pairs = pairwise([".", *tokens])
            counts.update(token for before, token in pairs if before not in OPENERS and token[0].isalpha())
        by_word: dict[str, list[tuple[int, str]]] = {}
        for form, n in counts.items():
            by_word.setdefault(form.lower(), []).append((n, form))
        self._forms: dict[str, tuple[str, float]] = {}
        for word, forms in by_word.items():
            (n, form), total = max(forms), sum(m for m, _ in forms)
            is_part_of_names = form != word and counts[word] >= MIN_LOWER * total and is_common(word)
            self._forms[word] = (word, MIN_LOWER) if is_part_of_names else (form, n / total)
        ambiguous = {word for word, (_, share) in self._forms.items() if share < 1 - MIN_MINORITY}
        self._left, self._right = self._neighbours(lines, ambiguous)
        compounds = Counter(match for text in texts for match in re.findall(r"\w+-(?=\w)\w+", text.lower()))
        self._compounds = {compound for compound, n in compounds.items() if n > 1}

    @staticmethod
    def _neighbours(lines: Iterable[list[str]], ambiguous: set[str]) -> tuple[dict[str, tuple[str, float]], ...]:
        """For "previous word" and for "word next": the most frequent form of the ambiguous word, and its share."""
        counts: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
        for tokens in lines:
            keys = [_key(token) for token in tokens]
            for i in range(1, len(tokens)):
                if keys[i] in ambiguous and keys[i - 1] not in OPENERS:
                    counts[0][f"{keys[i - 1]} {keys[i]}", tokens[i]] += 1
                    if i + 1 < len(tokens):
                        counts[1][f"{keys[i]} {keys[i + 1]}", tokens[i]] += 1
        return tuple(_most_frequent(of_side) for of_side in counts)

    def join_hyphens(self, text: str) -> str:
        """Spaced hyphens of a tokenised text joined where a number or a word that is known with a hyphen precedes."""

        def joined(match: re.Match[str]) -> str:
            is_number = match[1].isdigit() or match[1] in DIGITS
            is_known = is_number or match[1][0] == "-" or f"{match[1]}-{match[2]}" in self._compounds
            return f"{match[1]}-" if is_known else match[0]

        return HYPHENATED.sub(joined, HYPHENATED.sub(joined, text))

    def restore(self, text: str) -> str:
        """Lower-case text with capital letters; every character keeps its place."""
        starts = {start for start, _ in sentence_spans(text)} | {match.end() for match in QUOTATION.finditer(text)}
        starts |= {match.end() for match in DATELINE.finditer(text)}
        starts |= {start + 1 for start in starts if text[start : start + 1] in tuple("\"“'‘(")}
        tokens = list(TOKEN.finditer(text))
        keys = ["", *(_key(token[0]) for token in tokens), ""]
        pieces, end = [], 0
        for i, token in enumerate(tokens, 1):
            pieces.append(text[end : token.start()])
            end = token.end()
            form = self._form(*keys[i - 1 : i + 2]) if token[0][0].isalpha() else token[0]
            pieces.append(form[0].upper() + form[1:] if token.start() in starts else form)
        return "".join([*pieces, text[end:]])

    def _form(self, previous: str, word: str, following: str) -> str:
        """A word's form between two others."""
        if word not in self._forms:
            is_name = len(word) >= MIN_NAME_LETTERS and word.isalpha() and not is_common(word)
            return word.capitalize() if is_name else word
        form, share = self._forms[word]
        if share >= 1 - MIN_MINORITY:
            return form
        beside = (self._left.get(f"{previous} {word}"), self._right.get(f"{word} {following}"))
        return max([(share, form), *((n, f) for f, n in filter(None, beside))])[1]


def _key(token: str) -> str:
    return "0" if token[0].isdigit() else token.lower()


def _most_frequent(counts: Counter[tuple[str, str]]) -> dict[str, tuple[str, float]]:
    """The most frequent form of each key with a cautious estimate of its share: n / (total + 1)."""
    forms: dict[str, list[tuple[int, str]]] = {}
    for (key, form), n in counts.items():
        forms.setdefault(key, []).append((n, form))
    return {key: (max(of_key)[1], max(of_key)[0] / (sum(n for n, _ in of_key) + 1)) for key, of_key in forms.items()}


NO_NEWS = re.compile(
    r"(?:click here|scroll down|read more|follow us|watch (?:the )?video|see more|"
    r"\((?:adds|updates|recasts|corrects))\b",
    re.IGNORECASE,
)
DAY = re.compile(r",?(?: (?:late|early))?(?: on)? (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?=[\s,.]|'s )")
COMPANY = re.compile(r",? (?:Inc|Corp|Co|Ltd|Plc|PLC|LLC|Group|Holdings|AG|SA|NV)\b\.?(?=\s|,|\.?$|['’]s)")


def clean_sentence(text: str, is_title: bool = False) -> str:
    """A summary sentence without prefixes, stray spaces and unbalanced quotation marks; with a mark at its end unless
    it is a title. Empty if it has no word."""
    text = re.sub(r"^\W*(?:NEW|UPDATE \d+|EXCLUSIVE)\s*[:-]\s*", "", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r"\s+([,.;:!?%])(?=\s|$)", r"\1", re.sub(r"\(\s+", "(", re.sub(r"\s+\)", ")", text)))
    if text.count('"') % 2:
        text = text.replace('"', "")
    if text.count("“") != text.count("”"):
        text = re.sub("[“”]", "", text)
    if text.count("(") != text.count(")"):
        text = re.sub("[()]", "", text)
    text = re.sub(r"^[\s,;:.*•–—-]+|[\s,;:*•–—-]+$", "", re.sub(r"\s+", " ", text))
    if not re.search(r"[^\W\d_]{2}", text) or NO_NEWS.match(text):
        return ""
    text = re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)
    has_mark = re.search(r"[.!?…][\"”'’)\]]*$", text) is not None
    return re.sub(r"(?<!\.)\.$", "", text) if is_title else text if has_mark else text + "."


def join_broken(lines: Iterable[str]) -> list[str]:
    """Lines of a summary, with those joined that were split after an abbreviation or after the number of an item."""
    joined: list[str] = []
    for line in filter(None, map(str.strip, lines)):
        if joined and ABBREVIATION.search(joined[-1]):
            joined[-1] += f" {line}"
        elif re.search(r"[^\W\d_]", line):
            joined.append(line)
    return joined


@lru_cache(maxsize=1 << 19)
def _normal(word: str) -> str:
    """A word in lower case without marks at its ends, dots inside and a possessive 's."""
    word = re.sub(r"^\W+|\W+$", "", word.lower())
    return re.sub(r"['’]s?$", "", word).replace(".", "").replace("’", "'")


@lru_cache(maxsize=1 << 19)
def _parts(word: str) -> tuple[str, ...]:
    """The parts of a hyphenated word, each like _normal; the word itself is the last."""
    return tuple(filter(None, (*map(_normal, re.split(r"[-/_'&]", word)), _normal(word))))


@dataclass(frozen=True)
class Evidence:
    """The words and the numbers of a passage."""

    words: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Evidence:
        """Of a text; a number below twenty-one, or a multiple of ten, counts as written in digits, too."""
        words = frozenset(part for word in set(WORD_BREAK.split(text)) for part in _parts(word))
        return cls(words, frozenset(NUMBER.findall(text)) | {DIGITS[word] for word in words & DIGITS.keys()})

    def has(self, word: str) -> bool:
        """Whether the passage has a word, or all its hyphenated parts, in the singular or the plural."""
        *parts, whole = _parts(word) or ("",)
        return self._has_one(whole) or (bool(parts) and all(map(self._has_one, parts)))

    def _has_one(self, word: str) -> bool:
        words = self.words
        return word in words or f"{word}s" in words or (word[-1:] == "s" and (word[:-1] in words or word[:-2] in words))

    def without_unknown_days(self, sentence: str) -> str:
        """A sentence without the days ("on Monday") and the forms of companies ("Inc.") that the passage lacks.

        An agency's first paragraph names both, and often nothing else does.
        """
        for pattern in (DAY, COMPANY, COMPANY):  # "Avis Group, Inc." has two
            sentence = pattern.sub(self._if_known, sentence)
        return sentence

    def _if_known(self, match: re.Match[str]) -> str:
        return match[0] if self.has(match[0].split()[-1]) else ""

    def missing(self, sentence: str) -> str | None:
        """What of a summary sentence the passage lacks: "number", "name" or None."""
        if not self.numbers.issuperset(NUMBER.findall(sentence)):
            return "number"
        for i, word in enumerate(WORD_BREAK.split(sentence)):
            core = word if word[:1].isalnum() else re.sub(r"^[\W_]+", "", word)
            starts = (i == 0 or word.startswith(('"', "“", "‘", "'"))) and is_common(_normal(core))
            if core[:1].isupper() and not starts and not self.has(core):
                return "name"
        return None

    def share_of(self, text: str, min_letters: int = 1) -> float:
        """The share of a text's words, of those with so many letters, that the passage has; 1 where there are none."""
        words = [word for word in text.split() if len(_normal(word)) >= min_letters]
        return sum(self.has(word) for word in words) / len(words) if words else 1.0
