"""Encoded pairs on disk: loaded as they were saved, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from summarize.documents import TextPair
from summarize.text.tokenizer import Tokenizer
from summarize.training.batches import collate, later_window_starts
from summarize.training.pairs import PARTS, encode_pairs, load_pairs, pairs_fingerprint, save_pairs

DOCUMENT = "The mayor visits the old bridge. Anna Smith said it was old. " * 6 + "John met the minister in March."
TEXTS = [TextPair("1", DOCUMENT, "John met the minister."), TextPair("2", "A dog. A bridge.", "A bridge.")]


@pytest.mark.parametrize("salience", [False, True])
def test_saved_pairs_are_loaded(tmp_path: Path, wide_tokenizer: Tokenizer, salience: bool) -> None:
    pairs = encode_pairs(TEXTS, wide_tokenizer, 32, salience)
    save_pairs(tmp_path / "pairs", pairs, "fingerprint")
    loaded = load_pairs(tmp_path / "pairs", "fingerprint")
    assert loaded is not None
    for before, after in zip(pairs, loaded, strict=True):
        for part in PARTS:
            np.testing.assert_array_equal(getattr(before, part), getattr(after, part))
            assert (getattr(after, part) is None) == (getattr(before, part) is None)


def test_other_inputs_have_another_fingerprint(
    tmp_path: Path, wide_tokenizer: Tokenizer, tiny_tokenizer: Tokenizer
) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("bb")
    fingerprints = {
        pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, True),
        pairs_fingerprint(tmp_path / "b", wide_tokenizer, 32, True),
        pairs_fingerprint(tmp_path / "a", tiny_tokenizer, 32, True),
        pairs_fingerprint(tmp_path / "a", wide_tokenizer, 33, True),
        pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, False),
        pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, True, "body", None),
        pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, True, None, "body"),
        pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, True, name_speakers=True),
    }
    assert len(fingerprints) == 8
    save_pairs(tmp_path / "pairs", encode_pairs(TEXTS, wide_tokenizer, 32), "fingerprint")
    assert load_pairs(tmp_path / "pairs", "other") is None
    assert load_pairs(tmp_path / "nothing", "fingerprint") is None
    (tmp_path / "pairs").write_bytes(b"damaged")
    assert load_pairs(tmp_path / "pairs", "fingerprint") is None


def test_pairs_with_other_parts_have_another_fingerprint(
    tmp_path: Path, wide_tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of an earlier version, which had no alignment."""
    (tmp_path / "a").write_text("a")
    now = pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, True)
    monkeypatch.setattr("summarize.training.pairs.PARTS", tuple(part for part in PARTS if part != "alignment"))
    assert pairs_fingerprint(tmp_path / "a", wide_tokenizer, 32, True) != now


def test_oracle_labels_and_windows_beyond_the_first(wide_tokenizer: Tokenizer) -> None:
    long, short = encode_pairs(TEXTS, wide_tokenizer, 32, salience=True)
    assert long.oracle_salience is not None
    assert short.oracle_salience is not None
    assert long.oracle_salience.argmax() == 12
    assert short.oracle_salience.argmax() == 1
    assert len(later_window_starts(short, 32)) == 0
    starts = later_window_starts(long, 32)
    assert len(starts) > 3
    assert long.sentences is not None
    assert all(s >= 30 and long.sentences[s] == long.sentences[s - 1] + 1 for s in starts)

    batch = collate([long, short], 32, 8)
    assert batch.sentences is not None
    assert batch.oracle_salience is not None
    assert batch.sentences[0, 0] == -1
    assert 0 <= batch.oracle_salience[0].max() < 0.5  # the oracle's sentence lies beyond the first window
    assert batch.oracle_salience[1, :3].tolist() == pytest.approx([*(short.oracle_salience / 10_000), -1])

    last = collate([long], 32, 8, [int(starts[-1])])
    assert last.sentence_positions is not None
    assert last.oracle_salience is not None
    assert last.sentence_positions[0, 0] == 12
    assert last.oracle_salience[0, :2].tolist() == pytest.approx([long.oracle_salience[12] / 10_000, -1])
