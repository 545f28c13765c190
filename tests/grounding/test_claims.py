"""What a summary says that its document does not: numbers by value, names by the word."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.decoding.constraints import SEPARATORS as RULE_SEPARATORS
from summarize.grounding import claims
from summarize.grounding.claims import CLAIMS, SourceFacts, unsupported
from summarize.grounding.numbers import SEPARATORS, numbers
from summarize.grounding.words import common_words

DOCUMENT = """Helen Farrow, the council's head of highways, said on Thursday that the US-built bridge of 1927 costs
£2.3m and $1,900, or 2.5 billion yen. Twenty-five of 340-tonne deck's rollers (10-12 a day) run from 6am to 10 pm on 3
March, the 3rd of three. It fell by 40 per cent at 6.50, in the 1990s;
two hundred and six saw Beyoncé on the A380 at 10:30."""


def found(summary: str, document: str = DOCUMENT) -> list[tuple[str, str]]:
    return [(u.text, u.kind) for u in unsupported(document, summary)]


@pytest.mark.parametrize(
    "number",
    """2.3m|2.3 million|£2.30 million|2,300,000|1900|1,900|1,900.00|2.5bn|2.5 billion|2.5|25|twenty-five|twenty five|
    340|340-tonne|340 tonnes|10-12|10–12|10|12|6am|6 am|6|10pm|10 pm|3|3rd|third|three|40%|40 percent|forty|6.5|6.50|
    the 1990s|206|two hundred and six|A380|a380|10:30|one|first|second|1927""".replace("\n", "").split("|"),
)
def test_a_number_is_supported_by_its_value(number: str) -> None:
    assert [c for c in found(f"it was {number.strip()} there") if c[1] == "number"] == []


@pytest.mark.parametrize(
    "number",
    """2.3|2.3 billion|2,301|19000|1.900|25 million|26|fifty-two|34|10-13|7am|4th|fourth|41|1990|90s|two hundred|
    six hundred|A381|380|30|10:31|10.30|1928|2 million|seventy|½""".replace("\n", "").split("|"),
)
def test_a_number_that_the_document_lacks_is_found_whole(number: str) -> None:
    number = number.strip()
    assert found(f"it was {number} there") == [(number, "number")]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("However, the bridge was shut.", []),  # a common word opens a sentence
        ("It was Boris Johnson.", ["Boris", "Johnson"]),
        ("Nelson shut it. Obama did not.", ["Nelson", "Obama"]),  # no common words, though they open sentences
        ("the bridge, said obama, was shut", ["obama"]),  # what a model that knows no capitals makes up
        ("HELEN FARROW’S deck", []),
        ("farrow's bridge and beyonce", []),
        ("The u.s. bridge", []),  # for the document has US
        ("He said: “Shut it.” She said “No.” They did", []),
        ("- Shut\n- Closed\n* Open", []),
        ("Dr. Osei and Mr. J. Adeyemi", ["Osei", "Adeyemi"]),  # no sentence ends after Dr. or J.
        ("Council Shuts Bridge After Many Years\nIt was shut.", []),  # a headline
        ("Council Shuts Bridge After Many Years In Sheffield", ["Sheffield"]),
        ("On Monday Sir Martin met him.", ["Monday", "Martin"]),
        ("The Shut bridge", ["Shut"]),  # a capital within a sentence names something
        ("I won't; I'm OK", []),
        ("It was Smith-Jones", ["Smith", "Jones"]),
        ("Rebuilding, unlocking and fishermen's trawlers", []),  # made from common words
    ],
)
def test_names_are_told_from_words(summary: str, expected: list[str]) -> None:
    assert found(summary) == [(name, "name") for name in expected]


@pytest.mark.parametrize("document", ["2.3\nmillion", "two million three\r\nhundred thousand", "2.3\u00a0million"])
def test_a_number_may_go_over_a_lines_end(document: str) -> None:
    assert found("It was 2.3m.", document) == []


def test_every_word_that_the_document_lacks_can_be_asked_for() -> None:
    summary = "However, Obama said 2,301 of the rollers were forged."
    found = unsupported(DOCUMENT, summary, ("number", "name", "word"))
    assert [(u.text, u.kind) for u in found] == [
        ("However", "word"),
        ("Obama", "name"),
        ("2,301", "number"),
        ("were", "word"),
        ("forged", "word"),
    ]
    assert all(summary[u.start : u.end] == u.text for u in found)
    assert unsupported(DOCUMENT, summary) == [u for u in found if u.kind in CLAIMS]


def test_a_document_is_read_once_for_several_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    number_keys = claims.number_keys
    monkeypatch.setattr(claims, "number_keys", lambda text: (read.append(text), number_keys(text))[1])
    known = SourceFacts(DOCUMENT)
    summaries = ["Nobody named Okafor came.", "It cost 2.4m.", "The bridge of 1928, said Okafor, cost £2.3 million."]
    assert [unsupported(known, s) for s in summaries] == [unsupported(DOCUMENT, s) for s in summaries]
    assert len(read) == 1 + 2  # once for all; alone, only where a summary has numbers


@given(st.text())
def test_a_text_supports_itself(text: str) -> None:
    assert unsupported(text, text, ("number", "name", "word")) == []


@given(st.text(), st.text())
def test_what_is_found_stands_in_the_summary_in_order(document: str, summary: str) -> None:
    found = unsupported(document, summary, ("number", "name", "word"))
    assert all(u.text == summary[u.start : u.end] != "" for u in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(alphabet="0123456789,.:/- mkbnst£½and", max_size=30))
def test_numbers_of_any_digits_have_values(text: str) -> None:
    assert all(number.keys and number.start < number.end for number in numbers(text))


def test_the_search_and_the_check_mean_the_same_by_a_number() -> None:
    assert SEPARATORS == RULE_SEPARATORS


def test_the_word_list_is_what_it_says() -> None:
    words = common_words()
    assert 25_000 < len(words) < 70_000
    assert words >= {"the", "however", "colour", "color", "may", "mayor", "won't", "trawlers"}
    assert not words & {"obama", "jimmy", "china", "London", "paris"}


def test_it_needs_no_torch() -> None:
    script = "import sys, summarize.grounding.claims as s; s.unsupported('a', 'b B 3'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "summarize.grounding.claims" in loaded
    assert not {"torch", "numpy", "tokenizers"} & set(loaded)
