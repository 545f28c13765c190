"""Each format of documents: what is taken from it, what is left out, where its sections are."""

from __future__ import annotations

import gzip
import io
import json
import logging
import socket
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from summarize.documents import Document, ReadOptions, read_document, read_documents
from summarize.documents.pdf import paragraphs
from summarize.errors import DocumentError
from tests.helpers import makers
from tests.helpers.makers import COMPRESSIONS, FIRST, PARAGRAPHS, SECOND, THIRD, TITLES

FILES = makers.every_format()
MANY = (".mbox", ".jsonl", ".json", ".csv", ".tsv", ".parquet")
NAMES = {suffix: suffix[1:] for suffix in FILES} | {".txt": "text", ".md": "markdown"}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No parser may open a connection."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(name: str, data: bytes, tmp_path: Path, **options: object) -> list[Document | DocumentError]:
    (tmp_path / name).write_bytes(data)
    return list(read_documents([str(tmp_path / name)], ReadOptions(**options)))


def one(name: str, data: bytes, tmp_path: Path, **options: object) -> Document:
    (document,) = read(name, data, tmp_path, **options)
    assert isinstance(document, Document), document
    return document


def error(name: str, data: bytes, tmp_path: Path, **options: object) -> str:
    (found,) = read(name, data, tmp_path, **options)
    assert isinstance(found, DocumentError), found
    assert str(found).startswith(f"{tmp_path / name}")
    assert "\n" not in str(found)
    return str(found)[len(str(tmp_path / name)) :]


def texts(found: Sequence[Document | DocumentError]) -> list[str]:
    assert all(isinstance(document, Document) for document in found), found
    return [document.text for document in found]


@pytest.mark.parametrize("suffix", FILES)
def test_the_text_of_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    found = texts(read(f"a{suffix}", FILES[suffix], tmp_path))
    if suffix in MANY:
        assert found == list(PARAGRAPHS)
    else:
        (text,) = found
        assert [text.count(paragraph) for paragraph in PARAGRAPHS] == [1, 1, 1]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("suffix", FILES)
def test_compression_makes_no_difference(tmp_path: Path, suffix: str, compression: str) -> None:
    plain = texts(read(f"a{suffix}", FILES[suffix], tmp_path))
    packed = COMPRESSIONS[compression](FILES[suffix])
    assert texts(read(f"a{suffix}{compression}", packed, tmp_path)) == plain
    assert texts(read(f"b{suffix}", packed, tmp_path)) == plain  # by its first bytes


@pytest.mark.parametrize("suffix", FILES)
def test_a_stream_without_a_name_is_read_by_its_format(tmp_path: Path, suffix: str) -> None:
    named = texts(read(f"a{suffix}", FILES[suffix], tmp_path))
    found = read_documents(["-"], ReadOptions(format=NAMES[suffix]), io.BytesIO(FILES[suffix]))
    assert texts(list(found)) == named


@pytest.mark.parametrize("suffix", set(FILES) - {".md", ".json", ".csv", ".tsv"})
def test_most_formats_are_known_without_a_name(tmp_path: Path, suffix: str) -> None:
    named = texts(read(f"a{suffix}", FILES[suffix], tmp_path))
    assert texts(list(read_documents(["-"], None, io.BytesIO(FILES[suffix])))) == named
    assert texts(read("a.data", FILES[suffix], tmp_path)) == named


WRONG = [".txt", ".pdf", ".docx", ".epub", ".gz", ".csv", ".jsonl", ".md"]  # HTML can stand in the last three


@pytest.mark.parametrize(
    ("suffix", "wrong"),
    [*product([".pdf", ".docx", ".epub", ".rtf", ".parquet"], WRONG), *product([".html"], WRONG[:-3])],
)
def test_content_wins_over_a_wrong_name(tmp_path: Path, suffix: str, wrong: str) -> None:
    named = texts(read(f"a{suffix}", FILES[suffix], tmp_path))
    assert texts(read(f"b{wrong}", FILES[suffix], tmp_path)) == named


