"""The words of a chat's message in JSON whose text is no plain string: Slack's blocks, and the HTML of Teams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_MAX_DEPTH = 20  # blocks within blocks
_STUB = "This content can't be displayed"  # is the text of a message whose blocks say it all


def slack_text(message: Mapping[str, Any]) -> str:
    """The words of a Slack message that only its blocks or its attachments hold; "" if its text says them."""
    text = message.get("text")
    if isinstance(text, str) and text.strip() and not text.startswith(_STUB):
        return ""
    words = "\n".join(filter(str.strip, map(_block, _objects(message.get("blocks")))))
    if words.strip():
        return words
    attachments = _objects(message.get("attachments"))
    return "\n".join(str(found) for one in attachments if (found := one.get("text") or one.get("fallback")))


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _block(block: Mapping[str, Any], depth: int = 0) -> str:
    """The words of a block or of an element of one."""
    kind = block.get("type")
    if depth > _MAX_DEPTH or kind in ("actions", "input", "divider", "image", "button", "rich_text_preformatted"):
        return ""
    if (inline := _INLINE.get(str(kind))) is not None:
        return inline(block)
    own = block.get("text")
    own = _block(own, depth + 1) if isinstance(own, dict) else own if isinstance(own, str) else ""
    parts = [own, *(_block(part, depth + 1) for name in ("elements", "fields") for part in _objects(block.get(name)))]
    return {"rich_text_section": "", "rich_text_list": "; "}.get(str(kind), "\n").join(filter(None, parts))


def _named(value: Any) -> str:
    return value if isinstance(value, str) else ""


# What stands within a line, as Slack's own markup has it, which is made words where all of a message is.
_INLINE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "text": lambda part: _named(part.get("text")),
    "link": lambda part: _named(part.get("text")) or _named(part.get("url")),
    "user": lambda part: f"<@{_named(part.get('user_id'))}>",
    "usergroup": lambda part: "@someone",
    "channel": lambda part: f"<#{_named(part.get('channel_id'))}>",
    "broadcast": lambda part: f"@{_named(part.get('range'))}",
    "date": lambda part: _named(part.get("fallback")),
    "emoji": lambda part: "",
    "color": lambda part: "",
}


def is_graph_message(value: Any) -> bool:
    """Whether a value is a message as Microsoft Graph writes those of Teams."""
    return isinstance(value, dict) and isinstance(value.get("messageType"), str) and isinstance(value.get("body"), dict)


def graph_message(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message of Microsoft Graph with the fields that other programs' messages have."""
    sender = message.get("from")
    people = (sender.get(name) for name in ("user", "application", "device")) if isinstance(sender, dict) else ()
    body = message["body"]
    content = _named(body.get("content"))
    if str(body.get("contentType")).lower() == "html":
        content = _html_text(content)
    is_deleted = message.get("deletedDateTime") is not None
    return {
        "type": message["messageType"],
        "from": next((person for person in people if isinstance(person, dict)), None),
        "text": "" if is_deleted else content,
    }


def _html_text(markup: str) -> str:
    """The text of a message's HTML, a line for each block of it."""
    from lxml import etree, html

    from summarize.documents.readers.markup import text_blocks

    if not markup.strip():
        return ""
    try:
        tree = html.document_fromstring(f"<div>{markup}</div>".replace("\0", " "))
    except (etree.LxmlError, ValueError):
        return markup
    return "\n".join(block.text for block in text_blocks(tree))
