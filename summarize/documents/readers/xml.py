"""XML: the prose of articles and books (JATS, TEI, DocBook, FictionBook), of feeds, and of any other vocabulary.

An element with words of its own is a paragraph, whatever it is called; what is called a title is a heading. In a
vocabulary that is not known, a paragraph has to look like prose.
"""

from __future__ import annotations

import html
import re
from html.entities import name2codepoint
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.field_values import read_value
from summarize.documents.readers.html import read_html
from summarize.documents.readers.subtitles import captions_of_lines
from summarize.documents.superscripts import raised
from summarize.errors import DocumentError

_NAMED_ENTITY = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;)([A-Za-z][A-Za-z0-9]{1,31});")
_TITLES = frozenset({"title", "head", "heading", "article-title", "h1", "h2", "h3", "h4", "h5", "h6", "bridgehead"})
_SECTIONS_LIST = """sec section sect1 sect2 sect3 sect4 sect5 chapter part div div1 div2 div3 body abstract appendix
app preface article book item entry"""
_SECTIONS = frozenset(_SECTIONS_LIST.split())
# Metadata, apparatus, code and formulas of all vocabularies.
_LEFT_OUT_LIST = """journal-meta article-categories contrib-group aff author-notes pub-date history permissions
funding-group custom-meta-group counts kwd-group self-uri related-article article-id volume issue fpage lpage
elocation-id ref-list fn-group fn table-wrap-foot disp-formula inline-formula tex-math math graphic media object-id
label subtitle-group trans-abstract-meta processing-meta publicationStmt sourceDesc encodingDesc profileDesc
revisionDesc editionStmt respStmt extent seriesStmt notesStmt fw pb lb-number note formula figDesc listBibl gap del
indexterm programlisting screen synopsis cmdsynopsis funcsynopsis literallayout remark bibliography footnote info-meta
author authorgroup copyright legalnotice revhistory releaseinfo pubdate edition address biblioid bibliomixed
description-meta title-info document-info publish-info custom-info binary style script metadata meta link guid id
pubDate lastBuildDate updated published generator category managingEditor docs webMaster creator date subject rights
uuid url uri stage"""
_LEFT_OUT = frozenset(_LEFT_OUT_LIST.split())
# In a feed or record these names are those of prose; elsewhere "description" is FictionBook's metadata.
_BY_ROOT = {"FictionBook": frozenset({"description"}), "rss": frozenset({"image", "language", "ttl"})}
_KNOWN_ROOTS_LIST = """article TEI TEI.2 teiCorpus text book chapter section part appendix preface FictionBook
pmc-articleset articles set topic concept task reference dita"""
_KNOWN_ROOTS = frozenset(_KNOWN_ROOTS_LIST.split())
_CITATIONS = frozenset({"bibr", "fn", "table-fn", "aff", "corresp", "author-notes"})
_BREAKS = frozenset({"lb", "br", "break", "cb", "td", "th", "entry", "cell", "seg", "l", "line", "v"})
_SPLITTING_LIST = """list itemizedlist orderedlist variablelist ul ol table table-wrap p para figure fig boxed-text
disp-quote blockquote lg li row tr"""
_SPLITTING = frozenset(_SPLITTING_LIST.split())
# Of these the title is no section's.
_CAPTIONED_LIST = """list itemizedlist orderedlist variablelist caption figure fig table informaltable table-wrap
example note tip warning caution important boxed-text"""
_CAPTIONED = frozenset(_CAPTIONED_LIST.split())
_APPARATUS = frozenset({"references", "notes", "endnotes", "footnotes", "bibliography", "index", "contents", "toc"})
_CHOSEN = frozenset({"corr", "reg", "expan"})  # of TEI's pairs: what an editor makes of it
_RAISED = frozenset({"sup", "superscript"})
_ROWS = frozenset({"tr", "row"})
_STANZAS = frozenset({"lg", "stanza", "verse-group"})
_EMPTY_BRACKETS = re.compile(r" ?(?:\[[\s,;–-]*\]|\([\s,;–-]*\))")  # where references to sources were
_MIN_PROSE_WORDS = 5


def read_xml(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The prose of an XML file, with headings. Raises DocumentError, with the outermost element, if it has none."""
    root = parse(data)
    name = _name(root)
    if name == "html":
        return read_html(data, source, options)
    if name == "tt":
        paragraphs = root.iterfind(".//{*}body//{*}p")
        return captions_of_lines([_lines(paragraph).split("\n") for paragraph in paragraphs])
    reader = _Reader(name, options)
    reader.add(root, 0)
    extracted = reader.blocks.extracted()
    if not (extracted.text and reader.has_prose):
        raise DocumentError(
            f"{source}: holds no prose that can be read (it is XML, whose outermost element is <{name}>)"
        )
    return extracted


def parse(data: bytes) -> Any:
    """The tree of an XML file, read without entities of its own, DTDs or network; HTML's named characters are known."""
    from lxml import etree

    def character(entity: re.Match[bytes]) -> bytes:
        code = name2codepoint.get(entity[1].decode())
        return f"&#{code};".encode() if code else b""

    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):  # in UTF-16, where names are not ASCII
        data = _NAMED_ENTITY.sub(character, data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True,
                             remove_comments=True)  # fmt: skip
    return etree.fromstring(data.lstrip(), parser)


