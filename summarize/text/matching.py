"""Words in the form in which two texts are compared: those that rouge-score counts, and those of all scripts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from summarize.concurrency import made_once

_ASCII_WORD, _ASCII_LETTER = re.compile(r"[a-z0-9]+"), re.compile(r"[A-Za-z]")
# Scripts without spaces between words: Thai to Tibetan, Burmese, Khmer, Kana, and Han with its extensions.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff]"
)


@made_once
def _tools() -> tuple[Any, Any]:
    """rouge-score's tokenizer and stemmer. They import nltk, which takes over a second."""
    from nltk.stem.porter import PorterStemmer
    from rouge_score.tokenizers import DefaultTokenizer

    return DefaultTokenizer(use_stemmer=False), PorterStemmer()


@lru_cache(1 << 18)
def _stem(word: str) -> str:
    return _tools()[1].stem(word) if len(word) > 3 else word


def rouge_tokens(text: str) -> list[str]:
    """The tokens of rouge-score with its stemmer, which knows only a to z and 0 to 9. Stems are cached, which makes
    this several times as fast."""
    return [_stem(word) for word in _tools()[0].tokenize(text)]


def unicode_words(text: str, joiner: str = "") -> list[str]:
    """The words of a text in any script, in lower case: runs of letters, digits and their marks. In scripts without
    spaces each character, with its marks, is a word. joiner: a character that joins two runs between which it stands.
    """
    text = text.lower()
    if text.isascii() and not joiner:
        return _ASCII_WORD.findall(text)
    text = unicodedata.normalize("NFC", text)
    words: list[str] = []
    end = -1
    for start, next_end in unicode_word_spans(text):
        if joiner and words and start == end + 1 and text[end] == joiner:
            words[-1] += text[end:next_end]
        else:
            words.append(text[start:next_end])
        end = next_end
    return words


def unicode_word_spans(text: str) -> list[tuple[int, int]]:
    """The characters [start, end) of each word of a text as `unicode_words` splits it."""
    spans: list[tuple[int, int]] = []
    joins = False  # whether the next character continues the last word
    for i, character in enumerate(text):
        if not _is_word_character(character):
            joins = False
            continue
        is_unspaced = _UNSPACED.match(character) is not None
        if spans and spans[-1][1] == i and (_is_mark(character) or (joins and not is_unspaced)):
            spans[-1] = spans[-1][0], i + 1
        else:
            spans.append((i, i + 1))
            joins = not is_unspaced
    return spans


def count_words(text: str) -> int:
    """The number of words of a text: what stands between spaces; in scripts without spaces, two characters a word."""
    n_words = len(text.split())
    if text.isascii():
        return n_words
    runs = [run for run in text.split() if _UNSPACED.search(run)]
    return n_words - len(runs) + sum(max(1, round(_n_unspaced(run) / 2)) for run in runs)


def unspaced_starts(text: str) -> list[int]:
    """Where, in a text of a script without spaces, a character begins that `unicode_words` takes as a word."""
    if text.isascii():
        return []
    return [start for start, _ in unicode_word_spans(text) if _UNSPACED.match(text[start])]


def matching_tokens(text: str) -> list[str]:
    """`rouge_tokens` of a text in ASCII, and of any other its `unicode_words`, those in ASCII stemmed."""
    if text.isascii():
        return rouge_tokens(text)
    return [_stem(word) if word.isascii() else word for word in unicode_words(text)]


class UncountedLetters:
    """Counts the letters of texts that rouge-score does not count, as they are not among a to z."""

    def __init__(self) -> None:
        self._n_letters = self._n_counted = 0

    def add(self, texts: Iterable[str]) -> None:
        """Count the letters of some texts."""
        for text in texts:
            self._n_letters += sum(map(str.isalpha, text))
            self._n_counted += len(_ASCII_LETTER.findall(text))

    @property
    def share(self) -> float:
        """The share of all letters; 0 without any."""
        return 1 - self._n_counted / self._n_letters if self._n_letters else 0.0


def _n_unspaced(run: str) -> int:
    """How many characters of scripts without spaces a run has, without their marks."""
    return sum(not _is_mark(character) for character in _UNSPACED.findall(run))


@lru_cache(1 << 14)
def _is_word_character(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"
