"""A document's title, and how it changes what is selected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from summarize.decoding.hypothesis import SearchOptions
from summarize.pipeline import title as title_module
from summarize.pipeline.engine import Engine
from summarize.pipeline.request import Request, Sectioned
from summarize.pipeline.title import TITLE_WEIGHT, find_title, title_relevance
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
    ],
)
def test_a_first_line_above_sentences_is_a_title(sentences: list[str], separator: str, title: str) -> None:
    document = segmented(sentences, separator)
    assert find_title(document, Sectioned(document.text)) == title


def test_sentences_that_share_words_with_the_title_are_more_salient() -> None:
    added = title_relevance(segmented(PROSE), "The late ferries")
    assert added[1] == TITLE_WEIGHT
    assert added[0] < TITLE_WEIGHT
    assert np.array_equal(title_relevance(segmented(PROSE), "Trains"), np.zeros(3))


def test_the_title_decides_what_is_selected_unless_there_is_a_query(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    engine = Engine(model, wide_tokenizer, SearchOptions(max_src=64, min_length=4, max_length=14))
    monkeypatch.setattr(title_module, "TITLE_WEIGHT", 100.0)
    request = Request(extractive=True, length=Length(sentences=1))
    for title, sentence in zip(("rain on Monday", "late ferry", "nobody hurt"), PROSE, strict=True):
        summary = engine.summarize_batch([Sectioned(TEXT, title=title)], request)[0]
        assert not isinstance(summary, Exception)
        assert [s.text for s in summary.sentences] == [sentence]
    with_query = replace(request, query="rain")
    asked = engine.summarize_batch([Sectioned(TEXT, title="late ferry")], with_query)[0]
    assert not isinstance(asked, Exception)
    assert asked.sentences[0].text == PROSE[0]
