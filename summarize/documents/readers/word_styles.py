"""Styles of a Word document: which paragraphs are headings, and which runs are hidden or raised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from summarize.documents.readers.zip_archive import attribute, local_name

_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|címsor|başlık"
    r"|заголовок|标题|標題|見出し|제목)\s*([1-9])(?:\b|$)",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:(?:document )?title|titel|titre|título|titulo|titolo|название|titre principal)$", re.IGNORECASE
)
_DIRECTORY = re.compile(
    r"(?:toc|index|contents)\s*(?:\d|heading)$|table of (?:figures|authorities|contents)", re.IGNORECASE
)
_BODY_TEXT = 9  # the outline level of what is no heading
_MAX_CHAIN = 20  # styles that one is based on
_OFF = ("0", "false", "off", "none")


@dataclass(frozen=True)
class ParagraphStyle:
    """level: of a heading, or 0. is_directory: of an entry in a table of contents."""

    level: int = 0
    is_hidden: bool = False
    is_directory: bool = False


@dataclass(frozen=True)
class RunStyle:
    """What matters of a run's looks."""

    is_hidden: bool = False
    is_raised: bool = False
    is_bold: bool = False


def is_on(element: Any) -> bool:
    """Whether a property that is on or off is on: it is there, and its value does not say that it is off."""
    return element is not None and (attribute(element, "val") or "on").lower() not in _OFF


def _child(element: Any, name: str) -> Any:
    return None if element is None else next(element.iterchildren(f"{{*}}{name}"), None)


def _value(element: Any, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None else attribute(child, "val")


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, root: Any) -> None:
        """root: of the part with the styles, or None."""
        self._styles: dict[str, Any] = {}
        self._default: str | None = None
        self._paragraphs: dict[str | None, ParagraphStyle] = {}
        self._runs: dict[tuple[bytes, bool], RunStyle] = {}
        for style in root if root is not None else ():
            if local_name(style) == "style" and (name := attribute(style, "styleId")) is not None:
                self._styles.setdefault(name, style)
                if attribute(style, "type") == "paragraph" and attribute(style, "default") in ("1", "true", "on"):
                    self._default = name

    def of_paragraph(self, properties: Any) -> ParagraphStyle:
        """The style of a paragraph. properties: its pPr element, or None."""
        name = _value(properties, "pStyle") or self._default
        if name not in self._paragraphs:
            self._paragraphs[name] = self._paragraph_style(name)
        style = self._paragraphs[name]
        level = _heading_level(properties)
        return style if level is None else ParagraphStyle(level, style.is_hidden, style.is_directory)

    def of_run(self, properties: Any, is_hidden: bool) -> RunStyle:
        """The style of a run. properties: its rPr element, or None. is_hidden: as its paragraph's style says."""
        if properties is None or not len(properties):
            return RunStyle(is_hidden)
        from lxml import etree

        key = etree.tostring(properties, with_tail=False), is_hidden  # most runs have the properties of many others
        if key not in self._runs:
            self._runs[key] = self._run_style(properties, is_hidden)
        return self._runs[key]

    def _run_style(self, properties: Any, is_hidden: bool) -> RunStyle:
        chain = [properties, *self._chain(_value(properties, "rStyle"))]
        vanish, alignment = _first(chain, "vanish"), _first(chain, "vertAlign")
        is_raised = _is_lifted(_first(chain, "position"))
        if alignment is not None:
            is_raised = attribute(alignment, "val") == "superscript"
        return RunStyle(is_hidden if vanish is None else is_on(vanish), is_raised, is_on(_first(chain, "b")))

    def _chain(self, name: str | None) -> list[Any]:
        """A style and those that it is based on."""
        chain: list[Any] = []
        while name in self._styles and len(chain) < _MAX_CHAIN:
            chain.append(self._styles[name])
            name = _value(chain[-1], "basedOn")
        return chain

    def _paragraph_style(self, name: str | None) -> ParagraphStyle:
        chain = self._chain(name)
        names = [_value(style, "name") or "" for style in chain] or [re.sub(r"(\d)$", r" \1", name or "")]
        levels = [_heading_level(_child(style, "pPr")) for style in chain]
        level = next((level for level in levels if level is not None), None)
        if not level:
            level = next(filter(None, map(_named_level, names)), 0) if level is None else 0
        vanish = _first([_child(style, "rPr") for style in chain], "vanish")
        return ParagraphStyle(level, is_on(vanish), any(map(_DIRECTORY.match, names)))


def _first(chain: list[Any], name: str) -> Any:
    """The first element of a name in the run properties of a chain of styles."""
    for element in chain:
        properties = element if element is None or local_name(element) == "rPr" else _child(element, "rPr")
        if (child := _child(properties, name)) is not None:
            return child
    return None


def _is_lifted(position: Any) -> bool:
    """Whether a run stands above the line, as w:position says in half points."""
    value = "" if position is None else attribute(position, "val") or ""
    return bool(re.fullmatch(r"\d+(\.\d+)?(pt)?", value)) and float(value.removesuffix("pt")) >= 3


def _heading_level(properties: Any) -> int | None:
    """The level of a heading by a paragraph's outline level: 0 for body text, None if there is none."""
    value = _value(properties, "outlineLvl")
    if value is None or not value.isdecimal():
        return None
    return 0 if int(value) >= _BODY_TEXT else int(value) + 1


def _named_level(name: str) -> int:
    match = _HEADING.match(name.strip())
    if match:
        return int(match[1])
    return 1 if _TITLE.match(name.strip()) else 0
