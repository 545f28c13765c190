"""Chats and transcripts saved as text: each message or turn with its speaker, without times and system notices.

The forms are those of WhatsApp (Android, iOS), Telegram, Discord (DiscordChatExporter), Zoom, Teams, Otter and IRC. A
form is recognised by the lines that begin its messages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from summarize.documents.document import Extracted
from summarize.documents.readers.chat_headers import (
    DATE,
    DATE_AND_TIME,
    DAY,
    PROPER_NAME,
    TIME,
    WHEN,
    with_headers_on_one_line,
)
from summarize.documents.readers.turns import FOOTER, LABEL, LAPSE, LAPSE_ALONE, NAME, SOUND_IN_TEXT, Turns, is_name
from summarize.documents.wrapped_lines import wrapped_paragraphs

_FULL_NAME = r"(?![^:]* - )[^\s:\[\]<>\"“„][^\n:\[\]<>\"“„]{0,59}?"  # of a contact: letters, numbers, emoji

_GREETING = r"(?:Dear|Hi|Hello|Hey|Lieber?|Chère?|Estimad[oa]|Querid[oa])"  # of a letter, which ends with a colon, too
_TIME_IN_TEXT = re.compile(rf"[\[(]{LAPSE}[\])]")
_BOLD_NAME = re.compile(r"\*\*([^*\n]{1,60})\*\*")


@dataclass(frozen=True)
class _Form:
    """How a program writes messages.

    begins: a message's first line, with the groups "name" and "text", or neither for a system notice. min_messages: in
    how many it must be found. is_written: each message is a paragraph; otherwise it is speech, whose turns are joined.
    names_repeat: there must be fewer speakers than messages, for lines of this form are found in other texts too.
    min_share: of the lines. min_repeated: the share of messages by speakers of more than
    one, of which there must be two at least.
    has_preface: what stands before the first message is text, too.
    """

    begins: re.Pattern[str]
    min_messages: int = 2
    is_written: bool = True
    names_repeat: bool = False
    min_share: float = 0.2
    min_repeated: float = 0.0
    has_preface: bool = False


_FORMS = (
    # 12/05/2024, 10:31 - Anna Berg: Hi
    _Form(re.compile(rf"{DATE_AND_TIME} [-–] (?:(?P<name>{_FULL_NAME}): (?P<text>.*)|.*)$"), min_share=0.02),
    # [12.05.24, 10:31:45] Anna Berg: Hi
    _Form(re.compile(
        rf"\[{DATE_AND_TIME}(?: \| [^\[\]]{{1,40}})?\] (?:(?P<name>{_FULL_NAME}): (?P<text>.*)|.*)$"
    ), min_share=0.02),
    # Anna Berg, [12.05.2024 10:31]
    _Form(re.compile(rf"(?P<name>{_FULL_NAME}),? \[{DATE_AND_TIME}\]:?(?P<text>.*)$"), min_share=0.05),
    # [12/05/2024 10:31 AM] anna_b
    _Form(re.compile(rf"\[{DATE_AND_TIME}\] (?P<name>{_FULL_NAME})(?P<text>)(?: \(pinned\))?$"), min_share=0.05),
    # 10:31:45 From Anna Berg to Everyone: Hi
    _Form(re.compile(
        rf"{TIME}[ \t]+From[ \t]+(?P<name>{_FULL_NAME})(?:[ \t]+to[ \t]+[^\n:]{{1,60}}?)?[ \t]*:[ \t]*(?P<text>.*)$"
    )),
    # 10:31<tab>Anna Berg<tab>Hi
    _Form(re.compile(rf"{TIME}\t(?P<name>{_FULL_NAME})\t(?P<text>.*)$"), 3),
    # Anna said:
    _Form(re.compile(rf"(?P<name>{PROPER_NAME}) said:(?P<text>)$"), 3, True, True, 0.1),
    # Anna Berg:
    _Form(re.compile(
        rf"(?P<name>(?!(?:On )?{DAY}|{_GREETING}\b){PROPER_NAME}"
        r"|[^\W\d_a-z](?:[^\W\d_a-z]|[ .'’#-]){1,30}(?: \d{1,3})?):(?P<text>)$"
    ), 4, False, True, 0.05, 0.7, True),
    # [10:31] <anna> Hi
    _Form(re.compile(  # and, of what somebody does: [10:31] * anna waves
        rf"(?P<when>\[?{WHEN}\]?[ \t]+)?"
        r"(?:(?:(?P<said><)(?![\d:.,]+>)[@+ ~&%]?|(?(when)\* |(?!)))(?P<name>[^\s<>]{1,30})(?(said)>)[ \t]+(?P<text>.*)"
        r"|(?:\*\*\*?|-->|<--|-!-) .*)$"
    ), 3),
    # [10:31] Anna Berg: Hi
    _Form(re.compile(
        rf"(?:\[{WHEN}\]|\({WHEN}\)|<{WHEN}>|{WHEN})[ \t]+(?P<name>{NAME}): (?P<text>.*)$"
    ), 3, False, True),
    # Anna Berg: [10:31] Hi
    _Form(re.compile(rf"(?P<name>{NAME}):[ \t]+[\[(]{LAPSE}[\])](?P<text>.*)$"), 3, False, True),
    # Anna Berg (10:31): Hi
    _Form(re.compile(rf"(?P<name>{NAME})[ \t]*[(\[]{WHEN}[)\]][ \t]*:(?P<text>.*)$"), 3, False, True),
    # Anna Berg — Today at 10:31 AM
    _Form(re.compile(
        rf"(?P<name>{NAME})[ \t]*(?:(?:[—–-][ \t]*|[ \t])(?:(?:Today|Yesterday)(?: at|,)? |{DATE},? )|[—–][ \t]*)"
        rf"{LAPSE}(?P<text>)$"
    ), 3, True, True),
    # Anna Berg  0:12
    _Form(re.compile(
        rf"(?P<name>(?!{DATE}|{DAY},?[ ]{LAPSE}){NAME})(?:,?[ \t]+|[ \t]*[|·•-][ \t]*)"
        rf"(?:{DAY},?[ ])?[(\[]?{LAPSE}[)\]]?"
        r"(?:,? \(?edited\)?)?(?P<text>)$", re.IGNORECASE
    ), 3, False, True),
    # [10:31 AM] Anna Berg
    _Form(re.compile(rf"\[(?:[\w/]{{1,12}} )?{LAPSE}\][ \t]+(?P<name>{NAME})(?P<text>)$"), 3, True, True),
    # 0:12 Anna Berg
    _Form(re.compile(rf"[\[(]?{LAPSE}[\])]?[ \t]+(?P<name>{PROPER_NAME})(?P<text>)$"), 3, False, True),
    # [Anna Berg] 10:31:45
    _Form(re.compile(rf"\[(?P<name>{NAME})\][ \t]+{LAPSE}(?P<text>)$"), 2, False, True),
)  # fmt: skip
_MARKS = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069\u202a\u202b\u202c\ufeff")
_SYSTEM_MARK = "\u200e"  # before what WhatsApp for iOS writes itself
# In the languages of WhatsApp's own words, where no mark stands before them: "Se eliminó este mensaje."
_DELETED = (
    r"(?=[^\n]{0,60}(?:ce message|nachricht|mensagem|messaggio|mensaje|bericht|meddeland|melding|besked|сообщени"
    r"|wiadomoś|mesaj))"
    r"(?=[^\n]{0,60}(?:gelöscht|elimin[aó]|supprimé|apagad|apagou|verwijderd|raderade|tagits|slettet|удал[её]?[ни]"
    r"|usunięt|sil[di]+n))"
    r"\w+(?: \w+){1,5}\.?"
)
_NOTICE = re.compile(
    r"<[^<>]{3,80}>|.{0,20}\b(?:image|video|audio|sticker|gif|document|contact card|media) omitted"
    r"|\S+\.\w{2,4} \([^()]{3,40}\)|(?:this|you) (?:message was )?deleted(?: this message)?\.?|null"
    rf"|{_DELETED}"
    r"|\W{0,3}missed call|missed (?:voice|video|group).{0,20}call.*"
    r"|waiting for this message.*|.{0,30}end-to-end encrypted.*"
    rf"|{FOOTER}|.{{1,60}} (?:started|stopped) (?:the )?(?:transcription|recording)"
    r"|\[(?:photo|video|sticker|file|voice message|album|location|contact)s?\]"  # LINE
    r"|\[ [^\[\]]{1,60} \]|\[(?:in reply to|forwarded from) [^\[\]]{1,100}\]"  # Telegram
    r"|replying to [\"“].*|reacted to [\"“].*[\"”] with .{1,20}|removed a .{1,12} reaction from [\"“].*"  # Zoom
    rf"|\d{{1,4}} repl(?:y|ies)|last reply .{{1,40}}|view thread|(?:today|yesterday) at {TIME}"  # Slack
    r"|tapbacks:|(?:loved|(?:dis)?liked|laughed|emphasized|questioned) by .{1,60}"  # Messages
    r"|(?::[\w+-]{1,40}:(?: ?\d{1,4})?\s?){1,9}|uploaded (?:a file|\d+ files).{0,80}|\(- .{1,200} -\)"  # reactions
    r"|\{?(?:photo|video|voice message|sticker|file|attachments?|embed|reactions|stickers)\}?|.*<attached: [^<>]*>",
    re.IGNORECASE,
)
_JOINED_OR_LEFT = re.compile(
    r"(?:has )?(?:joined|left)(?: (?:the )?(?:meeting|chat|group|channel|room|server|#\S+))?\.?", re.I
)
_AFTERTHOUGHT = re.compile(
    r"\s*(?:<[^<>\n]{0,30}(?:edited|bearbeitet|modifi[ée]|modificat|editad|bewerkt|redig|изменен|edytowan)[^<>\n]{0,9}>"
    rf"|{_SYSTEM_MARK}<[^<>\n]{{3,80}}>)\s*$|\s+\(edited\)$",
    re.IGNORECASE,
)
_REACTION = re.compile(r":[\w+-]{1,40}:")
_DISCORD_EXTRAS = re.compile(r"\{(?:Attachments|Embed|Reactions|Stickers)\}$")


def read_chat(text: str) -> Extracted | None:
    """The messages of a chat or the turns of a transcript; None if the text is neither."""
    lines = with_headers_on_one_line(
        [_BOLD_NAME.sub(r"\1", line, count=1) if line[:2] == "**" else line for line in text.split("\n")]
    )
    lines = [line.strip().lstrip(_MARK_CHARACTERS) for line in lines]
    form = _form_of(lines)
    if form is None:
        return None
    turns = Turns()
    if form.has_preface:
        for paragraph in wrapped_paragraphs(list(takewhile(lambda line: not form.begins.match(line), lines))):
            turns.say(paragraph)
            turns.end_paragraph()
    for name, words in _messages(lines, form):
        if form.is_written:
            turns.message(words, name)
        else:
            turns.say(_TIME_IN_TEXT.sub(" ", SOUND_IN_TEXT.sub(" ", words)), name)
    extracted = turns.extracted()
    return extracted if extracted.text else None


_MARK_CHARACTERS = "".join(map(chr, _MARKS)) + " "


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
        repeated = [count for count in Counter(speakers).values() if count > 1]
        are_several = not form.min_repeated or (len(repeated) > 1 and not _speak_in_lines(lines, frozenset(speakers)))
        if are_names and are_several and sum(repeated) >= max(form.names_repeat, form.min_repeated * len(speakers)):
            best, most = form, len(names)
    return best


def _speak_in_lines(lines: Sequence[str], speakers: frozenset[str]) -> bool:
    """Whether some speakers' names stand before a colon with what is said on the same line."""
    return any(label[1] in speakers and label.end() < len(line) for line in lines if (label := LABEL.match(line[:100])))


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
    before = ""
    for line in lines:
        if _DISCORD_EXTRAS.match(line):
            break
        line = _AFTERTHOUGHT.sub("", line).replace(_SYSTEM_MARK + "<", "<")
        is_system = line.startswith(_SYSTEM_MARK)
        line = line.translate(_MARKS).strip()
        is_count = line.isdigit() and _REACTION.fullmatch(before) is not None  # of those who reacted so
        before = line
        if not is_system and not is_count and not _NOTICE.fullmatch(line) and not _JOINED_OR_LEFT.fullmatch(line):
            kept.append(line)
    words = "\n".join(kept)
    if any(map(str.isalnum, words)):
        yield name.translate(_MARKS).strip().removeprefix("~").strip(), words
