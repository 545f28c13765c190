"""Common English words, which are not names: those that news texts mostly write in lower case within a sentence.

Words that are mostly names (china, jimmy) are left out. `scripts/make_word_list.py` counts words and makes the file.
"""

from __future__ import annotations

import lzma
from importlib.resources import files

from summarize.concurrency import made_once

_SUFFIXES = ("s", "es", "d", "ed", "ing", "er", "ers", "ly", "ness", "like", "wide")
_PREFIXES = ("un", "re", "non", "pre", "anti", "over", "under", "mid", "co")


@made_once
def common_words() -> frozenset[str]:
    """About 30,000 lower-case words with their inflections."""
    packed = files("summarize.grounding").joinpath("words.txt.xz").read_bytes()
    return frozenset(lzma.decompress(packed).decode("ascii").split())


def is_common_word(word: str) -> bool:
    """Whether a lower-case word is a common one, or made from one by a usual prefix or suffix."""
    words = common_words()
    if word in words or all(part in words for part in word.split("'")):
        return True
    for suffix in _SUFFIXES:
        stem = word.removesuffix(suffix)
        if stem != word and len(stem) > 2 and (stem in words or stem + "e" in words or stem[:-1] in words):
            return True
    return any(word.startswith(p) and len(word) > len(p) + 2 and word[len(p) :] in words for p in _PREFIXES)
