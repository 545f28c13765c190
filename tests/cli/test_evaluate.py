"""`summarize evaluate` as a program: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from summarize.cli import main
from summarize.evaluation import MEASURES, ROUGE_TYPES, baselines, scoring, signature
from summarize.evaluation.report.overlap import overlap
from summarize.evaluation.report.tables import p_value, tables_of, write_scores
from summarize.pipeline.summarizer import Summarizer
from tests.helpers.paths import TESTS

CASES = TESTS / "cases" / "evaluation"
HOSTILE = "[/red]<script>alert(1)</script> \x1b[31m & $x^2$ \\end{tabular} | % _"
DOCUMENTS = [
    "The mayor opened the bridge on Monday. It cost 2,500 pounds. The minister stayed at home.",
    "Rain fell on the old town. Nobody came to the market. The mayor was not amused by it.",
    "A ship sank near the harbour. All sailors were saved. The captain thanked the town.",
    "Trains stood still for hours. A tree had fallen on the line. By noon all was well.",
]
REFERENCES = [
    "The mayor opened a bridge.\nIt cost 2,500 pounds.",
    "Rain kept people from the market.",
    "All sailors were saved when a ship sank.",
    "A fallen tree stopped the trains for hours.",
]
GOOD = ["The mayor opened a bridge.", "Rain kept people from the market.", "A ship sank.", "A tree stopped the trains."]
BAD = ["Nobody knows 99 of Okafor's bridges.", "Rain kept people from the market.", "", "Trains."]
SYSTEMS = {"good": GOOD, "bad": BAD}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a data set and the predictions of two systems."""
    monkeypatch.chdir(tmp_path)
    rows = zip("abcd", DOCUMENTS, REFERENCES, strict=True)
    data = [{"id": i, "document": document, "summary": summary} for i, document, summary in rows]
    write("data.jsonl", data)
    for name, texts in SYSTEMS.items():
        write(f"{name}.jsonl", [{"id": i, "prediction": t} for i, t in zip("abcd", texts, strict=True)])
    return tmp_path


