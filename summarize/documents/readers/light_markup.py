"""Org and AsciiDoc: their prose, line by line.

Python's reader of Org takes quadratic time for many headings, and AsciiDoc's has a licence that excludes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode


@dataclass(frozen=True)
class _Syntax:
    """How a markup is written. A pattern is matched at the start of a line without the white space around it.

    opening: of a block without prose, which ends where closing(opening) says; left_out: lines without prose. item: what
    stands before a list's item. replacements: of markup within lines, in order.
    """

    opening: re.Pattern[str]
    left_out: re.Pattern[str]
    item: re.Pattern[str]
    replacements: tuple[tuple[re.Pattern[str], str], ...]

    def closes(self, line: str, opening: re.Match[str]) -> bool:
        """Whether a line ends the block that opening began."""
        name = opening.groupdict().get("name")
        if name is not None:
            return line.lower() == f"#+end_{name.lower()}"
        return line == ":END:" if opening[0].startswith(":") else line == opening["fence"]

    def plain(self, text: str) -> str:
        """A line's text without markup."""
        for pattern, replacement in self.replacements:
            text = pattern.sub(replacement, text)
        return text


def _replacements(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


_ORG = _Syntax(
    opening=re.compile(
        r"#\+begin_(?P<name>src|example|export|comment|latex|html)\b|:(?!END:)[A-Z_]+:(?P<fence>)$", re.IGNORECASE
    ),
    left_out=re.compile(r"#\+|#(?:\s|$)|:\s|:$|\|[-+]+\|?$|-{5,}$|\[fn:[^\]]*\]|(?:CLOCK|SCHEDULED|DEADLINE|CLOSED):"),
    item=re.compile(r"(?:[-+]|\d{1,4}[.)]|[a-z][.)])\s+(?:\[[ X-]\]\s+)?"),
    replacements=_replacements(
        (r"\[fn:[^\]]{0,300}\]|\{\{\{[^}]{0,200}\}\}\}|\\\\$|<<[^<>]{1,80}>>", ""),
        (r"[<\[](\d{4}-\d\d-\d\d)[^>\]]{0,40}[>\]]", r"\1"),
        (r"\[\[(?:[^\]\[]{1,500})\]\[([^\]\[]{1,300})\]\]", r"\1"),
        (r"\[\[[^\]\[]{1,500}\.(?:png|jpe?g|gif|svg|webp)\]\]", ""),
        (r"\[\[([^\]\[]{1,500})\]\]", r"\1"),
        (r"(?<![\w/])([*/_=~+])(?=\S)((?:(?!\1).){1,200}?)(?<=\S)\1(?![\w/])", r"\2"),
        (r"\^\{([^{}]{1,40})\}", r"^\1"),
        (r"(?<=\w)_\{([^{}]{1,40})\}", r"\1"),
        (r"\s::(?=\s)", ":"),
    ),
)  # fmt: skip
_ASCIIDOC = _Syntax(
    opening=re.compile(r"(?P<fence>-{4,}|\.{4,}|\+{4,}|/{4,}|```)\w*$"),
    left_out=re.compile(
        r"//|\[[^\]]{0,200}\]$|:[\w!-]{1,60}:|(?:image|include|toc|video|audio|ifdef|ifndef|ifeval|endif|menu|icon)::"
        r"|={4,}$|\*{4,}$|_{4,}$|--$|\+$|'{3,}$|<{3,}$|\|={3,}$|!={3,}$"
    ),
    item=re.compile(r"(?:\*{1,5}|-|\.{1,5}(?=\s)|\d{1,4}\.)\s+(?:\[[ x*]\]\s+)?|(?=[^\s:][^:]{0,80}::\s)"),
    replacements=_replacements(
        (
            r"\(\(\([^()]{0,200}\)\)\)|footnote(?:ref)?:\w{0,40}\[[^\]]{0,500}\]|image:[^\s\[]{1,300}\[[^\]]{0,300}\]",
            "",
        ),
        (r"\[\[[^\]]{0,100}\]\]|\[#[^\]]{0,100}\]", ""),
        (r"\(\(([^()]{1,200})\)\)", r"\1"),
        (r"<<[^<>,]{1,200},([^<>]{1,200})>>", r"\1"),
        (r"<<[^<>]{1,200}>>", ""),
        (
            r"(?:link:|xref:|mailto:|https?://)[^\s\[\]]{1,500}\[([^\]]{1,300}?)\^?(?:,[^\]=]{0,40}=[^\]]{0,100})?\]",
            r"\1",
        ),
        (r"(?:kbd|btn|menu|pass|stem|xref|link):[^\s\[]{0,100}\[([^\]]{0,300})\]", r"\1"),
        (r"(?<!\w)([*_`+#^~]{1,2})(?=\S)((?:(?!\1).){1,200}?)(?<=\S)\1(?!\w)", r"\2"),
        (r"(?<!\w)([*_`])(?=\S)((?:(?!\1).){1,200}?)(?<=\S)\1(?!\w)", r"\2"),
        (r"(?<=\w)\^([^\s^]{1,20})\^", r"^\1"),
        (r"(?<=\w)~([^\s~]{1,20})~", r"\1"),
        (r"::(?=\s)", ":"),
    ),
)
_ORG_TITLE = re.compile(r"^#\+title:[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)
_ORG_HEADING = re.compile(
    r"(\*{1,20})[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|CANCELLED|CANCELED)\b[ \t]*)?(?:\[#\w\][ \t]*)?"
    r"(?P<title>\S.*?)(?:[ \t]+(?P<tags>:[\w@#%:]{1,200}:))?[ \t]*$"
)
_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+=+)?$")
_ATTRIBUTE = re.compile(r":([\w-]{1,60}):[ \t]+(\S.*)$")
_REFERENCE = re.compile(r"\{([\w-]{1,60})\}")
_ADMONITION = re.compile(r"^(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION): ")
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}  # of titles with two lines, and their levels
_BLOCK_TITLE = re.compile(r"^\.(?=[^\s.])")


