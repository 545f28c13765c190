"""Dates and names in the headers of chat messages, and headers that take several lines, as one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from summarize.documents.readers.turns import LAPSE

DATE = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?|\d{1,2}[- ][A-Z][a-z]{2,8}[- ]\d{2,4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4})"
TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,3})?)?(?:[\s\u202f]?[AaPp]\.?[\s\u202f]?[Mm]\.?)?"
WHEN = rf"(?:{DATE}(?:,?[ T\u202f](?:à |at |um |kl\. |klo )?{TIME})?|{TIME})"
DATE_AND_TIME = rf"{DATE},?[ T\u202f](?:à |at |um |kl\. |klo )?{TIME}"
DAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?|Today|Yesterday)\b"
PROPER_NAME = r"[A-Z][^\W_]*\.?(?: (?:[A-Z][^\W_]*\.?|\d{1,3})){0,3}"  # of words with capitals
_NAME_ALONE = re.compile(PROPER_NAME)
_TIME_ALONE = re.compile(rf"(?:(?:{DAY}|{DATE})(?: at|,)? )?({LAPSE})$")
_MIN_NAMED = 0.8  # of lines with nothing but a time; if so many stand below names, all that look like names are
_DATE_ALONE = re.compile(rf"{DATE_AND_TIME}(?: \([^()\n]{{1,80}}\))?")
_FIELD = re.compile(r"(From|Type|Sent|Received): (.{1,100})$")
_PHONE_HEADER = re.compile(  # "2024-05-12 10:31:00 from Anna Berg (+4755501234) - Read"
    rf"{DATE_AND_TIME},? (?:from (?P<name>[^\n:]{{1,60}}?)|to [^\n:]{{1,60}}?)(?: \([^()\n]{{3,40}}\))?"
    r"(?: ?[-–—] ?(?P<status>Read|Delivered|Sent|Received|Unread|iMessage|SMS|RCS|WhatsApp)\b[^\n]{0,40})?"
)
_DATED_NAME = re.compile(rf"{DATE_AND_TIME} [-–—|] (?P<name>{PROPER_NAME})(?: \([^()\n]{{3,40}}\))?:?")
_OWNER = "Me"  # who saved the messages
_NUMBER = re.compile(r" \(\+?\d[\d ]{4,20}\)$")
_MAX_NAME = 60  # characters


def with_headers_on_one_line(lines: Sequence[str]) -> list[str]:
    """The lines of a text, with the header of a message on one line where a program gives it several."""
    joined = list[str]()
    at = 0
    is_usual = _usually_below_names(lines)
    while at < len(lines):
        n_taken, header = (
            _signal_header(lines, at)
            or _dated_header(lines, at)
            or _dashed_header(lines, at)
            or _phone_header(lines, at)
            or (1, lines[at])
        )
        if n_taken == 1 and (time := _time_below_name(header, joined, is_usual=is_usual)):
            joined[-1] = f"{joined[-1].strip()}  {time}"
        else:
            joined.append(header)
        at += n_taken
    return joined


def _usually_below_names(lines: Sequence[str]) -> bool:
    """Whether times on lines of their own stand below names throughout a text."""
    above = [before for before, line in pairwise(lines) if _TIME_ALONE.match(line.strip())]
    n_named = sum(_NAME_ALONE.fullmatch(line.strip()) is not None for line in above)
    return n_named > 2 and n_named >= _MIN_NAMED * len(above)


def _time_below_name(line: str, before: Sequence[str], *, is_usual: bool) -> str:
    """The time of the message whose speaker the line before names, if a line is that; otherwise "". A name begins a
    paragraph, unless the time is indented, as in copies of Slack, or names stand above times throughout."""
    time = _TIME_ALONE.match(line.strip())
    if time is None or not before or not _NAME_ALONE.fullmatch(before[-1].strip()):
        return ""
    is_header = is_usual or line[:1] in (" ", "\t") or not "".join(before[-2:-1]).strip()
    return time[1] if is_header else ""


def _signal_header(lines: Sequence[str], at: int) -> tuple[int, str] | None:
    """The number of lines and the header of a message that Signal's backup tools write: fields, then a blank line."""
    if not lines[at].startswith("From: "):
        return None
    fields = dict[str, str]()
    for line in lines[at : at + 5]:
        if not (field := _FIELD.match(line.strip())):
            break
        fields[field[1]] = field[2]
    if not {"From", "Type", "Sent"} <= fields.keys():
        return None
    return len(fields), f"[{_UNKNOWN_TIME}] {_NUMBER.sub('', fields['From'])}"


_UNKNOWN_TIME = "2000-01-01 00:00"  # times are not read


def _dashed_header(lines: Sequence[str], at: int) -> tuple[int, str] | None:
    """The number of lines and the header of a message with its sender, a dash and the time on three lines, as copies of
    Discord have it."""
    name, dash, time = (line.strip() for line in (*lines[at : at + 3], "", "", "")[:3])
    if not name or len(name) > _MAX_NAME or dash not in ("—", "–") or not _TIME_ALONE.match(time):
        return None
    return 3, f"{name} — {time}"


def _phone_header(lines: Sequence[str], at: int) -> tuple[int, str] | None:
    """The header of a message with its date and sender on one line and its words below, as programs write it that copy
    messages from a telephone. It begins a paragraph, or stands below a rule."""
    before = lines[at - 1].strip() if at else ""
    if any(map(str.isalnum, before)) or not "".join(lines[at + 1 : at + 3]).strip() or len(lines[at]) > 3 * _MAX_NAME:
        return None
    if found := _PHONE_HEADER.fullmatch(lines[at].strip()):
        return 1, f"[{_UNKNOWN_TIME}] {found['name'] or _OWNER}"
    found = _DATED_NAME.fullmatch(lines[at].strip())
    return (1, f"[{_UNKNOWN_TIME}] {found['name']}") if found else None


def _dated_header(lines: Sequence[str], at: int) -> tuple[int, str] | None:
    """The number of lines and the header of a message with its date on a line and its sender on the next, as exporters
    of Apple's Messages write it."""
    if at and lines[at - 1].strip():
        return None
    date = " ".join(lines[at].split()) if len(lines[at]) < 2 * _MAX_NAME else ""
    name = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if not name or len(name) > _MAX_NAME or not _DATE_ALONE.fullmatch(date):
        return None
    return 2, f"[{date.partition(' (')[0]}] {name}"
