"""Zip archives that hold one document (DOCX, PPTX, XLSX, OpenDocument, EPUB): members, their limits, XML in them."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from summarize.documents.document import ReadOptions
from summarize.errors import DocumentError

CONTAINER = "META-INF/container.xml"  # of a book
_ZIP_ERRORS = (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError)
_MEDIA = re.compile(
    r"((word|ppt|xl)/(media|embeddings|fonts)/|.*\.(png|jpe?g|gif|svg|webp|[ew]mf|otf|ttf|woff2?|mp[34]|wav|m4a)$)",
    re.IGNORECASE,
)
_MIMETYPES = {  # of the member "mimetype", which books and OpenDocument files begin with
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_CONTENT_TYPES = {  # parts of the main part's content type in an Office Open XML package
    "wordprocessingml": "docx",
    "ms-word": "docx",
    "presentationml": "pptx",
    "ms-powerpoint": "pptx",
    "spreadsheetml": "xlsx",
    "ms-excel.sheet.macroenabled": "xlsx",
    "ms-excel.template.macroenabled": "xlsx",
}
_USUAL_MAIN_PARTS = {"word/document.xml": "docx", "ppt/presentation.xml": "pptx", "xl/workbook.xml": "xlsx"}


class Archive:
    """A zip archive whose members are unpacked when they are asked for, all of them within the limit of a document.

    Member names are compared without case and with "/" for a backslash: programs disagree about both.
    """

    def __init__(self, data: bytes, source: str, options: ReadOptions) -> None:
        """Raises DocumentError if the archive is damaged, encrypted, or declares more than options.max_bytes."""
        self.source, self._options = source, options
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _ZIP_ERRORS as error:
            raise DocumentError(f"{source}: is damaged: {error}") from None
        members = self._zip.infolist()
        if any(member.flag_bits & 1 for member in members):
            raise DocumentError(f"{source}: is protected by a password")
        self._members = {_key(member.filename): member for member in members}
        if sum(m.file_size for m in members if not _MEDIA.match(m.filename)) > options.max_bytes:
            raise options.too_large(source)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._members

    def names(self) -> list[str]:
        """The names of all members, in the order of the archive's directory."""
        return [member.filename for member in self._members.values()]

    def read(self, name: str) -> bytes:
        """The contents of a member, unpacked in small steps, up to the size that the archive's directory declares.

        Raises KeyError if there is none of this name, and an error of the zipfile library if it is damaged.
        """
        content = bytearray()
        with self._zip.open(self._members[_key(name)]) as file:
            while chunk := file.read(1 << 16):
                content += chunk
                if len(content) > self._options.max_bytes:
                    raise self._options.too_large(self.source)
        return bytes(content)

    def repacked(self) -> io.BytesIO:
        """The archive without pictures, for libraries that unpack a member whole, whatever the directory declares."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in self.names():
                archive.writestr(name, b"" if _MEDIA.match(name) else self.read(name))
        out.seek(0)
        return out

    def xml(self, name: str) -> Any:
        """The root element of an XML member, parsed as parse_xml does it."""
        return parse_xml(self.read(name))


def _key(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/").lstrip("/")).lower()


def parse_xml(data: bytes) -> Any:
    """The root element of an XML file, parsed without entities, DTDs or network."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def local_name(element: Any) -> str:
    """An element's name without its namespace; "" for a comment or a processing instruction."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """An attribute's value, whatever its namespace is."""
    value = element.get(name)
    if value is not None:
        return str(value)
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def zip_format(data: bytes, source: str, options: ReadOptions) -> str:
    """The format of the document that a zip archive is: docx, pptx, xlsx, odt, ods, odp or epub; "zip" if it is none.

    Raises DocumentError if it is a document that cannot be read.
    """
    archive = Archive(data, source, options)
    if "mimetype" in archive:
        mimetype = archive.read("mimetype").decode("ascii", "replace").strip().lower()
        if format := _MIMETYPES.get(mimetype.removesuffix("-template")):
            return format
    if main := main_part(archive):
        content_type = _content_type(archive, main)
        for part_of_type, format in _CONTENT_TYPES.items():
            if part_of_type in content_type:
                return format
        if main.lower() in _USUAL_MAIN_PARTS:
            return _USUAL_MAIN_PARTS[main.lower()]
    if CONTAINER in archive:
        return "epub"
    if reason := _refusal(archive):
        raise DocumentError(f"{source}: {reason}")
    return "zip"


def _refusal(archive: Archive) -> str:
    """What document an archive is that cannot be read, and what to do; "" if it is none."""
    names = [name.lower() for name in archive.names()]
    if any(name.endswith((".iwa", "index.apxl", "index.xml.gz")) for name in names) or "index.zip" in names:
        return "is a Pages, Numbers or Keynote document; export it as DOCX or PDF"
    if "xl/workbook.bin" in names:
        return "is a binary Excel workbook (XLSB); save it as XLSX"
    if any(name.startswith("visio/") for name in names):
        return "is a Visio drawing; export it as PDF"
    if "mimetype" in names and "content.xml" in names:
        return "is an OpenDocument drawing or formula, or is damaged; export it as PDF"
    if "word/document.xml" in names or "content.xml" in names or "xl/workbook.xml" in names:
        return "is a damaged office file; save it again"
    return ""


def main_part(archive: Archive) -> str:
    """The name of an Office Open XML package's main part, by the package's relationships; "" if it has none."""
    try:
        related = relationships(archive, "")
    except Exception:  # lxml's and zipfile's errors: the usual names are still to be tried
        related = []
    for kind, target in related:
        if kind == "officeDocument" and target in archive:
            return target
    return next((name for name in _USUAL_MAIN_PARTS if name in archive), "")


def relationships(archive: Archive, part: str) -> list[tuple[str, str]]:
    """(kind, name of the other part) of a part's relationships within the package; those of the package for ""."""
    return [(kind, target) for _, kind, target in identified_relationships(archive, part)]


def identified_relationships(archive: Archive, part: str) -> list[tuple[str, str, str]]:
    """(id, kind, name of the other part) of a part's relationships within the package."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in archive:
        return []
    found = []
    for element in archive.xml(path):
        if local_name(element) != "Relationship" or (element.get("TargetMode") or "").lower() == "external":
            continue
        target = unquote(element.get("Target") or "").replace("\\", "/")
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        found.append((element.get("Id") or "", (element.get("Type") or "").rpartition("/")[2], target))
    return found


def _content_type(archive: Archive, part: str) -> str:
    """The content type that a package declares for a part, in lower case; "" if it declares none."""
    try:
        types = archive.xml("[Content_Types].xml")
    except Exception:  # missing or damaged; the part's name has to do
        return ""
    for element in types:
        if (element.get("PartName") or "").lstrip("/").lower() == part.lower():
            return (element.get("ContentType") or "").lower()
    extension = part.rpartition(".")[2].lower()
    for element in types:
        if (element.get("Extension") or "").lower() == extension:
            return (element.get("ContentType") or "").lower()
    return ""
