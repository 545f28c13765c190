"""Chats exported as JSON, and lists of messages in the rows of tables: each message with its speaker.

These are the exports of Telegram, Slack, Discord (DiscordChatExporter), Facebook, Google Chat and Teams (Microsoft
Graph), and the messages of language models' dialogues. Names of fields are tried in turn, as every program has its own.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from summarize.documents.document import DOCUMENT_FIELDS, Extracted, plain_value
from summarize.documents.encodings import decode
from summarize.documents.readers.chat_content import graph_message, is_graph_message, slack_text
from summarize.documents.readers.turns import Turns, spoken
from summarize.errors import DocumentError

SPEAKER_FIELDS = (
    "user_profile", "speaker", "speaker_name", "author", "from", "sender_name", "sender", "creator", "role", "name",
    "username", "user_name", "user", "participant", "who",
)  # fmt: skip
NAME_FIELDS = ("real_name", "display_name", "nickname", "displayName", "global_name", "name", "username", "role")
TEXT_FIELDS = ("content", "text", "message", "utterance", "body", "value", "msg", "transcript", "parts")
_MESSAGE_LISTS = ("messages", "conversation", "dialogue", "dialog", "turns", "transcript", "utterances", "segments")
_SILENT_ROLES = frozenset({"system", "tool", "function", "developer"})
# Kinds of messages that somebody wrote; a message of another kind tells who joined, left or called.
_WRITTEN_KINDS = frozenset({
    "message", "default", "reply", "generic", "text", "thread_broadcast", "bot_message", "me_message", "file_share", "",
    "threadstarter", "threadcreated",
})  # fmt: skip
# Names of fields that an object, or a list of objects, has near its beginning if it is a chat. Other lists are rows,
# and are not held in memory.
_HINTS = tuple(
    f'"{name}"'.encode()
    for name in (
        "messages", "chats", "utterances", "conversation", "dialogue", "turns", "segments", "mapping", "messageType"
    )
)  # fmt: skip
_HINTS_OF_LISTS = ((b'"ts"', b'"message"'), (b'"mapping"',), (b'"messageType"', b'"body"'))
_TIME_FIELDS = ("timestamp_ms", "timestamp", "ts", "date", "created_at", "createdDateTime", "time")
_N_TIME = 19  # characters of a date and time; the digits of a second's fraction vary
_SORTABLE = re.compile(r"\d{4}-\d\d-\d\d|\d{9,}")
_SLACK_TIME = re.compile(r"\d{9,11}\.\d+$")
_SLACK_MARKUP = re.compile(r"<(?:([@#!])([^<>|]*)|([^<>|@#!][^<>|]*))(?:\|([^<>]*))?>")
_MENTION = re.compile(r"<@!?(\d+)>|<(?:a?:(\w+):\d+|[#&@]+\d+)>")
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,2}|_{1,2}|~{1,2}|`{1,3})(?=\S)((?:(?!\1).){1,500}?)(?<=\S)\1(?!\w)")
_EMOJI = re.compile(r"(?<!\w):[a-z][a-z0-9_+-]{1,40}:(?!\w)")
_SLACK_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def may_be_chat(head: bytes) -> bool:
    """Whether the first bytes of a JSON file can be those of a chat."""
    head = head.replace(b"\0", b"").removeprefix(codecs.BOM_UTF8).lstrip()  # NULs are those of UTF-16
    if head.startswith(b"["):
        return any(all(hint in head for hint in hints) for hints in _HINTS_OF_LISTS)
    return any(hint in head for hint in _HINTS)


def read_chat_json(data: bytes) -> Extracted | None:
    """The messages of a chat; None if the JSON is not that of a chat."""
    try:
        value = plain_value(json.loads(decode(data, "")))
    except (ValueError, RecursionError, DocumentError):
        return None  # whoever reads rows says what is wrong
    if b'"sender_name"' in data:
        value = _in_utf8(value)
    chats = _chats(value)
    if not chats:
        return None
    turns = Turns()
    for title, messages in chats:
        if len(chats) > 1 and title:
            turns.heading(title)
        _add_messages(messages, turns)
    extracted = turns.extracted()
    return extracted if extracted.text else None


def _in_utf8(value: Any) -> Any:
    """A value of Facebook's export, which writes each byte of a text's UTF-8 as a character."""
    if isinstance(value, dict):
        return {_in_utf8(name): _in_utf8(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(_in_utf8, value))
    if isinstance(value, str) and not value.isascii():
        with suppress(UnicodeError):
            return value.encode("latin-1").decode("utf-8")
    return value


def _in_order(messages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The messages with the oldest first; some programs write the newest first."""
    found = [_field(message, _TIME_FIELDS) for message in messages]
    times = [time[:_N_TIME] if isinstance(time, str) else time for time in found]
    if not all(isinstance(time, int | float) for time in times) and not all(
        isinstance(time, str) and _SORTABLE.match(time) and len(time) == len(times[0]) for time in times
    ):
        return messages
    is_reversed = times[0] > times[-1] and all(earlier >= later for earlier, later in pairwise(times))
    return messages[::-1] if is_reversed else messages


