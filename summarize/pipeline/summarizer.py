"""Texts in, `Summary` objects out: the class that a program needs.

from summarize import Summarizer
print(Summarizer.load().summarize(text, words=50))
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict, Unpack

from summarize.checkpoints.lora import load_style
from summarize.checkpoints.model_folder import load_search
from summarize.concurrency import MAKING
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import DocumentError, UsageError
from summarize.network.device import Precision, limit_threads
from summarize.network.pointer_generator import PointerGenerator
from summarize.pipeline.engine import Engine
from summarize.pipeline.request import Request, Sectioned
from summarize.pipeline.style_router import StyledModel, StyleRouter
from summarize.pipeline.summary import Summary
from summarize.text.language import foreign_language, language_code, language_name
from summarize.text.lengths import Length, NamedLength
from summarize.text.tokenizer import Tokenizer

DEFAULT_MODEL = "news"
DEFAULT_REQUEST = Request()
NO_STYLES = StyleRouter()


class RequestOptions(TypedDict, total=False):
    """The keywords of a request, for those who need no Request: see Length and Request for what they mean."""

    words: int | None
    sentences: int | None
    ratio: float | None
    length: NamedLength | None
    extractive: bool
    language: str | None
    query: str | None
    explain: bool
    outline: bool


class Summarizer:
    """Summarises texts with one model, each text in a style of that model or in none.

    Several threads can use one object at once. A pickled one holds the model's name and its options, no weights: the
    model is loaded again where it is unpickled.
    """

    def __init__(
        self,
        load_engine: Callable[[Path | None], Engine],
        router: StyleRouter = NO_STYLES,
        folder: Path | None = None,
        load_again: Callable[[], Summarizer] | None = None,
    ) -> None:
        """load_engine: the engine of a style's folder, or of the model without a style (None); called once for each,
        at its first use. router: which text gets which style. folder: of the model, where other styles can be found.
        load_again: what unpickling calls; without it the summarizer cannot be pickled.

        Most programs call `Summarizer.load` instead.
        """
        self._load_engine, self._router, self._folder, self._load_again = load_engine, router, folder, load_again
        self._engines: dict[Path | None, Engine] = {}
        self._routers: dict[str, StyleRouter] = {}  # of the styles that single calls have named

    @classmethod
    def load(
        cls,
        model: str | os.PathLike[str] = DEFAULT_MODEL,
        *,
        style: str | os.PathLike[str] | None = None,
        options: SearchOptions | None = None,
        search: Mapping[str, Any] | None = None,
        device: str = "cpu",
        precision: Precision | None = None,
    ) -> Summarizer:
        """Load a shipped model by name, or any model folder by path.

        style: one of the model's styles by name, a style's folder, or "auto" to choose a style for each text.
        options: replaces the search options that the model or style was shipped with; search: replaces single fields of
        them, by name. device: cpu or cuda. precision: of matrix products, int8, bf16 or fp32 (default: the fastest that
        the processor has).

        torch's number of threads is lowered to that of the processors that this process may use, unless the environment
        sets OMP_NUM_THREADS or MKL_NUM_THREADS.

        Raises CheckpointError, and UsageError where the machine lacks the device or the precision, or an option is
        unknown or out of bounds.
        """
        limit_threads()
        return cls.of(StyledModel.resolve(model, style), options, search, device, precision)

    @classmethod
    def of(
        cls,
        styled_model: StyledModel,
        options: SearchOptions | None = None,
        search: Mapping[str, Any] | None = None,
        device: str = "cpu",
        precision: Precision | None = None,
    ) -> Summarizer:
        """Load a model and style that are resolved already. See `load`."""
        search = search or {}
        if unknown := search.keys() - {field.name for field in fields(SearchOptions)}:
            raise UsageError(f"search: there is no search option {min(unknown)!r}")

        def load_engine(style: Path | None) -> Engine:
            shipped = load_search(styled_model.folder) if style is None else load_style(style).search
            return Engine.load(styled_model.folder, style, replace(options or shipped, **search), device, precision)

        model, style = styled_model.names()
        load_again = partial(
            cls.load, model, style=style, options=options, search=dict(search), device=device, precision=precision
        )
        summarizer = cls(load_engine, styled_model.router, styled_model.folder, load_again)
        _ = summarizer.engine  # what is wrong with it is raised now, not at the first text
        return summarizer

    @classmethod
    def from_network(
        cls,
        model: PointerGenerator,
        tokenizer: Tokenizer,
        options: SearchOptions | None = None,
        precision: Precision = "fp32",
    ) -> Summarizer:
        """Summarise with a network in memory, without styles. Raises UsageError: see Engine."""
        engine = Engine(model, tokenizer, options, precision)
        return cls(lambda _: engine)

    def summarize(
        self,
        text: str | Sectioned,
        request: Request | None = None,
        *,
        words: int | None = None,
        sentences: int | None = None,
        ratio: float | None = None,
        length: NamedLength | None = None,
        extractive: bool = False,
        language: str | None = None,
        query: str | None = None,
        style: str | None = None,
        explain: bool = False,
        outline: bool = False,
    ) -> Summary:
        """Summarise one text.

        words: at most so many; sentences: exactly so many; ratio: at most this share of the text's words; length:
        short, medium or long; at most one of these four. extractive: the text's own sentences, unchanged. language:
        with extractive, the code of a language that the model does not read; by default it is recognised. query: what
        the summary is to be about.
        style: for this text, instead of the one that was loaded. explain: with `Summary.explanation`. outline: a
        summary of each section. request: all of these but style in one object, instead of the keywords.

        Raises UsageError for an argument that is out of bounds or asks for what the model cannot do, DocumentError
        where there is nothing to summarise in the text.
        """
        options = RequestOptions(
            words=words, sentences=sentences, ratio=ratio, length=length,
            extractive=extractive, language=language, query=query, explain=explain, outline=outline,
        )  # fmt: skip
        return next(self.summarize_many([text], 1, request, style=style, **options))

    def summarize_many(
        self,
        texts: Iterable[str | Sectioned],
        batch_size: int = 8,
        request: Request | None = None,
        *,
        style: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> Iterator[Summary]:
        """Summaries of texts, in order, as soon as each batch is done; no more than one batch is held.

        Raises UsageError at once; DocumentError when it comes to a text in which there is nothing to summarise.
        """
        results = self.try_many(texts, batch_size, request, style=style, **options)
        return (_raised(result) for result in results)

    def try_many(
        self,
        texts: Iterable[str | Sectioned],
        batch_size: int = 8,
        request: Request | None = None,
        *,
        style: str | None = None,
        **options: Unpack[RequestOptions],
    ) -> Iterator[Summary | DocumentError]:
        """The same, with the error in the place of a summary where a text cannot be summarised.

        Raises UsageError at once.
        """
        if isinstance(texts, str | Sectioned):
            raise UsageError("texts: is one text; summarize takes one, summarize_many and try_many several")
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise UsageError(f"batch_size={batch_size!r}: must be a whole number of at least 1")
        request = _request(request, options)
        router = self._router if style is None else self._router_of(style)
        self._engine(router.default_folder).check(request)
        return self._results(iter(texts), batch_size, request, router)

    @property
    def language(self) -> str:
        """The language that the model was trained on."""
        return self._engine(None).model.config.language

    @property
    def can_extract(self) -> bool:
        """Whether the model can give a text's own sentences."""
        return self._engine(None).can_extract

    @property
    def engine(self) -> Engine:
        """What summarises a text that gets no other style: the model, in the style that was loaded if it has a name."""
        return self._engine(self._router.default_folder)

    def __reduce__(self) -> tuple[Callable[[], Summarizer], tuple[()]]:
        """What pickle keeps. Raises PicklingError where there is no folder to load the model from again."""
        if self._load_again is None:
            raise pickle.PicklingError(
                "this Summarizer was made from a network in memory, and cannot be pickled: save the network in a model "
                "folder, and pickle a Summarizer that is loaded from it"
            )
        return self._load_again, ()

    def _router_of(self, style: str) -> StyleRouter:
        if self._folder is None:
            raise UsageError(f"style={style!r}: this summarizer was not loaded from a model folder, and has no styles")
        router = self._routers.get(style)
        if router is None:
            router = self._routers[style] = StyledModel.resolve(self._folder, style).router
        return router

    def _engine(self, style: Path | None) -> Engine:
        engine = self._engines.get(style)
        if engine is None:
            with MAKING:  # two threads must not load one engine twice
                engine = self._engines.get(style)
                if engine is None:
                    engine = self._engines[style] = self._load_engine(style)
        return engine

    def _results(
        self, texts: Iterator[str | Sectioned], batch_size: int, request: Request, router: StyleRouter
    ) -> Iterator[Summary | DocumentError]:
        while batch := [_sectioned(text) for text in islice(texts, batch_size)]:
            requests = [self._request_for(text, request) for text in batch]
            ways = [(router.style_for(text, each), each) for text, each in zip(batch, requests, strict=True)]
            results: dict[tuple[str | None, Request], Iterator[Summary | DocumentError]] = {}
            for way in dict.fromkeys(ways):
                style, text_request = way
                engine = self._engine(router.folder_of(style))
                engine.check(text_request)
                same = [text for text, other in zip(batch, ways, strict=True) if other == way]
                results[way] = iter(engine.summarize_batch(same, text_request))
            for style, text_request in ways:
                result = next(results[style, text_request])
                if isinstance(result, DocumentError):
                    yield result
                else:
                    yield replace(result, style=style, language=language_name(text_request.language))

    def _request_for(self, text: Sectioned, request: Request) -> Request:
        """The request for one text: from a text that is clearly in another language than the model's, sentences are
        selected without it. A model of another language than English does not know an English text by this."""
        name = None if request.language else foreign_language(text.text)
        if name is None or name == self.language:
            return request
        return replace(request, extractive=True, language=language_code(name))


def _request(request: Request | None, options: RequestOptions) -> Request:
    """The request that is given, or the one that the keywords make. Raises UsageError where there are both."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    if unknown := given.keys() - RequestOptions.__annotations__.keys():
        raise TypeError(f"unexpected keyword argument {min(unknown)!r}")
    if request is not None:
        if given:
            raise UsageError(f"{min(given)}: cannot be given beside a request, which says it already")
        if not isinstance(request, Request):
            raise UsageError(f"request={request!r}: must be a Request")
        return request
    if not given:
        return DEFAULT_REQUEST
    return Request(
        Length(options.get("words"), options.get("sentences"), options.get("ratio"), options.get("length")),
        options.get("extractive", False),
        options.get("query"),
        options.get("explain", False),
        options.get("outline", False),
        options.get("language"),
    )


def _sectioned(text: str | Sectioned) -> Sectioned:
    if isinstance(text, Sectioned):
        return text
    if not isinstance(text, str):
        raise UsageError(f"text: must be a str or Sectioned, and is {type(text).__name__}")
    return Sectioned(text)


def _raised(result: Summary | DocumentError) -> Summary:
    if isinstance(result, DocumentError):
        raise result
    return result
