"""E-mail and mailboxes: the writer's own text, without quoted replies and signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarize.documents import Document
from tests.helpers import makers
from tests.helpers.documents import read_bytes, read_one
from tests.helpers.makers import FIRST, SECOND, THIRD


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