def _name(element: Any) -> str:
    """An element's name without its namespace; "" for what is no element."""
    return "" if element is None else str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


class _Reader:
    """Adds the prose of elements to blocks."""

    def __init__(self, root: str, options: ReadOptions) -> None:
        self.blocks = Blocks()
        self._is_known = self.has_prose = root in _KNOWN_ROOTS
        self._options = options
        self._left_out = _LEFT_OUT | _BY_ROOT.get(root, frozenset())

    def add(self, element: Any, level: int) -> None:
        """Add an element's prose. level: of the section that it is in."""
        name = _name(element)
        if not name or (name in self._left_out and not _is_admonition(element)) or element.get("type") in _APPARATUS:
            return
        if name in _TITLES and _words(element, self._left_out):
            self._heading(element, level)
        elif name in _ROWS:
            cells = (_words(cell, self._left_out) for cell in element)
            self._paragraph(" | ".join(filter(None, cells)))
        elif name == "sp" and element.find("{*}speaker") is not None:
            self._speech(element)
        elif name in _STANZAS:
            self._paragraph(" ".join(_words(line, self._left_out) for line in element if _name(line) not in _TITLES))
        elif _has_own_words(element, self._left_out):
            self._mixed(element, level)
        else:
            for child in element:
                self.add(child, level + (_name(child) in _SECTIONS))

    def _speech(self, element: Any) -> None:
        """What one speaker of a play says, after the speaker's name."""
        speaker = "".join(_words(child, self._left_out) for child in element if _name(child) == "speaker")
        left_out = self._left_out | {"speaker"}
        said = [element] if _has_own_words(element, left_out) else element
        if words := " ".join(filter(None, (_words(part, left_out) for part in said))):
            self._paragraph(f"{speaker.rstrip(' .:')}: {words}" if speaker else words)

    def _heading(self, element: Any, level: int) -> None:
        title = _words(element, self._left_out)
        if len(title) <= 300 and _name(element.getparent()) not in _CAPTIONED:
            self.blocks.heading(html.unescape(title), max(1, level))
        else:
            self._paragraph(title)

    def _mixed(self, element: Any, level: int) -> None:
        """A paragraph; lists and tables within it follow as paragraphs of their own."""
        words: list[str] = [element.text or ""]
        for child in element:
            if _name(child) in _SPLITTING:
                self._paragraph("".join(words))
                words.clear()
                self.add(child, level)
            else:
                _collect(child, self._left_out, words)
            words.append(child.tail or "")
        self._paragraph("".join(words))

    def _paragraph(self, text: str) -> None:
        text = _EMPTY_BRACKETS.sub("", " ".join(text.split()))
        is_prose = len(text.split()) >= _MIN_PROSE_WORDS
        self.has_prose |= is_prose
        if not text or not (self._is_known or is_prose):
            return
        if "<" in text or "&" in text:  # HTML in a feed
            extracted = read_value(text, self._options)
            for paragraph in (extracted.text if extracted else "").split("\n\n"):
                self.blocks.add(paragraph)
        else:
            self.blocks.add(text)


def _has_own_words(element: Any, left_out: frozenset[str]) -> bool:
    """Whether words stand in an element itself, and not only in those in it."""
    texts = [element.text, *(child.tail for child in element)]
    return any(text and any(map(str.isalnum, text)) for text in texts)


def _is_admonition(element: Any) -> bool:
    """Whether a note is a remark of DocBook's, which is text, and no footnote."""
    return _name(element) == "note" and element.find("{*}para") is not None


def _words(element: Any, left_out: frozenset[str]) -> str:
    """The words of an element and of those in it, without what is left out and references to notes and sources."""
    parts: list[str] = []
    _collect(element, left_out, parts)
    return " ".join("".join(parts).split())


def _collect(element: Any, left_out: frozenset[str], parts: list[str]) -> None:
    """Add the texts of an element to parts, which hold what stands before it."""
    name = _name(element)
    if not name or name in left_out or element.get("ref-type") in _CITATIONS:
        return
    if name in _BREAKS and element.get("break") != "no":
        parts.append(" ")
    before = len(parts)
    parts.append(element.text or "")
    chosen = [child for child in element if _name(child) in _CHOSEN] if name == "choice" else []
    for child in chosen or element:
        _collect(child, left_out, parts)
        parts.append(child.tail or "")
    if name in _RAISED or element.get("rend") in ("super", "sup", "superscript"):
        mark = "".join(parts[before:])
        parts[before:] = [raised("".join(parts[max(before - 8, 0) : before]), mark, element.tail or "")]


def _lines(element: Any) -> str:
    """The text of a caption, with line ends for breaks."""
    parts = [element.text or ""]
    for child in element:
        parts += ["\n" if _name(child) == "br" else _lines(child), child.tail or ""]
    return "".join(parts)
