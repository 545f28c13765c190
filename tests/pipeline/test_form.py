"""A document's title and form, and how they change what is selected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from summarize.decoding.hypothesis import SearchOptions
from summarize.pipeline import form
from summarize.pipeline.engine import Engine
from summarize.pipeline.form import (
    LEAD_WEIGHT,
    REQUEST_WEIGHT,
    TITLE_WEIGHT,
    asks_or_dates,
    find_title,
    form_logits,
    is_paper,
    title_relevance,
)
from summarize.pipeline.request import Request, Sectioned
from summarize.text.lengths import Length
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel
from tests.helpers.segmented import segmented

PROSE = ["It rained on Monday and Tuesday.", "The ferry was late, as on Friday.", "Nobody was hurt in the end."]
TEXT = " ".join(PROSE)


def test_the_title_that_a_reader_found_comes_before_headings() -> None:
    document = segmented(PROSE)
    sections = ((0, len(TEXT), "Ferries"),)
    assert find_title(document, Sectioned(TEXT, sections, title="Re: late ferry")) == "Re: late ferry"
    assert find_title(document, Sectioned(TEXT, sections)) == "Ferries"
    assert find_title(document, Sectioned(TEXT, ((5, len(TEXT), "Ferries"),))) == ""


@pytest.mark.parametrize(
    ("sentences", "separator", "title"),
    [
        (["Why the ferry was late", *PROSE], "\n", "Why the ferry was late"),
        (["Why the ferry was late", *PROSE], " ", ""),  # not on a line of its own
        (["The ferry was late.", *PROSE], "\n", ""),  # a sentence
        (["250 g lentils", "Two onions", "Olive oil"], "\n", ""),  # no sentences below it
        ([" ".join(["ferry"] * 26), *PROSE, *PROSE, *PROSE], "\n", ""),  # too long
        (["Why the ferry was late"], "\n", ""),
        (
            ["What did they say of it?", "Tom: It was late.", "Anna: I met Tom.", "Tom: Fine by me."],
            "\n",
            "What did they say of it?",
        ),
        (["Tom: What was it?", "Tom: It was late.", "Anna: I met Tom.", "Tom: Fine by me."], "\n", ""),
    ],
)
def test_a_first_line_above_sentences_is_a_title(sentences: list[str], separator: str, title: str) -> None:
    document = segmented(sentences, separator)
    assert find_title(document, Sectioned(document.text)) == title


def test_sentences_that_share_words_with_the_title_are_more_salient() -> None:
    added = title_relevance(segmented(PROSE), "The late ferry")
    assert added[1] == TITLE_WEIGHT
    assert added[0] < TITLE_WEIGHT
    assert np.array_equal(title_relevance(segmented(PROSE), "Trains"), np.zeros(3))


def test_the_titles_own_sentence_and_headings_get_nothing() -> None:
    document = segmented(["The late ferry", "Late ferries of May", *PROSE], "\n")
    added = title_relevance(replace(document, headings=frozenset({1})), "The late ferry")
    assert added[:2].tolist() == [0, 0]
    assert added.max() == added[3] == TITLE_WEIGHT


def test_the_title_decides_what_is_selected_unless_there_is_a_query(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    engine = Engine(model, wide_tokenizer, SearchOptions(max_src=64, min_length=4, max_length=14))
    monkeypatch.setattr(form, "TITLE_WEIGHT", 100.0)
    request = Request(extractive=True, length=Length(sentences=1))
    for title, sentence in zip(("rained on Monday", "late ferry", "nobody hurt"), PROSE, strict=True):
        summary = engine.summarize_batch([Sectioned(TEXT, title=title)], request)[0]
        assert not isinstance(summary, Exception)
        assert [s.text for s in summary.sentences] == [sentence]
    with_query = replace(request, query="rain")
    asked = engine.summarize_batch([Sectioned(TEXT, title="late ferry")], with_query)[0]
    assert not isinstance(asked, Exception)
    assert asked.sentences[0].text == PROSE[0]


@pytest.mark.parametrize(
    ("first", "n", "is_a_paper"),
    [
        ("In this paper we ask what a lake is.", 200, True),
        ("Abstract", 200, True),
        ("We ask in this study what a lake is.", 200, True),
        ("In this paper we ask what a lake is.", 100, False),  # too short
        ("Today the lake is on the front page of this newspaper.", 200, False),
        ("Anna: In this paper we ask what a lake is.\nBen: So you say, but who needs to know?", 200, False),
    ],
)
def test_a_paper_calls_itself_one(first: str, n: int, is_a_paper: bool) -> None:
    turns = ["Anna: The method is simple and needs no labels at all."] if first.startswith("Anna") else []
    rest = turns or ["The method is simple and needs no labels at all."]
    document = segmented([*first.split("\n"), *rest * n], "\n")
    assert is_paper(document) is is_a_paper
    assert is_paper(segmented([*["A long preface on many other things."] * 300, "In this paper we ask."])) is False


def test_a_paper_says_first_what_it_is_about() -> None:
    document = segmented(["In this paper we ask what it is, and needs no labels at all."] * 200)
    logits = form_logits(document, Sectioned(document.text))
    assert logits is not None
    assert np.allclose(logits, LEAD_WEIGHT * (np.log(11) - np.log1p(np.arange(200))))
    titled = form_logits(document, Sectioned(document.text, title="labels"))
    assert titled is not None
    assert np.allclose(titled - logits, TITLE_WEIGHT)
    assert form_logits(segmented(PROSE), Sectioned(TEXT)) is None


def test_what_a_mail_asks_for_and_when_is_salient() -> None:
    asking = ["Would you send me the minutes?", "Please book the ferry.", "We meet on Tuesday at 3pm.", "Let me know."]
    other = [
        "If you have questions, please call us.",
        "Only 5 may go in a ratio of 10:30.",
        "It rained.",
        "Please join me in thanking him.",
    ]
    document = segmented([*asking, *other])
    assert asks_or_dates(document).tolist() == [True] * 4 + [False] * 4
    added = form_logits(document, Sectioned(document.text, is_email=True))
    assert added is not None
    assert added.tolist() == [REQUEST_WEIGHT] * 4 + [0] * 4
    assert form_logits(document, Sectioned(document.text)) is None
    assert form_logits(segmented(["Dear Anna,", *other]), Sectioned("Dear Anna,")) is None
    greeted = segmented(["Hi all,", *asking])
    assert form_logits(greeted, Sectioned(greeted.text)) is not None
    long = segmented(["Hi all,", *asking * 50])
    assert form_logits(long, Sectioned(long.text)) is None
