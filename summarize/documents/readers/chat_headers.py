"""Dates and names in the headers of chat messages, and headers that take several lines, as one line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from summarize.documents.readers.turns import LAPSE_ALONE

DATE = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?|\d{1,2}[- ][A-Z][a-z]{2,8}[- ]\d{2,4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4})"
TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,3})?)?(?:[\s\u202f]?[AaPp]\.?[\s\u202f]?[Mm]\.?)?"
WHEN = rf"(?:{DATE}(?:,?[ T\u202f](?:à |at |um |kl\. |klo )?{TIME})?|{TIME})"
DATE_AND_TIME = rf"{DATE},?[ T\u202f](?:à |at |um |kl\. |klo )?{TIME}"
PROPER_NAME = r"[A-Z][^\W_]*\.?(?: (?:[A-Z][^\W_]*\.?|\d{1,3})){0,3}"  # of words with capitals
_NAME_ALONE = re.compile(PROPER_NAME)
_DATE_ALONE = re.compile(rf"{DATE_AND_TIME}(?: \([^()\n]{{1,80}}\))?")
_FIELD = re.compile(r"(From|Type|Sent|Received): (.{1,100})$")
_NUMBER = re.compile(r" \(\+?\d[\d ]{4,20}\)$")
_MAX_NAME = 60  # characters


def with_headers_on_one_line(lines: Sequence[str]) -> list[str]:
    """The lines of a text, with the header of a message on one line where a program gives it several."""
    joined = list[str]()
    at = 0
    while at < len(lines):
        n_taken, header = _signal_header(lines, at) or _dated_header(lines, at) or (1, lines[at])
        if n_taken == 1 and _is_time_below_name(header, joined):
            joined[-1] = f"{joined[-1].strip()}  {header.strip()}"
        else:
            joined.append(header)
        at += n_taken
    return joined


def _is_time_below_name(line: str, before: Sequence[str]) -> bool:
    """Whether a line is the time of the message whose speaker the line before names. A name begins a paragraph, unless
    the time is indented, as in copies of Slack."""
    if not before or not LAPSE_ALONE.match(line.strip()) or not _NAME_ALONE.fullmatch(before[-1].strip()):
        return False
    return line[:1] in (" ", "\t") or not "".join(before[-2:-1]).strip()


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
