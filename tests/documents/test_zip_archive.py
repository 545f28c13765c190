"""Zip archives: which format they hold, what is refused, and limits of size."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarize.documents import Document, ReadOptions
from summarize.documents.readers.zip_archive import Archive, relationships
from summarize.errors import DocumentError
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes
from tests.helpers.makers import FIRST, SECOND
from tests.helpers.office_makers import package, zip_of
from tests.helpers.office_makers import relationships as relationships_xml


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"x": "y"}, "is a zip archive without a file that can be read; unpack it first"),
        ({"__MACOSX/a.txt": "y", ".b/c.txt": "y"}, "is a zip archive without a file that can be read; unpack it first"),
        ({"Index/Document.iwa": "x"}, "is a Pages, Numbers or Keynote document; export it as DOCX or PDF"),
        ({"index.xml.gz": "x"}, "is a Pages, Numbers or Keynote document; export it as DOCX or PDF"),
        ({"mimetype": "application/vnd.oasis.opendocument.graphics", "content.xml": "<a/>"},
         "is an OpenDocument drawing or formula, or is damaged; export it as PDF"),
    ],
)  # fmt: skip
def test_other_archives_are_refused_by_their_names(members: dict[str, str], message: str, tmp_path: Path) -> None:
    assert error_of("a.zip", zip_of(members), tmp_path) == f": {message}"


@pytest.mark.parametrize(
    ("main", "content_type", "message"),
    [
        (
            "xl/workbook.bin",
            "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
            "is a binary Excel workbook (XLSB)",
        ),
        ("visio/document.xml", "application/vnd.ms-visio.drawing.main+xml", "is a Visio drawing; export it as PDF"),
    ],
)
def test_other_office_files_are_refused_by_their_names(
    main: str, content_type: str, message: str, tmp_path: Path
) -> None:
    assert message in error_of("a.zip", package(main, content_type, {main: "x"}), tmp_path)


def archive_of(members: dict[str, str], max_bytes: int = 1000) -> Archive:
    return Archive(zip_of(members), "a.zip", ReadOptions(max_bytes=max_bytes))


def test_members_are_found_whatever_their_case_and_slashes() -> None:
    archive = archive_of({"Word\\Document.xml": "x"})
    assert "word/document.xml" in archive
    assert archive.read("/word/document.xml") == b"x"
    with pytest.raises(KeyError):
        archive.read("word/other.xml")


def test_the_limit_is_over_all_members_but_pictures() -> None:
    archive_of({"a": "x" * 500, "b.png": "x" * 5000, "word/media/c": "x" * 5000})
    with pytest.raises(DocumentError, match="larger than"):
        archive_of({"a": "x" * 600, "b": "x" * 600})


def test_relationships_are_resolved_within_the_package() -> None:
    archive = archive_of({
        "ppt/slides/_rels/slide1.xml.rels": relationships_xml(
            [("r1", "notes", "../notes/n1.xml"), ("r2", "image", "/ppt/a%20b.png"), ("r3", "x", "../../../../etc")]
        )
    })  # fmt: skip
    assert relationships(archive, "ppt/slides/slide1.xml") == [
        ("notes", "ppt/notes/n1.xml"), ("image", "ppt/a b.png"), ("x", "etc"),
    ]  # fmt: skip
    assert relationships(archive, "ppt/other.xml") == []


def test_the_documents_in_an_archive(tmp_path: Path) -> None:
    members = {
        "letters/one.txt": FIRST,
        "letters/two.docx": makers.docx_file(),
        "rows.jsonl": makers.jsonl(),
        "photo.png": b"\x89PNG",
        "empty.txt": "",
        "inner.zip": zip_of({"a.txt": FIRST}),
        "hidden.txt": zip_of({"a.txt": FIRST}),
        "__MACOSX/letters/._one.txt": "x",
    }
    found = read_bytes("a.zip", zip_of(members), tmp_path)
    path = str(tmp_path / "a.zip")
    documents = [document for document in found if isinstance(document, Document)]
    assert [document.source for document in documents] == [
        f"{path}/letters/one.txt",
        f"{path}/letters/two.docx",
        "x0",
        "x1",
        "x2",
    ]
    assert documents[0].text == FIRST
    errors = [error for error in found if isinstance(error, DocumentError)]
    assert [str(error).removeprefix(path) for error in errors] == [
        "/empty.txt: is empty",
        "/inner.zip: is an archive in an archive; unpack it first",
        "/hidden.txt: is an archive in an archive; unpack it first",
    ]
    assert [error.source for error in errors] == [f"{path}/{name}" for name in ("empty.txt", "inner.zip", "hidden.txt")]


def test_a_damaged_member_leaves_the_others(tmp_path: Path) -> None:
    data = zip_of({"a.txt": FIRST, "b.txt": SECOND}).replace(b"b.txt", b"c.txt", 1)
    document, error = read_bytes("a.zip", data, tmp_path)
    assert isinstance(document, Document)
    assert "/b.txt: is damaged" in str(error)
