"""PPTX: the slides of a presentation in order, with titles as headings, without notes and running texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions, reason_of
from summarize.documents.readers.runs import joined_runs
from summarize.documents.readers.zip_archive import Archive, attribute, identified_relationships, local_name, main_part
from summarize.errors import DocumentError

_TITLES = ("title", "ctrTitle")
_FOOTERS = ("ftr", "hdr", "dt", "sldNum")  # placeholders of what every slide shows


def read_pptx(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """The texts of a presentation's slides in order; no hidden slides, notes, comments, footers or slide numbers.

    A slide that is missing or damaged is left out with a note. Raises DocumentError if all are.
    """
    archive = Archive(data, source, options)
    main = main_part(archive)
    targets = {identifier: target for identifier, _, target in identified_relationships(archive, main)}
    blocks, notes, n_read = Blocks(), list[str](), 0
    slide_ids = archive.xml(main).iterfind(".//{*}sldIdLst/{*}sldId")
    for number, slide_id in enumerate(slide_ids, 1):
        slide = targets.get(_relationship_id(slide_id), "")
        try:
            root = archive.xml(slide)
            if root.get("show") not in ("0", "false"):
                _Slide(archive, slide).add_to(blocks, root)
            n_read += 1
        except DocumentError:
            raise
        except Exception as error:  # lxml and zipfile raise almost anything at damaged files
            reason = "is missing" if slide not in archive else f"is damaged ({reason_of(error)})"
            notes.append(f"slide {number} {reason} and is left out")
    if notes and not n_read:
        raise DocumentError(f"{source}: is damaged: none of its slides can be read")
    extracted = blocks.extracted()
    return Extracted(extracted.text, extracted.sections, notes=tuple(notes))


def _relationship_id(element: Any) -> str:
    """The r:id of an element, which may have an id of its own, too."""
    return next((value for name, value in element.attrib.items() if name.endswith("}id")), "")


class _Slide:
    """One slide. Its title comes first, wherever it stands among the shapes."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        related = identified_relationships(archive, name)
        self._diagrams = {identifier: target for identifier, kind, target in related if kind == "diagramData"}

    def add_to(self, blocks: Blocks, root: Any) -> None:
        """Add the slide's texts."""
        tree = next(root.iter("{*}spTree"), ())
        shapes = list(_shapes(tree))
        for shape in shapes:
            if _placeholder(shape) in _TITLES:
                blocks.heading(" ".join(_paragraphs(shape)), 1)
        for shape in shapes:
            if _placeholder(shape) not in (*_TITLES, *_FOOTERS):
                for text in self._texts(shape):
                    blocks.add(text)

    def _texts(self, shape: Any) -> Iterator[str]:
        """The paragraphs of a shape, the rows of a table, or the items of a diagram."""
        if local_name(shape) != "graphicFrame":
            yield from _paragraphs(shape)
            return
        for row in shape.iter("{*}tr"):
            cells = [" ".join(_paragraphs(cell)) for cell in row.iterchildren("{*}tc")]
            yield " | ".join(filter(None, cells))
        for diagram in shape.iter("{*}relIds"):
            part = self._diagrams.pop(attribute(diagram, "dm") or "", "")
            if part in self._archive:
                yield from _paragraphs(self._archive.xml(part))


def _shapes(parent: Any) -> Iterator[Any]:
    """The shapes in a tree of shapes and groups, in order."""
    for element in parent:
        name = local_name(element)
        if name == "AlternateContent":
            yield from _shapes(next((e for e in element if local_name(e) in ("Choice", "Fallback")), ()))
        elif name == "grpSp":
            yield from _shapes(element)
        elif name in ("sp", "graphicFrame", "cxnSp"):
            yield element


def _placeholder(shape: Any) -> str:
    """The kind of the placeholder that a shape fills; "" if it fills none."""
    placeholder = next(shape.iterfind("./{*}nvSpPr/{*}nvPr/{*}ph"), None)
    return "" if placeholder is None else placeholder.get("type") or "body"


def _paragraphs(parent: Any) -> Iterator[str]:
    for paragraph in parent.iter("{*}p"):
        if "drawingml" in paragraph.tag and (text := " ".join(joined_runs(_runs(paragraph)).split())):
            yield text


def _runs(paragraph: Any) -> Iterator[tuple[str, bool]]:
    """(text, whether it is raised) of each run of a paragraph."""
    for element in paragraph:
        name = local_name(element)
        if name == "br":
            yield "\n", False
        elif name in ("r", "fld") and element.get("type") != "slidenum":
            properties = next(element.iterchildren("{*}rPr"), None)
            baseline = "" if properties is None else properties.get("baseline") or ""
            text = next(element.iterchildren("{*}t"), None)
            yield (text.text or "") if text is not None else "", baseline.rstrip("0%") > "" and baseline[0].isdigit()
