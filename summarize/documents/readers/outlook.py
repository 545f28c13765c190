"""OLE files: which format they hold; MSG, a message that Outlook has saved, read as the e-mail that it is."""

from __future__ import annotations

import codecs
import io
from email.message import EmailMessage
from functools import cache

from summarize.documents.document import Extracted, ReadOptions
from summarize.documents.readers.mail import read_eml
from summarize.errors import DocumentError

_REFUSED = {  # streams of OLE files that cannot be read
    "EncryptedPackage": "is protected by a password",
    "WordDocument": "is a Word 97 document (DOC); save it as DOCX or PDF",
    "PowerPoint Document": "is a PowerPoint 97 presentation (PPT); save it as PPTX or PDF",
    "VisioDocument": "is a Visio drawing; export it as PDF",
    "Quill": "is a Publisher document; export it as PDF",
    "MatOST": "is a Works document (WPS); save it as DOCX or PDF",
}
_FORMATS = {"__properties_version1.0": "msg", "Workbook": "xls", "Book": "xls"}  # by a stream that they have


def ole_format(data: bytes, source: str) -> str:
    """The format of an OLE file: msg or xls. Raises DocumentError if it is another one, which cannot be read."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        names = {path[0].lower() for path in ole.listdir(streams=True, storages=True)}
    for name, reason in _REFUSED.items():
        if name.lower() in names:
            raise DocumentError(f"{source}: {reason}")
    for name, format in _FORMATS.items():
        if name.lower() in names:
            return format
    raise DocumentError(f"{source}: is in an old Office format; save it as DOCX or PDF")


def read_msg(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """One message, as read_eml reads it: subject, sender and date as fields, no quoted replies or signatures."""
    from oxmsg import Message

    _register_windows_encodings()
    saved = Message.load(io.BytesIO(data))
    message = EmailMessage()
    headers = {
        "Subject": saved.subject,
        "From": saved.sender,
        "To": ", ".join(filter(None, (_address(r.name, r.email_address) for r in saved.recipients))),
        "Date": saved.sent_date.strftime("%a, %d %b %Y %H:%M:%S %z") if saved.sent_date else "",
        "Message-ID": saved.message_headers.get("Message-ID") or "",
    }
    for name, value in headers.items():
        if value := " ".join((value or "").replace("\0", " ").split()):
            message[name] = value
    text, html = ((body or "").replace("\0", "") for body in (saved.body, saved.html_body))
    if text.strip():
        message.set_content(text)
        if html.strip():
            message.add_alternative(html, subtype="html")
    elif html.strip():
        message.set_content(html, subtype="html")
    else:
        raise DocumentError(f"{source}: holds no text")
    return read_eml(bytes(message), source, options)


@cache
def _register_windows_encodings() -> None:
    """Let Python know code pages by the names that the library gives them, such as "windows-950"."""

    def find(name: str) -> codecs.CodecInfo | None:
        number = name.removeprefix("windows_")
        return codecs.lookup(f"cp{number}") if number != name and number.isdecimal() else None

    codecs.register(find)


def _address(name: str | None, address: str | None) -> str:
    return f"{name} <{address}>" if name and address and name != address else name or address or ""
