"""Documents and their sections, the options of reading, and what all readers need to build a text from its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from summarize.documents.characters import clean as clean  # for readers: what they add to a text is clean
from summarize.documents.characters import without_surrogates
from summarize.errors import DocumentError

# Of a row, the first of these that there is holds its text. "source" comes last, for it may be an address.
DOCUMENT_FIELDS = ("document", "article", "text", "dialogue", "content", "body", "message", "source")
ID_FIELDS = ("id", "doc_id", "document_id")
MEGABYTE = 1_000_000
MAX_DEPTH = 100  # levels of a nested value; what people write has a few


@dataclass(frozen=True)
class Section:
    """A heading and the text up to the next heading: text[start:end], which begins with the title.

    level: 1 for a chapter, 2 for a section of one, and so on.
    """

    start: int
    end: int
    title: str
    level: int = 1


@dataclass(frozen=True)
class Document:
    """A text to summarise, and where it comes from.

    source: a path, "stdin", or a row's id. fields: the other fields of a row, or a message's headers; JSON values only.
    path: of the file. part: which of a file's documents this is ("line 12", "message 3"), or "".
    notes: what of the file could not be read, a sentence each.
    """

    source: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    sections: tuple[Section, ...] = ()
    path: str = field(default="", compare=False)
    part: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def location(self) -> str:
        """Its file and part, for messages."""
        return f"{self.path}, {self.part}" if self.part else self.source


@dataclass(frozen=True)
class ReadOptions:
    """How to read.

    format: one of INPUT_FORMATS, whatever name and content say. field, id_field: a row's fields with text and id.
    recursive: read the files in folders. max_bytes: of one document (a file, or a row), after decompression.
    """

    format: str | None = None
    field: str | None = None
    id_field: str | None = None
    recursive: bool = False
    max_bytes: int = 100 * MEGABYTE

    def too_large(self, location: str) -> DocumentError:
        """The error for a document of more than max_bytes."""
        megabytes = f"{self.max_bytes / MEGABYTE:g} MB"
        return DocumentError(f"{location}: is larger than {megabytes} (decompressed); --max-size raises the limit")


@dataclass(frozen=True)
class Extracted:
    """What a reader extracts from a file: a text, its sections, fields such as a message's subject, and notes on what
    could not be read ("the chapter c1.xhtml is missing and is left out")."""

    text: str
    sections: tuple[Section, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Blocks:
    """Joins paragraphs and headings to a text, with blank lines between them, and records its sections."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._length = 0
        self._headings: list[tuple[int, str, int]] = []

    def add(self, text: str) -> None:
        """Add a paragraph, with single spaces between its words; a blank one is ignored."""
        if text := " ".join(clean(text).split()):
            self._blocks.append(text)
            self._length += len(text) + 2

    def heading(self, title: str, level: int) -> None:
        """Add a heading, which begins a section."""
        if title := " ".join(clean(title).split()):
            self._headings.append((self._length, title, level))
            self.add(title)

    def extracted(self) -> Extracted:
        """The whole text with its sections."""
        text = "\n\n".join(self._blocks)
        ends = [start for start, _, _ in self._headings[1:]] + [len(text)]
        sections = [Section(s, e, title, level) for (s, title, level), e in zip(self._headings, ends, strict=False)]
        return Extracted(text, tuple(sections))


def plain_value(value: Any, depth: int = 0) -> Any:
    """A field's value as JSON can hold it. Raises DocumentError if it is nested more than MAX_DEPTH deep."""
    if depth > MAX_DEPTH:
        raise DocumentError("is nested too deeply")
    if isinstance(value, float):
        return value if value - value == 0 else None  # JSON knows neither infinity nor NaN
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {without_surrogates(str(k)): plain_value(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(v, depth + 1) for v in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return without_surrogates(str(value))


@contextmanager
def damage_explained(source: str, what: str) -> Iterator[None]:
    """Turn any error of a library into a DocumentError: libraries raise almost anything at a damaged file.

    what: the format's name.
    """
    try:
        yield
    except DocumentError:
        raise
    except ImportError as error:
        raise DocumentError(f"{source}: reading {what} needs {_missing(error)}") from None
    except RecursionError:
        raise DocumentError(f"{source}: is nested too deeply") from None
    except MemoryError:
        raise DocumentError(f"{source}: does not fit into memory") from None
    except Exception as error:
        raise DocumentError(f"{source}: is damaged, or is not {what} ({reason_of(error)})") from None


def _missing(error: ImportError) -> str:
    """What has to be installed after an import has failed, and how."""
    install = "pip install 'summarize[documents]'"
    package = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package:
        return f"the package {package}: {install}"
    return f"packages that cannot be imported ({reason_of(error)}): {install}"


def reason_of(error: Exception) -> str:
    """What an error says, in one short line."""
    said = getattr(error, "strerror", None) or str(error)
    return " ".join(str(said).split())[:120].rstrip(" .") or type(error).__name__
