"""The command line: what it prints where, and with which exit code; a traceback is never an answer."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from rouge_score.rouge_scorer import RougeScorer

from summarize import Summarizer, __version__
from summarize.cli.streams import ExitStatus
from summarize.evaluation import signature
from summarize.pipeline import summarizer
from tests.helpers.models import MORE, NEWS
from tests.helpers.program import run

TINY = ("--steps", "2", "--vocab-size", "200", "--d-model", "8", "--n-heads", "2", "--n-layers", "1", "--max-src", "32")
TINY_RUN = (*TINY, "--pointer-heads", "2", "--max-tgt", "12", "--batch-size", "2", "--precision", "fp32")


@pytest.fixture(autouse=True)
def _same_machine_for_all(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this process: float32 everywhere, so that a batch gives what its texts give alone, to the last word."""
    monkeypatch.setattr(summarizer, "fastest_precision", lambda device: "fp32")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def expected(model_folder: Path) -> Summarizer:
    return Summarizer(*model_folder.load_model(model_folder))


def lines(expected: Summarizer, text: str) -> str:
    return "".join(f"{sentence.text}\n" for sentence in expected.summarize(text).sentences)


def sentences_on(stderr: str) -> list[str]:
    """Its complaints, each a line of one sentence."""
    found = stderr.splitlines()
    assert all(line.startswith("summarize: ") for line in found), stderr
    return [line.removeprefix("summarize: ") for line in found]


def test_a_file_is_summarised(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("a.txt", "--model", model_folder)
    assert (result.exit_code, result.stdout, result.stderr) == (0, lines(expected, NEWS), "")


def test_several_files_have_headings(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("-m", model_folder, "a.txt", "b.txt", "--batch-size", "1")
    assert result.stdout == f"==> a.txt <==\n{lines(expected, NEWS)}\n==> b.txt <==\n{lines(expected, MORE)}"
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("-",), ("-f", "plain")])
def test_standard_input_is_summarised(model_folder: Path, expected: Summarizer, arguments: Sequence[str]) -> None:
    result = run(*arguments, "-m", model_folder, stdin=MORE)
    assert (result.exit_code, result.stdout, result.stderr) == (0, lines(expected, MORE), "")


def test_standard_input_stands_among_files(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("a.txt", "-", "-m", model_folder, "-f", "jsonl", stdin=MORE)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["source"] for record in records] == ["a.txt", "stdin"]
    assert [record["summary"] for record in records] == [expected.summarize(text).text for text in (NEWS, MORE)]


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json_says_where_every_word_is_from(
    folder: Path, model_folder: Path, expected: Summarizer, format: str
) -> None:
    result = run("a.txt", "b.txt", "nowhere.txt", "-m", model_folder, "--format", format)
    assert result.exit_code == 1
    records = json.loads(result.stdout) if format == "json" else [json.loads(x) for x in result.stdout.splitlines()]
    assert [record["source"] for record in records] == ["a.txt", "b.txt", "nowhere.txt"]
    for record, text in zip(records, (NEWS, MORE), strict=False):
        assert list(record) == ["source", "summary", "sentences", "model", "request", "read", "error"]
        summary = expected.summarize(text)
        assert (record["summary"], record["model"], record["error"]) == (summary.text, str(model_folder), None)
        assert record["read"] == {"words": summary.words, "selected_words": summary.selected_words}
        assert record["sentences"] == [
            {
                "text": sentence.text,
                "words": [
                    {"text": w.text, "copied": pytest.approx(w.copied, abs=1e-3), "span": w.span and list(w.span)}
                    for w in sentence.words
                ],
            }
            for sentence in summary.sentences
        ]
    assert records[2]["summary"] is None
    assert records[2]["error"] == "nowhere.txt: no such file"


def test_a_document_that_fails_does_not_stop_the_others(folder: Path, model_folder: Path, expected: Summarizer) -> None:
    (folder / "empty.txt").write_text(" \n")
    (folder / "hidden.txt").write_text("\u200b\u200b")
    (folder / "picture.png").write_bytes(bytes(range(256)))
    files = ("nowhere.txt", "a.txt", "empty.txt", ".", "b.txt", "picture.png", "hidden.txt")
    result = run(*files, "-m", model_folder, "--batch-size", "3")
    assert result.exit_code == 1
    assert result.stdout == f"==> a.txt <==\n{lines(expected, NEWS)}\n==> b.txt <==\n{lines(expected, MORE)}"
    assert sentences_on(result.stderr) == [
        "nowhere.txt: no such file",
        "empty.txt: is empty",
        ".: is a folder; --recursive reads the files in it",
        "picture.png: is not text (it has control bytes)",
        "hidden.txt: there is nothing to read in this text",
        "5 of 7 documents could not be summarised",
    ]


