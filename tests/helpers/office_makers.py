"""Office files, made part by part: DOCX, PPTX, XLSX, OpenDocument and Outlook messages."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

import openpyxl

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'
)
MIMETYPE = "application/vnd.oasis.opendocument."


def zip_of(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def relationships(targets: Sequence[tuple[str, str, str]]) -> str:
    """A part's relationships. targets: (id, kind, target) of each."""
    inside = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{to}"/>' for i, kind, to in targets)
    return f'<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def package(main: str, content_type: str, members: Mapping[str, str | bytes]) -> bytes:
    """An Office Open XML package with a main part."""
    types = f'<Types xmlns="{CONTENT_TYPES}"><Override PartName="/{main}" ContentType="{content_type}"/></Types>'
    root = relationships([("r1", "officeDocument", main)])
    return zip_of({"[Content_Types].xml": types, "_rels/.rels": root, **members})


def docx_of(
    body: str,
    styles: str = "",
    namespace: str = W,
    main: str = "word/document.xml",
    chunks: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A Word document. body, styles: XML with the prefixes w, mc, wps, m and r. chunks: parts in other formats by their
    names, which are their relationships' ids, too."""
    prefixes = (
        f'xmlns:w="{namespace}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
        f'xmlns:r="{OFFICE}"'
    )
    folder, _, name = main.rpartition("/")
    content_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return package(main, content_type, {
        main: f"<w:document {prefixes}><w:body>{body}<w:sectPr/></w:body></w:document>",
        f"{folder}/_rels/{name}.rels": relationships(
            [("r1", "styles", "styles.xml"), *((chunk, "aFChunk", chunk) for chunk in chunks or ())]
        ),
        **{f"{folder}/{chunk}": content for chunk, content in (chunks or {}).items()},
        f"{folder}/styles.xml": f"<w:styles {prefixes}>{styles}</w:styles>",
    })  # fmt: skip


def paragraph(content: str, properties: str = "") -> str:
    """A paragraph of a Word document. content: runs, or plain text."""
    runs = content if content.startswith("<") else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def raised_run(text: str) -> str:
    return run(text, '<w:vertAlign w:val="superscript"/>')


def pptx_of(slides: Sequence[str], more: Mapping[str, str] | None = None) -> bytes:
    """A presentation whose slides are numbered in the reverse of their order. slides: the shapes of each, as XML with
    the prefixes p and a."""
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    prefixes = (
        f'xmlns:p="{p}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{OFFICE}" '
        'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
    )
    names = [f"slides/slide{len(slides) - i}.xml" for i in range(len(slides))]
    ids = "".join(f'<p:sldId id="{256 + i}" r:id="s{i}"/>' for i in range(len(slides)))
    members = {
        f"ppt/{name}": f"<p:sld {prefixes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        for name, shapes in zip(names, slides, strict=True)
    }
    members["ppt/presentation.xml"] = f"<p:presentation {prefixes}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    members["ppt/_rels/presentation.xml.rels"] = relationships(
        [(f"s{i}", "slide", name) for i, name in enumerate(names)]
    )
    content_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    return package("ppt/presentation.xml", content_type, members | dict(more or {}))


def shape(texts: Sequence[str], placeholder: str = "") -> str:
    """A shape of a slide with paragraphs; placeholder: its kind, or "" for a text box."""
    kind = f'<p:ph type="{placeholder}"/>' if placeholder else ""
    inside = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    return f"<p:sp><p:nvSpPr><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:txBody>{inside}</p:txBody></p:sp>"


