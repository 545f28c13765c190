"""Scripts behind the figures of the docs: ROUGE beside Perl's, faithfulness beside judgements, lengths and rates."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import check_faithfulness
import check_rouge
import click
import measure_length
import numpy as np
import pytest
from click.testing import CliRunner
from rouge_score.rouge_scorer import RougeScorer
from scipy import stats

from tests.helpers.data_sets import FACTS, read_rows, write_rows
from tests.helpers.paths import ROOT

TYPES = ("rouge1", "rouge2", "rougeL")


def perl_scores(reference: str, prediction: str) -> dict[str, list[float]]:
    """Recall, precision and F1 of rouge-score under Perl's names, as if Perl agreed with it."""
    scores = RougeScorer(list(TYPES), use_stemmer=True).score(reference, prediction)
    return {f"ROUGE-{name[5:]}": [s.recall, s.precision, s.fmeasure] for name, s in scores.items()}


@pytest.fixture
def rouge_folder(tmp_path: Path) -> Path:
    """Three documents with the outputs of seven systems, and what Perl gives: for one system 0.1 less ROUGE-1 once."""
    (tmp_path / "system_outputs").mkdir()
    (tmp_path / "rouge_ref").mkdir()
    rows = [
        {"id": str(i), "reference": FACTS[i]} | {name: FACTS[i + 1 + k] for k, name in enumerate(check_rouge.PUBLISHED)}
        for i in range(3)
    ]
    write_rows(tmp_path / "system_outputs" / "xsum-test.jsonl.xz", rows)
    scores = {name: [perl_scores(row["reference"], row[name]) for row in rows] for name in ("ptgen", "brio", "simcls")}
    of_documents = {str(i): [values[2] for values in scores["brio"][i].values()] for i in range(3)}
    of_documents["1"][0] -= 0.1
    reference = tmp_path / "rouge_ref"
    (reference / "rouge155_stem_perdoc_F_xsum_brio.json").write_text(json.dumps(of_documents))
    mean = {name: {"F": [0.25, 0.2, 0.3]} for name in ("ROUGE-1", "ROUGE-2", "ROUGE-L")}
    (reference / "rouge155_xsum_full_averages.json").write_text(json.dumps({"xsum_ptgen": mean}))
    for name in ("ptgen", "brio"):
        fields = ("rouge155_stem_RPF", "rouge155_nostem_RPF", "rouge155_stem_noexceptions_RPF")
        pairs: list[dict[str, Any]] = [
            {"references": [row["reference"]], "prediction": row[name]} | dict.fromkeys(fields, scores[name][i])
            for i, row in enumerate(rows)
        ]
        write_rows(reference / f"rouge155_xsum300_{name}.jsonl", pairs)
    return tmp_path


def test_our_rouge_is_compared_with_published_figures_and_perl(rouge_folder: Path) -> None:
    result = CliRunner().invoke(check_rouge.main, [str(rouge_folder)])
    assert result.exit_code == 0, result.output
    rows = read_rows(rouge_folder / "system_outputs" / "xsum-test.jsonl.xz")
    scorer = RougeScorer(list(TYPES), use_stemmer=True)
    scores = [scorer.score(row["reference"], row["ptgen"]) for row in rows]
    means = " / ".join(f"{100 * np.mean([s[name].fmeasure for s in scores]):.2f}" for name in TYPES)
    assert f"| ptgen | 29.70 / 9.21 / 23.24 | 25.00 / 25.00 / 25.00 | {means} |" in result.output
    assert "| brio | 3 | 1 / 0 / 0 | 1 / 0 | 0.100 |" in result.output
    assert "| ptgen | Perl -m | NLTK's Porter | 0 / 0 / 0 |" in result.output


def test_a_correlation_has_a_bootstrap_interval() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 4.0, 3.0, 6.0, 5.0])
    text = check_faithfulness.correlation(stats.pearsonr, x, y, 200)
    value, low, high = (float(part) for part in text.replace("[", "").replace("]", "").replace(",", "").split())
    assert value == round(float(np.corrcoef(x, y)[0, 1]), 2)
    assert low < value < high <= 1
    assert check_faithfulness.correlation(stats.spearmanr, x, -x, 20) == "-1.00 [-1.00, -1.00]"


