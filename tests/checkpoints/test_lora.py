"""Styles: what is learned is a change of the attention alone, small, made part of the weights where it is loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file
from torch import Tensor

from summarize import Request, Summarizer
from summarize.checkpoints.lora import adapt, apply_style, attention_layers, changes, find_style, load_style
from summarize.checkpoints.lora import save_style as save
from summarize.checkpoints.model_folder import load_config, load_model
from summarize.cli import main
from summarize.decoding.hypothesis import SearchOptions
from summarize.errors import CheckpointError, UsageError
from summarize.network.pointer_generator import ModelConfig, PointerGenerator, shift_right
from summarize.pipeline.generator import Generator
from summarize.pipeline.sentencewise import SentencewiseGenerator
from summarize.pipeline.summarizer import Summary
from summarize.training import Trainer
from tests.helpers.models import MakeModel
from tests.helpers.small_runs import log_of, options, refused

SRC, TGT = torch.tensor([[101, 110, 111, 112, 102]]), torch.tensor([[110, 112, 102]])
STYLE: dict[str, Any] = {"only": "attention", "rank": 4, "new_learning_rate": 2e-2, "max_src": 48}


def log_probs(model: PointerGenerator) -> Tensor:
    with torch.no_grad():
        return model.decode(shift_right(TGT), model.encode(SRC)).log_probs(SRC)


@pytest.fixture(scope="module")
def base(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells sentence by sentence."""
    run = tmp_path_factory.mktemp("runs") / "base"
    Trainer(options(pairs, steps=20, salience_weight=1.0, sentencewise=True, max_src=48), run).run()
    return run / "best"


