"""The style sheets of a page of HTML: which elements they hide. Only rules of one tag, class or id are understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_SELECTOR = re.compile(r"\s*([a-zA-Z][\w-]*|\*)?([.#][\w-]+)\s*")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")  # of a selector: they may hold commas and other selectors
_COMBINATOR = re.compile(r"[\s>+~]+")
_NAME = re.compile(r"[.#][\w-]+")
_NOT_AT_FIRST = re.compile(r":(?::|before|after|hover|focus|active)")  # of no element, or until a reader acts
_SHOWN = re.compile(r"(?<![\w-])(display|visibility)\s*:\s*([\w-]+)", re.IGNORECASE)
_TOKEN = re.compile(rf"[{{}}]|{_SHOWN.pattern}", re.IGNORECASE)
_MAX_HIDDEN = 0.4  # of a page's characters; more is shown by a script

Names = frozenset[tuple[str, str]]  # (tag or "", ".class" or "#id")


def hide_by_sheets(tree: Any) -> None:
    """Give what the sheets in a page hide a style of its own that does, unless it is much of the page's text.

    An element whose own style says whether it is shown keeps that style.
    """
    names = _hidden_names([sheet.text or "" for sheet in tree.iter("style") if _is_for_screens(sheet)])
    if not names:
        return
    named = tree.xpath("//*[@class or @id]")
    hidden = [e for e in named if _is_named(e, names) and not _SHOWN.search(e.get("style", ""))]
    inner = set(hidden)
    outermost = (element for element in hidden if not any(outer in inner for outer in element.iterancestors()))
    if sum(map(_n_chars, outermost)) <= _MAX_HIDDEN * _n_chars(tree):
        for element in hidden:
            element.set("style", f"{element.get('style', '')};display:none")


def _n_chars(element: Any) -> int:
    """How many characters an element has, without scripts and sheets."""
    return len(element.text_content()) - sum(len(code.text_content()) for code in element.iter("script", "style"))


def _is_for_screens(sheet: Any) -> bool:
    """Whether a sheet holds on all screens, in browsers that run scripts."""
    if next(sheet.iterancestors("noscript"), None) is not None:
        return False
    return any(medium.strip() in ("", "all", "screen") for medium in sheet.get("media", "").lower().split(","))


def _hidden_names(sheets: Sequence[str]) -> Names:
    """What the last rule about it hides, unless a selector of several parts shows it."""
    hidden: dict[tuple[tuple[str, str], str], bool] = {}
    shown: set[tuple[str, str]] = set()  # (".class" or "#id", property)
    for selectors, properties in _rules(sheets):
        for selector in selectors:
            if name := _SELECTOR.fullmatch(selector):
                key = (name[1] or "").lower().strip("*"), name[2]
                hidden |= {(key, prop): is_hidden for prop, is_hidden in properties.items()}
            elif not _NOT_AT_FIRST.search(selector):
                subject = _COMBINATOR.split(selector.strip())[-1]
                parts = _NAME.findall(subject)
                shown |= {(part, prop) for part in parts for prop, is_hidden in properties.items() if not is_hidden}
    shown |= {(name, prop) for ((tag, name), prop), is_hidden in hidden.items() if tag and not is_hidden}
    return frozenset(key for (key, prop), is_hidden in hidden.items() if is_hidden and (key[1], prop) not in shown)


def _rules(sheets: Sequence[str]) -> Iterator[tuple[list[str], dict[str, bool]]]:
    """The selectors of each rule that says whether elements are shown, and whether its properties hide them.

    Rules within others, such as those for some screens only, are left out.
    """
    if not any("none" in sheet or "hidden" in sheet for sheet in sheets):
        return
    for sheet in sheets:
        plain = _COMMENT.sub(" ", sheet) + "}"  # the end of a sheet ends its last rule
        begin = depth = 0
        selectors, properties = "", dict[str, bool]()
        for token in _TOKEN.finditer(plain):
            if token[0] == "{":
                depth += 1
                if depth == 1:
                    selectors = plain[begin : token.start()].rpartition(";")[2]
            elif token[0] == "}":
                depth = max(0, depth - 1)
                begin = token.end()
                if not depth and properties:
                    yield _BRACKETS.sub("()", selectors).split(","), properties
                    properties = {}
            elif depth == 1:
                properties[token[1].lower()] = token[2].lower() in ("none", "hidden")


def _is_named(element: Any, names: Names) -> bool:
    attributes = [f"#{element.get('id')}"] if element.get("id") else []
    attributes += [f".{name}" for name in element.get("class", "").split()]
    return any((tag, name) in names for name in attributes for tag in ("", element.tag))
