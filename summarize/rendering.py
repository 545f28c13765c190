"""Results as people and programs read them: panels on a terminal, plain text in a pipe, JSON, tables of scores.

Text that comes from a document is data: never markup, never a terminal's control sequence.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from typing import IO, Any, Literal, Protocol

from summarize.evaluation import ROUGE_TYPES, Evaluation
from summarize.terminal import Color, console

Format = Literal["auto", "rich", "plain", "json", "jsonl"]
FORMATS: tuple[Format, ...] = ("auto", "rich", "plain", "json", "jsonl")


@dataclasses.dataclass(frozen=True)
class Record:
    """What became of one document: a summary as text and data, or an error."""

    source: str
    model: str
    summary: str | None = None
    sentences: tuple[dict[str, Any], ...] = ()
    words: int = 0
    selected_words: int = 0
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON record."""
        return {
            "source": self.source,
            "summary": self.summary,
            "sentences": list(self.sentences),
            "model": self.model,
            "read": {"words": self.words, "selected_words": self.selected_words},
            "error": self.error,
        }


class Renderer(Protocol):
    """Writes records one by one to a stream, each as soon as it is there."""

    says_what_was_read: bool  # whether its output tells how much of a document was read

    def write(self, record: Record) -> None:
        """Write one record."""
        ...

    def close(self) -> None:
        """Write what comes after the last one."""
        ...


def printable(text: str) -> str:
    """Text without control characters: what it says cannot move a cursor or change a colour."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def heading(source: str) -> str:
    """A document's name, or a message that may hold one, on one line."""
    return printable(source).replace("\n", "�").replace("\t", "�")


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON in readable Unicode, except what a terminal would obey or a reader of lines would break at."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return re.sub("[\x7f-\x9f\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


class PlainRenderer:
    """A summary's sentences, one a line; a blank line and a heading between documents where there are several."""

    says_what_was_read = False

    def __init__(self, out: IO[str], several: bool) -> None:
        self._out, self._several, self._first = out, several, True

    def write(self, record: Record) -> None:
        """Write one summary; failed documents are told of on stderr only."""
        if record.summary is None:
            return
        if self._several:
            print("" if self._first else "\n", f"==> {heading(record.source)} <==", sep="", file=self._out)
        self._first = False
        for sentence in record.sentences:
            print(printable(sentence["text"]), file=self._out)
        self._out.flush()

    def close(self) -> None:
        """Nothing comes after the last one."""


class RichRenderer:
    """A panel a document."""

    says_what_was_read = True

    def __init__(self, out: IO[str], color: Color = "auto") -> None:
        self._console = console(out, color)

    def write(self, record: Record) -> None:
        """Print one panel; failed documents are told of on stderr only."""
        if record.summary is None:
            return
        from rich.panel import Panel
        from rich.text import Text

        body = Text("\n".join(printable(s["text"]) for s in record.sentences))
        read = f"{record.selected_words:,} of {record.words:,} words read"
        if record.selected_words == record.words:
            read = f"{record.words:,} words read"
        title = Text(heading(record.source), style="bold")
        self._console.print(
            Panel(
                body,
                title=title,
                title_align="left",
                subtitle=Text(read, style="dim"),
                subtitle_align="right",
                padding=(0, 1),
            )
        )

    def close(self) -> None:
        """Nothing comes after the last one."""


class JsonLinesRenderer:
    """One JSON object a line."""

    says_what_was_read = True

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, record: Record) -> None:
        """Write one line."""
        print(to_json(record.as_dict()), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing comes after the last one."""


class JsonRenderer:
    """One JSON array of all records."""

    says_what_was_read = True

    def __init__(self, out: IO[str]) -> None:
        self._out, self._first = out, True

    def write(self, record: Record) -> None:
        """Write one element of the array."""
        opening = "[" if self._first else ","
        self._first = False
        text = to_json(record.as_dict(), indent=2)
        self._out.write(f"{opening}\n{text}")
        self._out.flush()

    def close(self) -> None:
        """Close the array."""
        self._out.write("[]\n" if self._first else "\n]\n")
        self._out.flush()


def renderer(format: Format, out: IO[str], several: bool, color: Color = "auto") -> Renderer:
    """The renderer for a format; "auto" is rich on a terminal and plain elsewhere."""
    if format == "auto":
        format = "rich" if out.isatty() else "plain"
    match format:
        case "rich":
            return RichRenderer(out, color)
        case "json":
            return JsonRenderer(out)
        case "jsonl":
            return JsonLinesRenderer(out)
        case _:
            return PlainRenderer(out, several)


def render_scores(
    evaluations: Sequence[Evaluation], signature: str, out: IO[str], format: str, color: Color = "auto"
) -> None:
    """Scores as a table (out of 100), or as JSON (fractions of 1)."""
    if format == "json":
        systems = [
            {"name": e.name} | {rouge: dataclasses.asdict(s) for rouge, s in e.scores.items()} for e in evaluations
        ]
        document = {"signature": signature, "documents": evaluations[0].documents, "systems": systems}
        print(json.dumps(document, indent=2), file=out)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=signature, caption_justify="left")
    table.add_column("system")
    for heading in ("ROUGE", "precision", "recall", "F1"):
        table.add_column(heading, justify="left" if heading == "ROUGE" else "right")
    for e in evaluations:
        for i, rouge in enumerate(ROUGE_TYPES):
            s = e.scores[rouge]
            name = Text(f"{printable(e.name)} ({e.documents:,} documents)" if i == 0 else "")
            cells = [f"{100 * x:.2f}" for x in (s.precision, s.recall, s.fmeasure)]
            table.add_row(name, rouge.removeprefix("rouge"), *cells, end_section=i == len(ROUGE_TYPES) - 1)
    console(out, color).print(table)
