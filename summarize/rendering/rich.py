"""Summaries as panels on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from summarize.rendering.records import Record, new_section
from summarize.rendering.terminal import Color, console
from summarize.rendering.text import heading, passage, printable
from summarize.rendering.words import ShownWord, shown_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from summarize.grounding.explanation import Explanation, SourceSentence

# Legible without colour: what was copied is plain, what was written underlined, what is unsupported reversed.
COPIED, WRITTEN, NEW, CLAIM = "green", "underline yellow", "bold underline yellow", "bold reverse red"
LEGEND = {
    COPIED: "copied",
    WRITTEN: "written",
    NEW: "a word that the document lacks",
    CLAIM: "unsupported number or name",
}
# And in words where there is neither colour nor underlining: _written_, _+new+_, [?unsupported?].
MARKS = {COPIED: ("", ""), WRITTEN: ("_", "_"), NEW: ("_+", "+_"), CLAIM: ("[?", "?]")}


class RichRenderer:
    """A panel a document; of an explained one, each word's origin and under each sentence its passages."""

    says_what_was_read = True

    def __init__(self, out: IO[str], color: Color = "auto") -> None:
        self._console = console(out, color)

    def write(self, record: Record) -> None:
        """Print one panel; failed documents are told of on stderr only."""
        if record.summary is None:
            return
        from rich.panel import Panel
        from rich.text import Text

        read = f"{record.selected_words:,} of {record.words:,} words read"
        if record.selected_words == record.words:
            read = f"{record.words:,} words read"
        title = Text(heading(record.source), style="bold")
        self._console.print(
            Panel(
                self._body(record),
                title=title,
                title_align="left",
                subtitle=Text(read, style="dim"),
                subtitle_align="right",
                padding=(0, 1),
            )
        )

    def close(self) -> None:
        """Nothing comes after the last one."""

    def _body(self, record: Record) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        explanation = record.explanation
        if explanation is None:
            return _plain_body(record)
        has_styles = self._console.color_system is not None
        parts: list[RenderableType] = []
        used: set[str] = set()
        for i, (words, passages) in enumerate(zip(shown_words(record), explanation.passages, strict=True)):
            if title := new_section(record, i):
                parts += [Text(heading(title), style="bold"), Text("")]
            parts.append(_sentence(words, has_styles))
            parts += [_passages(explanation, passages, words), Text("")]
            used |= {_style(word) for word in words if not word.is_mark}
        return Group(*parts, _legend(used, has_styles))


def _plain_body(record: Record) -> Text:
    """The sentences, a line each, under the titles of an outline."""
    from rich.text import Text

    body = Text()
    for i, sentence in enumerate(record.sentences):
        if title := new_section(record, i):
            body.append("\n" * (2 if i else 0)).append(heading(title), style="bold")
        body.append("\n" if body else "").append(printable(sentence["text"]))
    return body


def _style(word: ShownWord) -> str:
    if word.is_claim:
        return CLAIM
    if word.is_copied:
        return COPIED
    return NEW if word.unsupported else WRITTEN


def _marked(text: str, style: str, has_styles: bool) -> str:
    before, after = ("", "") if has_styles else MARKS[style]
    return f"{before}{text}{after}"


def _sentence(words: list[ShownWord], has_styles: bool) -> Text:
    """A sentence, each word in the style of where it came from; punctuation that was written stays plain."""
    from rich.text import Text

    line = Text()
    for i, word in enumerate(words):
        style = _style(word)
        joins = i > 0 and not word.space and style == CLAIM == _style(words[i - 1])
        line.append(word.space)
        if word.is_mark and style in (WRITTEN, NEW):
            line.append(printable(word.text))
        elif joins and not has_styles:
            line.right_crop(len(MARKS[CLAIM][1]))
            line.append(printable(word.text) + MARKS[CLAIM][1])
        else:
            line.append(_marked(printable(word.text), style, has_styles), style)
    return line


def _passages(explanation: Explanation, passages: Sequence[SourceSentence], words: list[ShownWord]) -> RenderableType:
    """Passages behind their lines' numbers, what was copied from them bright and the rest dim."""
    from rich.box import MINIMAL
    from rich.table import Table
    from rich.text import Text

    if not passages:
        return Text("     not from one place of the document", style="dim")
    table = Table(box=MINIMAL, show_header=False, show_edge=False, border_style="dim", padding=(0, 1))
    table.add_column(justify="right", min_width=3, no_wrap=True, style="dim")
    table.add_column()
    for found in passages:
        table.add_row(str(found.line), _passage(explanation.document, found, words))
    return table


def _passage(document: str, found: SourceSentence, words: list[ShownWord]) -> Text:
    from rich.text import Text

    text = Text(style="dim")
    at = found.start
    for start, end in sorted({word.span for word in words if word.span}):
        if at <= start and end <= found.end:
            text.append(_flat(document[at:start]))
            text.append(_flat(document[start:end]), "not dim")
            at = end
    text.append(_flat(document[at : found.end]))
    return text


def _flat(text: str) -> str:
    """The same on one line, with the space at its ends."""
    inner = passage(text)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{inner}{' ' * (after and bool(inner))}"


def _legend(used: set[str], has_styles: bool) -> Text:
    from rich.text import Text

    legend = Text()
    for style, meaning in LEGEND.items():
        if style in used:
            legend.append("   " if legend else "")
            legend.append(_marked(meaning, style, has_styles), style)
    return legend
