"""Which style a text is recognised to ask for, and texts of several kinds in one batch."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from summarize import Request, SearchOptions, Summarizer, Summary
from summarize.errors import DocumentError
from summarize.pipeline.engine import Engine
from summarize.pipeline.style_router import AUTO, MINUTES, SUBJECT, TLDR, StyleRouter, recognise_style
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel

CHAT = """Anna: Are you coming tonight?
Tom: Not sure yet, why?
Anna: We need somebody who brings the big tent.
Tom: Ok, I will :)"""
TIMED = """[10:32] Anna Smith: the train is late
[10:33] Tom O'Neill: how late?
[10:33] Anna Smith: an hour
[10:40] Tom O'Neill: then I start without you"""
NUMBERED = """#Person1#: May I see your ticket?
#Person2#: Here it is.
#Person1#: This is for tomorrow.
#Person2#: Oh dear."""
EMAIL = """Hi Maria,

the meeting with the council is moved to Thursday, 3 pm, same room. Please bring the figures for May.

Best regards,
Jon"""
HEADED = "From: Jon Smith\nTo: Maria Lopez\nSubject: Thursday\n\nThe meeting is moved, please bring the figures."
ABSTRACT = """Reading long documents is slow. In this paper, we propose a reader that skips what is not worth it. Our
experiments on three data sets show that it is twice as fast as the state of the art."""
NEWS = """The bridge at Carrow Point will close for eleven weeks, the council said on Thursday. "We present a plan next
week," said the mayor. Engineers had found cracks in two of the rollers: one of them was replaced in May."""
INTERVIEW = """The mayor spoke to us on Monday about the bridge, its cost, and what comes after it.
Asked whether it would be late, he laughed: never.
Question: is there a plan? There was a silence.
It was raining when we left, and the river was high again.
The council meets on Thursday to decide what will be done, and by whom."""


@pytest.mark.parametrize(
    ("text", "style"),
    [
        (CHAT, MINUTES),
        (TIMED, MINUTES),
        (NUMBERED, MINUTES),
        (EMAIL, SUBJECT),
        (HEADED, SUBJECT),
        (ABSTRACT, TLDR),
        (NEWS, None),
        (INTERVIEW, None),
        ("Name: Anna\nAge: 31\nTown: Rome\nTrade: baker", None),  # a form: nobody says anything twice
        ("Chair: 40 pounds\nTable: 90 pounds\nChair: oak\nTable: pine", None),  # nobody says anything at all
        ("Fixed: a crash on start\nAdded: a button for it\nFixed: a crash on exit", None),
        ("ERROR: no such file there\nWARNING: it was not read\nERROR: nothing was written", None),
        (f"{NEWS}\nFrom: Monday\nTo: Friday\nDate: 3 March", None),
        ("", None),
        ("Hello, Dolly is on in town again and nobody knows why it was so long away from there.", SUBJECT),  # alas
        ("Dear as it is, the bridge will be built. The council said so on Thursday, without a word on money.", None),
        (f"{EMAIL}\n{'It rained all day. ' * 200}", None),  # too long for a subject
    ],
)
def test_a_texts_style_is_recognised(text: str, style: str | None) -> None:
    assert recognise_style(text) == style


def test_a_text_that_was_read_as_an_e_mail_is_one() -> None:
    assert recognise_style("The meeting is moved to Thursday.", is_email=True) == SUBJECT
    assert recognise_style("The meeting is moved to Thursday. " * 200, is_email=True) is None
    assert recognise_style(CHAT, is_email=True) == MINUTES


@pytest.fixture(scope="module")
def engine(make_model: MakeModel, wide_tokenizer: Tokenizer) -> Engine:
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=24, salience=True)
    return Engine(model, wide_tokenizer, SearchOptions(beam_size=2, min_length=4, max_length=14))


class Loader:
    """Gives one engine for every style, and notes which style each was asked for."""

    def __init__(self, engine: Engine) -> None:
        self.loaded: list[str | None] = []
        self._engine = engine

    def __call__(self, style: Path | None) -> Engine:
        self.loaded.append(None if style is None else style.name)
        return self._engine


def router(style: str | None, *names: str) -> StyleRouter:
    return StyleRouter(style, {name: Path(name) for name in names})


def test_a_batch_of_several_kinds_keeps_its_order(engine: Engine) -> None:
    texts = [NEWS, CHAT, "  ", EMAIL, TIMED, NEWS]
    load = Loader(engine)
    results = list(Summarizer(load, router(AUTO, MINUTES, SUBJECT)).try_many(texts, batch_size=4))
    alone: Iterator[object] = (result for text in texts for result in Summarizer(load).try_many([text]))
    assert [str(result) for result in results] == [str(result) for result in alone]
    styles = [None if isinstance(result, DocumentError) else result.style for result in results]
    assert styles == [None, MINUTES, None, SUBJECT, MINUTES, None]
    assert load.loaded[:3] == [None, MINUTES, SUBJECT]  # each once, at its first use


@pytest.mark.parametrize(
    ("style_router", "request_"),
    [
        (router(AUTO), Request()),
        (router(AUTO, MINUTES), Request(extractive=True)),
        (router(MINUTES, MINUTES), Request(extractive=True)),
    ],
)
def test_a_missing_style_and_an_extractive_request_leave_the_model_without_a_style(
    engine: Engine, style_router: StyleRouter, request_: Request
) -> None:
    (result,) = Summarizer(Loader(engine), style_router).try_many([CHAT], request=request_)
    assert isinstance(result, Summary)
    assert result.style is None


def test_a_style_with_a_name_is_every_texts(engine: Engine) -> None:
    load = Loader(engine)
    results = list(Summarizer(load, router(SUBJECT, SUBJECT)).try_many([NEWS, CHAT]))
    assert [result.style for result in results if isinstance(result, Summary)] == [SUBJECT, SUBJECT]
    assert load.loaded == [SUBJECT]


def test_threads_that_come_at_once_load_an_engine_once(engine: Engine) -> None:
    load = Loader(engine)
    summarizer = Summarizer(load)
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: str(summarizer.summarize(NEWS)), range(16)))
    assert load.loaded == [None]
    assert len(set(texts)) == 1
