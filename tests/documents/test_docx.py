"""DOCX: the text as it reads with all changes accepted, whatever stands around a run; headings; what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import makers
from tests.helpers.documents import error_of, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD, TITLES
from tests.helpers.office_makers import STRICT_W, docx_of, paragraph, raised_run, run

CASES = Path(__file__).parent / "cases"
INSERTED = '<w:ins w:id="1" w:author="a">{}</w:ins>'
DELETED = '<w:del w:id="2" w:author="a"><w:r><w:delText>{}</w:delText></w:r></w:del>'


def text_of(body: str, folder: Path, styles: str = "") -> str:
    """The text of a Word document with a body."""
    return read_one("a.docx", docx_of(body, styles), folder).text


def test_lists_and_tables_are_read_in_order_without_page_headers(tmp_path: Path) -> None:
    document = read_one("a.docx", makers.docx_file(), tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, "mast | nine", THIRD))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("drop-cap", "The mill was sold to the town for a crown"),
        ("smart-tags", "The ferry from Dublin was held in the harbour of Holyhead on 12 March because of a fire"),
        ("superscript", "The plant made 3.2 x 10^6 bottles in 2019 and employs 140 people on 900 m2."),
        ("tracked-insertions", "the Mill Lane library not in June but in September, and the staff"),
        ("tracked-insertions", "a new reading room for children.\n\nObjections can be sent"),
    ],
)
def test_cases(name: str, text: str, tmp_path: Path) -> None:
    assert text in read_one("a.docx", (CASES / f"docx-{name}.docx").read_bytes(), tmp_path).text


def test_changes_are_accepted(tmp_path: Path) -> None:
    moved = f'<w:moveFrom w:id="3">{run("gone ")}</w:moveFrom><w:moveTo w:id="4">{run("here ")}</w:moveTo>'
    changes = (
        run("The port ") + INSERTED.format(run("has paid ")) + DELETED.format("will pay ") + moved + run("a third.")
    )
    assert text_of(paragraph(changes), tmp_path) == "The port has paid here a third."


HTML = f"<html><body><h2>{TITLES[1]}</h2><p>{SECOND}</p></body></html>"
MHT = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; "
    f"charset=utf-8\r\n\r\n{HTML}\r\n--b\r\nContent-Type: image/png\r\n\r\nno\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("name", "content", "titles"),
    [
        ("a.html", HTML, TITLES[1:2]), ("a.dat", HTML, TITLES[1:2]), ("a.mht", MHT, TITLES[1:2]),
        ("a.txt", f"{TITLES[1]}\n{SECOND}", []), ("a.rtf", rf"{{\rtf1 {TITLES[1]}\par {SECOND}}}", []),
        ("a.docx", docx_of(paragraph(TITLES[1], '<w:outlineLvl w:val="1"/>') + paragraph(SECOND)), TITLES[1:2]),
    ],
)  # fmt: skip
def test_parts_in_other_formats(name: str, content: str | bytes, titles: list[str], tmp_path: Path) -> None:
    body = f'{paragraph(FIRST)}<w:altChunk r:id="{name}"/><w:altChunk r:id="gone"/>{paragraph(THIRD)}'
    document = read_one("a.docx", docx_of(body, chunks={name: content, "empty.html": b""}), tmp_path)
    assert document.text == "\n\n".join((FIRST, TITLES[1], SECOND, THIRD))
    assert [section.title for section in document.sections] == list(titles)


def test_documents_within_documents_end(tmp_path: Path) -> None:
    data = docx_of(paragraph(FIRST))
    for _ in range(9):
        data = docx_of(paragraph(SECOND) + '<w:altChunk r:id="a.docx"/>', chunks={"a.docx": data})
    text = read_one("a.docx", data, tmp_path).text
    assert text.count(SECOND) == 4
    assert FIRST not in text


@pytest.mark.parametrize("gap", ["<w:r><w:tab/></w:r>", "<w:r><w:br/></w:r>", run("  ")])
def test_a_heading_within_a_paragraph(gap: str, tmp_path: Path) -> None:
    bold, strong = '<w:b w:val="1"/>', '<w:rStyle w:val="s"/>'
    styles = '<w:style w:type="character" w:styleId="s"><w:rPr><w:b/></w:rPr></w:style>'
    for properties in (bold, strong):
        body = paragraph(run("Repairs", properties) + gap + run(FIRST))
        text = text_of(body, tmp_path, styles)
        assert text.startswith("Repairs\n\n")
        assert text.endswith(FIRST)


@pytest.mark.parametrize(
    ("bold", "rest", "text"),
    [
        ("Lund ", "Ltd has built the bridge.", "Lund Ltd has built the bridge."),
        ("Name\t", "Anna Berg", "Name Anna Berg"),
        ("Repairs.  ", "They take until March.", "Repairs. They take until March."),
        ("The bridge  ", "is closed for the winter.", "The bridge is closed for the winter."),
    ],
)  # fmt: skip
def test_other_bold_words_stay_in_their_sentence(bold: str, rest: str, text: str, tmp_path: Path) -> None:
    assert text_of(paragraph(run(bold, "<w:b/>") + run(rest)), tmp_path) == text


def test_a_deleted_paragraph_mark_joins_two_paragraphs(tmp_path: Path) -> None:
    first = paragraph(run("The ferry sails "), '<w:rPr><w:del w:id="1"/></w:rPr>')
    assert text_of(first + paragraph("at noon.") + paragraph("It is late."), tmp_path) == (
        "The ferry sails at noon.\n\nIt is late."
    )


def test_deleted_cells(tmp_path: Path) -> None:
    deleted = f"<w:tc><w:tcPr><w:cellDel/></w:tcPr>{paragraph('not')}</w:tc>"
    assert text_of(f"<w:tbl><w:tr>{deleted}<w:tc>{paragraph('mast')}</w:tc></w:tr></w:tbl>", tmp_path) == "mast"


def test_inserted_tables_and_deleted_rows(tmp_path: Path) -> None:
    def row(text: str, properties: str = "") -> str:
        return f"<w:tr><w:trPr>{properties}</w:trPr><w:tc>{paragraph(text)}</w:tc><w:tc>{paragraph('9')}</w:tc></w:tr>"

    table = f"<w:tbl>{row('mast')}{row('sail', '<w:del/>')}{row('keel', '<w:ins/>')}</w:tbl>"
    assert text_of(table, tmp_path) == "mast | 9\n\nkeel | 9"


@pytest.mark.parametrize(
    "around",
    [
        "<w:hyperlink>{}</w:hyperlink>",
        "<w:smartTag><w:smartTag>{}</w:smartTag></w:smartTag>",
        "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>",
        '<w:fldSimple w:instr=" AUTHOR ">{}</w:fldSimple>',
        '<w:customXml><w:bdo w:val="ltr">{}</w:bdo></w:customXml>',
        "<mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent>",
    ],
)
def test_what_stands_around_a_run_does_not_hide_it(around: str, tmp_path: Path) -> None:
    inside = around.replace("{}", run("Easton"))
    assert text_of(paragraph(run("The road to ") + inside + run(" is closed.")), tmp_path) == (
        "The road to Easton is closed."
    )


def test_content_controls_around_blocks(tmp_path: Path) -> None:
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('Inside.')}</w:sdtContent></w:sdt>"
    placeholder = control.replace("<w:sdtPr/>", "<w:sdtPr><w:showingPlcHdr/></w:sdtPr>").replace(
        "Inside.", "Click here."
    )
    contents = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    assert text_of(control + placeholder + control.replace("<w:sdtPr/>", contents), tmp_path) == "Inside."


def field(instruction: str, result: str) -> str:
    """The runs of a complex field."""
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return f"{marks[0]}<w:r><w:instrText> {instruction} </w:instrText></w:r>{marks[1]}{result}{marks[2]}"


def test_fields_give_their_results(tmp_path: Path) -> None:
    nested = field("IF 1 = 1", run("on ") + field("DATE", run("4 May")))
    assert text_of(paragraph(run("It opens ") + nested + run(".")), tmp_path) == "It opens on 4 May."


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    """It is one field over several paragraphs, with other fields in it."""
    begin, end = field("TOC \\o", "|").split("|")
    lines = (
        paragraph(begin + run("One ") + field("PAGEREF a", run("3")))
        + paragraph("<w:r/>" + run("Two 4"))
        + paragraph(end)
    )
    assert text_of(lines + paragraph("The text."), tmp_path) == "The text."
    styled = '<w:style w:type="paragraph" w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
    entry = paragraph("One 3", '<w:pStyle w:val="T1"/>')
    assert text_of(entry + paragraph("The text."), tmp_path, styled) == "The text."


def test_a_field_without_an_end_hides_no_other_paragraph(tmp_path: Path) -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    assert text_of(paragraph(begin + run("lost")) + paragraph("The text."), tmp_path) == "The text."


@pytest.mark.parametrize("wrap", ["<mc:Choice><wps:txbx>{}</wps:txbx></mc:Choice><mc:Fallback>{}</mc:Fallback>", "{}"])
def test_a_text_box_is_read_once_after_its_paragraph(wrap: str, tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    wrapped = (
        f"<mc:AlternateContent>{wrap.replace('{}', box)}</mc:AlternateContent>"
        if "mc:" in wrap
        else f"<w:pict>{box}</w:pict>"
    )
    body = paragraph(run("Around ") + f"<w:r>{wrapped}</w:r>" + run("it."))
    assert text_of(body, tmp_path) == "Around it.\n\nIn the box."


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        (run("in 2019") + raised_run("5") + run(" and"), "in 2019 and"),
        (run("the mayor said") + raised_run("a, b") + run("."), "the mayor said."),
        (run("10") + raised_run("-") + raised_run("3") + run(" m"), "10^-3 m"),
        (run("the 5") + raised_run("th") + run(" of May"), "the 5th of May"),
        (run("Quay") + raised_run("TM") + run(" boats"), "Quay™ boats"),
        (run("CO") + run("2", '<w:vertAlign w:val="subscript"/>') + run(" rose"), "CO2 rose"),
        (run("in 2019") + run("7", '<w:rStyle w:val="Mark"/>') + run(", when"), "in 2019, when"),
        (run("in 2019") + run("7", '<w:position w:val="8"/><w:sz w:val="14"/>') + run(", when"), "in 2019, when"),
        (run("in 2019") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run(", when"), "in 2019, when"),
        (raised_run("All of it is raised"), "All of it is raised"),
    ],
)
def test_superscripts(runs: str, text: str, tmp_path: Path) -> None:
    styles = '<w:style w:styleId="Mark"><w:name w:val="note mark"/><w:basedOn w:val="Up"/></w:style>'
    styles += '<w:style w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    assert text_of(paragraph(runs), tmp_path, styles) == text


def test_characters_that_are_elements(tmp_path: Path) -> None:
    inside = (
        "<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t><w:softHyphen/><w:t>e</w:t>"
    )
    signs = (("Symbol", "F062"), ("Wingdings", "F0FC"), ("Symbol", "F0B1"))
    symbols = "".join(f'<w:sym w:font="{font}" w:char="{code}"/>' for font, code in signs)
    assert text_of(paragraph(f"<w:r>{inside}</w:r><w:r>{symbols}</w:r>"), tmp_path) == "a b c-deβ ±"


def test_pictures_of_symbol_fonts_in_a_text_are_spaces(tmp_path: Path) -> None:
    assert text_of(paragraph("\uf0b7 The mill\uf0fcwas sold."), tmp_path) == "The mill was sold."


def test_hidden_text_is_left_out(tmp_path: Path) -> None:
    styles = '<w:style w:type="paragraph" w:styleId="Out"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = paragraph(run("Shown. ") + run("Hidden.", "<w:vanish/>") + run("Too.", '<w:vanish w:val="0"/>'))
    body += paragraph("All hidden.", '<w:pStyle w:val="Out"/>')
    assert text_of(body, tmp_path, styles) == "Shown. Too."


def test_drop_caps_join_their_word(tmp_path: Path) -> None:
    cap = '<w:framePr w:dropCap="{}" w:lines="3"/>'
    body = paragraph("T", cap.format("drop")) + paragraph("he mill was sold.")
    body += paragraph("A", cap.format("margin")) + paragraph(" parrot came.")
    assert text_of(body, tmp_path) == "The mill was sold.\n\nA parrot came."


@pytest.mark.parametrize(
    ("properties", "styles", "level"),
    [
        ('<w:outlineLvl w:val="2"/>', "", 3),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="heading 2"/>', 2),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="Überschrift 1"/>', 1),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="Titre 3"/>', 3),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="Own"/><w:basedOn w:val="Base"/>', 2),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr>', 1),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="Title"/>', 1),
        ('<w:pStyle w:val="H"/>', '<w:basedOn w:val="Base"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr>', 0),
        ('<w:pStyle w:val="H"/>', '<w:name w:val="Body Text"/><w:basedOn w:val="H"/>', 0),
        ("", "", 0),
    ],
)  # fmt: skip
def test_headings(properties: str, styles: str, level: int, tmp_path: Path) -> None:
    base = '<w:style w:type="paragraph" w:styleId="Base"><w:name w:val="heading 2"/></w:style>'
    data = docx_of(
        paragraph("The bridge", properties) + paragraph("It is closed."),
        f'{base}<w:style w:type="paragraph" w:styleId="H">{styles}</w:style>',
    )
    document = read_one("a.docx", data, tmp_path)
    assert [(s.title, s.level) for s in document.sections] == ([("The bridge", level)] if level else [])


def test_nested_tables_are_read_in_order(tmp_path: Path) -> None:
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('one')}</w:tc><w:tc>{paragraph('two')}</w:tc></w:tr></w:tbl>"
    layout = f"<w:tbl><w:tr><w:tc>{paragraph('Before.')}{inner}{paragraph('After.')}</w:tc></w:tr></w:tbl>"
    assert text_of(layout, tmp_path) == "Before.\n\none | two\n\nAfter."


def test_prose_that_a_table_lays_out_is_no_row(tmp_path: Path) -> None:
    cells = "".join(f"<w:tc>{paragraph(text)}{paragraph(THIRD)}{paragraph(THIRD)}</w:tc>" for text in (FIRST, SECOND))
    assert text_of(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>", tmp_path) == "\n\n".join(
        (FIRST, THIRD, THIRD, SECOND, THIRD, THIRD)
    )


@pytest.mark.parametrize("main", ["word/document.xml", "word/document2.xml", "text/Main.xml"])
@pytest.mark.parametrize("suffix", [".docx", ".docm", ".dotx", ".bin"])
def test_strict_files_and_other_names_of_the_main_part(main: str, suffix: str, tmp_path: Path) -> None:
    data = docx_of(paragraph(FIRST), namespace=STRICT_W, main=main)
    assert read_one(f"a{suffix}", data, tmp_path).text == FIRST


def test_formulas(tmp_path: Path) -> None:
    power = (
        "<m:oMath><m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
    )
    fraction = "<m:f><m:num><m:r><m:t>3</m:t></m:r></m:num><m:den><m:r><m:t>4</m:t></m:r></m:den></m:f>"
    assert text_of(paragraph(run("Take ") + power + run(" and ") + fraction), tmp_path) == "Take r^2 and 3/4"


def test_a_file_without_a_main_part_is_refused(tmp_path: Path) -> None:
    assert "has no main part" in error_of("a.docx", makers.zip_of({"x": "y"}), tmp_path, format="docx")
