"""Tokens with their copy positions back to text: the source's own characters and case where a word was copied, and
usual spacing and case elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from summarize.decoding.number_rule import NumberRule, WordTokens
from summarize.grounding.numbers import SEPARATORS
from summarize.text.tokenizer import Encoding
from summarize.text.vocabulary import N_SPECIAL, SENTENCE, UNK

NO_SPACE_BEFORE = frozenset(".,;:!?)]}%…")
NO_SPACE_AFTER = frozenset("([{$£€#@¿¡")
JOINING_MARKS = frozenset("-/_&+=*~^|\\<>")  # between words; spaced only where the source spaces them
CONTRACTION_ENDINGS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
DASHES = frozenset("‐‑‒–—−")
# Words that have a capital only because they open a sentence.
_FUNCTION_WORDS = """a about after all an and any are as at because before both but by can could did do does during each
every for from had has have he her here hers his how if in into is it its many more most my never no not of on or our
over she should since so some such than that the their them then there these they this those to under until was we were
what when where which while who whose why with would you your"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
# Characters after which a word may open a sentence.
BEFORE_SENTENCE = frozenset(".!?:\n\"'“”‘’")


@dataclass(frozen=True)
class Word:
    """A word of a summary. token_span: [start, end) of its tokens in the summary; span: [start, end) of its characters
    in the source if it was copied whole."""

    text: str
    token_span: tuple[int, int]
    span: tuple[int, int] | None
    space_before: bool


@dataclass
class _TokenGroup:
    """The tokens that make up one word. origins: the source position of each, None if it was not copied."""

    ids: list[int]
    origins: list[int | None]
    start: int  # of the first token in the summary

    @property
    def end(self) -> int:
        """The position in the summary after the last token."""
        return self.start + len(self.ids)

    @property
    def is_copied_run(self) -> bool:
        """Whether all tokens were copied from consecutive positions of the source."""
        first = self.origins[0]
        return first is not None and self.origins == list(range(first, first + len(self.ids)))


