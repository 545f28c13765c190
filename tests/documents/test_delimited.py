"""CSV and TSV: rows with too many or too few cells, wrong quotation marks or NUL characters are named, and no row is
shifted or lost because of them."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from summarize.documents import Document, ReadOptions, read_documents
from summarize.documents.dataset_rows import dataset_rows
from summarize.documents.delimited import MAX_HELD_CHARACTERS, NEVER_CLOSED, NUL, WRONG_QUOTES
from summarize.errors import DataError
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes

WIDTH = "the first line has 2 names"
MANY_CELLS = f"{WIDTH}; a cell that holds the separator needs quotation marks"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("A,B,c,S\nD,S\n", [f"line 2: has 4 cells, but {MANY_CELLS}", "D"]),
        ("A,S,\n", [f"line 2: has 3 cells, but {MANY_CELLS}"]),
        ("A\nD,S\n", [f"line 2: has 1 cell, but {WIDTH}", "D"]),
        ("\nA,S\n \n\nD\n", ["A", f"line 6: has 1 cell, but {WIDTH}"]),
        ('A,S\n"D,S\nE,S\n', ["A", f"line 3: {NEVER_CLOSED}", "E"]),
        ('A,S\n"D,S\nE,S\n"F, f",S\nG,S\n', ["A", f"line 3: {WRONG_QUOTES}", "E", "F, f", "G"]),
        ('A,S\n"D "d" d",S\nE,S\n', ["A", f"line 3: {WRONG_QUOTES}", "E"]),
        ('A,S\n"D" ,S\n"E",S\n', ["A", f"line 3: {WRONG_QUOTES}", "E"]),
        ('"A, a",S\nD d",S\nE,S\n', ["A, a", f"line 3: {WRONG_QUOTES}", "E"]),
        ('"A\na",S\n"D "d" d\nE, e\nF f",S\nG,S\n', [
            "A\na", f"line 4: {WRONG_QUOTES}; lines 5 to 6 seem to belong to it", "G"]),
        ('"A\na",S\nD d\nE, e\nF f",S\n"G",S\n', [
            "A\na", f"line 4: has 1 cell, but {WIDTH}; lines 5 to 6 seem to belong to it", "G"]),
        ('"A\na",S\n"D\nE, e\nF,S\n', ["A\na", f"line 4: {NEVER_CLOSED}; lines 5 to 6 seem to belong to it"]),
        ('"A "a" a",S\nD, d\nE e",S\nF,S\n', [f"line 2: {WRONG_QUOTES}; lines 3 to 4 seem to belong to it", "F"]),
        ("A\0,S\nD,S\n", [f"line 2: {NUL}", "D"]),
        ('"A\n\0a",S\nD,S\n', [f"line 2: {NUL}; line 3 seems to belong to it", "D"]),
        ('A\nD,"s\ns\ns",S\n', [
            f"line 2: has 1 cell, but {WIDTH}",
            f"line 3: has 3 cells, but {MANY_CELLS}; lines 4 to 5 seem to belong to it"]),
        ('"A" a,S\n"D\nd",S,S\nE,S\n', [
            f"line 2: {WRONG_QUOTES}", f"line 3: has 3 cells, but {MANY_CELLS}; line 4 seems to belong to it", "E"]),
        ('5" pipes,S\n6" of snow,S\n', ['5" pipes', '6" of snow']),  # nothing in this file is quoted
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_shifts_no_other(tmp_path: Path, content: str, expected: Sequence[str]) -> None:
    """expected: the texts of the documents, and the message of an error instead of a text."""
    data = f"document,summary\n{content}".encode()
    path = tmp_path / "a.csv"
    found = [
        document.text if isinstance(document, Document) else str(document).removeprefix(f"{path}, ")
        for document in read_bytes("a.csv", data, tmp_path)
    ]
    assert found == expected
    wrong = next((message for message in expected if message.startswith("line ")), None)
    if wrong is None:
        assert [row["document"] for _, row in dataset_rows(path)] == expected
    else:
        with pytest.raises(DataError) as caught:
            list(dataset_rows(path))
        assert str(caught.value) == f"{path}, {wrong}"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"text\0,summary\nA,S\n", ", line 1: is not text (it has control bytes)"),
        ("a.csv", b'"text,summary\nA,S\n', f", line 1: {NEVER_CLOSED}"),
        ("a.csv", b"\n\na,b\nA,S\n", ", line 3: has no field 'document' (it has a, b); --field names it"),
        ("a.csv", b"text,summary\n", ": is empty"),
        ("a.tsv", "text\tsummary\nA\tS\n".encode("utf-16-le"), ", line 1: is not text (it has control bytes)"),
        ("a.jsonl", bytes(range(256)) * 4, ": is not text (it has control bytes)"),
    ],
)  # fmt: skip
def test_a_table_without_a_line_of_names_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    assert error_of(name, data, tmp_path) == message


CELLS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), min_size=3, max_size=3)


@given(
    st.lists(CELLS, min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_python_writes_as_csv_is_read_again(cells: list[list[str]], separator: str, quoting: Any) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, quoting=quoting)
    names = ("text", "first", "second", "third")
    writer.writerows([names, *(("A text.", *row) for row in cells)])
    documents = read_documents(["-"], ReadOptions(format="csv"), io.BytesIO(out.getvalue().encode("utf-8-sig")))
    fields = [document.fields for document in documents if isinstance(document, Document)]
    assert fields == [dict(zip(names[1:], row, strict=True)) for row in cells]


PHRASES = ("Rain fell", "The mayor, who came late", 'she said "no" to it', "wind", "a, b, c")


@given(
    st.lists(st.tuples(st.sampled_from(PHRASES), st.sampled_from(PHRASES)), min_size=3, max_size=8),
    st.integers(0, 10**6),
    st.sampled_from(['"', ",", "\0", ""]),
)
def test_a_mark_in_the_wrong_place_damages_no_other_row(phrases: list[tuple[str, str]], at: int, mark: str) -> None:
    """A mark is inserted, or "" a character removed, in the rows after the first, which shows that cells are quoted."""
    rows = [{"id": f"i{i}", "text": f"{a} {i}, {b}", "summary": b} for i, (a, b) in enumerate(phrases)]
    lines = makers.table(rows).decode().splitlines(keepends=True)
    start = len("".join(lines[:2]))
    data = "".join(lines)
    at = start + at % (len(data) - start - 2)
    damaged = data[:at] + mark + data[at + (not mark) :]
    damaged_line = data[:at].count("\n")  # its row, from 1
    assume(mark or data[at] not in "\r\n")  # without its end, a row is one with the next
    documents = list(read_documents(["-"], ReadOptions(format="csv"), io.BytesIO(damaged.encode())))
    read = {d.source: d.text for d in documents if isinstance(d, Document)}
    messages = " ".join(str(d) for d in documents if not isinstance(d, Document))
    for i, row in enumerate(rows, 1):
        if i != damaged_line:
            assert read.get(row["id"], row["text"]) == row["text"]
            assert row["id"] in read or f"line {i + 1}" in messages or " seem to belong to it" in messages


def test_rows_held_back_after_a_wrong_one_are_few(tmp_path: Path) -> None:
    """A stream without an end: the rows after a wrong quotation mark come although no other mark decides."""
    stream = itertools.chain(["document,summary\n", '"A "a" a",S\n'], itertools.repeat("x" * 100 + ",S\n"))

    class Endless(io.RawIOBase):
        n_rows = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data = next(stream).encode()
            self.n_rows += 1
            buffer[: len(data)] = data
            return len(data)

    endless = Endless()
    documents = read_documents(["-"], ReadOptions(format="csv"), endless)
    assert not isinstance(next(documents), Document)
    assert isinstance(next(documents), Document)
    assert endless.n_rows < MAX_HELD_CHARACTERS / 100 + 500
