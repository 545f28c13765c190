"""Any option with any document: no traceback, limits held, an answer for every document."""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summarize import SearchOptions, Summarizer, Summary
from summarize.checkpoints.model_folder import save_model
from summarize.errors import DocumentError
from summarize.text.tokenizer import Tokenizer
from tests.helpers.models import MakeModel
from tests.helpers.program import run

LONG_SENTENCE = (
    "The mayor Anna Smith met the minister in New York on Monday and they said that the old town bridge was well known "
    "because it was 2,500 and in March the state of the art visits"
)
DOCUMENTS = {
    "no letters": "--- *** ... !!! ___ ///",
    "one word": "bridge",
    "no full stop": LONG_SENTENCE,
    "two long sentences": f"{LONG_SENTENCE}. {LONG_SENTENCE} again and again.",
    "list items": "\n".join(f"- item {i} of the old town" for i in range(30)),
    "only URLs": "\n".join(f"https://example.org/{i}/page?x={i}" for i in range(8)),
    "only numbers": " ".join(str(i * 37) for i in range(60)),
    "one sentence sixty times": "The mayor met the minister on Monday. " * 60,
    "no spaces": "mayorbridge" * 80,
    "headings only": "# Bridges\n\n# Trains\n\n# Boats\n",
    "a chat": "Anna: Are you coming tonight?\nTom: Not sure yet, why?\nAnna: We need the tent.\nTom: Ok, I will :)",
    "empty": "",
    "control characters": "\x00\x1b[31m\x07",
    "another script": "市长在星期一会见了部长。老城有一座桥。" * 3,
    "emoji": "☃ ☃ café 👩‍👩‍👧 bridge. The mayor met 👍.",
}
LENGTHS: list[dict[str, Any]] = [
    {},
    *({"words": n} for n in (5, 9, 18, 200)),
    *({"sentences": n} for n in (1, 3, 40)),
    *({"ratio": share} for share in (0.01, 0.3, 1.0)),
    *({"length": name} for name in ("short", "medium", "long")),
]
MODELS = ("whole", "sentencewise")


@pytest.fixture(scope="module")
def folders(
    make_model: MakeModel, wide_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A small model of either kind that scores sentences."""
    options = SearchOptions(max_src=64, beam_size=2, min_length=4, max_length=14)
    kinds = {"whole": {}, "sentencewise": {"sentencewise": True}}
    folders: dict[str, Path] = {}
    for kind, choices in kinds.items():
        model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True, **choices)
        folders[kind] = tmp_path_factory.mktemp("models") / kind
        save_model(folders[kind], model, wide_tokenizer, options)
    return folders


@cache
def load(folder: Path, search: tuple[tuple[str, Any], ...]) -> Summarizer:
    return Summarizer.load(folder, search=dict(search), precision="fp32")


def check(text: str, length: dict[str, Any], outline: bool, result: Summary | DocumentError) -> None:
    """What holds whatever was asked for."""
    if isinstance(result, DocumentError):
        assert not any(c.isalnum() for c in text), str(result)
        return
    assert result.text.strip() or not any(c.isalnum() for c in text)
    if outline:
        return
    n_words = len(result.text.split())
    if "words" in length:
        assert n_words <= length["words"]
    if "ratio" in length:
        assert n_words <= max(10, int(length["ratio"] * result.words))


@pytest.mark.slow
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_every_option_with_every_document(folders: dict[str, Path], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(MODELS))
    search = data.draw(st.sampled_from([{}, {"beam_size": 1}, {"min_length": 0, "max_length": 5}, {"max_src": 16}]))
    summarizer = load(folders[kind], tuple(search.items()))
    names = data.draw(st.lists(st.sampled_from(sorted(DOCUMENTS)), min_size=1, max_size=3))
    length = data.draw(st.sampled_from(LENGTHS))
    flags = {name: data.draw(st.booleans()) for name in ("extractive", "explain", "outline")}
    query = data.draw(st.sampled_from([None, "bridge", "☃"]))
    texts = [DOCUMENTS[name] for name in names]
    batch_size = data.draw(st.integers(1, 3))
    results = list(summarizer.try_many(texts, batch_size, **length, **flags, query=query))
    assert len(results) == len(texts)
    for text, result in zip(texts, results, strict=True):
        check(text, length, flags["outline"], result)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("extractive", [False, True])
def test_a_limit_below_the_length_of_every_sentence_cuts_one(
    folders: dict[str, Path], kind: str, extractive: bool
) -> None:
    summarizer = Summarizer.load(folders[kind], precision="fp32")
    for n_words, explain in itertools.product((5, 9, 18), (False, True)):
        summary = summarizer.summarize(
            DOCUMENTS["two long sentences"], words=n_words, extractive=extractive, explain=explain
        )
        assert 1 <= len(summary.text.split()) <= n_words
        if extractive:
            assert summary.text.endswith("…")
        if explain:
            assert summary.explanation is not None
            assert len(summary.explanation.p_gen) == sum(len(s.words) for s in summary.sentences)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ("--words", "18"),
        ("--words", "18", "--explain"),
        ("--ratio", "0.05", "--strict"),
        ("--outline", "--words", "9"),
        ("--extractive", "--words", "5"),
        ("--query", "bridge", "--sentences", "2", "--beam-size", "1"),
    ],
    ids=" ".join,
)
def test_the_program_answers_for_every_document(
    folders: dict[str, Path], tmp_path: Path, options: tuple[str, ...]
) -> None:
    paths = []
    for i, text in enumerate(DOCUMENTS.values()):
        paths.append(tmp_path / f"{i}.txt")
        paths[-1].write_text(text)
    done = run(*paths, "-m", folders["sentencewise"], "-f", "jsonl", *options)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(record["source"]).name for record in records] == [path.name for path in paths]
    assert all((record["summary"] is None) == (record["error"] is not None) for record in records)
    assert "Traceback" not in done.output