@pytest.mark.parametrize("content", [b"", b"\0\1\2", None])
def test_one_document_that_fails_is_told_of_once(folder: Path, model_folder: Path, content: bytes | None) -> None:
    if content is not None:
        (folder / "c.txt").write_bytes(content)
    result = run("c.txt", "-m", model_folder)
    assert (result.exit_code, result.stdout) == (1, "")
    (sentence,) = sentences_on(result.stderr)
    assert sentence.startswith("c.txt: ")


def test_an_empty_standard_input_fails(model_folder: Path) -> None:
    result = run("-m", model_folder, stdin="")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "summarize: stdin: is empty\n")


def test_a_text_that_is_read_in_part_is_told_of_once(folder: Path, model_folder: Path) -> None:
    (folder / "long.txt").write_text("the mayor met the minister. " * 40)
    result = run("long.txt", "-m", model_folder)
    assert result.exit_code == 0
    assert sentences_on(result.stderr) == ["long.txt: read the first 52 of 200 words"]
    result = run("long.txt", "-m", model_folder, "-f", "jsonl")
    assert (json.loads(result.stdout)["read"], result.stderr) == ({"words": 200, "selected_words": 52}, "")


def test_names_and_texts_are_data(folder: Path, model_folder: Path) -> None:
    name = "[bold]\x1b[31m\n\u202e.txt"
    (folder / name).write_text("[/red] the \x1b[31mmayor \x9b2J met \u202ethe minister")
    for arguments in ((name, "a.txt"), (name, "nowhere\x1b[2J.txt"), (name, "-f", "rich")):
        result = run(*arguments, "-m", model_folder)
        assert "[bold]�[31m" in result.stdout
        assert not re.search("[\x1b\x9b\u202e]", result.stdout + result.stderr), arguments


def test_a_name_that_is_no_unicode_is_shown_nevertheless(folder: Path, model_folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    try:
        Path(name).write_text(NEWS)
    except OSError:
        pytest.skip("this file system holds Unicode names only")
    for format in ("plain", "rich", "json", "jsonl"):
        result = run(name, "a.txt", os.fsdecode(b"\xff.txt"), "-m", model_folder, "-f", format)
        assert result.exit_code == 1
        assert "caf�.txt" in result.stdout
        assert "�.txt: no such file" in result.stderr


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_damaged_model_is_wrong_use(folder: Path, model_folder: Path, name: str) -> None:
    shutil.copytree(model_folder, folder / "model")
    (folder / "model" / name).write_bytes(b"\xff{")
    result = run("a.txt", "-m", "model")
    assert (result.exit_code, result.stdout) == (2, "")
    (sentence,) = sentences_on(result.stderr)
    assert f"model/{name}" in sentence


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "nowhere"), "no model 'nowhere'"),
        (("--max-length", "1000"), "this model writes at most 31 tokens"),
        (("--device", "nonsense"), "no such device"),
        (("--beam-size", "0"), "0 is not in the range"),
        (("--beam-size", "x"), "not a valid integer"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--nonsense",), "No such option"),
    ],
)
def test_wrong_use_is_said(folder: Path, model_folder: Path, arguments: Sequence[str], message: str) -> None:
    result = run("a.txt", "-m", model_folder, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "at_most"), [(("--max-length", "3", "--min-length", "1"), 3), (("--max-src", "16"), 14)]
)
def test_search_options_are_obeyed(folder: Path, model_folder: Path, arguments: Sequence[str], at_most: int) -> None:
    result = run("b.txt", "-m", model_folder, *arguments, "--threads", "1", "--beam-size", "1", "-f", "json")
    (record,) = json.loads(result.stdout)
    assert 0 < sum(len(sentence["words"]) for sentence in record["sentences"]) <= at_most
    assert (record["read"]["selected_words"] < record["read"]["words"]) == ("--max-src" in arguments)


@pytest.mark.parametrize("penalty", ["0", "-3", "inf", pytest.param("1000"), pytest.param("-1000")])
def test_any_length_penalty_gives_a_summary_or_is_refused(folder: Path, model_folder: Path, penalty: str) -> None:
    result = run("a.txt", "-m", model_folder, f"--length-penalty={penalty}")
    assert (result.exit_code, bool(result.stdout), bool(result.stderr)) in [(0, True, False), (2, False, True)]


def test_help_shows_the_options_and_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for text in ("Output:", "Search:", "--beam-size", "--format", "train", "evaluate", "models", "--version"):
        assert text in result.stdout
    assert run("--version").stdout == f"summarize {__version__}\n"
    for command in ("train", "evaluate", "models", "text"):
        assert run(command, "--help").exit_code == 0


