"""Files and pipes as streams of bytes whose beginning is known: decompressed, never read further than asked for.

What a pipe has given is handed on at once, through decompression too: nothing waits for a buffer to fill.
"""

from __future__ import annotations

import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from summarize.documents.document import ReadOptions, damage_explained
from summarize.errors import DocumentError

HEAD_BYTES = 4096  # enough to tell what a file is
LONGEST_HEAD = 1 << 20  # of a first line that may be JSON
MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
COMPRESSED = {".gz": "gzip", ".xz": "xz", ".zst": "zstd"}
DAMAGE = (OSError, EOFError, lzma.LZMAError, zlib.error)


class Prefixed(io.RawIOBase):
    """A stream whose first bytes were taken off already; a read gives what is there and does not wait for more."""

    def __init__(self, head: bytes, rest: Any) -> None:
        self._head, self.rest = head, rest

    def readable(self) -> bool:
        """It is."""
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
    """At least one byte, at most size, without waiting for more than the first; none at the end."""
    return cast(bytes, stream.read1(size) if hasattr(stream, "read1") else stream.read(size))


def _take_head(stream: Any) -> bytes:
    """The first bytes: enough to tell the format, but no more than the first line of a pipe that pauses there."""
    head = b""
    while len(head) < HEAD_BYTES or (head[:1] == b"{" and len(head) < LONGEST_HEAD):
        if len(head) >= 8 and b"\n" in head:
            break
        data = _read_some(stream, HEAD_BYTES)
        if not data:
            break
        head += data
    return head


def open_input(stream: BinaryIO, source: str) -> tuple[bytes, io.BufferedReader]:
    """(first bytes, stream from the start) of an open file or pipe, decompressed by its magic bytes.

    Raises DocumentError where the compression is damaged.
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
    """Turn what reading and decompressing raise into a DocumentError; the caller's own errors pass."""
    try:
        yield
    except DAMAGE as error:
        raise DocumentError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except Exception as error:
        if type(error).__name__ != "ZstdError":  # of a library that may not be there
            raise
        raise DocumentError(f"{source}: cannot be read: {error}") from None


def plain_file(stream: io.BufferedReader) -> BinaryIO | None:
    """The file below a stream of open_input, from its start, where it can be sought in and is not compressed."""
    rest = stream.raw.rest if isinstance(stream.raw, Prefixed) else None
    if not isinstance(rest, io.BufferedReader) or not rest.seekable():
        return None
    rest.seek(0)
    return rest


def read_all(stream: io.BufferedReader, source: str, options: ReadOptions) -> bytes:
    """All bytes of a stream. Raises DocumentError where there are more than options.max_bytes, or damage."""
    parts: list[bytes] = []
    size = 0
    with reading_explained(source):
        while data := stream.read(1 << 20):
            size += len(data)
            if size > options.max_bytes:
                parts.clear()
                raise options.too_large(source)
            parts.append(data)
    return b"".join(parts)
