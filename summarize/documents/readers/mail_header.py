"""A message's header: whether a text begins with one, and whether its first bytes are all of it."""

from __future__ import annotations

import re

MAX_HEADER_BYTES = 1 << 18  # relays, seals and signatures may fill many kilobytes
_NAMES = (
    rb"from|to|cc|subject|date|message-id|mime-version|received|return-path|delivered-to|content-type|sender|reply-to|references"
    rb"|in-reply-to|content-transfer-encoding|envelope-to|delivery-date|authentication-results|received-spf|dkim-signature"
    rb"|domainkey-signature|arc-[\w-]+|list-[\w-]+|x-[\w-]+|thread-topic|thread-index|user-agent|resent-[\w-]+|auto-submitted|feedback-id"
)
_HEADER = re.compile(rb"^(" + _NAMES + rb"):", re.IGNORECASE | re.MULTILINE)
_START = re.compile(rb"(?:From \S|(?:" + _NAMES + rb"):)", re.IGNORECASE)
_END = re.compile(rb"\r?\n\r?\n")
_OTHER_LINE = re.compile(rb"\n(?![ \t>]|[!-9;-~]{1,76}:|\r?\n|\Z)")


def header_names(text: bytes) -> set[bytes]:
    """The names, in lower case, of the usual headers of mail at the beginning of a text; X- headers count as one."""
    end = _END.search(text)
    names = {name.lower() for name in _HEADER.findall(text[: end.start()] if end else text)}
    return {name[:2] if name.startswith(b"x-") else name for name in names}


def is_unfinished_header(head: bytes) -> bool:
    """Whether a text begins with a message's header, and may not yet have come to its end."""
    if not _START.match(head) or _END.search(head) or len(head) >= MAX_HEADER_BYTES:
        return False
    last_line = head.rfind(b"\n") + 1
    return _OTHER_LINE.search(head[:last_line].rstrip(b"\r\n") + b"\n") is None
