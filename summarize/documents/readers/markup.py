"""HTML to blocks of text: the characters of a page, and its visible paragraphs, headings, items and rows in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from summarize.documents.document import Blocks
from summarize.documents.encodings import decode, decode_declared, marked_encoding
from summarize.documents.readers.style_sheets import hide_by_sheets
from summarize.documents.superscripts import raised

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HEAD_BYTES = 1 << 16  # where a page declares its encoding; scripts and styles may stand before it
_CHARSET = re.compile(
    rb"""<\?xml\s[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})|<meta\s[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "col", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "title",
))  # fmt: skip
_IN_CELLS = frozenset((
    "p", "div", "br", "li", "span", "center", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol",
))  # fmt: skip
_UNREAD = frozenset((
    "script", "style", "head", "noscript", "template", "svg", "math", "rt", "rp", "select", "textarea", "datalist",
    "object", "audio", "video", "canvas", "iframe",
))  # fmt: skip
_STRUCK = frozenset(("del", "s", "strike"))
_SCREEN_READER_CLASS = re.compile(
    r"(?:^|\s)(?:(?:visually|visibly|a11y|u|is|screenreader)-?hidden|sr-only|screen-reader-text|screenreader(?:-only)?"
    r"|assistive-text|mw-editsection|headerlink)(?:\s|$)",
    re.IGNORECASE,
)
_HIDDEN_CLASS = re.compile(r"(?:^|\s)(?:d-none|hidden|is-hidden|hide)(?:\s|$)", re.IGNORECASE)
_SHOWN_CLASS = re.compile(r":|\bd-[a-z]{2,3}-|\bshow\b", re.IGNORECASE)  # on some screens
_INVISIBLE_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,5}(?:px|r?em)|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]|max-height\s*:\s*0(?:px)?\s*(?:;|$))",
    re.IGNORECASE,
)
_TRANSPARENT_STYLE = re.compile(r"(?:^|[;\s])opacity\s*:\s*(?:0(?:\.0+)?%?)\s*(?:!important\s*)?(?:;|$)", re.IGNORECASE)
_ANIMATED_STYLE = re.compile(r"transform|transition|animation|will-change", re.IGNORECASE)  # it is shown by and by
_ANIMATED = ("data-aos", "data-w-id", "data-framer-name", "data-framer-appear-id", "data-sal", "data-scroll")
_NO_SIZE_STYLE = re.compile(
    r"(?:^|[;\s])font-size\s*:\s*0(?:\.0+)?(?:px|pt|r?em|%)?\s*(?:!important\s*)?(?:;|$)", re.IGNORECASE
)
_RAISED_STYLE = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_NOTE_MARK = re.compile(r"\b(?:doc-)?(?:noteref|footnote-?ref|endnote-?ref|fnref|footnote-?anchor)\b", re.IGNORECASE)
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_MAX_NOTE_MARK = 6  # characters
_SPACES = re.compile(r"\s+")
_EMPTY_LINE = re.compile(r"\n[ \t\xa0]*\n")
_CELL = "\x1f"  # stands between the cells of a row until the row is complete
_PROSE_WORDS = 12  # in a cell of so many, which ends with a full stop
_MAX_CELL = 300  # characters; a longer cell is a text, not a value


@dataclass(slots=True)
class TextBlock:
    r"""A paragraph, heading, item or row of an HTML tree.

    text: with single spaces, and "\n" for a line break. level: of a heading, or 0. element: the innermost block element
    that holds it. is_preformatted: its spaces and lines are those of the source. n_link_chars: how much of it is links'
    text.
    """

    text: str
    level: int
    element: Any
    is_preformatted: bool = False
    n_link_chars: int = 0


def decode_html(data: bytes, source: str, charset: str | None = None) -> str:
    """HTML's characters: by byte order mark, in the encoding that it declares, or as any other text.

    charset: the encoding that the transport names (a message's header), which counts before the page's own.
    """
    if marked_encoding(data):
        return decode(data, source)
    declared = _CHARSET.search(data[:_HEAD_BYTES])
    in_page = (declared[1] or declared[2]).decode("ascii") if declared else None
    for name in filter(None, (charset, in_page)):
        if (text := decode_declared(data, name)) is not None:
            return text
    return decode(data, source)


def parse_html(page: str) -> Any:
    """The tree of a page (an lxml element) without comments, at which the article finder parts texts; None if it has no
    text. What its style sheets hide has a style that does."""
    from lxml import html

    page = _XML_DECLARATION.sub("", page).replace("\0", " ")
    parser = html.HTMLParser(remove_comments=True, remove_pis=True)
    tree = html.document_fromstring(page, parser=parser) if page.strip() else None
    if tree is not None:
        hide_by_sheets(tree)
    return tree


