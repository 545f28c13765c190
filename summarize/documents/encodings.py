"""Bytes to text: by byte order mark, as UTF-8, or in the encoding that the bytes look like; whole or line by line."""

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
CONTROL_BYTES = [bytes([byte]) for byte in range(32) if byte not in b"\t\n\r\f\v\b\x1b"]
_CHARSETS = re.compile(
    r"(us-)?ascii|utf-?8|(iso|windows|cp|koi|gb|big|euc|mac|latin|ibm|ks_c|tis|hz)[-_]?\w|(shift|x)[-_]s?jis",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def marked_encoding(data: bytes) -> str | None:
    """The encoding that the byte order mark at the start of the data names; None without a mark."""
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS if data.startswith(mark)), None)


def refuse_binary(head: bytes, source: str, *, allow_nul: bool = False) -> None:
    """Raises DocumentError if the first bytes of a file without a byte order mark are not those of a text.

    allow_nul: NUL bytes alone do not make it binary; the caller reports them with their lines.
    """
    n_nul = head.count(b"\0")
    n_controls = sum(map(head.count, CONTROL_BYTES)) - (n_nul if allow_nul else 0)
    if (n_nul and not allow_nul) or n_controls * 50 > len(head):
        raise DocumentError(f"{source}: is not text (it has control bytes)")


def decode(data: bytes, source: str) -> str:
    """Bytes to text: by its byte order mark, as UTF-8, or in the encoding that the bytes look like.

    Raises DocumentError if they do not look like text.
    """
    if encoding := marked_encoding(data):
        return data.decode(encoding, errors="replace")
    refuse_binary(data[:65536], source)
    text = _decode_damaged_utf8(data)
    return data.decode(guess_encoding(data), errors="replace") if text is None else text


def decode_as(data: bytes, name: str) -> str | None:
    """Bytes in the encoding that a page or message declares; None if they are not in it, or it is no encoding of texts.

    Python knows codecs that encode no text (punycode, unicode_escape), and UTF-16 cannot be declared in ASCII.
    """
    if not _CHARSETS.match(name):
        return None
    try:
        return data.decode(name)
    except (LookupError, ValueError):
        return None


def decode_declared(data: bytes, name: str) -> str | None:
    """The same, but for a declaration that is wrong in a usual way.

    Texts that are declared to be Latin-1 or ASCII are in Windows-1252, as browsers read them. Bytes beyond ASCII that
    form UTF-8 throughout are UTF-8, whatever is declared: in another encoding they would be nonsense.
    """
    if not data.isascii():
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    if name.lower().replace("_", "-") in ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"):
        name = "cp1252"
    return decode_as(data, name)


def guess_encoding(data: bytes) -> str:
    """The encoding that bytes look like. Any Latin one is taken for Windows-1252: a short text does not show which
    Latin encoding it is in, and the texts to be summarised are English."""
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines() if any(byte > 127 for byte in line)]
    best = from_bytes(b"\n".join(lines)[:65536]).best()
    latin = ("Basic Latin", "Latin", "General Punctuation", "Currency", "Control", "Letterlike", "Spacing")
    if best is None or all(alphabet.startswith(latin) for alphabet in best.alphabets):
        return "cp1252"
    return best.encoding


def _guess_row_encoding(data: bytes) -> str:
    """The same for rows of a table: Windows-1252 if another encoding would make separators parts of characters."""
    encoding = guess_encoding(data)
    text = data.decode(encoding, errors="replace")
    return encoding if all(text.count(chr(byte)) == data.count(byte) for byte in b'\n\t",;:{}') else "cp1252"


def _decode_damaged_utf8(data: bytes) -> str | None:
    """Bytes as UTF-8, of which a few may be damaged or cut off; None if too many of them are not UTF-8."""
    text = data.decode("utf-8", errors="replace")
    n_wrong = text.count("\ufffd")
    return text if not n_wrong or n_wrong * 4 <= sum(c > "\x7f" for c in text) else None


def text_lines(stream: io.BufferedReader, head: bytes, source: str, options: ReadOptions) -> Iterator[str]:
    r"""The lines of a text with their ends (\n, \r\n or \r), each as soon as it has arrived.

    head: the first bytes of the stream. Lines that are not UTF-8 are decoded in the encoding that the first of them
    looks like. Raises DocumentError at a line that is longer than options.max_bytes.
    """
    for line in _decoded_lines(stream, head, source, options):
        if "\r" not in line.removesuffix("\n").removesuffix("\r"):
            yield line
        else:  # lines of old Macs, or a stray carriage return
            yield from _LINE.findall(line)


def _decoded_lines(stream: io.BufferedReader, head: bytes, source: str, options: ReadOptions) -> Iterator[str]:
    encoding = marked_encoding(head)
    if encoding and encoding != "utf-8-sig":
        reader = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        while line := reader.readline(options.max_bytes + 1):
            if len(line) > options.max_bytes:
                raise options.too_large(f"{source}: a line")
            yield line
        return
    guessed: str | None = None
    is_first = True
    while data := stream.readline(options.max_bytes + 1):
        if len(data) > options.max_bytes:
            raise options.too_large(f"{source}: a line")
        if is_first:
            data, is_first = data.removeprefix(codecs.BOM_UTF8), False
        try:
            yield data.decode("utf-8")
        except UnicodeDecodeError:
            text = _decode_damaged_utf8(data)
            if text is None:
                guessed = guessed or _guess_row_encoding(data)
                text = data.decode(guessed, errors="replace")
            yield text


def utf8_blocks(blocks: Iterator[bytes], head: bytes) -> Iterator[bytes]:
    """Blocks of bytes of a text in any encoding, in UTF-8 without a byte order mark; never an empty one.

    head: the first bytes of the text. From the first block that is not UTF-8 on, the encoding is the one that it looks
    like.
    """
    encoding = marked_encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    cut_off = b""  # a character's first bytes, at the end of the block before
    for block in blocks:
        data, text = cut_off + block, ""
        if decoder is None:
            try:
                text, n_decoded = codecs.utf_8_decode(data, "strict", False)
                cut_off = data[n_decoded:]
            except UnicodeDecodeError:
                encoding = "utf-8" if _decode_damaged_utf8(data) is not None else _guess_row_encoding(data)
                decoder, cut_off = codecs.getincrementaldecoder(encoding)("replace"), b""
        if decoder is not None:
            text = decoder.decode(data)
        if text:
            yield text.encode()
