"""Passages: a document's tokens picked out of its encoded window, with the mark on the source sentence."""

from __future__ import annotations

import pytest
import torch

from summarize.network.pointer_generator import PointerGenerator
from summarize.network.salience import SentenceMark
from tests.helpers.models import MakeModel

SRC = torch.tensor([[101, 110, 111, 112, 113, 114, 102, 0], [101, 120, 121, 122, 110, 115, 116, 102]])
SENTENCES = torch.tensor([[-1, 0, 0, 1, 1, 1, -1, -1], [-1, 0, 1, 1, 1, 2, 2, -1]])
DOCUMENTS, POSITIONS = torch.tensor([0, 1, 0]), torch.tensor([[1, 2, 3, 4, 5], [5, 6, -1, -1, -1], [-1] * 5])
IS_MARKED = torch.tensor([[False, False, True, True, True], [True, True, False, False, False], [False] * 5])


def test_a_mark_is_added_to_the_marked_tokens_alone() -> None:
    mark = SentenceMark(2, 3)
    for parameter in mark.parameters():
        torch.nn.init.normal_(parameter)
    key, value = torch.randn(1, 2, 4, 3), torch.randn(1, 2, 4, 3)
    marked = mark(key, value, torch.tensor([[False, True, True, False]]))
    for before, after, added in zip((key, value), marked, (mark.key, mark.value), strict=True):
        torch.testing.assert_close(after[..., 1:3, :], before[..., 1:3, :] + added)
        torch.testing.assert_close(after[..., [0, 3], :], before[..., [0, 3], :])


@torch.no_grad()
def test_passages_are_the_documents_tokens_with_their_mark(sentencewise_model: PointerGenerator) -> None:
    memory = sentencewise_model.encode(SRC, sentences=SENTENCES)
    passages = sentencewise_model.passages(memory, DOCUMENTS, POSITIONS, IS_MARKED)
    assert passages.src.tolist() == [[110, 111, 112, 113, 114], [115, 116, 0, 0, 0], [0] * 5]
    assert torch.equal(passages.key_padding_mask, POSITIONS < 0)
    before, after = ([(k.transpose(-1, -2), v) for k, v in m.layers] + [m.pointer] for m in (memory, passages))
    for mark, old_pair, new_pair in zip(sentencewise_model.marks, before, after, strict=True):
        for added, old, new in zip((mark.key, mark.value), old_pair, new_pair, strict=True):
            torch.testing.assert_close(new[0, :, :2], old[0, :, 1:3])
            torch.testing.assert_close(new[0, :, 2:], old[0, :, 3:6] + added)
            torch.testing.assert_close(new[1, :, :2], old[1, :, 5:7] + added)


@torch.no_grad()
def test_layers_are_converted_and_the_pointer_is_not(sentencewise_model: PointerGenerator) -> None:
    memory = sentencewise_model.encode(SRC, sentences=SENTENCES)
    exact = sentencewise_model.passages(memory, DOCUMENTS, POSITIONS, IS_MARKED)
    half = sentencewise_model.passages(memory, DOCUMENTS, POSITIONS, IS_MARKED, torch.bfloat16)
    for own, other in zip(half.layers, exact.layers, strict=True):
        for tensor, expected in zip(own, other, strict=True):
            assert tensor.dtype == torch.bfloat16
            assert torch.equal(tensor, expected.to(torch.bfloat16))
    assert all(torch.equal(a, b) for a, b in zip(half.pointer, exact.pointer, strict=True))
    assert {x.dtype for x in half.pointer} == {torch.float32}


def test_a_network_without_marks_cannot_generate_sentence_by_sentence(make_model: MakeModel) -> None:
    model = make_model(salience=True)
    with pytest.raises(ValueError, match="without sentence marks"):
        model.set_sentencewise(True)
    assert not model.config.sentencewise
    model.set_sentencewise(False)


def test_a_network_with_marks_can_generate_whole_summaries(sentencewise_model: PointerGenerator) -> None:
    config = sentencewise_model.config
    sentencewise_model.set_sentencewise(False)
    assert not sentencewise_model.config.sentencewise
    sentencewise_model.set_sentencewise(True)
    assert sentencewise_model.config == config
