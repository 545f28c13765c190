"""Candidate summaries: read, encoded, padded, and ranked by their likelihood."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from summarize.documents import TextPair, read_pairs
from summarize.errors import DataError, UsageError
from summarize.network.pointer_generator import shift_right
from summarize.text.tokenizer import Tokenizer
from summarize.training import Trainer
from summarize.training.batches import collate
from summarize.training.objective import RANKING_MARGIN, Objective, candidate_log_probs, ranking_loss
from summarize.training.pairs import encode_pairs, load_pairs, save_pairs
from tests.helpers.models import MakeModel
from tests.helpers.small_runs import log_of, options, refused

DOCUMENT = "The mayor visits the old bridge. Anna Smith said it was old. John met the minister in March."
CANDIDATES = (("Anna Smith said it was old.", 0.1), ("The mayor visits the old bridge.", 0.75), ("A dog.", 0.1))
PAIR = TextPair("1", DOCUMENT, "The mayor visits the bridge.", CANDIDATES)
INF = float("inf")


def test_candidates_are_read_with_their_pair(tmp_path: Path) -> None:
    row = {"document": "D", "summary": "S", "candidates": [{"summary": "A\nB", "score": 0.5}]}
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert list(read_pairs(path)) == [TextPair("1", "D", "S", (("A\nB", 0.5),))]
    path.write_text(json.dumps(row | {"candidates": [{"summary": "A"}]}) + "\n")
    with pytest.raises(DataError, match="line 1: candidates are"):
        list(read_pairs(path))


def test_candidates_are_encoded_best_first_and_saved(tmp_path: Path, wide_tokenizer: Tokenizer) -> None:
    pairs = encode_pairs([PAIR], wide_tokenizer, 64)
    save_pairs(tmp_path / "pairs", pairs, "fingerprint")
    loaded = load_pairs(tmp_path / "pairs", "fingerprint")
    assert loaded is not None
    assert loaded[0].candidate_scores is not None
    assert loaded[0].candidate_scores.tolist() == [7500, 1000, 1000]
    best, *_ = np.split(loaded[0].candidates, loaded[0].candidate_ends[:-1])
    assert best.tolist() == wide_tokenizer.encode_summary(["The mayor visits the old bridge."])
    batch = collate(loaded * 2, 64, 16)
    assert batch.candidates is not None
    assert batch.candidate_scores is not None
    assert batch.candidates.shape == (2, 3, 16)
    assert batch.candidates[1, 0, : len(best)].tolist() == best.tolist()
    torch.testing.assert_close(batch.candidate_scores, torch.tensor([[0.75, 0.1, 0.1]] * 2))


def test_missing_candidates_are_padding(wide_tokenizer: Tokenizer) -> None:
    other = TextPair("2", DOCUMENT, "A dog.", (("A dog.", 1.0),))
    batch = collate(encode_pairs([PAIR, other], wide_tokenizer, 64), 64, 16)
    assert batch.candidates is not None
    assert not batch.candidates[1, 1:].any()


def test_candidate_log_probs_are_those_of_each_candidate_alone(make_model: MakeModel) -> None:
    model = make_model()
    src = torch.tensor([[101, 110, 111, 112, 102], [101, 120, 121, 102, 0]])
    candidates = torch.tensor([[[110, 112, 102], [111, 102, 0]], [[120, 102, 0], [0, 0, 0]]])
    with torch.no_grad():
        found = candidate_log_probs(model, model.encode(src), candidates)
        for b, k, n in ((0, 0, 3), (0, 1, 2), (1, 0, 2)):
            tgt = candidates[b, k, None, :n]
            own = src[b : b + 1]
            log_probs = model.decode(shift_right(tgt), model.encode(own)).log_probs(own)
            torch.testing.assert_close(found[b, k], log_probs[0].gather(-1, tgt[0][:, None]).mean())
    assert found[1, 1] == -INF


def test_the_ranking_loss_is_that_of_the_paper() -> None:
    log_probs = torch.tensor([[-1.0, -1.5, -0.9], [-2.0, -1.0, -INF]])
    scores = torch.tensor([[0.5, 0.4, 0.3], [0.2, 0.2, 0.0]])
    m = RANKING_MARGIN
    # First row: 0 and 1 are ranked right, 2 is likelier than both. Second row: equal scores, and a missing candidate.
    expected = (0.0 + (0.1 + 2 * m) + (0.6 + m)) / 3
    assert ranking_loss(log_probs, scores).item() == pytest.approx(expected)


def test_training_makes_better_candidates_likelier(make_model: MakeModel, wide_tokenizer: Tokenizer) -> None:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=16)
    batch = collate(encode_pairs([PAIR], wide_tokenizer, 64), 64, 16)
    objective = Objective(ranking_weight=10)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    before = objective(model, batch)
    for _ in range(20):
        optimizer.zero_grad()
        objective(model, batch).total.backward()
        optimizer.step()
    after = objective(model, batch)
    assert before.ranking is not None
    assert after.ranking is not None
    assert after.top_candidate_score is not None
    assert after.ranking < before.ranking
    assert after.top_candidate_score.item() == pytest.approx(0.75)


def write(path: Path, pair: TextPair) -> None:
    candidates = [{"summary": text, "score": score} for text, score in pair.candidates]
    row = {"document": pair.document, "summary": pair.summary, "candidates": candidates}
    path.write_text(json.dumps(row) + "\n")


RANKING: dict[str, Any] = {"ranking_weight": 10.0, "batch_size": 1, "steps": 4, "validate_every": 2}


def test_a_run_keeps_the_weights_whose_likeliest_candidates_are_best(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    write(path, PAIR)
    trainer = Trainer(options(path, validation=str(path), **RANKING), tmp_path / "run")
    trainer.run()
    scores = [line["chosen"] for line in log_of(tmp_path / "run") if "chosen" in line]
    assert len(scores) == 2
    assert trainer.best_loss == -max(scores)


def test_ranking_needs_candidates(tmp_path: Path) -> None:
    write(tmp_path / "pairs.jsonl", TextPair("1", DOCUMENT, "The mayor."))
    error = refused(options(tmp_path / "pairs.jsonl", **RANKING), tmp_path / "run")
    assert isinstance(error, UsageError)
    assert re.search(r"ranking_weight=10\.0: not every pair of .*pairs\.jsonl has candidates", str(error))
