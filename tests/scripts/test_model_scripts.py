"""Scripts that take a model folder: averaging weights, and tuning the search."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import average_models
import pytest
import torch
import tune_search
from click.testing import CliRunner

from summarize.checkpoints.model_folder import load_model, save_model
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import TextPair
from tests.helpers.data_sets import FACTS, write_rows


def test_the_average_has_the_mean_of_all_weights(tmp_path: Path, model_folder: Path) -> None:
    model, tokenizer, search = load_model(model_folder)
    states = []
    for shift in (0.0, 0.5, 1.0):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(shift)
        save_model(tmp_path / str(shift), model, tokenizer, search)
        states.append(load_model(tmp_path / str(shift))[0].state_dict())
    folders = [str(tmp_path / str(shift)) for shift in (0.0, 0.5, 1.0)]
    result = CliRunner().invoke(average_models.main, [*folders, str(tmp_path / "average")])
    assert result.exit_code == 0, result.output
    average, _, average_search = load_model(tmp_path / "average")
    assert average_search == search
    for name, weight in average.state_dict().items():
        expected = (states[0][name] + states[1][name] + states[2][name]) / 3
        torch.testing.assert_close(weight, expected, rtol=0.01, atol=0.01)  # bfloat16 on disk
    assert (tmp_path / "average" / "tokenizer.json").read_bytes() == (model_folder / "tokenizer.json").read_bytes()


@pytest.fixture
def validation(tmp_path: Path) -> Path:
    """Rows of which every second one is of the official mix."""
    rows = [
        {"document": ". ".join(FACTS[i : i + 3]) + ".", "summary": f"{FACTS[i]}.", "official_mix": i % 2 == 0}
        for i in range(14)
    ]
    return write_rows(tmp_path / "validation.jsonl", rows)


def test_every_combination_is_tried_and_the_best_is_written(
    tmp_path: Path, model_folder: Path, validation: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    before = json.loads((folder / "config.json").read_text())
    command = [str(folder), str(validation), "--documents", "2", "--min-lengths", "1,8", "--max-lengths", "12"]
    command += ["--max-srcs", "64", "--beam-sizes", "1,2", "--length-penalties", "1"]

    result = CliRunner().invoke(tune_search.main, command)
    assert result.exit_code == 0, result.output
    assert json.loads((folder / "config.json").read_text()) == before  # without --write

    result = CliRunner().invoke(tune_search.main, [*command, "--write"])
    lines = result.output.splitlines()
    settings = [re.findall(r"(?:min_length|beam_size) (\d+)", line) for line in lines]
    assert settings == [["1", "1"], ["1", "2"], ["8", "1"], ["8", "2"]]
    totals = [sum(map(float, re.findall(r"(?:R1|R2|Lsum) ([\d.]+)", line))) for line in lines]
    best = settings[totals.index(max(totals))]
    search = json.loads((folder / "config.json").read_text())["search"]
    assert [str(search["min_length"]), str(search["beam_size"])] == best
    assert search["max_length"] == 12
    assert {
        name: value for name, value in json.loads((folder / "config.json").read_text()).items() if name != "search"
    } == {name: value for name, value in before.items() if name != "search"}


def test_the_rows_are_others_than_those_of_the_model_card(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": str(i), "document": "The cat.", "summary": "Cat.", "official_mix": i % 2 == 0} for i in range(40)]
    data = write_rows(tmp_path / "rows.jsonl", rows)
    ids: list[list[str]] = []

    def score(folder: Path, options: SearchOptions, pairs: Sequence[TextPair]) -> tuple[list[float], float]:
        ids.append([pair.id for pair in pairs])
        return [0.0, 0.0, 0.0], 0.0

    monkeypatch.setattr(tune_search, "score", score)
    for count in ("3", "9"):
        command = [str(model_folder), str(data), "--documents", count, "--min-lengths", "1", "--max-srcs", "64"]
        assert CliRunner().invoke(tune_search.main, [*command, "--length-penalties", "1"]).exit_code == 0
    assert ids == [["2", "10", "18"], ["2", "10", "18", "26", "34"]]  # rows 1, 5, 9, … of the even ones


def test_data_without_rows_of_the_official_mix_is_refused(tmp_path: Path, model_folder: Path) -> None:
    data = write_rows(tmp_path / "pairs.jsonl", [{"document": "The cat.", "summary": "Cat.", "official_mix": True}])
    result = CliRunner().invoke(tune_search.main, [str(model_folder), str(data)])
    assert result.exit_code == 2
    assert "too few rows" in result.output