def chapter(tree: Any, blocks: Blocks | None = None) -> Blocks:
    """All text of an HTML tree in order, with its headings; for HTML that is text throughout, such as a book.

    blocks: where to add it; by default new ones.
    """
    blocks = Blocks() if blocks is None else blocks
    for block in text_blocks(tree):
        add_block(block, blocks)
    return blocks


def add_block(block: TextBlock, blocks: Blocks) -> None:
    """Add a block of a tree to those of a document."""
    if block.level:
        blocks.heading(block.text, block.level)
    else:
        blocks.add(block.text)


def tag_of(element: Any) -> str:
    """An element's name without its namespace; "" for a comment or instruction."""
    tag = element.tag
    return _local_name(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1024)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def is_invisible(element: Any, attributes: dict[str, str] | None = None) -> bool:
    """Whether a reader of the page does not see an element. attributes: its own, if they are known."""
    attributes = dict(element.items()) if attributes is None else attributes
    if not attributes:
        return False
    if attributes.get("aria-hidden", "").lower() == "true":
        return True
    if "hidden" in attributes and attributes["hidden"].lower() != "until-found":
        return True
    if "class" in attributes and _is_hidden_class(attributes["class"]):
        return True
    return "style" in attributes and _has_invisible_style(element, attributes["style"])


@lru_cache(maxsize=1024)  # a page repeats its classes
def _is_hidden_class(names: str) -> bool:
    if _SCREEN_READER_CLASS.search(names):
        return True
    return _HIDDEN_CLASS.search(names) is not None and not _SHOWN_CLASS.search(names)


def _has_invisible_style(element: Any, style: str) -> bool:
    """Whether a style hides an element. One that is transparent until a script moves it in is shown, and one whose
    letters have no size only takes the space from between its children, if these have a size of their own."""
    if _INVISIBLE_STYLE.search(style):
        return True
    if _TRANSPARENT_STYLE.search(style):
        return not _ANIMATED_STYLE.search(style) and not any(name in element.attrib for name in _ANIMATED)
    if not _NO_SIZE_STYLE.search(style):
        return False
    return not any(
        "class" in inner.attrib or "size" in inner.attrib or "font" in inner.get("style", "")
        for inner in element.iterdescendants()
        if isinstance(inner.tag, str)
    )


def text_blocks(tree: Any) -> Iterator[TextBlock]:
    """The blocks of a tree in order, without what is invisible, scripts, and text that is struck out.

    Superscripts become plain text in the tree, too, so that the article finder reads the same text.
    """
    from lxml import etree

    walk = _Walk()
    events = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in events:
        if event == "start":
            walk.start(element, tag_of(element))
            if walk.is_unread:
                events.skip_subtree()
        elif event == "end":
            walk.end(element, tag_of(element))
        else:
            walk.add(element.tail)
        if walk.finished:
            yield from walk.finished
            walk.finished.clear()
    walk.finish(tree)
    yield from walk.finished