def read_org(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Headings, paragraphs, lists, quotes and tables of an Org file; no code, drawers, comments or footnotes."""
    text = re.sub(r"\r\n?", "\n", decode(data, source))
    blocks, section = Blocks(), list[str]()
    if title := _ORG_TITLE.search(text):
        blocks.heading(_ORG.plain(title[1]), 1)
    hidden_level: int | None = None  # of a heading whose section is not exported
    for line in text.split("\n"):
        heading = _ORG_HEADING.match(line)
        if not heading:
            section.append(line)
            continue
        _add_lines(section if hidden_level is None else [], blocks, _ORG)
        section.clear()
        level, tags = len(heading[1]), heading["tags"] or ""
        if hidden_level is None or level <= hidden_level:
            is_hidden = heading["title"].startswith("COMMENT") or ":noexport:" in tags
            hidden_level = level if is_hidden else None
        if hidden_level is None:
            blocks.heading(_ORG.plain(heading["title"]), level)
    _add_lines(section if hidden_level is None else [], blocks, _ORG)
    return blocks.extracted()


def read_asciidoc(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Headings, paragraphs, lists, quotes and tables of AsciiDoc; no code, comments, attributes or footnotes."""
    lines = re.sub(r"\r\n?", "\n", decode(data, source)).split("\n")
    attributes = {found[1].lower(): found[2] for line in lines if (found := _ATTRIBUTE.match(line))}
    blocks, section = Blocks(), list[str]()
    for line in _titles_on_one_line(_without_header(lines)):
        heading = _HEADING.match(line)
        if heading and not _in_code(section):
            _add_lines(section, blocks, _ASCIIDOC)
            section.clear()
            blocks.heading(_ASCIIDOC.plain(_resolved(heading[2], attributes)), max(1, len(heading[1]) - 1))
        else:
            section.append(_ADMONITION.sub("", _BLOCK_TITLE.sub("", _resolved(line, attributes), count=1), count=1))
    _add_lines(section, blocks, _ASCIIDOC)
    return blocks.extracted()


def _without_header(lines: list[str]) -> list[str]:
    """The lines without those of the author and the revision below the document's title."""
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith((":", "//"))), 0)
    if not re.match(r"= \S", "".join(lines[first : first + 1])):
        return lines
    end = first + 1
    while end < len(lines) and lines[end].strip():
        end += 1
    return [*lines[: first + 1], *lines[end:]]


def _titles_on_one_line(lines: list[str]) -> list[str]:
    """The lines, with titles that are underlined written as those that begin with "="."""
    found = list[str]()
    for line in lines:
        title = found[-1] if found else ""
        is_rule = len(line) >= 4 and len(set(line)) == 1 and line[0] in _UNDERLINES
        if is_rule and title[:1].isalnum() and abs(len(line) - len(title)) <= 2 and not "".join(found[-2:-1]).strip():
            found[-1] = f"{'=' * _UNDERLINES[line[0]]} {title}"
        else:
            found.append(line)
    return found


def _in_code(lines: list[str]) -> bool:
    """Whether a block of code is open after some lines of a section."""
    opening: re.Match[str] | None = None
    for line in lines:
        if opening is None:
            opening = _ASCIIDOC.opening.match(line)
        elif line == opening["fence"]:
            opening = None
    return opening is not None


def _resolved(line: str, attributes: Mapping[str, str]) -> str:
    """A line with the values of attributes for their names, without the "+" that breaks it."""
    return _REFERENCE.sub(lambda name: attributes.get(name[1].lower(), ""), line).removesuffix(" +")


def _add_lines(lines: Iterable[str], blocks: Blocks, syntax: _Syntax) -> None:
    """Add the paragraphs, items and rows that lines hold."""
    paragraph, opening = list[str](), None

    def flush() -> None:
        blocks.add(syntax.plain(" ".join(paragraph)))
        paragraph.clear()

    for line in map(str.strip, lines):
        if opening is not None:
            opening = None if syntax.closes(line, opening) else opening
        elif (opening := syntax.opening.match(line)) or not line or syntax.left_out.match(line):
            flush()
        elif line.startswith("|"):
            flush()
            cells = (syntax.plain(cell.strip()) for cell in line.strip("|").split("|"))
            blocks.add(" | ".join(filter(None, cells)))
        else:
            item = syntax.item.match(line)
            if item:
                flush()
            paragraph.append(line[item.end() :] if item else line)
    flush()
