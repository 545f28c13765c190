"""Chats and transcripts saved as text: each message or turn with its speaker, without times and system notices.

The forms are those of WhatsApp (Android, iOS), Telegram, Discord (DiscordChatExporter), Zoom, Teams, Otter and IRC. A
form is recognised by the lines that begin its messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from summarize.documents.document import Extracted
from summarize.documents.readers.turns import FOOTER, LAPSE, LAPSE_ALONE, NAME, Turns, is_name

_DATE = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?|\d{1,2}[- ][A-Z][a-z]{2,8}[- ]\d{2,4}|[A-Z][a-z]{2,8} \d{1,2}, \d{4})"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,3})?)?(?:[\s\u202f]?[AaPp]\.?[\s\u202f]?[Mm]\.?)?"
_WHEN = rf"(?:{_DATE}(?:,?[ T\u202f](?:à |at |um |kl\. |klo )?{_TIME})?|{_TIME})"
_DATE_AND_TIME = rf"{_DATE},?[ T\u202f](?:à |at |um |kl\. |klo )?{_TIME}"
_FULL_NAME = r"(?![^:]* - )[^\s:\[\]<>\"“„][^\n:\[\]<>\"“„]{0,59}?"  # of a contact: letters, numbers, emoji

_PROPER_NAME = r"[A-Z][^\W_]*\.?(?: (?:[A-Z][^\W_]*\.?|\d{1,3})){0,3}"  # of words with capitals
_NAME_ALONE = re.compile(_PROPER_NAME)
_BOLD_NAME = re.compile(r"\*\*([^*\n]{1,60})\*\*")


@dataclass(frozen=True)
class _Form:
    """How a program writes messages.

    begins: a message's first line, with the groups "name" and "text", or neither for a system notice. min_messages: in
    how many it must be found. is_written: each message is a paragraph; otherwise it is speech, whose turns are joined.
    names_repeat: there must be fewer speakers than messages, for lines of this form are found in other texts too.
    min_share: of the lines.
    """

    begins: re.Pattern[str]
    min_messages: int = 2
    is_written: bool = True
    names_repeat: bool = False
    min_share: float = 0.2


_FORMS = (
    # 12/05/2024, 10:31 - Anna Berg: Hi
    _Form(re.compile(rf"{_DATE_AND_TIME} [-–] (?:(?P<name>{_FULL_NAME}): (?P<text>.*)|.*)$"), min_share=0.02),
    # [12.05.24, 10:31:45] Anna Berg: Hi
    _Form(re.compile(rf"\[{_DATE_AND_TIME}\] (?:(?P<name>{_FULL_NAME}): (?P<text>.*)|.*:.*)$"), min_share=0.02),
    # Anna Berg, [12.05.2024 10:31]
    _Form(re.compile(rf"(?P<name>{_FULL_NAME}),? \[{_DATE_AND_TIME}\]:?(?P<text>.*)$"), min_share=0.05),
    # [12/05/2024 10:31 AM] anna_b
    _Form(re.compile(rf"\[{_DATE_AND_TIME}\] (?P<name>{_FULL_NAME})(?P<text>)(?: \(pinned\))?$"), min_share=0.05),
    # 10:31:45 From Anna Berg to Everyone: Hi
    _Form(re.compile(
        rf"{_TIME}[ \t]+From[ \t]+(?P<name>{_FULL_NAME})(?:[ \t]+to[ \t]+[^\n:]{{1,60}}?)?[ \t]*:[ \t]*(?P<text>.*)$"
    )),
    # [10:31] <anna> Hi
    _Form(re.compile(
        rf"(?:\[?{_WHEN}\]?[ \t]+)?"
        r"(?:<(?![\d:.,]+>)[@+ ~&%]?(?P<name>[^\s<>]{1,30})>[ \t]+(?P<text>.*)|(?:\*\*\*?|-->|<--|-!-) .*)$"
    ), 3),
    # [10:31] Anna Berg: Hi
    _Form(re.compile(
        rf"(?:\[{_WHEN}\]|\({_WHEN}\)|<{_WHEN}>|{_WHEN})[ \t]+(?P<name>{NAME}): (?P<text>.*)$"
    ), 3, False, True),
    # Anna Berg (10:31): Hi
    _Form(re.compile(rf"(?P<name>{NAME})[ \t]*[(\[]{_WHEN}[)\]][ \t]*:(?P<text>.*)$"), 3, False, True),
    # Anna Berg — Today at 10:31 AM
    _Form(re.compile(
        rf"(?P<name>{NAME})[ \t]*(?:[—–-][ \t]*|[ \t])(?:(?:Today|Yesterday)(?: at|,)? |{_DATE},? ){LAPSE}(?P<text>)$"
    ), 3, True, True),
    # Anna Berg  0:12
    _Form(re.compile(
        rf"(?P<name>{NAME})(?:,?[ \t]+|[ \t]*[|·•-][ \t]*)[(\[]?{LAPSE}[)\]]?(?P<text>)$"
    ), 3, False, True),
    # [10:31 AM] Anna Berg
    _Form(re.compile(rf"\[(?:[\w/]{{1,12}} )?{LAPSE}\][ \t]+(?P<name>{NAME})(?P<text>)$"), 3, True, True),
    # 0:12 Anna Berg
    _Form(re.compile(rf"[\[(]?{LAPSE}[\])]?[ \t]+(?P<name>{_PROPER_NAME})(?P<text>)$"), 3, False, True),
    # [Anna Berg] 10:31:45
    _Form(re.compile(rf"\[(?P<name>{NAME})\][ \t]+{LAPSE}(?P<text>)$"), 2, False, True),
)  # fmt: skip
_MARKS = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069\u202a\u202b\u202c\ufeff")
_SYSTEM_MARK = "\u200e"  # before what WhatsApp for iOS writes itself
_NOTICE = re.compile(
    r"<[^<>]{3,80}>|.{0,20}\b(?:image|video|audio|sticker|gif|document|contact card|media) omitted"
    r"|\S+\.\w{2,4} \([^()]{3,40}\)|(?:this|you) (?:message was )?deleted(?: this message)?\.?|null"
    r"|missed (?:voice|video|group).{0,20}call.*|waiting for this message.*|.{0,30}end-to-end encrypted.*"
    rf"|{FOOTER}"
    r"|\{?(?:photo|video|voice message|sticker|file|attachments?|embed|reactions|stickers)\}?|.*<attached: [^<>]*>",
    re.IGNORECASE,
)
_JOINED_OR_LEFT = re.compile(
    r"(?:has )?(?:joined|left)(?: (?:the )?(?:meeting|chat|group|channel|room|server))?\.?", re.I
)
_AFTERTHOUGHT = re.compile(r"\s*<(?:this message was edited|edited)>\s*$|\s+\(edited\)$", re.IGNORECASE)
_DISCORD_EXTRAS = re.compile(r"\{(?:Attachments|Embed|Reactions|Stickers)\}$")


def read_chat(text: str) -> Extracted | None:
    """The messages of a chat or the turns of a transcript; None if the text is neither."""
    lines = [line.strip().lstrip(_MARK_CHARACTERS) for line in text.split("\n")]
    lines = _with_times_beside_names(
        [_BOLD_NAME.sub(r"\1", line, count=1) if line[:2] == "**" else line for line in lines]
    )
    form = _form_of(lines)
    if form is None:
        return None
    turns = Turns()
    for name, words in _messages(lines, form):
        if form.is_written:
            turns.message(words, name)
        else:
            turns.say(words, name)
    extracted = turns.extracted()
    return extracted if extracted.text else None


_MARK_CHARACTERS = "".join(map(chr, _MARKS)) + " "


def _with_times_beside_names(lines: Sequence[str]) -> list[str]:
    """The lines, with a time that has a line of its own on that of the name before it, which begins a paragraph."""
    joined = list[str]()
    for line in lines:
        is_after_name = len(joined) > 0 and _NAME_ALONE.fullmatch(joined[-1]) and not "".join(joined[-2:-1])
        if is_after_name and LAPSE_ALONE.match(line):
            joined[-1] += f"  {line}"
        else:
            joined.append(line)
    return joined


def _form_of(lines: Sequence[str]) -> _Form | None:
    """The form that most lines have; None if too few have any."""
    n_lines = sum(map(bool, lines))
    best, most = None, 0
    for form in _FORMS:
        found = [match for line in lines if (match := form.begins.match(line[:400]))]
        names = [match["name"] for match in found]
        n_bare = sum(match["name"] is not None and not match["text"] for match in found)
        speakers = [name.translate(_MARKS).strip() for name in names if name]
        if len(names) <= most or len(names) < max(form.min_messages, form.min_share * n_lines):
            continue
        if n_bare > n_lines - len(found):  # what a bare name says is on lines below it
            continue
        are_names = speakers and all(map(is_name, speakers)) and len(speakers) * 2 >= len(names)
        if are_names and not (form.names_repeat and len(set(speakers)) == len(speakers)):
            best, most = form, len(names)
    return best


def _messages(lines: Sequence[str], form: _Form) -> Iterator[tuple[str, str]]:
    """(speaker, words) of each message that somebody wrote, in order."""
    name: str | None = None  # None before the first message and in a system notice
    message: list[str] = []
    for line in lines:
        if found := form.begins.match(line):
            yield from _written(name, message)
            name = found["name"]
            message = [found["text"]] if name is not None else []
        elif not LAPSE_ALONE.match(line):
            message.append(line)
    yield from _written(name, message)


def _written(name: str | None, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(speaker, words) of a message; nothing if the program wrote it, or if it has no words."""
    if name is None or not lines:
        return
    kept = []
    for line in lines:
        if _DISCORD_EXTRAS.match(line):
            break
        line = _AFTERTHOUGHT.sub("", line.replace(_SYSTEM_MARK + "<", "<"))
        is_system = line.startswith(_SYSTEM_MARK)
        line = line.translate(_MARKS).strip()
        if not is_system and not _NOTICE.fullmatch(line) and not _JOINED_OR_LEFT.fullmatch(line):
            kept.append(line)
    words = "\n".join(kept)
    if any(map(str.isalnum, words)):
        yield name.translate(_MARKS).strip().removeprefix("~").strip(), words
