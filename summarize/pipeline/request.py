"""What a caller requests: the kind of summary, and a text with its sections. Imports neither torch nor numpy."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, field

from summarize.errors import UsageError
from summarize.text.lengths import Length

Sections = tuple[tuple[int, int, str], ...]  # (start, end, title) of each, in characters, in order


@dataclass(frozen=True)
class Request:
    """What kind of summary is requested.

    length: of the summary; of an outline, of each section, by default one sentence (Sentence.section names it).
    extractive: only sentences of the document, verbatim. language: the ISO 639 code of the documents' language where
    the model does not read it: sentences are divided by its rules, and selected without the model by the words that
    they share; only with extractive. query: what the summary is to be about.
    explain: record every word's attention, and what the document does not support (Summary.explanation).
    outline: one summary for each section of the document.

    Raises UsageError for an argument of another type, and for a blank query.
    """

    length: Length = field(default_factory=Length)
    extractive: bool = False
    query: str | None = None
    explain: bool = False
    outline: bool = False
    language: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.length, Length):
            raise UsageError(f"length={self.length!r}: must be a Length")
        if self.query is not None and not isinstance(self.query, str):
            raise UsageError(f"query={self.query!r}: must be a string, or None")
        if self.query is not None and not self.query.strip():
            raise UsageError(f"query={self.query!r}: must not be blank; None asks for no query")
        _check_bools(extractive=self.extractive, explain=self.explain, outline=self.outline)
        if self.language is not None and not self.extractive:
            raise UsageError(f"language={self.language!r}: sentences are selected in it, which needs extractive=True")


@dataclass(frozen=True)
class Sectioned:
    """A text with its sections, for an outline.

    is_email: whether the text was read as an e-mail. levels: of the sections' headings, 1 for the highest, or none if
    they are all of one level. title: of the document, such as a message's subject; "" where the text says it, or has
    none.

    Raises UsageError for an argument of another type, and for sections that are not in order or not within the text.
    """

    text: str
    sections: Sections = ()
    is_email: bool = False
    levels: tuple[int, ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        for name in ("text", "title"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise UsageError(f"{name}={reprlib.repr(value)}: must be a string")
        if not isinstance(self.sections, tuple | list):
            raise UsageError(f"sections={reprlib.repr(self.sections)}: must be a tuple")
        _check_bools(is_email=self.is_email)
        previous_start = 0
        for i, section in enumerate(self.sections):
            try:
                start, end, title = section
                is_valid = previous_start <= start <= end <= len(self.text) and isinstance(title, str)
            except (TypeError, ValueError):
                is_valid = False
            if not is_valid:
                raise UsageError(
                    f"sections[{i}]={section!r}: must be (start, end, title) with "
                    f"{previous_start} <= start <= end <= {len(self.text)}, in order of start"
                )
            previous_start = start
        is_list = isinstance(self.levels, tuple | list) and all(isinstance(level, int) for level in self.levels)
        if not is_list or (self.levels and len(self.levels) != len(self.sections)):
            raise UsageError(f"levels={reprlib.repr(self.levels)}: must be as many numbers as sections, or none")


def _check_bools(**flags: bool) -> None:
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise UsageError(f"{name}={value!r}: must be True or False")
