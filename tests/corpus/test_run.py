"""`summarize corpus`: shards to shards, with the same bytes whatever the engine and however often a run is stopped."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFile

from summarize.corpus import find_shards
from summarize.errors import UsageError
from tests.helpers import makers
from tests.helpers.corpora import contents, descendants, jsonl, parts, rows, sources, start, wait_for, wait_for_end
from tests.helpers.program import messages_in, run

QUICK = ("--beam-size", "1", "--max-length", "6", "--workers", "1")


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with shards of several formats, two of them of the same base name."""
    monkeypatch.chdir(tmp_path)
    jsonl(tmp_path / "articles" / "may" / "x.jsonl", 3)
    jsonl(tmp_path / "articles" / "june" / "x.jsonl", 70)
    (tmp_path / "articles" / "july.parquet").write_bytes(makers.parquet(rows("july", 5)))
    for name in "ab":
        (tmp_path / "articles" / f"{name}.txt").write_text(rows(name, 1)[0]["text"])
    (tmp_path / "articles" / ".hidden.jsonl").write_text("{}")
    return Path("articles")


def shards_of(*inputs: str, output: str = "out") -> dict[str, list[str]]:
    return {shard.name: [file.name for file in shard.files] for shard in find_shards(inputs, None, output)}


def test_each_shard_of_the_input_becomes_one_of_the_output(articles: Path, model_folder: Path) -> None:
    result = run("corpus", articles, "-o", "out", "-m", model_folder, *QUICK)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "summarize: out: 4 of 4 shards are complete; 80 documents\n"
    out = Path("out")
    assert set(contents(out)) == {
        "manifest.json", "errors.jsonl", "documents-00000.jsonl", "july.jsonl", "june/x.jsonl", "may/x.jsonl",
    }  # fmt: skip
    assert sources(out / "june" / "x.jsonl") == [f"x{i}" for i in range(70)]
    assert sources(out / "documents-00000.jsonl") == ["articles/a.txt", "articles/b.txt"]
    assert (out / "errors.jsonl").read_bytes() == b""


def test_records_are_those_of_the_first_command(articles: Path, model_folder: Path) -> None:
    names = [*sorted(map(str, articles.glob("*.txt"))), str(articles / "may" / "x.jsonl")]
    expected = run(*names, "-m", model_folder, *QUICK[:4], "-f", "jsonl", "--batch-size", "64").stdout
    assert run("corpus", *names, "-o", "out", "-m", model_folder, *QUICK).exit_code == 0
    assert Path("out/documents-00000.jsonl").read_text() + Path("out/may/x.jsonl").read_text() == expected


@pytest.mark.slow
def test_several_processes_give_the_same_bytes(articles: Path, model_folder: Path) -> None:
    with (articles / "june" / "x.jsonl").open("a") as file:
        file.write("{broken\n")
    assert run("corpus", articles, "-o", "one", "-m", model_folder, *QUICK).exit_code == 1
    assert run("corpus", articles, "-o", "two", "-m", model_folder, *QUICK[:-1], "2").exit_code == 1
    assert contents(Path("two")) == contents(Path("one"))


def test_failed_documents_are_listed_with_their_locations_and_the_rest_is_summarised(
    articles: Path, model_folder: Path
) -> None:
    (articles / "c.txt").write_bytes(b"\0\1\2")
    with (articles / "may" / "x.jsonl").open("a") as file:
        file.write('{broken\n{"id": "no text"}\n' + json.dumps(rows("more", 1)[0]) + "\n")
    (articles / "cut.jsonl.gz").write_bytes(gzip.compress(makers.jsonl(rows("cut", 300)), mtime=0)[:-50])
    result = run("corpus", articles, "-o", "out", "-m", model_folder, *QUICK)
    assert result.exit_code == 1
    errors = [json.loads(line) for line in Path("out/errors.jsonl").read_text().splitlines()]
    messages = [error["error"] for error in errors]
    assert all(error["summary"] is None for error in errors)
    assert messages[0].startswith("articles/cut.jsonl.gz: cannot be read: Compressed file ended")
    assert messages[1] == "articles/c.txt: is not text (it has control bytes)"
    assert messages[2].startswith("articles/may/x.jsonl, line 4: is not JSON")
    assert messages[3].startswith("articles/may/x.jsonl, line 5: has no field")
    assert errors[3]["source"] == "no text"
    assert sources(Path("out/may/x.jsonl")) == ["x0", "x1", "x2", "more0"]
    cut = sources(Path("out/cut.jsonl"))
    assert 100 < len(cut) < 300
    assert cut == [f"cut{i}" for i in range(len(cut))]
    assert result.stderr.splitlines()[-1].endswith("documents failed; out/errors.jsonl says why")


