"""Files of every format that can be read, made by the formats' libraries or byte by byte."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import docx
import pyarrow
import pyarrow.parquet
from fpdf import FPDF

from tests.helpers import markup_makers
from tests.helpers.office_makers import (
    flat_opendocument_of,
    msg,
    opendocument_of,
    pptx_of,
    shape,
    xls,
    xlsx_of,
    zip_of,
)

if hasattr(zipfile, "ZIP_ZSTANDARD"):  # Python 3.14
    from compression import zstd
else:
    from backports import zstd

FIRST = "The swing bridge at Carrow Point is crossed by about 14,200 vehicles a day, the council said on Monday."
SECOND = "It opened in 1927 and links the old town of Saltmere with the fishing quarter on the north bank of the river."
THIRD = "Repairs will take until March, and boats taller than nine metres have to wait for them outside the harbour."
PARAGRAPHS = (FIRST, SECOND, THIRD)
TITLES = ("The bridge", "History")
COMPRESSIONS = {".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstd.compress}


def html() -> bytes:
    """A page: an article among menus, adverts and scripts."""
    menu = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("Home", "Sport", "Weather", "Log in"))
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>News site</title>
        <style>p {{ color: red }}</style>
        <script>var tracker = "Scripts are not text";</script></head><body><nav><ul>{menu}</ul></nav>
        <article><h1>{TITLES[0]}</h1><p>{FIRST}</p><h2>{TITLES[1]}</h2>
        <p>{SECOND.replace("old town", "<b>old</b> town")}</p>
        <p>{THIRD}</p></article><aside><p>Subscribe now for only 3 a month!</p></aside>
        <footer><p>Copyright. Cookies. Privacy.</p></footer></body></html>""".encode()


def markdown() -> bytes:
    """Markdown with every kind of block."""
    return f"""---
title: front matter
---
# {TITLES[0]}

{FIRST.replace("council", "[council](https://example.org/a)")}

{TITLES[1]}
-------

- {SECOND.replace("old town", "**old** `town`")}

> {THIRD}

```python
print("code is not prose")
```

| name | height |
|------|--------|
| mast | nine   |

![a drawing of it](bridge.png)
""".encode()


def pdf(pages: Sequence[Sequence[str]], password: str | None = None, width: int = 90) -> bytes:
    """A PDF with pages of paragraphs; width: of lines, in millimetres."""
    out = FPDF()
    if password:
        out.set_encryption(password, password)
    for paragraphs in pages:
        out.add_page()
        out.set_font("helvetica", size=10)
        for paragraph in paragraphs:
            out.multi_cell(width, 5, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(out.output())


def outlined_pdf() -> bytes:
    """A PDF with an outline: one of its titles has a number on its page only, and one is not on any page."""
    out = FPDF()
    out.add_page()
    out.set_font("helvetica", size=10)
    for title, level, shown, paragraph in (
        (TITLES[0], 0, TITLES[0], FIRST),
        (TITLES[1], 1, f"1.1 {TITLES[1]}", SECOND),
        ("Nowhere", 0, "", THIRD),
    ):
        out.start_section(title, level)
        out.multi_cell(90, 5, f"{shown}\n{paragraph}".strip(), align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(out.output())


def docx_file() -> bytes:
    """A Word document: headings, paragraphs, a list, a table, a header."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Running header"
    document.add_heading(TITLES[0], 1)
    document.add_paragraph(FIRST)
    document.add_heading(TITLES[1], 2)
    document.add_paragraph(SECOND, style="List Bullet")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "mast", "nine"
    document.add_paragraph(THIRD)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def epub(more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A book: a navigation page and two chapters, the manifest in another order than the spine."""
    page = (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
    )
    package = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>
        <item id="b" href="text/two%20.xhtml" media-type="application/xhtml+xml"/>
        <item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
        <item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/>
        </manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
    container = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
        <rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
        "OEBPS/book.opf": package,
        "OEBPS/nav.xhtml": f"{page}<body><nav><ol><li>Contents</li></ol></nav></body></html>",
        "OEBPS/text/one.xhtml": f"{page}<body><h1>{TITLES[0]}</h1><p>{FIRST}</p></body></html>",
        "OEBPS/text/two .xhtml": f"{page}<body><h2>{TITLES[1]}</h2><p>{SECOND}</p><div>{THIRD}<br/></div></body>",
    }
    return zip_of(members | dict(more or {}))


def pptx() -> bytes:
    """A presentation of two slides."""
    first = shape([FIRST]) + shape([TITLES[0]], "title") + shape(["3"], "sldNum")
    return pptx_of([first, shape([TITLES[1]], "title") + shape([SECOND, THIRD], "body")])


def odt_body() -> str:
    """A text with headings and a list."""
    return (
        f'<text:h text:outline-level="1">{TITLES[0]}</text:h><text:p>{FIRST}</text:p>'
        f'<text:h text:outline-level="2">{TITLES[1]}</text:h>'
        f"<text:list><text:list-item><text:p>{SECOND}</text:p></text:list-item></text:list><text:p>{THIRD}</text:p>"
    )


def ods() -> bytes:
    """A spreadsheet with a column of texts."""
    rows = "".join(f"<table:table-row><table:table-cell><text:p>{text}</text:p></table:table-cell></table:table-row>"
                   for text in PARAGRAPHS)  # fmt: skip
    return opendocument_of("spreadsheet", f'<table:table table:name="Sheet1">{rows}</table:table>')


def odp() -> bytes:
    """A presentation with one slide."""
    boxes = "".join(f"<draw:frame><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"
                    for text in PARAGRAPHS)  # fmt: skip
    return opendocument_of("presentation", f"<draw:page>{boxes}</draw:page>")


def rtf() -> bytes:
    body = r"\par ".join(PARAGRAPHS).replace("river", r"{\b river}")
    return (r"{\rtf1\ansi{\fonttbl{\f0 Times;}}\f0\fs24 " + body + "}").encode()


def mail(body: str = "\n\n".join(PARAGRAPHS), html_body: str | None = None) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "The bridge – news",
        "Anna Smith <anna@example.org>",
        "b@example.org",
    )
    message["Date"], message["Message-ID"] = "Mon, 02 Mar 2026 10:00:00 +0000", "<1@example.org>"
    message.set_content(body)
    if html_body is not None:
        message.clear_content()
        message.set_content(html_body, subtype="html")
    message.add_attachment(b"\0\1\2", maintype="image", subtype="png", filename="x.png")
    return bytes(message)


