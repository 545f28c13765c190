"""`summarize train`: a model is trained, continued and used; what cannot be trained is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.helpers.program import messages_in, run

TINY = ("--steps", "2", "--vocab-size", "200", "--d-model", "8", "--n-heads", "2", "--n-layers", "1", "--max-src", "32")
TINY_RUN = (*TINY, "--pointer-heads", "2", "--max-tgt", "12", "--batch-size", "2", "--precision", "fp32")


def test_a_model_is_trained_and_used(four_pairs: Path) -> None:
    train = ("train", four_pairs, "--validation", four_pairs, "-o", "run", *TINY_RUN, "--rouge-examples", "1")
    result = run(*train, "--log-every", "1")
    assert (result.exit_code, result.stdout) == (0, "")
    *progress, last = result.stderr.splitlines()
    assert last == "finished at step 2: run"
    assert [line.split("  ")[0] for line in progress] == ["step 1 of 2", "step 2 of 2", "step 2 of 2"]
    assert "validation loss" in progress[-1]
    assert "learning rate" in progress[0]

    result = run("a.txt", "-m", "run/best")
    assert result.exit_code == 0
    assert result.stdout.strip()
    assert run("evaluate", four_pairs, "-m", "run/best").exit_code == 0

    result = run(*train)
    assert result.exit_code == 2
    assert messages_in(result.stderr)[0].startswith("run already holds a run")
    assert run(*train, "--resume").exit_code == 0


def test_a_time_limit_of_training_is_no_error(four_pairs: Path) -> None:
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, "--max-minutes", "0")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == "saved at step 1: run"


def test_an_option_of_zero_is_not_left_out(four_pairs: Path) -> None:
    zeros = ("--rouge-examples", "0", "--later-windows", "0")
    assert run("train", four_pairs, "-o", "run", *TINY_RUN, *zeros).exit_code == 0
    options = json.loads(Path("run/options.json").read_text())
    assert (options["rouge_examples"], options["later_windows"], options["keep_validated"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "nowhere"), "no model 'nowhere'"),
        (("--freeze", "nothing."), "no parameter's name begins with 'nothing.'"),
        (("--n-heads", "3"), "these sizes make no model"),
        (("--device", "nonsense"), "no such device"),
        (("--resume",), "holds no run to resume"),
        (("--validation", "nowhere.jsonl"), "nowhere.jsonl: no such file"),
        (("-o", "a.txt"), "a.txt"),
        (("-o", "a.txt/run"), "a.txt"),
    ],
)
def test_training_that_cannot_start_is_reported(four_pairs: Path, arguments: Sequence[str], message: str) -> None:
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (reported,) = messages_in(result.stderr)
    assert message in reported
    assert not (four_pairs.parent / "run").exists()


def test_a_row_without_its_field_is_named(four_pairs: Path) -> None:
    with four_pairs.open("a") as file:
        file.write('{"text": "D"}\n')
    result = run("train", "-o", "run", *TINY_RUN, four_pairs)
    assert (result.exit_code, result.stdout) == (2, "")
    (message,) = messages_in(result.stderr)
    assert message.startswith(f"{four_pairs}, line 5: has no field 'summary'")
