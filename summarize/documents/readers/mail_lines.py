"""The lines of a message's text, from plain text or HTML, with how deep each is quoted; and back to paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from summarize.documents.document import Blocks
from summarize.documents.readers.markup import tag_of, text_blocks
from summarize.documents.wrapped_lines import wrapped_paragraphs

_QUOTE_MARKS = re.compile(r"(?:\s{0,3}>)+(?!:)")
_BAR_MARKS = re.compile(r"(?:\s{0,3}[>|])+(?!:)")  # of programs that quote with bars
_BAR = re.compile(r"\s{0,3}(?:>\s{0,3})*\|(?: |$)")
_BEGIN_PGP = re.compile(r"-----BEGIN PGP (SIGNED MESSAGE|SIGNATURE)-----$")
_QUOTING = re.compile(
    r"(?:^|\s)(?:gmail_quote|yahoo_quoted|y?mail_?quote|protonmail_quote|tutanota_quote|moz-cite-block|front-?blockquote"
    r"|zmail_extra|freshdesk_quote|hs_reply|cite|ms-outlook-mobile-reference-message|mail-editor-reference-message-container"
    r"|replyforwardmessage|quoted-?text)(?:\s|$)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:^|\s|_)(?:gmail_signature|moz-signature|(?:apple)?(?:mail)?signature|ms-outlook-mobile-signature)(?:$|\s)",
    re.I,
)
_BORDER_LEFT = re.compile(r"border-left(?:-width|-style)?\s*:\s*(?!none|0)", re.IGNORECASE)
_TARGETS = re.compile(  # of links and pictures, which plain texts that are made of HTML have in brackets
    r"<(?:https?:|mailto:)[^>\s]{1,2000}>|\[(?:cid:|image\b|https?://)[^\]\n]{0,2000}\]", re.IGNORECASE
)
_MAX_SIGNATURE = 600  # characters; an element with more holds the message, whatever its name
_INTRODUCTION = re.compile(r"[:：>]\s*$")


class Line(NamedTuple):
    """A line of a message.

    depth: how many quotations it stands in. level: of a heading, or 0. n_link_chars: how much of it is links' text.
    """

    text: str
    depth: int = 0
    level: int = 0
    n_link_chars: int = 0


def plain_lines(text: str, *, flowed: bool = False, delete_space: bool = False) -> list[Line]:
    """The lines of a plain text, without the ">" before quoted ones and without marks of PGP signatures.

    flowed, delete_space: its lines are wrapped as in RFC 3676 (format=flowed, DelSp=yes).
    """
    lines: list[Line] = []
    pieces: list[str] = []  # of the paragraph that is open: its last line ends with a space
    raw_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marks = _BAR_MARKS if _are_quoted_with_bars(raw_lines) else _QUOTE_MARKS
    for raw in [*_without_pgp(raw_lines), None]:
        depth, line = _unquoted(raw or "", flowed=flowed, marks=marks)
        if pieces and (raw is None or lines[-1].depth != depth or line.rstrip() == "--"):
            lines[-1] = lines[-1]._replace(text="".join(pieces))
            pieces.clear()
        if raw is None:
            break
        if not pieces:
            lines.append(Line(line, depth))
        is_open = flowed and line.endswith(" ") and line != "-- "
        if is_open or pieces:
            pieces.append(line[:-1] if is_open and delete_space else line)
        if pieces and not is_open:
            lines[-1] = lines[-1]._replace(text="".join(pieces))
            pieces.clear()
    return lines


def _are_quoted_with_bars(lines: Sequence[str]) -> bool:
    """Whether bars at the beginnings of lines mark a quotation: not those of a table, whose rows have more of them."""
    barred = [line for line in lines if _BAR.match(line)]
    return len(barred) > 1 and not any("|" in line.lstrip(" >|") for line in barred)


def _unquoted(line: str, *, flowed: bool, marks: re.Pattern[str] = _QUOTE_MARKS) -> tuple[int, str]:
    """How deep a line is quoted, and the line without the marks of that."""
    found = marks.match(line)
    rest = line[found.end() :] if found else line
    return len(re.findall("[>|]", found[0])) if found else 0, rest.removeprefix(" ") if found or flowed else rest


def _without_pgp(lines: Sequence[str]) -> Iterator[str]:
    """The lines without the armour of a signed message."""
    until = ""  # what ends the part of the armour that is open
    for line in lines:
        if match := _BEGIN_PGP.match(line):
            until = "\n" if match[1] == "SIGNED MESSAGE" else "-----END PGP"
        elif until:
            if (until == "\n" and not line.strip()) or line.startswith(until):
                until = ""
        else:
            yield line.removeprefix("- ") if line.startswith("- -") else line


def html_lines(tree: Any) -> list[Line]:
    """The lines of an HTML body; a blank one after each block."""
    for element in [e for e in tree.iter() if _is_signature(e)]:
        element.drop_tree()
    depths: dict[Any, int] = {}
    lines: list[Line] = []
    before = ""
    for block in text_blocks(tree):
        depth = _depth(block.element, before, depths)
        before = block.text[-400:]
        for line in block.text.split("\n"):
            more, text = _unquoted(line, flowed=False)  # of a plain text that was made HTML
            lines.append(Line(text, depth + more, block.level, block.n_link_chars))
        lines.append(Line("", depth))
    return lines


def _is_signature(element: Any) -> bool:
    if not element.attrib or element.getparent() is None:
        return False
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return _SIGNATURE.search(names) is not None and len("".join(element.itertext())) < _MAX_SIGNATURE


def _depth(element: Any, before: str, depths: dict[Any, int]) -> int:
    """How many quotations an element stands in. before: the text of the block before it. depths: those known."""
    chain = [element]
    while chain[-1] not in depths and chain[-1].getparent() is not None:
        chain.append(chain[-1].getparent())
    depth = depths.get(chain[-1], 0)
    for ancestor in reversed(chain):
        if ancestor not in depths:
            depths[ancestor] = depth + _is_quotation(ancestor, before)
        depth = depths[ancestor]
    return depth


def _is_quotation(element: Any, before: str) -> bool:
    """Whether an element is marked as another message; a block quotation may also be the writer's own, or an indent."""
    is_block_quotation = tag_of(element) == "blockquote"
    names = f"{element.get('class', '')} {element.get('id', '')}"
    if _QUOTING.search(names):
        return is_block_quotation or "gmail_quote" not in names  # Gmail's division also holds forwarded messages
    if not is_block_quotation:
        return False
    style = element.get("style", "")
    return (
        element.get("type") == "cite"
        or _BORDER_LEFT.search(style) is not None
        or ("border" not in style and _INTRODUCTION.search(before) is not None)
    )


def add_lines(lines: Iterable[Line], blocks: Blocks) -> None:
    """Add lines to a document's blocks, as headings and paragraphs."""
    open_lines: list[str] = []

    def flush() -> None:
        for paragraph in wrapped_paragraphs(open_lines):
            blocks.add(paragraph)
        open_lines.clear()

    for line in lines:
        if line.level:
            flush()
            blocks.heading(line.text, line.level)
        else:
            open_lines.append(_TARGETS.sub("", line.text))
    flush()