@pytest.mark.parametrize("suffix", [".md", ".html", ".docx", ".epub"])
def test_sections_are_spans_of_the_text(tmp_path: Path, suffix: str) -> None:
    document = one(f"a{suffix}", FILES[suffix], tmp_path)
    assert [(s.title, s.level) for s in document.sections] == list(zip(TITLES, (1, 2), strict=True))
    for section in document.sections:
        assert document.text[section.start :].startswith(section.title)
    first, second = (document.text[s.start : s.end] for s in document.sections)
    assert FIRST in first
    assert SECOND not in first
    assert SECOND in second
    assert document.sections[0].end == document.sections[1].start
    assert document.sections[1].end == len(document.text)


def test_html_gives_the_article_and_nothing_around_it(tmp_path: Path) -> None:
    document = one("a.html", FILES[".html"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, THIRD))


@pytest.mark.parametrize(
    "page",
    [
        "<p>Just this line.</p>",
        "<html><body>Just <b>this</b> line.",
        "<!doctype html><div>Just<br>this<br/>line.",
        "<body><p>Just<br>this line.</p>",
    ],
)
def test_a_short_page_is_read_whole(tmp_path: Path, page: str) -> None:
    assert one("a.html", page.encode(), tmp_path).text == "Just this line."


def test_a_page_says_its_encoding(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="ISO-8859-2"></head><body><article><p>Łódź – {FIRST}</p></article></body></html>'
    data = page.replace("–", "-").encode("iso-8859-2")
    assert one("a.html", data, tmp_path).text.startswith("Łódź - The swing")


def test_code_of_a_page_is_left_out(tmp_path: Path) -> None:
    code = "<pre><code>x = 1\ny = 2</code></pre>"
    page = f"<html><body><article><p>{FIRST} See <code>bridge</code>.</p>{code}<p>{SECOND}</p>"
    assert one("a.html", page.encode(), tmp_path).text == f"{FIRST} See bridge.\n\n{SECOND}"


def test_a_page_without_text_is_told_of(tmp_path: Path) -> None:
    assert error("a.html", b"<html><body><script>x()</script></body></html>", tmp_path) == ": holds no text"


def test_markdown_gives_what_is_read_aloud(tmp_path: Path) -> None:
    text = one("a.md", FILES[".md"], tmp_path).text
    for mark in ("#", "**", "`", "](", "print", "front matter", ">", "```", "bridge.png"):
        assert mark not in text
    assert "a drawing of it" in text
    assert "mast | nine" in text


def test_word_gives_lists_and_tables_in_order_but_no_headers(tmp_path: Path) -> None:
    document = one("a.docx", FILES[".docx"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, "mast | nine", THIRD))


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    document = one("a.epub", FILES[".epub"], tmp_path)
    assert document.text == "\n\n".join((TITLES[0], FIRST, TITLES[1], SECOND, THIRD))


def test_a_protected_book_is_told_of(tmp_path: Path) -> None:
    encryption = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData
        xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="OEBPS/text/one.xhtml"/></CipherData>
        </EncryptedData></encryption>"""
    assert error("a.epub", makers.epub({"META-INF/encryption.xml": encryption}), tmp_path) == ": is protected (DRM)"


def test_entities_from_outside_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    package = f"""<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY n SYSTEM
        "http://192.0.2.1/">]><package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a"
        href="text/one.xhtml" media-type="application/xhtml+xml"/></manifest><t>&e;&n;</t>
        <spine><itemref idref="a"/></spine></package>"""
    chapter = f"""<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e SYSTEM "file://{secret}">]><html
        xmlns="http://www.w3.org/1999/xhtml"><body><p>Here: &e;</p></body></html>"""
    data = makers.epub({"OEBPS/book.opf": package, "OEBPS/text/one.xhtml": chapter})
    assert "secret" not in one("a.epub", data, tmp_path).text
    assert "secret" not in one("a.html", chapter.encode(), tmp_path).text


def test_a_pdf_has_paragraphs_without_its_line_ends(tmp_path: Path) -> None:
    data = makers.pdf([[FIRST.replace("vehicles", "vehi-\ncles"), SECOND, THIRD]], width=60)
    text = one("a.pdf", data, tmp_path).text
    assert "14,200 vehicles a day" in text
    assert " ".join(text.split()) == " ".join(PARAGRAPHS)


def test_sections_of_a_pdf_are_those_of_its_outline(tmp_path: Path) -> None:
    document = one("a.pdf", makers.outlined_pdf(), tmp_path)
    assert [(s.title, s.level) for s in document.sections] == [(TITLES[0], 1), (f"1.1 {TITLES[1]}", 2)]
    assert [document.text[s.start : s.end].split() for s in document.sections] == [
        [*TITLES[0].split(), *FIRST.split()],
        ["1.1", *TITLES[1].split(), *SECOND.split(), *THIRD.split()],
    ]


def test_a_compound_keeps_its_hyphen_where_the_text_has_it_elsewhere(tmp_path: Path) -> None:
    line = "The well-known mayor of the old town came. It was a well-\nknown harbour, and vehi-\ncles came."
    text = one("a.pdf", makers.pdf([[line]], width=120), tmp_path).text
    assert "a well-known harbour, and vehicles came" in text


def test_running_headers_of_a_pdf_are_left_out(tmp_path: Path) -> None:
    pages = [
        [f"Annual report {year}", PARAGRAPHS[i % 3], f"page {i + 1} of 4"]
        for i, year in enumerate((2020, 2021, 2022, 2023))
    ]
    text = one("a.pdf", makers.pdf(pages), tmp_path).text
    assert "Annual report" not in text
    assert "page" not in text
    assert text.count(FIRST) == 2
    same = one("b.pdf", makers.pdf([[FIRST, SECOND], [FIRST, THIRD]]), tmp_path).text
    assert same.count(FIRST) == 2  # twice is no habit


def test_page_numbers_are_left_out_even_if_few_pages_have_them(tmp_path: Path) -> None:
    lines = [" ".join(letter * n for n in range(3, 9)) for letter in "abcdefgh"]  # no two pages have a line in common
    pages = [[line, line[::-1], line.upper()] + ([str(i)] if i >= 5 else []) for i, line in enumerate(lines)]
    text = one("a.pdf", makers.pdf(pages), tmp_path).text
    assert text.split() == [word for line in lines for word in (f"{line} {line[::-1]} {line.upper()}").split()]


def test_items_of_a_list_in_a_pdf_are_paragraphs() -> None:
    lines = [THIRD, "\u2022 " + FIRST, "\u2022 " + SECOND, THIRD]  # of about one length
    assert paragraphs([lines], {}).text == f"{THIRD}\n\n\u2022 {FIRST}\n\n\u2022 {SECOND} {THIRD}"


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    contents = [f"{i} Chapter {i} {'. ' * 20} {i * 7}" for i in range(1, 6)]
    text = one("a.pdf", makers.pdf([[*contents, FIRST, "It goes on... and on."]], width=150), tmp_path).text
    assert " ".join(text.split()) == f"{FIRST} It goes on... and on."


def test_what_cannot_be_read_of_pdfs_is_said(tmp_path: Path) -> None:
    assert error("a.pdf", makers.pdf([[FIRST]], password="x"), tmp_path) == ": is protected by a password"
    assert "has no text, only pictures of it" in error("a.pdf", makers.pdf([[], []]), tmp_path)
    assert "is damaged, or is not PDF" in error("a.pdf", FILES[".pdf"][:100], tmp_path)


def test_old_office_files_and_other_archives_are_named(tmp_path: Path) -> None:
    assert "old Office format" in error("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), tmp_path)
    assert "neither DOCX nor EPUB" in error("a.zip", makers.zip_of({"x": "y"}), tmp_path)


def test_a_message_is_read_without_what_it_quotes(tmp_path: Path) -> None:
    body = (
        f"{FIRST}\n\nOn Mon, 2 Mar 2026 at 10:00, Bob Jones <bob@example.org>\nwrote:\n> {SECOND}\n> and more\n\n"
        f"{THIRD}\n\n-- \nAnna Smith\nCouncil of Saltmere"
    )
    document = one("a.eml", makers.mail(body), tmp_path)
    assert document.text == f"{FIRST}\n\n{THIRD}"
    assert document.fields == {
        "subject": "The bridge – news",
        "from": "Anna Smith <anna@example.org>",
        "to": "b@example.org",
        "date": "Mon, 02 Mar 2026 10:00:00 +0000",
        "message_id": "<1@example.org>",
    }


@pytest.mark.parametrize(
    "end", ["-----Original Message-----\nFrom: Bob", "________________________________\nFrom: Bob"]
)
def test_a_message_ends_where_an_older_one_begins(tmp_path: Path, end: str) -> None:
    assert one("a.eml", makers.mail(f"{FIRST}\n\n{end}\n\n{SECOND}"), tmp_path).text == FIRST


def test_a_forwarded_message_is_not_left_out(tmp_path: Path) -> None:
    body = f"---------- Forwarded message ---------\nFrom: Bob\n\n{SECOND}"
    assert SECOND in one("a.eml", makers.mail(body), tmp_path).text


def test_a_message_in_html_only_is_read(tmp_path: Path) -> None:
    data = makers.mail(html_body=f"<html><body><p>{FIRST}</p><p>{SECOND}</p></body></html>")
    document = one("a.eml", data, tmp_path)
    assert (FIRST in document.text, SECOND in document.text) == (True, True)
    assert "<p>" not in document.text


def test_a_mailbox_is_one_document_a_message(tmp_path: Path) -> None:
    bodies = [FIRST, f"From here on:\n\nFrom the top. {SECOND}", " \n", THIRD]
    found = read("a.mbox", makers.mailbox(bodies), tmp_path)
    assert [d.text if isinstance(d, Document) else "" for d in found] == [
        FIRST,
        f"From here on:\n\nFrom the top. {SECOND}",
        "",
        THIRD,
    ]
    assert [d.source for d in found] == [f"{tmp_path / 'a.mbox'}:{i}" for i in (1, 2, 3, 4)]
    assert str(found[2]) == f"{tmp_path / 'a.mbox'}, message 3: holds no text"


def test_speakers_of_subtitles_are_named_once_a_turn(tmp_path: Path) -> None:
    document = one("a.vtt", FILES[".vtt"], tmp_path)
    assert document.text == f"Anna Smith: {FIRST} {SECOND}\n\nBob: {THIRD}"


def test_rolling_captions_are_taken_once(tmp_path: Path) -> None:
    lines = ["one of them", "two of them &amp; more", "three <b>of</b> them", "four of them"]
    captions = [f"00:0{i}.000 --> 00:0{i + 1}.000\n{lines[i]}\n{lines[i + 1]}\n" for i in range(len(lines) - 1)]
    document = one("a.vtt", ("WEBVTT\n\n" + "\n".join(captions)).encode(), tmp_path)
    assert document.text == "one of them two of them & more three of them four of them"


def test_dashes_of_subtitles_are_turns(tmp_path: Path) -> None:
    data = b"1\n00:00:01,000 --> 00:00:02,000\n- Who is it?\n- It is me.\n"
    assert one("a.srt", data, tmp_path).text == "Who is it?\n\nIt is me."


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_rows_keep_their_other_fields_and_their_ids(tmp_path: Path, suffix: str) -> None:
    first, *_ = found = read(f"a{suffix}", FILES[suffix], tmp_path)
    assert [d.source for d in found] == ["x0", "x1", "x2"]
    assert isinstance(first, Document)
    assert first.fields == {"id": "x0", "kind": "news"}
    by_kind = read(f"a{suffix}", FILES[suffix], tmp_path, field="kind", id_field="text")
    assert [d.text for d in by_kind if isinstance(d, Document)] == ["news"] * 3
    assert [d.source for d in by_kind] == list(PARAGRAPHS)


@pytest.mark.parametrize("field", ["document", "article", "text", "dialogue", "content", "body", "message", "source"])
def test_usual_field_names_are_found(tmp_path: Path, field: str) -> None:
    document = one("a.jsonl", makers.jsonl([{"n": 1, field: FIRST}]), tmp_path)
    assert (document.text, document.fields, document.source) == (FIRST, {"n": 1}, f"{tmp_path / 'a.jsonl'}:1")


def test_a_row_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "text": "One."}',
        "{nonsense",
        '{"id": 3}',
        '["x"]',
        '{"id": 5, "text": 5}',
        '{"id": 6, "text": " "}',
        "",
        '{"id": 8, "text": "Eight.", "n": NaN, "s": "\\ud800"}',
        '{"text": null}',
        "[" * 100_000,
    ]
    found = read("a.jsonl", "\n".join(lines).encode(), tmp_path)
    assert [d.text for d in found if isinstance(d, Document)] == ["One.", "Eight."]
    assert [d.source for d in found if isinstance(d, Document)] == ["1", "8"]
    (_, eight) = [d for d in found if isinstance(d, Document)]
    assert eight.fields == {"id": 8, "n": None, "s": "\ufffd"}
    errors = [str(d).removeprefix(f"{tmp_path / 'a.jsonl'}, ") for d in found if isinstance(d, DocumentError)]
    assert [message.partition(": Expecting")[0] for message in errors] == [
        "line 2: is not JSON",
        "line 3: has no field 'document' (it has id); --field names the text's",
        "line 4: is not a JSON object",
        "line 5: the field 'text' is not text",
        "line 6: the field 'text' is empty",
        "line 9: the field 'text' is empty",
        "line 10: is nested too deeply",
    ]
    failed = [d for d in found if isinstance(d, DocumentError)]
    assert failed[0].source == f"{tmp_path / 'a.jsonl'}:2"
    kept = [(d.source, dict(d.fields)) for d in failed if d.fields]
    assert kept == [("3", {"id": 3}), ("5", {"id": 5}), ("6", {"id": 6})]
    assert str(failed[0]).endswith("is not JSON: Expecting property name enclosed in double quotes (column 2)")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_a_table_without_the_field_is_one_error(tmp_path: Path, suffix: str) -> None:
    make = {".csv": makers.table, ".tsv": lambda rows: makers.table(rows, "\t"), ".parquet": makers.parquet}[suffix]
    message = error(f"a{suffix}", make([{"a": "x", "b": "y"}] * 5), tmp_path)
    assert "has no field 'document' (it has a, b); --field names the text's" in message
    assert "has no field 'c'" in error(f"a{suffix}", make([{"a": "x", "b": "y"}] * 5), tmp_path, field="c")


def test_spreadsheets_of_other_countries_are_read(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": "Le café; fermé, dit-il."}, {"id": "2", "text": "Déjà vu."}]
    expected = [row["text"] for row in rows]
    semicolons = makers.table(rows, ";").decode()
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        assert texts(read("a.csv", semicolons.encode(encoding), tmp_path)) == expected, encoding
    assert texts(read("a.csv", makers.table(rows, "\t").decode().encode("utf-16"), tmp_path)) == expected


def test_parquet_values_come_out_as_json_can_hold_them(tmp_path: Path) -> None:
    import datetime
    import decimal

    row = {
        "text": "T.",
        "day": datetime.date(2026, 3, 2),
        "price": decimal.Decimal("1.50"),
        "raw": b"ab",
        "l": [{"x": 1}],
    }
    fields = one("a.parquet", makers.parquet([row]), tmp_path).fields
    assert json.loads(json.dumps(fields)) == {"day": "2026-03-02", "price": "1.50", "raw": "ab", "l": [{"x": 1}]}


def test_one_json_object_is_one_document(tmp_path: Path) -> None:
    document = one("a.json", json.dumps({"text": FIRST, "n": 1}, indent=1).encode(), tmp_path)
    assert (document.text, document.fields) == (FIRST, {"n": 1})


@pytest.mark.parametrize(
    ("suffix", "package"),
    [(".pdf", "pypdfium2"), (".html", "trafilatura"), (".docx", "docx"), (".epub", "lxml"), (".rtf", "striprtf"),
     (".srt", "pysubs2"), (".json", "ijson"), (".parquet", "pyarrow")],
)  # fmt: skip
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, suffix: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    message = error(f"a{suffix}", FILES[suffix], tmp_path)
    assert f" needs the package {package}: pip install 'summarize[documents]'" in message


def test_nothing_but_plain_parsers_is_imported_for_plain_text(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "a.txt").write_text(FIRST)
    heavy = ("torch", "tokenizers", "lxml", "pyarrow", "docx", "pypdfium2", "trafilatura", "py3langid", "numpy")
    script = (
        "import sys; from summarize.documents import read_document\n"
        "from summarize.text.language import foreign_language\n"
        f"print(foreign_language(read_document('a.txt').text), [m for m in {heavy} if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout == "None []\n"


def test_several_documents_are_not_one(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILES[".jsonl"])
    with pytest.raises(DocumentError, match=r"a\.jsonl: holds several documents"):
        read_document(str(tmp_path / "a.jsonl"))


def test_libraries_say_nothing_of_their_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    for page in (b"<html></html>", b"<p>", gzip.compress(b"<html>")):
        read("a.html", page, tmp_path)
    assert capfd.readouterr() == ("", "")
