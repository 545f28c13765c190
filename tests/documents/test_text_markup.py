"""reStructuredText, Org, AsciiDoc, LaTeX and notebooks: prose and headings, without markup, code and metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.documents import error_of, read_bytes, read_one

CASES = Path(__file__).parent / "cases"


def paragraphs(tmp_path: Path, name: str, text: str) -> list[str]:
    return read_one(name, text.encode(), tmp_path).text.split("\n\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10\\ :sup:`6` m, sold\\ :sup:`3` for H\\ :sub:`2`\\ O.", ["10^6 m, sold for H2O."]),
        (
            "A *b* ``c`` `link <https://a.example>`_ d_ [#e]_.\n\n.. _d: https://d.example\n.. [#e] A note.",
            ["A b c link d."],
        ),
        ("See :func:`~os.path.join`, :doc:`a title <page>` and :math:`x`.", ["See join, a title and x."]),
        (".. note:: One.\n\n.. versionadded:: 3.2\n   Two.\n\n.. seealso:: Three.", ["One.", "Two.", "Three."]),
        ("Code::\n\n   x = 1\n\n>>> y = 2\n3\n\n.. code-block:: python\n\n   z = 3\n\nEnd.", ["Code:", "End."]),
        ("term\n  Its definition.\n\n- a\n- b\n\n  c", ["term", "Its definition.", "a", "b", "c"]),
        ("=====  =====\nA      B\n=====  =====\nc      d\n=====  =====", ["A | B", "c | d"]),
        ("| The river came,\n| carrying doors.", ["The river came, carrying doors."]),
        (".. figure:: a.png\n\n   The caption.\n\n.. image:: b.png\n   :alt: no\n\nEnd.", ["The caption.", "End."]),
        (".. toctree::\n\n   a\n   b\n\n.. automodule:: x\n   :members:\n\n.. contents::\n\nEnd.", ["End."]),
        (
            ".. include:: /etc/passwd\n\n.. raw:: html\n\n   <b>x</b>\n\n.. csv-table::\n   :file: /etc/passwd\n\nEnd.",
            ["End."],
        ),
        ("|name| is here.\n\n.. |name| replace:: The mill", ["The mill is here."]),
    ],
)
def test_restructured_text(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert paragraphs(tmp_path, "a.rst", text) == expected


def test_levels_of_restructured_text(tmp_path: Path) -> None:
    text = "Title\n=====\n\nOne.\n\nPart\n----\n\nTwo.\n\nPiece\n~~~~~\n\nThree.\n\nNext\n----\n\nFour."
    document = read_one("a.rst", text.encode(), tmp_path)
    assert [(s.title, s.level) for s in document.sections] == [("Title", 1), ("Part", 2), ("Piece", 3), ("Next", 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10^{6} m of H_{2}O, snake_{case.", ["10^6 m of H2O, snake_{case."]),
        ("A *b* /c/ _d_ =e= ~f~ +g+ a/b/c 2*3*4.", ["A b c d e f g a/b/c 2*3*4."]),
        ("See [[https://a.example][the page]] and [[b.org]].[fn:1]\n\n[fn:1] A note.", ["See the page and b.org."]),
        (
            "- one\n  more\n- [X] two\n1. three\n- four :: its meaning",
            ["one more", "two", "three", "four: its meaning"],
        ),
        ("It was on <2024-05-12 Sun 10:00>. [[./a.png]]", ["It was on 2024-05-12."]),
        ("| a | b |\n|---+---|\n| c | d |", ["a | b", "c | d"]),
        (
            "#+BEGIN_SRC c\nint x;\n#+END_SRC\nOne.\n#+begin_quote\nTwo.\n#+end_quote\n: fixed\nEnd.",
            ["One.", "Two.", "End."],
        ),
        ("* Head\n:LOGBOOK:\nCLOCK: x\n:END:\nSCHEDULED: <2024-05-12 Sun>\nOne.\n# no\n#+ATTR: no", ["Head", "One."]),
        (
            "* TODO [#A] Head :tag:\nOne.\n* COMMENT No\nno\n** no\n* No :noexport:\nno\n* Last",
            ["Head", "One.", "Last"],
        ),
    ],
)
def test_org(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert paragraphs(tmp_path, "a.org", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10^6^ m of H~2~O, 2~3 and 2^5.", ["10^6 m of H2O, 2~3 and 2^5."]),
        ("A *b* _c_ `d` #e# snake_case_name 2 * 3 * 4.", ["A b c d e snake_case_name 2 * 3 * 4."]),
        (
            "See https://a.example[the page], link:b[B], xref:c[C] and <<d,D>>.footnote:[No.]",
            ["See the page, B, C and D."],
        ),
        ("= Mill\nAnna <a@b.example>\nv1.0\n:name: Parrot\n\nThe {name} flew.", ["Mill", "The Parrot flew."]),
        ("* one\n** two\n+\nmore\n. three\nterm:: meaning", ["one", "two", "more", "three", "term: meaning"]),
        ("[source,c]\n----\nint x;\n== no\n----\n....\nno\n....\n////\nno\n////\n// no\nEnd.", ["End."]),
        (
            "NOTE: One.\n\n.A title\n====\nTwo.\n====\n\n[quote]\n____\nThree.\n____",
            ["One.", "A title", "Two.", "Three."],
        ),
        ("|===\n|a |b\n\n|c |d\n|===\n\nimage::a.png[no]\ninclude::b.adoc[]\n\nEnd.", ["a | b", "c | d", "End."]),
        ("One +\ntwo.", ["One two."]),
        ("Version 2.5 of `a.txt`. NOTE: see xref:b.adoc[B (C, D)].", ["Version 2.5 of a.txt. NOTE: see B (C, D)."]),
        ("Old title\n---------\n\nOne.", ["Old title", "One."]),
    ],
)
def test_asciidoc(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert paragraphs(tmp_path, "a.adoc", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"A \emph{b} \textbf{c} ``d'' e---f 5\% M\"uller caf\'e.", ["A b c “d” e—f 5% Müller café."]),
        ("One~\\cite{a}, \\citep[p.~3]{b}. % no\nTwo.\n% no\n\nThree.", ["One,. Two.", "Three."]),
        ("A\\footnote{No \\textbf{no}.} b \\url{c}, \\href{d}{e}.\\label{f}", ["A b <c>, e."]),
        (r"Set \verb|max_size| to 5\verb+&+.", ["Set max_size to 5&."]),
        (r"With $n = 3$ and $\sum_{i=1}^{n} \alpha_i x_i^2 + \beta_j y_j$ it is.", ["With n = 3 and … it is."]),
        ("We have\n\\begin{align*}\na &= b\n\\end{align*}\nwhere a is b.", ["We have … where a is b."]),
        ("\\begin{itemize}\n\\item One.\n\\item[x] Two.\n\\end{itemize}", ["One.", "x Two."]),
        ("\\begin{figure}\\includegraphics[w=1]{a}\\caption{The mill.}\\end{figure}\n\nEnd.", ["The mill.", "End."]),
        ("\\begin{tabular}{l}no\\end{tabular}\\begin{lstlisting}no\\end{lstlisting}\nEnd.", ["End."]),
        ("\\section{A}\\label{a}One.\n\n\\subsection{B}\\label{b}See Sections~\\ref{a} and \\ref{b}.",
         ["A", "One.", "B", "See Sections 1 and 1.1."]),
        ("\\newcommand{\\x}{no}\\input{/etc/passwd}One.\n\n\\bibliography{no}", ["One."]),
        ("\\begin{thebibliography}{9}\\bibitem{a} No.\\end{thebibliography}One.", ["One."]),
    ],
)  # fmt: skip
def test_latex(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert paragraphs(tmp_path, "a.tex", text) == expected
    whole = f"\\documentclass{{article}}\n\\usepackage{{no}}\n\\begin{{document}}\n{text}\n\\end{{document}}\nno"
    assert paragraphs(tmp_path, "a.tex", whole) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"As \citet{hale2020salt} and \Citet[p.~3]{a_b} show \citep{x}.", "As Hale (2020) and [a_b] show."),
        (r"\citeauthor{hale:1999} in \citeyear{hale:1999}.", "Hale in 1999."),
        (r"\textcite{hale2020, kim1999}.", "Hale (2020) and Kim (1999)."),
        (
            r"By \citet{s} and \citet{k}.\begin{thebibliography}{9}\bibitem[Hale et~al.(2020)Hale, Kim]{s} No."
            r"\bibitem[{Kim and Lee(2019{a})}]{k} No.\end{thebibliography}",
            "By Hale et al. (2020) and Kim and Lee (2019a).",
        ),
    ],
)
def test_citations_in_a_sentence(tmp_path: Path, text: str, expected: str) -> None:
    assert paragraphs(tmp_path, "a.tex", text) == [expected]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (r"\SI{10}{\kilo\metre}", "10 km"), (r"\SI[per-mode=symbol]{3e8}{\metre\per\second}", "3 × 10^8 m/s"),
        (r"\num{12345.6}", "12345.6"), (r"\num{1e-5}", "1 × 10^-5"), (r"\num{e5}", "10^5"), (r"\num{1,5}", "1.5"),
        (r"\num{1.2+-0.3}", "1.2 ± 0.3"), (r"\num{2x3}", "2 × 3"), (r"\qty{9.81}{m.s^{-2}}", "9.81 m s^-2"),
        (r"\SI{20}{\celsius}", "20 °C"), (r"\SI{5}{\percent}", "5%"), (r"\SIrange{5}{10}{\kg}", "5–10 kg"),
        (r"\numrange{5}{10}", "5–10"), (r"\numlist{1;2;3}", "1, 2 and 3"), (r"\SIlist{1;2}{\um}", "1 and 2 µm"),
        (r"\ang{45}", "45°"), (r"\ang{45;30;}", "45°30′"), (r"\si{\joule\per\mole\per\kelvin}", "J/mol/K"),
        (r"\SI{2}{\square\metre}", "2 m2"), (r"\SI{2}{\metre\squared}", "2 m2"), (r"\SI{2}{\cm\tothe{4}}", "2 cm^4"),
        (r"\SI{8}{\newton\metre}", "8 N m"),
    ],
)  # fmt: skip
def test_quantities(tmp_path: Path, command: str, expected: str) -> None:
    assert paragraphs(tmp_path, "a.tex", f"It is {command} here.") == [f"It is {expected} here."]


def test_references_with_names(tmp_path: Path) -> None:
    figures = "".join(f"\\begin{{figure}}\\caption{{{x.upper()}.}}\\label{{{x}}}\\end{{figure}}" for x in "fg")
    table = r"\begin{table}\caption{T.}\label{t}\end{table}\begin{align}a\label{e}\end{align}"
    text = r"\section{S}\label{s}See \cref{f,g}, \cref{e}, \Cref{s}, \autoref{t}, \autoref{s}"
    shown = paragraphs(tmp_path, "a.tex", text + figures + table)[1]
    assert shown == "See figures 1 and 2, equation 1, Section 1, Table 1, section 1"


def test_commands_of_the_authors_own(tmp_path: Path) -> None:
    preamble = r"\newcommand{\R}{\mathbb{R}}\def\etal{et al.\xspace}\newcommand{\x}[1]{#1}"
    text = rf"{preamble}\begin{{document}}Hale \etal chose $x \in \R$. See \etal{{}} too.\end{{document}}"
    assert paragraphs(tmp_path, "a.tex", text) == ["Hale et al. chose x ∈ℝ. See et al. too."]


def notebook(*cells: tuple[str, str], **more: Any) -> bytes:
    return json.dumps({"cells": [{"cell_type": kind, "source": text} for kind, text in cells], **more}).encode()


def test_the_text_cells_of_a_notebook(tmp_path: Path) -> None:
    data = notebook(("markdown", "# Salt\n\nOne *two*."), ("code", "x = 1"), ("raw", "no"), ("markdown", "- three"))
    for name in ("a.ipynb", "a.json", "a.data"):
        document = read_one(name, data, tmp_path)
        assert document.text == "Salt\n\nOne two.\n\nthree"
        assert [section.title for section in document.sections] == ["Salt"]


def test_an_old_notebook(tmp_path: Path) -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": ["Salt"]}, {"cell_type": "markdown", "source": ["One."]}]
    data = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    assert read_one("a.ipynb", data, tmp_path).text == "Salt\n\nOne."


def test_a_case_of_a_notebook(tmp_path: Path) -> None:
    document = read_one("notebook.ipynb", (CASES / "notebook.ipynb").read_bytes(), tmp_path)
    assert document.text.startswith("Salt in the harbour\n\nWe measured the salt of the harbour of Sorvik every day")
    assert "math" not in document.text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (notebook(("code", "x = 1")), ": has no text cells, only code"),
        (b"{\n,}", ", line 2: is not JSON, as a notebook is"),
        (b'{"a": 1}', ": is JSON, but no notebook (it has no cells)"),
        (b"[1]", ": is JSON, but no notebook (it has no cells)"),
    ],
)
def test_what_is_no_notebook_is_an_error(tmp_path: Path, data: bytes, message: str) -> None:
    assert error_of("a.ipynb", data, tmp_path).startswith(message)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rst", "|a\n" * 8000), ("a.rst", ":a:`" * 8000), ("a.rst", "*" * 20_000), ("a.rst", "  " * 900 + "a"),
        ("a.org", "* a\n" * 20_000), ("a.org", "[[a" * 20_000), ("a.org", "* " * 20_000),
        ("a.adoc", "<<a" * 20_000), ("a.adoc", "((" * 20_000), ("a.adoc", "----\n" * 20_001),
        ("a.adoc", "= a\n" * 9000),
        ("a.tex", "\\begin{align}" * 9000), ("a.tex", "\\footnote{" * 900), ("a.tex", "{" * 20_000),
        ("a.tex", "$a" * 9000), ("a.tex", "\\\\" * 20_000), ("a.tex", "%" * 50_000 + "\nx"),
    ],
)  # fmt: skip
def test_hostile_markup_is_read_or_refused(tmp_path: Path, name: str, text: str) -> None:
    assert len(read_bytes(name, text.encode(), tmp_path)) == 1