def mailbox(bodies: Sequence[str]) -> bytes:
    quoted = [mail(body).replace(b"\nFrom ", b"\n>From ") for body in bodies]
    return b"\n".join(b"From anna@example.org Mon Mar  2 10:00:00 2026\n" + message for message in quoted)


def srt() -> bytes:
    captions = [f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\n<i>{text}</i>\n" for i, text in enumerate(PARAGRAPHS, 1)]
    return "\n".join(captions).encode()


def vtt() -> bytes:
    voices = ("Anna Smith", "Anna Smith", "Bob")
    captions = [
        f"00:0{i}.000 --> 00:0{i}.900 align:start\n<v {voice}>{text}\n"
        for i, (voice, text) in enumerate(zip(voices, PARAGRAPHS, strict=True))
    ]
    return ("WEBVTT\n\nNOTE not spoken\n\n" + "\n".join(captions)).encode()


def rows(n: int = 3) -> list[dict[str, Any]]:
    return [{"id": f"x{i}", "kind": "news", "text": PARAGRAPHS[i % 3]} for i in range(n)]


def jsonl(table_rows: Sequence[Mapping[str, Any]] | None = None) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in table_rows or rows()).encode()


def table(table_rows: Sequence[Mapping[str, Any]] | None = None, delimiter: str = ",") -> bytes:
    """A CSV file, or one with another delimiter."""
    out = io.StringIO()
    table_rows = table_rows or rows()
    writer = csv.DictWriter(out, list(table_rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(table_rows)
    return out.getvalue().encode()


def parquet(table_rows: Sequence[Mapping[str, Any]] | None = None) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(table_rows or rows())), out)
    return out.getvalue()


def every_format() -> dict[str, bytes]:
    """A good file of each format, by suffix."""
    return {
        ".txt": "\n\n".join(PARAGRAPHS).encode(),
        ".md": markdown(),
        ".html": html(),
        ".pdf": pdf([PARAGRAPHS]),
        ".docx": docx_file(),
        ".pptx": pptx(),
        ".xlsx": xlsx_of({"Sheet": [[text] for text in PARAGRAPHS]}),
        ".xls": xls([[text] for text in PARAGRAPHS]),
        ".odt": opendocument_of("text", odt_body()),
        ".fodt": flat_opendocument_of("text", odt_body()),
        ".ods": ods(),
        ".odp": odp(),
        ".msg": msg("The bridge", "Anna Smith", "\r\n\r\n".join(PARAGRAPHS)),
        ".epub": epub(),
        ".rtf": rtf(),
        ".eml": mail(),
        ".mbox": mailbox(PARAGRAPHS),
        ".srt": srt(),
        ".vtt": vtt(),
        ".jsonl": jsonl(),
        ".json": json.dumps(rows()).encode(),
        ".csv": table(),
        ".tsv": table(delimiter="\t"),
        ".parquet": parquet(),
        **markup_makers.every_markup(TITLES, PARAGRAPHS),
    }
