"""The turns of a conversation as paragraphs: "Name: what is said", with the name once a turn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from summarize.documents.document import Blocks, Extracted
from summarize.text.conversation import begins_log_line

# A name before a colon: "Anna Berg", "Speaker 1", "+47 555 01 234", "Dr. O'Neil (guest)", "REPORTER #2", "anna_b".
NAME = r"[^\W_][^\n:\"“”<>{}\[\]|=;?!]{0,48}?"
LABEL = re.compile(rf"({NAME})[ \t]*:(?=\s|$)[ \t]*")
# A time since the beginning of a recording, or of day; and a line that has nothing else.
LAPSE = (
    r"(?:(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?(?:[ \u202f]?[AaPp][Mm])?"
    r"|\d{1,2} (?:minutes?|seconds?)(?: \d{1,2} seconds?)?)"
)
LAPSE_ALONE = re.compile(rf"(?:\d+ (?:hours?|minutes?|seconds?)[, ]*)*[\[(]?{LAPSE}[\])]?(?:[ \t]*-->[ \t]*{LAPSE})?$")
# What programs write below a transcript, and rules between its parts.
FOOTER = (
    r"transcribed by https?://\S+|this editable transcript was computer generated.*|exported \d+ message\(s\)"
    r"|[=_*-]{5,}|meeting ended after [\d:]+\W*"
)
# A sound, or what could not be understood, that a transcript tells of within what is said: "[crosstalk 00:10:31]".
SOUND_IN_TEXT = re.compile(
    r"[(\[](?:\w+ )?(?:laugh|applau|cheer|sigh|cough|music|chuckl|crosstalk|inaudible|unintelligible|gasp|groan)\w*"
    r"(?: [\w:.]+)?[)\]]",
    re.IGNORECASE,
)
_MAX_NAME_WORDS = 6
# Words before a colon in lists, logs and forms. They are not speakers.
_LABEL_LIST = """added changed fixed removed deprecated security error errors warning warn info debug trace fatal
caution danger important hint critical notice note notes todo name title author date time place from to cc sent
subject price size colour color phone email address question answer example remember tip step part chapter section
source sources http https"""
_LABELS = frozenset(_LABEL_LIST.split())


class Turns:
    """Joins what is said to turns: what one speaker says without another speaking between."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._speaker, self._words = "", list[str]()
        self._is_unnamed = False  # whether the turn's name still has to be told

    def say(self, words: str, speaker: str | None = None, *, is_new_turn: bool = False) -> None:
        """Add what is said; speaker: None for whoever spoke before. is_new_turn: another, unnamed, speaks."""
        words, speaker = " ".join(words.split()), None if speaker is None else " ".join(speaker.split())
        if is_new_turn or (speaker is not None and speaker != self._speaker):
            self.end_paragraph()
            self._speaker = speaker or ""
            self._is_unnamed = bool(speaker)
        if words:
            self._words.append(f"{self._speaker}: {words}" if self._is_unnamed else words)
            self._is_unnamed = False

    def end_paragraph(self) -> None:
        """End the paragraph; the same speaker may go on in a new one, without the name."""
        self._blocks.add(" ".join(self._words))
        self._words.clear()

    def message(self, words: str, speaker: str) -> None:
        """Add a written message: a paragraph of its own, with its speaker's name."""
        if words := " ".join(words.split()):
            self.end_paragraph()
            self._blocks.add(f"{' '.join(speaker.split())}: {words}" if speaker.strip() else words)

    def heading(self, title: str) -> None:
        """Begin a section, such as one chat of several."""
        self.end_paragraph()
        self._speaker = ""
        self._blocks.heading(title, 1)

    def extracted(self) -> Extracted:
        """The whole conversation."""
        self.end_paragraph()
        return self._blocks.extracted()


def is_name(text: str) -> bool:
    """Whether what stands before a colon can be a speaker's name."""
    is_label = text.strip().lower() in _LABELS or begins_log_line(text)
    return len(text.split()) <= _MAX_NAME_WORDS and not is_label


def labelled_speakers(lines: Sequence[str]) -> frozenset[str]:
    """The names that stand before a colon at the beginning of lines and are those of speakers: names in capitals, those
    of two lines or more, and where these are many, all that look like names."""
    labels = [label[1] for line in lines if (label := LABEL.match(line)) and is_name(label[1])]
    counts = Counter(labels)
    is_labelled = 4 * sum(count for count in counts.values() if count > 1) >= len(lines)
    return frozenset(
        name for name, count in counts.items()
        if count > 1 or name.isupper() or (is_labelled and not any(map(str.islower, name.split())))
    )  # fmt: skip


def spoken(value: Any) -> str:
    """The words of a message's content in JSON: a text, or a list of texts and objects that hold one."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        parts = (value.get(name) for name in ("text", "content", "parts", "value", "body", "rendered", "html"))
        return next((words for part in parts if part is not None and (words := spoken(part))), "")
    if isinstance(value, list):
        return "".join(map(spoken, value)) if all(isinstance(v, str | dict) for v in value) else ""
    return ""
