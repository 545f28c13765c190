"""Bytes to documents and pairs: every encoding people have, and a sentence for whatever is no text."""

from __future__ import annotations

import gzip
import io
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from summarize.documents import Document, TextPair, decode, read_document, read_pairs, try_read_document
from summarize.documents.encodings import decode_as
from summarize.errors import DataError, DocumentError

Compress = Callable[[bytes], bytes]

TEXT = "Le café – « déjà fermé » – coûte 5 €.\n"
FRENCH = "Le café est fermé aujourd'hui, dit le garçon à l'élève.\n"
ALSO_FRENCH = "Le garçon a déjà fermé le café où l'été dernier nous étions allés très tôt.\n"
GERMAN = "Müller sagte: Die Größe der Straße überraschte uns. Äpfel, Öl und Übermut.\n"
CP1252 = "“Quoted” – said the man’s friend, and the café closed.\n"
RUSSIAN = "Привет, как дела? Это довольно длинный текст на русском языке.\n"
POUNDS = "It cost £5 more than last year, the company said on Monday. Officials did not reply.\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_by_its_mark_or_as_utf_8(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), "a.txt") == TEXT  # the mark itself is no text


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_utf_16_is_read_in_either_order(mark: bytes, encoding: str) -> None:
    assert decode(mark + TEXT.encode(encoding), "a.txt") == TEXT


@pytest.mark.parametrize(
    ("text", "encoding"), [(FRENCH, "latin-1"), (GERMAN, "latin-1"), (CP1252, "cp1252"), (RUSSIAN, "cp1251")]
)
def test_other_encodings_are_guessed(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize("text", [POUNDS, ALSO_FRENCH])
def test_western_text_is_not_taken_for_eastern(text: str) -> None:
    assert decode(text.encode("latin-1"), "a.txt") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("utf-8", TEXT), ("UTF8", TEXT), ("ISO-8859-1", FRENCH), ("windows-1251", RUSSIAN), ("koi8-r", RUSSIAN),
     ("Shift_JIS", "こんにちは"), ("euc-kr", "안녕"), ("gb2312", "你好"), ("big5", "你好"), ("us-ascii", "plain")],
)  # fmt: skip
def test_a_named_encoding_is_used(name: str, text: str) -> None:
    assert decode_as(text.encode(name), name) == text


@pytest.mark.parametrize(
    "name", ["punycode", "unicode_escape", "idna", "utf-16", "utf-7", "rot13", "hex", "cp0", "gbx", ""]
)
def test_names_that_are_no_encodings_are_not_used(name: str) -> None:
    assert decode_as(b"plain", name) is None


def test_bytes_that_are_not_in_the_named_encoding_are_not_read_as_it() -> None:
    assert decode_as(FRENCH.encode("latin-1"), "utf-8") is None


def test_one_wrong_byte_does_not_refuse_a_utf_8_document() -> None:
    text = "The café’s “owner” paid £5 – twice – and left.\n" * 40
    cut = text.encode()[:-1] + "é".encode()[:1]  # as `head -c` cuts
    assert decode(cut, "a.txt").startswith(text[:-1])


def test_the_guess_sees_what_comes_late() -> None:
    text = "Plain words. " * 6000 + FRENCH  # over 64 KiB of ASCII first
    assert decode(text.encode("latin-1"), "a.txt")[-len(FRENCH) :] == FRENCH