def test_measures_are_compared_with_judgements(tmp_path: Path, model_folder: Path) -> None:
    """The more sentences of a summary are the article's, the more often people say yes."""
    article = ". ".join(FACTS[:5]) + "."
    invented = ("a zebra drank 77 cups.", "two zebras drank 88 cups.", "ten zebras drank 99 cups.")
    rows = []
    for n in range(4):
        judged = [(f"{FACTS[i]}.", "yes") for i in range(n)] + [(text, "no") for text in invented[n:]]
        sentences = [{"sentence": text, "responses": [{"response": word}] * 3} for text, word in judged]
        rows.append({"id": str(n), "article": article, "summary_sentences": sentences})
    (tmp_path / "system_outputs").mkdir()
    for name in ("cnndm", "xsum"):
        write_rows(tmp_path / "system_outputs" / f"qags-{name}.jsonl.xz", rows)
    command = [str(tmp_path), "--model", str(model_folder), "--resamples", "10"]
    result = CliRunner().invoke(check_faithfulness.main, command)
    assert result.exit_code == 0, result.output
    assert result.output.count("4 summaries | Pearson | Spearman | Kendall |") == 2
    (support, _) = (line for line in result.output.splitlines() if line.startswith("| support |"))
    assert support.startswith("| support | 1.00 [")
    assert result.output.count("| model: mean log-probability |") == 2


def test_a_generated_document_has_the_words_asked_for(tmp_path: Path) -> None:
    for n_words in (50, 2000):
        measure_length.write_document(tmp_path / "a.txt", n_words)
        assert n_words <= len((tmp_path / "a.txt").read_text().split()) < n_words + 100


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="memory is read by wait4")
def test_time_and_memory_are_measured_against_length(model_folder: Path) -> None:
    script = ROOT / "scripts" / "measure_length.py"
    command: list[str | Path] = [sys.executable, script, "--words", "50", "150", "--", "-m", model_folder]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["words", "50", "150"]
    assert len(lines[2].split()) == len(lines[1].split()) + 1  # seconds for 1,000 more words
    assert all(float(line.split()[-2]) > 50 for line in lines[1:])  # resident MB


@pytest.mark.slow
def test_the_cost_of_a_corpus_is_measured(tmp_path: Path, model_folder: Path) -> None:
    rows = [{"id": str(i), "text": ". ".join(FACTS[i : i + 3]) + "."} for i in range(6)]
    path = write_rows(tmp_path / "documents.jsonl", rows)
    command: list[str | Path] = [sys.executable, ROOT / "scripts" / "measure_corpus.py", path]
    command += ["--documents", "3", "--model", model_folder, "--cores", "10"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines[:2] == ["| | |", "|---|---|"]
    cells = {name: value for _, name, value, _ in (line.split(" | ") for line in map("| {} |".format, lines[2:]))}
    assert float(cells["articles summarised in a CPU-second"]) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="processor time is read by the module resource")
def test_predictions_to_score_are_a_field_or_a_baseline(tmp_path: Path) -> None:
    import benchmark_evaluate

    rows = [
        {"id": f"x{i}", "document": f"{FACTS[i]}. It rained.", "summary": FACTS[i], "brio": "text"} for i in range(4)
    ]
    data, out = write_rows(tmp_path / "data.jsonl", rows), tmp_path / "out.jsonl"
    assert benchmark_evaluate.write_rows(data, "brio", None, 3, out) == 3
    assert [row["prediction"] for row in read_rows(out)] == ["text"] * 3
    assert benchmark_evaluate.write_rows(data, None, "lead-1", 10, out) == 4
    assert [row["prediction"] for row in read_rows(out)] == [f"{FACTS[i]}." for i in range(4)]
    for field, baseline in ((None, None), ("brio", "lead-1")):
        with pytest.raises(click.UsageError, match="name --field or --baseline"):
            benchmark_evaluate.write_rows(data, field, baseline, 10, out)
