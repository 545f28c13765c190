"""The format of a file: by its first bytes, then by its name, then by what its first lines look like."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import PurePath

from summarize.documents.readers.mail_header import header_names
from summarize.documents.readers.markdown import looks_like_markdown
from summarize.documents.refused_formats import refusal
from summarize.documents.streams import COMPRESSED
from summarize.errors import DocumentError

SUFFIXES = {
    ".txt": "text", ".text": "text", ".log": "text",
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown",
    ".rst": "rst", ".rest": "rst", ".org": "org", ".adoc": "asciidoc", ".asciidoc": "asciidoc",
    ".asc": "asciidoc",
    ".tex": "latex", ".latex": "latex", ".ipynb": "ipynb",
    ".xml": "xml", ".nxml": "xml", ".tei": "xml", ".dbk": "xml", ".fb2": "xml", ".ttml": "xml", ".dfxp": "xml",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".epub": "epub", ".rtf": "rtf",
    ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".dotm": "docx",
    ".pptx": "pptx", ".pptm": "pptx", ".ppsx": "pptx", ".ppsm": "pptx", ".potx": "pptx",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xltx": "xlsx", ".xls": "xls",
    ".odt": "odt", ".ott": "odt", ".fodt": "odt", ".ods": "ods", ".fods": "ods", ".odp": "odp", ".fodp": "odp",
    ".msg": "msg",
    ".eml": "eml", ".mbox": "mbox",
    ".srt": "srt", ".vtt": "vtt", ".sbv": "sbv", ".ass": "ass", ".ssa": "ass",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet",
}  # fmt: skip
INPUT_FORMATS = tuple(dict.fromkeys(SUFFIXES.values()))
ROW_FORMATS = ("jsonl", "json", "csv", "tsv", "parquet")
OFFICE_FORMATS = ("docx", "pptx", "xlsx", "xls", "odt", "ods", "odp", "msg")
BINARY_FORMATS = ("pdf", "epub", "rtf", "parquet", *OFFICE_FORMATS)
OLD_EXCEL = (b"\t\0\4\0", b"\t\2\6\0", b"\t\4\6\0")  # first bytes of Excel 2 to 4, which have no OLE file around
NAMES = {
    "text": "text", "markdown": "Markdown", "eml": "e-mail", "mbox": "a mailbox", "jsonl": "JSON Lines",
    "parquet": "Parquet", "rst": "reStructuredText", "org": "Org", "asciidoc": "AsciiDoc", "latex": "LaTeX",
    "ipynb": "a notebook", "ass": "SubStation Alpha",
}  # fmt: skip

_HTML = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title|meta|base)\b",
    re.IGNORECASE | re.DOTALL,
)
_FLAT_OPENDOCUMENT = re.compile(
    rb"<office:document\b[^>]{0,4000}office:mimetype=.application/vnd\.oasis\.opendocument\.(\w+)"
)
_OPENDOCUMENT_FORMATS = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
_XML = re.compile(rb"\s*<\?xml\b|\s*<!DOCTYPE\s+(?!html)\w", re.IGNORECASE)
_JSON = re.compile(rb'\s*(?:\{\s*"[^"\n]*"\s*:|\[\s*\{\s*")')
_SRT = re.compile(rb"\s*\d+[ \t]*\r?\n[ \t]*\d+:\d\d:\d\d[,.]\d+[ \t]*-->")


def suffix_of(name: str) -> str:
    """A name's last suffix in lower case, without that of a compression."""
    path = PurePath(name)
    if path.suffix.lower() in COMPRESSED:
        path = PurePath(path.stem)
    return path.suffix.lower()


def stem_of(path: str) -> str:
    """A path without the suffix of a format, and without that of a compression after it."""
    stem = PurePath(path)
    if stem.suffix.lower() in COMPRESSED:
        stem = stem.with_suffix("")
    return str(stem.with_suffix("") if stem.suffix.lower() in SUFFIXES else stem)


def format_name(format: str) -> str:
    """The name of a format in messages."""
    return NAMES.get(format, format.upper())


def format_of(name: str, head: bytes) -> str:
    """One of INPUT_FORMATS, or "zip" or "ole" if only the archive's contents can tell.

    name: the path, or "" for a stream. head: the first bytes, decompressed. Raises DocumentError for a known format
    that cannot be read.
    """
    named = SUFFIXES.get(suffix_of(name))
    if magic := _by_magic(head, name):
        return magic
    guessed = _by_first_lines(head)
    is_mistaken = (named == "text" and guessed in ("html", "xml", "vtt")) or (
        named in ("text", "json") and guessed == "ipynb"
    )
    if named is None or named in BINARY_FORMATS or is_mistaken:
        return guessed
    return named


def _by_magic(head: bytes, name: str) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(OLD_EXCEL):
        return "xls"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "ole"
    if match := _FLAT_OPENDOCUMENT.search(head):
        return _OPENDOCUMENT_FORMATS.get(match[1])
    if reason := refusal(head):
        raise DocumentError(f"{name or 'stdin'}: {reason}")
    return None


def _by_first_lines(head: bytes) -> str:
    """The format that the first lines of a text look like."""
    text = head.removeprefix(codecs.BOM_UTF8)
    if _HTML.match(text):
        return "html"
    if _XML.match(text):
        return "xml"
    if text.startswith(b"WEBVTT"):
        return "vtt"
    if _SRT.match(text):
        return "srt"
    if text.lstrip().startswith(b"[Script Info]"):
        return "ass"
    n_headers = len(header_names(text))
    if n_headers >= 2 and text.startswith(b"From "):
        return "mbox"
    if n_headers >= 3 and header_names(text.partition(b"\n")[0]):
        return "eml"
    if _JSON.match(text):
        is_notebook = b'"cell_type"' in text and (b'"cells"' in text or b'"worksheets"' in text)
        return "ipynb" if is_notebook else "jsonl" if _is_object(text.partition(b"\n")[0]) else "json"
    return "markdown" if looks_like_markdown(text) else "text"


def _is_object(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
