"""Clean a page before its article is looked for: remove dialogs and invisible parts, make paragraphs of prose."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from summarize.documents.readers.mail_lines import plain_lines
from summarize.documents.readers.mail_quotes import passages
from summarize.documents.readers.markup import is_invisible, tag_of, text_blocks
from summarize.documents.wrapped_lines import wrapped_paragraphs

_MANAGERS = (  # of consent: programs that ask for it, by the ids and classes of their dialogs
    "onetrust|ot-sdk|optanon|cookiebot|didomi|qc-cmp|sp_message_container|truste|trustarc|usercentrics|cookie-?law"
    "|cookiefirst|borlabs-?cookie|klaro|iubenda-cs|osano-cm|tarteaucitron|evidon|cmplz|moove_gdpr|axeptio|termly"
    "|fc-consent|cookieyes|cookie-?script|cmpbox|ch2-(?:container|dialog)|tealiumgdpr|silktide|lanyard_root|shopify-pc"
    "|hs-eu-cookie|eu-cookie|ppms_cm|tc-privacy|appconsent|uniconsent|metomic|secureprivacy|wt-cli|cc-main|ccc-module"
)
_CONSENT = re.compile(
    rf"{_MANAGERS}|(?:cookies?|consent|gdpr|dsgvo|rgpd|ccpa|privacy)[-_]?(?:consent|banner|notice|dialog|modal"
    rf"|popup|bar"
    r"|overlay|wall|layer|manager|message|policy-(?:bar|banner)|info|alert|prompt|disclaimer|notification|settings"
    r"|preferences)|(?:accept|agree)[-_]?cookies?|(?:^|\s)(?:cc-window|cky-\S+|cmp(?:box)?|gdpr|cookies?)(?:\s|$)"
)  # in small letters: this is four times as fast as re.IGNORECASE
_CODE = re.compile(r"\b(code|highlight|prettyprint|sourcecode|syntax|brush|chroma|codehilite)", re.IGNORECASE)
_AGREE = re.compile(
    r"\s*(?:i (?:accept|agree)|accept|agree|allow all|got it|ok\b|okay|understood|alle akzeptieren|akzeptieren"
    r"|zustimmen"
    r"|einverstanden|tout accepter|accepter|j.accepte|aceptar|accett|accepteren|akkoord|godkänn|accepter alle)",
    re.IGNORECASE,
)
_COOKIES = re.compile(r"\bcookies?\b", re.IGNORECASE)
_MAX_BUTTON, _MAX_NOTICE = 40, 1200  # characters
_NOTE_ROLES = frozenset(("doc-endnotes", "doc-endnote", "doc-footnote", "doc-backlink"))
_NOTE_TAGS = frozenset(("section", "div", "ol", "ul", "aside", "dl"))
_NOTES = re.compile(r"(?:^|[\s_-])(?:foot-?notes?|end-?notes?|reflist)(?:$|[\s_-])", re.IGNORECASE)
_KEPT_TAGS = frozenset(("", "html", "body", "head", "main", "article"))
_NEARLY_ALL = 0.9  # of a page's characters; what holds so much is no dialog
_PROSE_WORDS = 12  # a text of fewer words may be anything


def clean_page(tree: Any) -> None:
    """Take dialogs and invisible parts out of a tree, and make paragraphs of prose in preformatted text."""
    total = _n_chars(tree) - sum(_n_chars(element) for element in tree.iter("script", "style"))
    for element in list(tree.iter()):
        tag = tag_of(element)
        if tag in _KEPT_TAGS or element.getparent() is None:
            continue
        attributes = dict(element.items())
        if tag == "noscript" and 2 * _n_chars(element) > total:
            element.tag = "div"  # a page that is meant for readers without scripts
        elif _is_dialog(tag, attributes):
            if _n_chars(element) < _NEARLY_ALL * total:
                element.drop_tree()
        elif tag in ("rt", "rp") or _is_notes(tag, attributes):
            if 2 * _n_chars(element) < total:
                element.drop_tree()
        elif tag in ("ruby", "rb", "wbr"):  # parts of words
            element.drop_tag()
        elif is_invisible(element, attributes):
            if 2 * _n_chars(element) < total:
                element.drop_tree()
            else:  # a page that is shown by a script, or lies behind a dialog
                _show(element)
    _show(tree)
    if "cookie" in tree.text_content().lower():
        for button in list(tree.iter("button", "a")):
            _drop_notice_with_button(button)
    _unwrap_prose(tree)


def _drop_notice_with_button(button: Any) -> None:
    """Drop the note about cookies that a button or link belongs to, if it agrees to one."""
    text = button.text_content()
    if len(text) > _MAX_BUTTON or not _AGREE.match(text):
        return
    notice = None
    for ancestor in button.iterancestors():
        if tag_of(ancestor) in ("html", "body", "main", "article") or _n_chars(ancestor) > _MAX_NOTICE:
            break
        notice = ancestor
    if notice is not None and _COOKIES.search(notice.text_content()):
        notice.drop_tree()


def _n_chars(element: Any) -> int:
    return len(element.text_content())


def _show(element: Any) -> None:
    for name in ("hidden", "aria-hidden", "style", "class"):
        element.attrib.pop(name, None)


def _is_dialog(tag: str, attributes: dict[str, str]) -> bool:
    """Whether an element is a dialog, such as a site's question about cookies."""
    if tag == "dialog":
        return True
    if not attributes:
        return False
    if attributes.get("role", "").lower() in ("dialog", "alertdialog") or attributes.get("aria-modal") == "true":
        return True
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    return len(names) > 1 and _asks_for_consent(names)


