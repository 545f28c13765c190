"""Marks on chosen sentences: what they add, how they are learned, and which sentences a search marks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import MakeModel

from summarize.batching import Batch
from summarize.checkpoints import load_model
from summarize.errors import UsageError
from summarize.lengths import Limits
from summarize.model import PointerGenerator, shift_right
from summarize.objective import Objective
from summarize.reading import Passage, Reader
from summarize.salience import SentenceMarks, marks_of
from summarize.search import SearchOptions
from summarize.tokenizer import Encoding, Tokenizer
from summarize.training import Trainer, TrainingOptions
from summarize.writing import Writer

SRC = torch.tensor([[101, 110, 111, 112, 113, 114, 102, 0], [101, 120, 121, 122, 110, 115, 116, 102]])
SENTENCES = torch.tensor([[-1, 0, 0, 1, 1, 1, -1, -1], [-1, 0, 1, 1, 1, 2, 2, -1]])
TGT = torch.tensor([[110, 112, 1, 120, 102], [121, 110, 102, 0, 0]])
SALIENT = torch.nn.functional.pad(torch.tensor([[0.0, 1, -1], [1, 0, 1]]), (0, 13), value=-1.0)
MARKS = torch.tensor([[0, 0, 0, 1, 1, 1, 0, 0], [0, 1, 0, 0, 0, 2, 2, 0]])


@pytest.fixture
def marked(make_model: MakeModel) -> PointerGenerator:
    """A model whose marks say something."""
    model = make_model(salience=True, marks=3)
    with torch.no_grad():
        for own in model.marks.parameters():
            own.normal_(0, 0.5)
    return model


def test_chosen_sentences_are_numbered_in_their_order() -> None:
    assert torch.equal(marks_of(SALIENT.eq(1), SENTENCES), MARKS)


def test_a_mark_adds_its_vectors_and_no_mark_nothing() -> None:
    marks = SentenceMarks(2, 3, 4)
    for own in marks.parameters():
        torch.nn.init.normal_(own)
    key, value = torch.randn(1, 3, 5, 4), torch.randn(1, 3, 5, 4)
    found = marks(key, value, torch.tensor([[0, 1, 2, 0, 7]]))
    for before, after, added in zip((key, value), found, (marks.key, marks.value), strict=True):
        for s, mark in enumerate((0, 1, 2, 0, 2)):  # the last for all beyond it
            expected = before[0, :, s] + (added[mark - 1] if mark else 0)
            torch.testing.assert_close(after[0, :, s], expected)


def test_marks_change_what_is_decoded_and_only_where_they_are(marked: PointerGenerator) -> None:
    with torch.no_grad():
        memory = marked.encode(SRC, sentences=SENTENCES)
        plain = marked.decode(shift_right(TGT), memory).log_probs(SRC)
        none = marked.decode(shift_right(TGT), marked.mark(memory, torch.zeros_like(MARKS))).log_probs(SRC)
        first_only = marked.mark(memory, MARKS * torch.tensor([[1], [0]]))
        found = marked.decode(shift_right(TGT), first_only).log_probs(SRC)
    torch.testing.assert_close(none, plain)
    torch.testing.assert_close(found[1], plain[1])
    assert (found[0] - plain[0]).abs().max() > 0.01


def test_the_oracles_sentences_are_marked_in_learning(marked: PointerGenerator) -> None:
    batch = Batch(SRC, TGT, SENTENCES, SALIENT)
    memory = marked.encode(SRC, sentences=SENTENCES)
    log_probs = marked.decode(shift_right(TGT), marked.mark(memory, MARKS)).log_probs(SRC)
    there = TGT.ne(0)
    expected = -log_probs.gather(-1, TGT[..., None]).squeeze(-1)[there].mean()
    torch.testing.assert_close(Objective(salience_weight=1, unmarked=1)(marked.eval(), batch).nll, expected)
    without = Objective(salience_weight=1, unmarked=1)(marked.train(), batch).nll
    assert not torch.isclose(without, expected)
    Objective(salience_weight=1)(marked, batch).total.backward()
    assert all(own.grad is not None and own.grad.abs().max() > 0 for own in marked.marks.parameters())


def writer(model: PointerGenerator, tokenizer: Tokenizer, marked: int) -> Writer:
    options = SearchOptions(max_src=24, max_length=8, min_length=1, marked=marked)
    return Writer(Reader(model, tokenizer, 24), options)


def passage(sizes: list[int], ids: list[int]) -> Passage:
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    encoding = Encoding("", ids, [(0, 0)] * len(ids))
    return Passage(encoding, numbers, np.arange(len(sizes)), 0)


def test_the_most_salient_are_marked_that_do_not_repeat_each_other(
    marked: PointerGenerator, tiny_tokenizer: Tokenizer
) -> None:
    ids = [*range(110, 118), *range(120, 128), *range(110, 118), *range(130, 138), 140, 141]
    read = passage([8, 8, 8, 8, 2], ids)
    salience = torch.tensor([1.0, 0.5, 2.0, -1.0, 9.0])
    found = writer(marked, tiny_tokenizer, 3)._chosen(salience, read, Limits(0, 8))
    assert found == [2, 1, 3]  # the first repeats the third; the last is too short to be told
    assert writer(marked, tiny_tokenizer, 3)._chosen(salience, read, Limits(0, 8, sentences=1)) == [2]
    assert writer(marked, tiny_tokenizer, 3)._chosen(salience, read, Limits(0, 8, words=36)) == [2, 1]


def test_marks_are_where_the_sentences_are(marked: PointerGenerator, tiny_tokenizer: Tokenizer) -> None:
    own = writer(marked, tiny_tokenizer, 3)
    read = [passage([2, 3], [110] * 5), passage([1, 3, 2], [110] * 6)]
    memory = marked.encode(SRC)
    assert torch.equal(own._marks([[1], [2, 0]], read, memory), MARKS)


def test_a_model_learns_marks_that_it_lacked(tmp_path: Path, pairs: Path) -> None:
    first = TrainingOptions(
        str(pairs), str(pairs), vocab_size=200, d_model=16, n_heads=2, n_layers=1, batch_size=4, steps=2,
        validate_every=2, rouge_examples=1, salience_weight=1.0, max_src=48, precision="fp32",
    )  # fmt: skip
    Trainer(first, tmp_path / "first").run()
    again = TrainingOptions(**(vars(first) | {"initial": str(tmp_path / "first" / "best"), "marks": 3, "steps": 4}))
    trainer = Trainer(again, tmp_path / "second")
    trainer.run()
    model, _, _ = load_model(tmp_path / "second" / "best")
    assert model.config.marks == 3
    assert all(own.abs().max() > 0 for own in model.marks.parameters())
    assert json.loads((tmp_path / "second" / "options.json").read_text())["marks"] == 3


def test_marks_need_salience(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(UsageError, match="--marks needs --salience-weight"):
        Trainer(TrainingOptions(str(pairs), vocab_size=200, marks=3), tmp_path / "run")
