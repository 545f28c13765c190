"""Summaries by the writer: its folder loaded by name or path, limits, attribution, and what takes a wrong sentence's
place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from summarize import SearchOptions, Summarizer
from summarize.checkpoints.model_folder import describe, model_fingerprint, save_model
from summarize.checkpoints.packed_folder import save_writer
from summarize.decoding.hypothesis import Hypothesis
from summarize.grounding.explanation import Head
from summarize.network.causal_pointer_generator import CausalConfig, CausalPointerGenerator
from summarize.pipeline.attribution import AttentionTrace
from summarize.pipeline.encoder import SourceTokens
from summarize.pipeline.generated import Generated
from summarize.pipeline.passages import passage_tokens
from summarize.pipeline.summary import Sentence, SummaryWord
from summarize.pipeline.writer import supported_candidates
from summarize.text.tokenizer import Tokenizer
from summarize.text.vocabulary import SENTENCE
from tests.helpers.byte_pair import small_byte_pair
from tests.helpers.models import MORE, NEWS, MakeModel
from tests.helpers.segmented import segmented

SEARCH = SearchOptions(
    max_src=200, beam_size=2, min_length=4, max_length=30, no_repeat_words=3, check_names=True, whole=True
)


@pytest.fixture(scope="module")
def writer_folder(make_model: MakeModel, wide_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random writer, whose selector is a small random model."""
    root = tmp_path_factory.mktemp("models")
    selector = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    save_model(root / "selector", selector, wide_tokenizer, SearchOptions(max_src=64, max_length=14))
    torch.manual_seed(0)
    sizes = {"d_model": 64, "n_heads": 4, "n_kv_heads": 2, "n_layers": 2, "d_ff": 64, "pointer_heads": 2}
    vocab_size = len(small_byte_pair().vocabulary)
    model = CausalPointerGenerator(CausalConfig(vocab_size, max_src=256, max_tgt=48, **sizes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    save_writer(root / "writer", model, SEARCH, selector=str(root / "selector"))
    small_byte_pair().save(root / "writer" / "tokenizer.json")
    return root / "writer"


@pytest.fixture(scope="module")
def summarizer(writer_folder: Path) -> Summarizer:
    return Summarizer.load(writer_folder, precision="fp32")


@pytest.mark.parametrize("words", [None, 3, 12])
def test_summary_is_within_its_limits_and_has_no_number_of_its_own(summarizer: Summarizer, words: int | None) -> None:
    for text in (NEWS, MORE, NEWS + "\n\n" + MORE * 12):
        summary = summarizer.summarize(text, words=words)
        assert summary.sentences
        assert words is None or len(summary.text.split()) <= words
        assert set(re.findall(r"\d[\d.,]*\d|\d", summary.text)) <= set(re.findall(r"\d[\d.,]*\d|\d", text))


def test_number_of_sentences_is_kept(summarizer: Summarizer) -> None:
    assert len(summarizer.summarize(MORE * 6, sentences=1).sentences) == 1


def test_copied_words_stand_where_they_say(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(MORE * 3, explain=True)
    words = [word for sentence in summary.sentences for word in sentence.words]
    for word in words:
        assert word.span is None or word.text in MORE * 3
    assert summary.explanation is not None
    assert len(summary.explanation.p_gen) == len(words)


def test_explained_summary_is_the_same(summarizer: Summarizer) -> None:
    for text in (NEWS, MORE * 3):
        assert summarizer.summarize(text, explain=True).text == summarizer.summarize(text).text


def test_long_document_is_read_by_selection(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(MORE * 40)
    assert summary.scored
    assert summary.selected_words < summary.words


def test_extracts_are_the_selectors(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(MORE, extractive=True, sentences=1)
    assert summary.sentences[0].text in MORE


def test_batch_gives_what_single_texts_give(summarizer: Summarizer) -> None:
    texts = [NEWS, MORE, NEWS + MORE]
    together = [summary.text for summary in summarizer.summarize_many(texts, 3)]
    assert together == [summarizer.summarize(text).text for text in texts]


def test_folder_is_described_and_told_from_others(writer_folder: Path) -> None:
    assert "selector" in describe(writer_folder)
    before = model_fingerprint(writer_folder)
    tokenizer = writer_folder / "tokenizer.json"
    content = tokenizer.read_bytes()
    tokenizer.write_bytes(content + b"\n")
    assert model_fingerprint(writer_folder) != before
    tokenizer.write_bytes(content)


def source_of(*sentences: str) -> SourceTokens:
    return passage_tokens(small_byte_pair(), segmented(sentences), np.arange(len(sentences)), 500)


DOCUMENT = ("The mayor paid 2,500 for the bridge.", "It rained on Monday in the old town.", "Anna left.")


def written(source: SourceTokens, *sentences: str) -> tuple[Hypothesis, Generated]:
    """A summary whose words are copied from the first place that has them, and its hypothesis."""
    text, result, ids = source.document.text, [], list[int]()
    for number, line in enumerate(sentences):
        words = []
        for i, word in enumerate(line.split()):
            start = text.find(word)
            span = (start, start + len(word)) if start >= 0 else None
            words.append(SummaryWord(word, float(span is not None), span, i > 0))
        result.append(Sentence(line, tuple(words)))
        ids += [*([SENTENCE] if number else []), 200]
    hypothesis = Hypothesis(tuple(ids), -0.1, torch.zeros(len(ids), 1), (-0.1,) * len(ids))
    return hypothesis, Generated(tuple(result), -0.1)


@pytest.mark.parametrize(
    ("sentences", "kept"),
    [
        (["The mayor paid 2,500 for it.", "It rained in the old town."], {0: "The mayor paid", 1: "It rained"}),
        (["The mayor paid 300 for the bridge."], {}),  # a number that is not in the document
        (["It rained on Monday for 2,500 Monday."], {}),  # one that counts something else there
        (["Then she went home."], {}),  # nothing is copied
        (["It rained on Monday.", "It rained in the old town."], {1: "It rained on"}),  # one for each sentence
    ],
)
def test_supported_sentences_are_candidates(sentences: list[str], kept: dict[int, str]) -> None:
    source = source_of(*DOCUMENT)
    candidates = supported_candidates(*written(source, *sentences), source, 0.6)
    assert {candidate.sentence_index for candidate in candidates} == kept.keys()
    assert all(c.sentence.text.startswith(kept[c.sentence_index]) for c in candidates)
    assert all(c.score == pytest.approx(-0.1) for c in candidates)


def test_candidates_have_the_traces_of_their_own_words() -> None:
    source = source_of(*DOCUMENT)
    hypothesis, summary = written(source, "The mayor paid 2,500.", "It rained on Monday.", "Anna left.")
    n_words = sum(len(s.words) for s in summary.sentences)
    empty = np.zeros((1, n_words, 0))
    trace = AttentionTrace(
        ((0, 3),), (Head(None, None),), empty.astype(np.int64), empty.astype(np.float32), tuple(range(n_words))
    )
    candidates = supported_candidates(hypothesis, replace(summary, traces=(trace,)), source, 0.6)
    assert [c.traces[0].p_gen for c in candidates] == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9)]
