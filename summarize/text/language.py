"""Detect a text in a language other than English, offline; give no answer where it is uncertain.

English is recognised by its most frequent words, at almost no cost. Only a text with few of them goes to the detector
(py3langid; Lui and Baldwin 2012), whose model takes half a second to load.
"""

from __future__ import annotations

import re
from typing import Any

from summarize.concurrency import made_once

# About a quarter of the words of any English text. Words that related languages share ("in", "is", "of") are left out.
_ENGLISH_WORDS = frozenset(re.findall(r"\w+", """
    the and that with this from are have has had they which been were their would will by not you it its as at be to for
    what when there than if can your our but
"""))  # fmt: skip
ENGLISH = "en"
MIN_ENGLISH_SHARE = 0.08  # of those words in an English text; lists, logs and code can have fewer
MIN_LETTERS = 40  # for an answer; a Chinese character counts as three letters
MIN_PROBABILITY = 0.75  # of the most probable language, for an answer
MAX_ENGLISH_PROBABILITY = 0.05
SAMPLE_CHARACTERS = 1500  # of a text's beginning, of its middle and of its end
_WORD = re.compile(r"[^\W\d_]+")
_NOT_PROSE = re.compile(r"https?://\S+|\S+@\S+|[\w.]*[/\\_=<>{}()\[\];|]+\S*|\S*\d\S*")

LANGUAGE_NAMES = {
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
_NOT_FOREIGN = ("en", "pcm", "zxx")  # English, Nigerian Pidgin, and text in no language


def language_code(name: str) -> str:
    """The ISO 639 code of a language by its name; that of English for a name that is not known."""
    return next((code for code, known in LANGUAGE_NAMES.items() if known == name), ENGLISH)


def language_name(code: str | None) -> str | None:
    """The English name of a language by its code; None for none, and for a code that is not known."""
    return LANGUAGE_NAMES.get(code) if code else None


def foreign_language(text: str) -> str | None:
    """The name of a text's language, if it is clearly not English; otherwise None.

    None also for a text that is too short to judge, and for code, tables, logs and lists of names.
    """
    words = _WORD.findall(_NOT_PROSE.sub(" ", _sample(text)))
    n_letters = sum(len(word) + 2 * sum(c >= "\u3000" for c in word) for word in words)
    if n_letters < MIN_LETTERS:
        return None
    if sum(word.lower() in _ENGLISH_WORDS for word in words) >= MIN_ENGLISH_SHARE * len(words):
        return None
    probabilities: dict[str, float] = {}
    english = 0.0
    for code, probability in _identifier().rank(" ".join(words)):
        english += float(probability) if code in _NOT_FOREIGN else 0.0
        name = LANGUAGE_NAMES.get(code)
        if name:
            probabilities[name] = probabilities.get(name, 0.0) + float(probability)
    name = max(probabilities, key=probabilities.__getitem__)
    return name if probabilities[name] >= MIN_PROBABILITY and english < MAX_ENGLISH_PROBABILITY else None


def _sample(text: str) -> str:
    """A text's beginning, middle and end; the whole text if it is short."""
    n = SAMPLE_CHARACTERS
    if len(text) <= 3 * n:
        return text
    middle = max(len(text) // 2 - n // 2, n)
    return "\n".join((text[:n], text[middle:][:n], text[-n:]))


@made_once
def _identifier() -> Any:
    """The detector, with probabilities that sum to 1."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
