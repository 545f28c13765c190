"""Hard-wrapped lines to paragraphs."""

from __future__ import annotations

import pytest

from summarize.documents.wrapped_lines import wrapped_paragraphs

LONG = "The council has decided to close the swing bridge for eleven weeks, said"


@pytest.mark.parametrize(
    ("lines", "paragraphs"),
    [
        ([LONG, "Anna Berg. It opens", "in March."], [f"{LONG} Anna Berg. It opens in March."]),
        ([LONG, "J. Smith of the port."], [f"{LONG} J. Smith of the port."]),
        ([LONG.replace("said", "page"), "12. It opens."], [f"{LONG.replace('said', 'page')} 12. It opens."]),
        (["One.", "", "Two.", "   ", "Three."], ["One.", "Two.", "Three."]),
        (["Dear Tom,", "The roof leaks.", "Regards", "Anna"], ["Dear Tom,", "The roof leaks.", "Regards", "Anna"]),
        (["a roof", "and a door"], ["a roof and a door"]),
        (["Things:", "- one", "  more", "* two", "• three"], ["Things:", "- one more", "* two", "• three"]),
        (["[x] one", "[ ] two"], ["[x] one", "[ ] two"]),
        ([f"1. {LONG}", f"2. {LONG}", "3) end"], [f"1. {LONG}", f"2. {LONG}", "3) end"]),
        (["(a) one", "(b) two", "ii) three"], ["(a) one", "(b) two", "ii) three"]),
        (["Things:", "i. one", "ii. two", "iii. three"], ["Things:", "i. one", "ii. two", "iii. three"]),
        (["the case of Roe", "v. Wade"], ["the case of Roe v. Wade"]),
        (["Above", "-----", "Below"], ["Above", "Below"]),
        ([], []),
    ],
)  # fmt: skip
def test_lines_are_joined_where_they_were_wrapped(lines: list[str], paragraphs: list[str]) -> None:
    assert list(wrapped_paragraphs(lines)) == paragraphs
