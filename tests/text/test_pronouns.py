"""Pronouns of a conversation replaced by speakers' names, alone and in the pipeline."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from summarize import Request, SearchOptions, Summarizer
from summarize.checkpoints.files import TOKENIZER
from summarize.checkpoints.model_folder import find_model
from summarize.decoding.hypothesis import Hypothesis
from summarize.documents import TextPair
from summarize.pipeline import summary_decoder
from summarize.pipeline.encoder import DocumentEncoder
from summarize.text.pronouns import PronounResolver, ResolvedEncoding
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


def as_text(tokenizer: Tokenizer, encoding: Encoding) -> str:
    return " ".join(tokenizer.vocabulary[token] for token in encoding.ids)


def resolved(tokenizer: Tokenizer, text: str) -> str:
    return as_text(tokenizer, PronounResolver(tokenizer, text).resolve(tokenizer.encode(text)).encoding)


def test_i_and_you_are_replaced_by_names(tokenizer: Tokenizer) -> None:
    assert resolved(tokenizer, TWO) == (
        "tom : tom was at the bridge . did anna see tom , anna ? "
        "anna : tom and tom bridge ! anna ' m in york . "
        "tom : then tom will be there on monday . is it anna ?"
    )


def test_among_three_speakers_you_stays(tokenizer: Tokenizer) -> None:
    text = resolved(tokenizer, THREE)
    assert "did you see tom , anna ?" in text
    assert text.endswith("the mayor : the mayor met you .")


@pytest.mark.parametrize(
    "text",
    [
        "I met you, and you met me.",
        "Tom: What is in there? Henry I and my T-shirt.",  # one turn
        TWO.replace("I", "We").replace("me,", "us,").replace("ou", "ouse"),
        f"{TWO[:3]} 'i_i' xi. mei. you2".join(["Tom: a b c d.\nAnna: e f g h.\n"] * 2),
    ],
)
def test_other_texts_and_words_stay_unchanged(tokenizer: Tokenizer, text: str) -> None:
    plain = tokenizer.encode(text)
    assert PronounResolver(tokenizer, text).resolve(plain) == ResolvedEncoding.unchanged(plain)


def test_an_inserted_name_has_the_span_of_the_speakers_label(tokenizer: Tokenizer) -> None:
    plain = tokenizer.encode(TWO)
    resolved = PronounResolver(tokenizer, TWO).resolve(plain)
    n_replaced = 0
    for token, span, i in zip(resolved.encoding.ids, resolved.encoding.spans, resolved.token_indices, strict=True):
        assert TWO[slice(*span)].lower() == tokenizer.vocabulary[token]
        if token != plain.ids[i]:
            n_replaced += 1
            assert TWO[span[1]] == ":"
    assert n_replaced == 8


def test_all_tokens_of_a_name_have_the_index_of_the_pronoun(tokenizer: Tokenizer) -> None:
    plain = tokenizer.encode(THREE)
    resolved = PronounResolver(tokenizer, THREE).resolve(plain)
    i = len(plain.ids) - 4  # the last "I", which becomes "the mayor"
    assert [tokenizer.vocabulary[token] for token in plain.ids[i:]] == ["i", "met", "you", "."]
    assert resolved.token_indices == [*range(i), i, i, i + 1, i + 2, i + 3]


def test_a_summary_copies_an_inserted_name_from_the_speakers_label(
    make_model: MakeModel, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(vocab_size=len(tokenizer.vocabulary), max_src=64, max_tgt=48)
    summarizer = Summarizer.from_network(
        model, tokenizer, SearchOptions(min_length=1, max_length=40, name_speakers=True)
    )
    tokens = tokenizer.encode("anna is in york.").ids
    plain = tokenizer.encode(TWO)
    source = PronounResolver(tokenizer, TWO).resolve(plain).encoding.ids
    positions = [source.index(token) for token in tokens]
    positions[0] = [i for i, token in enumerate(source) if token == tokens[0]][3]  # "Anna'm", not "Anna:"
    copied = torch.zeros(len(tokens), 64)
    copied[torch.arange(len(positions)), torch.tensor(positions) + 1] = 1  # START is at position 0
    monkeypatch.setattr(summary_decoder, "beam_search", lambda *_: [[Hypothesis(tuple(tokens), 0.0, copied)]])
    summary = summarizer.summarize(TWO, Request(explain=True))
    assert summary.text == "Anna is in York."
    words = summary.sentences[0].words
    assert [TWO[slice(*word.span)] if word.span else None for word in words][::2] == ["Anna", "in", "."]
    assert words[0].span == (TWO.index("Anna:"), TWO.index("Anna:") + 4)
    assert summary.explanation is not None


def test_the_number_of_tokens_of_a_sentence_includes_inserted_names(
    make_model: MakeModel, tokenizer: Tokenizer
) -> None:
    model = make_model(vocab_size=len(tokenizer.vocabulary), max_src=64, max_tgt=48)
    text = TWO.replace("Tom", "#Person1#").replace("Anna", "#Person2#")
    encoder = DocumentEncoder(model, tokenizer, 256, name_speakers=True)
    (plain,) = DocumentEncoder(model, tokenizer, 256).segment([text])
    (named,) = encoder.segment([text])
    assert (plain.spans == named.spans).all()
    n_added = named.n_tokens - plain.n_tokens
    assert n_added.sum() == 8 * (len(tokenizer.encode("#Person1#").ids) - 1)
    source = encoder.source_tokens(named, range(len(named)))
    assert len(source.encoding.ids) == named.n_tokens.sum()
    assert (np.bincount(source.sentence_of_token) == named.n_tokens).all()


def test_a_conversation_too_long_for_the_cache_is_resolved_again(
    make_model: MakeModel, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(vocab_size=len(tokenizer.vocabulary), max_src=64, max_tgt=48)
    encoder = DocumentEncoder(model, tokenizer, 256, name_speakers=True)
    (cached,) = encoder.segment([TWO])
    monkeypatch.setattr("summarize.pipeline.encoder.MAX_CACHED_CHARS", 10)
    (uncached,) = encoder.segment([TWO])
    assert uncached.encodings is None
    all_sentences = range(len(cached))
    encoding = encoder.source_tokens(uncached, all_sentences).encoding
    assert encoding == encoder.source_tokens(cached, all_sentences).encoding
    assert as_text(tokenizer, encoding) == resolved(tokenizer, TWO)


def test_training_pairs_have_names_in_place_of_pronouns(tokenizer: Tokenizer) -> None:
    pair = TextPair("1", TWO, "Anna is in York.")
    (plain,) = encode_pairs([pair], tokenizer, 64, salience=True)
    (named,) = encode_pairs([pair], tokenizer, 64, salience=True, name_speakers=True)
    assert [tokenizer.vocabulary[i] for i in named.src] == resolved(tokenizer, TWO).split()
    assert plain.sentences is not None
    assert named.sentences is not None
    assert named.sentences.tolist() == plain.sentences.tolist()  # each name is one token
    (truncated,) = encode_pairs([pair], tokenizer, 8, name_speakers=True)
    assert len(truncated.src) == 8
