"""The writer's training data: letter case restored, summaries that their passages support, prompts, copied tokens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import prepare_writer
import pytest
import writer_passages
import writer_rows
import writer_text
from click.testing import CliRunner
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import ByteLevel
from writer_rows import DataSet, Pair

from summarize.pipeline.passages import rounded_words
from summarize.text.vocabulary import END, N_SPECIAL, SENTENCE, START
from tests.helpers.data_sets import FACTS, Row, write_cnndm, write_rows

CASED = [
    "He said the mayor of New York met Barack Obama in May. Then he may go to the old town with NATO.",
    "On Monday the new mayor said I can go to New York in May. They may meet a new minister of NATO in the U.S. today.",
    "The half-open door of the new house. A half-open window is in the new wall.",
]
MARKS = (
    ("he said `` we do n't know '' .", 'he said "we don\'t know" .'),
    ("a ' new era ' of wars", "a 'new era' of wars"),
    ("the students ' union", "the students ' union"),
    ("‘ i ’ll go , ’ he said", "‘i’ll go ,’ he said"),
    ("he paid £ 500 and $ 5", "he paid £500 and $5"),
    ("he said ` no '", "he said 'no '"),
)
SENTENCES = (
    ("NEW: the mayor met ministers", "the mayor met ministers."),
    ('It is " true , he said', "It is true, he said."),
    ("( CNN ) said so !", "(CNN) said so!"),
    ("- He went, ", "He went."),
    ('He said "yes"', 'He said "yes".'),
    ("Click here for all the latest news.", ""),
    ("1.", ""),
)
PASSAGE = "Tom Smith paid $2,500 to the seventeen-year-old at Obama's house.\nThe taxes rose 3.5bn - in Half-Moon Bay."
SUPPORTED = (
    ("Smith paid 2,500 to a 17-year-old.", None),
    ("The Obamas paid.", None),
    ("Moon Bay has taxes of 3.5 billion.", None),
    ("He paid 500.", "number"),
    ("It was paid to Anna.", "name"),
    ("Anna paid it.", "name"),
    ("Reports say so.", None),
)
DIALOGUE = "Tom: I will cook tonight. I like to cook.\nAnna: Good. I will come at eight."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A small tokenizer like the writer's: special tokens, bytes, merges; digits one by one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = ByteLevel()
    specials = [AddedToken(f"[special{i}]", special=True) for i in range(N_SPECIAL)]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([*CASED, *FACTS, PASSAGE, DIALOGUE] * 3, trainer)
    return tokenizer


@pytest.fixture(scope="module")
def truecaser() -> writer_text.Truecaser:
    return writer_text.Truecaser(CASED * 5)


def pair(document: str, *sentences: str, kind: str = "News", **fields: Any) -> Pair:
    return replace(Pair("set/1/0/0", "set", kind, document, sentences), **fields)


@pytest.mark.parametrize(("text", "expected"), MARKS)
def test_marks_stand_beside_their_words(text: str, expected: str) -> None:
    assert writer_text.attach_marks(text) == expected


def test_traces_of_the_tokenisation_are_tidied() -> None:
    assert writer_text.tidy('He left."We go ..." (CNN)--at 5 a.m..') == 'He left. "We go ..." (CNN) -- at 5 a.m.'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("he may go to new york in may.", "He may go to New York in May."),
        ("the new minister met mr. obama and nkunda.", "The new minister met mr. Obama and Nkunda."),
        ('yes, "the u.s. may go", i say. (cnn) -- the end.', 'Yes, "The U.S. may go", I say. (Cnn) -- The end.'),
    ],
)
def test_letter_case_is_restored(truecaser: writer_text.Truecaser, text: str, expected: str) -> None:
    assert truecaser.restore(text) == expected


def test_hyphens_are_joined_where_the_compound_is_known(truecaser: writer_text.Truecaser) -> None:
    text = "the 5 - year - old saw a half - open door - it said"
    assert truecaser.join_hyphens(text) == "the 5-year-old saw a half-open door - it said"


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_summary_sentences_are_cleaned(text: str, expected: str) -> None:
    assert writer_text.clean_sentence(text) == expected


def test_titles_end_without_a_full_stop() -> None:
    assert writer_text.clean_sentence("UPDATE 1-Mayor goes to U.S.", is_title=True) == "Mayor goes to U.S"
    assert writer_text.clean_sentence("Mayor goes", is_title=True) == "Mayor goes"


def test_lines_that_were_split_wrongly_are_joined() -> None:
    assert writer_text.join_broken(["1.", "She saw Dr.", "Kumar.", "", "It is so."]) == [
        "She saw Dr. Kumar.",
        "It is so.",
    ]


@pytest.mark.parametrize(("sentence", "missing"), SUPPORTED)
def test_names_and_numbers_must_be_in_the_passage(sentence: str, missing: str | None) -> None:
    assert writer_text.Evidence.of(PASSAGE).missing(sentence) == missing


def test_days_and_forms_of_companies_that_the_passage_lacks_are_left_out() -> None:
    evidence = writer_text.Evidence.of("Sony Inc said so on Friday.")
    sentence = "Sony Inc. and Avis Group, Ltd. said late on Monday, on Friday they met."
    assert evidence.without_unknown_days(sentence) == "Sony Inc. and Avis said, on Friday they met."


@pytest.mark.parametrize(("n", "requested"), [(1, 5), (7, 5), (8, 10), (58, 60), (64, 60), (66, 70)])
def test_words_are_requested_in_round_numbers(n: int, requested: int) -> None:
    assert rounded_words(n) == requested


def test_prompts_name_the_kind_and_the_length() -> None:
    assert prepare_writer.make_prompt("News", 2, 41) == "News, 2 sentences, 40 words:\n\n"
    assert prepare_writer.make_prompt("Text", 1, None) == "Text, 1 sentence:\n\n"
    assert prepare_writer.make_prompt("News", None, None) == "News:\n\n"
    assert prepare_writer.make_prompt("Meeting", None, 61, "Who spoke?") == "Meeting, 60 words. Who spoke?:\n\n"


def test_a_token_is_copied_from_the_longest_common_run(tokenizer: Tokenizer) -> None:
    passage = np.array(tokenizer.encode("the mayor saw the river. Then the mayor met the minister").ids, np.uint16)
    target = np.array([*tokenizer.encode("the mayor met the minister").ids, SENTENCE, END], np.uint16)
    origins = prepare_writer.Aligner(tokenizer).origins(target, passage)
    words = [tokenizer.id_to_token(int(i)) for i in passage]
    assert list(origins[-2:]) == [-1, -1]
    assert [words[i] for i in origins[1:-2]] == ["Ġmayor", "Ġmet", "Ġthe", "Ġminister"]
    assert list(np.diff(origins[1:-2])) == [1, 1, 1]
    assert origins[1] > 5  # of the second sentence: the run is longer there
    assert origins[0] == -1  # the run's first token has a space before it, and so another id


def test_common_short_words_alone_are_no_copies(tokenizer: Tokenizer) -> None:
    passage = np.array(tokenizer.encode("a minister on the river").ids, np.uint16)
    target = np.array(tokenizer.encode("it saw the minister").ids, np.uint16)
    origins = prepare_writer.Aligner(tokenizer).origins(target, passage)
    assert list(origins >= 0) == [*[False] * (len(target) - 1), True]


def test_the_tokens_of_sentences_are_those_of_the_passage(tokenizer: Tokenizer) -> None:
    document = writer_passages.Segmented.of(DIALOGUE, tokenizer)
    whole = document.passage(range(len(document.spans)), "whole")
    assert whole.text == DIALOGUE
    assert whole.ids == tokenizer.encode(DIALOGUE).ids
    assert document.n_tokens.sum() >= len(whole.ids) - 1


def test_a_turn_that_lacks_its_beginning_keeps_its_speaker(tokenizer: Tokenizer) -> None:
    document = writer_passages.Segmented.of(DIALOGUE, tokenizer)
    assert document.passage([1, 3], "selector").text == "Tom: I like to cook.\nAnna: I will come at eight."


def test_long_documents_are_shortened_to_their_salient_sentences(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_passages, "MAX_PASSAGE_TOKENS", 16)
    text = "The mayor met the dog. The cat saw it. He may go to the old town. The minister met the cat."
    story = pair(text, kind="Story")
    passage = writer_passages.passage_of(story, tokenizer, [-9.0, 9.0, -9.0, 5.0])
    assert (passage.text, passage.how) == ("The cat saw it. The minister met the cat.", "selector")
    assert writer_passages.passage_of(story, tokenizer, [1.0]).how == "cheap"  # scores of another text
    made = [writer_passages.passage_of(pair(text, id=f"set/{i}/0/0"), tokenizer, None) for i in range(20)]
    assert {passage.how for passage in made} == {"lead", "cheap"}
    assert all(text.startswith(passage.text) for passage in made if passage.how == "lead")
    assert all(len(passage.ids) <= 16 and passage.ids == tokenizer.encode(passage.text).ids for passage in made)


def test_a_question_draws_sentences_into_the_passage() -> None:
    sentences = ["The mayor met the dog.", "The cat saw it.", "The minister bought rubber buttons."]
    assert writer_passages.cheap_salience(sentences, "What about rubber buttons?").argmax() == 2
    assert writer_passages.cheap_salience(sentences).argmax() == 0


def make(tokenizer: Tokenizer, example: Pair) -> tuple[str, list[str], dict[str, int]]:
    """The prompt, the target's sentences and the counts of one pair's example; "" and none if it was dropped."""
    truecaser = writer_text.Truecaser([])
    made, counts = prepare_writer.ExampleMaker(tokenizer, truecaser, {}).make(example)
    if made is None:
        return "", [], dict(counts)
    assert made.source[0] == START
    assert made.source[-1] == made.target[-1] == END
    copied = made.origins > 0
    assert (made.source[made.origins[copied]] == made.target[copied]).all()
    assert (made.origins[copied] >= made.prompt_length).all()
    ends = np.flatnonzero(made.target[:-1] == SENTENCE)
    sentences = [tokenizer.decode(part.tolist()).strip() for part in np.split(made.target[:-1], ends)]
    return tokenizer.decode(made.source[1 : made.prompt_length].tolist()), sentences, dict(counts)


def test_unsupported_sentences_are_removed_and_those_that_refer_to_them(tokenizer: Tokenizer) -> None:
    document = f"{PASSAGE} He may go to the old town with the mayor and the minister on Monday."
    sentences = ("Anna paid it.", "She may go.", "Tom Smith paid $2,500.")
    prompt, target, counts = make(tokenizer, pair(document, *sentences))
    assert target == ["Tom Smith paid $2,500."]
    assert prompt.endswith(":\n\n")
    assert counts["sentences removed: name"] == counts["sentences removed: pronoun"] == 1
    assert make(tokenizer, pair(document, "Anna paid it."))[2]["dropped: no sentence left"] == 1
    assert make(tokenizer, pair("The mayor.", "The mayor."))[2]["dropped: short document"] == 1
    assert make(tokenizer, pair(document, "rain fell"))[2]["dropped: not of this document"] == 1
    assert make(tokenizer, pair(document, "rain fell everywhere"))[2]["sentences removed: content"] == 1


def test_some_summaries_are_shortened_and_their_prompts_say_so(tokenizer: Tokenizer) -> None:
    document = f"{PASSAGE} He may go to the old town with the mayor and the minister on Monday."
    lengths = []
    for i in range(60):
        sentences = ("Tom Smith paid $2,500.", "He may meet the mayor.", "He may go to the old town.")
        prompt, target, _ = make(tokenizer, pair(document, *sentences, id=f"set/{i}/0/0"))
        lengths.append(len(target))
        assert len(target) == 3 or f"{len(target)} sentence" in prompt
    assert set(lengths) == {1, 2, 3}
    assert lengths.count(3) > 40


def test_rows_become_pairs_of_their_sets() -> None:
    meeting = {"id": "1", "document": "Who spoke?\nTom: Yes , I do .\nTom:", "summary": "Tom spoke."}
    (made,) = writer_rows.pairs_of(meeting, DataSet("qmsum_specific", "Meeting"))
    assert (made.question, made.document.split("\n")[0]) == ("Who spoke?", "Tom: Yes, I do.")
    story = {"id": "1", "document": "By X\n[Transcriber's Note: old.]\nIt began.", "summary": "a"}
    pairs = list(writer_rows.pairs_of(story | {"references": ["a", "b", "a"]}, DataSet("squality", "Story")))
    assert [p.sentences for p in pairs] == [("a",), ("b",)]
    assert pairs[0].document == "It began."
    article = {
        "id": "1",
        "document": 'He said ?no? and didn?t go to "it? then',
        "summary": "?No? it is",
        "headline": "No",
    }
    pairs = list(writer_rows.pairs_of(article, DataSet("inshorts", "News", copies=2)))
    assert pairs[0].document == 'He said "no" and didn\'t go to "it" then'
    assert pairs[0].sentences == ('"No" it is',)


def write_data(folder: Path) -> Path:
    write_cnndm(folder)
    rows: list[Row] = [
        {"id": f"r{i}", "document": f"{CASED[0]} {CASED[1]} {i}", "summary": f"{CASED[2]} {i}", "headline": "New mayor"}
        for i in range(12)
    ]
    for name in ("reuters_lead", "inshorts"):
        write_rows(folder / f"{name}-train.jsonl.xz", rows[:8])
        write_rows(folder / f"{name}-validation.jsonl.xz", rows[8:])
    return folder


def test_the_arrays_of_both_splits_fit_together(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = tuple(s for s in writer_rows.MAIN_SETS if s.name in {"cnndm", "reuters_lead", "inshorts"})
    monkeypatch.setattr(prepare_writer, "MAIN_SETS", sets)
    monkeypatch.setattr(prepare_writer, "MIN_COVERED", 0.0)
    monkeypatch.setattr(writer_text.Evidence, "missing", lambda self, sentence: None)
    monkeypatch.setattr("prepare_news.MIN_DOCUMENT_WORDS", 20)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    data = write_data(tmp_path)
    outputs = [tmp_path / "packed", tmp_path / "again"]
    for output in outputs:
        command = [str(data), str(tmp_path / "tokenizer.json"), str(output)]
        result = CliRunner().invoke(prepare_writer.main, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert all(path.read_bytes() == (outputs[1] / path.name).read_bytes() for path in outputs[0].iterdir())
    kinds = json.loads((outputs[0] / "kinds.json").read_text())
    assert {"cnndm", "inshorts", "reuters_lead"} <= set(kinds["kinds"])
    for split in ("train", "valid"):
        tokens, origins, index = (np.load(outputs[0] / f"{split}-{n}.npy") for n in ("tokens", "origins", "index"))
        assert (tokens.dtype, origins.dtype, index.dtype) == (np.uint16, np.uint16, np.int32)
        assert index[:, 3].sum() == len(origins)
        assert index[0, 0] == 0
        assert (index[1:, 0] == (index[:, 0] + index[:, 1] + index[:, 3])[:-1]).all()
        assert (tokens[index[:, 0]] == START).all()
        assert (tokens[index[:, 0] + index[:, 1] - 1] == END).all()
        assert sum(kinds["figures"][split][name].get("examples", 0) for name in kinds["figures"][split]) == len(index)


def test_no_summary_is_in_both_splits(tmp_path: Path) -> None:
    data, news = write_data(tmp_path), writer_rows.MAIN_SETS[0]
    train, validation = (writer_rows.select_rows(data, news, split) for split in ("train", "validation"))
    keys = [{writer_rows.summary_key(row) for row in rows} for rows in (train, validation)]
    assert keys[0].isdisjoint(keys[1])
    assert len(train) == 24
    assert all(row["official_mix"] for row in validation)


def test_scores_are_made_for_long_documents_and_read_again(
    tokenizer: Tokenizer, salience_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_passages, "MAX_PASSAGE_TOKENS", 20)
    monkeypatch.setattr(writer_passages, "MAIN_SETS", (DataSet("scitldr", "Notes"),))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    rows = [{"id": f"p{i}", "document": ". ".join(FACTS[:9]), "summary": f"{FACTS[i]} {i}"} for i in range(4)]
    write_rows(tmp_path / "scitldr-train.jsonl.xz", rows[:2])
    write_rows(tmp_path / "scitldr-validation.jsonl.xz", rows[2:])
    scores = tmp_path / "scores.jsonl"
    command = [str(tmp_path), str(tmp_path / "tokenizer.json"), str(scores), "--model", str(salience_folder)]
    for _ in range(2):  # the second time there is nothing left to score
        result = CliRunner().invoke(writer_passages.main, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        assert {key: len(logits) for key, logits in writer_passages.read_scores(scores).items()} == {
            f"scitldr/p{i}": 9 for i in range(4)
        }
    assert writer_passages.read_scores(None) == {}
