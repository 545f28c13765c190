"""Two processes that train together, as torchrun starts them, learn what one does with batches twice as large."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from summarize.training import Trainer
from summarize.training.distributed import Processes
from tests.helpers.small_runs import log_of, options

WORDS = ["mayor", "minister", "bridge", "river", "town", "market", "school", "council", "harbour", "winter"]
CHOICES: dict[str, Any] = {
    "salience_weight": 1.0,
    "sentencewise": True,
    "coverage_weight": 0.2,
    "label_smoothing": 0.1,
    "max_src": 32,
    "max_tgt": 24,
    "later_windows": 1,
    "log_every": 1,
    "steps": 8,
    "validate_every": 4,
    "new_learning_rate": 5e-3,
}


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 documents of 3 to 18 sentences with summaries of 1 to 3: the two shares of a batch differ in size."""
    path = tmp_path_factory.mktemp("data") / "uneven.jsonl"
    chance = random.Random(1)
    rows = []
    for _ in range(24):
        lengths = [chance.randint(2, 9) for _ in range(chance.choice((3, 6, 18)))]
        sentences = [f"The {' '.join(chance.choices(WORDS, k=length))}." for length in lengths]
        rows.append({"document": " ".join(sentences), "summary": "\n".join(sentences[: chance.randint(1, 3)])})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def initial(uneven: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with all parts that knows the words."""
    run = tmp_path_factory.mktemp("runs") / "initial"
    Trainer(options(uneven, **(CHOICES | {"steps": 1})), run).run()
    return run / "best"


def torchrun(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the arguments in two processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def arguments_of(initial: Path, pairs: Path, run: Path, **choices: Any) -> list[str]:
    """The command line of a run."""
    given = CHOICES | {"from": initial, "output": run, "validation": pairs, "batch_size": 4} | choices
    named = [(f"--{name.replace('_', '-')}", value) for name, value in given.items()]
    shared = ["--precision", "fp32", "--warmup-steps", "3", "--learning-rate", "2e-3", "--rouge-examples", "0"]
    flat = [part for name, value in named for part in ([name] if value is True else [name, str(value)])]
    return ["-m", "summarize", "train", str(pairs), *flat, *shared]


@pytest.mark.slow
def test_two_processes_learn_what_one_does_with_batches_twice_as_large(
    tmp_path: Path, uneven: Path, initial: Path
) -> None:
    """The same losses at every step and on validation, although the run is stopped after a step and resumed."""
    chosen = options(uneven, initial=str(initial), validation=str(uneven), batch_size=8, **CHOICES)
    Trainer(chosen, tmp_path / "one").run()
    arguments = arguments_of(initial, uneven, tmp_path / "two")
    stopped = torchrun(*arguments, "--max-minutes", "0")
    assert stopped.returncode == 0, stopped.stderr
    assert stopped.stderr.count("saved at step 1") == 1
    continued = torchrun(*arguments, "--resume")
    assert continued.returncode == 0, continued.stderr
    assert continued.stderr.count("step 8 of 8  epoch") == 1  # only the leader reports
    one, two = log_of(tmp_path / "one"), log_of(tmp_path / "two")
    assert [line["step"] for line in two] == [line["step"] for line in one]
    for name in ("loss", "validation_loss"):
        losses = [line[name] for line in one if name in line]
        assert [line[name] for line in two if name in line] == pytest.approx(losses, abs=3e-4)
    weights, expected = (load_file(tmp_path / name / "last.safetensors") for name in ("two", "one"))
    for name, weight in weights.items():
        if name.startswith("model.") and not name.endswith("key_projection.bias"):  # its gradient is only noise
            torch.testing.assert_close(weight, expected[name], rtol=0, atol=1e-5, msg=name)


FAILING = """
import json, sys
from pathlib import Path
from summarize.training import Trainer, TrainingOptions

trainer = Trainer(TrainingOptions(**json.loads(sys.argv[1])), Path(sys.argv[2]))
if not trainer.processes.is_leader:
    trainer.pairs = trainer.pairs[:1]
trainer.run()
"""


@pytest.mark.slow
def test_if_one_process_fails_all_end(tmp_path: Path, uneven: Path, initial: Path) -> None:
    (tmp_path / "failing.py").write_text(FAILING)
    chosen = options(uneven, initial=str(initial), **(CHOICES | {"steps": 1_000_000}))
    ended = torchrun(tmp_path / "failing.py", json.dumps(vars(chosen)), tmp_path / "run")
    assert ended.returncode != 0
    assert "IndexError" in ended.stderr


def test_a_single_process_has_all_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    alone = Processes.join("cpu")
    assert alone.is_leader
    assert alone.share([1, 2, 3]) == [1, 2, 3]


def test_shares_make_up_the_batch() -> None:
    shares = [Processes(rank, 3).share(range(8)) for rank in range(3)]
    assert sorted(i for share in shares for i in share) == list(range(8))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
