"""Encoder memories: which documents are kept, whose memory changes, and how long tensors are held."""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch

from summarize.network.memory import Memory, MemoryBuffer


def memory(b: int, seed: int = 0, n_layers: int = 3) -> Memory:
    """A memory of b documents of random numbers."""
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(b, *shape, generator=generator)

    src = torch.randint(1, 100, (b, 5), generator=generator)
    layers = [(random(2, 4, 5), random(2, 5, 4)) for _ in range(n_layers)]
    return Memory(src, src < 20, layers, (random(1, 5, 8), random(1, 5, 8)), random(3), random(5))


def tensors(memory: Memory) -> list[torch.Tensor | None]:
    layers = [tensor for layer in memory.layers for tensor in layer]
    return [memory.src, memory.key_padding_mask, *layers, *memory.pointer, memory.salience_logits, memory.guidance]


def assert_equal(actual: Memory, expected: list[torch.Tensor | None]) -> None:
    for own, other in zip(tensors(actual), expected, strict=True):
        assert (own is None) == (other is None)
        assert own is None or other is None or torch.equal(own, other)


def select(memory: Memory, documents: list[int]) -> list[torch.Tensor | None]:
    """The plain version: every tensor's rows."""
    return [None if tensor is None else torch.stack([tensor[i] for i in documents]) for tensor in tensors(memory)]


@pytest.mark.parametrize("documents", [[1], [2, 0], [0, 0, 1]])
def test_documents_are_selected_in_order(documents: list[int]) -> None:
    whole = memory(3)
    before = tensors(whole)
    assert_equal(whole.select(torch.tensor(documents)), select(whole, documents))
    assert all(own is other for own, other in zip(tensors(whole), before, strict=True))


def test_a_copy_is_kept_by_itself() -> None:
    whole = memory(3)
    before = tensors(whole)
    copy = whole.copy()
    assert all(own is other for own, other in zip(tensors(copy), before, strict=True))
    copy.keep(torch.tensor([2]))
    assert all(own is other for own, other in zip(tensors(whole), before, strict=True))
    assert_equal(copy, select(whole, [2]))


def test_tensors_that_are_handed_over_are_freed_by_the_new_memory() -> None:
    old = memory(3)
    expected, src = tensors(old), old.src
    new = old.hand_over()
    assert_equal(new, expected)
    del expected
    first = weakref.ref(new.layers[0][0])
    new.keep(torch.tensor([0]))
    assert first() is None
    assert old.src is src


def test_a_memory_without_salience_is_selected() -> None:
    whole = memory(2)
    plain = Memory(whole.src, whole.key_padding_mask, whole.layers, whole.pointer)
    assert_equal(plain.select(torch.tensor([1])), select(plain, [1]))


def test_keeping_documents_frees_each_layer() -> None:
    """While the second layer is selected, the first whole one is gone."""
    whole = memory(3)
    first = weakref.ref(whole.layers[0][0])
    freed: list[bool] = []

    class Index:
        """Selects the second document, and notes whether the first layer was freed."""

        @classmethod
        def __torch_function__(cls, function: object, types: object, args: Any, kwargs: object = None) -> torch.Tensor:
            freed.append(first() is None)
            return args[0][torch.tensor([1])]

    expected = select(whole, [1])
    whole.keep(Index())  # type: ignore[arg-type]
    assert_equal(whole, expected)
    # The source, its mask, the first layer's keys and values; then all that comes after.
    assert freed == [False] * 4 + [True] * 8


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]),
        ([1, 3, 5], [1, 3, 5]),
        ([2, 3, 4], [2, 3, 4]),  # one whole part
        ([5], [5]),
    ],
)
def test_a_buffer_joins_the_documents_that_are_kept(kept: list[int], expected: list[int]) -> None:
    parts = [memory(2, seed=1), memory(3, seed=2), memory(1, seed=3)]
    before = [tensors(part) for part in parts]
    buffer = MemoryBuffer()
    for part in parts:
        buffer.append(part)
    buffer.keep(kept)
    joined = buffer.join()
    together = [None if own[0] is None else torch.cat(own) for own in zip(*before, strict=True)]  # type: ignore[arg-type]
    plain = Memory(together[0], together[1], [], (together[0], together[0]))  # type: ignore[arg-type]
    assert plain.src.shape[0] == 6
    rows = [None if tensor is None else tensor[expected] for tensor in together]
    assert_equal(joined, [*rows[:-2], None, None])  # without salience and guidance
    for part, own in zip(parts, before, strict=True):  # memories that were appended do not change
        assert all(a is b for a, b in zip(tensors(part), own, strict=True))


def test_documents_are_dropped_step_by_step() -> None:
    first, second, third = memory(2, seed=1), memory(2, seed=2), memory(2, seed=3)
    buffer = MemoryBuffer()
    buffer.append(first)
    buffer.append(second)
    buffer.keep([1, 2])
    buffer.append(third)
    buffer.keep([1, 3])  # the first of the second memory and the second of the third
    expected = [
        torch.stack([a[0], b[1]])
        for a, b in zip(tensors(second)[:-2], tensors(third)[:-2], strict=True)
        if a is not None and b is not None
    ]
    assert_equal(buffer.join(), [*expected, None, None])


def test_an_empty_buffer_is_not_joined() -> None:
    buffer = MemoryBuffer()
    with pytest.raises(ValueError, match="empty buffer"):
        buffer.join()
    buffer.append(memory(1))
    buffer.keep([])
    with pytest.raises(ValueError, match="empty buffer"):
        buffer.join()


def test_a_joined_buffer_is_empty() -> None:
    buffer = MemoryBuffer()
    buffer.append(memory(2))
    assert buffer.join().src.shape[0] == 2
    with pytest.raises(ValueError, match="empty buffer"):
        buffer.join()


def test_joining_frees_each_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the last layer is joined, the parts' first layers are gone, if nobody else holds them."""
    buffer = MemoryBuffer()
    references = []
    for seed in range(2):
        part = memory(2, seed)
        references.append(weakref.ref(part.layers[0][0]))
        buffer.append(part)
    del part
    cat, freed = torch.cat, []

    def watched(tensors: list[torch.Tensor]) -> torch.Tensor:
        freed.append([reference() is None for reference in references])
        return cat(tensors)

    monkeypatch.setattr(torch, "cat", watched)
    buffer.join()
    assert freed[-3] == [True, True]  # of the last layer's values; two more are the pointer's
