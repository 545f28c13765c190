"""Web pages: the article, as trafilatura finds it, in the order and the blocks of the page.

trafilatura decides which text is the article. The text itself is taken from the page, because the finder moves nested
tables, drops lists that do not stand in a paragraph, and joins what it should part.
"""

from __future__ import annotations

import copy
import logging
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.readers.html_cleaning import clean_page
from summarize.documents.readers.markup import TextBlock, add_block, decode_html, parse_html, tag_of, text_blocks

_FURNITURE_WORDS = frozenset((
    "share", "sharing", "social", "related", "recommended", "recirc", "newsletter", "subscribe", "subscription",
    "signup", "breadcrumb", "breadcrumbs", "sidebar", "comments", "comment", "disqus", "promo", "advert",
    "advertisement", "ad", "ads", "sponsored", "toolbar", "menu", "nav", "navigation", "navbar", "footer",
    "masthead", "pagination", "pager", "tags", "taglist", "byline", "author", "copyright", "trending", "teaser",
    "teasers", "readmore", "paywall", "noprint", "toc",
))  # fmt: skip
_COMMENT_WORDS = frozenset(("comments", "comment", "disqus"))
_WHOLE_PAGE = frozenset(("html", "body", "main", "article"))
_FURNITURE_TAGS = frozenset(["nav", "aside", "footer", "form", "menu", "dialog"])
_FURNITURE_ROLES = frozenset(
    ["navigation", "contentinfo", "complementary", "search", "banner", "dialog", "alertdialog", "menu", "menubar"]
)
_MAX_LINKED = 0.5  # of a block's characters; a block with more is a menu or a list of other pages
_ALL_LINKED = 0.8
_MAX_MENU = 150  # characters
_BRACKETED = re.compile(r"(?:\[[^\]\n]{1,20}\]\s{0,9}){2}")
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"[a-z]+")
_PARTS = re.compile(r"\n| \| ")  # between the lines and cells of a block
_READ_MORE = re.compile(
    r"\W{0,3}(?:(?:read|see|more|watch|related|recommended|also)\b|lesen sie|mehr zum|lire aussi|leer más|leggi anche)",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"(?:copyright\b|©|\(c\)).{0,20}\b(?:19|20)\d\d\b|.{0,80}\ball rights reserved\b", re.IGNORECASE
)
_MIN_KEPT = 0.4  # of a page's prose; an article that has less of it is not all that the page says
_SHORT_ARTICLE = 1000  # characters; the finder is trusted with a longer one
_PROSE_WORDS = 12  # a block of fewer words may be anything
_FEW_WORDS = 4  # a block of so few is kept only if the whole of it was found
_MIN_KNOWN = 0.6  # of the pairs of words of a longer block that have to be found
_LIST_PARTS = frozenset(
    ["li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "caption", "p", "div", "span", "summary"]
)


def read_html(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The article of a page, without menus and comments; all that the page says if it has no article."""
    import trafilatura  # noqa: F401  (it is missed here, before a tree is made)

    tree = parse_html(decode_html(data, source))
    if tree is None:
        return Extracted("")
    clean_page(tree)
    elements = list(tree.iter())  # while they are held, lxml does not make their objects again for each walk
    blocks = Blocks()
    article = _article(tree, list(text_blocks(tree)))
    del elements
    for block in article:
        if not block.is_preformatted:
            add_block(block, blocks)
    return blocks.extracted()


def _article(tree: Any, page: list[TextBlock]) -> list[TextBlock]:
    """Those blocks of a page that are its article."""
    furniture = _Furniture(page)
    content = [block for block in page if not furniture.holds(block) and not _is_menu(block)]
    found = _found(tree)
    kept = _kept(page, found, furniture)
    if sum(len(block.text) for block in kept) < _MIN_KEPT * sum(map(len, found)):
        return [TextBlock(text, 0, tree) for text in found]  # of the page's data for programs, or of an odd element
    if not kept:
        return content or page
    if sum(len(block.text) for block in kept) < _SHORT_ARTICLE:  # of a short page, the finder takes all
        kept = [block for block in kept if not furniture.holds(block)] or kept
    others = [block for block in kept if not _is_menu(block)]
    kept = others if 2 * len(others) >= len(kept) else kept  # of a list of other pages, most blocks are links
    kept = with_parts_like_it(kept, content)
    is_kept = {id(block) for block in kept}
    in_kept = sum(len(block.text) for block in kept if _is_prose(block))
    elsewhere = sum(len(block.text) for block in content if _is_prose(block) and id(block) not in is_kept)
    if in_kept < min(_MIN_KEPT * (in_kept + elsewhere), _SHORT_ARTICLE):
        is_kept |= {id(block) for block in content}
    return _with_lists(content, page, is_kept, _headings(content, is_kept))


def with_parts_like_it(kept: list[TextBlock], content: list[TextBlock]) -> list[TextBlock]:
    """The kept blocks, and the prose in elements of the same name and class as the one that holds most of the kept
    prose: the finder may take one of several parts into which adverts divide an article."""
    lengths = Counter[tuple[str, str]]()
    for block in kept:
        if _is_prose(block) and (holder := _holder(block)):
            lengths[holder] += len(block.text)
    total = sum(len(block.text) for block in kept if _is_prose(block))
    main, length = lengths.most_common(1)[0] if lengths else (None, 0)
    if 2 * length <= total:
        return kept
    is_kept = {id(block) for block in kept}
    others = (block for block in content if id(block) not in is_kept and tag_of(block.element) == "p")
    return [*kept, *(block for block in others if _is_prose(block) and _holder(block) == main)]


def _holder(block: TextBlock) -> tuple[str, str] | None:
    """The name and the class of the element around a block's own; None without a class."""
    parent = block.element.getparent()
    names = "" if parent is None else parent.get("class", "")
    return (tag_of(parent), names) if names else None


def _headings(content: list[TextBlock], kept: set[int]) -> set[int]:
    """The headings right above kept prose, and the page's own above it all, which the finder drops from short pages."""
    above = {id(a) for a, b in pairwise(content) if a.level and not _is_linked(a) and id(b) in kept and _is_prose(b)}
    first = next((i for i, block in enumerate(content) if id(block) in kept), 0)
    if content and not content[first].level and not (first and id(content[first - 1]) in above):
        titles = [block for block in content[:first] if block.level == 1 and not _is_linked(block)]
        above |= {id(block) for block in titles[-1:]}
    return above


def _found(tree: Any) -> list[str]:
    """The blocks of text that trafilatura takes for the article."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)  # its messages would reach stderr
    logging.getLogger("htmldate").setLevel(logging.CRITICAL + 1)
    article = trafilatura.bare_extraction(
        copy.deepcopy(tree), include_comments=False, include_tables=True, with_metadata=False
    )
    body: Any = getattr(article, "body", None)
    return [] if body is None else [text for text in _texts(body) if text.strip()]


def _texts(body: Any) -> Iterator[str]:
    """The text of each block of trafilatura's tree, whose tags are TEI's."""
    from lxml import etree

    pieces: list[str] = []
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if element.tag not in ("hi", "ref", "del", "graphic"):
            yield "".join(pieces)
            pieces.clear()
        pieces.append((element.text if event == "start" else element.tail) or "")
    yield "".join(pieces)


def _names_of(element: Any) -> list[str]:
    """The words of an element's id and classes."""
    return _NAME.findall(f"{element.get('id', '')} {element.get('class', '')}".lower())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


class _Found:
    """The text that was found, to look up which pieces of a page are in it."""

    def __init__(self, found: list[str]) -> None:
        texts = [_words(text) for text in found]
        self.lines = Counter(" ".join(words) for words in texts)
        self._pairs = {pair for words in texts for pair in pairwise(words)}
        self._whole = f" {' '.join(self.lines)} " if len(found) == 1 else ""  # all blocks in one

    def has(self, block: TextBlock) -> bool:
        """Whether at least half of a block is in it, by its lines and cells."""
        pieces = [" ".join(_words(piece)) for piece in _PARTS.split(block.text)]
        n_known = sum(len(piece) for piece in pieces if self._has_piece(piece))
        return 2 * n_known >= sum(map(len, pieces)) > 0

    def _has_piece(self, piece: str) -> bool:
        if piece in self.lines or (piece and f" {piece} " in self._whole):
            return True
        words = piece.split()
        n_known = sum(pair in self._pairs for pair in pairwise(words))
        return len(words) > _FEW_WORDS and n_known >= _MIN_KNOWN * (len(words) - 1)


def _kept(page: list[TextBlock], found: list[str], furniture: _Furniture) -> list[TextBlock]:
    """The blocks of a page whose words are in the text that was found, each no more often than there."""
    index = _Found(found)
    candidates: dict[str, list[TextBlock]] = {}
    for block in page:
        if index.has(block):
            candidates.setdefault(" ".join(_words(block.text)), []).append(block)
    kept: set[int] = set()
    for words, blocks in candidates.items():
        blocks.sort(key=furniture.holds)
        kept |= {id(block) for block in blocks[: max(index.lines[words], 1)]}
    return [block for block in page if id(block) in kept]


def _with_lists(content: list[TextBlock], page: list[TextBlock], kept: set[int], headings: set[int]) -> list[TextBlock]:
    """The kept blocks, the items and rows of lists and tables that stand beside them, and the headings above them."""
    parents = {block.element.getparent() for block in page if id(block) in kept}
    beside = {id(block) for block in content if _list_parent(block) in parents and not _is_linked(block)}
    items = {block.element for block in page if id(block) in kept | beside and tag_of(block.element) == "li"}
    beside |= {id(block) for block in content if any(outer in items for outer in block.element.iterancestors("li"))}
    beside |= {id(block) for block in content if block.element in parents and _is_prose(block)}  # between paragraphs
    return [block for block in page if id(block) in kept | beside | headings]


def _list_parent(block: TextBlock) -> Any:
    """The element that holds the outermost list or table around a block, if it is an item or row; else 0."""
    outermost = None
    for element in (block.element, *block.element.iterancestors()):
        if tag_of(element) in ("ul", "ol", "dl", "table", "details"):
            outermost = element
        elif tag_of(element) not in _LIST_PARTS:
            break
    return 0 if outermost is None else outermost.getparent()


def _is_linked(block: TextBlock) -> bool:
    return block.n_link_chars > _MAX_LINKED * len(block.text)


def _is_menu(block: TextBlock) -> bool:
    """Whether a block only leads to other pages: words in brackets, "Read more: …", a paragraph of links; or names the
    page's owner."""
    if _BRACKETED.match(block.text):
        return True
    n_linked = block.n_link_chars / len(block.text)
    is_paragraph = not block.level and tag_of(block.element) not in ("li", "tr", "dd") and len(block.text) <= _MAX_MENU
    if is_paragraph and len(block.text.split()) <= _PROSE_WORDS and _COPYRIGHT.match(block.text):
        return True
    return (n_linked > _MAX_LINKED and _READ_MORE.match(block.text) is not None) or (
        n_linked > _ALL_LINKED and is_paragraph
    )


def _is_prose(block: TextBlock) -> bool:
    return len(block.text.split()) >= _PROSE_WORDS and not _is_linked(block)


def _is_thread(page: list[TextBlock]) -> bool:
    """Whether a page is a discussion: most of its prose is in comments, and no article is above them."""
    named: dict[Any, bool] = {}  # elements whose names say that they hold comments
    lengths = Counter[bool]()
    for block in page:
        if not _is_prose(block):
            continue
        is_comment = False
        for element in (block.element, *block.element.iterancestors()):
            if element not in named:
                named[element] = tag_of(element) not in _WHOLE_PAGE and not _COMMENT_WORDS.isdisjoint(
                    _names_of(element)
                )
            is_comment |= named[element]
        lengths[is_comment] += len(block.text)
    return lengths[True] > lengths[False] and lengths[False] < _SHORT_ARTICLE


class _Furniture:
    """Knows which blocks of a page are menus, footers, forms, adverts or links to other pages.

    An element that holds most of a page's text is none of them, whatever its name.
    """

    def __init__(self, page: list[TextBlock]) -> None:
        self._known: dict[Any, bool] = {}
        self._words = _FURNITURE_WORDS - (_COMMENT_WORDS if _is_thread(page) else set())
        self._n_chars: Counter[Any] = Counter()
        self._total = sum(len(block.text) for block in page)
        for block in page:
            self._n_chars[block.element] += len(block.text)
        lengths = Counter[Any]()  # by the elements around the blocks: many blocks are in one
        for element, length in self._n_chars.items():
            lengths[element.getparent()] += length
        for parent, length in lengths.items():
            if parent is not None:
                for element in (parent, *parent.iterancestors()):
                    self._n_chars[element] += length

    def holds(self, block: TextBlock) -> bool:
        """Whether a block is, or stands in, such a part of a page."""
        return self._is_in(block.element)

    def _is_in(self, element: Any) -> bool:
        chain = [element]
        while chain[-1] not in self._known and chain[-1].getparent() is not None:
            chain.append(chain[-1].getparent())
        is_in = self._known.get(chain[-1], False)
        for ancestor in reversed(chain):
            is_in = self._known.setdefault(ancestor, is_in or self._is_furniture(ancestor))
        return is_in

    def _is_furniture(self, element: Any) -> bool:
        if tag_of(element) in _WHOLE_PAGE or 2 * self._n_chars[element] > self._total:
            return False
        if tag_of(element) in _FURNITURE_TAGS or element.get("role", "").lower() in _FURNITURE_ROLES:
            return True
        return not self._words.isdisjoint(_names_of(element))
