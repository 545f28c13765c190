"""Ids with their copy positions back to text as a reader expects it: the source's own characters and case where
copied, proper spacing and casing elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from summarize.decoding.constraints import SEPARATORS, Compound, NumberRule
from summarize.text.tokenizer import Encoding
from summarize.text.vocabulary import N_SPECIAL, SENTENCE, UNK

CLOSING = frozenset(".,;:!?)]}%…")
OPENING = frozenset("([{$£€#@¿¡")
JOINING = frozenset("-/_&+=*~^|\\<>")  # between words; spaced only where the source spaces them
CONTRACTIONS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
DASHES = frozenset("‐‑‒–—−")
# What has a capital only where it opens a sentence.
_FUNCTION_WORDS = """a about after all an and any are as at because before both but by can could did do does during each
every for from had has have he her here hers his how if in into is it its many more most my never no not of on or our
over she should since so some such than that the their them then there these they this those to under until was we were
what when where which while who whose why with would you your"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
SENTENCE_ENDS = frozenset(".!?:\n\"'“”‘’")


@dataclass(frozen=True)
class Word:
    """A word of a summary: tokens[start:end] gave it; span is where it stands in the source, if it was copied whole."""

    text: str
    tokens: tuple[int, int]
    span: tuple[int, int] | None
    space_before: bool


@dataclass
class _Group:
    """Tokens of one word on their way to a Word."""

    ids: list[int]
    origins: list[int | None]
    start: int

    @property
    def run(self) -> bool:
        """Whether all tokens were copied from neighbouring places of the source."""
        first = self.origins[0]
        return first is not None and self.origins == list(range(first, first + len(self.ids)))


