"""E-mail and mailboxes: the writer's own text, without quoted replies and signatures."""

from __future__ import annotations

import io
from email.message import EmailMessage
from pathlib import Path

import pytest

from summarize.documents import Document, read_documents
from summarize.documents.readers.mail_header import is_unfinished_header
from tests.helpers import makers
from tests.helpers.documents import error_of, read_bytes, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD

CASES = Path(__file__).parent / "cases"


def test_quoted_replies_and_signature_are_left_out(tmp_path: Path) -> None:
    body = (
        f"{FIRST}\n\nOn Mon, 2 Mar 2026 at 10:00, Bob Jones <bob@example.org>\nwrote:\n> {SECOND}\n> and more\n\n"
        f"{THIRD}\n\n-- \nAnna Smith\nCouncil of Saltmere"
    )
    document = read_one("a.eml", makers.mail(body), tmp_path)
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
def test_text_after_an_original_message_line_is_left_out(tmp_path: Path, end: str) -> None:
    assert read_one("a.eml", makers.mail(f"{FIRST}\n\n{end}\n\n{SECOND}"), tmp_path).text == FIRST


def test_a_forwarded_message_is_kept(tmp_path: Path) -> None:
    body = f"---------- Forwarded message ---------\nFrom: Bob\n\n{SECOND}"
    assert SECOND in read_one("a.eml", makers.mail(body), tmp_path).text


def test_a_message_of_html_only_is_read(tmp_path: Path) -> None:
    data = makers.mail(html_body=f"<html><body><p>{FIRST}</p><p>{SECOND}</p></body></html>")
    document = read_one("a.eml", data, tmp_path)
    assert (FIRST in document.text, SECOND in document.text) == (True, True)
    assert "<p>" not in document.text


def test_each_message_of_a_mailbox_is_a_document(tmp_path: Path) -> None:
    bodies = [FIRST, f"From here on:\n\nFrom the top. {SECOND}", " \n", THIRD]
    documents = read_bytes("a.mbox", makers.mailbox(bodies), tmp_path)
    assert [d.text if isinstance(d, Document) else "" for d in documents] == [
        FIRST,
        f"From here on:\n\nFrom the top. {SECOND}",
        "",
        THIRD,
    ]
    assert [d.source for d in documents] == [f"{tmp_path / 'a.mbox'}:{i}" for i in (1, 2, 3, 4)]
    assert str(documents[2]) == f"{tmp_path / 'a.mbox'}, message 3: holds no text"


def case(name: str, folder: Path) -> str:
    return read_one("a.eml", (CASES / name).read_bytes(), folder).text


def with_alternatives(plain: str, html: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.org", "Roof"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    return message


@pytest.mark.parametrize("name", ["mail-alternative-stub.eml", "mail-html-then-footer.eml"])
def test_the_part_with_the_message_is_read(tmp_path: Path, name: str) -> None:
    text = case(name, tmp_path)
    assert text.startswith("Lund and Sons can start on the roof on 3 June")
    assert text.endswith("Could you ask the town for a loan?")


@pytest.mark.parametrize(
    ("plain", "chosen"),
    [
        ("", SECOND),
        ("View this message in HTML", SECOND),
        ("https://example.org/a\n" * 30, SECOND),
        (
            "This message has a form which your program does not know, and so it shows only these words.",
            SECOND,
        ),
        (SECOND.replace("1927", "1972"), SECOND.replace("1927", "1972")),
    ],
)
def test_html_is_read_instead_of_a_stub(tmp_path: Path, plain: str, chosen: str) -> None:
    assert read_one("a.eml", bytes(with_alternatives(plain, f"<p>{SECOND}</p>")), tmp_path).text == chosen


def test_all_text_parts_are_read_in_order(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"] = "a@example.org"
    message.make_mixed()
    for text, subtype in ((FIRST, "plain"), (f"<p>{SECOND}</p>", "html"), (THIRD, "plain")):
        part = EmailMessage()
        part.set_content(text, subtype=subtype)
        message.attach(part)
    message.add_attachment("An attached note", filename="note.txt")
    assert read_one("a.eml", bytes(message), tmp_path).text == f"{FIRST}\n\n{SECOND}\n\n{THIRD}"


def test_attached_messages_are_read_as_forwarded(tmp_path: Path) -> None:
    document = read_one("a.eml", (CASES / "mail-forward-attached.eml").read_bytes(), tmp_path)
    assert document.text == (
        "See below. What do you think?\n\nForwarded message: Offer\n\n"
        "We can start on the roof on 3 June and we want 9,000 for it."
    )
    assert [section.title for section in document.sections] == ["Forwarded message: Offer"]


def test_a_message_that_only_has_attached_messages_is_read(tmp_path: Path) -> None:
    outer = EmailMessage()
    outer["From"] = "a@example.org"
    outer.make_mixed()
    outer.add_attachment(with_alternatives("", f"<p>{FIRST}</p>"))
    assert read_one("a.eml", bytes(outer), tmp_path).text == f"Forwarded message: Roof\n\n{FIRST}"


def test_the_charset_of_the_part_counts_before_the_pages_own(tmp_path: Path) -> None:
    text = case("mail-html-charset-in-header.eml", tmp_path)
    for word in ("Łódź", "Żółkiewska", "Čapek", "Plzeň"):
        assert word in text
    html = b"<html><head><meta charset='koi8-r'></head><body><p>\xa3\xf3d\xbc</p></body></html>"
    data = b"Subject: x\nContent-Type: text/html; charset=iso-8859-2\n\n" + html
    assert read_one("a.eml", data, tmp_path).text == "Łódź"


def test_a_named_part_is_read_if_there_is_no_other(tmp_path: Path) -> None:
    named = f"--X\nContent-Type: text/html; name=body.html\n\n<p>{FIRST}</p>\n"
    plain = f"--X\nContent-Type: text/plain\n\n{SECOND}\n"
    head = "Subject: x\nContent-Type: multipart/mixed; boundary=X\n\n"
    assert read_one("a.eml", f"{head}{named}--X--\n".encode(), tmp_path).text == FIRST
    assert read_one("b.eml", f"{head}{plain}{named}--X--\n".encode(), tmp_path).text == SECOND


def test_an_encrypted_message_is_an_error(tmp_path: Path) -> None:
    part = b"--X\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--X--\n"
    data = b"Subject: x\nContent-Type: multipart/encrypted; boundary=X\n\n" + part
    assert error_of("a.eml", data, tmp_path) == ": is encrypted"


def test_a_long_header_on_standard_input_is_mail(tmp_path: Path) -> None:
    data = (CASES / "mail-long-headers.msgfile").read_bytes()
    assert data.index(b"\nFrom:") > 4096
    (document,) = read_documents(["-"], None, io.BytesIO(data))
    assert isinstance(document, Document)
    assert document.text.startswith("The club has to do three things before the summer:\n\n1. Lund and Sons")
    assert document.fields["subject"] == "Re: Roof"


@pytest.mark.parametrize(
    ("head", "is_unfinished"),
    [
        (b"Received: from a\n by b", True),
        (b"Received: from a\n by b\nARC-Seal: i=1;\n\tb=", True),
        (b"From anna@example.org Mon May  5 10:00:00 2025\nReceived: from", True),
        (b"Received: from a\r\n\r\nText", False),
        (b"Received: from a\nThis is a text about mail.\n", False),
        (b"Title: a story\nAuthor: b\n", False),
        (b'{"From": 1}\n', False),
    ],
)
def test_a_header_is_unfinished_until_a_blank_or_another_line(head: bytes, is_unfinished: bool) -> None:
    assert is_unfinished_header(head) is is_unfinished
