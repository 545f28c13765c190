"""The attention that a decoding pass shows to an observer."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from summarize.network.attention import masked_softmax
from tests.helpers.models import MakeModel


@pytest.mark.parametrize("guided", [False, True])
def test_the_observed_weights_are_those_of_every_layer(make_model: MakeModel, guided: bool) -> None:
    """Against a plain pass: scores over [source ‖ summary], guided or not, one softmax, its source part."""
    model = make_model(salience=guided)
    sentences = torch.tensor([[-1, 0, 0, 1, -1], [-1, 0, -1, -1, -1]]) if guided else None
    src = torch.tensor([[101, 120, 130, 125, 102], [101, 110, 102, 0, 0]])
    tgt = torch.tensor([[101, 120, 125], [101, 110, 110]])
    observed: list[Tensor] = []
    with torch.inference_mode():
        memory = model.encode(src, sentences=sentences)
        model.decode(tgt, memory, observe=observed.append)
        *layers, pointer = observed
        assert (memory.guidance is not None) == guided
        guidance = 0 if memory.guidance is None else memory.guidance[:, None, None, :]
        x = model.embed(tgt, model.tgt_positions.weight[:3], segment=1)
        for i, (layer, (src_key, src_value), seen) in enumerate(zip(model.stack, memory.layers, layers, strict=True)):
            heads = layer.self_attention
            key, value = heads.project_memory(x)
            scores = heads.project_query(x) @ torch.cat([src_key, key.transpose(-1, -2)], 3) / key.shape[-1] ** 0.5
            if guided:
                scores[..., :5] += model.layer_guidance[i][None, :, None, None] * guidance
            for b, t in itertools.product(range(2), range(3)):
                scores[b, :, t, :5][:, src[b] == 0] = -torch.inf
                scores[b, :, t, 5 + t + 1 :] = -torch.inf
            weights = scores.softmax(-1)
            torch.testing.assert_close(seen, weights[..., :5])
            x = layer.finish(x, weights @ torch.cat([src_value, value], 2))
        query = model.pointer.project_query(x)
        scores = model.pointer.attention.scores(query, memory.pointer[0])
        if guided:
            scores = scores + model.pointer_guidance[None, :, None, None] * guidance
        torch.testing.assert_close(pointer, masked_softmax(scores, src.eq(0)[:, None, None, :]))


def test_observing_changes_nothing(make_model: MakeModel) -> None:
    model, src, tgt = make_model(), torch.tensor([[101, 120, 130, 102]]), torch.tensor([[101, 120]])
    with torch.inference_mode():
        memory = model.encode(src)
        plain, observed = model.decode(tgt, memory), model.decode(tgt, memory, observe=lambda _: None)
    assert torch.equal(plain.hidden, observed.hidden)
    assert torch.equal(plain.gate, observed.gate)
    assert torch.equal(plain.pointer, observed.pointer)
