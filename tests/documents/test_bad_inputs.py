"""Damaged and hostile files: whatever the bytes are, reading gives documents or errors of one sentence each. It raises
nothing else, writes nothing to stderr, and takes no more memory than a document may."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import random
import struct
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarize.documents import INPUT_FORMATS, Document, ReadOptions, read_documents
from summarize.errors import DocumentError
from tests.helpers import makers
from tests.helpers.makers import COMPRESSIONS, FIRST

FILES = makers.every_format()
SUFFIXES = [*FILES, "", ".doc", ".gz", ".xz", ".zst", ".bin"]
SMALL = ReadOptions(max_bytes=2_000_000)
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def _silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Libraries must not write to stdout or stderr."""
    yield
    assert capfd.readouterr() == ("", "")


def check(name: str, data: bytes, options: ReadOptions = SMALL) -> list[Document | DocumentError]:
    """The documents of a file with a name, after checks of all that must hold for them."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        Path(path).write_bytes(data)
        found = list(read_documents([path], options))
    assert found
    for document in found:
        if isinstance(document, DocumentError):
            assert str(document).startswith(path)
            assert "\n" not in str(document)
            assert len(str(document)) < len(path) + 1000
            assert document.source is not None
        else:
            assert document.text.strip()
            document.text.encode()  # no lone surrogates
            for section in document.sections:
                assert document.text[section.start : section.end].startswith(section.title)
    return found


def damaged() -> Iterator[tuple[str, bytes]]:
    """Suffixes and contents: cut off, with bits flipped, bytes missing, doubled or zeroed, or with another suffix."""
    rng = random.Random(0)
    for suffix, data in FILES.items():
        for share in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
            yield suffix, data[: int(len(data) * share)]
        for _ in range(12):
            flipped = bytearray(data)
            for _ in range(rng.choice((1, 3, 30))):
                flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            yield suffix, bytes(flipped)
        a, b = sorted(rng.sample(range(len(data)), 2))
        yield suffix, data[:a] + data[b:]
        yield suffix, data + data
        yield suffix, data[:a] + bytes(b - a) + data[b:]
        yield suffix, data.replace(b"\n", b"\r")
        for other in SUFFIXES:
            if other != suffix:
                yield other, data
        for ending, compress in COMPRESSIONS.items():
            compressed = compress(data)
            yield suffix + ending, compressed[: len(compressed) // 2]
            yield suffix + ending, compressed[:20] + b"\xff" * 8 + compressed[28:]
            yield suffix + ending, compressed + b"more"


DAMAGED = list(damaged())


def test_there_are_at_least_700_damaged_files() -> None:
    assert len(set(DAMAGED)) >= 700


@pytest.mark.slow
@pytest.mark.parametrize("part", range(16))
def test_damaged_files_give_documents_or_errors(part: int) -> None:
    for suffix, data in DAMAGED[part::16]:
        check(f"a{suffix}", data)


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from(SUFFIXES), st.sampled_from([None, *INPUT_FORMATS]))
def test_any_bytes_give_documents_or_errors(data: bytes, suffix: str, format: str | None) -> None:
    check(f"a{suffix}", data, ReadOptions(format=format))


@settings(max_examples=200)
@given(st.sampled_from(sorted(FILES)), st.binary(min_size=1, max_size=20), st.floats(0, 1), st.booleans())
def test_any_bytes_in_a_good_file_give_documents_or_errors(
    suffix: str, more: bytes, where: float, instead: bool
) -> None:
    data = FILES[suffix]
    at = int(where * len(data))
    check(f"a{suffix}", data[:at] + more + data[at + len(more) * instead :])


TEXTS = st.text(max_size=200) | st.text(alphabet="<>/&;!-[]{}()#*_`|\\\"'=, \n\tabp1\0", max_size=200)


@settings(max_examples=300)
@given(
    TEXTS, st.sampled_from([".txt", ".md", ".html", ".eml", ".mbox", ".srt", ".vtt", ".rtf", ".csv", ".tsv", ".json"])
)
@example("<html><body>&#xD800;</body></html>", ".html")
@example("- \n" * 5000, ".md")
@example(">" * 20_000 + "x", ".md")
@example("[" * 20_000, ".md")
@example("Subject: " + "=?utf-8?q?" * 500 + "\n\nx", ".eml")
def test_any_text_gives_documents_or_errors(text: str, suffix: str) -> None:
    check(f"a{suffix}", text.encode("utf-8", "surrogatepass"))


@given(
    st.text(max_size=30)
    | st.sampled_from(["", ".", "*", "[", "**/*", "~", "http://", "HTTPS://x/'y", "a\0b", "x" * 5000])
)
def test_any_path_gives_an_error(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        (found,) = read_documents([path] if path != "-" else ["--"])
        assert isinstance(found, DocumentError)


LONG = "a word " * 200_000  # 1.4 MB on one line
DEEP = 100_000


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".html", b"<div>" * DEEP + FIRST.encode()),
        (".html", b"<table><tr><td>" * DEEP + FIRST.encode()),
        (".md", b"> " * DEEP + b"x"),
        (".md", b"*" * DEEP + b"x" + b"*" * DEEP),
        (".rtf", b"{\\rtf1 " + b"{" * DEEP + b"x" + b"}" * DEEP),
        (".json", b"[" * DEEP),
        (".json", b'[{"text": "x", "a": ' + b"[" * DEEP + b"]" * DEEP + b"}]"),
        (".json", b'{"text": "x", "a": ' + b"[" * DEEP + b"]" * DEEP + b"}"),
        (".jsonl", b'{"a":' * DEEP),
        (".jsonl", b'{"text": "x", "a": ' + b"[" * 500 + b"]" * 500 + b"}"),
        (".docx", makers.zip_of({"word/document.xml": b"<a>" * DEEP, "[Content_Types].xml": b"<a>" * DEEP})),
        (".epub", makers.zip_of({"META-INF/container.xml": b"<a>" * DEEP})),
        (".epub", makers.epub({"OEBPS/text/one.xhtml": b"<p>" * DEEP})),
        (".eml", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 2000),
        (".pdf", FILES[".pdf"].replace(b"/Kids [", b"/Kids [" + b"[" * DEEP)),
        (".vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\n" + b"<i>" * DEEP),
    ],
)  # fmt: skip
def test_deep_nesting_crashes_nothing(suffix: str, data: bytes) -> None:
    check(f"a{suffix}", data)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".eml", ".srt", ".vtt", ".rtf", ".csv", ".jsonl", ".json"])
def test_a_line_of_a_megabyte_is_read(suffix: str) -> None:
    data = {
        ".srt": f"1\n00:00:01,000 --> 00:00:02,000\n{LONG}\n".encode(),
        ".vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{LONG}\n".encode(),
        ".eml": f"Subject: x\n\n{LONG}\n".encode(),
        ".rtf": f"{{\\rtf1 {LONG}}}".encode(),
        ".html": f"<html><body><p>{LONG}</p></body></html>".encode(),
        ".csv": f"text,id\n{LONG},1\n".encode(),
        ".jsonl": f'{{"text": "{LONG}"}}\n'.encode(),
        ".json": f'[{{"text": "{LONG}"}}]'.encode(),
    }.get(suffix, LONG.encode())
    (document,) = check(f"a{suffix}", data)
    assert isinstance(document, Document), document
    assert len(document.text.split()) == 400_000


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0" * 5000, b" \r\n" * 50, b"\xef\xbb\xbf", b"\xff\xfe", b"%PDF-", b"PK\3\4"]
)
def test_next_to_nothing_is_an_error(suffix: str, data: bytes) -> None:
    assert all(isinstance(found, DocumentError) for found in check(f"a{suffix}", data))


def flush_repeated(wbits: int, megabytes: int) -> bytes:
    """Megabytes of spaces, deflated; only one megabyte is really compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    start = packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + part * (megabytes - 1) + packer.flush(zlib.Z_FINISH)


