"""E-mail: the text that the sender wrote or forwards, from a message's parts; and mailboxes, message by message."""

from __future__ import annotations

import codecs
import email
import email.policy
import io
import re
from collections.abc import Iterator
from email.message import EmailMessage
from functools import lru_cache
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions, clean
from summarize.documents.encodings import decode, decode_declared, refuse_binary
from summarize.documents.readers.mail_lines import Line, add_lines, html_lines, plain_lines
from summarize.documents.readers.mail_marks import FORWARD_SUBJECT
from summarize.documents.readers.mail_quotes import has_text, passages
from summarize.documents.readers.markup import decode_html, parse_html
from summarize.errors import DocumentError

HEADERS = {"subject": "Subject", "from": "From", "to": "To", "date": "Date", "message_id": "Message-ID"}
_MAX_DEPTH = 20  # parts within parts
_STUB = 0.5  # of the words of the HTML; a plain text with fewer only says that there is HTML
_OTHER = 0.25  # of the words of the HTML; a plain text that shares fewer says something else
_TAGS = re.compile(r"<(?:/p|/div|br ?/?|/td|/span|html)>", re.IGNORECASE)


@lru_cache(256)
def _parsed_header(name: str, value: str) -> Any:
    return email.policy.default.header_fetch_parse(name, value)


class _CachingPolicy(email.policy.EmailPolicy):
    """The library's policy, which remembers headers: it parses a header each time that anything is asked of it, and
    that takes most of the time of reading a message."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header's value with its attributes."""
        return _parsed_header(name, value) if type(value) is str else super().header_fetch_parse(name, value)


_POLICY: Any = _CachingPolicy()


