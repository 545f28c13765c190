"""Which of what a search found is told: the best of which the document has all numbers and names."""

from __future__ import annotations

import pytest
import torch

from summarize import SearchOptions, Summarizer
from summarize.decoding.hypothesis import Hypothesis
from summarize.pipeline import generator
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel

DOCUMENT = "Mayor Anna Smith met the minister in New York on Monday."
MADE_UP = "the mayor met zquox."


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (["the mayor met anna.", "the minister met anna."], "The Mayor met Anna."),
        ([MADE_UP, "the minister met anna."], "The minister met Anna."),
        ([MADE_UP, "zquoxes met anna."], "The Mayor met zquox."),  # none is supported: the best
    ],
)
def test_the_best_that_the_document_supports_is_told(
    make_model: MakeModel, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch, found: list[str], told: str
) -> None:
    def hypothesis(text: str, score: float) -> Hypothesis:
        ids = tuple(wide_tokenizer.encode(text).ids)
        return Hypothesis(ids, score, torch.zeros(len(ids), 48))

    hypotheses = [hypothesis(text, -float(rank)) for rank, text in enumerate(found)]
    monkeypatch.setattr(generator, "beam_search", lambda *_: [hypotheses])
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=48, max_tgt=48)
    summarizer = Summarizer(model, wide_tokenizer, SearchOptions(min_length=1, max_length=40))
    assert summarizer.summarize(DOCUMENT).text == told