def zip_bomb(name: str, megabytes: int, declared: int) -> bytes:
    """A zip archive with one member. declared: the member's size in bytes as the directory gives it."""
    compressed = flush_repeated(-15, megabytes)
    sizes = struct.pack("<LLL", 0, len(compressed), declared)
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", len(name), 0) + name.encode()
    entry = b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0) + sizes
    entry += struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name.encode()
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), len(local) + len(compressed), 0)
    return local + compressed + entry + end


def pdf_bomb() -> bytes:
    compressed = flush_repeated(15, 1000)
    return (
        FILES[".pdf"][:9]
        + b"4 0 obj <</Filter /FlateDecode>> stream\n"
        + compressed
        + b"\nendstream\n"
        + FILES[".pdf"][9:]
    )


BOMBS: dict[str, Callable[[], bytes]] = {
    "a.txt.gz": lambda: COMPRESSIONS[".gz"](b" " * MEGABYTE) * 1000,
    "a.txt.xz": lambda: COMPRESSIONS[".xz"](b" " * MEGABYTE) * 1000,
    "a.txt.zst": lambda: COMPRESSIONS[".zst"](b" " * MEGABYTE) * 1000,
    "a.jsonl.gz": lambda: COMPRESSIONS[".gz"](b'{"text": "') + COMPRESSIONS[".gz"](b"a" * MEGABYTE) * 1000,
    "a.csv.xz": lambda: COMPRESSIONS[".xz"](b'text,id\n"') + COMPRESSIONS[".xz"](b"a " * 500_000 + b"\n") * 1000,
    "a.json.zst": lambda: COMPRESSIONS[".zst"](b'[{"text": "') + COMPRESSIONS[".zst"](b"a" * MEGABYTE) * 1000,
    "a.mbox.gz": lambda: COMPRESSIONS[".gz"](b"From a\n\n") + COMPRESSIONS[".gz"]((b"a" * 99 + b"\n") * 10_000) * 1000,
    "a.pdf": pdf_bomb,
    "a.docx": lambda: zip_bomb("word/document.xml", 1000, 1000 * MEGABYTE),
    "a.epub": lambda: zip_bomb("META-INF/container.xml", 1000, 1000 * MEGABYTE),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_a_gigabyte_is_refused_and_never_unpacked(name: str) -> None:
    data = BOMBS[name]()
    assert len(data) < 10 * MEGABYTE
    tracemalloc.start()
    try:
        *_, found = check(name, data, ReadOptions(max_bytes=5 * MEGABYTE))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, DocumentError)
    assert "is larger than 5 MB (decompressed); --max-size raises the limit" in str(found)
    assert peak < 60 * MEGABYTE


