"""Which lines of a message its sender wrote: without quoted messages and signatures, and with forwarded messages.

There are libraries for it. quotequail knows no bare header blocks of Outlook and few languages, and its search for
forwarded messages takes quadratic time; mail-parser-reply matches whole messages against expressions that a hostile
message keeps busy for hours; talon has not been kept up since 2022. Here each line is looked at once, with expressions
for single lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from summarize.documents.readers.mail_lines import Line
from summarize.documents.readers.mail_marks import (
    FORWARD_MARK,
    LEGAL_TITLE,
    MAX_LINE,
    ORIGINAL_MARK,
    RULE,
    SCRUBBED,
    SHORT_RULE,
    begins_attribution,
    ends_sentence,
    has_contact,
    header_of,
    is_attribution,
    is_bulk_notice,
    is_closing,
    is_ending,
    is_legal_notice,
    is_list_footer,
    may_be_contact,
    may_end_attribution,
)

_DASHES = re.compile("[—–]{2,12}")
_MAX_FORWARDS = 8  # messages forwarded within forwarded messages
_MAX_ATTRIBUTION = 5  # lines
_MAX_GREETING = 6  # lines between an attribution and its quotation
_MAX_HEADER_GAP = 12  # lines that go on with a header's value, such as a long list of addresses
_MAX_HEADER = 40  # lines
_MAX_ENDING = 40  # lines
_MIN_WRAPPED = 60  # characters
_MAX_CONTACT_LINES = 14  # with empty ones, below the sender's name
_MAX_DASH_SIGNATURE = 8  # lines after a single dash


@dataclass(frozen=True)
class Passage:
    """Lines that one person wrote. title: "" for the sender's own, else what they are and the subject."""

    title: str
    lines: list[Line]


@dataclass
class _Parts:
    """The lines of a message by whose they are. header: of the forwarded message."""

    own: list[Line] = field(default_factory=list)
    quoted: list[Line] = field(default_factory=list)
    forwarded: list[Line] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)


def passages(lines: Sequence[Line], *, is_forward: bool = False) -> list[Passage]:
    """The sender's own lines, and those of the messages that are forwarded.

    If there are neither, what the message quotes is all that it says. is_forward: by its subject, the message forwards
    another one.
    """
    found: list[Passage] = []
    title, rest = "", list(lines)
    for _ in range(_MAX_FORWARDS):
        parts = _Scan(rest, is_forward=is_forward).run()
        if has_text(own := _without_notices(parts.own)):
            found.append(Passage(title, own))
        if has_text(parts.forwarded):
            title, rest = _title("Forwarded message", parts.header), _outdented(parts.forwarded)
        elif not found and has_text(parts.quoted):
            title, rest = _title("Quoted message", parts.header), _outdented(parts.quoted)
        else:
            break
        is_forward = False
    return found


def has_text(lines: Sequence[Line]) -> bool:
    """Whether any line has a letter or digit."""
    return any(character.isalnum() for line in lines for character in line.text)


def _title(kind: str, header: dict[str, str]) -> str:
    return f"{kind}: {header['subject']}" if header.get("subject") else kind


def _outdented(lines: list[Line]) -> list[Line]:
    """Lines less deep, so that the first ones are not quoted."""
    first = next(line.depth for line in lines if line.text.strip())
    return [line._replace(depth=max(line.depth - first, 0)) for line in lines]


