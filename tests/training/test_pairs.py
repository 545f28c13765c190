"""Encoded pairs on disk: the same again, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from summarize.documents import TextPair
from summarize.text.tokenizer import Tokenizer
from summarize.training.batches import collate, later_starts
from summarize.training.pairs import PARTS, encode_pairs, load_pairs, mark_of, save_pairs

DOCUMENT = "The mayor visits the old bridge. Anna Smith said it was old. " * 6 + "John met the minister in March."
TEXTS = [TextPair("1", DOCUMENT, "John met the minister."), TextPair("2", "A dog. A bridge.", "A bridge.")]


@pytest.mark.parametrize("salience", [False, True])
def test_what_is_saved_is_loaded(tmp_path: Path, wide_tokenizer: Tokenizer, salience: bool) -> None:
    pairs = encode_pairs(TEXTS, wide_tokenizer, 32, salience)
    save_pairs(tmp_path / "pairs", pairs, "mark")
    loaded = load_pairs(tmp_path / "pairs", "mark")
    assert loaded is not None
    for before, after in zip(pairs, loaded, strict=True):
        for part in ("src", "tgt", "sentences", "worth"):
            np.testing.assert_array_equal(getattr(before, part), getattr(after, part))
            assert (getattr(after, part) is None) == (getattr(before, part) is None)


def test_another_file_another_vocabulary_another_length_are_not_the_same(
    tmp_path: Path, wide_tokenizer: Tokenizer, tiny_tokenizer: Tokenizer
) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("bb")
    marks = {
        mark_of(tmp_path / "a", wide_tokenizer, 32, True),
        mark_of(tmp_path / "b", wide_tokenizer, 32, True),
        mark_of(tmp_path / "a", tiny_tokenizer, 32, True),
        mark_of(tmp_path / "a", wide_tokenizer, 33, True),
        mark_of(tmp_path / "a", wide_tokenizer, 32, False),
        mark_of(tmp_path / "a", wide_tokenizer, 32, True, "body", None),
        mark_of(tmp_path / "a", wide_tokenizer, 32, True, None, "body"),
    }
    assert len(marks) == 7
    save_pairs(tmp_path / "pairs", encode_pairs(TEXTS, wide_tokenizer, 32), "mark")
    assert load_pairs(tmp_path / "pairs", "other") is None
    assert load_pairs(tmp_path / "nothing", "mark") is None
    (tmp_path / "pairs").write_bytes(b"damaged")
    assert load_pairs(tmp_path / "pairs", "mark") is None


def test_pairs_of_other_parts_are_not_the_same(
    tmp_path: Path, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an earlier version wrote them, that did not know which sentence each of a summary is told from."""
    (tmp_path / "a").write_text("a")
    now = mark_of(tmp_path / "a", wide_tokenizer, 32, True)
    monkeypatch.setattr("summarize.training.pairs.PARTS", tuple(part for part in PARTS if part != "aligned"))
    assert mark_of(tmp_path / "a", wide_tokenizer, 32, True) != now


def test_the_oracles_sentences_and_the_windows_beyond_the_first(wide_tokenizer: Tokenizer) -> None:
    long, short = encode_pairs(TEXTS, wide_tokenizer, 32, salience=True)
    assert long.worth is not None
    assert short.worth is not None
    assert long.worth.argmax() == 12
    assert short.worth.argmax() == 1
    assert len(later_starts(short, 32)) == 0
    starts = later_starts(long, 32)
    assert len(starts) > 3
    assert long.sentences is not None
    assert all(s >= 30 and long.sentences[s] == long.sentences[s - 1] + 1 for s in starts)

    batch = collate([long, short], 32, 8)
    assert batch.sentences is not None
    assert batch.worth is not None
    assert batch.sentences[0, 0] == -1
    assert 0 <= batch.worth[0].max() < 0.5  # the oracle's sentence lies beyond the first window
    assert batch.worth[1, :3].tolist() == pytest.approx([*(short.worth / 10_000), -1])

    last = collate([long], 32, 8, [int(starts[-1])])
    assert last.places is not None
    assert last.worth is not None
    assert last.places[0, 0] == 12
    assert last.worth[0, :2].tolist() == pytest.approx([long.worth[12] / 10_000, -1])