def test_an_unexpected_error_fails_only_its_document(
    articles: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(text: str) -> None:
        if text == rows("x", 3)[1]["text"]:
            raise ZeroDivisionError("of all things")

    monkeypatch.setattr("summarize.pipeline.summarizer.foreign_language", failing)
    assert run("corpus", articles / "may", "-o", "out", "-m", model_folder, *QUICK).exit_code == 1
    assert sources(Path("out/x.jsonl")) == ["x0", "x2"]
    error = json.loads(Path("out/errors.jsonl").read_text())
    assert error["error"] == (
        "articles/may/x.jsonl, line 2: could not be summarised (ZeroDivisionError: of all things)"
    )
    assert error["kind"] == "news"


def test_new_inputs_and_removed_outputs_are_summarised_by_the_next_run(articles: Path, model_folder: Path) -> None:
    arguments = ("corpus", articles, "-o", "out", "-m", model_folder, *QUICK)
    run(*arguments)
    before = contents(Path("out"))
    jsonl(articles / "may" / "y.jsonl", 2)
    Path("out/july.jsonl").unlink()
    result = run(*arguments)
    assert result.stderr == "summarize: out: 5 of 5 shards are complete; 82 documents, 7 of them in this run\n"
    after = contents(Path("out"))
    assert sources(Path("out/may/y.jsonl")) == ["y0", "y1"]
    del after["may/y.jsonl"], after["manifest.json"], before["manifest.json"]
    assert after == before
    assert run(*arguments).stderr == "summarize: out: 5 of 5 shards are complete; 82 documents, 0 of them in this run\n"


def test_counts_are_of_all_runs(articles: Path, model_folder: Path) -> None:
    with (articles / "may" / "x.jsonl").open("a") as file:
        file.write("{broken\n")
    arguments = ("corpus", articles, "-o", "out", "-m", model_folder, *QUICK)
    first = run(*arguments)
    failed = "1 of 81 documents failed; out/errors.jsonl says why"
    assert messages_in(first.stderr) == ["out: 4 of 4 shards are complete; 81 documents", failed]
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["documents"]["may/x.jsonl"] == [4, 1]
    counts = manifest.pop("documents")
    for _ in range(2):
        again = run(*arguments)
        message = "out: 4 of 4 shards are complete; 81 documents, 0 of them in this run"
        assert (messages_in(again.stderr), again.exit_code) == ([message, failed], 1)
        assert json.loads(Path("out/manifest.json").read_text())["documents"] == counts
        Path("out/manifest.json").write_text(json.dumps(manifest))  # as after a run that was killed


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--max-length", "7"), "out: was begun with max-length 6, not 7"),
        (("--words", "9"), "out: was begun with words none, not 9"),
        (("--batch-size", "4"), "out: was begun with batch-size 8, not 4"),
        (("--field", "kind"), 'out: was begun with field none, not "kind"'),
    ],
)
def test_other_options_for_a_folder_are_refused(
    articles: Path, model_folder: Path, option: tuple[str, str], message: str
) -> None:
    arguments = ("corpus", articles / "may", "-o", "out", "-m", model_folder, *QUICK)
    run(*arguments)
    result = run(*arguments, *option)
    assert result.exit_code == 2
    assert f"{Path.cwd()}/{message}" in result.stderr


