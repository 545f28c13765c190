"""Measures beyond ROUGE against plain versions of their definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.evaluation.measures import MEASURES, N_BINS, SourceDocument, fragments, measure, words_of

WORDS = st.lists(st.sampled_from("abcd"), max_size=14)


def measures(summary: str, document: str | None) -> dict[str, float]:
    source = None if document is None else SourceDocument(document)
    return dict(zip(MEASURES, measure(summary, source).values, strict=True))


def grusky_fragments(article: list[str], summary: list[str]) -> list[list[str]]:
    """F(A, S) word for word as in figure 2 of Grusky et al. 2018."""
    found: list[list[str]] = []
    i = j = 0
    while i < len(summary):
        best: list[str] = []
        while j < len(article):
            if summary[i] == article[j]:
                i2, j2 = i, j
                while i2 < len(summary) and j2 < len(article) and summary[i2] == article[j2]:
                    i2, j2 = i2 + 1, j2 + 1
                if len(best) < i2 - i:
                    best = summary[i:i2]
                j = j2
            else:
                j += 1
        i, j = i + max(len(best), 1), 0
        if best:
            found.append(best)
    return found


def test_coverage_density_and_compression_are_those_of_grusky_et_al() -> None:
    # Ten words; fragments "the bridge" (2), "opened" (1), "by the mayor" (3), "on" (1).
    document = "The mayor said: the bridge, shut for years, was at last opened on Monday by the mayor of the town."
    found = measures("The bridge is newly opened by the mayor on Tuesday.", document)
    assert found["coverage"] == pytest.approx((2 + 1 + 3 + 1) / 10)
    assert found["density"] == pytest.approx((4 + 1 + 9 + 1) / 10)
    assert found["compression"] == pytest.approx(20 / 10)


@given(WORDS, WORDS)
def test_fragments_are_those_of_the_papers_algorithm(article: list[str], summary: list[str]) -> None:
    source = SourceDocument(" ".join(article))
    found = fragments(source.longest_matches(summary))
    # The paper's search continues after a match, so it may miss a longer match that begins inside it. If no word occurs
    # twice in a match, both are the same. At the first difference, ours is the longer one.
    theirs = grusky_fragments(article, summary)
    ours = [summary[f.start : f.start + f.length] for f in found]
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            assert len(mine) > len(other)
            break
    else:
        assert len(ours) == len(theirs)


@given(WORDS, WORDS)
def test_fragments_are_in_both_texts_and_cannot_be_longer(article: list[str], summary: list[str]) -> None:
    text = "".join(article)
    found = fragments(SourceDocument(" ".join(article)).longest_matches(summary))
    at = 0
    for f in found:
        copied = summary[f.start : f.start + f.length]
        assert article[f.position : f.position + f.length] == copied
        assert text.find("".join(copied)) == f.position  # its first occurrence
        longer = "".join(summary[f.start : f.start + f.length + 1])
        assert len(longer) == f.length or longer not in text
        assert not set(summary[at : f.start]) & set(article)  # words between fragments are not in the document
        at = f.start + f.length
    assert not set(summary[at:]) & set(article)


@given(WORDS, WORDS)
def test_novel_n_grams_are_not_in_the_document(article: list[str], summary: list[str]) -> None:
    found = measures(" ".join(summary), " ".join(article))
    for n in (1, 2, 3, 4):
        grams = [tuple(summary[i : i + n]) for i in range(len(summary) - n + 1)]
        known = {tuple(article[i : i + n]) for i in range(len(article) - n + 1)}
        if grams:
            assert found[f"novel_{n}"] == pytest.approx(sum(gram not in known for gram in grams) / len(grams))
        else:
            assert math.isnan(found[f"novel_{n}"])


def test_repetition_counts_repeated_trigrams() -> None:
    assert measures("a b c d", None)["repetition"] == 0
    assert measures("a b c a b c", None)["repetition"] == pytest.approx(1 / 4)  # abc bca cab abc
    assert math.isnan(measures("a b", None)["repetition"])


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert words_of("Don’t stop — the A380's “2,500” co-pilots!") == [
        "don't",
        "stop",
        "the",
        "a380's",
        "2",
        "500",
        "co",
        "pilots",
    ]
    found = measures("THE MAYOR'S dog.", "“the mayor’s dog”")
    assert (found["coverage"], found["density"], found["novel_3"]) == (1, 3, 0)


def test_positions_are_where_shared_words_are_in_the_document() -> None:
    document = " ".join(f"w{i}" for i in range(100))
    found = measure("w0 w1 new w95", SourceDocument(document))
    assert found.positions == (2, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    position = dict(zip(MEASURES, found.values, strict=True))["position"]
    assert position == pytest.approx((0.005 + 0.015 + 0.955) / 3)


def test_unsupported_numbers_and_names_are_counted() -> None:
    found = measures("In 1999 Smith met Okafor for 2.3m pounds.", "Smith met him in 1998 and paid 2.3 million pounds.")
    assert (found["unsupported_numbers"], found["unsupported_names"]) == (1, 1)


def test_support_is_one_for_copies_and_zero_for_new_words() -> None:
    document = "The mayor met the minister on Monday."
    assert measures("The mayor met the minister.", document)["support"] == 1
    assert measures("Elsewhere nobody came.", document)["support"] == 0
    # mayor, the, minister are known, and "the minister" of three pairs is.
    assert measures("mayor saw the minister", document)["support"] == pytest.approx((3 / 4 + 1 / 3) / 2)


def test_without_a_document_only_the_summary_is_measured() -> None:
    found = measures("One sentence here. And another one.", None)
    assert (found["words"], found["sentences"]) == (6, 2)
    assert {name for name, value in found.items() if not math.isnan(value)} == {"words", "sentences", "repetition"}


@pytest.mark.parametrize(("summary", "document"), [("", "A document."), ("A summary.", ""), ("", ""), ("…", "—")])
def test_empty_texts_can_be_measured(summary: str, document: str) -> None:
    found = measure(summary, SourceDocument(document))
    assert len(found.values) == len(MEASURES)
    assert found.positions == (0,) * N_BINS
    assert dict(zip(MEASURES, found.values, strict=True))["coverage"] in (0, pytest.approx(math.nan, nan_ok=True))


def test_a_long_run_of_one_word_is_fast() -> None:
    source = SourceDocument("the " * 3000)
    assert fragments(source.longest_matches(["the"] * 200))[0].length == 200
