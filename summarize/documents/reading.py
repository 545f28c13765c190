"""Paths to documents: which files a path names, which format each has, and which reader it is given to."""

from __future__ import annotations

import glob
import io
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from summarize.documents.characters import clean
from summarize.documents.document import Document, Extracted, ReadOptions, damage_explained
from summarize.documents.formats import ROW_FORMATS, SUFFIXES, format_name, format_of, suffix_of
from summarize.documents.readers.chat_html import read_page
from summarize.documents.readers.chat_json import may_be_chat, read_chat_json
from summarize.documents.readers.docx import read_docx
from summarize.documents.readers.epub import read_epub
from summarize.documents.readers.latex import read_latex
from summarize.documents.readers.light_markup import read_asciidoc, read_org
from summarize.documents.readers.mail import messages, read_eml
from summarize.documents.readers.markdown import read_markdown
from summarize.documents.readers.notebook import read_notebook
from summarize.documents.readers.opendocument import read_opendocument
from summarize.documents.readers.outlook import ole_format, read_msg
from summarize.documents.readers.pdf import read_pdf
from summarize.documents.readers.plain_text import read_text
from summarize.documents.readers.presentations import read_pptx
from summarize.documents.readers.restructured_text import read_restructured_text
from summarize.documents.readers.rtf import read_rtf
from summarize.documents.readers.spreadsheets import read_xls, read_xlsx
from summarize.documents.readers.subtitles import read_ass, read_sbv, read_srt, read_vtt
from summarize.documents.readers.xml import read_xml
from summarize.documents.readers.zip_archive import Archive, zip_format
from summarize.documents.row_documents import read_rows
from summarize.documents.streams import open_file, open_input, read_all, reading_explained, source_name
from summarize.errors import DocumentError

Reader = Callable[[bytes, str, ReadOptions], Extracted]


READERS: dict[str, Reader] = {
    "text": read_text,
    "markdown": read_markdown,
    "html": read_page,
    "pdf": read_pdf,
    "docx": read_docx,
    "pptx": read_pptx,
    "xlsx": read_xlsx,
    "xls": read_xls,
    "odt": read_opendocument,
    "ods": read_opendocument,
    "odp": read_opendocument,
    "msg": read_msg,
    "epub": read_epub,
    "rtf": read_rtf,
    "eml": read_eml,
    "srt": read_srt,
    "vtt": read_vtt,
    "sbv": read_sbv,
    "ass": read_ass,
    "rst": read_restructured_text,
    "org": read_org,
    "asciidoc": read_asciidoc,
    "latex": read_latex,
    "ipynb": read_notebook,
    "xml": read_xml,
}


def read_documents(
    paths: Iterable[str], options: ReadOptions | None = None, stdin: BinaryIO | None = None
) -> Iterator[Document | DocumentError]:
    """Every document that the paths name, in order, or the error instead of it; each is read when it is asked for.

    A path is a file, a folder (with options.recursive), a pattern such as "*.pdf", or "-" for standard input.
    An error's `source` and `part` name the document that it stands for.
    """
    options = options or ReadOptions()
    for path in paths:
        try:
            for file_path in _files(path, options):
                try:
                    with _opened(file_path, stdin) as file:
                        yield from read_open(file, file_path, options)
                except DocumentError as error:
                    yield _with_source(error, file_path)
        except DocumentError as error:
            yield _with_source(error, path)


def read_open(
    file: BinaryIO, path: str, options: ReadOptions, *, is_member: bool = False
) -> Iterator[Document | DocumentError]:
    """Every document of an open file, in order, or the error instead of it; each is read when it is asked for.

    path: its name, which may tell its format, and by which documents and messages call it. is_member: of an archive.
    """
    try:
        yield from _read_open(file, path, options, is_member)
    except DocumentError as error:
        yield _with_source(error, path)


def read_document(path: str, stdin: BinaryIO | None = None, options: ReadOptions | None = None) -> Document:
    """The one document at a path; "-" is standard input. Raises DocumentError, also if the file holds several."""
    documents = read_documents([path], options, stdin)
    first = next(documents)
    if isinstance(first, DocumentError):
        raise first
    if next(documents, None) is not None:
        raise DocumentError(f"{source_name(path)}: holds several documents")
    return first


def try_read_document(path: str) -> Document | DocumentError:
    """The document at a path, or the error instead of it."""
    try:
        return read_document(path)
    except DocumentError as error:
        return error


def _with_source(error: DocumentError, path: str) -> DocumentError:
    """The error, with a path as its source if it has none yet."""
    if error.source is None:
        error.source = source_name(path)
    return error


def _files(path: str, options: ReadOptions) -> Iterator[str]:
    """The files that a path names. Raises DocumentError if it names none."""
    name = source_name(path)
    if path == "-":
        yield path
        return
    try:
        exists, is_folder = os.path.lexists(path), os.path.isdir(path)
    except ValueError as error:  # the path has a NUL
        raise DocumentError(f"{name}: cannot be read: {error}") from None
    if is_folder:
        if not options.recursive:
            raise DocumentError(f"{name}: is a folder; --recursive reads the files in it")
        yield from _files_in(path, options)
    elif not exists and path.lower().startswith(("http://", "https://")):
        address = shlex.quote(path)
        raise DocumentError(f"{name}: is an address, and nothing is fetched here; curl -sL {address} | summarize")
    elif not exists and glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True))
        if "**" in path:  # it follows links to folders, which may lead back
            matches = list({os.path.realpath(match): match for match in reversed(matches)}.values())[::-1]
        readable = [match for match in matches if options.recursive or not os.path.isdir(match)]
        if not readable:
            what = "only folders match it; --recursive reads the files in them" if matches else "nothing matches it"
            raise DocumentError(f"{name}: no such file, and as a pattern, {what}")
        for match in readable:
            yield from _files_in(match, options) if os.path.isdir(match) else (match,)
    else:
        yield path


