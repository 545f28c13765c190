"""reStructuredText: its prose, as docutils reads it; nothing is included from other files."""

from __future__ import annotations

import io
import re
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.superscripts import raised

_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "_disable_config": True, "input_encoding": "unicode",
    "report_level": 5, "halt_level": 5, "syntax_highlight": "none", "smart_quotes": False, "docinfo_xform": True,
}  # fmt: skip
_MARKS = "|`*_["
MAX_MARKS = 500  # in one paragraph, unless it is a table or code
# Sphinx's roles and directives, which docutils does not know: :func:`~os.path.join`, :doc:`a title <page>`.
_ROLE = re.compile(r"(?<![\w`]):[A-Za-z][\w+.:-]{0,60}:`([^`<]{1,300}?)(?:\s*<[^`>]{0,300}>)?`")
_RAISED = re.compile(r"(?:\\ )?:sup(?:erscript)?:`([^`]{1,60})`(?:\\ )?")
_DIRECTIVE = re.compile(
    r"^([ \t]*\.\. )(?:(?:version\w+|deprecated)::[ \t]*\S*|(?:seealso|todo)::(?=\s|\Z))", re.MULTILINE
)
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?](?:\s|$))")  # where a note was
# What has no prose, or no prose of the text itself.
_LEFT_OUT = frozenset({
    "literal_block", "doctest_block", "math_block", "comment", "raw", "system_message", "substitution_definition",
    "target", "footnote", "citation", "docinfo", "field_list", "option_list", "image", "meta", "pending", "header",
    "footer", "decoration",
})  # fmt: skip
_LEFT_OUT_INLINE = frozenset({"footnote_reference", "image", "system_message", "raw"})
_TEXTS = frozenset({"paragraph", "term", "caption", "attribution", "line_block", "rubric", "problematic"})


def read_restructured_text(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Headings, paragraphs, lists, quotes and tables of reStructuredText; no code, comments, fields or footnotes."""
    from docutils.core import publish_doctree

    text = re.sub(r"\r\n?", "\n", decode(data, source))
    text = _RAISED.sub(_raised, text)
    text = _DIRECTIVE.sub(r"\1note::", _ROLE.sub(lambda role: _role_text(role[1]), text))
    text = "\n\n".join(map(_bounded, text.split("\n\n")))
    tree = publish_doctree(text, settings_overrides={**_SETTINGS, "warning_stream": io.StringIO()})
    blocks = Blocks()
    _add(tree, blocks, 0)
    return blocks.extracted()


def _bounded(paragraph: str) -> str:
    """A paragraph without marks if it has very many, for docutils looks for the end of each in all that follows."""
    if sum(map(paragraph.count, _MARKS)) <= MAX_MARKS or re.match(r"\s*(?:\+[-=+]|[-=]{2,} )|[ \t]", paragraph):
        return paragraph
    return paragraph.translate(dict.fromkeys(map(ord, _MARKS), " "))


def _raised(found: re.Match[str]) -> str:
    """What stands for a superscript."""
    text = found.string
    return raised(text[max(found.start() - 60, 0) : found.start()], found[1], text[found.end() : found.end() + 20])


def _role_text(text: str) -> str:
    """What a role shows: of "~os.path.join" the last part."""
    return text.rpartition(".")[2] if text.startswith("~") else text.lstrip("!")


def _add(node: Any, blocks: Blocks, level: int) -> None:
    """Add the prose of a node and of those in it. level: of the section that it is in."""
    name = node.tagname
    if name in _LEFT_OUT or (name == "topic" and "contents" in node.get("classes", ())):
        return
    if name in ("title", "subtitle"):
        if node.parent.tagname in ("document", "section"):
            blocks.heading(_words(node), max(1, level + (name == "subtitle")))
    elif name == "row":
        blocks.add(" | ".join(filter(None, (" ".join(_words(cell).split()) for cell in node.children))))
    elif name in _TEXTS:
        blocks.add(_SPACE_BEFORE_MARK.sub("", _words(node)))
    else:
        has_title = name == "document" and any(child.tagname == "title" for child in node.children)
        for child in node.children:
            if hasattr(child, "tagname") and child.tagname != "#text":
                _add(child, blocks, level + (name == "section" or has_title))


def _words(node: Any) -> str:
    """A node's text, without notes and pictures."""
    if node.tagname == "#text":
        return str(node.astext())
    if node.tagname in _LEFT_OUT_INLINE:
        return ""
    separator = " " if node.tagname in ("line_block", "entry", "line") else ""
    return separator.join(map(_words, node.children))
