"""Numbers are supported by their value, names and words by the word; every unsupported claim is found in its place."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.grounding import claims
from summarize.grounding.claims import FACT_KINDS, SourceFacts, UnsupportedClaim, find_unsupported

ALL_KINDS = ("number", "name", "word")
DOCUMENT = """Helen Farrow, the council's head of highways, said on Thursday that the US-built bridge of 1927 costs
£2.3m and $1,900, or 2.5 billion yen. Twenty-five of 340-tonne deck's rollers (10-12 a day) run from 6am to 10 pm on 3
March, the 3rd of three. It fell by 40 per cent at 6.50, in the 1990s;
two hundred and six saw Beyoncé on the A380 at 10:30."""


def unsupported(summary: str, document: str = DOCUMENT) -> list[tuple[str, str]]:
    """(text, kind) of the numbers and names that the document does not support."""
    return [(claim.text, claim.kind) for claim in find_unsupported(document, summary)]


def names(summary: str, document: str = "the bridge was shut") -> list[str]:
    return [claim.text for claim in find_unsupported(document, summary, ("name",))]


def words(summary: str, document: str = "the bridge was shut") -> list[str]:
    return [claim.text for claim in find_unsupported(document, summary, ("word",))]


@pytest.mark.parametrize(
    "number",
    """2.3m|2.3 million|£2.30 million|2,300,000|1900|1,900|1,900.00|2.5bn|2.5 billion|2.5|25|twenty-five|twenty five|
    340|340-tonne|340 tonnes|10-12|10–12|10|12|6am|6 am|6|10pm|10 pm|3|3rd|third|three|40%|40 percent|forty|6.5|6.50|
    the 1990s|206|two hundred and six|A380|a380|10:30|one|first|second|1927""".replace("\n", "").split("|"),
)
def test_a_number_is_supported_by_its_value(number: str) -> None:
    assert [claim for claim in unsupported(f"it was {number.strip()} there") if claim[1] == "number"] == []


@pytest.mark.parametrize(
    "number",
    """2.3|2.3 billion|2,301|19000|1.900|25 million|26|fifty-two|34|10-13|7am|4th|fourth|41|1990|90s|two hundred|
    six hundred|A381|380|30|10:31|10.30|1928|2 million|seventy|½""".replace("\n", "").split("|"),
)
def test_an_unsupported_number_is_found_whole(number: str) -> None:
    number = number.strip()
    assert unsupported(f"it was {number} there") == [(number, "number")]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("However, the bridge was shut.", []),  # a common word opens a sentence
        ("It was Boris Johnson.", ["Boris", "Johnson"]),
        ("Nelson shut it. Obama did not.", ["Nelson", "Obama"]),  # no common words, though they open sentences
        ("the bridge, said obama, was shut", ["obama"]),  # from a model that writes lower case only
        ("HELEN FARROW’S deck", []),
        ("farrow's bridge and beyonce", []),
        ("The u.s. bridge", []),  # the document has US
        ("He said: “Shut it.” She said “No.” They did", []),
        ("- Shut\n- Closed\n* Open", []),
        ("Dr. Osei and Mr. J. Adeyemi", ["Osei", "Adeyemi"]),  # no sentence ends after Dr. or J.
        ("Council Shuts Bridge After Many Years\nIt was shut.", []),  # a headline
        ("Council Shuts Bridge After Many Years In Sheffield", ["Sheffield"]),
        ("On Monday Sir Martin met him.", ["Monday", "Martin"]),
        ("The Shut bridge", ["Shut"]),  # a capital within a sentence marks a name
        ("I won't; I'm OK", []),
        ("It was Smith-Jones", ["Smith", "Jones"]),
        ("Rebuilding, unlocking and fishermen's trawlers", []),  # made from common words
    ],
)
def test_names_are_distinguished_from_words(summary: str, expected: list[str]) -> None:
    assert unsupported(summary) == [(name, "name") for name in expected]


@pytest.mark.parametrize(
    "before",
    [
        "", "It shut. ", "It shut! ", "It shut? ", "He said: ", "It shut… ", "It shut.\n", "It shut\n", "shut\r",
        "shut\u2028", "shut\u2029",
        "It shut.) ", "It shut.] ", "He said “shut.” ", 'He said "shut." ', "He said 'shut.' ", "He said “",
        "He said ‘", 'He said "', "He said «", "He said '", "“", "* ", "- ", "• ", "# ", "shut\n> ", "(", "[", "{",
        "It shut. (", "It shut.\u00a0", "It shut.\t", "It was shut by us. ", "- (", "They shut … ", "They shut. … ",
    ],
)  # fmt: skip
def test_a_capital_says_nothing_where_a_sentence_opens(before: str) -> None:
    assert names(f"{before}Pilots came.") == []
    assert words(f"{before}Pilots came.")[-2:] == ["Pilots", "came"]


@pytest.mark.parametrize(
    "before",
    [
        "the ", "shut, ", "shut; ", "shut (", "shut – ", "shut - ", "shut * ", "shut. - ", "Mr. ", "by J. ",
        "the U.S. ", "shut on 3 Sept. ", "shut vs. ", "shut” ", "shut) ", "shut), ", "shut.– ", "shut.–", 'shut"',
        "shut\u2019 ", "the DR. ",
    ],
)  # fmt: skip
def test_a_capital_within_a_sentence_marks_a_name(before: str) -> None:
    assert names(f"it was {before}Pilots came.")[-1:] == ["Pilots"]


def test_an_initial_or_abbreviation_needs_its_full_stop() -> None:
    assert names("It was Mr Pilots")[-1:] == ["Pilots"]
    assert names("It shut at sea. Pilots came.") == []  # "sea" only ends like an abbreviation
    assert names(". Pilots came.") == []
    assert names("”Pilots came!") == ["Pilots"]  # a closing mark that closes nothing


@pytest.mark.parametrize(
    ("line", "is_headline"),
    [
        ("Bridge Shuts After Years", True),  # four longer words, all capitalised
        ("Bridge Shuts After Long wait", True),  # four of five
        ("Bridge Shuts After long wait", False),
        ("Bridge Shuts After", False),  # too short to tell
        ("Bridge of the Shut and in the After but by it Years", True),  # words of up to three letters do not count
    ],
)
def test_capitals_of_a_headline_are_ignored(line: str, is_headline: bool) -> None:
    found = [claim.kind for claim in find_unsupported("", f"it was\n{line}\nshut", ALL_KINDS) if claim.text == "After"]
    assert found == ["word" if is_headline else "name"]


def test_a_headline_ends_with_its_line() -> None:
    summary = "it was Pilots\nCouncil Shuts Bridge After Years\nit was Pilots"
    assert names(summary, "shut") == ["Pilots", "Pilots"]
    assert names("The Pilots Shut Bridge After Years", "shut") == []


@pytest.mark.parametrize("document", ["2.3\nmillion", "two million three\r\nhundred thousand", "2.3\u00a0million"])
def test_a_number_may_go_over_a_lines_end(document: str) -> None:
    assert unsupported("It was 2.3m.", document) == []


def test_words_are_found_if_asked_for() -> None:
    summary = "However, Obama said 2,301 of the rollers were forged."
    found = find_unsupported(DOCUMENT, summary, ALL_KINDS)
    assert [(claim.text, claim.kind) for claim in found] == [
        ("However", "word"),
        ("Obama", "name"),
        ("2,301", "number"),
        ("were", "word"),
        ("forged", "word"),
    ]
    assert all(summary[claim.start : claim.end] == claim.text for claim in found)
    for kinds in (("number",), ("name",), ("word",), ("number", "word"), FACT_KINDS, ()):
        assert find_unsupported(DOCUMENT, summary, kinds) == [claim for claim in found if claim.kind in kinds]
    assert find_unsupported(DOCUMENT, summary) == find_unsupported(DOCUMENT, summary, FACT_KINDS)
    assert find_unsupported("It was.", "It was 3.")[0] == UnsupportedClaim("3", "number", 7, 8)


def test_what_is_part_of_a_number_is_no_word() -> None:
    assert find_unsupported("", "6am", ALL_KINDS) == [UnsupportedClaim("6am", "number", 0, 3)]
    assert find_unsupported("", "twenty-five", ALL_KINDS) == [UnsupportedClaim("twenty-five", "number", 0, 11)]
    assert words("five million", "5 million") == []  # supported as a number, though neither word is in the document
    assert words("he fives five", "5") == ["he", "fives"]
    assert find_unsupported("", "x2y's", ("name", "word")) == []  # has a digit
    assert names("it was U.S.5", "5") == ["U.S."]  # next to a number


@pytest.mark.parametrize(
    ("word", "document"),
    [
        ("Beyonce's", "Beyoncé"), ("beyoncé", "BEYONCE"), ("U.S.", "us"), ("US", "the U.S. said"),
        ("bridges'", "bridges"),
        ("bridge’s", "bridge"), ("bridge", "bridge's"), ("strasse", "Straße"), ("Co\u00adop", "coop"),
        ("o'clock", "o’clock"), ("O'Neill", "o'neill's"), ("Neill", "O'Neill"), ("ﬁve", "five"),
    ],
)  # fmt: skip
def test_a_word_is_supported_whatever_its_form(word: str, document: str) -> None:
    assert find_unsupported(document, word, ("name", "word")) == []


@pytest.mark.parametrize(
    ("word", "document"),
    [("Wont", "won.t"), ("bridges", "bridge"), ("Neil", "O'Neill"), ("O'Neill", "O Neill"), ("abc", "a.b")],
)
def test_a_word_is_not_supported_by_another_one(word: str, document: str) -> None:
    assert [claim.text for claim in find_unsupported(document, f"on {word}", ("name", "word"))] == ["on", word]


@pytest.mark.parametrize("word", ["Mr", "Mrs", "Ms", "Dr", "Sir", "I", "AM", "PM", "OK", "I'll", "X", "x"])
def test_titles_and_single_letters_are_not_names(word: str) -> None:
    assert names(f"the bridge was {word} shut") == []


def test_a_capital_anywhere_in_a_word_counts() -> None:
    assert names("the bridge was dePlane shut") == ["dePlane"]
    assert names("the bridge was Xu shut") == ["Xu"]
    assert names("the bridge was plane shut") == []
    assert words("the bridge was plane shut") == ["plane"]


def test_a_document_is_read_once_for_several_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    number_values = claims.number_values
    monkeypatch.setattr(claims, "number_values", lambda text: (read.append(text), number_values(text))[1])
    facts = SourceFacts(DOCUMENT)
    summaries = ["Nobody named Okafor came.", "It cost 2.4m.", "The bridge of 1928, said Okafor, cost £2.3 million."]
    assert [find_unsupported(facts, s) for s in summaries] == [find_unsupported(DOCUMENT, s) for s in summaries]
    assert len(read) == 1 + 2  # once for all three; on their own, only for the two summaries that have numbers


@given(st.text())
def test_a_text_supports_itself(text: str) -> None:
    assert find_unsupported(text, text, ALL_KINDS) == []


@given(st.text(), st.text())
def test_unsupported_claims_are_in_the_summary_in_order(document: str, summary: str) -> None:
    found = find_unsupported(document, summary, ALL_KINDS)
    assert all(claim.text == summary[claim.start : claim.end] != "" for claim in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.slow
def test_it_needs_no_torch() -> None:
    script = "import sys, summarize.grounding.claims as s; s.find_unsupported('a', 'b B 3'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "summarize.grounding.claims" in loaded
    assert not {"torch", "numpy", "tokenizers"} & set(loaded)
