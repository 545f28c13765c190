"""LaTeX: the prose of a document's body, as pylatexenc writes it in plain characters."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from summarize.documents.document import Blocks, Extracted, ReadOptions
from summarize.documents.encodings import decode
from summarize.documents.readers.latex_commands import Label, with_citations, with_named_references, with_quantities

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%.*(?:\n[ \t]*(?=\S))?")
_LEFT_OUT = (
    "thebibliography", "tikzpicture", "tabular", "tabular*", "tabularx", "longtable", "array", "verbatim", "Verbatim",
    "lstlisting", "minted", "algorithm", "algorithmic", "comment", "filecontents", "picture", "CCSXML", "keywords",
    "IEEEkeywords", "pspicture",
)  # fmt: skip
_FORMULAS = ("equation", "align", "eqnarray", "gather", "multline", "displaymath", "math", "flalign", "alignat")
_BEGIN = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
MAX_ENVIRONMENT = 100_000  # characters of one that is left out
_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_HEADING = re.compile(r"\\(part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\]]{0,200}\])?\{")
_TITLE = re.compile(r"\\title(?:\[[^\]]{0,200}\])?\{")
_CITATION = re.compile(
    r"[~ ]?\\(?:[A-Za-z]{0,12}[cC]ite[A-Za-z]{0,12}|nocite|label|bibliography|bibliographystyle|index|input|include"
    r"|includegraphics|vspace|hspace|pagestyle|thispagestyle|setlength|addtolength|graphicspath|usepackage|author|date"
    r"|thanks|affil|affiliation|email|institute|address|keywords|newcommand|renewcommand)"
    r"\*?(?:\[[^\]]{0,200}\]){0,2}\{[^{}]{0,500}\}(?:\{[^{}]{0,500}\})?"
)  # fmt: skip
_REFERENCE = re.compile(r"\\(?:eq|auto|c|C|page|name|v)?ref\*?\{([^{}]{0,200})\}")
_EMPTY_BRACKETS = re.compile(r"[~ ]?(?:\[[\s,;~]*\]|\([\s,;~]*\))")
_NUMBERED = re.compile(r"\\(?:(chapter|section|subsection|subsubsection)\{|begin\{(\w+)\}|label\{([^{}]{0,200})\})")
_NOTE = re.compile(r"\\(?:footnote|footnotetext|marginpar|todo|author|thanks|hypersetup)\*?(?:\[[^\]]{0,100}\])?\{")
_LINK = re.compile(r"\\href\{[^{}]{0,500}\}")
_ITEM = re.compile(r"\\item\b[ \t]*(?:\[([^\]]{0,200})\])?")
_BOUNDARY = re.compile(
    r"\\(?:begin|end)\{[^{}]{0,60}\}(?:\[[^\]]{0,200}\])?|\\par\b|\\caption(?:\[[^\]]{0,200}\])?(?=\{)"
    r"|\\(?:maketitle|tableofcontents|appendix|clearpage|newpage|centering|noindent)\b"
)
# A command of the author's own that stands for some words, and code within a line.
_MACRO = re.compile(
    r"\\(?:(?:re)?newcommand\*?|providecommand\*?|def)\{?\\([A-Za-z]{1,40})\}?\{((?:[^{}#]|\{[^{}#]{0,100}\}){1,200})\}"
)
_COMMAND = re.compile(r"\\([A-Za-z]{1,40})(?:\{\})?")
_CODE = re.compile(r"\\verb\*?([^\w\s*])([^\n]{0,200}?)\1")
_SPECIAL = re.compile(r"([_%&#$])|[\\^~{}]")
_INLINE_FORMULA = re.compile(
    r"\$\$.{0,2000}?\$\$|\\\[.{0,2000}?\\\]|(?<!\\)\$[^$]{0,500}(?<!\\)\$|\\\(.{0,500}?\\\)", re.S
)
MAX_MACRO = 200  # characters that a command of the author's own may stand for
MAX_COMMANDS = 100_000  # that are looked at, so that a text does not grow without end
MAX_FORMULA = 24  # characters of one that is written out
_SPACE_BEFORE_MARK = re.compile(r"[ \n]+(?=[,;.:?!](?:\s|$))")


def read_latex(data: bytes, source: str, options: ReadOptions) -> Extracted:
    """Headings, paragraphs, lists and captions of a LaTeX document; no preamble, comments, tables or bibliography. A
    long formula becomes an ellipsis."""
    from pylatexenc.latex2text import LatexNodes2Text

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL + 1)  # its messages would reach stderr
    text = _COMMENT.sub(r"\1", re.sub(r"\r\n?", "\n", decode(data, source)))
    converter = LatexNodes2Text(math_mode="text", strict_latex_spaces=False)
    blocks = Blocks()
    if title := _argument(text, _TITLE):
        blocks.heading(_plain(title, converter), 1)
    preamble, _, body = text.partition("\\begin{document}")
    body = _with_macros((body or text).partition("\\end{document}")[0], dict(_MACRO.findall(preamble if body else "")))
    body = _CODE.sub(lambda code: _SPECIAL.sub(lambda sign: f"\\{sign[1]}" if sign[1] else " ", code[2]), body)
    labels = _labels(body)
    body = with_quantities(_without_notes(_without_environments(body)))
    body = with_named_references(with_citations(body, text), labels)
    body = _REFERENCE.sub(lambda reference: labels[reference[1]].number if reference[1] in labels else "", body)
    body = _EMPTY_BRACKETS.sub("", _LINK.sub("", _CITATION.sub("", body)))
    for level, words in _pieces(body):
        if level:
            blocks.heading(_plain(words, converter), level)
            continue
        words = _ITEM.sub(lambda item: f"\n\n{item[1] or ''} ", _BOUNDARY.sub("\n\n", words))
        for paragraph in re.split(r"\n[ \t]*\n", words):
            blocks.add(_plain(paragraph, converter))
    return blocks.extracted()


def _with_macros(body: str, macros: dict[str, str]) -> str:
    """The text with the author's own commands replaced by what they stand for, once."""

    def expanded(command: re.Match[str]) -> str:
        words = macros.get(command[1], "")
        return f"{{{words}}}" if 0 < len(words) <= MAX_MACRO else command[0]

    return _COMMAND.sub(expanded, body, count=MAX_COMMANDS) if macros else body