def write(name: str, rows: list[dict[str, Any]]) -> None:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["evaluate", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def scored(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    return line.removeprefix("summarize: ")


BOTH = ("data.jsonl", "-p", "good.jsonl", "-p", "bad.jsonl")


def test_scores_are_those_of_rouge_score_by_hand(folder: Path) -> None:
    scorer = RougeScorer(list(ROUGE_TYPES), use_stemmer=True)
    found = scored(*BOTH)
    assert (found["signature"], found["documents"]) == (signature(), 4)
    assert [system["name"] for system in found["systems"]] == ["good", "bad"]
    for system in found["systems"]:
        each = [scorer.score(r, p) for r, p in zip(REFERENCES, SYSTEMS[system["name"]], strict=True)]
        for rouge in ROUGE_TYPES:
            for part in ("precision", "recall", "fmeasure"):
                mean = np.mean([getattr(scores[rouge], part) for scores in each])
                assert system[rouge][part] == pytest.approx(mean, abs=1e-15)
            assert system[rouge]["low"] <= system[rouge]["fmeasure"] <= system[rouge]["high"]


def test_several_references_count_by_the_best(folder: Path) -> None:
    write("several.jsonl", [{"id": "a", "references": ["nothing alike", "a b c d", "a b"], "prediction": "a b c"}])
    found = scored("several.jsonl", "-p", "several.jsonl")["systems"][0]
    by_hand = RougeScorer(list(ROUGE_TYPES), use_stemmer=True).score_multi(["nothing alike", "a b c d", "a b"], "a b c")
    assert {rouge: found[rouge]["fmeasure"] for rouge in ROUGE_TYPES} == {r: s.fmeasure for r, s in by_hand.items()}


def test_settings_change_scores_and_signature(folder: Path) -> None:
    write("one.jsonl", [{"summary": "The mayors spoke. It rained.", "prediction": "It rained. A mayor speaks."}])
    usual = scored("one.jsonl", "-p", "one.jsonl")
    plain = scored("one.jsonl", "-p", "one.jsonl", "--no-stemmer")
    split = scored("one.jsonl", "-p", "one.jsonl", "--split", "sentencex")
    assert plain["systems"][0]["rouge1"]["fmeasure"] < usual["systems"][0]["rouge1"]["fmeasure"]
    assert split["systems"][0]["rougeLsum"]["fmeasure"] > usual["systems"][0]["rougeLsum"]["fmeasure"]
    assert len({document["signature"] for document in (usual, plain, split)}) == 3


def test_baselines_are_made_and_ordered_as_they_must_be(folder: Path) -> None:
    found = scored("data.jsonl", "--baseline", "lead-1,random-1", "--baseline", "oracle-2,textrank")
    names = [system["name"] for system in found["systems"]]
    assert names == ["lead-1", "random-1", "oracle-2", "textrank"]
    by_name = {system["name"]: system for system in found["systems"]}
    assert by_name["oracle-2"]["rouge1"]["fmeasure"] == max(s["rouge1"]["fmeasure"] for s in found["systems"])
    assert by_name["lead-1"]["measures"]["coverage"]["mean"] == 1
    assert by_name["lead-1"]["positions"][0] > 0.3
    assert scored("data.jsonl", "--baseline", "random-1") == scored("data.jsonl", "--baseline", "random-1")
    assert refused("data.jsonl", "--baseline", "lead-x").startswith("'lead-x' is no baseline; there are lead-N")


def test_baselines_take_the_sentences_that_they_say(folder: Path) -> None:
    run("data.jsonl", "--baseline", "lead-2,oracle-1,textrank-3,random-2", "--scores", "s.jsonl")
    made = {(row["system"], row["id"]): row["prediction"] for row in rows_of("s.jsonl")}
    assert made["lead-2", "a"] == "The mayor opened the bridge on Monday.\nIt cost 2,500 pounds."
    assert made["oracle-1", "c"] == "All sailors were saved."
    assert made["textrank-3", "d"] == DOCUMENTS[3].replace(". ", ".\n")
    drawn = made["random-2", "b"].split("\n")
    places = [DOCUMENTS[1].index(sentence) for sentence in drawn]
    assert len(places) == 2
    assert places == sorted(places)


def test_textrank_prefers_the_sentence_that_others_speak_of() -> None:
    around = ["alpha one two three", "beta four five six", "gamma seven eight nine"]
    assert baselines._textrank([*around, "alpha beta gamma delta"], 1) == [3]
    assert baselines._textrank(["…", "—"], 3) == []
    assert baselines._textrank([], 3) == []


def test_systems_are_compared(folder: Path) -> None:
    found = scored(*BOTH, "--baseline", "lead-1", "--compare", "good", "bad")
    assert [(c["a"], c["b"], c["metric"]) for c in found["comparisons"]] == [("good", "bad", r) for r in ROUGE_TYPES]
    f1 = {system["name"]: system["rouge1"]["fmeasure"] for system in found["systems"]}
    first = found["comparisons"][0]
    assert first["difference"] == pytest.approx(f1["good"] - f1["bad"])
    assert (first["wins"], first["ties"], first["losses"]) == (3, 1, 0)
    assert first["low"] <= first["difference"] <= first["high"]
    assert first["p"] == pytest.approx(2 / 8, abs=0.02)  # of eight exchanges, none and all are as extreme
    assert first["p_holm"] >= first["p"]
    gaps = [abs(d["score_a"] - d["score_b"]) for d in found["differences"]]
    assert gaps == sorted(gaps, reverse=True)
    assert len(gaps) == 3
    assert (found["differences"][0]["id"], found["differences"][0]["summary_a"]) == ("a", GOOD[0])
    everything = scored(*BOTH, "--baseline", "lead-1", "--compare", "--differences", "0")
    assert len(everything["comparisons"]) == 3 * 4
    assert everything["differences"] == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_texts_of_two_systems_stand_side_by_side_where_there_is_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scored(*BOTH, "--compare", "--differences", "1")
    shown = {}
    for width in (130, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        out = Terminal()
        write_scores(found, out, "table", "never")
        shown[width] = out.getvalue()[out.getvalue().index("Where two systems differ most") :].splitlines()
    (line,) = (line for line in shown[130] if GOOD[0] in line)
    assert line.strip().split("  ")[0] == REFERENCES[0].split("\n")[0]
    assert BAD[0] in line
    assert f"good: {GOOD[0]}" in shown[60]
    assert f"bad: {BAD[0]}" in shown[60]
    assert any(GOOD[0] in line and "\u2502" not in line for line in run(*BOTH, "--compare").stdout.splitlines())


def test_comparisons_need_systems_that_exist(folder: Path) -> None:
    assert refused(*BOTH, "--compare", "good", "none") == "--compare: there is no system 'none'; there are good, bad"
    assert refused("data.jsonl", "-p", "good.jsonl", "--compare") == "--compare needs two systems or more"


def test_what_is_wrong_is_said_before_anything_is_scored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> Iterator[Any]:
        raise AssertionError("scoring began")

    monkeypatch.setattr(scoring.Scorer, "__call__", never)
    write("short.jsonl", [{"id": "a", "prediction": "p"}])
    assert "has no prediction for the document 'b'" in refused(*BOTH, "-p", "short.jsonl")
    assert "there is a system called 'good' already" in refused(*BOTH, "-p", "good=bad.jsonl")
    assert refused("data.jsonl", "-m", "no/such").startswith("no model 'no/such'")
    assert refused(*BOTH, "--report", "none/r.html") == "none/r.html: cannot be written"
    assert refused("data.jsonl", "--prediction-field", "x").startswith("--prediction-field names a field of")
    write("bare.jsonl", [{"id": "a", "summary": "S"}])
    assert refused("bare.jsonl", "--baseline", "lead-3") == "bare.jsonl, line 1: has no document, and lead-3 needs one"
    with Path("data.jsonl").open("a") as file:
        file.write('{"id": "e", "document": "D", "summary": ""}\n')
    assert refused(*BOTH).startswith("data.jsonl, line 5: the reference is empty")


def test_empty_summaries_are_told_of_and_score_nothing(folder: Path) -> None:
    result = run(*BOTH)
    assert result.stderr == "summarize: bad: 1 of 4 summaries are empty, and score 0\n"


def test_scores_of_every_document_are_written_and_taken_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(*BOTH, "--scores", "s.jsonl", "-f", "json")
    rows = rows_of("s.jsonl")
    assert [(row["id"], row["system"]) for row in rows] == [(i, s) for i in "abcd" for s in ("good", "bad")]
    assert rows[1]["prediction"] == BAD[0]
    assert rows[1]["measures"].keys() == MEASURES.keys()
    assert rows[1]["measures"]["unsupported_numbers"] == 1
    content = Path("s.jsonl").read_text()
    lines = content.splitlines(keepends=True)
    Path("s.jsonl").write_text("".join(lines[:3]) + lines[3][:50])  # stopped in the middle of a row
    made: list[int] = []
    plain = scoring.Scorer._score
    monkeypatch.setattr(scoring.Scorer, "_score", lambda self, t: (made.append(len(t.predictions)), plain(self, t))[1])
    again = run(*BOTH, "--scores", "s.jsonl", "-f", "json")
    assert again.stdout == whole.stdout
    assert Path("s.jsonl").read_text() == content
    assert sum(made) == 5
    made.clear()
    assert run(*BOTH, "--scores", "s.jsonl", "-f", "json").stdout == whole.stdout
    assert sum(made) == 0


def test_scores_of_something_else_are_not_taken_up(folder: Path) -> None:
    run(*BOTH, "--scores", "s.jsonl")
    assert "was scored with other settings" in refused(*BOTH, "--scores", "s.jsonl", "--no-stemmer")
    assert "but of another text or system" in refused("data.jsonl", "-p", "good=bad.jsonl", "--scores", "s.jsonl")
    assert refused(*BOTH, "--scores", "data.jsonl") == "data.jsonl, line 1: is no row of scores; name another file"
    assert len(Path("data.jsonl").read_text().splitlines()) == 4
    assert refused(*BOTH, "--scores", "none/s.jsonl").startswith("none/s.jsonl: cannot be written")


def test_a_models_summaries_say_how_much_was_copied(folder: Path, model_folder: Path) -> None:
    model = str(model_folder)
    first = scored("data.jsonl", "-m", model, "--scores", "s.jsonl")
    summaries = list(Summarizer.load(model).summarize_many(DOCUMENTS, 8))
    copied = [np.mean([w.copied for sentence in s.sentences for w in sentence.words]) for s in summaries]
    rows = rows_of("s.jsonl")
    assert [row["measures"]["copied"] for row in rows] == pytest.approx(copied, abs=0.02)
    assert [row["prediction"] for row in rows] == ["\n".join(t.text for t in s.sentences) for s in summaries]
    assert scored("data.jsonl", "-m", model, "--scores", "s.jsonl") == first
    assert "but of another text or system" in refused(
        "data.jsonl", "-m", model, "--scores", "s.jsonl", "--beam-size", "1"
    )
    both = scored("data.jsonl", "-m", model, "-p", "good.jsonl", "--compare")
    assert [system["name"] for system in both["systems"]] == ["good", model]


def test_rows_of_scores_are_predictions(folder: Path) -> None:
    first = scored(*BOTH, "--scores", "s.jsonl")
    assert scored("data.jsonl", "-p", "s.jsonl") == first


def test_processes_give_what_one_process_gives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": str(i), "document": d, "summary": r} for i, (d, r) in enumerate(zip(DOCUMENTS, REFERENCES, strict=True))
    ]
    write("long.jsonl", [row | {"id": f"{row['id']}-{k}"} for k in range(50) for row in rows])
    Path("p.txt").write_text("".join(f"{text}\n" for text in GOOD * 50))
    arguments = ("long.jsonl", "-p", "p.txt", "--baseline", "lead-1,random-2")
    one = scored(*arguments, "--jobs", "1")
    assert scored(*arguments, "--jobs", "2") == one
    assert one["documents"] == 200


@pytest.mark.parametrize("format", ["table", "csv", "markdown", "latex"])
def test_output_is_as_it_was_when_a_person_last_looked(folder: Path, format: str) -> None:
    result = run(*BOTH, "--baseline", "oracle-1", "--compare", "good", "bad", "--differences", "1", "-f", format)
    found = re.sub(r"(rouge-score:|nltk-)[\d.]+", r"\1N", result.stdout)
    path = CASES / f"{format}.txt"
    assert found == path.read_text(), f"if it is as it should be, write it to {path}"


def test_csv_has_the_figures_of_json(folder: Path) -> None:
    arguments = (*BOTH, "--compare")
    document = scored(*arguments)
    rows = list(csv.DictReader(io.StringIO(run(*arguments, "-f", "csv").stdout)))
    figures = {(r["system"], r["other"], r["metric"], r["part"]): float(r["value"]) for r in rows if r["value"]}
    for system in document["systems"]:
        assert figures[system["name"], "", "rouge2", "recall"] == system["rouge2"]["recall"]
        assert figures[system["name"], "", "words", "mean"] == system["measures"]["words"]["mean"]
    assert figures["good", "bad", "rougeL", "difference"] == document["comparisons"][2]["difference"]
    assert {r["signature"] for r in rows} == {signature()}


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown", "latex"])
def test_names_and_texts_are_data_in_every_format(folder: Path, format: str) -> None:
    write("h.jsonl", [{"id": HOSTILE, "summary": HOSTILE, HOSTILE: HOSTILE, "other": "x"}])
    out = run("h.jsonl", "-p", "h.jsonl", "--compare", "-f", format).stdout
    if format in ("table", "markdown", "latex"):
        assert "\x1b" not in out
    if format == "latex":
        assert "\\end{tabular}" not in "".join(line for line in out.splitlines() if "script" in line)
        assert "\\$x\\textasciicircum{}2\\$" in out
    if format == "markdown":
        assert "<script>" not in out.replace("\\<script\\>", "")


class Page(html.parser.HTMLParser):
    """What a page fetches, runs and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.shown: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action") and not (value or "").startswith("#"):
                self.fetched.append(value or "")
            assert not name.startswith("on")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "br"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def test_the_report_shows_everything_and_fetches_nothing(folder: Path) -> None:
    run(*BOTH, "--baseline", "lead-1", "--compare", "good", "bad", "--report", "r.html")
    text = Path("r.html").read_text()
    page = Page(text)
    assert page.open == []
    assert (page.fetched, "script" in page.tags, "@import" in text) == ([], False, False)
    assert not re.findall(r"url\((?!#)", text)
    shown = "".join(page.shown)
    for wanted in (signature(), GOOD[0], BAD[0], REFERENCES[2], "Holm", "Where content comes from"):
        assert wanted in shown
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(pictures) == 5
    for picture in pictures:
        ElementTree.fromstring(picture)
        assert "var(--" in picture
        assert not re.search(r"#0[1-3]0[1-3]", picture)  # no stand-in colour is left
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    run(*BOTH, "--baseline", "lead-1", "--compare", "good", "bad", "--report", "again.html")
    assert Path("again.html").read_text() == text


def test_a_report_on_hostile_texts_shows_them_as_text(folder: Path) -> None:
    row = {"id": HOSTILE, "document": HOSTILE, "summary": HOSTILE, HOSTILE: HOSTILE + "\ud800", "other": "x"}
    write("h.jsonl", [row, row | {"id": "2"}])
    result = run("h.jsonl", "-p", "h.jsonl", "--compare", "--report", "r.html")
    assert result.exit_code == 0, result.stderr
    page = Page(Path("r.html").read_text())
    assert page.open == []
    assert "script" not in page.tags
    assert HOSTILE.replace("\x1b", "�") in "".join(page.shown)


def test_a_report_without_its_library_is_refused_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    assert refused(*BOTH, "--report", "r.html") == "--report needs the extra `plots`: pip install 'summarize[plots]'"
    assert not Path("r.html").exists()


@given(st.text(alphabet="ab cd.,\n’é", max_size=40), st.lists(st.text(alphabet="ab cd.", max_size=40), max_size=3))
def test_tokens_are_the_text_itself(text: str, others: list[str]) -> None:
    assert "".join(token.text for token in overlap(text, others)) == text


def test_overlap_marks_what_rouge_counts() -> None:
    tokens = overlap("The mayors opened, on Monday, it.", ["the mayor opens nothing", "it"])
    assert [(p.text, p.kind) for p in tokens if p.kind] == [("The mayors opened", "run"), ("it", "word")]
    tokens = overlap("The mayors opened", ["the mayor opens"], stemmer=False)
    assert [(p.text, p.kind) for p in tokens if p.kind] == [("The", "word")]


def test_help_groups_the_options() -> None:
    text = run("--help").stdout
    places = [text.index(f"\n{title}") for title in ("Data:", "Systems:", "Scoring:", "Length:", "Output:", "Search:")]
    assert places == sorted(places)
    for option, place in {"--baseline NAME": 1, "--compare A": 2, "--scores FILE": 4}.items():
        assert text.rindex("\n", 0, text.index(f"  {option}")) > places[place]
        assert text.index(f"  {option}") < places[place + 1]


def test_small_p_values_are_not_zero() -> None:
    assert (p_value(0.0001), p_value(0.0449)) == ("< 0.001", "0.045")


def test_tables_say_what_has_no_value() -> None:
    score = {"precision": 0.5, "recall": 0.5, "fmeasure": 0.5, "low": None, "high": None}
    system: dict[str, Any] = {"name": "s", "measures": {}, **dict.fromkeys(ROUGE_TYPES, score)}
    (table,) = tables_of({"documents": 1, "systems": [system], "comparisons": []})
    assert table.rows[0] == ("s (1 documents)", "1", "50.00", "50.00", "50.00", "– – –")