def test_other_inputs_and_models_for_a_folder_are_refused(articles: Path, model_folder: Path) -> None:
    arguments = ("-o", "out", "-m", model_folder, *QUICK)
    run("corpus", articles / "may", *arguments)
    assert "was begun with an input for x.jsonl, which is missing now" in run("corpus", articles, *arguments).stderr
    jsonl(articles / "may" / "x.jsonl", 4)
    assert "which has changed since" in run("corpus", articles / "may", *arguments).stderr
    manifest = json.loads(Path("out/manifest.json").read_text())
    manifest["asked"]["weights"] = "others"
    Path("out/manifest.json").write_text(json.dumps(manifest))
    result = run("corpus", articles / "may", *arguments)
    assert (result.exit_code, "was begun with weights" in result.stderr) == (2, True)


def test_a_folder_of_something_else_is_refused(articles: Path, model_folder: Path) -> None:
    result = run("corpus", articles / "may", "-o", "articles/june", "-m", model_folder, *QUICK)
    assert result.exit_code == 2
    assert "holds something else (x.jsonl); name a new folder" in result.stderr
    assert list(contents(articles / "june")) == ["x.jsonl"]


def test_outputs_are_named_below_the_folder_that_inputs_share(articles: Path, tmp_path: Path) -> None:
    assert shards_of("articles/june/x.jsonl") == {"x.jsonl": ["articles/june/x.jsonl"]}
    both = {"june/x.jsonl": ["articles/june/x.jsonl"], "may/x.jsonl": ["articles/may/x.jsonl"]}
    assert shards_of("articles/june", "articles/may/x.jsonl", "articles/june") == both
    assert shards_of("articles/*/x.jsonl") == both
    assert list(shards_of(str(tmp_path / "articles"))["july.jsonl"]) == [str(tmp_path / "articles" / "july.parquet")]


@pytest.mark.parametrize(
    ("inputs", "output", "message"),
    [
        (["nowhere"], "out", "nowhere: no such file"),
        (["articles/*.csv"], "out", "articles/*.csv: nothing matches it"),
        (["empty"], "out", "empty: holds no file whose name says that it can be read"),
        (["nothing://x"], "out", "nothing://x: cannot be reached: "),
        (["articles"], "articles/out", "is where inputs are read"),
        (["articles/may/x.jsonl"], "articles/may", "is where inputs are read"),
        (["twice"], "out", "twice/a.jsonl and twice/a.parquet: would both be written to a.jsonl"),
        (["failed"], "out", "the name errors.jsonl is reserved"),
    ],
)
def test_inputs_and_outputs_that_cannot_be_are_refused(
    articles: Path, inputs: list[str], output: str, message: str
) -> None:
    Path("empty").mkdir()
    for name in ("twice/a.jsonl", "twice/a.parquet", "failed/errors.jsonl"):
        jsonl(Path(name), 1)
    with pytest.raises(UsageError) as caught:
        find_shards(inputs, None, output)
    assert message in str(caught.value)


def test_any_storage_of_fsspec_is_read_and_written(articles: Path, model_folder: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(articles), "/corpus-in", recursive=True)
    try:
        run("corpus", articles, "-o", "out", "-m", model_folder, *QUICK)
        result = run("corpus", "memory://corpus-in", "-o", "memory://corpus-out", "-m", model_folder, *QUICK)
        assert result.exit_code == 0
        for name, content in contents(Path("out")).items():
            if name not in ("manifest.json", "documents-00000.jsonl"):  # these name the documents' addresses
                assert memory.cat(f"/corpus-out/{name}") == content
        assert not memory.exists("/corpus-out/.unfinished")
    finally:
        memory.rm("/corpus-in", recursive=True)
        memory.rm("/corpus-out", recursive=True)


