"""PPTX: slides in order, titles as headings, what every slide shows left out."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES
from tests.helpers.office_makers import pptx_of, relationships, shape


def test_slides_are_read_in_their_order_with_the_title_first(tmp_path: Path) -> None:
    first = (
        shape([FIRST, SECOND], "body")
        + shape([TITLES[0]], "ctrTitle")
        + shape(["9"], "sldNum")
        + shape(["Quay"], "ftr")
    )
    document = read_one("a.pptx", pptx_of([first, shape([TITLES[1]], "title") + shape([THIRD])]), tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, SECOND, TITLES[1], THIRD))
    assert [(s.title, s.level) for s in document.sections] == [(TITLES[0], 1), (TITLES[1], 1)]


def test_groups_tables_and_line_breaks(tmp_path: Path) -> None:
    cell = "<a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    table = f"<p:graphicFrame><a:tbl><a:tr>{cell.format('mast')}{cell.format('nine')}</a:tr></a:tbl></p:graphicFrame>"
    broken = "<p:sp><p:txBody><a:p><a:r><a:t>one</a:t></a:r><a:br/><a:r><a:t>two</a:t></a:r></a:p></p:txBody></p:sp>"
    slide = f"<p:grpSp>{shape([FIRST])}<p:grpSp>{shape([SECOND])}</p:grpSp></p:grpSp>{table}{broken}"
    assert read_one("a.pptx", pptx_of([slide]), tmp_path).text == f"{FIRST}\n\n{SECOND}\n\nmast | nine\n\none two"


def test_superscripts_and_fields(tmp_path: Path) -> None:
    runs = '<a:r><a:t>in 2019</a:t></a:r><a:r><a:rPr baseline="30000"/><a:t>5</a:t></a:r><a:r><a:t>, when</a:t></a:r>'
    runs += '<a:fld type="slidenum"><a:t>9</a:t></a:fld><a:r><a:rPr baseline="0"/><a:t> it rained</a:t></a:r>'
    slide = f"<p:sp><p:txBody><a:p>{runs}</a:p></p:txBody></p:sp>"
    assert read_one("a.pptx", pptx_of([slide]), tmp_path).text == "in 2019, when it rained"


def test_diagrams_are_read(tmp_path: Path) -> None:
    frame = '<p:graphicFrame><a:graphic><dgm:relIds r:dm="d1"/></a:graphic></p:graphicFrame>'
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    data = f'<model xmlns:a="{a}"><pt><a:p><a:r><a:t>Build</a:t></a:r></a:p></pt></model>'
    more = {
        "ppt/slides/_rels/slide1.xml.rels": relationships([("d1", "diagramData", "../diagrams/data1.xml")]),
        "ppt/diagrams/data1.xml": data,
    }
    assert read_one("a.pptx", pptx_of([frame + shape([FIRST])], more), tmp_path).text == f"Build\n\n{FIRST}"


def test_hidden_slides_are_left_out(tmp_path: Path) -> None:
    data = pptx_of([shape([FIRST]), shape([SECOND])], {})
    hidden = {"ppt/slides/slide1.xml": ""}
    assert read_one("a.pptx", data, tmp_path).text == f"{FIRST}\n\n{SECOND}"
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    hidden["ppt/slides/slide1.xml"] = f'<p:sld xmlns:p="{p}" show="0"><p:cSld/></p:sld>'
    assert read_one("a.pptx", pptx_of([shape([FIRST]), shape([SECOND])], hidden), tmp_path).text == FIRST


def test_a_damaged_slide_is_left_out_with_a_note(tmp_path: Path) -> None:
    document = read_one("a.pptx", pptx_of([shape([FIRST]), ""], {"ppt/slides/slide1.xml": "<p:sld"}), tmp_path)
    assert document.text == FIRST
    (note,) = document.notes
    assert note.startswith("slide 2 is damaged (")
    assert "none of its slides can be read" in error_of(
        "b.pptx", pptx_of([""], {"ppt/slides/slide1.xml": "<"}), tmp_path
    )