class Detokenizer:
    """Turns summaries of one source into words. The source's own usage decides the case of what was not copied."""

    def __init__(self, source: Encoding, vocabulary: Sequence[str], numbers: NumberRule) -> None:
        self._source, self._vocabulary, self._numbers = source, vocabulary, numbers
        self.is_cased = source.text.lower() != source.text
        self._joined = source.joined
        self._cased = self._casing()

    def _casing(self) -> dict[str, str]:
        """Each word of the source in its most frequent form, a sentence's first word counting least."""
        forms: dict[str, Counter[str]] = {}
        text = self._source.text
        for start, end in self._word_spans():
            form = text[start:end]
            weight = 1 if _opens_sentence(text, start) else 100
            forms.setdefault(form.lower(), Counter())[form] += weight
        return {lower: counts.most_common(1)[0][0] for lower, counts in forms.items()}

    def _word_spans(self) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        for token, (start, end) in zip(self._source.ids, self._source.spans, strict=True):
            if self._vocabulary[token].startswith("##") and spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        return spans

    def sentences(self, ids: Sequence[int], origins: Sequence[int | None]) -> list[list[Word]]:
        """The sentences of a summary; origins[i] is the source token that ids[i] was copied from, or None."""
        sentences: list[list[Word]] = []
        groups: list[_Group] = []
        for i, (token, origin) in enumerate(zip(ids, origins, strict=True)):
            if token == SENTENCE:
                sentences.append(self._words(groups))
                groups = []
            elif token >= N_SPECIAL or (token == UNK and origin is not None):
                self._add(groups, i, token, origin)
        sentences.append(self._words(groups))
        return [words for words in sentences if words]

    def _add(self, groups: list[_Group], i: int, token: int, origin: int | None) -> None:
        goes_on = self._vocabulary[token].startswith("##") and groups and self._is_wordlike(groups[-1])
        if goes_on and groups[-1].start + len(groups[-1].ids) == i:
            groups[-1].ids.append(token)
            groups[-1].origins.append(origin)
        else:
            groups.append(_Group([token], [origin], i))

    def _is_wordlike(self, group: _Group) -> bool:
        return any(c.isalnum() for c in self._vocabulary[group.ids[0]]) or group.ids[0] == UNK

    def _words(self, groups: list[_Group]) -> list[Word]:
        words: list[Word] = []
        quotes: dict[str, bool] = {}
        state: Compound = ()
        is_first = True
        for i, group in enumerate(groups):
            text, span = self._text(group)
            text = "".join(c for c in text if c.isprintable())  # a copy brings no control characters along
            joined = self._numbers.is_joined(state, group.ids[0])
            space = bool(words) and not joined and self._space(groups, i, words, quotes)
            for token in group.ids:
                state = self._numbers.advance(state, token)
            if not self._is_contraction(groups, i):
                _toggle(text, quotes)
            if not text:
                continue
            if is_first and text[0].isalnum():
                is_first = False
                text = _capitalised(text) if self.is_cased else text
            elif self._has_an_openings_capital(text, span) and self._is_inside(groups, i, words):
                text = text.lower()
            # Or the two would be read as one number, which the source does not have.
            space = space or (self._is_number(group) and not joined and _would_join(words))
            end = group.start + len(group.ids)
            words.append(Word(text, (group.start, end), span, space))
        return words

    def _has_an_openings_capital(self, text: str, span: tuple[int, int] | None) -> bool:
        """Whether a word has its capital from a sentence that it opened where it was copied from."""
        is_opening = span is not None and text.istitle() and _opens_sentence(self._source.text, span[0])
        return is_opening and text.lower() in FUNCTION_WORDS

    def _is_inside(self, groups: list[_Group], i: int, words: list[Word]) -> bool:
        """Whether word i comes after a word of the same sentence that it does not follow in the source."""
        origin, previous = groups[i].origins[0], groups[i - 1].origins[-1]
        follows = origin is not None and previous is not None and origin == previous + 1
        return bool(words) and words[-1].text[-1].isalnum() and not follows

    def _text(self, group: _Group) -> tuple[str, tuple[int, int] | None]:
        """A word's characters, and its place in the source where all of it was copied from one place."""
        source = self._source
        if group.run and group.origins[0] is not None:
            start = source.spans[group.origins[0]][0]
            end = source.spans[group.origins[0] + len(group.ids) - 1][1]
            return source.text[start:end], (start, end)
        parts = [
            source.text[slice(*source.spans[origin])]
            if token == UNK and origin is not None
            else self._vocabulary[token].removeprefix("##")
            for token, origin in zip(group.ids, group.origins, strict=True)
        ]
        text = "".join(parts)
        if text == "i" and self.is_cased:
            return "I", None
        return self._cased.get(text.lower(), text), None

    def _space(self, groups: list[_Group], i: int, words: list[Word], quotes: dict[str, bool]) -> bool:
        """Whether a space stands before word i of a sentence."""
        group, before = groups[i], groups[i - 1]
        text, last = self._plain(group), self._plain(before)
        if text in CLOSING:
            return False
        origin, previous = group.origins[0], before.origins[-1]
        if self._is_contraction(groups, i):
            return False
        if last == "'" and text in CONTRACTIONS and i > 1 and not words[-1].space_before:
            return False
        if origin is not None and previous is not None and origin == previous + 1:
            return not self._joined[origin]
        if text == "#" and origin is not None:
            return not self._joined[origin]
        if last == "#" and i > 1 and not words[-1].space_before:
            return True  # it belongs to the word before: C# is
        return self._usual_space(group, before, text, last, quotes)

    def _usual_space(self, group: _Group, before: _Group, text: str, last: str, quotes: dict[str, bool]) -> bool:
        """The same where the two were not neighbours in the source."""
        if last in OPENING:
            return False
        if text in JOINING:
            return self._spaced(group.origins[0], before=True)
        if last in JOINING:
            return self._spaced(before.origins[-1], before=False)
        if text in ('"', "'"):
            return not quotes.get(text, False)  # a closing one stands by the word it closes
        if last in ('"', "'"):
            return not quotes.get(last, False)
        return True

    def _spaced(self, origin: int | None, *, before: bool) -> bool:
        """Whether the source has a space on that side of a copied mark; a mark that was not copied has none."""
        if origin is None:
            return False
        start, end = self._source.spans[origin]
        beside = self._source.text[start - 1 : start] if before else self._source.text[end : end + 1]
        return beside.isspace()

    def _is_contraction(self, groups: list[_Group], i: int) -> bool:
        """Whether the apostrophe at i joins a word to a contraction's rest: it 's, they 're."""
        return (
            0 < i < len(groups) - 1
            and self._plain(groups[i]) == "'"
            and self._plain(groups[i + 1]) in CONTRACTIONS
            and any(c.isalnum() or c == "#" for c in self._plain(groups[i - 1]))
        )

    def _is_number(self, group: _Group) -> bool:
        return any(c.isnumeric() for c in self._plain(group))

    def _plain(self, group: _Group) -> str:
        return "".join(self._vocabulary[token].removeprefix("##") for token in group.ids)


def _opens_sentence(text: str, start: int) -> bool:
    """Whether the word at start is the first of a sentence, as far as the character before it tells."""
    while start > 0 and text[start - 1] in " \t\r":
        start -= 1
    return start == 0 or text[start - 1] in SENTENCE_ENDS


def _capitalised(text: str) -> str:
    """A word as it opens a sentence: iPhone and ß stay as they are."""
    return text[0].upper() + text[1:] if text.islower() and len(text[0].upper()) == 1 else text


def _would_join(words: Sequence[Word]) -> bool:
    """Whether a number written after words without a space would be read as the rest of the number before it."""
    if len(words) < 2 or words[-1].space_before or words[-1].text not in SEPARATORS | DASHES:
        return False
    return any(c.isnumeric() for c in words[-2].text)


def _toggle(text: str, quotes: dict[str, bool]) -> None:
    for mark, forms in (('"', '"“”'), ("'", "'‘’")):
        if text and text in forms:
            quotes[mark] = not quotes.get(mark, False)


def join(words: Sequence[Word]) -> str:
    """A sentence's words as text."""
    return "".join(" " * word.space_before + word.text for word in words)
