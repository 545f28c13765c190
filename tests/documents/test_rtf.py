"""RTF: paragraphs and rows; superscripts, hidden text and notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.documents import read_one


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (r"in 2019{\super 5}, when", "in 2019, when"),
        (r"in 2019\super 5\nosupersub , when", "in 2019, when"),
        (r"in 2019\super 5\plain , when", "in 2019, when"),
        (r"in 2019{\super\b0\fs14 5} when", "in 2019 when"),
        (r"10{\super 6} bottles", "10^6 bottles"),
        (r"CO{\sub 2} rose", "CO2 rose"),
        (r"shown{\v  hidden} text", "shown text"),
        (r"shown\v  hidden\v0  text", "shown text"),
        (r"shown{\deleted  not} text", "shown text"),
        (r"sold{\super 1{\footnote For a crown.}} it", "sold it"),
        (r"a {\field{\*\fldinst HYPERLINK x}{\fldrslt mill}} b", "a mill b"),
        (r'a {\field{\*\fldinst{HYPERLINK "https://a.example"}}{\fldrslt{mill}}} b', "a mill b"),
        (r"one\par two", "one\n\ntwo"),
        (r"\trowd mast\cell nine\cell\row after", "mast | nine\n\nafter"),
        (r"\trowd mast\par sail\cell nine\cell\row after", "mast\n\nsail | nine\n\nafter"),
        (r"a \'e9 \u8212? b", "a é — b"),
        (r"\u-10240?\u-9216? ok", "\U00010000 ok"),
        (r"a\*\cs7 b", "ab"),
    ],
)
def test_text(rtf: str, text: str, tmp_path: Path) -> None:
    assert read_one("a.rtf", rf"{{\rtf1\ansi {rtf}}}".encode(), tmp_path).text == text


def test_marks_in_the_file_are_not_taken_for_ours(tmp_path: Path) -> None:
    assert read_one("a.rtf", b"{\\rtf1 one \x02two\x03 three}", tmp_path).text == "one two three"
