"""Repetition and endings: no n-gram of words twice, no word twice in a row, no quotation without an end mark.

Each function looks at one hypothesis and names the few tokens that it concerns. What a word is, the token properties
say.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from summarize.decoding.token_properties import TokenProperties
from summarize.text.vocabulary import SENTENCE


def repeated_ngram_tokens(properties: TokenProperties, ids: Sequence[int], n: int) -> set[int]:
    """Tokens of the words that would complete an n-gram of words that ids have already: the first of each word.

    The n-grams are of words, not of tokens: a name of four tokens may come twice. Punctuation is no word.
    """
    tokens: set[int] = set()
    for words, so_far in properties.readings(ids, properties.split_words(ids)):
        if n < 1 or len(words) < n:
            continue
        keys = properties.keys(words)
        last = keys[len(keys) - n + 1 :]
        repeated = [words[i + n - 1] for i in range(len(words) - n + 1) if keys[i : i + n - 1] == last]
        tokens |= properties.spellings(repeated, so_far)
    return tokens


def doubled_word_tokens(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """First tokens of the words that ids have twice in a row, as in "very, very good"."""
    words = properties.split_words(ids)
    keys, firsts = properties.keys(words), properties.keys([word[:1] for word in words])
    pairs = enumerate(pairwise(zip(keys, firsts, strict=True)))
    doubled = [
        words[i] for i, ((key, first), (next_key, next_first)) in pairs if key == next_key or first == next_first
    ]
    return properties.spellings(doubled, None)


def last_word_tokens(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """The tokens that would double the current sentence's last word: the first of that word; empty if there is
    none."""
    start = max((i for i, token in enumerate(ids, 1) if token == SENTENCE), default=0)
    sentence = ids[start:]
    tokens: set[int] = set()
    for words, so_far in properties.readings(sentence, properties.split_words(sentence)):
        tokens |= properties.spellings(words[-1:], so_far)
    return tokens


def lacks_end_mark(properties: TokenProperties, ids: Sequence[int]) -> bool:
    """Whether ids close a quotation or bracket with no sentence-end mark before the closing mark: he said "yes"."""
    last = next((i for i in reversed(ids) if not properties.is_closing[i]), None)
    return last is not None and properties.ends_in_closing[ids[-1]] and not properties.is_sentence_end[last]
