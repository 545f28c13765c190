"""What the command line reads: files, folders, patterns, pipes, and the rows of a pipe as they arrive."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from summarize.checkpoints.model_folder import save_model
from summarize.cli.inputs import INPUT_FORMATS, _prompt_batches, read_inputs
from summarize.decoding.hypothesis import SearchOptions
from summarize.documents import INPUT_FORMATS as READ_FORMATS
from summarize.documents import ReadOptions
from summarize.errors import DataError, DocumentError
from summarize.network.pointer_generator import PointerGenerator
from summarize.text.tokenizer import Tokenizer
from tests.helpers import makers, program
from tests.helpers.makers import FIRST, PARAGRAPHS

GERMAN = "Der Bürgermeister hat am Montag den Minister in Berlin getroffen. Es ging um die neue Brücke über den Fluss."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with documents in it and below it."""
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "a.txt": FIRST.encode(),
        "mail/b.eml": makers.mail(),
        "mail/deep/c.md.gz": gzip.compress(makers.markdown()),
        "mail/deep/d.html": makers.html(),
        "mail/deep/picture.png": b"\x89PNG\0",
        "mail/.hidden/e.txt": b"hidden",
        "mail/.f.txt": b"hidden",
        "pictures/g.png": b"\x89PNG\0",
        "a[1].txt": b"in brackets",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "mail" / "deep" / "loop").symlink_to(tmp_path / "mail", target_is_directory=True)
    return tmp_path


def run(model_folder: Path, *arguments: str, stdin: str | bytes | None = None) -> Result:
    options = ("-m", model_folder, "--beam-size", "1", "--max-length", "5")
    return program.run(*arguments, *options, stdin=stdin)


def records(model_folder: Path, *arguments: str, stdin: str | bytes | None = None) -> list[dict[str, object]]:
    result = run(model_folder, *arguments, "-f", "jsonl", stdin=stdin)
    return [json.loads(line) for line in result.stdout.splitlines()]


def sources(model_folder: Path, *arguments: str) -> list[object]:
    shown = records(model_folder, *arguments)
    assert [record["error"] for record in shown] == [None] * len(shown)
    return [record["source"] for record in shown]


def test_the_formats_of_the_option_are_those_of_the_readers() -> None:
    assert set(INPUT_FORMATS) == set(READ_FORMATS)  # listed in cli, too, so that --help imports no reader


def test_a_folder_is_read_with_recursive(folder: Path, model_folder: Path) -> None:
    result = run(model_folder, "mail")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "summarize: mail: is a folder; --recursive reads the files in it\n"
    assert sources(model_folder, "mail", "-r") == ["mail/b.eml", "mail/deep/c.md.gz", "mail/deep/d.html"]
    result = run(model_folder, "-r", "pictures", "a.txt")
    assert result.exit_code == 1
    assert "summarize: pictures: holds no file whose name says that it can be read\n" in result.stderr


def test_a_pattern_that_the_shell_did_not_expand_is_expanded(folder: Path, model_folder: Path) -> None:
    assert sources(model_folder, "*.txt") == ["a.txt", "a[1].txt"]
    assert sources(model_folder, "mail/**/*.[em]*") == ["mail/b.eml", "mail/deep/c.md.gz"]
    assert sources(model_folder, "a[1].txt") == ["a[1].txt"]  # a name is a name first
    assert sources(model_folder, "m*", "-r") == ["mail/b.eml", "mail/deep/c.md.gz", "mail/deep/d.html"]
    result = run(model_folder, "*.pdf", "p*")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[:2] == [
        "summarize: *.pdf: no such file, and as a pattern, nothing matches it",
        "summarize: p*: no such file, and as a pattern, only folders match it; --recursive reads the files in them",
    ]


def test_several_documents_of_one_input_have_headings(folder: Path, model_folder: Path) -> None:
    for arguments in (("mail", "-r", "--batch-size", "1"), ("mail/deep/*.*[lz]",), ("-i", "jsonl", "-")):
        result = run(model_folder, *arguments, stdin=makers.jsonl())
        assert result.stdout.startswith("==> "), arguments
    for arguments in (("a.txt",), ("-i", "text", "-"), ()):
        assert not run(model_folder, *arguments, stdin=FIRST).stdout.startswith("==>"), arguments


