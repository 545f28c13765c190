"""The style sheets of a page of HTML: which elements they hide. Only rules of one tag, class or id are understood."""

from __future__ import annotations

import re
from typing import Any

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_SELECTOR = re.compile(r"\s*([a-zA-Z][\w-]*|\*)?([.#][\w-]+)\s*")
_SHOWN = re.compile(r"(?<![\w-])(display|visibility)\s*:\s*([\w-]+)", re.IGNORECASE)
_MAX_SELECTORS = 500  # characters, before a rule
_MAX_HIDDEN = 0.4  # of a page's characters; more is shown by a script

Names = frozenset[tuple[str, str]]  # (tag or "", ".class" or "#id")


def hide_by_sheets(tree: Any) -> None:
    """Give what the sheets in a page hide a style of its own that does, unless it is much of the page's text."""
    names = _hidden_names("\n".join(sheet.text or "" for sheet in tree.iter("style") if _is_for_screens(sheet)))
    if not names:
        return
    named = tree.xpath("//*[@class or @id]")
    hidden = [element for element in named if _is_named(element, names)]
    n_hidden = sum(len(element.text_content()) for element in hidden)
    if n_hidden <= _MAX_HIDDEN * len(tree.text_content()):
        for element in hidden:
            element.set("style", f"{element.get('style', '')};display:none")


def _is_for_screens(sheet: Any) -> bool:
    media = sheet.get("media", "").lower()
    return not media or "screen" in media or "all" in media


def _hidden_names(sheet: str) -> Names:
    """What the last rule about it hides, without rules for some screens only."""
    if "none" not in sheet and "hidden" not in sheet:
        return frozenset()
    sheet = _COMMENT.sub(" ", sheet) if "/*" in sheet or "<!--" in sheet else sheet
    hidden: dict[tuple[tuple[str, str], str], bool] = {}
    selectors, depth, last = "", 0, 0  # depth: of braces that are open at the last place
    for declaration in _SHOWN.finditer(sheet):
        rule = sheet.rfind("{", last, declaration.start())
        if rule >= 0:
            depth += sheet.count("{", last, rule) - sheet.count("}", last, rule)
            selectors = re.split(r"[};]", sheet[max(0, rule - _MAX_SELECTORS) : rule])[-1]
            last = rule
        if depth or sheet.find("}", last, declaration.start()) >= 0:  # in @media, or in no rule
            continue
        for selector in selectors.split(","):
            if name := _SELECTOR.fullmatch(selector):
                key = ((name[1] or "").lower().strip("*"), name[2]), declaration[1].lower()
                hidden[key] = declaration[2].lower() in ("none", "hidden")
    return frozenset(name for (name, _), is_hidden in hidden.items() if is_hidden)


def _is_named(element: Any, names: Names) -> bool:
    attributes = [f"#{element.get('id')}"] if element.get("id") else []
    attributes += [f".{name}" for name in element.get("class", "").split()]
    return any((tag, name) in names for name in attributes for tag in ("", element.tag))