@lru_cache(maxsize=1024)  # a page repeats its classes
def _asks_for_consent(names: str) -> bool:
    return _CONSENT.search(names.lower()) is not None


def _is_notes(tag: str, attributes: dict[str, str]) -> bool:
    """Whether an element holds the notes of a page."""
    if not attributes:
        return False
    if attributes.get("role", "").lower() in _NOTE_ROLES:
        return True
    if tag not in _NOTE_TAGS:
        return False
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    return (tag == "ol" and "references" in names.split()) or _NOTES.search(names) is not None


def _unwrap_prose(tree: Any) -> None:
    """Make paragraphs of preformatted prose, if a page has hardly anything else."""
    from lxml import html

    texts = [(element, element.text_content()) for element in tree.iter("pre") if _is_outermost(element)]
    prose = [(element, text) for element, text in texts if _reads_as_prose(element, text)]
    if not prose:
        return
    n_other = sum(len(b.text) for b in text_blocks(tree) if not b.is_preformatted and 3 * b.n_link_chars < len(b.text))
    if n_other > sum(len(text) for _, text in prose):
        return
    for element, text in prose:
        division = html.Element("div")
        for words in wrapped_paragraphs(_own_lines(text)):
            html.etree.SubElement(division, "p").text = words
        division.tail = element.tail
        element.getparent().replace(element, division)


def _own_lines(text: str) -> list[str]:
    """The lines of a text; of a message in an archive, which quotes another, those of its sender."""
    lines = plain_lines(text)
    if any(line.depth for line in lines):
        lines = [line for passage in passages(lines) for line in passage.lines]
    return [line.text for line in lines]


def _is_outermost(element: Any) -> bool:
    return next(element.iterancestors("pre"), None) is None and element.getparent() is not None


def _reads_as_prose(element: Any, text: str) -> bool:
    """Whether preformatted text is prose: no code by its marks or its characters."""
    if next(element.iter("code", "samp", "kbd"), None) is not None or _CODE.search(element.get("class") or ""):
        return False
    words = text.split()
    n_plain = sum(word.strip(".,;:!?()\"'“”‘’-–—").isalpha() for word in words)
    return len(words) > _PROSE_WORDS and n_plain > 0.7 * len(words)
