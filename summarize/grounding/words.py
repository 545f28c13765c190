"""Which words are common English words, and so no names: those that news mostly writes small within a sentence.

Left out are those that are mostly names (china, jimmy). `scripts/make_word_list.py` counts them and makes the file.
"""

from __future__ import annotations

import lzma
from functools import cache
from importlib.resources import files

_ENDINGS = ("s", "es", "d", "ed", "ing", "er", "ers", "ly", "ness", "like", "wide")
_BEGINNINGS = ("un", "re", "non", "pre", "anti", "over", "under", "mid", "co")


@cache
def common_words() -> frozenset[str]:
    """About 30,000 lower-case words with their inflections."""
    packed = files("summarize.grounding").joinpath("words.txt.xz").read_bytes()
    return frozenset(lzma.decompress(packed).decode("ascii").split())


def is_common(word: str) -> bool:
    """Whether a lower-case word is a common one, or made from one by a usual ending or beginning."""
    words = common_words()
    if word in words or all(part in words for part in word.split("'")):
        return True
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2 and (stem in words or stem + "e" in words or stem[:-1] in words):
            return True
    return any(word.startswith(b) and len(word) > len(b) + 2 and word[len(b) :] in words for b in _BEGINNINGS)
