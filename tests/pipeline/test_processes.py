"""A `Summarizer` and other processes: forked children compute or refuse at once, and pickling loads the model again."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from summarize import SearchOptions, Summarizer
from summarize.checkpoints.model_folder import load_model
from summarize.pipeline.style_router import StyledModel
from summarize.training import Trainer
from tests.helpers.summaries import TEXTS

TIMEOUT = 120  # seconds, after which a process counts as hanging
needs_fork = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks with threads are for Linux")
# Forks when OpenMP's threads run: a child that waited for them would wait for ever.
PARENT = """
import os, signal, sys, threading, time
from summarize import Summarizer, UsageError
import torch

torch.set_num_threads(2)
signal.alarm(100)
TEXT = "Mayor Anna Smith met the minister in New York on Monday."
summarizer = Summarizer.load(sys.argv[1])
matrix = torch.ones(700, 700)

def summarise(_=None):
    assert (matrix @ matrix)[0, 0] == 700
    return summarizer.summarize(TEXT).text

expected = summarise()
"""
FORK = """
child = os.fork()
if not child:
    signal.alarm(60)
    os._exit(0 if summarise() == expected and torch.get_num_threads() == 1 else 3)
assert os.waitpid(child, 0)[1] == 0
assert torch.get_num_threads() == 2
assert summarise() == expected
"""
POOL = """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map_async(summarise, range(6)).get(60) == [expected] * 6
"""
FORK_BESIDE_A_SUMMARY = """
started, go_on = threading.Event(), threading.Event()
encoder = summarizer.engine._encoder
segment = encoder.segment

def wait(*arguments):
    started.set()
    go_on.wait()
    return segment(*arguments)

encoder.segment = wait
thread = threading.Thread(target=summarise)
thread.start()
started.wait()
child = os.fork()
if not child:
    signal.alarm(60)
    encoder.segment = segment
    try:
        summarise()
    except UsageError as error:
        os._exit(0 if "forked while another thread was summarising" in str(error) else 4)
    os._exit(3)
assert os.waitpid(child, 0)[1] == 0
go_on.set()
thread.join()
encoder.segment = segment
until, status = time.monotonic() + 60, None
while status != 0:  # the system ends the thread later than Python, and a child may refuse until then
    assert status in (None, 5) and time.monotonic() < until
    child = os.fork()
    if not child:
        signal.alarm(60)
        try:
            os._exit(0 if summarizer.summarize(TEXT).text == expected else 3)
        except UsageError:
            os._exit(5)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert summarise() == expected
"""


@pytest.mark.slow
@needs_fork
@pytest.mark.parametrize("then", [FORK, POOL, FORK_BESIDE_A_SUMMARY], ids=["os.fork", "pool", "beside-a-summary"])
def test_a_forked_child_summarises_or_refuses_at_once(model_folder: Path, then: str) -> None:
    script = f"FORK = {FORK!r}\n{PARENT}\n{then}"
    subprocess.run([sys.executable, "-c", script, str(model_folder)], check=True, timeout=TIMEOUT)


def test_a_pickled_summarizer_is_a_name_and_options(model_folder: Path) -> None:
    options = SearchOptions(max_src=64, beam_size=1, min_length=2, max_length=9)
    summarizer = Summarizer.load(model_folder, options=options, search={"beam_size": 3}, precision="fp32")
    packed = pickle.dumps(summarizer)
    again = pickle.loads(packed)
    assert len(packed) < 2000
    assert again.engine.options == summarizer.engine.options
    assert again.engine.options.beam_size == 3
    assert again.summarize(TEXTS[0]) == summarizer.summarize(TEXTS[0])
    assert copy.deepcopy(summarizer).summarize(TEXTS[0]) == summarizer.summarize(TEXTS[0])


def test_a_pickled_summarizer_does_not_depend_on_the_working_folder(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model_folder.parent)
    packed = pickle.dumps(Summarizer.load(model_folder.name))
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(packed).summarize(TEXTS[0]).sentences


def test_a_shipped_model_and_its_style_are_pickled_by_name(base_folder: Path, style_run: Trainer) -> None:
    assert StyledModel.resolve("news", "minutes").names() == ("news", "minutes")
    assert StyledModel.resolve("news", "auto").names() == ("news", "auto")
    assert StyledModel.resolve("news").names() == ("news", None)
    style = style_run.run_folder.best
    assert StyledModel.resolve(base_folder, style).names() == (str(base_folder), str(style))


def test_a_pickled_style_is_kept(base_folder: Path, style_run: Trainer) -> None:
    summarizer = Summarizer.load(base_folder, style=style_run.run_folder.best)
    text = "On Monday the cat saw the river. It rained."
    assert pickle.loads(pickle.dumps(summarizer)).summarize(text) == summarizer.summarize(text)


def test_a_network_in_memory_is_not_pickled(model_folder: Path) -> None:
    summarizer = Summarizer.from_network(*load_model(model_folder))
    with pytest.raises(pickle.PicklingError, match="save the network in a model folder"):
        pickle.dumps(summarizer)


@pytest.mark.slow
def test_started_processes_can_be_given_a_summarizer(model_folder: Path) -> None:
    summarizer = Summarizer.load(model_folder)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        summaries = pool.map_async(summarizer.summarize, TEXTS[:4]).get(TIMEOUT)
    assert [s.text for s in summaries] == [summarizer.summarize(text).text for text in TEXTS[:4]]


def test_loading_lowers_the_number_of_threads_to_the_processors(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(3)
    monkeypatch.setattr("summarize.network.device.n_processors", lambda: 2)
    Summarizer.load(model_folder)
    assert torch.get_num_threads() == 2
    monkeypatch.setattr("summarize.network.device.n_processors", lambda: 3)
    Summarizer.load(model_folder)
    assert torch.get_num_threads() == 2  # not raised: the program may have set it
    monkeypatch.setattr("summarize.network.device.n_processors", lambda: 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    Summarizer.load(model_folder)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "PASSIVE 2000"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE None"), ({"GOMP_SPINCOUNT": "7"}, "None 7")],
)
def test_waiting_threads_sleep_unless_the_environment_says_otherwise(given: dict[str, str], expected: str) -> None:
    script = "import summarize, os, sys; e = os.environ.get; print(e('OMP_WAIT_POLICY'), e('GOMP_SPINCOUNT'))"
    script += "; sys.exit('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], env=given, capture_output=True, text=True, check=True)
    assert result.stdout.split("\n")[0] == expected
