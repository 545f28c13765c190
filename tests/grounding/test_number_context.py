"""Numbers that stand beside another word than in the document."""

from __future__ import annotations

import pytest

from summarize.grounding.number_context import find_displaced_numbers

DOCUMENT = """The bridge will close for eleven weeks from Monday 3 March. The cabinet meets on 18 February.
Anna Smith, 62, said that her takings fell by 40 per cent. It carries a 340-tonne deck and 14,200 vehicles a day.
It opened in 1927, and cost £2.3 million. The team won 3-1."""


@pytest.mark.parametrize(
    ("summary", "displaced"),
    [
        ("It will close for 18 weeks.", ["18"]),
        ("It will close for 11 weeks from 3 March.", []),
        ("The cabinet meets on February 18.", []),
        ("Takings fell by 40 percent.", []),
        ("Takings fell by 40%.", []),
        ("Forty people fell.", ["Forty"]),
        ("The 62-year-old is unhappy.", []),
        ("Smith, 62, is unhappy.", []),
        ("The deck weighs 340 tonnes.", []),
        ("Some 14,200 vehicles cross it.", []),
        ("Some 14,200 people cross it.", ["14,200"]),
        ("It has been there since 1927.", []),
        ("It cost £2.3 million.", []),
        ("They had a 3-1 win.", []),
        ("It was 99 years ago.", []),  # not in the document: another rule's business
        ("", []),
    ],
)
def test_number_is_displaced_where_it_counts_something_else(summary: str, displaced: list[str]) -> None:
    assert [summary[n.start : n.end] for n in find_displaced_numbers(DOCUMENT, summary)] == displaced
