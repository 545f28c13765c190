"""OpenDocument: texts, spreadsheets and presentations, zipped and flat."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND
from tests.helpers.office_makers import flat_opendocument_of, opendocument_of, zip_of

CASES = Path(__file__).parent / "cases"
STYLES = """
<style:style style:name="Up"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="Raised"><style:text-properties style:text-position="33% 58%"/></style:style>
<style:style style:name="Down"><style:text-properties style:text-position="sub 58%"/></style:style>
<style:style style:name="Mark" style:parent-style-name="Up"/>
<style:style style:name="Gone"><style:text-properties text:display="none"/></style:style>
<style:style style:name="P1" style:parent-style-name="Title"/>
<style:style style:name="Title"/>
<style:style style:name="H2" style:default-outline-level="2"/>
<style:style style:name="off"><style:table-properties table:display="false"/></style:style>
"""


def text_of(body: str, folder: Path) -> str:
    return read_one("a.odt", opendocument_of("text", body, STYLES), folder).text


def test_case_letter(tmp_path: Path) -> None:
    assert "." in read_one("letter.odt", (CASES / "letter.odt").read_bytes(), tmp_path).text


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ('in 2019<text:span text:style-name="Up">5</text:span>, when', "in 2019, when"),
        ('in 2019<text:span text:style-name="Mark">5</text:span>, when', "in 2019, when"),
        ('10<text:span text:style-name="Raised">6</text:span> bottles', "10^6 bottles"),
        ('CO<text:span text:style-name="Down">2</text:span> rose', "CO2 rose"),
        ('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d', "a b c d"),
        ('the <text:a>mill</text:a> was<text:soft-page-break/> sold', "the mill was sold"),
        ('shown <text:span text:style-name="Gone">hidden</text:span>', "shown"),
        ("sold<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>For a crown.</text:p>"
         "</text:note-body></text:note> it", "sold it"),
        ("sold<office:annotation><text:p>When?</text:p></office:annotation> it", "sold it"),
    ],
)  # fmt: skip
def test_paragraphs(inside: str, text: str, tmp_path: Path) -> None:
    assert text_of(f"<text:p>{inside}</text:p>", tmp_path) == text


def test_what_is_left_out(tmp_path: Path) -> None:
    deleted = "<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone.</text:p></text:deletion>"
    deleted += "</text:changed-region></text:tracked-changes>"
    contents = (
        "<text:table-of-content><text:index-body><text:p>One 3</text:p></text:index-body></text:table-of-content>"
    )
    hidden = '<text:section text:display="none"><text:p>Hidden.</text:p></text:section>'
    assert text_of(f"{deleted}{contents}{hidden}<text:p>{FIRST}</text:p>", tmp_path) == FIRST


def test_headings_by_outline_level_and_by_style(tmp_path: Path) -> None:
    body = '<text:p text:style-name="P1">Title</text:p><text:h text:outline-level="2">Two</text:h>'
    body += f'<text:p text:style-name="H2">Too</text:p><text:p>{FIRST}</text:p>'
    document = read_one("a.odt", opendocument_of("text", body, STYLES), tmp_path)
    assert [(s.title, s.level) for s in document.sections] == [("Title", 1), ("Two", 2), ("Too", 2)]


def test_tables_and_text_boxes(tmp_path: Path) -> None:
    cells = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in ("mast", "nine"))
    table = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    box = "<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame>"
    assert text_of(f"{table}<text:p>Around {box}it.</text:p>", tmp_path) == "mast | nine\n\nAround it.\n\nIn the box."


def test_prose_that_a_table_lays_out_is_no_row(tmp_path: Path) -> None:
    cell = f"<table:table-cell><text:h>The bridge</text:h>{f'<text:p>{FIRST}</text:p>' * 3}</table:table-cell>"
    data = opendocument_of("text", f"<table:table><table:table-row>{cell}{cell}</table:table-row></table:table>")
    document = read_one("a.odt", data, tmp_path)
    assert document.text == "\n\n".join(("The bridge", FIRST, FIRST, FIRST) * 2)
    assert len(document.sections) == 2


def test_spreadsheets(tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        inside = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
        filler = '<table:table-cell table:number-columns-repeated="16000"/>'
        return f"<table:table-row>{inside}{filler}</table:table-row>"

    rows = row("Ship", "Cars") + row("Holm", "60") + row("Easton", "48")
    rows += '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    hidden = f'<table:table table:name="Off" table:style-name="off">{row("x", "y")}</table:table>'
    body = f'<table:table table:name="Ferries">{rows}</table:table>{hidden}'
    document = read_one("a.ods", opendocument_of("spreadsheet", body, STYLES), tmp_path)
    assert document.text == "Ferries\n\nShip: Holm | Cars: 60\n\nShip: Easton | Cars: 48"


def test_presentations(tmp_path: Path) -> None:
    def frame(text: str, kind: str) -> str:
        box = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
        return f'<draw:frame presentation:class="{kind}">{box}</draw:frame>'

    notes = f"<presentation:notes>{frame('Say it slowly.', 'notes')}</presentation:notes>"
    page = frame(FIRST, "outline") + frame("The bridge", "title") + frame("3", "page-number") + notes
    body = f"<draw:page>{page}</draw:page><draw:page>{frame(SECOND, 'outline')}</draw:page>"
    document = read_one("a.odp", opendocument_of("presentation", body), tmp_path)
    assert document.text == "\n\n".join(("The bridge", FIRST, SECOND))
    assert [section.title for section in document.sections] == ["The bridge"]


def test_flat_files_are_recognised(tmp_path: Path) -> None:
    data = flat_opendocument_of("text", f"<text:p>{FIRST}</text:p>")
    for name in ("a.fodt", "a.xml", "a.data"):
        assert read_one(name, data, tmp_path).text == FIRST


def test_protected_and_damaged_files_are_refused(tmp_path: Path) -> None:
    manifest = {"META-INF/manifest.xml": "<manifest><file-entry><encryption-data/></file-entry></manifest>"}
    locked = opendocument_of("text", "<text:p>x</text:p>", more=manifest)
    assert error_of("a.odt", locked, tmp_path) == ": is protected by a password"
    empty = zip_of({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})
    assert error_of("a.odt", empty, tmp_path) == ": is damaged, or is not OpenDocument (it has no body)"
