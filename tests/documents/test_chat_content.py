"""Messages in JSON whose words are in blocks, as Slack has them, or in HTML, as Teams does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.documents import read_one

ANNA, TOM = "The roof leaks again.", "I will ask the town, as they helped before."


def text(part: str) -> dict[str, Any]:
    return {"type": "text", "text": part}


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def slack(name: str, *blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A message of Slack's export whose words are in blocks alone."""
    message = {"type": "message", "user": name[0], "ts": "1715509901.000100", "text": "", "blocks": list(blocks)}
    return {**message, "user_profile": {"real_name": name}, **fields}


def shown(value: Any, folder: Path) -> str:
    return read_one("a.json", json.dumps(value, indent=1).encode(), folder).text


LEAK = [
    text("The roof leaks, "), {"type": "user", "user_id": "T"}, text(": see "),
    {"type": "link", "url": "https://a.example", "text": "the quote"}, text(" & "),
    {"type": "link", "url": "https://b.example"}, text("."), {"type": "emoji", "name": "wave"},
]  # fmt: skip
LIST = {"type": "rich_text_list", "elements": [section(text("ask the town")), section(text("buy slates"))]}
SLACK = [
    slack("Anna Berg", {"type": "rich_text", "elements": [section(*LEAK)]}),
    slack("Tom Hay", {"type": "rich_text", "elements": [section(text("We have to:")), LIST]}),
]


@pytest.mark.parametrize("value", [SLACK, {"ok": True, "messages": SLACK}])
def test_messages_of_blocks_alone(value: Any, tmp_path: Path) -> None:
    assert shown(value, tmp_path) == (
        "Anna Berg: The roof leaks, @Tom Hay: see the quote & https://b.example.\n\n"
        "Tom Hay: We have to: ask the town; buy slates"
    )


def test_blocks_of_programs(tmp_path: Path) -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Build 9"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "It *failed*."}, "fields": [text("On main")]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"}}]},
    ]
    stub = slack("Bot", *blocks, text="This content can't be displayed.")
    attached = slack("Bot", attachments=[{"fallback": "Sent to the harbour."}])
    told_twice = slack("Anna Berg", *blocks, text=ANNA)
    assert shown([stub, attached, told_twice], tmp_path) == (
        f"Bot: Build 9 It failed. On main\n\nBot: Sent to the harbour.\n\nAnna Berg: {ANNA}"
    )


def test_blocks_that_are_none(tmp_path: Path) -> None:
    odd = slack("Anna Berg", {"type": "rich_text", "elements": 3}, {"type": 4, "text": []}, blocks=["a", None])
    deep: dict[str, Any] = text("too deep")
    for _ in range(40):
        deep = section(deep)
    assert shown([odd, slack("Lee", deep), slack("Tom Hay", text=TOM)], tmp_path) == f"Tom Hay: {TOM}"


def teams(name: str | None, content: str, time: str, **fields: Any) -> dict[str, Any]:
    """A message as Microsoft Graph writes those of Teams."""
    sender = {"application": None, "user": {"id": "u", "displayName": name}} if name else None
    body = {"contentType": "html", "content": content}
    message = {"id": "1", "messageType": "message", "createdDateTime": f"2024-05-12T{time}Z", "deletedDateTime": None}
    return {**message, "from": sender, "body": body, **fields}


TEAMS = [
    teams("Tom Hay", f"<div><p>{TOM.replace('town', '<at>town</at>')}</p></div>", "10:32:00.1"),
    teams(None, "<systemEventMessage/>", "10:31:50", messageType="systemEventMessage"),
    teams("Lee", "<p>Never mind.</p>", "10:31:40", deletedDateTime="2024-05-12T10:31:50Z"),
    teams("Lee", "", "10:31:30"),
    teams("Anna Berg", ANNA, "10:31:00.123", body={"contentType": "text", "content": ANNA}),
]


@pytest.mark.parametrize("value", [{"@odata.context": "https://graph.example", "value": TEAMS}, TEAMS, TEAMS[::-1]])
def test_messages_of_microsoft_graph(value: Any, tmp_path: Path) -> None:
    assert shown(value, tmp_path) == f"Anna Berg: {ANNA}\n\nTom Hay: {TOM}"
