"""Superscripts in a plain text: no number and no word that nobody wrote."""

import pytest

from summarize.documents.superscripts import raised


@pytest.mark.parametrize(
    ("before", "mark", "after", "text"),
    [
        ("finished in 2019", "5", " and", "finished in 2019 and"),
        ("for 12 weeks", "3", ".", "for 12 weeks."),
        ("60 people", "4,5", " worked", "60 people worked"),
        ("60 people", "[12]", " worked", "60 people worked"),
        ("60 people", "[citation needed]", " worked", "60 people worked"),
        ("the end.”", "12", " It", "the end.” It"),
        ("the mayor", "*", " said", "the mayor said"),
        ("the mayor", "iv", " said", "the mayor said"),
        ("J. Smith", "a", ", P. Jones", "J. Smith, P. Jones"),
        ("in 1998", "a", " and", "in 1998a and"),
        ("4 x 10", "6", " cubic metres", "4 x 10^6 cubic metres"),
        ("3.2 × 10", "−19", " C", "3.2 × 10^−19 C"),
        ("(10", "3", ")", "(10^3)"),
        ("2", "32", " values", "2^32 values"),
        ("R", "2", " of 0.9", "R^2 of 0.9"),
        ("x", "n", " grows", "x^n grows"),
        ("in 2010", "6", " it", "in 2010 it"),
        ("the rate is 48", "1", "/2 cents", "the rate is 48 1/2 cents"),
        ("up to ", "1", "⁄4 inch", "up to 1⁄4 inch"),
        ("7 km", "2", " of it", "7 km2 of it"),
        ("7 km", "12", " of it", "7 km of it"),
        ("7 km", "1", " of it", "7 km of it"),
        ("kg/m", "3", ".", "kg/m3."),
        ("5 m s", "−1", "", "5 m s^−1"),
        ("in", "3", " the", "in the"),
        ("the 5", "th", " time", "the 5th time"),
        ("le 1", "er", " mai", "le 1er mai"),
        ("M", "me", " Curie", "Mme Curie"),
        ("au XIX", "e", " siècle", "au XIXe siècle"),
        ("la V", "e", " République", "la Ve République"),
        ("Charles I", "er", " et", "Charles Ier et"),
        ("Henry VIII", "b", " was", "Henry VIII was"),
        ("Word", "TM", " files", "Word™ files"),
        ("", "1", " See below.", " See below."),
        ("of ", "14", "C dating", "of 14C dating"),
        ("about ", "1", "⁄2 of it", "about 1⁄2 of it"),
        ("a point", "raised by the chair", ".", "a point raised by the chair ."),
        ("word", " ", " next", "word next"),
        ("E = mc", "2", ".", "E = mc^2."),
        ("at 30 ", "°", "C", "at 30 ° C"),
        ("at 30", "°", "C", "at 30°C"),
        ("Ca", "2+", " ions", "Ca2+ ions"),
        ("n", "o", " 5", "no 5"),
        ("J. Smith", "1,2*", " and", "J. Smith and"),
        ("J. Smith", "a,†", " and", "J. Smith and"),
        ("the century", "note 1", " ended", "the century ended"),
        ("2", "n+1", " steps", "2^(n+1) steps"),
    ],
)  # fmt: skip
def test_raised_text_is_never_fused(before, mark, after, text):
    assert before + raised(before, mark, after) + after == text