def _files_in(folder: str, options: ReadOptions) -> Iterator[str]:
    """The files below a folder whose suffixes are known (with options.format, all of them), in the order of their
    names, without hidden ones. Links to folders are not followed: they may lead back.

    Raises DocumentError if there is none.
    """
    is_empty = True

    def fail(error: OSError) -> None:
        raise DocumentError(f"{source_name(error.filename or folder)}: cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and (options.format or suffix_of(name) in SUFFIXES):
                is_empty = False
                yield os.path.join(parent, name)
    if is_empty:
        raise DocumentError(f"{source_name(folder)}: holds no file whose name says that it can be read")


@contextmanager
def _opened(path: str, stdin: BinaryIO | None) -> Iterator[BinaryIO]:
    """A file, or standard input (which stays open). Raises DocumentError."""
    if path == "-":
        stream = stdin if stdin is not None else getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise DocumentError("stdin: is closed")
        with reading_explained("stdin"):
            yield stream
        return
    with open_file(path) as file:
        yield file


def _read_open(file: BinaryIO, path: str, options: ReadOptions, is_member: bool) -> Iterator[Document | DocumentError]:
    """The documents of an open file. Raises DocumentError where it cannot be read further."""
    source = source_name(path)
    head, stream = open_input(file, source)
    format = options.format or format_of("" if path == "-" else path, head)
    if format == "json" and options.field is None and may_be_chat(head):
        yield from _read_chat(read_all(stream, source, options), source, options)
    elif format in ROW_FORMATS:
        yield from read_rows(stream, head, format, source, options)
    elif format == "mbox":
        yield from _read_mailbox(stream, source, options)
    else:
        data = read_all(stream, source, options)
        format = _format_of_archive(data, format, source, options)
        if format == "zip" and is_member:
            raise DocumentError(f"{source}: is an archive in an archive; unpack it first")
        if format == "zip":
            yield from _read_archive(data, source, options)
        else:
            yield _document(data, format, source, options)


def _format_of_archive(data: bytes, format: str, source: str, options: ReadOptions) -> str:
    """The format of the document in a zip archive or an OLE file; other formats stay. Raises DocumentError."""
    if format not in ("zip", "ole"):
        return format
    with damage_explained(source, "an office file"):
        return zip_format(data, source, options) if format == "zip" else ole_format(data, source)


def _read_archive(data: bytes, source: str, options: ReadOptions) -> Iterator[Document | DocumentError]:
    """The documents in a zip archive, those whose names say that they can be read. Raises DocumentError if there are
    none; an archive in an archive is an error in its place."""
    archive = Archive(data, source, options)
    names = [name for name in archive.names() if suffix_of(name) in (*SUFFIXES, ".zip") and not _is_hidden(name)]
    if not names:
        raise DocumentError(f"{source}: is a zip archive without a file that can be read; unpack it first")
    for name in names:
        member = f"{source}/{name}"
        try:
            with damage_explained(member, "a zip archive's member"):
                content = archive.read(name)
            yield from read_open(io.BytesIO(content), member, options, is_member=True)
        except DocumentError as error:
            yield _with_source(error, member)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _read_chat(data: bytes, source: str, options: ReadOptions) -> Iterator[Document | DocumentError]:
    """The one document of a chat's JSON; the rows of any other JSON."""
    with damage_explained(source, "JSON"):
        extracted = read_chat_json(data)
    if extracted is None:
        yield from read_rows(io.BufferedReader(io.BytesIO(data)), data[:65536], "json", source, options)
    else:
        yield Document(source, extracted.text, extracted.fields, extracted.sections, source)


def _document(data: bytes, format: str, source: str, options: ReadOptions, part: str = "") -> Document:
    """The document in the bytes of a file, or of one part of it. Raises DocumentError."""
    location = f"{source}, {part}" if part else source
    if not data.strip():
        raise DocumentError(f"{location}: is empty")
    with damage_explained(location, format_name(format)):
        extracted = READERS[format](data, location, options)
        text = clean(extracted.text)
    if not text.strip():
        raise DocumentError(f"{location}: is empty" if format == "text" else f"{location}: holds no text")
    name = f"{source}:{part.rpartition(' ')[2]}" if part else source
    return Document(name, text, extracted.fields, extracted.sections, source, part, extracted.notes)


def _read_mailbox(stream: io.BufferedReader, source: str, options: ReadOptions) -> Iterator[Document | DocumentError]:
    number = 0
    for number, data in enumerate(messages(stream, source, options), 1):
        part = f"message {number}"
        try:
            yield _document(data, "eml", source, options, part)
        except DocumentError as error:
            error.source, error.part = f"{source}:{number}", part
            yield error
    if not number:
        raise DocumentError(f"{source}: is empty")