class _Scan:
    """One pass over the lines of a message."""

    def __init__(self, lines: list[Line], *, is_forward: bool) -> None:
        self._lines = lines
        self._texts = [line.text.strip() for line in lines]
        self._is_forward = is_forward
        self._parts = _Parts()
        self._at = 0
        self._headers: dict[int, tuple[str, str] | None] = {}  # what lines of headers hold, as far as it was asked for
        self._has_own = False  # any line of the sender's with text
        self._has_ended = False  # the sender's text, with the name of the device; what follows is another's

    def run(self) -> _Parts:
        """The lines of each kind."""
        n_lines = len(self._lines)
        while self._at < n_lines:
            line = self._lines[self._at]
            if not self._texts[self._at] or not (
                self._forward() or self._other_message() or self._attribution() or self._ending()
            ):
                self._keep(line)
        return self._parts

    def _keep(self, line: Line) -> None:
        if not line.depth and self._is_cut_off():
            line = line._replace(depth=self._lines[self._at - 1].depth)
            self._lines[self._at] = line
        if line.depth:
            self._has_ended = False  # whoever writes below quoted lines goes on
        elif self._has_ended and self._has_own:
            line = line._replace(depth=1)
        (self._parts.quoted if line.depth else self._parts.own).append(line)
        self._has_own = self._has_own or (not line.depth and has_text([line]))
        self._at += 1

    def _is_cut_off(self) -> bool:
        """Whether the line is the end of the quoted line before it, which some program has wrapped."""
        before = self._lines[self._at - 1] if self._at else None
        return (
            before is not None
            and before.depth > 0
            and len(before.text) >= _MIN_WRAPPED
            and self._texts[self._at][:1].islower()
            and len(self._texts[self._at]) < len(before.text)
        )

    def _forward(self) -> bool:
        """Take a forwarded message that begins here: all further lines."""
        line, text = self._lines[self._at], self._texts[self._at]
        if len(text) > MAX_LINE or not FORWARD_MARK.match(text) or (line.depth and has_text(self._parts.quoted)):
            return False
        self._take_forwarded(self._at + 1)
        return True

    def _take_forwarded(self, start: int) -> None:
        while start < len(self._lines) and not self._texts[start]:
            start += 1
        end, self._parts.header = self._header_block(start, min_kinds=1)
        self._parts.forwarded = self._lines[max(start, end) :]
        self._at = len(self._lines)

    def _other_message(self) -> bool:
        """Take the message whose header begins here, with or without a mark before it: all further lines."""
        if self._lines[self._at].depth:
            return False
        text = self._texts[self._at]
        is_mark = len(text) <= MAX_LINE and (ORIGINAL_MARK.match(text) or RULE.match(text)) is not None
        start = self._next_text(self._at + 1) if is_mark else self._at
        end, header = self._header_block(start, min_kinds=1 if is_mark else 3)
        if not end and not (is_mark and ORIGINAL_MARK.match(text)):
            return False
        if self._is_forward or not self._has_own:
            self._take_forwarded(start)
        else:
            self._parts.header = header
            self._parts.quoted += self._lines[max(start, end) :]
            self._at = len(self._lines)
        return True

    def _next_text(self, start: int) -> int:
        while start < len(self._texts) and not self._texts[start]:
            start += 1
        return start

    def _header_block(self, start: int, min_kinds: int) -> tuple[int, dict[str, str]]:
        """Where the header of a quoted message ends that begins at a line (0 if none does), and what it says."""
        header: dict[str, str] = {}
        end = gap = 0
        if start >= len(self._lines) or self._header_of(start) is None:
            return 0, header
        for i in range(start, min(start + _MAX_HEADER, len(self._lines))):
            if found := self._header_of(i):
                header.setdefault(*found)
                end, gap = i + 1, 0
            elif not self._texts[i]:
                gap = _MAX_HEADER_GAP  # only another line of the header may follow
            elif (gap := gap + 1) > _MAX_HEADER_GAP or len(self._texts[i]) > MAX_LINE:
                break
        n_kinds = len(header.keys() - {"other", "cc"})
        return (end, header) if "from" in header and n_kinds >= min_kinds else (0, {})

    def _header_of(self, i: int) -> tuple[str, str] | None:
        if i not in self._headers:
            self._headers[i] = header_of(self._texts[i])
        return self._headers[i]

    def _attribution(self) -> bool:
        """Leave out the line before a quotation, which may be wrapped; a message after it without marks is quoted."""
        start = self._at
        for end in range(start + 1, min(start + _MAX_ATTRIBUTION, len(self._lines)) + 1):
            text = self._texts[end - 1]
            if not text or self._lines[end - 1].depth or len(text) > MAX_LINE:
                return False
            following = self._next_text(end) if may_end_attribution(text) else 0
            is_before = 0 < following < len(self._lines) and self._lines[following].depth > 0
            if following and self._is_attribution(start, end, is_before):
                self._at = end
                if not is_before and not self._is_quoted_near(end):
                    self._parts.quoted += self._lines[end:]
                    self._at = len(self._lines)
                return True
            if ends_sentence(text):  # what follows does not belong to it
                return False
        return False

    def _is_quoted_near(self, start: int) -> bool:
        """Whether a quotation begins a few lines on: after a greeting, say."""
        return any(line.depth for line in self._lines[start : start + _MAX_GREETING])

    def _is_attribution(self, start: int, end: int, is_before: bool) -> bool:
        """Whether lines are an attribution; if another program's line stands before it, it begins after that."""

        def holds(first: int) -> bool:
            return is_attribution(" ".join(self._texts[first:end]), before_quotation=is_before)

        if end - start == 1 or begins_attribution(self._texts[start]):
            return holds(start)
        is_paragraph = start == 0 or not self._texts[start - 1]
        return is_paragraph and holds(start) and not any(holds(later) for later in range(start + 1, end))

    def _ending(self) -> bool:
        """Leave out a signature, the name of a device, or a list's footer, if one begins here."""
        line, text = self._lines[self._at], self._texts[self._at]
        if line.depth or len(text) > MAX_LINE:
            return False
        if (
            SHORT_RULE.match(text)
            and not self._is_underline()
            and is_list_footer([t for t in self._texts[self._at + 1 : self._at + _MAX_ENDING] if t])
        ):
            self._at = len(self._lines)
        elif is_ending(text):
            self._at += 1
            self._has_ended = True
        elif is_closing(text) and (end := self._contact_end()):
            self._keep_until_name()
            self._at = end
        elif SCRUBBED.match(text):
            self._at = next((i for i in range(self._at, len(self._texts)) if not self._texts[i]), len(self._texts))
        elif self._is_signature_mark(text):
            self._skip_signature()
        else:
            return False
        return True

    def _is_underline(self) -> bool:
        """Whether the line is a rule below a title, and as long."""
        title = self._texts[self._at - 1] if self._at else ""
        return bool(title) and abs(len(title) - len(self._texts[self._at])) <= 2 and SHORT_RULE.match(title) is None

    def _contact_end(self) -> int:
        """Where the sender's title and addresses end that stand below the name after a closing formula; 0 if none."""
        start = end = self._next_text(self._at + 1) + 1
        if not any(map(has_contact, self._texts[start : start + _MAX_CONTACT_LINES])):
            return 0
        while end < min(start + _MAX_CONTACT_LINES, len(self._lines)):
            if self._lines[end].depth or not may_be_contact(self._texts[end]):
                break
            end += 1
        if end < len(self._lines) and not self._lines[end].depth and ends_sentence(self._texts[end]):
            following = takewhile(bool, self._texts[end : end + _MAX_ENDING])
            if not is_legal_notice(" ".join(following)):
                return 0  # the sender goes on
        return end if any(map(has_contact, self._texts[start:end])) else 0

    def _keep_until_name(self) -> None:
        """Keep the closing formula and the name below it."""
        for _ in range(self._next_text(self._at + 1) + 1 - self._at):
            self._keep(self._lines[self._at])

    def _is_signature_mark(self, text: str) -> bool:
        if not self._has_own or not (text in ("--", "—", "––", "- --") or _DASHES.fullmatch(text)):
            return False
        return text == "--" or sum(map(bool, self._texts[self._at + 1 : self._at + _MAX_ENDING])) <= _MAX_DASH_SIGNATURE

    def _skip_signature(self) -> None:
        """Go on to the next forwarded message, quoted lines or header of a message."""
        self._at += 1
        while self._at < len(self._lines):
            text = self._texts[self._at]
            if self._lines[self._at].depth or (
                len(text) <= MAX_LINE and (FORWARD_MARK.match(text) or ORIGINAL_MARK.match(text))
            ):
                return
            if text and self._header_block(self._at, min_kinds=3)[0]:
                return
            self._at += 1


def _without_notices(lines: list[Line]) -> list[Line]:
    """Lines without the paragraphs that a company or a sender of newsletters adds to every message."""
    kept: list[Line] = []
    paragraph: list[Line] = []
    for line in [*lines, Line("")]:
        if line.text.strip() and not line.level:
            paragraph.append(line)
            continue
        text = " ".join(line.text for line in paragraph)
        has_link = any(line.n_link_chars for line in paragraph) or re.search(r"https?://|www\.", text) is not None
        if (
            paragraph
            and not LEGAL_TITLE.match(text)
            and not is_legal_notice(text)
            and not is_bulk_notice(text, has_link=has_link)
        ):
            kept += paragraph
        paragraph.clear()
        kept.append(line)
    return kept[:-1]
