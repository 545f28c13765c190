"""What a document is: its text, where it came from, its sections and whatever stood beside it; what may be asked of a
reader; and how readers put a text together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from summarize.errors import DocumentError

DOCUMENT_FIELDS = ("document", "article", "text", "dialogue", "source")
TEXT_FIELDS = (*DOCUMENT_FIELDS[:-1], "content", "body", "message", DOCUMENT_FIELDS[-1])  # "source" may be an address
ID_FIELDS = ("id", "doc_id", "document_id")
MEGABYTE = 1_000_000
DEEPEST = 100  # levels of a nested value; what people write has a few
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Section:
    """A heading and what follows it up to the next heading: text[start:end], which opens with the title.

    level: 1 for a chapter, 2 for what is inside one, and so on.
    """

    start: int
    end: int
    title: str
    level: int = 1


@dataclass(frozen=True)
class Document:
    """A text to summarise, and where it came from.

    source: a path, "stdin", or a row's id. fields: what else stood in a row, or a message's headers; JSON values only.
    part: which of several documents of one file this is ("line 12", "message 3"), or "".
    """

    source: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    sections: tuple[Section, ...] = ()
    path: str = field(default="", compare=False)
    part: str = ""

    @property
    def place(self) -> str:
        """Where it is, for a message about it."""
        return f"{self.path}, {self.part}" if self.part else self.source


@dataclass(frozen=True)
class ReadOptions:
    """How to read.

    format: one of INPUT_FORMATS instead of what name and content say. field, id_field: names in a row.
    recursive: read what is in folders. max_bytes: of one document (a file, or a row), after decompression.
    """

    format: str | None = None
    field: str | None = None
    id_field: str | None = None
    recursive: bool = False
    max_bytes: int = 100 * MEGABYTE

    def too_large(self, place: str) -> DocumentError:
        """The error for a document that is larger than it may be."""
        megabytes = f"{self.max_bytes / MEGABYTE:g} MB"
        return DocumentError(f"{place}: is larger than {megabytes} (decompressed); --max-size raises the limit")


@dataclass(frozen=True)
class Extracted:
    """What a reader takes from a file: a text, its sections, and fields such as a message's subject."""

    text: str
    sections: tuple[Section, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


class Blocks:
    """Puts a text together from paragraphs and headings, a blank line between them, and knows where sections are."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._length = 0
        self._headings: list[tuple[int, str, int]] = []

    def add(self, text: str) -> None:
        """A paragraph, its white space made plain; nothing where there is nothing in it."""
        if text := " ".join(text.split()):
            self._blocks.append(text)
            self._length += len(text) + 2

    def heading(self, title: str, level: int) -> None:
        """A heading, which opens a section."""
        if title := " ".join(clean(title).split()):
            self._headings.append((self._length, title, level))
            self.add(title)

    def extracted(self) -> Extracted:
        """The whole text with its sections."""
        text = "\n\n".join(self._blocks)
        ends = [start for start, _, _ in self._headings[1:]] + [len(text)]
        sections = [Section(s, e, title, level) for (s, title, level), e in zip(self._headings, ends, strict=False)]
        return Extracted(clean(text), tuple(sections))


def clean(text: str) -> str:
    """The text without halves of characters (lone surrogates), which JSON can hold and no output can."""
    return _SURROGATE.sub("\ufffd", text)


def plain_value(value: Any, depth: int = 0) -> Any:
    """A field's value as JSON can hold it. Raises DocumentError where it is nested beyond reason."""
    if depth > DEEPEST:
        raise DocumentError("is nested too deeply")
    if isinstance(value, float):
        return value if value - value == 0 else None  # JSON knows neither infinity nor NaN
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {clean(str(k)): plain_value(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(v, depth + 1) for v in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return clean(str(value))


@contextmanager
def damage_explained(source: str, what: str) -> Iterator[None]:
    """Turn whatever a library says of a damaged file into a DocumentError. Libraries raise almost anything there."""
    try:
        yield
    except DocumentError:
        raise
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise DocumentError(
            f"{source}: reading {what} needs the package {package}: pip install 'summarize[documents]'"
        ) from None
    except RecursionError:
        raise DocumentError(f"{source}: is nested too deeply") from None
    except MemoryError:
        raise DocumentError(f"{source}: does not fit into memory") from None
    except Exception as error:
        said = " ".join(str(error).split())[:120].rstrip(" .") or type(error).__name__
        raise DocumentError(f"{source}: is damaged, or is not {what} ({said})") from None