class _Walk:
    """The state of a walk through a tree: what is open, and the text since the last end of a block."""

    def __init__(self) -> None:
        self.finished: list[TextBlock] = []
        self._pieces: list[str] = []
        self._n_link_chars = 0
        self._unread: Any = None  # the outermost open element that is not read
        self._headings: list[int] = []  # levels of open headings
        self._raised: list[int] = []  # for open superscripts: how many pieces stood before
        self._depths = dict.fromkeys(("a", "pre", "row"), 0)
        self._data_tables: set[Any] = set()
        self._blocks: list[Any] = []  # open block elements
        self._term = ""  # of a definition list, until its definition follows

    @property
    def is_unread(self) -> bool:
        """Whether the open element is not read."""
        return self._unread is not None

    def add(self, text: str | None) -> None:
        """Add running text."""
        if text and self._unread is None:
            if not self._depths["pre"]:
                text = _SPACES.sub(" ", text)
            self._pieces.append(text)
            if self._depths["a"]:
                self._n_link_chars += len(text.strip())

    def start(self, element: Any, tag: str) -> None:
        """An element begins."""
        is_control = tag == "button" and not self._headings
        is_note_mark = tag == "a" and _is_note_mark(element)
        if tag in _UNREAD or tag in _STRUCK or is_control or is_invisible(element) or is_note_mark:
            self._unread = element
            return
        if tag == "table" and _is_data(element):
            self._data_tables.add(element)
        if self._is_block(element, tag):
            self.flush(element)
            self._blocks.append(element)
        elif self._depths["row"]:
            self._start_in_row(tag)
        if tag == "tr" and self._blocks[-1:] == [element] and self._in_data_table(element):
            self._depths["row"] += 1
        if tag == "pre" or (tag == "a" and "href" in element.attrib):
            self._depths[tag] += 1
        if _is_raised(element, tag):
            self._raised.append(len(self._pieces))
        elif tag == "q":
            self._pieces.append("“")
        elif tag == "br":
            self._pieces.append(" " if self._depths["row"] else "\n")
        if tag in HEADINGS and not self._depths["row"]:
            self._headings.append(HEADINGS[tag])
        self.add(element.text)

    def end(self, element: Any, tag: str) -> None:
        """An element ends, and the text after it follows."""
        if self._unread is not None:
            if self._unread is element:
                self._unread = None
                self.add(element.tail)
            return
        if _is_raised(element, tag) and self._raised:
            self._end_superscript(element)
        elif tag == "q":
            self._pieces.append("”")
        if self._blocks and self._blocks[-1] is element:
            if tag == "tr" and self._depths["row"]:
                self._depths["row"] -= 1
            self.flush(element)
            self._blocks.pop()
        elif self._depths["row"] and tag in _IN_CELLS:
            self._pieces.append(" ")
        if tag in HEADINGS and self._headings:
            self._headings.pop()
        if tag == "pre" or (tag == "a" and "href" in element.attrib):
            self._depths[tag] -= 1
        if tag == "dl":
            self._end_term(element)
        self.add(element.tail)

    def flush(self, element: Any) -> None:
        """End the block that is open, if it has text."""
        text, n_link_chars = "".join(self._pieces), self._n_link_chars
        self._pieces.clear()
        self._raised.clear()
        self._n_link_chars = 0
        if _CELL in text:
            text = " | ".join(filter(None, (" ".join(cell.split()) for cell in text.split(_CELL))))
        if not text.strip():
            return
        inner = self._blocks[-1] if self._blocks else element
        if tag_of(inner) == "dt":
            self._end_term(inner)
            self._term = " ".join(text.split())
            return
        if self._term:
            text = f"{self._term}{'' if self._term[-1] in '.:?!' else ':'} {text.lstrip()}"
            self._term = ""
        for part in _EMPTY_LINE.split(text) if "\n" in text else (text,):
            if part.strip():
                self.finished.append(self._block(part, inner, n_link_chars))

    def finish(self, element: Any) -> None:
        """End what is open at the end of the tree."""
        self.flush(element)
        self._end_term(element)

    def _block(self, text: str, element: Any, n_link_chars: int) -> TextBlock:
        level = self._headings[-1] if self._headings else 0
        text = "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
        return TextBlock(text, level, element, self._depths["pre"] > 0, min(n_link_chars, len(text)))

    def _end_term(self, element: Any) -> None:
        """A term without a definition is a block of its own."""
        if self._term:
            self.finished.append(self._block(self._term, element, 0))
            self._term = ""

    def _is_block(self, element: Any, tag: str) -> bool:
        if self._depths["row"]:
            return False
        return tag in _BLOCKS or (tag == "span" and "display:block" in element.get("style", "").replace(" ", ""))

    def _start_in_row(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._pieces.append(_CELL)
        elif tag in _IN_CELLS:
            self._pieces.append(" ")

    def _in_data_table(self, row: Any) -> bool:
        return any(ancestor in self._data_tables for ancestor in self._blocks[-4:])

    def _end_superscript(self, element: Any) -> None:
        begin = self._raised.pop()
        mark = "".join(self._pieces[begin:])
        del self._pieces[begin:]
        before = "".join(self._pieces[-20:])
        after = element.tail or ""
        below = element.getnext()
        if after.strip() in ("/", "⁄") and below is not None and tag_of(below) == "sub":  # a fraction
            after = after.strip() + (below.text or "")
        text = raised(before, mark, after)
        self._pieces.append(text)
        for child in list(element):
            element.remove(child)
        element.tag, element.text = "span", text
        element.attrib.pop("style", None)


def _is_raised(element: Any, tag: str) -> bool:
    return tag == "sup" or (tag == "span" and _RAISED_STYLE.search(element.get("style") or "") is not None)


def _is_note_mark(element: Any) -> bool:
    """Whether a link is the mark of a note, as books and word processors mark it."""
    marks = " ".join(element.get(name) or "" for name in ("role", "class", "epub:type", _EPUB_TYPE))
    return _NOTE_MARK.search(marks) is not None and len("".join(element.itertext()).strip()) <= _MAX_NOTE_MARK


def _is_data(table: Any) -> bool:
    """Whether a table holds values in rows, rather than the parts of a page side by side."""
    if table.get("role") in ("presentation", "none"):
        return False
    n_cells = n_rows = n_prose = 0
    for element in table.iterdescendants():
        tag = tag_of(element)
        n_rows += tag == "tr"
        if tag in ("td", "th"):
            n_cells += 1
            text = "".join(element.itertext()).strip()
            if len(text) > _MAX_CELL:
                return False
            n_prose += len(text.split()) >= _PROSE_WORDS and text.endswith((".", "!", "?"))
        elif tag == "table":
            return False
    return n_cells > n_rows and 2 * n_prose <= n_cells
