"""Documents with their reference summaries, from tables of every format; the first wrong row is an error."""

from __future__ import annotations

import datetime
import gzip
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from summarize.documents import DOCUMENT_FIELDS, SUMMARY_FIELDS, TextPair, read_pairs
from summarize.errors import DataError
from tests.helpers import makers

Compress = Callable[[bytes], bytes]

TWO_PAIRS = [TextPair("x1", "Some text.", "One.\nTwo."), TextPair("x2", 'He said "no, never".', "Né.")]
FILES = {
    "a.jsonl": '{"id": "x1", "article": "Some text.", "highlights": "One.\\nTwo."}\n'
    '\n{"id": "x2", "article": "He said \\"no, never\\".", "highlights": "Né."}',
    "a.csv": 'id,article,highlights\nx1,Some text.,"One.\nTwo."\nx2,"He said ""no, never"".",Né.\n',
    "a.tsv": 'id\tarticle\thighlights\nx1\tSome text.\t"One.\nTwo."\nx2\t"He said ""no, never""."\tNé.\n',
}


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("name", FILES)
def test_pairs_are_read_from_each_format(tmp_path: Path, name: str, encoding: str) -> None:
    assert list(read_pairs(write(tmp_path / name, FILES[name].encode(encoding)))) == TWO_PAIRS


@pytest.mark.parametrize("document", DOCUMENT_FIELDS)
@pytest.mark.parametrize("summary", SUMMARY_FIELDS)
def test_the_usual_fields_are_found(tmp_path: Path, document: str, summary: str) -> None:
    path = write(tmp_path / "a.csv", f"other,{summary},{document}\n1,S,D\n")
    assert list(read_pairs(path)) == [TextPair("2", "D", "S")]  # without an id, the line


def test_a_field_that_is_named_is_used(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"article": "A", "body": "B", "summary": "S", "title": "T"}')
    assert list(read_pairs(path)) == [TextPair("1", "A", "S")]
    assert list(read_pairs(path, "body", "title")) == [TextPair("1", "B", "T")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"article": "A", "summary": "S"}\n{"article": "A"}', "line 2: has no field 'summary'"),
        ("a.jsonl", '\n{"summary": "S", "n": 1}', r"line 2: has no field 'document' \(it has summary, n\)"),
        ("a.jsonl", "{}", r"line 1: has no field 'document' \(it has nothing\); --document-field names it"),
        ("a.csv", "article,title\nA,T\n", r"line 2: has no field 'summary' \(it has article, title\)"),
        ("a.tsv", "article,summary\nA,S\n", "line 2: has no field 'document'"),  # commas in a TSV
        ("a.csv", "article,summary\nA,S\nA\n", "line 3: has 1 cell, but the first line has 2 names"),
        (
            "a.jsonl",
            '{"article": "A", "summary": ["S", 3]}',
            "line 1: the field 'summary' is neither text nor",
        ),
        (
            "a.jsonl",
            '{"article": null, "summary": "S"}',
            "line 1: the field 'article' is neither text nor",
        ),
        ("a.jsonl", '{"article": "A", "summary": "S"}\n{"article": "A', "line 2: is not JSON"),
        ("a.jsonl", "article,summary\n", "line 1: is not JSON"),
        ("a.jsonl", '"A"', "line 1: is not a JSON object"),
        ("a.jsonl", '["A", "S"]', "line 1: is not a JSON object"),
        ("a.json", '[{"article": "A", "summary": "S"}, 1]', "row 2: is not a JSON object"),
        ("a.jsonl", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a PNG picture; run OCR first"),
        ("a.parquet", "article,summary\nA,S\n", "is damaged, or is not Parquet"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(DataError, match=message) as caught:
        list(read_pairs(path))
    assert str(caught.value).startswith(str(path))


def test_a_text_with_commas_and_no_quotation_marks_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "commas.csv",
        "document,summary\n"
        "The council, which met on Monday, closed the bridge.,The bridge is closed.\n"
        "Rain, wind and snow kept people at home.,People stayed at home.\n",
    )
    with pytest.raises(DataError, match=r"commas\.csv, line 2: has 4 cells, but the first line has 2 names"):
        list(read_pairs(path))


@pytest.mark.parametrize(
    "data",
    [
        b"document;summary\nRain fell.;Rain.\n",  # as Excel writes CSV in half of Europe
        "document\tsummary\r\nRain fell.\tRain.\r\n".encode("utf-16"),  # and as "Unicode text"
        b"\xef\xbb\xbfdocument,summary\r\nRain fell.,Rain.\r\n",
    ],
)
def test_csv_as_spreadsheets_write_it_is_read(tmp_path: Path, data: bytes) -> None:
    assert list(read_pairs(write(tmp_path / "a.csv", data))) == [TextPair("2", "Rain fell.", "Rain.")]


def test_csv_in_a_western_encoding_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"document,summary\nA caf\xe9 opened.,Caf\xe9.\n")
    assert list(read_pairs(path)) == [TextPair("2", "A café opened.", "Café.")]


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("name", FILES)
def test_pairs_are_read_from_compressed_files(tmp_path: Path, name: str, compress: Compress) -> None:
    suffix = ".gz" if compress is gzip.compress else ".xz"
    path = write(tmp_path / (name + suffix), compress(FILES[name].encode()))
    assert list(read_pairs(path)) == TWO_PAIRS
    path.write_bytes(path.read_bytes()[:-9])  # cut off in transit
    with pytest.raises(DataError, match=r"a\.\w+\.(gz|xz): cannot be read"):
        list(read_pairs(path))


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(FILES["a.jsonl"].encode()))
    data[10:20] = b"\xff" * 10  # just after the header
    with pytest.raises(DataError, match=r"a\.jsonl\.gz: is damaged"):
        list(read_pairs(write(tmp_path / "a.jsonl.gz", bytes(data))))