@pytest.fixture(scope="module")
def headlines(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same documents with another kind of summary, of one line."""
    path = tmp_path_factory.mktemp("data") / "headlines.jsonl"
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    rows = [row | {"summary": row["summary"].splitlines()[0].removeprefix("A ").rstrip(".")} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def learned(base: Path, headlines: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A run that has learned the style of the headlines."""
    run = tmp_path_factory.mktemp("runs") / "headline"
    choices = {"initial": str(base), "validation": str(headlines), "sentencewise": False, "steps": 60}
    trainer = Trainer(options(headlines, **(STYLE | choices)), run)
    trainer.run()
    return trainer


def recognised_style(trainer: Trainer) -> Path:
    return trainer.run_folder / "best"


def test_a_change_of_nothing_changes_nothing(make_model: MakeModel) -> None:
    model = make_model(pointer_attention="additive")
    weights, before = {name: layer.weight for name, layer in attention_layers(model)}, log_probs(model)
    names = adapt(model, 3, sentencewise=False)
    assert len(names) == 2 * len(list(attention_layers(model))) == 2 * (2 * 4 + 6)  # the additive pointer has W_q, W_k
    assert all(torch.equal(layer.weight, weights[name]) for name, layer in attention_layers(model))
    torch.testing.assert_close(log_probs(model), before)


def test_a_change_is_added_to_the_weight(make_model: MakeModel) -> None:
    model = make_model()
    weights = {name: layer.weight.detach().clone() for name, layer in attention_layers(model)}
    adapt(model, 3, sentencewise=False)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.normal_()
    found = changes(model)
    for name, layer in attention_layers(model):
        torch.testing.assert_close(layer.weight, weights[name] + found[f"{name}.up"] @ found[f"{name}.down"])
        assert torch.linalg.matrix_rank(layer.weight - weights[name], atol=1e-4) == 3


def test_only_the_change_is_learned(learned: Trainer, base: Path) -> None:
    before = load_file(base / "model.safetensors")
    after = load_file(learned.run_folder / "last.safetensors")
    names = {name for name, p in learned.model.named_parameters() if p.requires_grad}
    assert names
    assert {name.rpartition(".")[2] for name in names} == {"down", "up"}
    assert {n.removeprefix("optimizer.step.") for n in after if n.startswith("optimizer.step.")} == names
    for name, weight in before.items():
        if not name.startswith("marks."):  # of which whole summaries have no need
            own = name if f"model.{name}" in after else name.replace("weight", "parametrizations.weight.original")
            assert torch.equal(after[f"model.{own}"], weight.float()), name


def test_a_style_is_learned(learned: Trainer, base: Path, headlines: Path) -> None:
    losses = [line["validation_loss"] for line in log_of(learned.run_folder) if "validation_loss" in line]
    assert min(losses) < losses[0] - 0.3


def test_the_base_is_left_as_it_is(base: Path, headlines: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in base.iterdir()}
    Trainer(options(headlines, initial=str(base), **(STYLE | {"steps": 2})), tmp_path).run()
    assert {path.name: path.read_bytes() for path in base.iterdir()} == before


def test_what_is_loaded_is_what_was_learned(learned: Trainer, base: Path) -> None:
    """Merged into the weights, with nothing left of how it was learned."""
    model, _, _ = load_model(base)
    search = apply_style(model, base, recognised_style(learned))
    assert not any("parametrizations" in name for name, _ in model.named_parameters())
    best = load_file(recognised_style(learned) / "adapter.safetensors")
    final = changes(learned.model)
    if all(torch.equal(best[name], final[name]) for name in final):  # the last validation was the best
        torch.testing.assert_close(log_probs(model), log_probs(learned.model.eval()), rtol=1e-4, atol=1e-4)
    else:
        pytest.fail("the style did not improve until the end")
    assert search == learned.search
    assert search.whole


def test_a_style_says_how_its_summaries_are_told(learned: Trainer, base: Path) -> None:
    assert isinstance(Summarizer.load(base)._writer, SentencewiseGenerator)
    summarizer = Summarizer.load(base, style=recognised_style(learned))
    assert type(summarizer._writer) is Generator
    assert summarizer.options == load_style(recognised_style(learned)).search == learned.search
    assert summarizer.summarize("On Monday the cat saw the river. It rained.").sentences


def test_a_whole_document_has_one_headline(learned: Trainer, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summarize.text.lengths.WORDS_OF_ONE_PART", 20)
    text = "On Monday the cat saw the river. It rained. " * 40
    read: list[int] = []

    def count(summarizer: Summarizer) -> int:
        write = summarizer._writer.write
        monkeypatch.setattr(
            summarizer._writer, "write", lambda passages, *rest: read.append(len(passages)) or write(passages, *rest)
        )
        read.clear()
        assert isinstance(summarizer.summarize(text, Request()), Summary)
        return sum(read)

    assert count(Summarizer.load(base)) > 1
    assert count(Summarizer.load(base, style=recognised_style(learned))) == 1


def test_a_sentencewise_style_of_a_sentencewise_base(base: Path, headlines: Path, tmp_path: Path) -> None:
    Trainer(options(headlines, initial=str(base), **(STYLE | {"steps": 2})), tmp_path / "run").run()
    style = load_style(tmp_path / "run" / "best")
    assert style.sentencewise
    assert not style.search.whole
    assert isinstance(Summarizer.load(base, style=tmp_path / "run" / "best")._writer, SentencewiseGenerator)


def test_a_style_goes_on_exactly(learned: Trainer, tmp_path: Path) -> None:
    chosen = learned.options
    Trainer(chosen, tmp_path).run(max_minutes=0)
    Trainer(chosen, tmp_path, resume=True).run()
    expected = load_file(learned.run_folder / "last.safetensors")
    assert all(torch.equal(tensor, expected[name]) for name, tensor in load_file(tmp_path / "last.safetensors").items())
    assert (tmp_path / "best" / "adapter.safetensors").read_bytes() == (
        recognised_style(learned) / "adapter.safetensors"
    ).read_bytes()


def test_a_style_of_the_shipped_models_size_is_small(tmp_path: Path) -> None:
    model = PointerGenerator(ModelConfig(salience=True, sentencewise=True))
    adapt(model, options(Path("pairs.jsonl")).rank, sentencewise=False)
    save(tmp_path, model, "base", SearchOptions(), "# Card\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "adapter.safetensors", "config.json"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 5e6


def test_its_card_says_what_it_is(learned: Trainer, base: Path) -> None:
    card = (recognised_style(learned) / "README.md").read_text()
    assert "18 pairs of `headlines.jsonl`" in card
    assert f"--model {base} --style" in card
    assert "written as a whole" in card
    loss = min(line["validation_loss"] for line in log_of(learned.run_folder) if "validation_loss" in line)
    assert f"| validation | loss {loss:g} |" in card


def test_another_base_is_refused(learned: Trainer, start: Path) -> None:
    with pytest.raises(CheckpointError, match="was made for another model than"):
        Summarizer.load(start, style=recognised_style(learned))


def cut(folder: Path) -> None:
    path = folder / "adapter.safetensors"
    path.write_bytes(path.read_bytes()[:100])


def of_another_rank(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"rank": 5}))


def with_more(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"surplus": 5}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, r"cannot read the weights .*adapter\.safetensors"),
        (of_another_rank, r"adapter\.safetensors does not fit the attention of"),
        (with_more, r"config\.json cannot be used: .*'surplus'"),
        (lambda folder: (folder / "config.json").unlink(), r"cannot read .*config\.json"),
        (lambda folder: (folder / "config.json").write_text("{}"), r"config\.json does not describe a style"),
    ],
)
def test_a_damaged_style_is_refused_in_a_sentence(
    learned: Trainer, base: Path, tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    shutil.copytree(recognised_style(learned), tmp_path / "style")
    damage(tmp_path / "style")
    with pytest.raises(CheckpointError, match=message):
        Summarizer.load(base, style=tmp_path / "style")


def test_a_style_is_no_model(learned: Trainer) -> None:
    with pytest.raises(CheckpointError, match="is a style, not a model"):
        load_config(recognised_style(learned))


def test_styles_lie_beside_their_base(learned: Trainer, base: Path, tmp_path: Path) -> None:
    shutil.copytree(base, tmp_path / "news")
    shutil.copytree(recognised_style(learned), tmp_path / "news" / "styles" / "headline")
    assert find_style(tmp_path / "news", "headline") == tmp_path / "news" / "styles" / "headline"
    with pytest.raises(CheckpointError, match="no style 'tldr': not a folder, and the styles of news are: headline"):
        find_style(tmp_path / "news", "tldr")
    text = "On Monday the dog met the minister. It rained."
    (tmp_path / "a.txt").write_text(text)
    command = [str(tmp_path / "a.txt"), "-m", str(tmp_path / "news"), "--style", "headline", "-f", "jsonl"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["request"]["style"] == "headline"
    assert record["summary"] == Summarizer.load(base, style=recognised_style(learned)).summarize(text).text
    unknown = CliRunner().invoke(main, [*command[:-3], "tldr"])
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "no style 'tldr'" in unknown.stderr


@pytest.fixture
def styled(learned: Trainer, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with a style for e-mails beside it, in a folder with two documents, of which one is an e-mail."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(base, "mine")
    shutil.copytree(recognised_style(learned), "mine/styles/subject")
    Path("a.txt").write_text("On Monday the dog met the minister. It rained.")
    Path("b.eml").write_text("From: a@b.c\nTo: d@e.f\nDate: Mon, 3 Mar 2025 10:00:00 +0000\n\nThe cat saw the river.\n")
    return tmp_path


def run(*command: str) -> Any:
    return CliRunner().invoke(main, ["a.txt", "b.eml", "-m", "mine", *command])


def test_a_run_in_chosen_styles_goes_on(styled: Path) -> None:
    """Each record says its style, and all what was asked for."""
    arguments = ("--style", "auto", "-o", "out.jsonl")
    assert run(*arguments).exit_code == 0
    records = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [record.get("style") for record in records] == [None, "subject"]
    assert [record["request"] for record in records] == [{"style": "auto"}] * 2
    again = run(*arguments, "--resume")
    assert (again.exit_code, again.stderr) == (0, "summarize: out.jsonl: held 2 of 2 documents already\n")


def test_own_sentences_have_no_style(styled: Path) -> None:
    """They are chosen by the model itself, which learned to."""
    plain, in_style = (run("--extractive", "-f", "jsonl", *style) for style in ((), ("--style", "subject")))
    told = [[json.loads(line)["summary"] for line in result.stdout.splitlines()] for result in (plain, in_style)]
    assert told[0] == told[1]
    assert "style" not in json.loads(in_style.stdout.splitlines()[0])


@pytest.mark.parametrize("command", [(), ("evaluate", "pairs.jsonl"), ("corpus", "a.txt", "-o", "out")])
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda config: config | {"base": "another"}, "was made for another model"),
        (lambda config: config | {"oops": 1}, "config.json cannot be used"),
        (lambda config: None, "the model mine has no styles"),
    ],
)
def test_what_is_wrong_with_a_style_is_said_before_anything_is_done(
    styled: Path, command: tuple[str, ...], damage: Callable[[dict[str, Any]], dict[str, Any] | None], told: str
) -> None:
    Path("pairs.jsonl").write_text('{"document": "It rained.", "summary": "Rain."}\n')
    path = Path("mine/styles/subject/config.json")
    changed = damage(json.loads(path.read_text()))
    path.unlink() if changed is None else path.write_text(json.dumps(changed))
    result = CliRunner().invoke(main, [*(command or ("a.txt",)), "-m", "mine", "--style", "auto"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert not Path("out").exists()


def test_a_style_says_how_many_sentences_it_writes(styled: Path) -> None:
    result = run("--style", "subject", "--sentences", "9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--sentences 9: this style writes at most 1" in result.stderr


def test_a_name_is_that_of_a_style_whatever_lies_around(styled: Path) -> None:
    Path("subject").mkdir()
    result = CliRunner().invoke(main, ["corpus", "a.txt", "-o", "out", "-m", "mine", "--style", "subject"])
    assert result.exit_code == 0, result.stderr
    nameless = run("--style", "")
    assert (nameless.exit_code, "no style ''" in nameless.stderr) == (2, True)


def test_a_corpus_is_told_in_a_style(learned: Trainer, base: Path, tmp_path: Path) -> None:
    """By its folder, and it goes on in no other."""
    (tmp_path / "in").mkdir()
    text = "On Monday the dog met the minister. It rained."
    (tmp_path / "in" / "a.txt").write_text(text)
    command = ["corpus", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "-m", str(base), "--workers", "1"]
    result = CliRunner().invoke(main, [*command, "--style", str(recognised_style(learned))])
    assert result.exit_code == 0, result.stderr
    (shard,) = (path for path in (tmp_path / "out").glob("*.jsonl") if path.name != "errors.jsonl")
    (record,) = map(json.loads, shard.read_text().splitlines())
    assert record["summary"] == Summarizer.load(base, style=recognised_style(learned)).summarize(text).text
    assert record["request"]["style"] == str(recognised_style(learned))
    other = CliRunner().invoke(main, command)
    assert other.exit_code == 2
    assert "was begun with style" in other.stderr
    unknown = CliRunner().invoke(main, [*command, "--style", "tldr"])
    assert (unknown.exit_code, "no style 'tldr'" in unknown.stderr) == (2, True)


def test_a_style_is_scored(learned: Trainer, base: Path, headlines: Path) -> None:
    """It is known from its base, and the summaries are its own."""

    def rouge(*style: str) -> dict[str, float]:
        command = [
            "evaluate",
            str(headlines),
            "-m",
            str(base),
            *style,
            "-f",
            "json",
            "--only-rouge",
            "--resamples",
            "10",
        ]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.stderr
        return {system["name"]: system for system in json.loads(result.stdout)["systems"]}

    plain, styled = rouge(), rouge("--style", str(recognised_style(learned)))
    assert list(plain) == [str(base)]
    assert list(styled) == [f"{base}+{recognised_style(learned)}"]
    assert [*plain.values()] != [*styled.values()]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"initial": "scratch"}, "--only attention changes a summarizer that is there"),
        ({"salience_weight": 1.0}, "has not learned salience, and --only attention cannot teach it that"),
        ({"freeze": ("layers.", "pointer.")}, "everything is frozen"),
    ],
)
def test_what_no_style_can_be_is_refused(
    tmp_path: Path, pairs: Path, start: Path, choices: dict[str, Any], message: str
) -> None:
    error = refused(options(pairs, **({"initial": str(start)} | STYLE | choices)), tmp_path / "run")
    assert isinstance(error, UsageError)
    assert message in str(error)


def test_an_encoder_has_no_styles(tmp_path: Path, pairs: Path, bert_folder: Path) -> None:
    error = refused(options(pairs, initial=str(bert_folder), **STYLE), tmp_path / "run")
    assert "changes a summarizer that is there" in str(error)
