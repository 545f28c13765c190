"""Numbers in digits and in words, their spans, and the values that each can be read as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.grounding.numbers import DASHES, Number, find_numbers, number_values


def surfaces(text: str) -> list[str]:
    return [text[number.start : number.end] for number in find_numbers(text)]


def values(text: str) -> set[str]:
    """The values of the one number of a text."""
    (number,) = find_numbers(text)
    assert number.parts == ()
    return set(number.values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # in digits
        ("2,500", {"2500"}), ("2500.0", {"2500"}), ("6.50", {"6.5"}), ("007", {"7"}), ("0", {"0"}), ("0.0", {"0"}),
        ("0.5", {".5"}), ("100", {"100"}), ("1,234,567.80", {"1234567.8"}), ("2,50", {"2,50"}), ("10:30", {"10:30"}),
        ("24/7", {"24/7"}), ("½", {"½"}), ("1.2.3", {"1.2.3"}), ("٣", {"٣"}),
        # with a suffix
        ("5k", {"5000"}), ("2.3m", {"2300000"}), ("2mn", {"2000000"}), ("2bn", {"2000000000"}), ("2b", {"2000000000"}),
        ("2tn", {"2000000000000"}), ("2trn", {"2000000000000"}), ("2M", {"2000000"}), ("3rd", {"3"}), ("1st", {"1"}),
        ("2nd", {"2"}), ("4th", {"4"}), ("1990s", {"1990s"}), ("6am", {"6am", "6"}), ("5kg", {"5kg", "5"}),
        ("A380", {"a380"}), ("6e\u00ad5", {"6e5"}),
        # with the word after them
        ("2.3 million", {"2300000"}), ("2 hundred", {"200"}), ("2 thousand", {"2000"}), ("2 billion", {"2000000000"}),
        ("2 trillion", {"2000000000000"}), ("2-million", {"2000000"}), ("2 bn", {"2000000000"}), ("5 k", {"5000"}),
        ("6 am", {"6", "6am"}), ("340-tonne", {"340", "340tonne"}), ("6  am", {"6", "6am"}), ("6   am", {"6"}),
        ("6, am", {"6"}), ("6\nMILLION", {"6000000"}),
        # in words
        ("zero", {"0"}), ("two", {"2"}), ("nineteen", {"19"}), ("third", {"3"}), ("nineteenth", {"19"}),
        ("twenty", {"20"}), ("twentieth", {"20"}), ("ninety", {"90"}), ("Forty", {"40"}), ("twenty-five", {"25"}),
        ("twenty five", {"25"}), ("twenty-first", {"21"}), ("twenty\u2011second", {"22"}), ("hundred", {"100"}),
        ("thousand", {"1000"}), ("two hundred", {"200"}), ("two hundred and six", {"206"}),
        ("two hundred six", {"206"}), ("one hundred and first", {"101"}), ("two thousand and thirty", {"2030"}),
        ("two million three hundred thousand", {"2300000"}), ("two hundred million", {"200000000"}),
        ("one million and one", {"1000001"}), ("two hundred and", {"200"}), ("hundred thousand", {"100000"}),
        ("twenty-one hundred", {"2100"}), ("two hundred and forty-one", {"241"}), ("two trillion", {"2000000000000"}),
        ("three hundred and twelve billion", {"312000000000"}), ("sixty\u00ad-four", {"64"}), ("million", {"1000000"}),
        ("nine\u00a0hundred", {"900"}), ("ﬁve", {"5"}), ("三", {"三"}),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_values(text: str, expected: set[str]) -> None:
    assert values(f"it was {text}") == values(f"{text}; and so on") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []), ("no numbers here", []), ("one", []), ("One day", []), ("first", []), ("at second sight", []),
        ("twenty thirty", ["twenty", "thirty"]), ("two three", ["two", "three"]),
        ("twenty twelve", ["twenty", "twelve"]),
        ("twenty zero", ["twenty", "zero"]), ("two twenty", ["two", "twenty"]), ("two and six", ["two", "six"]),
        ("twenty and six", ["twenty", "six"]), ("twenty-one", ["twenty-one"]), ("one hundred", ["one hundred"]),
        ("hundred and one", ["hundred and one"]), ("hundred and one day", ["hundred and one"]),
        ("two hundred and then six", ["two hundred", "six"]), ("two   hundred", ["two", "hundred"]),
        ("two. hundred", ["two", "hundred"]), ("the 3rd of May", ["3rd"]), ("£2.3m.", ["2.3m"]), ("$5", ["5"]),
        ("5, 6", ["5", "6"]), ("5. 6", ["5", "6"]), ("5,6", ["5,6"]), ("5;6", ["5", "6"]), ("5 6", ["5", "6"]),
        ("10-12", ["10-12"]), ("10–12", ["10–12"]), ("10 – 12", ["10", "12"]), ("2013-05-12", ["2013-05-12"]),
        ("3-million", ["3-million"]), ("3 millions", ["3"]), ("3 million", ["3 million"]), ("6 am", ["6"]),
        ("x3 4y", ["x3", "4y"]), ("10-x", ["10"]), ("it was 5 million, not two", ["5 million", "two"]),
        ("twenty 5", ["twenty", "5"]), ("a five b six", ["five", "six"]),
        ("10:30 million", ["10:30", "million"]), ("two hundred, six", ["two hundred", "six"]),
        ("first hundred", ["hundred"]), ("10--12", ["10", "12"]), ("fives", []), ("five fives five", ["five", "five"]),
    ],
)  # fmt: skip
def test_numbers_are_found_whole(text: str, expected: list[str]) -> None:
    assert surfaces(text) == expected


@pytest.mark.parametrize("dash", DASHES)
def test_a_range_is_supported_whole_or_by_its_ends(dash: str) -> None:
    text = f"a day 10{dash}12k am"
    (number,) = find_numbers(text)
    assert number == Number(6, 12, frozenset({f"10{dash}12k"}), (frozenset({"10"}), frozenset({"12000"})))
    assert number.is_supported_by(frozenset({f"10{dash}12k"}))
    assert number.is_supported_by(frozenset({"10", "12000", "5"}))
    assert not number.is_supported_by(frozenset({"10"}))
    assert not number.is_supported_by(frozenset({"12000"}))
    assert number_values(text) == {f"10{dash}12k", "10", "12000"}


def test_a_number_without_parts_is_supported_by_any_of_its_values() -> None:
    number = Number(0, 3, frozenset({"6", "6am"}))
    assert number.is_supported_by(frozenset({"6am", "7"}))
    assert not number.is_supported_by(frozenset({"7"}))
    assert not number.is_supported_by(frozenset())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.3 million", {"2300000", "2.3"}),  # 2.3 million supports 2.3 too
        ("2.3m", {"2300000"}),
        ("One", {"1"}),
        ("someone", set()),
        ("the one of five", {"1", "5"}),
        ("none", set()),
        ("6am and A380", {"6am", "6", "a380"}),
    ],
)
def test_a_text_has_the_values_of_its_numbers(text: str, expected: set[str]) -> None:
    assert number_values(text) == expected


@given(st.text(alphabet="0123456789,.:/- mkbnst£½and", max_size=30))
def test_numbers_of_any_digits_have_values(text: str) -> None:
    numbers = find_numbers(text)
    assert all(number.values and number.start < number.end for number in numbers)
    assert any(c.isdigit() for c in text) == any(
        c.isdigit() for number in numbers for c in text[number.start : number.end]
    )


@given(st.integers(0, 10**15 - 1))
def test_a_number_in_digits_and_in_words_has_one_value(value: int) -> None:
    expected = {str(value)}
    assert values(f"it was {value:,}") == values(f"it was {value}") == expected
    spelled = in_words(value)
    if spelled != "one":
        assert values(f"it was {spelled} in all") == expected, spelled


SMALL_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen"""
TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL, TENS = SMALL_WORDS.split(), TENS_WORDS.split()


def in_words(n: int) -> str:
    """A plain speller, as an oracle."""
    if n < 20:
        return SMALL[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{SMALL[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{SMALL[n // 100]} hundred" + (f" and {in_words(n % 100)}" if n % 100 else "")
    for scale, size in (("trillion", 10**12), ("billion", 10**9), ("million", 10**6), ("thousand", 10**3)):
        if n >= size:
            rest = n % size
            return f"{in_words(n // size)} {scale}" + (f" {in_words(rest)}" if rest else "")
    raise AssertionError(n)
