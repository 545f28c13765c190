"""The Python API: what is exported, keywords beside a Request, and a UsageError for every argument that is wrong."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import summarize
from summarize import DocumentError, Length, Request, Sectioned, SummarizeError, Summarizer, UsageError
from tests.helpers.paths import ROOT

TEXT = "Mayor Anna Smith met the minister in New York on Monday. It was 2,500. The old town has a bridge."


@pytest.fixture(scope="module")
def summarizer(model_folder: Path) -> Summarizer:
    return Summarizer.load(model_folder)


def test_every_exported_name_is_found_and_nothing_else() -> None:
    for name in summarize.__all__:
        assert getattr(summarize, name).__name__ == name
    assert set(summarize.__all__) | {"__version__"} == set(dir(summarize))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        summarize.nothing  # noqa: B018


def test_every_error_is_exported_and_is_a_summarize_error() -> None:
    from summarize import errors

    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert classes <= set(summarize.__all__)
    assert all(issubclass(getattr(summarize, name), SummarizeError) for name in classes)


def test_importing_the_package_is_cheap() -> None:
    script = "import sys, summarize; print(sorted({'torch', 'numpy', 'tokenizers', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_keywords_ask_for_the_same_as_a_request(summarizer: Summarizer) -> None:
    request = Request(Length(sentences=2), query="bridge", explain=True)
    assert summarizer.summarize(TEXT, sentences=2, query="bridge", explain=True) == summarizer.summarize(TEXT, request)
    (of_many,) = summarizer.summarize_many([TEXT], sentences=2, query="bridge", explain=True)
    assert of_many == summarizer.summarize(TEXT, request)
    assert summarizer.summarize(TEXT, explain=True).explanation is not None
    assert summarizer.summarize(TEXT).explanation is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"words": 0}, "words=0"),
    ({"words": -3}, "words=-3"),
    ({"words": 2.5}, "words=2.5"),
    ({"words": True}, "words=True"),
    ({"sentences": 0}, "sentences=0"),
    ({"ratio": 0}, "ratio=0"),
    ({"ratio": 30}, "ratio=30"),
    ({"ratio": float("nan")}, "ratio=nan"),
    ({"length": "huge"}, "huge"),
    ({"words": 50, "sentences": 2}, "words"),
    ({"ratio": 0.2, "length": "short"}, "ratio"),
    ({"query": 3}, "query"),
    ({"style": "minutes"}, "style"),
    ({"extractive": True}, "extractive"),  # this model has no salience head
    ({"request": Request(), "words": 30}, "words"),
    ({"request": {"words": 30}}, "request"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=str)
def test_a_wrong_argument_is_named_before_any_work_is_done(
    summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], named: str
) -> None:
    def work(*_: object) -> None:
        pytest.fail("work was done")

    monkeypatch.setattr(type(summarizer.engine), "summarize_batch", work)
    with pytest.raises((UsageError, summarize.CheckpointError), match=re.escape(named)) as caught:
        summarizer.summarize(TEXT, **arguments)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, True])
def test_a_wrong_batch_size_is_refused(summarizer: Summarizer, batch_size: Any) -> None:
    with pytest.raises(UsageError, match=f"batch_size={batch_size}"):
        summarizer.try_many([TEXT], batch_size)


@pytest.mark.parametrize("texts", [TEXT, Sectioned(TEXT)])
def test_one_text_is_not_taken_for_many(summarizer: Summarizer, texts: Any) -> None:
    with pytest.raises(UsageError, match="texts: is one text"):
        summarizer.summarize_many(texts)


@pytest.mark.parametrize("text", [None, b"bytes", 3])
def test_what_is_no_text_is_refused(summarizer: Summarizer, text: Any) -> None:
    with pytest.raises(UsageError, match="must be a str or Sectioned"):
        summarizer.summarize(text)


def test_an_unknown_search_option_is_named(model_folder: Path) -> None:
    with pytest.raises(UsageError, match="no search option 'beams'"):
        Summarizer.load(model_folder, search={"beams": 3})
    assert Summarizer.load(model_folder, search={"beam_size": 3}).engine.options.beam_size == 3


def test_an_unknown_keyword_is_a_type_error(summarizer: Summarizer) -> None:
    with pytest.raises(TypeError, match="'sentenses'"):
        summarizer.summarize_many([TEXT], sentenses=2)  # type: ignore[call-arg]


def test_a_text_without_words_is_a_document_error(summarizer: Summarizer) -> None:
    with pytest.raises(DocumentError, match="nothing to read"):
        summarizer.summarize(" \n")


@pytest.mark.slow
def test_the_examples_of_the_api_page_give_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "api.md", "docs/api.md", 0)
    assert len(examples.examples) > 20
    shown: list[str] = []
    doctest.DocTestRunner().run(examples, out=shown.append)
    assert shown == []