def test_an_address_is_not_fetched(folder: Path, model_folder: Path) -> None:
    result = run(model_folder, "https://example.org/a b", "a.txt")
    assert result.exit_code == 1
    assert "curl -sL 'https://example.org/a b' | summarize\n" in result.stderr


def test_records_have_the_fields_of_their_rows(folder: Path, model_folder: Path) -> None:
    rows = [
        {"id": 7, "text": FIRST, "kind": {"a": [1, None]}, "summary": "theirs", "model": "theirs", "language": "en"},
        {"id": 8, "text": "", "kind": None},
    ]
    (folder / "rows.jsonl").write_bytes(makers.jsonl(rows))
    first, second = records(model_folder, "rows.jsonl")
    assert list(first) == ["source", "summary", "sentences", "model", "request", "read", "error", "id", "kind",
                           "language"]  # fmt: skip
    assert (first["source"], first["id"], first["kind"]) == ("7", 7, {"a": [1, None]})
    assert (first["model"], first["language"]) == (str(model_folder), "en")
    assert first["summary"] not in ("theirs", None)
    assert (second["source"], second["summary"]) == ("8", None)
    assert second["error"] == "rows.jsonl, line 2: the field 'text' is empty"
    assert second["kind"] is None


def test_options_name_the_fields_of_rows(folder: Path, model_folder: Path) -> None:
    (folder / "rows.data").write_bytes(makers.table([{"a": "wrong", "b": FIRST, "c": "name"}]))
    (record,) = records(model_folder, "rows.data", "-i", "csv", "--field", "b", "--id-field", "c")
    assert (record["source"], record["a"], record["c"], record["error"]) == ("name", "wrong", "name", None)
    (record,) = records(model_folder, "rows.data", "-i", "csv", "--field", "x")
    assert record["error"] == "rows.data, line 1: has no field 'x' (it has a, b, c); --field names it"


def test_an_option_limits_the_size_of_documents(folder: Path, model_folder: Path) -> None:
    result = run(model_folder, "a.txt", "--max-size", "0.00005")
    assert result.exit_code == 1
    assert "a.txt: is larger than 5e-05 MB (decompressed); --max-size raises the limit" in result.stderr
    assert run(model_folder, "a.txt", "--max-size", "0").exit_code == 2
    assert run(model_folder, "a.txt", "--max-size", "1e12").exit_code == 0


def test_one_bad_document_among_many_is_reported_and_counted(folder: Path, model_folder: Path) -> None:
    good = {f"good{suffix}": data for suffix, data in makers.every_format().items()}
    bad = {
        "bad.pdf": b"%PDF-1.7\n1 0",
        "bad.docx": b"PK\3\4 cut",
        "bad.json": b'[{"text"',
        "bad.gz": b"\x1f\x8b\x08\0",
    }
    for name, data in (good | bad).items():
        (folder / name).write_bytes(data)
    names = [x for pair in zip(list(good)[:4], bad, strict=True) for x in pair] + list(good)[4:]
    result = run(model_folder, *names, "-f", "jsonl")
    assert result.exit_code == 1
    shown = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["source"] for record in shown if record["error"]] == list(bad)
    assert len(shown) == len(names) + 2 * 6  # three documents each in six of them
    messages = result.stderr.splitlines()
    assert messages[-1] == f"summarize: 4 of {len(shown)} documents could not be summarised"
    assert len(messages) == 5
    assert all(line.startswith("summarize: bad") for line in messages[:-1])


def test_another_language_is_noted_and_summarised(folder: Path, model_folder: Path) -> None:
    (folder / "de.txt").write_text(GERMAN)
    result = run(model_folder, "de.txt", "a.txt")
    assert result.exit_code == 0
    (note,) = [line for line in result.stderr.splitlines() if "looks like" in line]
    assert note.startswith(
        "summarize: de.txt: looks like German; the model reads English, so sentences of the text were"
    )
    assert result.stdout.count("==>") == 2


