"""Summaries over HTTP: pip install 'summarize[service]', then uvicorn --app-dir examples service:app

curl -s localhost:8000/summaries --json '{"text": "…", "words": 40}'

Requests that wait are summarised together, up to BATCH_SIZE at once, by one thread for each processor. docs/service.md
says why, and what it measures.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread

import torch
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

from summarize import Length, Request, SummarizeError, Summarizer, Summary

BATCH_SIZE = 8
MAX_WAITING = 64  # requests; one more is refused (503) at once, instead of waiting for minutes
MAX_CHARACTERS = 1_000_000


class Question(BaseModel):
    """A text, and how many words or sentences its summary is to have."""

    text: str = Field(max_length=MAX_CHARACTERS)
    words: int | None = None
    sentences: int | None = None
    extractive: bool = False


class Answer(BaseModel):
    """A summary."""

    summary: str
    sentences: list[str]


class BusyError(Exception):
    """Too many requests are waiting."""


@dataclass(eq=False)
class Job:
    """A text that waits for its summary."""

    text: str
    request: Request
    future: Future[Summary] = field(default_factory=Future)


class Workers:
    """Threads that summarise what waits, each time the first job and others with the same request."""

    def __init__(self, summarizer: Summarizer, n_threads: int) -> None:
        self._summarizer, self._jobs, self._changed, self._is_open = summarizer, deque[Job](), Condition(), True
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(n_threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, text: str, request: Request) -> Future[Summary]:
        """The summary to come. Raises BusyError."""
        job = Job(text, request)
        with self._changed:
            if len(self._jobs) >= MAX_WAITING:
                raise BusyError
            self._jobs.append(job)
            self._changed.notify()
        return job.future

    def close(self) -> None:
        """Summarise what waits, and end the threads."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _next_batch(self) -> list[Job]:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or not self._is_open)
            batch = [job for job in self._jobs if job.request == self._jobs[0].request][:BATCH_SIZE]
            for job in batch:
                self._jobs.remove(job)
            return batch

    def _work(self) -> None:
        torch.set_num_threads(1)  # there is a thread of ours for each processor
        while batch := self._next_batch():
            # A client that has gone away has cancelled its future.
            wanted = [job for job in batch if job.future.set_running_or_notify_cancel()]
            try:
                results = list(self._summarizer.try_many([job.text for job in wanted], BATCH_SIZE, batch[0].request))
            except Exception as error:  # of all of them: an argument that the model cannot serve
                for job in wanted:
                    job.future.set_exception(error)
                continue
            for job, result in zip(wanted, results, strict=True):
                if isinstance(result, Exception):
                    job.future.set_exception(result)
                else:
                    job.future.set_result(result)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model before the first request; finish what waits after the last one."""
    summarizer = Summarizer.load(os.environ.get("SUMMARIZE_MODEL", "news"))
    app.state.workers = Workers(summarizer, n_threads=torch.get_num_threads())  # as many as this process may use
    yield
    await asyncio.to_thread(app.state.workers.close)


app = FastAPI(title="summarize", lifespan=lifespan)


@app.post("/summaries")
async def summarise(question: Question) -> Answer:
    """A summary of one text. 422: the text or an argument cannot be used; 503: too many requests are waiting."""
    try:
        request = Request(Length(question.words, question.sentences), extractive=question.extractive)
        summary = await asyncio.wrap_future(app.state.workers.submit(question.text, request))
    except BusyError:
        raise HTTPException(503, "too many requests are waiting; try again", {"Retry-After": "5"}) from None
    except SummarizeError as error:
        raise HTTPException(422, str(error)) from None
    return Answer(summary=summary.text, sentences=[sentence.text for sentence in summary.sentences])