def xlsx_of(sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    """A workbook. sheets: rows by name."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def opendocument_of(kind: str, body: str, styles: str = "", more: Mapping[str, str] | None = None) -> bytes:
    """An OpenDocument file. kind: text, spreadsheet or presentation."""
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    return zip_of({"mimetype": MIMETYPE + kind, "content.xml": content, **(more or {})})


def flat_opendocument_of(kind: str, body: str) -> bytes:
    """The same as one XML file."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {ODF} office:mimetype="{MIMETYPE}{kind}">'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"
    ).encode()


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file with streams of less than 4096 bytes each."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    mini, mini_fat, starts = b"", list[int](), {}
    for name in names:
        n = max(1, -(-len(streams[name]) // 64))
        starts[name] = len(mini_fat)
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + n), end]
        mini += streams[name].ljust(64 * n, b"\0")

    def entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
        encoded = name.encode("utf-16-le")
        head = encoded.ljust(64, b"\0") + struct.pack("<HBBLLL", len(encoded) + 2, kind, 1, free, right, child)
        return head + bytes(36) + struct.pack("<LLL", start, size, 0)

    def sectors(data: bytes) -> bytes:
        return data + bytes(-len(data) % 512)

    n_directory = -(-(len(names) + 1) // 4)
    mini_fat_data = sectors(struct.pack(f"<{len(mini_fat)}L", *mini_fat)) or bytes(512)
    first_mini_fat = 1 + n_directory
    first_mini = first_mini_fat + len(mini_fat_data) // 512
    directory = entry("Root Entry", 5, 1 if names else free, free, first_mini, len(mini))
    for i, name in enumerate(names, 1):
        right = i + 1 if i < len(names) else free
        directory += entry(name, 2, free, right, starts[name], len(streams[name]))
    parts = [sectors(directory), mini_fat_data, sectors(mini)]
    fat, sector = [fat_sector], 1
    for part in parts:
        n = len(part) // 512
        fat += [*range(sector + 1, sector + n), end] if n else []
        sector += n
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<LLLLLLLLL", 0, 1, 1, 0, 4096, first_mini_fat, len(mini_fat_data) // 512, end, 0)
    header += struct.pack("<109L", 0, *[free] * 108)
    fat_data = struct.pack(f"<{len(fat)}L", *fat).ljust(512, b"\xff")
    return header + fat_data + b"".join(parts)


def msg(subject: str, sender: str, body: str, html: str = "", code_page: int = 0) -> bytes:
    """A message of Outlook's, of at most 2,000 characters. code_page: of its texts, which are Unicode without one."""
    texts = {0x0037: subject, 0x0C1A: sender, 0x0C1F: "anna@example.org", 0x1000: body}
    properties = bytes(32)
    streams = {}
    for identifier, text in texts.items():
        if text:
            kind = 0x001E if code_page else 0x001F
            data = text.encode(f"cp{code_page}" if code_page else "utf-16-le")
            streams[f"__substg1.0_{identifier:04X}{kind:04X}"] = data
            properties += struct.pack("<HHLLL", kind, identifier, 6, len(data) + 2, 0)
    if code_page:
        properties += struct.pack("<HHLLL", 0x0003, 0x3FFD, 6, code_page, 0)
    if html:
        streams["__substg1.0_10130102"] = html.encode()
        properties += struct.pack("<HHLLL", 0x0102, 0x1013, 6, len(html.encode()), 0)
    return compound_file({"__properties_version1.0": properties, **streams})


def xls(rows: Sequence[Sequence[str | float]], name: str = "Sheet1", is_hidden: bool = False) -> bytes:
    """A workbook of Excel 97 with one sheet, of less than 4096 bytes."""

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def start(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHLL", 0x0600, kind, 0, 1996, 0, 6))

    cells = b""
    for i, row in enumerate(rows):
        for k, value in enumerate(row):
            place = struct.pack("<HHH", i, k, 0)
            if isinstance(value, str):
                cells += record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += record(0x0203, place + struct.pack("<d", value))
    sheet = struct.pack("<BBBB", is_hidden, 0, len(name), 0) + name.encode()
    offset = len(start(5)) + 4 + 4 + len(sheet) + 4
    book = start(5) + record(0x0085, struct.pack("<L", offset) + sheet) + record(0x000A)
    return compound_file({"Workbook": book + start(0x10) + cells + record(0x000A)})