@pytest.mark.parametrize("name", ["word/document.xml", "META-INF/container.xml"])
def test_an_archive_is_unpacked_no_further_than_its_declared_size(name: str) -> None:
    data = zip_bomb(name, 1000, 1000)
    tracemalloc.start()
    try:
        (found,) = check("a.docx", data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, DocumentError)
    assert peak < 40 * MEGABYTE


def test_a_text_of_5_mb_is_within_the_default_limit() -> None:
    (document,) = check("a.txt", b"word " * 1_000_000, ReadOptions())
    assert isinstance(document, Document)
    (error,) = check("a.txt", b"word " * 1000, ReadOptions(max_bytes=1500))
    assert str(error).endswith("a.txt: is larger than 0.0015 MB (decompressed); --max-size raises the limit")


ROW = '"id": %d, "kind": "news", "text": "' + FIRST * 5 + '"'
TEN_THOUSAND = {
    ".jsonl": lambda: "".join(f"{{{ROW % i}}}\n" for i in range(10_000)).encode(),
    ".json": lambda: ("[" + ",".join(f"{{{ROW % i}}}" for i in range(10_000)) + "]").encode(),
    ".csv": lambda: ("id,text\n" + "".join(f'{i},"{FIRST * 5}"\n' for i in range(10_000))).encode(),
    ".jsonl.gz": lambda: COMPRESSIONS[".gz"](TEN_THOUSAND[".jsonl"]()),
    ".mbox": lambda: b"\n".join([makers.mailbox([FIRST])] * 500),
}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", TEN_THOUSAND)
def test_memory_stays_flat_over_ten_thousand_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(TEN_THOUSAND[suffix]())
    documents = read_documents([str(path)])
    n_documents, peaks = 0, []
    tracemalloc.start()
    try:
        for document in documents:
            assert isinstance(document, Document)
            n_documents += 1
            if n_documents % (100 if suffix == ".mbox" else 1000) == 0:
                gc.collect()
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
        n_alive = sum(type(o) is Document for o in gc.get_objects())
    finally:
        tracemalloc.stop()
    assert n_documents == (500 if suffix == ".mbox" else 10_000)
    assert max(peaks) < 2 * MEGABYTE  # the rows have six
    assert n_alive <= 3  # one in each generator that passes it on


def test_memory_of_parquet_is_that_of_a_row_group(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    table = pyarrow.table(
        {"id": range(20_000), "text": [f"{i} {random.Random(i).random()} {FIRST}" for i in range(20_000)]}
    )
    pyarrow.parquet.write_table(table, path, row_group_size=1000, use_dictionary=False)
    n_bytes = table.nbytes
    del table
    before, peak, n_documents = pyarrow.total_allocated_bytes(), 0, 0
    for n_documents, document in enumerate(read_documents([str(path)]), 1):
        assert isinstance(document, Document)
        if n_documents % 500 == 0:
            peak = max(peak, pyarrow.total_allocated_bytes() - before)
    assert n_documents == 20_000
    assert peak < n_bytes / 3


class Endless(io.RawIOBase):
    """A stream of rows without an end. rows: how many were read."""

    def __init__(self, first: bytes, row: bytes) -> None:
        self._pending, self._row, self.rows = first, row, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if not self._pending:
            self._pending, self.rows = self._row, self.rows + 1
        n = min(len(buffer), len(self._pending))
        buffer[:n], self._pending = self._pending[:n], self._pending[n:]
        return n


STREAMS = {
    "jsonl": (b"", f'{{"text": "{FIRST}"}}\n'.encode()),
    "json": (b"[", f'{{"text": "{FIRST}"}},'.encode()),
    "csv": (b"id,text\n", f'1,"{FIRST}"\n'.encode()),
    "tsv": (b"id\ttext\n", f"1\t{FIRST}\n".encode()),
    "mbox": (b"", b"From a\nSubject: x\n\n" + FIRST.encode() + b"\n\n"),
}


@pytest.mark.parametrize("format", STREAMS)
@pytest.mark.parametrize("compression", [None, ".gz", ".xz", ".zst"])
def test_rows_are_given_before_the_stream_ends(format: str, compression: str | None) -> None:
    pack = COMPRESSIONS[compression] if compression else bytes
    first, row = STREAMS[format]
    stream = Endless(pack(first) if first else b"", pack(row))
    documents = read_documents(["-"], ReadOptions(format=format), stream)
    for _ in range(20):
        document = next(documents)
        assert isinstance(document, Document)
        assert document.text == FIRST
    assert 20 <= stream.rows <= 200
