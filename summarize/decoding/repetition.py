"""Repetition and endings: no n-gram of words twice, no word or pair twice in a row, no quotation without an end mark.

Each function looks at one hypothesis and names the few tokens that it concerns. What a word is, the token properties
say.
"""

from __future__ import annotations

from collections.abc import Sequence

from summarize.decoding.token_properties import TokenProperties
from summarize.text.vocabulary import SENTENCE

MAX_ECHO = 2  # words that are not said twice in a row


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


def echoed_tokens(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """First tokens of the words with which ids say one or two words twice in a row: "very, very good", "more and more
    and more"."""
    words = properties.split_words(ids)
    keys, firsts = properties.keys(words), properties.keys([word[:1] for word in words])
    echoed: list[list[int]] = []
    for same in (keys, firsts):
        for n in range(1, MAX_ECHO + 1):
            ends = range(2 * n, len(words) + 1)
            echoed += [words[end - 1] for end in ends if same[end - 2 * n : end - n] == same[end - n : end]]
    return properties.spellings(echoed, None)


def echoing_tokens(properties: TokenProperties, ids: Sequence[int]) -> set[int]:
    """The tokens with which the current sentence would say its last word, or its last two words, twice in a row: the
    first token of the word that would do it."""
    start = max((i for i, token in enumerate(ids, 1) if token == SENTENCE), default=0)
    sentence = ids[start:]
    tokens: set[int] = set()
    for words, so_far in properties.readings(sentence, properties.split_words(sentence)):
        tokens |= properties.spellings(_echoing_words(words, properties.keys(words)), so_far)
    return tokens


def _echoing_words(words: Sequence[list[int]], keys: Sequence[object]) -> list[list[int]]:
    """The words that would complete an echo after these; keys: what is equal for the same words."""
    lengths = (n for n in range(1, MAX_ECHO + 1) if 2 * n - 1 <= len(words))
    return [words[-n] for n in lengths if keys[len(keys) - 2 * n + 1 : len(keys) - n] == keys[len(keys) - n + 1 :]]


def lacks_end_mark(properties: TokenProperties, ids: Sequence[int]) -> bool:
    """Whether ids close a quotation or bracket with no sentence-end mark before the closing mark: he said "yes"."""
    last = next((i for i in reversed(ids) if not properties.is_closing[i]), None)
    return last is not None and properties.ends_in_closing[ids[-1]] and not properties.is_sentence_end[last]
