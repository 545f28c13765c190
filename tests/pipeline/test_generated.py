"""Trimming the summary of a part to a number of sentences or words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.grounding.explanation import Head
from summarize.pipeline.attribution import verbatim_trace
from summarize.pipeline.generated import Generated
from summarize.pipeline.summary import Sentence, SummaryWord, join_words


def sentence(*texts: str) -> Sentence:
    words = tuple(SummaryWord(text, 1.0, None, i > 0) for i, text in enumerate(texts))
    return Sentence(join_words(words), words)


def summary(*n_words: int) -> Generated:
    """A summary of sentences with these numbers of words, with a trace of all words."""
    sentences = tuple(sentence(*[f"word{i}"] * n) for i, n in enumerate(n_words))
    trace = verbatim_trace((Head(None, None),), [(i, i + 1) for i in range(sum(n_words))])
    return Generated(sentences, -0.5, 20, True, (trace,))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(1, 20) | st.none())
def test_the_last_sentences_beyond_the_limit_are_left_out(n_words: list[int], max_words: int | None) -> None:
    """Against all numbers of sentences, tried one by one."""
    fitting = [n for n in range(1, len(n_words) + 1) if max_words is None or sum(n_words[:n]) <= max_words]
    trimmed = summary(*n_words).within(max_words)
    if fitting:
        expected = n_words[: max(fitting)]
    else:  # the first sentence is cut, and an ellipsis marks the cut
        assert max_words is not None
        expected = [max_words + 1]
        assert trimmed.sentences[0].text == " ".join(["word0"] * max_words) + "…"
    assert [len(s.words) for s in trimmed.sentences] == expected
    (trace,) = trimmed.traces
    assert trace.index.shape[1] == trace.share.shape[1] == len(trace.p_gen) == sum(expected)
    assert (trimmed.score, trimmed.n_words_encoded, trimmed.is_source_selected) == (-0.5, 20, True)


def test_words_are_counted_between_spaces() -> None:
    """A lone dash is a word; a full stop at the end of one is none."""
    dash = Generated((sentence("a", "–", "b"), sentence("c", "d")), 0.0)
    assert len(dash.within(5).sentences) == 2
    assert len(dash.within(4).sentences) == 1
    stop = (SummaryWord("c", 1.0, None, False), SummaryWord(".", 1.0, None, False))
    assert len(Generated((sentence("a", "b"), Sentence("c.", stop)), 0.0).within(3).sentences) == 2


def test_a_last_sentence_does_not_end_in_mid_phrase_when_all_words_are_spent() -> None:
    sentences = (sentence("It", "closed", "."), sentence("It", "opens", "on", "the"))
    traces = (verbatim_trace((Head(None, None),), [(i, i + 1) for i in range(7)]),)
    generated = Generated(sentences, 0.0, traces=traces)
    n_words = sum(len(s.text.split()) for s in sentences)
    cut = generated.within(n_words)
    assert cut.sentences[0] == sentences[0]
    assert cut.sentences[1].text == "It opens…"
    assert cut.traces[0].index.shape[1] == sum(len(s.words) for s in cut.sentences) == 6
    assert generated.within(n_words + 1).sentences == sentences  # the search ended it
    assert Generated((), 0.0).within(5) == Generated((), 0.0)


@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_the_first_sentences_keep_the_trace_of_their_words(n: int) -> None:
    whole = summary(2, 3, 1)
    first = whole.first_sentences(n)
    assert first.sentences == whole.sentences[:n]
    n_words = sum([2, 3, 1][:n])
    assert first.traces[0].source == whole.traces[0].source
    assert np.array_equal(first.traces[0].share, whole.traces[0].share[:, :n_words])
    assert first.traces[0].p_gen == whole.traces[0].p_gen[:n_words]
