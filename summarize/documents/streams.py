"""Files and pipes as decompressed streams of bytes whose first bytes are known.

A read returns what a pipe has given so far, through decompression too, and does not wait for a buffer to fill.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from summarize.documents.document import ReadOptions, damage_explained, reason_of
from summarize.documents.readers.mail_header import is_unfinished_header
from summarize.errors import DocumentError

HEAD_BYTES = 4096  # enough to know a file's format
MAX_HEAD_BYTES = 1 << 20  # for a first line that may be JSON
MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
COMPRESSED = {".gz": "gzip", ".xz": "xz", ".zst": "zstd"}
READ_ERRORS = (OSError, EOFError, lzma.LZMAError, zlib.error)


class Prefixed(io.RawIOBase):
    """A stream whose first bytes have been read already. A read returns what has arrived and does not wait for more."""

    def __init__(self, head: bytes, rest: Any) -> None:
        """rest: the stream after head."""
        self._head, self.rest = head, rest

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill (a part of) the buffer; 0 at the end."""
        if self._head:
            data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            data = _read_some(self.rest, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read_some(stream: Any, size: int) -> bytes:
    """At least one byte and at most size, without waiting for more than the first; none at the end."""
    return cast(bytes, stream.read1(size) if hasattr(stream, "read1") else stream.read(size))


def _take_head(stream: Any) -> bytes:
    """The first bytes: enough to know the format, but no more than the first line, after which a pipe may pause.

    A message's header is read up to its end, for its first lines may only name relays.
    """
    head = b""
    while len(head) < HEAD_BYTES or (head[:1] == b"{" and len(head) < MAX_HEAD_BYTES) or is_unfinished_header(head):
        if len(head) >= 8 and b"\n" in head and not is_unfinished_header(head):
            break
        data = _read_some(stream, HEAD_BYTES)
        if not data:
            break
        head += data
    return head


def source_name(path: str) -> str:
    """What messages and records call a path; bytes of a name that are not Unicode are replaced."""
    return "stdin" if path == "-" else os.fsencode(path).decode("utf-8", "replace")


@contextmanager
def open_file(path: str) -> Iterator[BinaryIO]:
    """The open file at a path. Raises DocumentError."""
    name = source_name(path)
    try:
        with Path(path).open("rb") as file, reading_explained(name):
            yield file
    except FileNotFoundError:
        raise DocumentError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise DocumentError(f"{name}: is a folder where a file was expected") from None
    except (OSError, ValueError) as error:  # of opening; errors of reading are explained by now
        raise DocumentError(f"{name}: cannot be read: {reason_of(error)}") from None


def open_input(stream: BinaryIO, source: str) -> tuple[bytes, io.BufferedReader]:
    """(first bytes, stream from the start) of an open file or pipe, decompressed; its magic bytes name the compression.

    Raises DocumentError if the compressed data is damaged.
    """
    head = _take_head(stream)
    compression = next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)
    if compression is None:
        return head, io.BufferedReader(Prefixed(head, stream))
    with reading_explained(source), damage_explained(source, f"{compression} data"):
        inner = _decompressed(cast(BinaryIO, Prefixed(head, stream)), compression)
        head = _take_head(inner)
    return head, io.BufferedReader(Prefixed(head, inner))


def _decompressed(stream: BinaryIO, compression: str) -> Any:
    if compression == "gzip":
        return gzip.GzipFile(fileobj=stream)
    if compression == "xz":
        return lzma.LZMAFile(stream)
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdFile(stream)


@contextmanager
def reading_explained(source: str) -> Iterator[None]:
    """Turn errors of reading and decompression into a DocumentError; other errors pass."""
    try:
        yield
    except READ_ERRORS as error:
        raise DocumentError(f"{source}: cannot be read: {reason_of(error)}") from None
    except Exception as error:
        if type(error).__name__ != "ZstdError":  # by name: its library may not be installed
            raise
        raise DocumentError(f"{source}: cannot be read: {reason_of(error)}") from None


def plain_file(stream: io.BufferedReader) -> BinaryIO | None:
    """The file below a stream of open_input, at its start; None if it is compressed or cannot seek."""
    rest = stream.raw.rest if isinstance(stream.raw, Prefixed) else None
    if not isinstance(rest, io.BufferedReader) or not rest.seekable():
        return None
    rest.seek(0)
    return rest


def read_all(stream: io.BufferedReader, source: str, options: ReadOptions) -> bytes:
    """All bytes of a stream. Raises DocumentError if there are more than options.max_bytes, or they are damaged."""
    blocks: list[bytes] = []
    n_bytes = 0
    with reading_explained(source):
        while data := stream.read(1 << 20):
            n_bytes += len(data)
            if n_bytes > options.max_bytes:
                blocks.clear()
                raise options.too_large(source)
            blocks.append(data)
    return b"".join(blocks)
