"""examples/service.py with the small model: 16 clients at once, wrong requests, too many requests."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from soak_service import Load, Target, growth, n_warm_up_blocks, problems, put_load

from summarize import Request, Summarizer
from tests.helpers.paths import ROOT
from tests.helpers.summaries import TEXTS

httpx = pytest.importorskip("httpx")
pytest.importorskip("fastapi")

N_REQUESTS, N_CLIENTS = 200, 16


@pytest.fixture
def service(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("SUMMARIZE_MODEL", str(model_folder))
    spec = importlib.util.spec_from_file_location("service", ROOT / "examples" / "service.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "service", module)  # pydantic looks up annotations there
    spec.loader.exec_module(module)
    return module


def post_all(service: ModuleType, questions: list[dict[str, Any]], n_clients: int) -> list[Any]:
    """The responses to questions, in order, by so many clients, each with one request at a time."""

    async def run() -> list[Any]:
        responses: list[Any] = [None] * len(questions)
        numbers = iter(range(len(questions)))
        transport = httpx.ASGITransport(app=service.app)

        async def work(client: Any) -> None:
            for i in numbers:
                responses[i] = await client.post("/summaries", json=questions[i])

        async with (
            service.app.router.lifespan_context(service.app),
            httpx.AsyncClient(transport=transport, base_url="http://service", timeout=120) as client,
        ):
            await asyncio.gather(*(work(client) for _ in range(n_clients)))
        return responses

    return asyncio.run(run())


@pytest.mark.slow
def test_many_clients_get_what_one_gets(service: ModuleType, model_folder: Path) -> None:
    torch.set_num_threads(2)  # so the service has two threads
    texts = [f"{TEXTS[i % 3]} The well {i % 7}." for i in range(N_REQUESTS)]
    alone = Summarizer.load(model_folder)
    expected = {text: alone.summarize(text).text for text in set(texts)}
    responses = post_all(service, [{"text": text} for text in texts], N_CLIENTS)
    assert {response.status_code for response in responses} == {200}
    assert [response.json()["summary"] for response in responses] == [expected[text] for text in texts]


def test_requests_of_different_kinds_are_kept_apart(service: ModuleType, model_folder: Path) -> None:
    text = f"{TEXTS[0]} {TEXTS[2]}"
    kinds: list[dict[str, Any]] = [{}, {"words": 6}, {"sentences": 1}]
    alone = Summarizer.load(model_folder)
    expected = [alone.summarize(text, **kind).text for kind in kinds] * 4
    responses = post_all(service, [{"text": text} | kind for kind in kinds * 4], 12)
    assert [response.json().get("summary") for response in responses] == expected


def test_what_cannot_be_summarised_is_refused_with_a_sentence(service: ModuleType) -> None:
    questions = [
        {"text": "  "},
        {"text": TEXTS[0], "words": -3},
        {"text": TEXTS[0], "extractive": True},  # the model has no salience head
        {"text": TEXTS[0]},
        {"words": 3},
    ]
    responses = post_all(service, questions, 5)
    assert [response.status_code for response in responses] == [422, 422, 422, 200, 422]
    assert "nothing to read" in responses[0].json()["detail"]
    assert "words=-3" in responses[1].json()["detail"]
    assert "cannot extract" in responses[2].json()["detail"]


def test_too_many_requests_are_refused_at_once(service: ModuleType) -> None:
    workers = service.Workers(None, n_threads=0)
    futures = [workers.submit("text", Request()) for _ in range(service.MAX_WAITING)]
    with pytest.raises(service.BusyError):
        workers.submit("text", Request())
    assert [job.future for job in workers._next_batch()] == futures[: service.BATCH_SIZE]
    workers.submit("text", Request())


def test_a_client_that_goes_away_is_not_waited_for(service: ModuleType, model_folder: Path) -> None:
    workers = service.Workers(Summarizer.load(model_folder), n_threads=0)
    gone, kept = (workers.submit(text, Request()) for text in TEXTS[:2])
    assert gone.cancel()
    workers._is_open = False
    workers._work()
    assert kept.result().sentences


@pytest.mark.slow
def test_a_load_is_put_on_the_service(model_folder: Path) -> None:
    options = ["--minutes", "0.1", "--block", "2", "--warm-up", "0.01", "--clients", "4"]
    command = [sys.executable, str(ROOT / "scripts" / "soak_service.py"), *options]
    environment = os.environ | {"SUMMARIZE_MODEL": str(model_folder)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    first, *blocks, _, service, pool, last = result.stdout.splitlines()
    assert all(line.endswith(" 0 errors") for line in (first, *blocks, service, pool))
    assert first.startswith("service, 1 client: ")
    assert [line.split()[0] for line in blocks[1::2]] == ["pool"] * (len(blocks) // 2)
    assert service.startswith("service, 4 clients: ")
    assert pool.startswith("pool of ")
    assert re.fullmatch(r"memory [+-][\d.]+%; [\d.]+ of the pool's rate", last)


def load(megabytes: float, n_requests: int, elapsed: float = 1.0, errors: tuple[str, ...] = ()) -> Load:
    return Load([0.1] * n_requests, list(errors), [megabytes] * 3, elapsed, 2.0)


def test_growth_is_that_of_the_last_third_of_the_blocks() -> None:
    assert growth([load(m, 1) for m in (100, 100, 900, 900, 104, 106)]) == pytest.approx(0.05)
    assert growth([load(100, 1)]) == 0


@pytest.mark.parametrize(("seconds", "n"), [(0, 0), (1, 1), (3, 2), (3.5, 3), (99, 3)])
def test_blocks_of_the_warm_up_are_not_counted(seconds: float, n: int) -> None:
    assert n_warm_up_blocks([load(1, 1, elapsed) for elapsed in (2, 1, 1, 1)], seconds) == n


def test_what_is_wrong_is_named() -> None:
    fine = [load(100, 10)] * 3
    assert not list(problems(fine[0], fine, fine))
    assert not list(problems(fine[0], fine, [load(100, 11)] * 3))
    assert list(problems(fine[0], fine, [load(100, 12)] * 3)) == [
        "the service does 83% of the pool's requests a second"
    ]
    assert list(problems(fine[0], [*fine, load(106, 10)], fine)) == ["memory has grown by 6.0%"]
    assert list(problems(fine[0], [load(100, 10, errors=("E: x",))], fine)) == ["E: x"]


def test_a_load_has_every_request() -> None:
    texts, sent = ["a", "b", "c"], []

    def send(text: str) -> None:
        sent.append(text)
        if text == "c":
            raise ValueError("c")

    measured = put_load(Target("it", send, [os.getpid()]), texts, 2, 0.3)
    assert len(measured.seconds) + len(measured.errors) == len(sent)
    assert set(measured.errors) == {"ValueError: c"}
    assert measured.mean_megabytes > 10
    with pytest.raises(RuntimeError, match="it: no request was answered"):
        put_load(Target("it", send, [os.getpid()]), ["c"], 1, 0.1)
