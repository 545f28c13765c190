"""Plain text: words divided at line ends, and Project Gutenberg's notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from summarize.documents.hyphenation import WordJoiner, join_divided_words
from tests.helpers.documents import read_one

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("on Mon-\nday 3 March, and on Thurs-\nday.", "on Monday\n3 March, and on Thursday."),
        ("a rol-  \n  ler of the coun\u2010\ncil", "a roller\nof the council"),
        ("ON MON-\nDAY", "ON MONDAY"),
        ("a long-stand-\ning wish", "a long-standing\nwish"),
        ("a well-\nknown, well-known bridge", "a well-known,\nwell-known bridge"),
        ("an e-\nmail is an e-mail", "an e-mail\nis an e-mail"),
        (
            "a self-\nmade man of twenty-\none, his mother-in-\nlaw",
            "a self-made\nman of twenty-one,\nhis mother-in-law",
        ),
        ("the 340-\ntonne deck of Covid-\n19 and Anglo-\nSaxon", "the 340-tonne\ndeck of Covid-19\nand Anglo-Saxon"),
        ("un arc-en-\nciel, dit-\non", "un arc-en-ciel,\ndit-on"),
        ("Peut-\nêtre que celui-\nci est-\nil", "Peut-être\nque celui-ci\nest-il"),
        ("dites-\nnous, eux-\nmêmes, en fa-\nmille", "dites-nous,\neux-mêmes,\nen famille"),
        ("the cot-\nton and the but-\nton", "the cotton\nand the button"),
        ("and/\nor, die Ein-/\nAusgabe, Peut-/\nêtre", "and/or, die Ein-/Ausgabe, Peut-/être"),
        ("a line /\nof verse, in src/\nThe end, https://a.example/\nb",) * 2,
        ("Vor-\nund Nachteile", "Vor-\nund Nachteile"),
        ("the two- and\nthree-day tours, pre-\nand post-war", "the two- and\nthree-day tours, pre-\nand post-war"),
        ("see https://a.example/b-\nc and x@y-\nz.example", "see https://a.example/b-\nc and x@y-\nz.example"),
        ("an end -\nand one --\nmore", "an end -\nand one --\nmore"),
        ("- one-\n- two", "- one-\n- two"),
        ("Yes, it was cepro-\nAnna: Oh, I know.", "Yes, it was cepro-\nAnna: Oh, I know."),
    ],
)
def test_words_divided_at_line_ends(text: str, joined: str) -> None:
    assert join_divided_words(text) == joined


def test_the_other_words_of_a_text_decide() -> None:
    assert WordJoiner(["The co-op sold it."]).join("co", "op") == "co-op"
    assert WordJoiner(["The coop is a hen's."]).join("co", "op") == "coop"
    assert WordJoiner([]).join("well", "known") == "well-known"
    assert WordJoiner(["wellbeing"]).join("well", "being") == "wellbeing"


def test_a_case_of_divided_words(tmp_path: Path) -> None:
    text = read_one("hyphen.txt", (CASES / "hyphen.txt").read_bytes(), tmp_path).text
    for word in ("Monday", "Thursday.", "council", "crossing", "quarter", "motorway,", "million", "340-tonne"):
        assert f" {word}" in text.replace("\n", " ")
    assert "The well-known bridge" in text
    windows = (CASES / "hyphen.txt").read_bytes().replace(b"\n", b"\r\n")
    assert read_one("a.txt", windows, tmp_path).text == text


BOOK = "CHAPTER I.\n\nThe mill was sold to the town for a crown.\n\nIt was _very_ old."
CLEAN_BOOK = BOOK.replace("_", "")
NOTICE = "The Project Gutenberg eBook of The Mill, by A. Nobody\n\nThis eBook is for the use of anyone anywhere.\n\n"
LICENSE = "\n\nUpdated editions will replace the previous one.\n"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (
            "*** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***",
            "*** END OF THE PROJECT GUTENBERG EBOOK THE MILL ***",
        ),
        (
            "*** START OF THIS PROJECT GUTENBERG EBOOK THE\nMILL ***",
            "*** END OF THIS PROJECT GUTENBERG EBOOK THE MILL ***",
        ),
        ("*****START OF THE PROJECT GUTENBERG ETEXT OF MILL*****", "*****END OF THE PROJECT GUTENBERG ETEXT OF MILL"),
        ("***START OF THE PROJECT GUTENBERG EBOOK THE MILL***", "***END OF THE PROJECT GUTENBERG EBOOK THE MILL***"),
        (
            "*** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***\n\n\nProduced by A. Nobody and\nothers\n\n",
            "End of the Project Gutenberg EBook of The Mill, by A. Nobody\n\n*** END OF THIS PROJECT GUTENBERG",
        ),
        (
            "***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***\nWhy is this here?\n"
            "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*",
            "End of Project Gutenberg's Etext of The Mill",
        ),
        (
            "*END THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.02.11.02*END*",
            "End of The Project Gutenberg Etext of The Mill",
        ),
    ],
)
def test_notices_of_project_gutenberg_are_left_out(tmp_path: Path, start: str, end: str) -> None:
    data = f"{NOTICE}{start}\n\n{BOOK}\n\n{end}{LICENSE}"
    for ending in ("\n", "\r\n"):
        text = read_one("a.txt", data.replace("\n", ending).encode(), tmp_path).text
        assert text.strip() == CLEAN_BOOK


def test_a_case_of_project_gutenberg(tmp_path: Path) -> None:
    text = read_one("gutenberg.txt", (CASES / "gutenberg.txt").read_bytes(), tmp_path).text
    assert text.startswith("CHAPTER I.")
    assert text.endswith("the children came to hear it every Sunday.")


@pytest.mark.parametrize(
    "text",
    [
        "Books of Project Gutenberg are free. This one is not from there.",
        "*** START OF THE RACE ***\n\nThe end of the race was near.",
        f"{NOTICE}*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n*** END OF THE PROJECT GUTENBERG EBOOK X ***",
    ],
)
def test_texts_without_a_book_stay_whole(tmp_path: Path, text: str) -> None:
    assert read_one("a.txt", text.encode(), tmp_path).text == text


def test_sounds_in_copied_captions_are_left_out(tmp_path: Path) -> None:
    assert read_one("a.txt", b"so the roof leaks [Music] and we [ __ ] mend it", tmp_path).text == (
        "so the roof leaks and we mend it"
    )
