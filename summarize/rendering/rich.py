"""Summaries as panels on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from summarize.rendering.records import Record, new_section
from summarize.rendering.terminal import Color, make_console
from summarize.rendering.text import on_one_line, printable, unwrapped
from summarize.rendering.words import ShownWord, shown_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from summarize.grounding.explanation import Explanation, SourceSentence

# Legible without colour: copied words are plain, generated ones underlined, unsupported facts reversed.
COPIED, GENERATED, NEW, UNSUPPORTED = "green", "underline yellow", "bold underline yellow", "bold reverse red"
LEGEND = {
    COPIED: "copied",
    GENERATED: "generated",
    NEW: "a word not in the document",
    UNSUPPORTED: "unsupported number or name",
}
# Marks before and after a word, where there is neither colour nor underlining.
MARKS = {COPIED: ("", ""), GENERATED: ("_", "_"), NEW: ("_+", "+_"), UNSUPPORTED: ("[?", "?]")}


class RichRenderer:
    """One panel per document. That of an explained summary shows each word's origin and each sentence's passages."""

    shows_word_counts = True

    def __init__(self, out: IO[str], color: Color = "auto") -> None:
        self._console = make_console(out, color)

    def write(self, record: Record) -> None:
        """Print one panel. A document that failed is skipped: it is reported on stderr."""
        if record.summary is None:
            return
        from rich.panel import Panel
        from rich.text import Text

        word_counts = f"{record.n_words_read:,} of {record.n_words:,} words read"
        if record.n_words_read == record.n_words:
            word_counts = f"{record.n_words:,} words read"
        title = Text(on_one_line(record.source), style="bold")
        self._console.print(
            Panel(
                self._body(record),
                title=title,
                title_align="left",
                subtitle=Text(word_counts, style="dim"),
                subtitle_align="right",
                padding=(0, 1),
            )
        )

    def close(self) -> None:
        """Nothing follows the last panel."""

    def _body(self, record: Record) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        explanation = record.explanation
        if explanation is None:
            return _plain_body(record)
        has_styles = self._console.color_system is not None
        parts: list[RenderableType] = []
        used_styles: set[str] = set()
        for i, (words, passages) in enumerate(zip(shown_words(record), explanation.passages, strict=True)):
            if title := new_section(record, i):
                parts += [Text(on_one_line(title), style="bold"), Text("")]
            parts.append(_sentence(words, has_styles))
            parts += [_passages(explanation, passages, words), Text("")]
            used_styles |= {_style(word) for word in words if not word.is_punctuation}
        return Group(*parts, _legend(used_styles, has_styles))


def _plain_body(record: Record) -> Text:
    """The sentences, one per line, under their section titles if there are any."""
    from rich.text import Text

    body = Text()
    for i, sentence in enumerate(record.sentences):
        if title := new_section(record, i):
            body.append("\n" * (2 if i else 0)).append(on_one_line(title), style="bold")
        body.append("\n" if body else "").append(printable(sentence["text"]))
    return body


def _style(word: ShownWord) -> str:
    if word.is_unsupported_fact:
        return UNSUPPORTED
    if word.is_copied:
        return COPIED
    return NEW if word.claim_kind else GENERATED


def _marked(text: str, style: str, has_styles: bool) -> str:
    before, after = ("", "") if has_styles else MARKS[style]
    return f"{before}{text}{after}"


def _sentence(words: list[ShownWord], has_styles: bool) -> Text:
    """A sentence, each word in the style of its origin. Generated punctuation stays plain."""
    from rich.text import Text

    line = Text()
    for i, word in enumerate(words):
        style = _style(word)
        continues_claim = i > 0 and not word.space_before and style == UNSUPPORTED == _style(words[i - 1])
        line.append(word.space_before)
        if word.is_punctuation and style in (GENERATED, NEW):
            line.append(printable(word.text))
        elif continues_claim and not has_styles:
            closing_mark = MARKS[UNSUPPORTED][1]
            line.right_crop(len(closing_mark))
            line.append(printable(word.text) + closing_mark)
        else:
            line.append(_marked(printable(word.text), style, has_styles), style)
    return line


def _passages(explanation: Explanation, passages: Sequence[SourceSentence], words: list[ShownWord]) -> RenderableType:
    """Passages beside their line numbers, copied words bright and the rest dim."""
    from rich.box import MINIMAL
    from rich.table import Table
    from rich.text import Text

    if not passages:
        return Text("     not from any one sentence of the document", style="dim")
    table = Table(box=MINIMAL, show_header=False, show_edge=False, border_style="dim", padding=(0, 1))
    table.add_column(justify="right", min_width=3, no_wrap=True, style="dim")
    table.add_column()
    for passage in passages:
        table.add_row(str(passage.line), _passage(explanation.document, passage, words))
    return table


def _passage(document: str, passage: SourceSentence, words: list[ShownWord]) -> Text:
    from rich.text import Text

    text = Text(style="dim")
    at = passage.start
    for start, end in sorted({word.span for word in words if word.span}):
        if at <= start and end <= passage.end:
            text.append(_flat(document[at:start]))
            text.append(_flat(document[start:end]), "not dim")
            at = end
    text.append(_flat(document[at : passage.end]))
    return text


def _flat(text: str) -> str:
    """A part of a passage on one line, with a space at either end if it had any there."""
    inner = unwrapped(text)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{inner}{' ' * (after and bool(inner))}"


def _legend(used_styles: set[str], has_styles: bool) -> Text:
    """What the styles of a panel mean."""
    from rich.text import Text

    legend = Text()
    for style, meaning in LEGEND.items():
        if style in used_styles:
            legend.append("   " if legend else "")
            legend.append(_marked(meaning, style, has_styles), style)
    return legend
