"""EPUB: the chapters of a book in reading order, without its cover, imprint, tables of contents and notes."""

from __future__ import annotations

import html.entities
import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from summarize.documents.document import Blocks, Extracted, ReadOptions, reason_of
from summarize.documents.readers.markup import chapter, decode_html
from summarize.documents.readers.verse import join_verse_lines
from summarize.documents.readers.zip_archive import CONTAINER, Archive, local_name, parse_xml
from summarize.errors import DocumentError

_TYPES_LEFT_OUT = {  # of epub:type, ARIA's doc- roles and EPUB 2's guide
    "cover", "frontcover", "backcover", "titlepage", "title-page", "halftitlepage", "half-title-page", "copyright",
    "copyright-page", "imprint", "imprimatur", "colophon", "dedication", "acknowledgments", "acknowledgements",
    "contributors", "credit", "credits", "other-credits", "seriespage", "toc", "toc-brief", "landmarks", "loi", "lot",
    "loa", "lov", "list-of-illustrations", "index", "bibliography", "errata", "footnote", "footnotes", "endnote",
    "endnotes", "rearnote", "rearnotes", "note", "notes", "noteref", "biblioref", "backlink", "referrer", "pagebreak",
    "page-list", "pagelist",
}  # fmt: skip
_NAME_LEFT_OUT = re.compile(  # of a file, or the heading of one, if nothing else says what it is
    r"(?:book|page|the)?(?:front|half|inside|full)?(?:cover|title|titel)(?:page|seite)?|copyright(?:page|notice)?|(?:legal|copyright)?imprint"
    r"|impressum|colophon|dedication|widmung|(?:table)?(?:of)?contents?|toc|nav|inhalt(?:sverzeichnis)?|index"
    r"|acknowledge?ments?|alsoby.{0,40}|bythesameauthor|abouttheauthors?|aboutthepublisher|praise(?:for.{0,40})?"
    r"|newsletter|advert(?:isement)?s?|(?:foot|end)?notes|(?:listof)?(?:illustrations|plates|figures|maps|tables)"
)
_CLASS_LEFT_OUT = re.compile(
    r"(?:^|\s)(?:pg-boilerplate|pg-?(?:header|footer)|(?:line|page)[_-]?(?:nums?|numbers?|no)|lnum|(?:foot|end|rear)-?notes?|noteref|fnref"
    r"|fnanchor|footnote-?ref)(?:$|\s)",
    re.IGNORECASE,
)
_NAMES_OF_TEXT = ("index",)  # file names, but not headings, that a book's text has, too
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_ENTITIES = ("amp", "lt", "gt", "quot", "apos")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MAX_NAMED_PAGE = 12_000  # characters; what is longer is text, whatever its file is called