def conversation(messages: Any) -> str | None:
    """The text of a list of messages, with their speakers; None if the value is no such list."""
    if not _are_messages(messages):
        return None
    turns = Turns()
    _add_messages(messages, turns)
    return turns.extracted().text


def _chats(value: Any) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """(title, messages) of each chat in a file; none if it holds no chat."""
    if isinstance(value, list):
        if _is_slack(value) or (value and all(map(is_graph_message, value))):
            return [("", value)]
        return [chat for item in value for chat in _chats(item)] if all(map(_is_thread, value)) else []
    if not isinstance(value, dict) or any(isinstance(value.get(name), str) for name in DOCUMENT_FIELDS):
        return []
    if _is_thread(value):
        nodes = (node.get("message") for node in value["mapping"].values() if isinstance(node, dict))
        return [(str(value.get("title") or ""), [node for node in nodes if isinstance(node, dict)])]
    if isinstance(value.get("chats"), dict):  # all chats of Telegram
        value = value["chats"]
    if isinstance(several := value.get("list"), list):
        return [chat for item in several if isinstance(item, dict) for chat in _chats(item)]
    if isinstance(listed := value.get("value"), list) and listed and all(map(is_graph_message, listed)):
        return [("", listed)]
    for name in _MESSAGE_LISTS:
        if _are_messages(value.get(name)):
            return [(str(value.get("name") or value.get("title") or ""), value[name])]
    return []


def _is_slack(items: Sequence[Any]) -> bool:
    """Whether a list of objects is a day of a Slack channel."""
    return bool(items) and all(
        isinstance(item, dict) and item.get("type") == "message" and _SLACK_TIME.match(str(item.get("ts")))
        for item in items
    )


def _is_thread(value: Any) -> bool:
    """Whether a value is a conversation of ChatGPT's export: a tree of messages."""
    return isinstance(value, dict) and isinstance(value.get("mapping"), dict)


def _are_messages(value: Any) -> bool:
    """Whether a value is a list of messages: of objects most of which have a speaker and words."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return False
    return 2 * sum(_field(item, SPEAKER_FIELDS) is not None for item in value) >= len(value) and any(
        _field(item, TEXT_FIELDS) is not None or slack_text(item) for item in value
    )


def _field(message: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of some fields that a message has; None if it has none."""
    return next((message[name] for name in names if message.get(name)), None)


def _add_messages(messages: Sequence[Mapping[str, Any]], turns: Turns) -> None:
    names = _names(messages)
    for message in _in_order(messages):
        if isinstance(message.get("message"), dict):  # the message is in an envelope
            message = {**message, **message["message"], "message": None}
        if is_graph_message(message):
            message = graph_message(message)
        speaker = _name(_field(message, SPEAKER_FIELDS), names)
        kinds = (str(message.get(name) or "").lower() for name in ("type", "subtype"))
        if speaker.lower() in _SILENT_ROLES or not all(kind in _WRITTEN_KINDS for kind in kinds):
            continue
        text = slack_text(message) or message.get("text_entities") or _field(message, TEXT_FIELDS)
        words = _plain(spoken(text), names)
        if any(map(str.isalnum, words)):
            turns.message(words, speaker)


def _names(messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The names of people by the ids that messages mention them with."""
    names: dict[str, str] = {}
    for message in messages:
        profile = message.get("user_profile")
        if isinstance(message.get("user"), str) and isinstance(profile, dict):
            names[message["user"]] = _name(profile, {})
        mentioned = message.get("mentions")
        for person in [message.get("author"), *(mentioned if isinstance(mentioned, list) else [])]:
            if isinstance(person, dict) and isinstance(person.get("id"), str):
                names[person["id"]] = _name(person, {})
    return names


def _name(person: Any, names: Mapping[str, str]) -> str:
    """What a person, or a role, is called."""
    if isinstance(person, dict):
        person = _field(person, NAME_FIELDS)
    name = str(person) if isinstance(person, str | int) else ""
    return names.get(name) or (name.capitalize() if name in ("user", "assistant", "human", "gpt", "bot") else name)


def _plain(text: str, names: Mapping[str, str]) -> str:
    """A message's words without the markup of mentions, links and emoji."""

    def mention(match: re.Match[str]) -> str:
        return f"@{names.get(match[1], 'someone')}" if match[1] else ""

    def slack(match: re.Match[str]) -> str:
        sign, target, address, label = match.groups()
        if address is not None:
            return label or address
        return f"{'#' if sign == '#' else '@'}{label or names.get(target, 'someone' if sign == '@' else target)}"

    text = _SLACK_MARKUP.sub(slack, _MENTION.sub(mention, text))
    text = _EMOJI.sub("", _EMPHASIS.sub(r"\2", text))
    for entity, character in _SLACK_ENTITIES:
        text = text.replace(entity, character)
    return text