@pytest.fixture(scope="module")
def extractive_model_folder(
    make_model: Callable[..., PointerGenerator], wide_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A small random model that can extract sentences."""
    folder = tmp_path_factory.mktemp("models") / "extracting"
    model = make_model(vocab_size=len(wide_tokenizer.vocabulary), max_src=64, max_tgt=32, salience=True)
    save_model(folder, model, wide_tokenizer, SearchOptions(max_src=64, beam_size=1, min_length=4, max_length=14))
    return folder


def test_sentences_are_extracted_from_another_language(folder: Path, extractive_model_folder: Path) -> None:
    german = [GERMAN, GERMAN.replace("Berlin", "Bonn")]
    texts = [german[0], FIRST, "", german[1], FIRST]
    for i, text in enumerate(texts):
        (folder / f"{i}.txt").write_text(text)
    shown = records(extractive_model_folder, *(f"{i}.txt" for i in range(5)), "--sentences", "1")
    assert [record["source"] for record in shown] == [f"{i}.txt" for i in range(5)]
    for i in (0, 3):
        assert shown[i]["summary"] in texts[i]
    assert shown[2]["error"] == "2.txt: is empty"
    assert shown[1]["summary"] == shown[4]["summary"]
    assert shown[1]["summary"] not in FIRST


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_no_file_is_left_open(folder: Path, model_folder: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    names = ["a.txt", "mail/b.eml"] * 50
    assert len(records(model_folder, *names, "rows.jsonl", "--batch-size", "64")) == 101
    assert len(os.listdir("/proc/self/fd")) == before


def test_unwanted_documents_are_left_out_of_batches(folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(makers.jsonl())
    batches = list(read_inputs(["rows.jsonl", "a.txt"], ReadOptions(), 2, lambda source: source != "x1"))
    assert [[document.source for document in batch] for batch in batches] == [["x0", "x2"], ["a.txt"]]


def test_an_error_of_the_reading_thread_is_raised_after_its_documents() -> None:
    error = DocumentError("bad")

    def documents() -> Iterator[object]:
        yield from (1, error, 3)
        raise DataError("stop")

    batches = _prompt_batches(documents(), 2)
    assert next(batches) == [1, error]
    assert next(batches) == [3]
    with pytest.raises(DataError, match="stop"):
        next(batches)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["jsonl", "csv", "mbox", "gzip"])
def test_a_row_of_a_slow_pipe_is_not_held_back(model_folder: Path, format: str) -> None:
    """The pipe stays open; each row's summary comes before the next row is written."""
    packer = zlib.compressobj(wbits=31) if format == "gzip" else None
    options = ("-i", "jsonl" if packer else format, "-f", "jsonl", "-m", model_folder, "--max-length", "4")
    command = program.command_line(*options)
    rows = {
        "csv": [("" if i else "id,text\n") + f'{i},"{text}"\n' for i, text in enumerate(PARAGRAPHS)],
        "mbox": [
            ("" if i else "From a\n") + f"Subject: {i}\n\n{text}\n\nFrom a\n" for i, text in enumerate(PARAGRAPHS)
        ],
    }.get(format) or [json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(PARAGRAPHS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            for i, row in enumerate(rows):
                data = row.encode()
                child.stdin.write(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH) if packer else data)
                child.stdin.flush()
                record = json.loads(child.stdout.readline())
                assert str(record["subject" if format == "mbox" else "source"]) == str(i)
                assert record["summary"]
            out, errors = child.communicate(packer.flush() if packer else b"", timeout=60)
            expected = 1 if format == "mbox" else 0  # its last message is empty
            assert (child.returncode, out.count(b"\n"), errors.count(b"\n")) == (expected, expected, 2 * expected), (
                errors
            )
        finally:
            child.kill()


@pytest.mark.slow
def test_an_interruption_while_a_pipe_pauses_is_quiet(model_folder: Path) -> None:
    command = program.command_line("-i", "jsonl", "-f", "jsonl", "-m", model_folder)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(makers.jsonl(makers.rows(1)))
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["source"] == "x0"
            child.send_signal(2)
            assert child.wait(timeout=60) == 130
            assert child.stderr is not None
            assert child.stderr.read() == b""
        finally:
            child.kill()