def read_eml(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """One message: what its sender wrote, and the messages that are forwarded; subject, sender and date as fields."""
    refuse_binary(data[:65536], source)
    data = data.removeprefix(codecs.BOM_UTF8)
    message = email.message_from_bytes(data, _class=EmailMessage, policy=_POLICY)
    headers = {name: _header(message, header) for name, header in HEADERS.items()}
    fields = {name: value for name, value in headers.items() if value}
    blocks = Blocks()
    _add_message(message, source, blocks)
    text = blocks.extracted()
    if not text.text:
        raise DocumentError(f"{source}: {_why_no_text(message)}")
    return Extracted(text.text, text.sections, fields)


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; "" if the header is missing or too damaged for the library."""
    try:
        return clean(" ".join(str(message.get(name) or "").split()))
    except Exception:  # the header parser raises almost anything at damaged headers
        return ""


def _why_no_text(message: EmailMessage) -> str:
    if any(part.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime") for part in message.walk()):
        return "is encrypted"
    return "holds no text"


def _add_message(message: EmailMessage, source: str, blocks: Blocks, depth: int = 0) -> None:
    """Add the text of a message, then that of the messages attached to it."""
    is_forward = FORWARD_SUBJECT.match(_header(message, "Subject")) is not None
    attached: list[EmailMessage] = []
    lines: list[Line] = []
    for with_named in (False, True):  # a part with the name of a file is an attachment, unless there is no other text
        for part in _parts(message, source, attached, with_named=with_named):
            lines += [*part, Line("")]
        if has_text(lines) or attached:
            break
    for passage in passages(lines, is_forward=is_forward):
        if passage.title:
            blocks.heading(passage.title, 1)
        add_lines(passage.lines, blocks)
    for forwarded in attached[: _MAX_DEPTH if depth < _MAX_DEPTH else 0]:
        subject = _header(forwarded, "Subject")
        inner = Blocks()
        _add_message(forwarded, source, inner, depth + 1)
        if inner.extracted().text:
            blocks.heading(f"Forwarded message: {subject}" if subject else "Forwarded message", 1)
            _add_message(forwarded, source, blocks, depth + 1)


def _parts(
    part: EmailMessage, source: str, attached: list[EmailMessage], depth: int = 0, *, with_named: bool = False
) -> Iterator[list[Line]]:
    """The lines of each part that is shown as text, in order.

    attached: where to add the messages among the parts. with_named: parts that have the name of a file are shown, too.
    """
    kind = part.get_content_type()
    if depth > _MAX_DEPTH:
        return
    if kind == "message/rfc822":
        attached += [inner for inner in _children(part) if inner.keys()]
    elif kind == "multipart/alternative":
        yield _alternative(part, source, attached, depth)
    elif kind in ("multipart/related", "multipart/signed", "multipart/report"):
        for child in _children(part)[:1]:
            yield from _parts(child, source, attached, depth + 1, with_named=with_named)
    elif part.is_multipart():
        for child in _children(part):
            yield from _parts(child, source, attached, depth + 1, with_named=with_named)
    elif kind in ("text/plain", "text/html") and (not depth or not _is_attachment(part, with_named)):
        yield _lines(part, source)


def _children(part: EmailMessage) -> list[Any]:
    payload: Any = part.get_payload()
    return [child for child in payload if isinstance(child, EmailMessage)] if isinstance(payload, list) else []


def _is_attachment(part: EmailMessage, with_named: bool) -> bool:
    try:
        is_named = part.get_filename() is not None and not with_named
        return is_named or part.get_content_disposition() == "attachment"
    except Exception:  # as for other damaged headers
        return False


def _alternative(part: EmailMessage, source: str, attached: list[EmailMessage], depth: int) -> list[Line]:
    """The lines of the plain text, or of the HTML if the plain text is a stub of it."""
    plain: list[Line] = []
    rich: list[Line] = []
    for child in _children(part):
        lines = [line for lines in _parts(child, source, attached, depth + 1) for line in lines]
        if child.get_content_type() == "text/plain":
            plain = plain or lines
        else:
            rich = lines if has_text(lines) else rich
    return rich if _is_stub(_words(plain), _words(rich)) else plain


def _is_stub(plain: list[str], rich: list[str]) -> bool:
    """Whether a plain text only says that there is HTML: it is much shorter, or says something else."""
    known = set(plain)
    return len(plain) < _STUB * len(rich) or sum(word in known for word in rich) < _OTHER * len(rich)


def _words(lines: list[Line]) -> list[str]:
    words = (word for line in lines for word in line.text.split())
    return [word.casefold() for word in words if not word.startswith(("http", "<http", "[http", "(http"))]


def _lines(part: EmailMessage, source: str) -> list[Line]:
    payload: Any = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if part.get_content_type() == "text/html":
        tree = parse_html(decode_html(data, source, charset)) if data.strip() else None
        return [] if tree is None else html_lines(tree)
    text = decode_declared(data, charset or "utf-8")
    if text is None:
        text = decode(data, source) if data else ""
    if len(_TAGS.findall(text[:20000])) > 5:  # HTML that is called plain text
        tree = parse_html(text)
        return [] if tree is None else html_lines(tree)
    is_flowed = part.get_param("format", "", unquote=True) == "flowed"
    return plain_lines(text, flowed=is_flowed, delete_space=part.get_param("delsp", "") == "yes")


def messages(stream: io.BufferedReader, source: str, options: ReadOptions) -> Iterator[bytes]:
    """The messages of a mailbox (mboxrd), one by one. Raises DocumentError if one is too large."""
    message = bytearray()
    after_blank_line, is_in_message = True, False
    while line := stream.readline(options.max_bytes + 1):
        if after_blank_line and line.startswith(b"From "):
            if is_in_message:
                yield bytes(message)
            message.clear()
            is_in_message, after_blank_line = True, False
            continue
        if not is_in_message:
            raise DocumentError(f"{source}: is not a mailbox (it does not begin with 'From ')")
        after_blank_line = not line.strip()
        message += line[1:] if re.match(rb">+From ", line) else line
        if len(message) > options.max_bytes:
            raise options.too_large(f"{source}: a message")
    if is_in_message:
        yield bytes(message)
