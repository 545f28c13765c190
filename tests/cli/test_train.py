"""`summarize train`: a model is trained, continued and used; what cannot be trained is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.helpers.program import messages_in, run

TINY = ("--steps", "2", "--vocab-size", "200", "--d-model", "8", "--n-heads", "2", "--n-layers", "1", "--max-src", "32")
TINY_RUN = (*TINY, "--pointer-heads", "2", "--max-tgt", "12", "--batch-size", "2", "--precision", "fp32")


def test_a_model_is_trained_and_used(four_pairs: Path) -> None:
    train = ("train", four_pairs, "--validation", four_pairs, "-o", "run", *TINY_RUN, "--rouge-examples", "1")
    result = run(*train, "--log-every", "1")
    assert (result.exit_code, result.stdout) == (0, "")
    data, validation, *progress, last = result.stderr.splitlines()
    assert data.startswith(f"{four_pairs}: pairs: ")
    assert validation == f"{four_pairs}: 1 left out of the validation"
    assert last == "finished at step 2: run"
    assert [line.split("  ")[0] for line in progress] == ["step 1 of 2", "step 2 of 2", "step 2 of 2"]
    assert "validation loss" in progress[-1]
    assert "learning rate" in progress[0]

    result = run("a.txt", "-m", "run/best")
    assert result.exit_code == 0
    assert result.stdout.strip()
    assert run("evaluate", four_pairs, "-m", "run/best").exit_code == 0

    result = run(*train)
    assert result.exit_code == 2
    assert messages_in(result.stderr)[0].startswith("run already holds a run")
    assert run(*train, "--resume").exit_code == 0


def test_a_time_limit_of_training_is_no_error(four_pairs: Path) -> None:
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, "--max-minutes", "0")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == "saved at step 1: run"
    assert run("a.txt", "-m", "run/best").exit_code == 0


def test_a_quiet_run_says_nothing(four_pairs: Path) -> None:
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, "-q")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert Path("run/best/config.json").exists()


def test_what_was_left_out_or_cut_is_counted(folder: Path) -> None:
    long = "Rain fell on the town and on the river, " * 8
    rows = ["document,summary", f'"{long}","{long}"', "Rain fell.,Rain.", "A ship sank.,", ",Nothing.", '"  ",x']
    Path("x.csv").write_text("\n".join(rows) + "\n")
    result = run("train", "x.csv", "-o", "run", *TINY_RUN)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == (
        "x.csv: pairs: 2; left out, as the document or the summary is empty: 3; documents cut to 32 tokens: 1; "
        "summaries cut to 12 tokens: 1; language: English"
    )
    counts = {"step": 0, "pairs": 2, "left_out": 3, "summaries_cut": 1, "documents_cut": 1}
    assert json.loads(Path("run/log.jsonl").read_text().splitlines()[0]) == counts


def test_a_null_ends_a_run_only_if_the_data_are_strict(four_pairs: Path) -> None:
    with four_pairs.open("a") as file:
        file.write('{"document": "D", "summary": null}\n')
    assert run("train", four_pairs, "-o", "run", *TINY_RUN).exit_code == 0
    result = run("train", four_pairs, "-o", "strict", *TINY_RUN, "--strict-data")
    assert (result.exit_code, result.stdout) == (1, "")
    (message,) = messages_in(result.stderr)
    assert message == f"{four_pairs}, line 5: the field 'summary' is neither text nor a list of sentences"


def test_a_summary_field_is_named_once(four_pairs: Path) -> None:
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, "--summary-field", "a", "--summary-field", "b")
    assert result.exit_code == 2
    assert "--summary-field: is given 2 times; a pair has one summary to learn" in result.stderr


def test_lists_of_sentences_are_learned_as_texts(four_pairs: Path) -> None:
    rows = [json.loads(line) for line in four_pairs.read_text().splitlines()]
    lists = [{name: text.split(". ") for name, text in row.items() if isinstance(text, str)} for row in rows]
    Path("lists.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lists))
    assert run("train", "lists.jsonl", "-o", "run", *TINY_RUN).exit_code == 0
    assert json.loads(Path("run/log.jsonl").read_text().splitlines()[0])["pairs"] == 3  # one is blank


def test_a_loss_that_is_no_number_ends_a_run(four_pairs: Path) -> None:
    rate = ("--new-learning-rate", "1e30", "--warmup-steps", "0", "--validation", four_pairs)
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, "--steps", "9", *rate, "-q")
    assert (result.exit_code, result.stdout) == (2, "")
    (message,) = messages_in(result.stderr)
    assert "not a finite number" in message
    assert "kept: nothing;" in message
    assert "NaN" not in Path("run/log.jsonl").read_text()
    assert not Path("run/best").exists()


def test_a_run_does_not_resume_with_another_seed(four_pairs: Path) -> None:
    run("train", four_pairs, "-o", "run", *TINY_RUN, "--max-minutes", "0")
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, "--resume", "--seed", "3")
    assert result.exit_code == 2
    (message,) = messages_in(result.stderr)
    assert message.startswith("run was trained with seed=0, not seed=3: ")


def test_an_option_of_zero_is_not_left_out(four_pairs: Path) -> None:
    zeros = ("--rouge-examples", "0", "--later-windows", "0")
    assert run("train", four_pairs, "-o", "run", *TINY_RUN, *zeros).exit_code == 0
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
        (("-o", "a.txt"), "a.txt"),
        (("-o", "a.txt/run"), "a.txt"),
    ],
)
def test_training_that_cannot_start_is_reported(four_pairs: Path, arguments: Sequence[str], message: str) -> None:
    result = run("train", four_pairs, "-o", "run", *TINY_RUN, *arguments)
    assert (result.exit_code, result.stdout) == (1 if "no such file" in message else 2, "")
    (reported,) = messages_in(result.stderr)
    assert message in reported
    assert not (four_pairs.parent / "run").exists()


def test_a_row_without_its_field_is_named(four_pairs: Path) -> None:
    with four_pairs.open("a") as file:
        file.write('{"text": "D"}\n')
    result = run("train", "-o", "run", *TINY_RUN, four_pairs)
    assert (result.exit_code, result.stdout) == (1, "")
    (message,) = messages_in(result.stderr)
    assert message.startswith(f"{four_pairs}, line 5: has no field 'summary'")


def test_a_model_from_scratch_keeps_the_letters_of_its_language_and_names_it(folder: Path) -> None:
    document = "Die Brücke über die Förde wird für elf Wochen gesperrt, teilte die Behörde am Montag mit."
    pair = {"document": document, "summary": "Die Brücke bleibt elf Wochen gesperrt."}
    Path("de.jsonl").write_text(3 * (json.dumps(pair) + "\n"))
    Path("de.txt").write_text(document)
    result = run("train", "de.jsonl", "-o", "run", *TINY_RUN)
    assert result.stderr.splitlines()[0].endswith("; language: German")
    assert json.loads(Path("run/best/config.json").read_text())["language"] == "German"
    assert "Brücke" in json.loads(Path("run/tokenizer.json").read_text())["model"]["vocab"]
    assert run("train", "de.jsonl", "-o", "run", *TINY_RUN, "--steps", "3", "--resume").exit_code == 0
    assert json.loads(Path("run/best/config.json").read_text())["language"] == "German"
    assert "looks like" not in run("de.txt", "-m", "run/best").stderr

    Path("fr.txt").write_text("Le pont sera fermé pendant onze semaines, ont annoncé lundi les autorités de la ville.")
    (note,) = [line for line in run("fr.txt", "-m", "run/best").stderr.splitlines() if "looks like" in line]
    assert note.startswith(
        "summarize: fr.txt: looks like French; the model reads German, so sentences of the text were"
    )