def test_an_interruption_has_its_own_exit_code(
    folder: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[object]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(Summarizer, "try_many", interrupted)
    result = run("a.txt", "-m", model_folder)
    assert (result.exit_code, result.stdout) == (130, "")


@pytest.fixture
def pairs(folder: Path) -> Path:
    rows = [
        {"id": 1, "text": NEWS, "summary": "The mayor met the minister.\nIt was 2,500.", "kind": "news"},
        {"id": 2, "text": MORE, "summary": "The bridge is well known.", "kind": "news"},
        {"id": 3, "text": " ", "summary": "Nothing to read.", "kind": "blank"},
        {"id": 4, "text": "the mayor " * 20, "summary": "the mayor", "kind": "other"},
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "pairs.jsonl"


def test_scores_are_means_over_all_documents(pairs: Path, model_folder: Path, expected: Summarizer) -> None:
    result = run("evaluate", pairs, "-m", model_folder, "--format", "json", "--batch-size", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert (found["signature"], found["documents"]) == (signature(), 4)
    (system,) = found["systems"]
    assert system["name"] == str(model_folder)
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True)
    each = []
    for row in map(json.loads, pairs.read_text().splitlines()):
        prediction = lines(expected, row["text"]) if row["text"].strip() else ""  # nothing to read counts as nothing
        each.append(scorer.score(row["summary"], prediction))
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        for part in ("precision", "recall", "fmeasure"):
            mean = sum(getattr(scores[name], part) for scores in each) / 4
            assert system[name][part] == pytest.approx(mean, abs=1e-9)


def test_a_table_of_scores_has_the_same_figures(
    pairs: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    scores = json.loads(run("evaluate", pairs, "-m", model_folder, "-f", "json").stdout)["systems"][0]
    table = run("evaluate", pairs, "-m", model_folder).stdout
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        figures = [f"{100 * scores[name][part]:.2f}" for part in ("precision", "recall", "fmeasure")]
        pattern = r"[ │]+".join([rf"\b{name.removeprefix('rouge')}", *map(re.escape, figures)])
        assert re.search(pattern, table), name
    assert f"{model_folder} (4 documents)" in table
    assert signature() in table


def test_a_part_of_a_data_set_is_scored(pairs: Path, model_folder: Path) -> None:
    def documents(*arguments: str) -> int:
        return json.loads(run("evaluate", pairs, "-m", model_folder, "-f", "json", *arguments).stdout)["documents"]

    assert documents("--where", "kind=news") == 2
    assert documents("--every", "3") == 2
    assert documents("--where", "kind=news", "--every", "2") == 1
    result = run("evaluate", pairs, "-m", model_folder, "--where", "kind=none")
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentences_on(result.stderr) == [f"{pairs}: holds no such pair"]


@pytest.mark.parametrize("command", [("evaluate",), ("train", "-o", "run", *TINY_RUN)])
def test_a_line_without_its_field_is_named(pairs: Path, model_folder: Path, command: Sequence[str]) -> None:
    with pairs.open("a") as file:
        file.write('{"text": "D"}\n')
    model = () if command[0] == "train" else ("-m", model_folder)
    result = run(*command, pairs, *model)
    assert (result.exit_code, result.stdout) == (2, "")
    (sentence,) = sentences_on(result.stderr)
    assert sentence.startswith(f"{pairs}, line 5: has no field 'summary'")


def test_shipped_models_are_listed(model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_folder, "model_folders", lambda: {"tiny": model_folder})
    result = run("models")
    assert result.exit_code == 0
    assert re.fullmatch(
        rf"tiny\t0\.0 M parameters, 0 MB, pointer of 2 scaled dot product heads\t{re.escape(str(model_folder))}\n",
        result.stdout,
    )
    monkeypatch.setattr(model_folder, "model_folders", dict)
    assert run("models").stdout == ""


def test_a_model_is_trained_and_used(pairs: Path) -> None:
    train = ("train", pairs, "--validation", pairs, "-o", "run", *TINY_RUN, "--rouge-examples", "1")
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
    assert run("evaluate", pairs, "-m", "run/best").exit_code == 0

    result = run(*train)
    assert result.exit_code == 2
    assert "--resume continues it" in sentences_on(result.stderr)[0]
    assert run(*train, "--resume").exit_code == 0


def test_a_time_limit_of_training_is_no_error(pairs: Path) -> None:
    result = run("train", pairs, "-o", "run", *TINY_RUN, "--max-minutes", "0")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == "saved at step 1: run"


def test_an_option_of_zero_is_given_all_the_same(pairs: Path) -> None:
    assert run("train", pairs, "-o", "run", *TINY_RUN, "--rouge-examples", "0", "--later-windows", "0").exit_code == 0
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
        pytest.param(
            *(("-o", "a.txt"), "a.txt"),
        ),
        pytest.param(
            *(("-o", "a.txt/run"), "a.txt"),
        ),
    ],
)
def test_training_that_cannot_start_is_wrong_use(pairs: Path, arguments: Sequence[str], message: str) -> None:
    result = run("train", pairs, "-o", "run", *TINY_RUN, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (sentence,) = sentences_on(result.stderr)
    assert message in sentence
    assert not (pairs.parent / "run").exists()


def test_exit_codes_are_the_documented_ones() -> None:
    shown = " ".join(run("--help").stdout.split())
    assert "Exit codes: 0 All done. 1 Some document failed; the rest are done. 2 Wrong use" in shown
    assert [int(status) for status in ExitStatus] == [0, 1, 2, 130, 143]
