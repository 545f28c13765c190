"""Conversations read with their speakers' names where they say "I" and "you"."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from summarize import Request, SearchOptions, Summarizer
from summarize.checkpoints.files import TOKENIZER
from summarize.checkpoints.model_folder import find_model
from summarize.decoding.hypothesis import Hypothesis
from summarize.documents import TextPair
from summarize.pipeline import generator
from summarize.pipeline.encoder import DocumentEncoder
from summarize.text.pronouns import PronounResolver, unresolved
from summarize.text.tokenizer import Encoding, Tokenizer
from summarize.training.pairs import encode_pairs
from tests.helpers.models import MakeModel

TWO = """Tom: I was at the bridge. Did you see me, Anna?
Anna: You and your bridge! I'm in York.
Tom: Then I will be there on Monday. Is it yours?"""
THREE = f"{TWO}\nThe Mayor: I met you."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(find_model("news") / TOKENIZER)


def read(tokenizer: Tokenizer, encoding: Encoding) -> str:
    return " ".join(tokenizer.vocabulary[token] for token in encoding.ids)


def named(tokenizer: Tokenizer, text: str) -> str:
    return read(tokenizer, PronounResolver(tokenizer, text).named(tokenizer.encode(text)).encoding)


def test_each_says_who_does_what(tokenizer: Tokenizer) -> None:
    assert named(tokenizer, TWO) == (
        "tom : tom was at the bridge . did anna see tom , anna ? "
        "anna : tom and tom bridge ! anna ' m in york . "
        "tom : then tom will be there on monday . is it anna ?"
    )


def test_of_three_it_is_not_known_who_you_are(tokenizer: Tokenizer) -> None:
    found = named(tokenizer, THREE)
    assert "did you see tom , anna ?" in found
    assert found.endswith("the mayor : the mayor met you .")


@pytest.mark.parametrize(
    "text",
    [
        "I met you, and you met me.",
        "Tom: What is in there? Henry I and my T-shirt.",  # one turn
        TWO.replace("I", "We").replace("me,", "us,").replace("ou", "ouse"),
        f"{TWO[:3]} 'i_i' xi. mei. you2".join(["Tom: a b c d.\nAnna: e f g h.\n"] * 2),
    ],
)
def test_all_else_is_read_as_it_is(tokenizer: Tokenizer, text: str) -> None:
    plain = tokenizer.encode(text)
    found = PronounResolver(tokenizer, text).named(plain)
    assert found == unresolved(plain)


def test_a_name_stands_where_the_speaker_is_named(tokenizer: Tokenizer) -> None:
    plain = tokenizer.encode(TWO)
    found = PronounResolver(tokenizer, TWO).named(plain)
    changed = 0
    for token, span, place in zip(found.encoding.ids, found.encoding.spans, found.places, strict=True):
        assert TWO[slice(*span)].lower() == tokenizer.vocabulary[token]
        if token != plain.ids[place]:
            changed += 1
            assert TWO[span[1]] == ":"
    assert changed == 8


def test_a_passage_is_read_with_names_and_told_with_them(
    make_model: MakeModel, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is copied from a name that was put in is the name before a turn."""
    model = make_model(vocab_size=len(tokenizer.vocabulary), max_src=64, max_tgt=48)
    summarizer = Summarizer(model, tokenizer, SearchOptions(min_length=1, max_length=40, name_speakers=True))
    tokens = tokenizer.encode("anna is in york.").ids
    plain = tokenizer.encode(TWO)
    source = PronounResolver(tokenizer, TWO).named(plain).encoding.ids
    at = [source.index(p) for p in tokens]
    at[0] = [i for i, p in enumerate(source) if p == tokens[0]][3]  # "Anna'm", not "Anna:"
    copied = torch.zeros(len(tokens), 64)
    copied[torch.arange(len(at)), torch.tensor(at) + 1] = 1  # START comes first
    monkeypatch.setattr(generator, "beam_search", lambda *_: [[Hypothesis(tuple(tokens), 0.0, copied)]])
    summary = summarizer.summarize(TWO, Request(explain=True))
    assert summary.text == "Anna is in York."
    words = summary.sentences[0].words
    assert [TWO[slice(*word.span)] if word.span else None for word in words][::2] == ["Anna", "in", "."]
    assert words[0].span == (TWO.index("Anna:"), TWO.index("Anna:") + 4)
    assert summary.explanation is not None


def test_a_sentence_is_as_long_as_it_is_read(make_model: MakeModel, tokenizer: Tokenizer) -> None:
    model = make_model(vocab_size=len(tokenizer.vocabulary), max_src=64, max_tgt=48)
    text = TWO.replace("Tom", "#Person1#").replace("Anna", "#Person2#")
    plain, naming = (
        DocumentEncoder(model, tokenizer, 64, name_speakers=named).cut([text])[0] for named in (False, True)
    )
    assert (plain.spans == naming.spans).all()
    grown = naming.sizes - plain.sizes
    assert grown.sum() == 8 * (len(tokenizer.encode("#Person1#").ids) - 1)
    passage = DocumentEncoder(model, tokenizer, 256, name_speakers=True).passage(naming, range(len(naming)))
    assert len(passage.encoding.ids) == naming.sizes.sum()
    assert (np.bincount(passage.numbers) == naming.sizes).all()


def test_a_long_conversation_is_read_anew_with_names(
    make_model: MakeModel, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(vocab_size=len(tokenizer.vocabulary), max_src=64, max_tgt=48)
    reader = DocumentEncoder(model, tokenizer, 256, name_speakers=True)
    kept = reader.cut([TWO])[0]
    monkeypatch.setattr("summarize.pipeline.encoder.KEPT", 10)
    anew = reader.cut([TWO])[0]
    assert anew.encodings is None
    every = range(len(kept))
    assert reader.passage(kept, every).encoding == reader.passage(anew, every).encoding


def test_pairs_are_learned_from_with_names(tokenizer: Tokenizer) -> None:
    pair = TextPair("1", TWO, "Anna is in York.")
    (plain,) = encode_pairs([pair], tokenizer, 64, salience=True)
    (found,) = encode_pairs([pair], tokenizer, 64, salience=True, name_speakers=True)
    assert [tokenizer.vocabulary[i] for i in found.src] == named(tokenizer, TWO).split()
    assert plain.sentences is not None
    assert found.sentences is not None
    assert found.sentences.tolist() == plain.sentences.tolist()  # a name of one token each
    (short,) = encode_pairs([pair], tokenizer, 8, name_speakers=True)
    assert len(short.src) == 8
