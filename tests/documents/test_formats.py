"""What holds for every format: its text, compression, names and contents, sections, missing packages."""

from __future__ import annotations

import gzip
import io
import logging
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from summarize.documents import ReadOptions, read_document, read_documents
from summarize.documents.document import damage_explained
from summarize.errors import DocumentError
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes, read_one, texts_of
from tests.helpers.makers import COMPRESSIONS, FIRST, PARAGRAPHS, SECOND, TITLES

FILES = makers.every_format()
SUFFIXES_OF_MANY_DOCUMENTS = (".mbox", ".jsonl", ".json", ".csv", ".tsv", ".parquet")
FORMAT_NAMES = {suffix: suffix[1:] for suffix in FILES} | {
    ".txt": "text", ".md": "markdown", ".fodt": "odt", ".adoc": "asciidoc", ".tex": "latex",
}  # fmt: skip
UNRECOGNISED = {".md", ".csv", ".tsv", ".rst", ".org", ".adoc", ".tex", ".sbv", ".json"}
WRONG_SUFFIXES = [".txt", ".pdf", ".docx", ".epub", ".gz", ".csv", ".jsonl", ".md"]  # HTML can stand in the last three


@pytest.mark.parametrize("suffix", FILES)
def test_the_text_of_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    texts = texts_of(read_bytes(f"a{suffix}", FILES[suffix], tmp_path))
    if suffix in SUFFIXES_OF_MANY_DOCUMENTS:
        assert texts == list(PARAGRAPHS)
    else:
        (text,) = texts
        assert [text.count(paragraph) for paragraph in PARAGRAPHS] == [1, 1, 1]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("suffix", FILES)
def test_compression_makes_no_difference(tmp_path: Path, suffix: str, compression: str) -> None:
    plain = texts_of(read_bytes(f"a{suffix}", FILES[suffix], tmp_path))
    compressed = COMPRESSIONS[compression](FILES[suffix])
    assert texts_of(read_bytes(f"a{suffix}{compression}", compressed, tmp_path)) == plain
    assert texts_of(read_bytes(f"b{suffix}", compressed, tmp_path)) == plain  # by its first bytes


@pytest.mark.parametrize("suffix", FILES)
def test_a_stream_without_a_name_is_read_by_its_format(tmp_path: Path, suffix: str) -> None:
    named = texts_of(read_bytes(f"a{suffix}", FILES[suffix], tmp_path))
    documents = read_documents(["-"], ReadOptions(format=FORMAT_NAMES[suffix]), io.BytesIO(FILES[suffix]))
    assert texts_of(list(documents)) == named


@pytest.mark.parametrize("suffix", sorted(set(FILES) - UNRECOGNISED))
def test_most_formats_are_recognised_without_a_name(tmp_path: Path, suffix: str) -> None:
    named = texts_of(read_bytes(f"a{suffix}", FILES[suffix], tmp_path))
    assert texts_of(list(read_documents(["-"], None, io.BytesIO(FILES[suffix])))) == named
    assert texts_of(read_bytes("a.data", FILES[suffix], tmp_path)) == named


@pytest.mark.parametrize(
    ("suffix", "wrong"),
    [
        *product([".pdf", ".docx", ".pptx", ".xlsx", ".odt", ".msg", ".epub", ".rtf", ".parquet"], WRONG_SUFFIXES),
        *product([".html"], WRONG_SUFFIXES[:-3]),
    ],
)
def test_content_overrules_a_wrong_name(tmp_path: Path, suffix: str, wrong: str) -> None:
    named = texts_of(read_bytes(f"a{suffix}", FILES[suffix], tmp_path))
    assert texts_of(read_bytes(f"b{wrong}", FILES[suffix], tmp_path)) == named


@pytest.mark.parametrize(
    "suffix",
    [".md", ".html", ".docx", ".odt", ".fodt", ".epub", ".rst", ".org", ".adoc", ".tex", ".ipynb", ".xml"],
)
def test_sections_are_spans_of_the_text(tmp_path: Path, suffix: str) -> None:
    document = read_one(f"a{suffix}", FILES[suffix], tmp_path)
    assert [(s.title, s.level) for s in document.sections] == list(zip(TITLES, (1, 2), strict=True))
    for section in document.sections:
        assert document.text[section.start :].startswith(section.title)
    first, second = (document.text[s.start : s.end] for s in document.sections)
    assert FIRST in first
    assert SECOND not in first
    assert SECOND in second
    assert document.sections[0].end == document.sections[1].start
    assert document.sections[1].end == len(document.text)


@pytest.mark.parametrize(
    ("suffix", "package"),
    [(".pdf", "pypdfium2"), (".html", "trafilatura"), (".docx", "lxml"), (".epub", "lxml"), (".rtf", "striprtf"),
     (".pptx", "lxml"), (".xlsx", "openpyxl"), (".xls", "olefile"),  (".odt", "lxml"), (".msg", "olefile"),
     (".srt", "pysubs2"), (".rst", "docutils"), (".tex", "pylatexenc"), (".xml", "lxml"), (".json", "ijson"),
     (".parquet", "pyarrow")],
)  # fmt: skip
def test_a_missing_package_is_named_with_the_pip_command(
    tmp_path: Path, suffix: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    message = error_of(f"a{suffix}", FILES[suffix], tmp_path)
    assert f" needs the package {package}: pip install 'summarize[documents]'" in message


def test_plain_text_imports_no_heavy_library(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FIRST)
    heavy = ("torch", "tokenizers", "lxml", "pyarrow", "openpyxl", "pypdfium2", "trafilatura", "py3langid", "numpy")
    script = (
        "import sys; from summarize.documents import read_document\n"
        "from summarize.text.language import foreign_language\n"
        f"print(foreign_language(read_document('a.txt').text), [m for m in {heavy} if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout == "None []\n"


def test_read_document_refuses_several_documents(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(FILES[".jsonl"])
    with pytest.raises(DocumentError, match=r"a\.jsonl: holds several documents"):
        read_document(str(tmp_path / "a.jsonl"))


def test_libraries_write_nothing_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    for page in (b"<html></html>", b"<p>", gzip.compress(b"<html>")):
        read_bytes("a.html", page, tmp_path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "error",
    [
        ImportError("lxml.html.clean module is now a separate project lxml_html_clean. Install it directly"),
        ImportError("cannot import name 'etree' from 'lxml'", name="lxml"),
        ModuleNotFoundError("No module named 'lxml_html_clean'", name="lxml_html_clean"),
    ],
)
def test_a_library_that_cannot_be_imported_is_no_damage(error: ImportError) -> None:
    with pytest.raises(DocumentError) as shown, damage_explained("page.html", "HTML"):
        raise error
    assert str(shown.value).startswith("page.html: reading HTML needs ")
    assert "pip install 'summarize[documents]'" in str(shown.value)
    assert "damaged" not in str(shown.value)


@pytest.mark.parametrize(
    "start", ["<title>A</title>", "<!-- saved --><meta charset=utf-8>", "\n<BASE href='/'>", "<HTML>"]
)
def test_a_page_without_its_first_tags_is_recognised(start: str) -> None:
    page = f"{start}<p>{FIRST}</p><p>{SECOND}</p>".encode()
    assert texts_of(list(read_documents(["-"], None, io.BytesIO(page)))) == [f"{FIRST}\n\n{SECOND}"]