def read_epub(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The chapters of a book in reading order, with headings. A chapter that is missing or damaged is left out with a
    note. Raises DocumentError if the book is protected, or none of its chapters can be read."""
    archive = Archive(data, source, options)
    package = _package_name(archive)
    tree = archive.xml(package)
    chapters = list(_chapters(tree, package))
    if _protected(archive) & {name for name, _ in chapters}:
        raise DocumentError(f"{source}: is protected (DRM)")
    types = _guide(tree, package)
    pages: list[tuple[Any, bool]] = []  # a chapter's tree, and whether it is text of the book
    notes = []
    for name, item_id in chapters:
        try:
            page = _page(archive.read(name), source)
        except DocumentError:
            raise
        except Exception as error:  # lxml and zipfile raise almost anything at damaged files
            reason = "is missing" if name not in archive else f"is damaged ({reason_of(error)})"
            notes.append(f"the chapter {name} {reason} and is left out")
            continue
        if page is not None:
            pages.append((page, types.get(name) not in _TYPES_LEFT_OUT and _is_text(page, (name, item_id))))
    if not pages and notes:
        raise DocumentError(f"{source}: is damaged: none of its chapters can be read; {notes[0]}")
    blocks = Blocks()
    for page, is_text in pages:
        if is_text:
            _prune(page)
            join_verse_lines(page)
            chapter(page, blocks)
    extracted = blocks.extracted()
    if not extracted.text:  # of such a book, everything is text
        for page, _ in pages:
            chapter(page, blocks)
        extracted = blocks.extracted()
    return Extracted(extracted.text, extracted.sections, notes=tuple(notes))


def _package_name(archive: Archive) -> str:
    """The name of the file that lists the book's files: the one that the container names, or any other.

    Raises KeyError if there is none.
    """
    try:
        rootfile = archive.xml(CONTAINER).find(".//{*}rootfile")
        name = unquote(rootfile.get("full-path"))
    except Exception:  # the container is missing or damaged
        name = ""
    if name in archive:
        return name
    try:
        return next(name for name in archive.names() if name.lower().endswith(".opf"))
    except StopIteration:
        raise KeyError("it lists no chapters") from None


def _chapters(tree: Any, package: str) -> Iterator[tuple[str, str]]:
    """(file name, id) of the pages of text, in reading order, without navigation; in the order of the list of all files
    if the book gives no reading order."""
    items = {item.get("id"): item for item in tree.iterfind(".//{*}manifest/{*}item")}
    references = tree.findall(".//{*}spine/{*}itemref")
    listed = (items.get(reference.get("idref")) for reference in references if reference.get("linear") != "no")
    for item in listed if references else items.values():
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = _member(package, item.get("href"))
        if "html" in (item.get("media-type") or "") or name.lower().endswith(("html", ".htm")):
            yield name, item.get("id") or ""


def _member(package: str, href: str | None) -> str:
    path = unquote((href or "").partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(package), path))


def _guide(tree: Any, package: str) -> dict[str, str]:
    """What EPUB 2's guide says that files are, by name. (Of a part of a file, it says nothing about the rest.)"""
    references = tree.iterfind(".//{*}guide/{*}reference")
    return {
        _member(package, reference.get("href")): (reference.get("type") or "").lower().removeprefix("other.")
        for reference in references
        if "#" not in (reference.get("href") or "")
    }


def _page(data: bytes, source: str) -> Any:
    """The tree of a chapter; None if it is empty. It is XML; HTML of the web, for which lxml has another parser, is
    read as well."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        text = decode_html(data, source)
    except DocumentError:  # that a chapter is no text is no fault of the others
        raise ValueError("it is not text") from None
    page = re.sub(r"\A\s*<\?xml[^>]*>", "", text).replace("\0", " ")
    if not page.strip():
        return None
    page = _ENTITY.sub(_character, page)
    try:
        return parse_xml(page.encode())
    except etree.XMLSyntaxError:
        return lxml_html.fromstring(page)


def _character(entity: re.Match[str]) -> str:
    return entity[0] if entity[1] in _XML_ENTITIES else html.entities.html5.get(f"{entity[1]};", entity[0])


def _types(element: Any) -> set[str]:
    """What an element is by its epub:type and role."""
    values = [v for name, v in element.attrib.items() if name in ("role", "epub:type") or name.endswith("/ops}type")]
    return {word.removeprefix("doc-") for value in values for word in value.lower().split()}


def _is_text(page: Any, names: tuple[str, ...]) -> bool:
    """Whether a page is a part of the book's text: by the types of its body and of its only section, if these say
    something, else by the names of its file and its heading.

    names: of its file, and its id in the package.
    """
    typed = False
    for element in page.iter():
        if local_name(element) in ("html", "body", "section", "div", "nav", "article", "main") and _types(element):
            typed = True
            if local_name(element) == "body" and _types(element) & _TYPES_LEFT_OUT:
                return False
    text_length = sum(len(text) for text in page.itertext())
    if text_length > _MAX_NAMED_PAGE:
        return True
    heading = next((e for e in page.iter() if local_name(e) in _HEADINGS), None)
    title = _letters("".join(heading.itertext())) if heading is not None else ""
    if _NAME_LEFT_OUT.fullmatch(title) and not title.startswith("note"):
        return False
    stems = {_letters(posixpath.splitext(posixpath.basename(name))[0]) for name in names} - set(_NAMES_OF_TEXT)
    return typed or not any(map(_NAME_LEFT_OUT.fullmatch, stems))


def _letters(name: str) -> str:
    """A name's letters in lower case."""
    return "".join(filter(str.isalpha, name[:80])).lower()


def _prune(page: Any) -> None:
    """Take from a page what is not its text: notes and their marks, and sections such as a colophon."""
    for element in list(page.iter()):
        if local_name(element):
            if _types(element) & _TYPES_LEFT_OUT or _CLASS_LEFT_OUT.search(_class_and_id(element)):
                _remove(element)
            elif local_name(element) in _HEADINGS and _NAME_LEFT_OUT.fullmatch(_letters("".join(element.itertext()))):
                _remove_section(element)


def _class_and_id(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _remove_section(heading: Any) -> None:
    """Remove a heading and what follows up to the next one, unless that is the whole page or as long as a chapter."""
    section = [heading]
    for element in heading.itersiblings():
        if local_name(element) in _HEADINGS or any(local_name(e) in _HEADINGS for e in element.iterdescendants()):
            break
        section.append(element)
    if sum(len(text) for element in section for text in element.itertext()) <= _MAX_NAMED_PAGE:
        for element in section:
            _remove(element)


def _remove(element: Any) -> None:
    """Remove an element, and leave the text after it."""
    parent = element.getparent()
    if parent is None or local_name(element) == "body":
        return
    previous = element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _protected(archive: Archive) -> set[str]:
    """The members that are encrypted. (Fonts often are, which does not matter.)"""
    if "META-INF/encryption.xml" not in archive:
        return set()
    tree = archive.xml("META-INF/encryption.xml")
    return {unquote(reference.get("URI") or "") for reference in tree.iterfind(".//{*}CipherReference")}
