"""Whether a text is English, and what it looks like if it is not: offline, and silent where it cannot be sure.

English is told by its commonest words, at no cost; only a text without them is given to the detector (py3langid, Lui
and Baldwin 2012), whose model takes half a second to load.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# Words that make up about a quarter of any English text and are not words of its neighbours ("in", "is", "of" are).
_ENGLISH = frozenset(re.findall(r"\w+", """
    the and that with this from are have has had they which been were their would will by not you it its as at be to for
    what when there than if can your our but
"""))  # fmt: skip
ENOUGH_ENGLISH = 0.08  # share of those words; lists, logs and code of English speakers may have fewer
FEWEST_LETTERS = 40  # of a text that can be judged; a Chinese letter says as much as three others
SURE, UNLIKELY = 0.75, 0.05  # of the best language; of English
SAMPLE = 1500  # characters each from a text's beginning, middle and end
_WORD = re.compile(r"[^\W\d_]+")
_NOT_PROSE = re.compile(r"https?://\S+|\S+@\S+|[\w.]*[/\\_=<>{}()\[\];|]+\S*|\S*\d\S*")

NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "ary": "Arabic", "arz": "Arabic", "az": "Azerbaijani",
    "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "eo": "Esperanto", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "fy": "Frisian",
    "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish", "la": "Latin",
    "lb": "Luxembourgish", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "my": "Burmese", "ne": "Nepali", "nl": "Dutch",
    "nn": "Norwegian", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "si": "Sinhala", "sk": "Slovak", "sl": "Slovene", "so": "Somali",
    "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese",
    "wuu": "Chinese", "yue": "Chinese", "zh": "Chinese",
}  # fmt: skip
_NO_OTHER = ("en", "pcm", "zxx")  # English, Nigerian Pidgin, and what is no language


def foreign_language(text: str) -> str | None:
    """The name of the language that a text is in, where that is clearly not English; else None.

    None also for what is too short to tell, and for code, tables, logs and lists of names.
    """
    middle = max(len(text) // 2 - SAMPLE // 2, SAMPLE)
    sample = text if len(text) <= 3 * SAMPLE else "\n".join((text[:SAMPLE], text[middle:][:SAMPLE], text[-SAMPLE:]))
    words = _WORD.findall(_NOT_PROSE.sub(" ", sample))
    letters = sum(len(word) + 2 * sum(c >= "\u3000" for c in word) for word in words)
    if letters < FEWEST_LETTERS:
        return None
    if sum(word.lower() in _ENGLISH for word in words) >= ENOUGH_ENGLISH * len(words):
        return None
    shares: dict[str, float] = {}
    english = 0.0
    for code, share in _identifier().rank(" ".join(words)):
        english += float(share) if code in _NO_OTHER else 0.0
        name = NAMES.get(code)
        if name:
            shares[name] = shares.get(name, 0.0) + float(share)
    name = max(shares, key=shares.__getitem__)
    return name if shares[name] >= SURE and english < UNLIKELY else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