def _labels(body: str) -> dict[str, Label]:
    """The numbers that labels of sections, formulas, figures and tables stand for."""
    labels: dict[str, Label] = {}
    counts, current = Counter[str](), Label("", "")
    section: list[int] = []
    for found in _NUMBERED.finditer(body):
        heading, environment, label = found.groups()
        if heading:
            depth = ("chapter", "section", "subsection", "subsubsection").index(heading)
            section = [*section, *[0] * 4][: depth + 1]
            section[depth] += 1
            current = Label(".".join(str(number) for number in section if number), heading)
        elif environment:
            counts[environment] += 1
            current = Label(str(counts[environment]), environment)
        else:
            labels[label] = current
    return labels


def _pieces(body: str) -> Iterator[tuple[int, str]]:
    """(level, title) of each heading, and (0, text) of what stands between."""
    start = 0
    for heading in _HEADING.finditer(body):
        if heading.start() < start:
            continue
        yield 0, body[start : heading.start()]
        end = _closing_brace(body, heading.end())
        yield _LEVELS[heading[1]], body[heading.end() : end]
        start = end + 1
    yield 0, body[start:]


def _argument(text: str, command: re.Pattern[str]) -> str:
    """What stands in the braces of a command; "" if the text does not have it."""
    found = command.search(text)
    return text[found.end() : _closing_brace(text, found.end())] if found else ""


def _closing_brace(text: str, start: int, limit: int = 5000) -> int:
    """The position of the brace that closes the one before start, or of the end of the paragraph."""
    depth = 1
    for i in range(start, min(len(text), start + limit)):
        if text[i] in "{}" and text[i - 1] != "\\":
            depth += 1 if text[i] == "{" else -1
            if not depth:
                return i
    return min(len(text), start + limit)


def _without_environments(text: str) -> str:
    """The text without tables, code and bibliographies, and with ellipses for formulas."""
    parts, start = list[str](), 0
    for begin in _BEGIN.finditer(text):
        name = begin[1]
        is_formula = name.rstrip("*") in _FORMULAS
        if begin.start() < start or not (is_formula or name in _LEFT_OUT):
            continue
        end = text.find(f"\\end{{{name}}}", begin.end(), begin.end() + MAX_ENVIRONMENT)
        if end >= 0:
            parts += [
                text[start : begin.start()].rstrip() if is_formula else text[start : begin.start()],
                " … " * is_formula,
            ]
            start = end + len(name) + 6
    return "".join([*parts, text[start:]])


def _without_notes(text: str) -> str:
    """The text without footnotes and the like."""
    parts, start = list[str](), 0
    for note in _NOTE.finditer(text):
        if note.start() >= start:
            parts.append(text[start : note.start()])
            start = _closing_brace(text, note.end()) + 1
    return "".join([*parts, text[start:]])


def _plain(text: str, converter: Any) -> str:
    """LaTeX as text; what cannot be converted is left as it is, without commands."""

    def formula(match: re.Match[str]) -> str:
        words = " ".join(_converted(match[0], converter).split())
        return f" {words} " if len(words) <= MAX_FORMULA else " … "

    return _SPACE_BEFORE_MARK.sub("", " ".join(_converted(_INLINE_FORMULA.sub(formula, text), converter).split()))


def _converted(text: str, converter: Any) -> str:
    try:
        return str(converter.latex_to_text(text))
    except Exception:  # the parser raises errors of many kinds at damaged markup
        return re.sub(r"\\[A-Za-z]+\*?|[{}$]", " ", text)