@pytest.mark.parametrize("data", [b"\0", b"GIF89a\x10\0\x10\0", "no mark".encode("utf-16-le")])
def test_bytes_with_nul_are_no_text(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^picture\.gif: is not text"):
        decode(data, "picture.gif")


def test_a_document_is_read_from_a_path(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.txt", TEXT))
    assert read_document(path) == Document(path, TEXT)


def test_an_unreadable_document_gives_its_error_in_place(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.txt", TEXT))
    assert try_read_document(path) == Document(path, TEXT)
    error = try_read_document(str(tmp_path))
    assert isinstance(error, DocumentError)
    assert "is a folder" in str(error)


def test_a_document_is_read_from_standard_input() -> None:
    assert read_document("-", io.BytesIO(TEXT.encode())) == Document("stdin", TEXT)


def test_an_empty_standard_input_is_called_stdin() -> None:
    with pytest.raises(DocumentError, match=r"^stdin: is empty"):
        read_document("-", io.BytesIO(b""))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.txt: no such file"):
        read_document(str(tmp_path / "nowhere.txt"))


def test_a_folder_is_told_from_a_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is a folder; --recursive reads"):
        read_document(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n", "\ufeff".encode(), "\u00a0\u2003\n".encode()])
def test_a_document_without_text_is_empty(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"a\.txt: is empty"):
        read_document(str(write(tmp_path / "a.txt", content)))


@pytest.mark.parametrize("path", ["", "a\0b", "a" * 5000])
def test_a_path_that_cannot_be_is_a_document_error(path: str) -> None:
    with pytest.raises(DocumentError):
        read_document(path)


TWO_PAIRS = [TextPair("x1", "Some text.", "One.\nTwo."), TextPair("x2", 'He said "no, never".', "Né.")]
FILES = {
    "a.jsonl": '{"id": "x1", "article": "Some text.", "highlights": "One.\\nTwo."}\n'
    '\n{"id": "x2", "article": "He said \\"no, never\\".", "highlights": "Né."}',
    "a.csv": 'id,article,highlights\nx1,Some text.,"One.\nTwo."\nx2,"He said ""no, never"".",Né.\n',
    "a.tsv": 'id\tarticle\thighlights\nx1\tSome text.\t"One.\nTwo."\nx2\t"He said ""no, never""."\tNé.\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("name", FILES)
def test_pairs_are_read_from_each_format(tmp_path: Path, name: str, encoding: str) -> None:
    assert list(read_pairs(write(tmp_path / name, FILES[name].encode(encoding)))) == TWO_PAIRS


@pytest.mark.parametrize("document", ["document", "article", "text", "dialogue", "source"])
@pytest.mark.parametrize("summary", ["summary", "highlights", "target"])
def test_the_usual_fields_are_found(tmp_path: Path, document: str, summary: str) -> None:
    path = write(tmp_path / "a.csv", f"other,{summary},{document}\n1,S,D\n")
    assert list(read_pairs(path)) == [TextPair("2", "D", "S")]  # without an id, the line


def test_a_field_that_is_asked_for_comes_first(tmp_path: Path) -> None:
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
        ("a.csv", "article,summary\nA,S\nA\n", "line 3: the field 'summary' is not text"),  # a short row
        ("a.jsonl", '{"article": "A", "summary": ["S"]}', "line 1: the field 'summary' is not text"),
        ("a.jsonl", '{"article": null, "summary": "S"}', "line 1: the field 'article' is not text"),
        ("a.jsonl", '{"article": "A", "summary": "S"}\n{"article": "A', "line 2: is not JSON"),
        ("a.jsonl", "article,summary\n", "line 1: is not JSON"),
        ("a.jsonl", '"A"', "line 1: is not a JSON object"),
        ("a.jsonl", '["A", "S"]', "is a JSON list"),
        ("a.jsonl", b'{"article": "caf\xe9", "summary": "S"}', "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_data_set_is_said_with_file_and_line(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(DataError, match=message) as caught:
        list(read_pairs(path))
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("name", FILES)
def test_pairs_are_read_from_compressed_files(tmp_path: Path, name: str, compress: Compress) -> None:
    suffix = ".gz" if compress is gzip.compress else ".xz"
    path = write(tmp_path / (name + suffix), compress(FILES[name].encode()))
    assert list(read_pairs(path)) == TWO_PAIRS
    path.write_bytes(path.read_bytes()[:-9])  # cut off in transit
    with pytest.raises(DataError, match=r"a\.\w+\.(gz|xz): cannot be read"):
        list(read_pairs(path))


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(FILES["a.jsonl"].encode()))
    data[10:20] = b"\xff" * 10  # just after the header
    with pytest.raises(DataError, match=r"a\.jsonl\.gz: cannot be read"):
        list(read_pairs(write(tmp_path / "a.jsonl.gz", bytes(data))))


def test_rows_are_kept_by_the_value_of_a_field(tmp_path: Path) -> None:
    fields = [{"split": "test", "good": True, "n": 3}, {"split": "train", "n": 3}, {"split": "test", "n": 4}]
    lines = [{"id": str(i), "text": "D", "summary": "S"} | more for i, more in enumerate(fields)]
    path = write(tmp_path / "a.jsonl", "\n".join(json.dumps(line) for line in lines))

    def kept(where: str) -> list[str]:
        return [pair.id for pair in read_pairs(path, where=where)]

    assert kept("split=test") == ["0", "2"]
    assert kept("good=true") == ["0"]
    assert kept("n=3") == ["0", "1"]
    assert kept("split=none") == []
    assert kept("nothing=here") == []


def test_pairs_before_a_wrong_line_are_given(tmp_path: Path) -> None:
    pairs = read_pairs(write(tmp_path / "a.jsonl", '{"article": "A", "summary": "S"}\nnonsense'))
    assert next(pairs) == TextPair("1", "A", "S")
    with pytest.raises(DataError, match="line 2"):
        next(pairs)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: None])
def test_a_data_set_that_is_no_file_is_named(tmp_path: Path, make: object) -> None:
    make(tmp_path / "pairs.jsonl")
    with pytest.raises(DataError, match=r"pairs\.jsonl: (no such file|is a folder)"):
        list(read_pairs(tmp_path / "pairs.jsonl"))


def test_pairs_are_read_from_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pytest.importorskip("pyarrow").table({"article": ["D", "E"], "summary": ["S", "T"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert list(read_pairs(tmp_path / "a.parquet")) == [TextPair("1", "D", "S"), TextPair("2", "E", "T")]


def test_a_long_document_in_csv_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"article,summary\n{'word ' * 40_000},S\n")
    assert [len(pair.document) for pair in read_pairs(path)] == [200_000]