def test_rows_are_kept_by_the_value_of_a_field(tmp_path: Path) -> None:
    fields = [{"split": "test", "good": True, "n": 3}, {"split": "train", "n": 3}, {"split": "test", "n": 4}]
    rows = [{"id": str(i), "text": "D", "summary": "S"} | more for i, more in enumerate(fields)]
    path = write(tmp_path / "a.jsonl", "\n".join(json.dumps(row) for row in rows))

    def ids(where: str) -> list[str]:
        return [pair.id for pair in read_pairs(path, where=where)]

    assert ids("split=test") == ["0", "2"]
    assert ids("good=true") == ["0"]
    assert ids("n=3") == ["0", "1"]
    assert ids("split=none") == []
    assert ids("nothing=here") == []


def test_rows_of_parquet_are_kept_by_a_date(tmp_path: Path) -> None:
    rows = [{"article": "D", "summary": "S", "day": datetime.date(2026, 3, day)} for day in (1, 2)]
    path = write(tmp_path / "a.parquet", makers.parquet(rows))
    assert [pair.id for pair in read_pairs(path, where="day=2026-03-02")] == ["2"]


def test_pairs_before_a_wrong_row_are_given(tmp_path: Path) -> None:
    pairs = read_pairs(write(tmp_path / "a.jsonl", '{"article": "A", "summary": "S"}\nnonsense'))
    assert next(pairs) == TextPair("1", "A", "S")
    with pytest.raises(DataError, match="line 2"):
        next(pairs)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    with pytest.raises(DataError, match=r"pairs\.jsonl: no such file"):
        list(read_pairs(path))
    path.mkdir()
    with pytest.raises(DataError, match=r"pairs\.jsonl: is a folder where a file was expected"):
        list(read_pairs(path))


def test_a_missing_package_is_named_with_the_pip_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("pyarrow", "ijson")]:
        monkeypatch.setitem(sys.modules, name, None)
    for name, package in (("a.parquet", "pyarrow"), ("a.json", "ijson")):
        data = makers.parquet([{"article": "D"}]) if name == "a.parquet" else b"[{}]"
        with pytest.raises(DataError, match=f"needs the package {package}: pip install 'summarize.documents.'"):
            list(read_pairs(write(tmp_path / name, data)))


def test_a_missing_score_of_a_candidate_is_named(tmp_path: Path) -> None:
    row = '{"article": "A", "summary": "S", "candidates": [{"summary": "C", "score": NaN}]}'
    with pytest.raises(DataError, match="line 1: candidates are"):
        list(read_pairs(write(tmp_path / "a.jsonl", row)))


def test_pairs_are_read_from_parquet(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet", makers.parquet([{"article": "D", "summary": "S"}, {"article": "E", "summary": "T"}])
    )
    assert list(read_pairs(path)) == [TextPair("1", "D", "S"), TextPair("2", "E", "T")]


def test_a_long_document_in_csv_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"article,summary\n{'word ' * 40_000},S\n")
    assert [len(pair.document) for pair in read_pairs(path)] == [200_000]


def test_names_of_fields_are_found_in_any_case(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "ID;Document ;SUMMARY\nx;D;S\n")
    assert list(read_pairs(path)) == [TextPair("x", "D", "S")]
    assert list(read_pairs(path, "document", "Summary")) == [TextPair("x", "D", "S")]
