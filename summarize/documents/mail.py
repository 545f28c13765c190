"""E-mail: the writer's own text, without quoted replies and signatures; and mailboxes, message by message.

The conventions are those of RFC 3676 (">" before quoted lines, "-- " before a signature) and the lines that mail
programs put before a quoted message. They are few and regular. The libraries for them match whole messages against
regular expressions, which a hostile message can keep busy for hours.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import io
import re
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions, clean
from summarize.documents.encodings import decode, decode_as, refuse_binary
from summarize.documents.html import read_html
from summarize.errors import DocumentError

HEADERS = {"subject": "Subject", "from": "From", "to": "To", "date": "Date", "message_id": "Message-ID"}
_ATTRIBUTION = re.compile(r"^(on|am|le|el)\b.{5,300}(wrote|schrieb|écrit|escribió)\s?:$", re.IGNORECASE)
_REPLY = re.compile(r"^(-{3,} ?original message ?-{3,}|_{20,})$", re.IGNORECASE)
_SENT_FROM = re.compile(r"^sent from my \w[\w ]{1,30}\.?$", re.IGNORECASE)


def read_eml(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """One message: its plain text, or that of its HTML if it has no other; subject, sender and date as fields."""
    refuse_binary(data[:65536], source)
    data = data.removeprefix(codecs.BOM_UTF8)
    message = email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.default)
    headers = {name: _header(message, header) for name, header in HEADERS.items()}
    fields = {name: value for name, value in headers.items() if value}
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        raise DocumentError(f"{source}: holds no text")
    if body.get_content_type() == "text/html":
        article = read_html(_payload(body), source, options)
        return Extracted(article.text, article.sections, fields)
    blocks = Blocks()
    for paragraph in re.split(r"\n\s*\n", _without_quotes(_text(body, source))):
        blocks.add(paragraph)
    return Extracted(blocks.extracted().text, (), fields)


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; "" if the header is missing or too damaged for the library."""
    try:
        return clean(" ".join(str(message.get(name) or "").split()))
    except Exception:  # the header parser raises almost anything at damaged headers
        return ""


def _payload(part: MIMEPart) -> bytes:
    payload: Any = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: MIMEPart, source: str) -> str:
    payload = _payload(part)
    text = decode_as(payload, part.get_content_charset() or "utf-8")
    return decode(payload, source) if text is None else text


def _without_quotes(text: str) -> str:
    """The lines up to a signature or a quoted message at the end, without the lines quoted in between."""
    lines = text.replace("\r\n", "\n").split("\n")
    own_lines: list[str] = []
    for i, line in enumerate(lines):
        stripped = line.strip()
        if line in ("-- ", "--") or _REPLY.match(stripped) or _SENT_FROM.match(stripped):
            if any(map(str.strip, own_lines)):
                break
            continue  # no text above it: the message follows
        with_next = f"{stripped} {lines[i + 1].strip()}" if i + 1 < len(lines) else stripped  # it may be wrapped
        quote_follows = any(rest.lstrip().startswith(">") for rest in lines[i + 1 : i + 4])
        if quote_follows and (_ATTRIBUTION.match(stripped[:400]) or _ATTRIBUTION.match(with_next[:400])):
            continue
        if line.lstrip().startswith(">") or (own_lines and stripped.lower() in ("wrote:", "schrieb:")):
            continue
        own_lines.append(line)
    return "\n".join(own_lines)


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
