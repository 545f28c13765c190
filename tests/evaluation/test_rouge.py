"""Scores equal those of rouge-score to the last digit, and means are over documents."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer as Plain

from summarize.evaluation import ROUGE_TYPES, RougeScorer, Score, Settings, mean_scores, signature

PLAIN = Plain(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True)
PAIRS = [
    ("The mayor met the minister.\nIt rained.", "The mayors met a minister.\nIt was raining on Monday."),
    ("one two three", "three two one"),
    ("Running runners ran.", "The runner runs."),
    ("nothing alike", "Something else"),
    ("", "A reference"),
    ("A prediction", ""),
    ("", ""),
    ("It’s 2,500 – “quoted”.\n\n\nTwice.", "It's 2,500 - quoted. Twice."),
]


@pytest.mark.parametrize(("prediction", "reference"), PAIRS)
def test_scores_are_those_of_rouge_score_with_stemming(prediction: str, reference: str) -> None:
    plain = Plain(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True).score(reference, prediction)
    found = RougeScorer().score(prediction, reference)
    assert list(found) == list(ROUGE_TYPES) == list(plain)
    for name, score in found.items():
        assert (score.precision, score.recall, score.fmeasure) == tuple(plain[name]), name


def test_precision_refers_to_the_prediction_and_words_are_stemmed() -> None:
    scores = RougeScorer().score("the mayors", "the mayor met the minister")
    assert scores["rouge1"] == Score(1.0, 0.4, pytest.approx(4 / 7))
    assert scores["rouge2"] == Score(1.0, 0.25, 0.4)


def test_a_line_is_a_sentence_for_lsum_only() -> None:
    scores = RougeScorer().score("c d\na b", "a b\nc d")
    assert scores["rougeL"].fmeasure == 0.5
    assert scores["rougeLsum"].fmeasure == 1.0


def test_the_mean_is_over_documents() -> None:
    scorer = RougeScorer()
    each = [scorer.score(prediction, reference) for prediction, reference in PAIRS]
    found = mean_scores("some model", iter(each))
    assert (found.name, found.n_documents) == ("some model", len(PAIRS))
    assert list(found.scores) == list(ROUGE_TYPES)
    for name in ROUGE_TYPES:
        for part in ("precision", "recall", "fmeasure"):
            mean = sum(getattr(scores[name], part) for scores in each) / len(each)
            assert getattr(found.scores[name], part) == mean


@given(st.text(alphabet="runigsedatly '’-.1é\n", max_size=60), st.text(alphabet="runigsedatly ’.1\n", max_size=60))
def test_caching_stems_changes_no_score(prediction: str, reference: str) -> None:
    plain = PLAIN.score(reference, prediction)
    for name, score in RougeScorer().score(prediction, reference).items():
        assert (score.precision, score.recall, score.fmeasure) == tuple(plain[name]), name


def test_without_a_stemmer_words_are_not_stemmed() -> None:
    plain = Plain(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=False)
    for prediction, reference in PAIRS:
        expected = {name: tuple(score) for name, score in plain.score(reference, prediction).items()}
        found = RougeScorer(stemmer=False).score(prediction, reference)
        assert {name: (s.precision, s.recall, s.fmeasure) for name, s in found.items()} == expected


def test_of_several_references_each_metric_takes_its_best() -> None:
    references = ["c d\na b", "a b x y", "nothing"]
    expected = {name: tuple(score) for name, score in PLAIN.score_multi(references, "a b\nc d").items()}
    found = RougeScorer().score_multi("a b\nc d", references)
    assert {name: (s.precision, s.recall, s.fmeasure) for name, s in found.items()} == expected
    assert (found["rougeLsum"].fmeasure, found["rouge2"].fmeasure) == (1.0, pytest.approx(2 / 3))


def test_sentences_can_be_split_for_lsum() -> None:
    prediction, reference = "It rained. The mayor came.", "The mayor came. It rained."
    assert RougeScorer().score(prediction, reference)["rougeLsum"].fmeasure == 0.6
    assert RougeScorer(split="sentencex").score(prediction, reference)["rougeLsum"].fmeasure == 1


def test_no_documents_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no document"):
        mean_scores("model", [])


def test_the_signature_names_every_setting() -> None:
    assert signature().split("|") == [
        f"rouge-score:{version('rouge-score')}",
        "words:a-z0-9",
        f"stemmer:porter-nltk-{version('nltk')}",
        "split:newline",
        "references:1",
        "average:mean",
        "interval:bootstrap-95-1000",
        "test:randomisation-10000",
        "seed:12345",
    ]
    other = signature(Settings("unicode", False, "sentencex", 50, 60, 7, chrf=True), "best-f1-of-1-5")
    shared = set(signature().split("|")) & set(other.split("|"))
    assert shared == {f"rouge-score:{version('rouge-score')}", "average:mean"}
    assert f"|references:best-f1-of-1-5|chrf:sacrebleu-{version('sacrebleu')}|" in other


def test_words_of_all_scripts_are_counted_where_rouge_score_would_see_few() -> None:
    prediction, good, bad = "Die Brücke über die Elbe", "Die Brücke über die Elbe", "Die Brocke uber die Ebbe"
    scorer = RougeScorer(words="unicode")
    assert scorer.score(prediction, good)["rouge1"].fmeasure == 1
    assert scorer.score(prediction, bad)["rouge1"].fmeasure == pytest.approx(2 / 5)
    assert RougeScorer().score("Brücke", "Bröcke")["rouge1"].fmeasure > 0  # "cke" is what it sees of both
    assert scorer.score("大雨使集市取消", "大雨使市场取消")["rouge1"].fmeasure == pytest.approx(6 / 7)
    assert scorer.score("running", "runs")["rouge1"].fmeasure == 0  # stems are of English alone


@given(st.text(alphabet="abc XYZ,.'1-_", max_size=60), st.text(alphabet="abc XYZ,.'1-_", max_size=60))
def test_words_of_all_scripts_are_those_of_rouge_score_in_ascii(prediction: str, reference: str) -> None:
    plain = RougeScorer(stemmer=False).score(prediction, reference)
    assert RougeScorer(words="unicode").score(prediction, reference) == plain


def test_settings_choose_the_words_by_the_letters_of_the_references() -> None:
    assert Settings().resolved(0.0).words == Settings().resolved(0.004).words == "rouge-score"
    assert Settings().resolved(0.02).words == "unicode"
    assert not Settings().resolved(0.02).stems
    assert Settings("rouge-score").resolved(0.9).words == "rouge-score"
    assert Settings("unicode").resolved(0.0).words == "unicode"
