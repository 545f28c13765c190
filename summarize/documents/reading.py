"""Names to documents: which files are meant, which format each has, and who reads it."""

from __future__ import annotations

import glob
import io
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from summarize.documents.document import Document, Extracted, ReadOptions, clean, damage_explained
from summarize.documents.encodings import decode
from summarize.documents.formats import ROW_FORMATS, SUFFIXES, format_name, format_of, suffix_of
from summarize.documents.mail import messages, read_eml
from summarize.documents.markup import read_html, read_markdown
from summarize.documents.office import read_docx, read_epub, read_rtf, zip_format
from summarize.documents.pdf import read_pdf
from summarize.documents.rows import read_rows
from summarize.documents.streams import open_input, read_all, reading_explained
from summarize.documents.subtitles import read_srt, read_vtt
from summarize.errors import DocumentError

Reader = Callable[[bytes, str, ReadOptions], Extracted]


def read_text(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Plain text, as it is."""
    return Extracted(decode(data, source))


READERS: dict[str, Reader] = {
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "pdf": read_pdf,
    "docx": read_docx,
    "epub": read_epub,
    "rtf": read_rtf,
    "eml": read_eml,
    "srt": read_srt,
    "vtt": read_vtt,
}


def read_documents(
    paths: Iterable[str], options: ReadOptions | None = None, stdin: BinaryIO | None = None
) -> Iterator[Document | DocumentError]:
    """Every document that the paths name, in order, or the error in its place; each is read when it is asked for.

    A path is a file, a folder (with options.recursive), a pattern such as "*.pdf", or "-" for standard input.
    An error tells by `source` and `part` what it stands for.
    """
    options = options or ReadOptions()
    for path in paths:
        try:
            for name in _files(path, options):
                try:
                    with _opened(name, stdin) as file:
                        yield from read_open(file, name, options)
                except DocumentError as error:
                    yield _placed(error, name)
        except DocumentError as error:
            yield _placed(error, path)


def read_open(file: BinaryIO, path: str, options: ReadOptions) -> Iterator[Document | DocumentError]:
    """Every document of an open file, in order, or the error in its place; each is read when it is asked for.

    path: its name, which may tell its format, and which documents and messages call it by.
    """
    try:
        yield from _read_open(file, path, options)
    except DocumentError as error:
        yield _placed(error, path)


def read_document(path: str, stdin: BinaryIO | None = None, options: ReadOptions | None = None) -> Document:
    """Read the one document at a path; "-" is standard input. Raises DocumentError, also where there are several."""
    found = read_documents([path], options, stdin)
    first = next(found)
    if isinstance(first, DocumentError):
        raise first
    if next(found, None) is not None:
        raise DocumentError(f"{source_name(path)}: holds several documents")
    return first


def try_read_document(path: str) -> Document | DocumentError:
    """The document at a path, or the error in its place."""
    try:
        return read_document(path)
    except DocumentError as error:
        return error


def source_name(path: str) -> str:
    """What a path is called in a message or a record; a name that is no Unicode is shown nevertheless."""
    return "stdin" if path == "-" else os.fsencode(path).decode("utf-8", "replace")


def _placed(error: DocumentError, path: str) -> DocumentError:
    """The error, knowing which document it stands for."""
    if error.source is None:
        error.source = source_name(path)
    return error


def _files(path: str, options: ReadOptions) -> Iterator[str]:
    """The files that a path names. Raises DocumentError where it names none."""
    name = source_name(path)
    if path == "-":
        yield path
        return
    try:
        exists, folder = os.path.lexists(path), os.path.isdir(path)
    except ValueError as error:  # a NUL in it
        raise DocumentError(f"{name}: cannot be read: {error}") from None
    if folder:
        if not options.recursive:
            raise DocumentError(f"{name}: is a folder; --recursive reads the files in it")
        yield from _files_in(path, options)
    elif not exists and path.lower().startswith(("http://", "https://")):
        address = shlex.quote(path)
        raise DocumentError(f"{name}: is an address, and nothing is fetched here; curl -sL {address} | summarize")
    elif not exists and glob.has_magic(path):
        found = sorted(glob.glob(path, recursive=True))
        if "**" in path:  # it follows links to folders, which may lead back
            found = list({os.path.realpath(match): match for match in reversed(found)}.values())[::-1]
        files = [match for match in found if options.recursive or not os.path.isdir(match)]
        if not files:
            what = "only folders match it; --recursive reads the files in them" if found else "nothing matches it"
            raise DocumentError(f"{name}: no such file, and as a pattern, {what}")
        for match in files:
            yield from _files_in(match, options) if os.path.isdir(match) else (match,)
    else:
        yield path


def _files_in(folder: str, options: ReadOptions) -> Iterator[str]:
    """The files below a folder whose names say that they can be read (all of them with options.format), in order of
    their names, but for hidden ones. Links to folders are not followed: they may lead back.

    Raises DocumentError where there is none.
    """
    found = False

    def fail(error: OSError) -> None:
        raise DocumentError(f"{source_name(error.filename or folder)}: cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and (options.format or suffix_of(name) in SUFFIXES):
                found = True
                yield os.path.join(parent, name)
    if not found:
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
    name = source_name(path)
    try:
        with Path(path).open("rb") as file, reading_explained(name):
            yield file
    except FileNotFoundError:
        raise DocumentError(f"{name}: no such file") from None
    except (OSError, ValueError) as error:  # in opening; what reading raises is explained by then
        raise DocumentError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _read_open(file: BinaryIO, path: str, options: ReadOptions) -> Iterator[Document | DocumentError]:
    """The documents of an open file. Raises DocumentError where it can be read no further."""
    source = source_name(path)
    head, stream = open_input(file, source)
    format = options.format or format_of("" if path == "-" else path, head)
    if format in ROW_FORMATS:
        yield from read_rows(stream, head, format, source, options)
    elif format == "mbox":
        yield from _read_mailbox(stream, source, options)
    else:
        data = read_all(stream, source, options)
        yield _whole(data, zip_format(data, source) if format == "zip" else format, source, options)


def _whole(data: bytes, format: str, source: str, options: ReadOptions, part: str = "") -> Document:
    """The document that bytes hold. Raises DocumentError."""
    place = f"{source}, {part}" if part else source
    if not data.strip():
        raise DocumentError(f"{place}: is empty")
    with damage_explained(place, format_name(format)):
        extracted = READERS[format](data, place, options)
        text = clean(extracted.text)
    if not text.strip():
        raise DocumentError(f"{place}: is empty" if format == "text" else f"{place}: holds no text")
    name = f"{source}:{part.rpartition(' ')[2]}" if part else source
    return Document(name, text, extracted.fields, extracted.sections, source, part)


def _read_mailbox(stream: io.BufferedReader, source: str, options: ReadOptions) -> Iterator[Document | DocumentError]:
    number = 0
    for number, data in enumerate(messages(stream, source, options), 1):
        part = f"message {number}"
        try:
            yield _whole(data, "eml", source, options, part)
        except DocumentError as error:
            error.source, error.part = f"{source}:{number}", part
            yield error
    if not number:
        raise DocumentError(f"{source}: is empty")
