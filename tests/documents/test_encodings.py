"""Bytes to text in every encoding that people use; bytes that are no text are refused."""

from __future__ import annotations

import io

import pytest

from summarize.documents import ReadOptions, decode
from summarize.documents.encodings import decode_as, text_lines
from summarize.documents.streams import open_input
from summarize.errors import DocumentError

TEXT = "Le café – « déjà fermé » – coûte 5 €.\n"
FRENCH = "Le café est fermé aujourd'hui, dit le garçon à l'élève.\n"
ALSO_FRENCH = "Le garçon a déjà fermé le café où l'été dernier nous étions allés très tôt.\n"
GERMAN = "Müller sagte: Die Größe der Straße überraschte uns. Äpfel, Öl und Übermut.\n"
CP1252 = "“Quoted” – said the man’s friend, and the café closed.\n"
RUSSIAN = "Привет, как дела? Это довольно длинный текст на русском языке.\n"
POUNDS = "It cost £5 more than last year, the company said on Monday. Officials did not reply.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_decoded_by_its_byte_order_mark_or_as_utf_8(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), "a.txt") == TEXT  # the mark itself is no text


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_utf_16_is_decoded_in_either_byte_order(mark: bytes, encoding: str) -> None:
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
def test_a_declared_encoding_is_used(name: str, text: str) -> None:
    assert decode_as(text.encode(name), name) == text


@pytest.mark.parametrize(
    "name", ["punycode", "unicode_escape", "idna", "utf-16", "utf-7", "rot13", "hex", "cp0", "gbx", ""]
)
def test_names_of_other_codecs_are_not_used(name: str) -> None:
    assert decode_as(b"plain", name) is None


def test_bytes_are_not_decoded_in_a_declared_encoding_that_they_are_not_in() -> None:
    assert decode_as(FRENCH.encode("latin-1"), "utf-8") is None


def test_a_character_that_is_cut_off_leaves_the_text_utf_8() -> None:
    text = "The café’s “owner” paid £5 – twice – and left.\n" * 40
    cut = text.encode()[:-1] + "é".encode()[:1]  # as `head -c` cuts
    assert decode(cut, "a.txt").startswith(text[:-1])


def test_the_encoding_is_guessed_from_late_bytes() -> None:
    text = "Plain words. " * 6000 + FRENCH  # over 64 KiB of ASCII first
    assert decode(text.encode("latin-1"), "a.txt")[-len(FRENCH) :] == FRENCH


@pytest.mark.parametrize("data", [b"\0", b"GIF89a\x10\0\x10\0", "no mark".encode("utf-16-le")])
def test_bytes_with_nul_are_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^picture\.gif: is not text"):
        decode(data, "picture.gif")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\rb", ["a\r", "b"]),
        (b"a\r\nb\rc\n", ["a\r\n", "b\r", "c\n"]),
        (b"a\r\r\n\nb\r", ["a\r", "\r\n", "\n", "b\r"]),
        ("a\rb\r\n".encode("utf-16"), ["a\r", "b\r\n"]),
    ],
)
def test_a_carriage_return_ends_a_line_wherever_it_is(data: bytes, lines: list[str]) -> None:
    head, stream = open_input(io.BytesIO(data), "a")
    assert list(text_lines(stream, head, "a", ReadOptions())) == lines
