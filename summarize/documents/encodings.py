"""Bytes to text: by mark, as UTF-8, or in the encoding that they look like; and text by the line."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from summarize.documents.document import ReadOptions
from summarize.errors import DocumentError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSETS = re.compile(
    r"(us-)?ascii|utf-?8|(iso|windows|cp|koi|gb|big|euc|mac|latin|ibm|ks_c|tis|hz)[-_]?\w|(shift|x)[-_]s?jis",
    re.IGNORECASE,
)
CONTROLS = [bytes([byte]) for byte in range(32) if byte not in b"\t\n\r\f\v\b\x1b"]


def marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS if data.startswith(mark)), None)


def refuse_binary(head: bytes, source: str) -> None:
    """Raises DocumentError where a file's first bytes are not those of a text without a mark."""
    controls = sum(head.count(byte) for byte in CONTROLS)
    if b"\0" in head or controls * 50 > len(head):
        raise DocumentError(f"{source}: is not text (it has control bytes)")


def decode(data: bytes, source: str) -> str:
    """Bytes to text: by its byte order mark, as UTF-8, or in the encoding that the bytes look like.

    Raises DocumentError where they do not look like text.
    """
    if encoding := marked_encoding(data):
        return data.decode(encoding, errors="replace")
    refuse_binary(data[:65536], source)
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    if not wrong or wrong * 4 <= sum(c > "\x7f" for c in text):
        return text  # UTF-8, perhaps with a few bytes damaged or cut off
    return data.decode(guess_encoding(data), errors="replace")


def decode_as(data: bytes, name: str) -> str | None:
    """Bytes in the encoding that a page or a message names itself, or None where they are not in it or it is none.

    Python knows "encodings" that are none (punycode, unicode_escape), and UTF-16 cannot name itself in ASCII.
    """
    if not _CHARSETS.match(name):
        return None
    try:
        return data.decode(name)
    except (LookupError, ValueError):
        return None


def guess_encoding(data: bytes) -> str:
    """The single- or multi-byte encoding that bytes look like; Western where the guess is any Latin one, for the
    differences between those are too small to be told from a short text, and what is read here is English."""
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines() if any(byte > 127 for byte in line)]
    best = from_bytes(b"\n".join(lines)[:65536]).best()
    latin = ("Basic Latin", "Latin", "General Punctuation", "Currency", "Control", "Letterlike", "Spacing")
    if best is None or all(alphabet.startswith(latin) for alphabet in best.alphabets):
        return "cp1252"
    return best.encoding


def text_lines(stream: io.BufferedReader, head: bytes, source: str, options: ReadOptions) -> Iterator[str]:
    """The lines of a text, each as soon as it is there, with their line ends.

    Lines that are not UTF-8 are read in the encoding that the first of them looks like. Raises DocumentError for bytes
    that are no text, and at a line that is longer than a document may be.
    """
    encoding = marked_encoding(head)
    if encoding and encoding != "utf-8-sig":
        reader = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        while line := reader.readline(options.max_bytes + 1):
            if len(line) > options.max_bytes:
                raise options.too_large(f"{source}: a line")
            yield line
        return
    if not encoding:
        refuse_binary(head, source)
    other: str | None = None
    first = True
    while data := stream.readline(options.max_bytes + 1):
        if len(data) > options.max_bytes:
            raise options.too_large(f"{source}: a line")
        if first and encoding:
            data = data.removeprefix(codecs.BOM_UTF8)
        first = False
        try:
            yield data.decode("utf-8")
        except UnicodeDecodeError:
            other = other or guess_encoding(data)
            yield data.decode(other, errors="replace")
