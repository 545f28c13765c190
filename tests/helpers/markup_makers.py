"""Files of text markup, XML, notebooks and subtitles, each with a title, a heading, three paragraphs and some code."""

from __future__ import annotations

import json
from collections.abc import Sequence

CODE = 'print("code is not prose")'


def every_markup(titles: Sequence[str], paragraphs: Sequence[str]) -> dict[str, bytes]:
    """A good file of each format, by suffix."""
    makers = {
        ".rst": restructured_text, ".org": org, ".adoc": asciidoc, ".tex": latex, ".ipynb": notebook, ".xml": article,
    }  # fmt: skip
    files = {suffix: make(titles, paragraphs).encode() for suffix, make in makers.items()}
    return files | {".ass": substation_alpha(paragraphs).encode(), ".sbv": subviewer(paragraphs).encode()}


def restructured_text(titles: Sequence[str], paragraphs: Sequence[str]) -> str:
    first, second, third = paragraphs
    return (
        f"{'=' * 20}\n{titles[0]}\n{'=' * 20}\n\n:Author: Nobody\n\n.. a comment\n\n"
        f"{first.replace('council', '*council*')}\n\n"
        f"{titles[1]}\n{'-' * 20}\n\n- {second}\n\n.. note:: {third}\n\n.. code-block:: python\n\n   {CODE}\n\n"
        ".. include:: /etc/passwd\n"
    )


def org(titles: Sequence[str], paragraphs: Sequence[str]) -> str:
    first, second, third = paragraphs
    return (
        f"#+TITLE: {titles[0]}\n#+AUTHOR: Nobody\n\n{first.replace('council', '[[https://a.example][council]]')}\n\n"
        f"** TODO {titles[1]} :old:\n:PROPERTIES:\n:ID: 3\n:END:\n- {second.replace('old town', '*old* =town=')}\n"
        f"#+begin_quote\n{third}\n#+end_quote\n#+begin_src python\n{CODE}\n#+end_src\n# a comment\n"
    )


def asciidoc(titles: Sequence[str], paragraphs: Sequence[str]) -> str:
    first, second, third = paragraphs
    return (
        f"= {titles[0]}\nNobody <nobody@a.example>\n:toc:\n\n// a comment\n"
        f"{first.replace('council', 'https://a.example[council]')}\n\n=== {titles[1]}\n\n"
        f"* {second.replace('old town', '*old* `town`')}\n\n"
        f"____\n{third}\n____\n\n[source,python]\n----\n{CODE}\n----\n"
    )


def latex(titles: Sequence[str], paragraphs: Sequence[str]) -> str:
    first, second, third = paragraphs
    return (
        f"\\documentclass{{article}}\n\\title{{{titles[0]}}}\n\\author{{Nobody}}\n\\begin{{document}}\n\\maketitle\n"
        f"{first.replace('council', '{council}')}~\\cite{{a}} % a comment\n\n\\section{{{titles[1]}}}\\label{{s}}\n"
        f"\\begin{{itemize}}\n\\item {second.replace('old town', '{old} town')}\n\\end{{itemize}}\n"
        f"\\begin{{verbatim}}\n{CODE}\n\\end{{verbatim}}\n{third}\n\\end{{document}}\n"
    )


def notebook(titles: Sequence[str], paragraphs: Sequence[str]) -> str:
    first, second, third = paragraphs
    texts = [f"# {titles[0]}\n\n{first}", f"## {titles[1]}\n\n- {second}\n\n{third}"]
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)} for text in texts]
    output = {"output_type": "stream", "name": "stdout", "text": ["output is not prose"]}
    code = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": [CODE], "outputs": [output]}
    return json.dumps(
        {"cells": [cells[0], code, cells[1]], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )


def article(titles: Sequence[str], paragraphs: Sequence[str]) -> str:
    first, second, third = paragraphs
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<article><front><article-meta><title-group>'
        f"<article-title>{titles[0]}</article-title></title-group><contrib-group><contrib>Nobody</contrib>"
        f"</contrib-group></article-meta></front><body>"
        f"<p>{first.replace('council', '<italic>council</italic>')}</p><sec><title>{titles[1]}</title>"
        f"<p>{second}</p><sec><disp-formula>{CODE}</disp-formula><p>{third}</p></sec></sec></body>"
        "<back><ref-list><ref>Somebody 2001.</ref></ref-list></back></article>"
    )


def substation_alpha(paragraphs: Sequence[str]) -> str:
    events = "".join(
        f"Dialogue: 0,0:00:0{i}.00,0:00:0{i}.90,Default,,0,0,0,,{{\\i1}}{p}\n" for i, p in enumerate(paragraphs)
    )
    names = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    return f"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: {names}\n{events}"


def subviewer(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(f"0:00:0{i}.000,0:00:0{i}.900\n{p}" for i, p in enumerate(paragraphs)) + "\n"
