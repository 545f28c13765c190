"""Word processors' files and electronic books: DOCX, RTF and EPUB."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.markup import chapter, decode_html
from summarize.errors import DocumentError

_CONTAINER = "META-INF/container.xml"
_MEDIA = re.compile(
    r"(word/(media|embeddings|fonts)/|.*\.(png|jpe?g|gif|svg|webp|otf|ttf|woff2?|mp[34])$)", re.IGNORECASE
)
_HEADING_STYLE = re.compile(r"heading\s*(\d)$|(title)$", re.IGNORECASE)


def zip_format(data: bytes, source: str) -> str:
    """The format that a zip archive is in: "docx" or "epub". Raises DocumentError if it is neither."""
    names = set(_open_zip(data, source).namelist())
    if "word/document.xml" in names:
        return "docx"
    if _CONTAINER in names:
        return "epub"
    raise DocumentError(f"{source}: is a zip archive, and neither DOCX nor EPUB; unpack it first")


def _open_zip(data: bytes, source: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise DocumentError(f"{source}: is damaged: {error}") from None


def unpack(data: bytes, source: str, options: ReadOptions) -> dict[str, bytes]:
    """The contents of a zip archive's members, by name; empty for pictures, fonts and sound.

    A member is unpacked in small steps, up to the size that the archive's directory declares. Read at once, as the
    libraries do, it would be unpacked whole, whatever the directory declares. Raises DocumentError if the archive is
    too large or encrypted.
    """
    archive = _open_zip(data, source)
    contents: dict[str, bytes] = {}
    n_bytes = 0
    for member in archive.infolist():
        if member.flag_bits & 1:
            raise DocumentError(f"{source}: is protected by a password")
        content = bytearray()
        if not _MEDIA.match(member.filename):
            if n_bytes + member.file_size > options.max_bytes:
                raise options.too_large(source)
            with archive.open(member) as file:
                while chunk := file.read(1 << 16):
                    content += chunk
        n_bytes += len(content)
        contents[member.filename] = bytes(content)
    return contents


def read_docx(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Paragraphs, lists and tables of a Word document, in order, with headings by their style; no page headers and
    footers, notes or comments."""
    import docx
    from docx.text.paragraph import Paragraph

    unpacked = io.BytesIO()  # python-docx gets an archive whose members cannot grow
    with zipfile.ZipFile(unpacked, "w") as archive:
        for name, content in unpack(data, source, options).items():
            archive.writestr(name, content)
    document = docx.Document(unpacked)
    blocks = Blocks()
    levels: dict[str | None, int] = {}  # by the style's id, for looking up a style is slow
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            style = block._p.style
            if style not in levels:
                match = _HEADING_STYLE.match((block.style.name if block.style else None) or "")
                levels[style] = (int(match[1]) if match[1] else 1) if match else 0
            if levels[style]:
                blocks.heading(block.text, levels[style])
            else:
                blocks.add(block.text)
        else:
            for row in block._tbl.tr_lst:  # in the XML, a merged cell stands once, and no grid is built
                cells = (" ".join(p.text for p in cell.p_lst).split() for cell in row.tc_lst)
                blocks.add(" | ".join(" ".join(words) for words in cells if words))
    return blocks.extracted()


def read_rtf(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The text of a Rich Text file."""
    from striprtf.striprtf import rtf_to_text

    blocks = Blocks()
    for line in rtf_to_text(data.decode("cp1252", "replace"), errors="replace").split("\n"):
        blocks.add(line)
    return blocks.extracted()


def read_epub(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The chapters of a book in reading order, with headings; no navigation pages."""
    from lxml import html

    contents = unpack(data, source, options)
    package = _xml(contents[_CONTAINER]).find(".//{*}rootfile").get("full-path")
    tree = _xml(contents[package])
    items = {item.get("id"): item for item in tree.iterfind(".//{*}manifest/{*}item")}
    protected = _protected(contents)
    blocks = Blocks()
    for reference in tree.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no" or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(item.get("href") or "")))
        if name in protected:
            raise DocumentError(f"{source}: is protected (DRM)")
        if "html" not in (item.get("media-type") or ""):
            continue
        page = re.sub(r"\A\s*<\?xml[^>]*>", "", decode_html(contents[name], source)).replace("\0", " ")
        if page.strip():
            chapter(html.fromstring(page), blocks)
    return blocks.extracted()


def _xml(data: bytes) -> Any:
    """The tree of an XML file, parsed without entities, DTDs or network."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def _protected(contents: Mapping[str, bytes]) -> set[str]:
    """The members that are encrypted. (Fonts often are, which does not matter.)"""
    if "META-INF/encryption.xml" not in contents:
        return set()
    tree = _xml(contents["META-INF/encryption.xml"])
    return {unquote(reference.get("URI") or "") for reference in tree.iterfind(".//{*}CipherReference")}