@pytest.mark.slow
def test_a_shard_whose_storage_fails_is_left_for_the_next_run(
    articles: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    june = jsonl(articles / "june" / "x.jsonl", 140, more=1000 * "x")
    june.write_text("{broken\n" + june.read_text())
    memory = fsspec.filesystem("memory")
    memory.put(str(articles), "/corpus-in", recursive=True)

    def read(file: MemoryFile, size: int = -1) -> bytes:
        if file.path.endswith("june/x.jsonl") and file.tell() > 100_000:
            raise OSError("the storage is away")
        return io.BytesIO.read(file, size)

    try:
        arguments = ("corpus", "memory://corpus-in", "-m", model_folder, *QUICK)
        run(*arguments, "-o", "expected")
        with monkeypatch.context() as patch:
            patch.setattr(MemoryFile, "read", read)
            result = run(*arguments, "-o", "out")
        assert result.exit_code == 1
        assert "memory:///corpus-in/june/x.jsonl: cannot be read: the storage is away" in result.stderr
        assert "1 of 4 shards are incomplete: inputs could not be read; the same command tries again" in result.stderr
        assert not Path("out/june/x.jsonl").exists()
        assert Path("out/errors.jsonl").read_bytes() == b""
        again = run(*arguments, "-o", "out")
        assert messages_in(again.stderr) == [
            "out: 4 of 4 shards are complete; 151 documents, 77 of them in this run",
            "1 of 151 documents failed; out/errors.jsonl says why",  # in the first run
        ]
        assert again.exit_code == 1
        assert contents(Path("out")) == contents(Path("expected"))
    finally:
        memory.rm("/corpus-in", recursive=True)


@pytest.fixture(scope="module")
def finished_run(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with "long", two shards of many blocks, and "expected", the output of an undisturbed run over them."""
    folder = tmp_path_factory.mktemp("long")
    for name in "ab":
        jsonl(folder / "long" / f"{name}.jsonl", 400)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run("corpus", "long", "-o", "expected", "-m", model_folder, *QUICK).exit_code == 0
    return folder


@pytest.fixture
def expected(finished_run: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The output of an undisturbed run over the folder "long", which is in the working folder."""
    monkeypatch.chdir(finished_run)
    return contents(Path("expected"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_run_is_continued(
    expected: dict[str, bytes], model_folder: Path, tmp_path: Path, number: int
) -> None:
    out = tmp_path / "out"
    arguments = ("long", "-o", out, "-m", model_folder, *QUICK)
    with start(*arguments[:-1], "2") as child:
        wait_for(lambda: len(parts(out)) > 2, child)
        workers = descendants(child.pid, "spawn_main")
        child.send_signal(number)
        stdout, stderr = child.communicate(timeout=60)
    assert (stdout, "Traceback" in stderr and number != signal.SIGKILL) == ("", False)
    assert child.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert set(contents(out)) <= {*expected, *map(str, (p.relative_to(out) for p in out.rglob(".unfinished/**/*")))}
    for worker in workers:  # none of them outlives the run
        wait_for_end(worker)
    result = run("corpus", *arguments)
    message = re.fullmatch(
        r"summarize: .*: 2 of 2 shards are complete; 800 documents, (\d+) of them in this run\n", result.stderr
    )
    assert message
    assert int(message[1]) <= 800 - 2 * 64
    assert contents(out) == expected


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(expected: dict[str, bytes], model_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start("long", "-o", out, "-m", model_folder, *QUICK[:-1], "2") as child:
        wait_for(lambda: parts(out), child)
        os.kill(descendants(child.pid, "spawn_main")[0], signal.SIGKILL)
        _, stderr = child.communicate(timeout=120)
    assert (child.returncode, stderr) == (
        0,
        f"summarize: {out}: 2 of 2 shards are complete; 800 documents\n",
    )
    assert contents(out) == expected


@pytest.mark.slow
def test_a_document_that_kills_every_worker_is_named(articles: Path, model_folder: Path) -> None:
    script = Path("deadly.py")
    script.write_text(
        "import os\nfrom summarize.corpus import engine, jobs\n"
        "def serve(job, connection):\n"
        "    while isinstance(item := connection.recv(), jobs.End):\n        connection.send(item)\n    os._exit(7)\n"
        "if __name__ == '__main__':\n"
        "    from summarize.cli import main\n    engine._serve = serve\n    main()\n"
    )
    command = [sys.executable, script, "corpus", articles / "may", "-o", "out", "-m", model_folder, *QUICK[:-1], "2"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 2
    assert result.stderr == "summarize: 3 workers have died at block 0 of x.jsonl (exit code 7)\n"


@pytest.mark.slow
def test_a_second_run_in_a_folder_is_refused(expected: dict[str, bytes], model_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("long", "-o", out, "-m", model_folder, *QUICK)
    with start(*arguments) as child:
        wait_for(lambda: parts(out), child)
        result = run("corpus", *arguments)
        child.kill()
    assert (result.exit_code, result.stderr) == (2, f"summarize: {out}: another run is writing it\n")
