"""What could not be read within a document is reported on stderr, as the document passes."""

from __future__ import annotations

import pytest

from summarize.cli.options import DisplayOptions
from summarize.cli.summarize import _noted
from summarize.documents import Document
from summarize.errors import DocumentError

BATCHES = [
    [Document("a.epub", "x", path="a.epub", notes=("the chapter c1 is missing and is left out", "page 2 is damaged"))],
    [DocumentError("b.pdf: is empty"), Document("m:2", "x", path="m.mbox", part="message 2", notes=("y",))],
]


def test_notes_are_reported_with_the_document_and_its_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(_noted(iter(BATCHES), DisplayOptions("never", quiet=False))) == BATCHES
    assert capsys.readouterr().err == (
        "summarize: a.epub: the chapter c1 is missing and is left out\n"
        "summarize: a.epub: page 2 is damaged\n"
        "summarize: m.mbox, message 2: y\n"
    )


def test_quiet_leaves_them_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(_noted(iter(BATCHES), DisplayOptions("never", quiet=True))) == BATCHES
    assert capsys.readouterr().err == ""