class Detokenizer:
    """Turns summaries of one source into words. Words that were not copied get the case that the source mostly uses."""

    def __init__(self, source: Encoding, vocabulary: Sequence[str], number_rule: NumberRule) -> None:
        self._source, self._vocabulary, self._number_rule = source, vocabulary, number_rule
        self.is_cased = source.text.lower() != source.text
        self._follows_directly = source.follows_directly
        self._cased = self._most_frequent_forms()

    def _most_frequent_forms(self) -> dict[str, str]:
        """From each word of the source in lower case to its most frequent form. A form that opens a sentence weighs
        little, as its capital may come from there."""
        forms: dict[str, Counter[str]] = {}
        text = self._source.text
        for start, end in self._word_spans():
            form = text[start:end]
            weight = 1 if _may_open_sentence(text, start) else 100
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

    def detokenize(self, ids: Sequence[int], origins: Sequence[int | None]) -> list[list[Word]]:
        """The words of each sentence of a summary. origins[i]: the source position that token ids[i] was copied from,
        or None. An unknown token that was not copied is left out."""
        sentences: list[list[Word]] = []
        groups: list[_TokenGroup] = []
        for i, (token, origin) in enumerate(zip(ids, origins, strict=True)):
            if token == SENTENCE:
                sentences.append(self._words(groups))
                groups = []
            elif token >= N_SPECIAL or (token == UNK and origin is not None):
                self._add(groups, i, token, origin)
        sentences.append(self._words(groups))
        return [words for words in sentences if words]

    def _add(self, groups: list[_TokenGroup], i: int, token: int, origin: int | None) -> None:
        """Add the summary's token i to the last group if it continues that word, else to a new one."""
        continues = self._vocabulary[token].startswith("##") and groups and self._is_word(groups[-1])
        if continues and groups[-1].end == i:
            groups[-1].ids.append(token)
            groups[-1].origins.append(origin)
        else:
            groups.append(_TokenGroup([token], [origin], i))

    def _is_word(self, group: _TokenGroup) -> bool:
        return any(c.isalnum() for c in self._vocabulary[group.ids[0]])  # [UNK] is one

    def _words(self, groups: list[_TokenGroup]) -> list[Word]:
        """The words of one sentence."""
        words: list[Word] = []
        open_quotes: dict[str, bool] = {}
        state: WordTokens = ()
        is_first = True
        for i, group in enumerate(groups):
            text, span = self._text(group)
            text = "".join(c for c in text if c.isprintable())  # control characters of the source are not copied
            follows_directly = self._number_rule.follows_directly(state, group.ids[0])
            space = bool(words) and not follows_directly and self._has_space(groups, i, words, open_quotes)
            for token in group.ids:
                state = self._number_rule.advance(state, token)
            if not self._is_apostrophe(groups, i):
                _toggle(text, open_quotes)
            if not text:
                continue
            if is_first and text[0].isalnum():
                is_first = False
                text = _capitalised(text) if self.is_cased else text
            elif self._has_opening_capital(text, span) and self._is_inside(groups, i, words):
                text = text.lower()
            # Without a space the two would read as one number, which the source does not have.
            space = space or (self._has_digit(group) and not follows_directly and _ends_in_number(words))
            words.append(Word(text, (group.start, group.end), span, space))
        return words

    def _has_opening_capital(self, text: str, span: tuple[int, int] | None) -> bool:
        """Whether a word has its capital because it opens a sentence of the source."""
        opens = span is not None and text.istitle() and _may_open_sentence(self._source.text, span[0])
        return opens and text.lower() in FUNCTION_WORDS

    def _is_inside(self, groups: list[_TokenGroup], i: int, words: list[Word]) -> bool:
        """Whether word i comes after another word of the same sentence, which it does not follow in the source."""
        return bool(words) and words[-1].text[-1].isalnum() and not _are_consecutive(groups[i - 1], groups[i])

    def _text(self, group: _TokenGroup) -> tuple[str, tuple[int, int] | None]:
        """A word's characters, and its span in the source if it was copied whole."""
        source = self._source
        if group.is_copied_run and group.origins[0] is not None:
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

    def _has_space(self, groups: list[_TokenGroup], i: int, words: list[Word], open_quotes: dict[str, bool]) -> bool:
        """Whether a space stands before word i of a sentence."""
        group, previous = groups[i], groups[i - 1]
        text, last = self._plain_text(group), self._plain_text(previous)
        if text in NO_SPACE_BEFORE or self._is_apostrophe(groups, i):
            return False
        if last == "'" and text in CONTRACTION_ENDINGS and i > 1 and not words[-1].space_before:
            return False
        origin = group.origins[0]
        if origin is not None and (_are_consecutive(previous, group) or text == "#"):
            return not self._follows_directly[origin]
        if last == "#" and i > 1 and not words[-1].space_before:
            return True  # the # belongs to the word before it: C# is
        return self._has_usual_space(group, previous, open_quotes)

    def _has_usual_space(self, group: _TokenGroup, previous: _TokenGroup, open_quotes: dict[str, bool]) -> bool:
        """The same for two words that are not neighbours in the source."""
        text, last = self._plain_text(group), self._plain_text(previous)
        if last in NO_SPACE_AFTER:
            return False
        if text in JOINING_MARKS:
            return self._has_source_space(group.origins[0], before=True)
        if last in JOINING_MARKS:
            return self._has_source_space(previous.origins[-1], before=False)
        if text in ('"', "'"):
            return not open_quotes.get(text, False)  # no space before a closing quotation mark
        if last in ('"', "'"):
            return not open_quotes.get(last, False)
        return True

    def _has_source_space(self, origin: int | None, *, before: bool) -> bool:
        """Whether the source has a space before (or after) a copied mark; False for a mark that was not copied."""
        if origin is None:
            return False
        start, end = self._source.spans[origin]
        neighbour = self._source.text[start - 1 : start] if before else self._source.text[end : end + 1]
        return neighbour.isspace()

    def _is_apostrophe(self, groups: list[_TokenGroup], i: int) -> bool:
        """Whether word i is the apostrophe of a contraction, between a word and its ending: it 's, they 're."""
        return (
            0 < i < len(groups) - 1
            and self._plain_text(groups[i]) == "'"
            and self._plain_text(groups[i + 1]) in CONTRACTION_ENDINGS
            and any(c.isalnum() or c == "#" for c in self._plain_text(groups[i - 1]))
        )

    def _has_digit(self, group: _TokenGroup) -> bool:
        return any(c.isnumeric() for c in self._plain_text(group))

    def _plain_text(self, group: _TokenGroup) -> str:
        """A word as the vocabulary writes it."""
        return "".join(self._vocabulary[token].removeprefix("##") for token in group.ids)


def _are_consecutive(previous: _TokenGroup, group: _TokenGroup) -> bool:
    """Whether a word was copied from the position after that of the previous word."""
    origin, last = group.origins[0], previous.origins[-1]
    return origin is not None and last is not None and origin == last + 1


def _may_open_sentence(text: str, start: int) -> bool:
    """Whether the word at start may be the first of a sentence, by the character before it."""
    while start > 0 and text[start - 1] in " \t\r":
        start -= 1
    return start == 0 or text[start - 1] in BEFORE_SENTENCE


def _capitalised(text: str) -> str:
    """A word as it opens a sentence; iPhone and ß are left as they are."""
    return text[0].upper() + text[1:] if text.islower() and len(text[0].upper()) == 1 else text


def _ends_in_number(words: Sequence[Word]) -> bool:
    """Whether words end in a number and a mark that would join a number after it, without a space, to that number."""
    if len(words) < 2 or words[-1].space_before or words[-1].text not in SEPARATORS | DASHES:
        return False
    return any(c.isnumeric() for c in words[-2].text)


def _toggle(text: str, open_quotes: dict[str, bool]) -> None:
    """Note that a quotation mark opens or closes a quotation."""
    for mark, forms in (('"', '"“”'), ("'", "'‘’")):
        if text and text in forms:
            open_quotes[mark] = not open_quotes.get(mark, False)


def join_words(words: Sequence[Word]) -> str:
    """The text of a sentence's words."""
    return "".join(" " * word.space_before + word.text for word in words)
