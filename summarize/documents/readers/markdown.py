"""Markdown: its prose, without code, link targets, front matter, and the marks of GitHub and notes programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.readers.chats import read_chat
from summarize.documents.readers.markup import HEADINGS
from summarize.documents.superscripts import raised

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A\s*(?:---[ \t]*\r?\n.*?\r?\n(?:---|\.\.\.)|\+\+\+[ \t]*\r?\n.*?\r?\n\+\+\+)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
_ALERT = re.compile(r"\A\s*\[!\w{1,30}\][+-]?[ \t]*")
_WIKI_LINK = re.compile(r"(!?)\[\[([^\[\]|\n]{0,200})(?:\|([^\[\]\n]{0,200}))?\]\]")
_FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]{1,60}\]")
_EMOJI = re.compile(r"(^|\s):[a-z][a-z0-9_+-]{1,40}:(?=$|[\s.,;!?)])", re.MULTILINE)
_MARKS = re.compile(r"(?<!\w)(==|\+\+)(?=\S)([^=+\n]{1,300})(?<=\S)\1(?!\w)")
_LEFT_OUT = re.compile(
    r"%%[^%\n]{0,500}%%|\{%[^%}\n]{0,300}%\}|\{\{[^}\n]{0,300}\}\}|\{/\*[^*]{0,500}\*/\}"
    r"|[ \t]{0,4}\{[:#.][^}\n]{0,200}\}[ \t]{0,4}$"
    r"|[ \t]\^[\w-]{1,40}[ \t]{0,4}$"
    r"|^[a-z][\w-]{0,40}::(?:[ \t][^\n]*)?$|^(?:SCHEDULED|DEADLINE|CLOSED): [<\[]\d[^\n]*$",  # Logseq's properties
    re.MULTILINE,
)
_CONTROL_LINE = re.compile(  # of MDX, marks of a table of contents, abbreviations, and lines of tags
    r"""^(?:import\s[^\n]{1,200}\sfrom\s+['"][^\n]{1,200}|import\s+['"][^\n'"]{1,200}['"];?"""
    r"|export\s+(?:default|const|let|function)\s[^\n]*|\[\[?_?toc_?\]?\]"
    r"|\*\[[^\]\n]{1,60}\]:[^\n]*|(?:#[a-z][\w/-]{0,60}[ \t]{0,4}){1,40})[ \t]{0,4}$",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE_OF_NOTE = re.compile(
    r"^[ \t]{0,3}:{3,}[ \t]{0,4}\w{0,30}(?:\{[^}\n]{0,100}\})?(?:\[([^\]\n]{0,200})\])?([^\n]{0,200})$", re.MULTILINE
)
_TASK = re.compile(r"\A(?:(?:TODO|DONE|DOING|LATER|WAITING|CANCELED)\s+(?:\[#[A-C]\]\s+)?|\[[-/<>!?*]\]\s+)(?=\S)")
_NO_DESCRIPTION = re.compile(  # of a picture: the name of its file, or what programs write
    r"(?:image|img|picture|photo|screenshot|screen shot|alt text)?[\W\d_]*(?:at [\d. APM\u202f]+)?"
    r"|[^\n]{1,150}\.(?:png|jpe?g|gif|svg|webp|heic|bmp|tiff?)",
    re.IGNORECASE,
)
_RAISED = re.compile(r"(?<=\S)\^([^\s^~*]{1,10})\^")  # Pandoc's marks
_LOWERED = re.compile(r"(?<=\w)~(\d{1,3}|[a-z]{1,2})~")
_LABELLED_LINE = re.compile(r"[A-Z][\w ]{0,30}: \S")
_FENCE_OF_CODE = re.compile(r"\s{0,12}(`{3,}|~{3,})")
_COMPONENT = re.compile(r"[ \t]{0,12}(</?[A-Z][\w.]{0,60}(?=[\s/>])|\{/\*)")
_MAX_COMPONENT, _MAX_OPEN = 10_000, 20  # characters of a tag; tags that do not end, after which none is looked for
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_KINDS_OF_MARKS = (
    re.compile(rb"^#{1,6} +\S", re.MULTILINE),
    re.compile(rb"^(?:```|~~~)\w{0,20} *\r?$", re.MULTILINE),
    re.compile(rb"\[[^\]\n]{1,200}\]\([^)\s]{1,300}[^)\n]{0,100}\)"),
    re.compile(rb"(?<![\w*])\*\*[^\s*][^*\n]{0,200}(?<=[^\s*])\*\*(?![\w*])"),
    re.compile(rb"^ {0,3}\|?(?: *:?-{3,}:? *\|){1,30} *(?::?-{3,}:?)? *\r?$", re.MULTILINE),
    re.compile(rb"^\s{0,8}[-*+] \[[ xX]\] \S", re.MULTILINE),
    re.compile(rb"!\[[^\]\n]{0,200}\]\([^)\s]{1,300}\)"),
    re.compile(rb"\A(?:---|\+\+\+)\r?\n\w[\w-]{0,30}\s?[:=]"),
)


def looks_like_markdown(head: bytes) -> bool:
    """Whether the first bytes of a text have several kinds of Markdown's marks."""
    return sum(kind.search(head) is not None for kind in _KINDS_OF_MARKS) >= 2


def read_markdown(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The prose of Markdown: headings, paragraphs, lists, quotes, tables; no code, notes or link targets."""
    text = _FRONT_MATTER.sub("", decode(data, source), count=1)
    if not _HEADING.search(text) and (chat := read_chat(text.replace("\r\n", "\n"))):
        return chat
    reader = _Reader()
    for token in _parser().parse(_without_components(text)):
        reader.read(token)
    return reader.blocks.extracted()


def _without_components(text: str) -> str:
    """A text without the tags and comments of MDX at the beginning of lines, outside blocks of code."""
    kept: list[str] = []
    at, fence, n_open = 0, "", 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        mark = _FENCE_OF_CODE.match(text, at, end)
        component = None if fence or n_open > _MAX_OPEN else _COMPONENT.match(text, at, end)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if component and (after := _component_end(text, component.start(1))):
            at = after
            continue
        n_open += component is not None
        kept.append(text[at:end])
        at = end
    return "".join(kept)


def _component_end(text: str, start: int) -> int:
    """Where a tag with values in braces, or a comment, ends; 0 if it does not."""
    if text.startswith("{/*", start):
        return (
            text.find("*/}", start, start + _MAX_COMPONENT) + 3 if "*/}" in text[start : start + _MAX_COMPONENT] else 0
        )
    depth = 0
    for i in range(start, min(len(text), start + _MAX_COMPONENT)):
        depth += (text[i] == "{") - (text[i] == "}")
        if text[i] == ">" and depth <= 0:
            return i + 1
    return 0


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.tasklists import tasklists_plugin

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin).use(tasklists_plugin).use(admon_plugin)
    return parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)


class _Reader:
    """Adds the text of Markdown's tokens to blocks."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self._level = 0  # of the heading that is open
        self._cells: list[str] | None = None  # of the row that is open
        self._in_notes = False
        self._in_term = False
        self._term = ""

    def read(self, token: Token) -> None:
        """Read one token of the text's blocks."""
        if token.type in ("footnote_block_open", "footnote_block_close"):
            self._in_notes = token.type.endswith("open")
        elif self._in_notes:
            return
        elif token.type == "heading_open":
            self._level = HEADINGS[token.tag]
        elif token.type == "heading_close":
            self._level = 0
        elif token.type == "tr_open":
            self._cells = []
        elif token.type == "tr_close":
            self.blocks.add(" | ".join(filter(None, self._cells or ())))
            self._cells = None
        elif token.type in ("dt_open", "dt_close"):
            self._in_term = token.type == "dt_open"
        elif token.type == "html_block":
            for paragraph in _html_paragraphs(token.content):
                self.blocks.add(paragraph)
        elif token.type == "inline":
            self._add(_without_marks(token.children or []))

    def _add(self, words: str) -> None:
        if self._cells is not None:
            self._cells.append(" ".join(words.split()))
        elif self._level:
            self.blocks.heading(words, self._level)
        elif self._in_term:
            self._term = words.strip().rstrip(":")
        else:
            for paragraph in _paragraphs(words):
                self.blocks.add(f"{self._term}: {paragraph}" if self._term and paragraph.strip() else paragraph)
            self._term = ""


def _paragraphs(words: str) -> list[str]:
    """The paragraphs of a text; lines that all have labels, as a page's properties in Notion, are paragraphs, too."""
    lines = [line.strip() for line in words.strip().split("\n")]
    return lines if len(lines) > 1 and all(map(_LABELLED_LINE.match, lines)) else words.split("\n\n")


def _without_marks(tokens: Sequence[Token]) -> str:
    """The text of the tokens of a paragraph, without marks that CommonMark does not know."""
    inline = _Inline()
    for token in tokens:
        inline.read(token)
    text = "".join(piece if is_code else _plain(piece) for is_code, piece in inline.joined())
    text = _TASK.sub("", text)
    alert = _ALERT.match(text)
    return text if alert is None else text[alert.end() :].replace("\n", "\n\n", 1)  # the title is a paragraph


def _plain(text: str) -> str:
    text = _FENCE_OF_NOTE.sub(r"\1\2\n", _CONTROL_LINE.sub("", text))
    text = _LOWERED.sub(r"\1", text)
    text = _RAISED.sub(lambda found: raised(found.string[: found.start()], found[1]), text)
    text = _WIKI_LINK.sub(lambda link: "" if link[1] else link[3] or link[2].strip("# ").replace("#", " "), text)
    text = _LEFT_OUT.sub("", _FOOTNOTE_MARK.sub("", text))
    return _EMOJI.sub(r"\1", _MARKS.sub(r"\2", text))


class _Inline:
    """The text of the tokens of a paragraph, in pieces that are code or not."""

    def __init__(self) -> None:
        self._pieces: list[tuple[bool, str]] = []
        self._n_struck = 0
        self._link_starts: list[int] = []
        self._raised_starts: list[int] = []

    def joined(self) -> list[tuple[bool, str]]:
        """The pieces, with neighbours of the same kind joined."""
        joined: list[tuple[bool, list[str]]] = []
        for is_code, text in self._pieces:
            if not joined or joined[-1][0] != is_code:
                joined.append((is_code, []))
            joined[-1][1].append(text)
        return [(is_code, "".join(texts)) for is_code, texts in joined]

    def read(self, token: Token) -> None:
        """Read one token."""
        if token.type in ("s_open", "s_close"):
            self._n_struck += token.nesting
        elif token.type == "html_inline":
            self._read_tag(token.content.lower())
        elif self._n_struck:
            return
        elif token.type in ("text", "code_inline", "math_inline"):
            self._pieces.append((token.type != "text", token.content))
        elif token.type == "image":
            description = "" if _NO_DESCRIPTION.fullmatch(token.content) else token.content
            self._pieces.append((False, description if not self._link_starts else "\0"))
        elif token.type in ("softbreak", "hardbreak"):
            self._pieces.append((False, "\n"))
        elif token.type == "link_open":
            self._link_starts.append(len(self._pieces))
        elif token.type == "link_close" and self._link_starts:
            self._end_link(self._link_starts.pop())

    def _end_link(self, start: int) -> None:
        """A link of pictures alone is a badge, and is left out."""
        kept = [(is_code, text) for is_code, text in self._pieces[start:] if text != "\0"]
        self._pieces[start:] = kept if any(text.strip() for _, text in kept) else []

    def _read_tag(self, tag: str) -> None:
        if re.match(r"<(?:del|s|strike)\b", tag):
            self._n_struck += 1
        elif re.match(r"</(?:del|s|strike)\b", tag):
            self._n_struck = max(self._n_struck - 1, 0)
        elif tag.startswith("<br"):
            self._pieces.append((False, "\n"))
        elif tag.startswith("<sup"):
            self._raised_starts.append(len(self._pieces))
        elif tag.startswith("</sup") and self._raised_starts:
            start = self._raised_starts.pop()
            before = "".join(text for _, text in self._pieces[max(start - 20, 0) : start])
            mark = "".join(text for _, text in self._pieces[start:])
            self._pieces[start:] = [(False, raised(before, mark))]


class _HtmlText(HTMLParser):
    """The paragraphs of HTML within Markdown."""

    _BLOCKS = ("p", "div", "li", "summary", "details", "tr", "br", "dt", "dd", "blockquote", *HEADINGS)
    _UNREAD = ("script", "style", "pre", "svg", "template", "picture", "video", "iframe", "del", "s")

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs = [""]
        self._unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self._UNREAD:
            self._unread.append(tag)
        elif tag in self._BLOCKS:
            self.paragraphs.append("")
        elif tag in ("td", "th") and self.paragraphs[-1].strip():
            self.paragraphs[-1] += " | "

    def handle_endtag(self, tag: str) -> None:
        if self._unread and self._unread[-1] == tag:
            self._unread.pop()
        elif tag in self._BLOCKS:
            self.paragraphs.append("")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.paragraphs[-1] += data


def _html_paragraphs(markup: str) -> list[str]:
    parser = _HtmlText()
    parser.feed(markup)
    parser.close()
    return [_plain(paragraph) for paragraph in parser.paragraphs]
