"""Characters that are no part of a text: soft hyphens, zero-width and bidi marks, control and escape sequences.

A text whose sections have been found may be cleaned again: what is clean stays as it is.
"""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")

# Terminal control (ECMA-48): CSI … final byte; OSC, DCS, SOS, PM and APC … BEL or ST; and the shorter sequences.
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?"
)
# Colours whose ESC was written in letters, or was lost.
_SPELLED_COLOUR = re.compile(r"(?:\^\[|␛|\\x1b|\\033|\\e|\\u001b)\[[\d;]{0,20}m", re.IGNORECASE)
_BARE_COLOUR = re.compile(r"\[\d{1,3}(?:;\d{1,3}){0,9}[mABCDGHJK]|\[K")
_RESET = re.compile(r"\[(?:00?|22|39)m")  # a text with one has colours
_OVERSTRUCK = re.compile(r"[^\n\x08]\x08")  # bold and underlined text of man pages: "N\bN", "_\bN"

_CONTROLS = "\0-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d"
# Format characters (Cf) and other default ignorables without the joiners. The Arabic number signs are visible.
_INVISIBLE = (
    "\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_JOINERS = "\u200c\u200d"
_TAGS = "\U000e0001\U000e0020-\U000e007f"  # after a black flag: which country's
_UNWANTED = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
# A soft hyphen between spaces, or before one at the start of a line, was meant as a dash.
_DASH = re.compile(r"(?<![^\s])\u00ad(?=[ \t])")
_PARTED_BY_SOFT_HYPHEN = re.compile(
    r"(?<=\w)\u00ad(?:[ \t]*\r?\n[ \t]*(?=\w)| (?=[^\W\d_A-Z]))"
)  # a reader joins lines
# Joiners act between letters of cursive and Indic scripts, and between emoji.
_JOINING = (
    "\u0600-\u109f\u1780-\u18af\u1a20-\u1aaf\ua840-\ua87f\ua8e0-\uaadf\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
)
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINER_RUN = re.compile(f"([{_JOINERS}])[{_JOINERS}]*")
_KEPT_JOINER = re.compile(f"(?<=[{_JOINING}])[{_JOINERS}]|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])")
_TAG_RUN = re.compile(f"(\U0001f3f4[{_TAGS}]+)|[{_TAGS}]+")

# What Windows-1252 has where Latin-1 has control characters, and letters of old fonts.
_WINDOWS_1252 = {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_LIGATURES = dict(zip(range(0xFB00, 0xFB07), ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))
_LINE_ENDS = {0x0B: "\n", 0x0C: "\n", 0x2028: "\n", 0x2029: "\n\n"}
_TRANSLATION = _WINDOWS_1252 | _LIGATURES | _LINE_ENDS
_SUSPECT = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_JOINERS}{_TAGS}\x0b\x0c\x80-\x9f\u2028\u2029\ufb00-\ufb06]")


def clean(text: str) -> str:
    """The text without characters that nobody is meant to see.

    These are escape sequences of terminals, control characters, soft hyphens, zero-width characters (except where they
    join letters or emoji), bidi marks, and lone surrogates (halves of characters, which JSON can hold and UTF-8
    cannot). Ligatures become letters, and form feeds ends of lines.
    """
    text = without_surrogates(text)
    text = _without_colours(text)
    if not _SUSPECT.search(text):
        return text
    text = text.translate(_TRANSLATION)
    if "\x08" in text:
        text = _OVERSTRUCK.sub("", text)
    if "\u00ad" in text:
        text = _PARTED_BY_SOFT_HYPHEN.sub("", _DASH.sub("-", text))
    text = _UNWANTED.sub("", text)
    text = _TAG_RUN.sub(lambda tags: tags[1] or "", text)
    return _with_joiners_that_join(text)


def without_surrogates(text: str) -> str:
    """The text with � for lone surrogates."""
    try:
        text.encode()  # much quicker than a search
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _without_colours(text: str) -> str:
    if "\x1b" in text:
        text = _ESCAPE_SEQUENCE.sub("", text)
    if _RESET.search(text):
        text = _BARE_COLOUR.sub("", _SPELLED_COLOUR.sub("", text))
    return text


def _with_joiners_that_join(text: str) -> str:
    text = _JOINER_RUN.sub(r"\1", text)

    def kept(match: re.Match[str]) -> str:
        return match[0] if _KEPT_JOINER.match(text, match.start()) else ""

    return _JOINER_RUN.sub(kept, text)
