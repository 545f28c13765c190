"""Markdown: which text is taken, which marks are not, and where it is recognised without a name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from summarize.documents import read_documents
from tests.helpers import makers
from tests.helpers.documents import read_one, texts_of

CASES = Path(__file__).parent / "cases"


def text_of(markdown: str, folder: Path) -> str:
    return read_one("a.md", markdown.encode(), folder).text


def test_markdown_gives_text_without_marks_and_code(tmp_path: Path) -> None:
    text = read_one("a.md", makers.every_format()[".md"], tmp_path).text
    for mark in ("#", "**", "`", "](", "print", "front matter", ">", "```", "bridge.png"):
        assert mark not in text
    assert "a drawing of it" in text
    assert "mast | nine" in text


def test_the_case_of_github(tmp_path: Path) -> None:
    document = read_one("a.md", (CASES / "markdown-github.md").read_bytes(), tmp_path)
    assert document.text == "\n\n".join(
        (
            "Boat house",
            "Nobody may use the left rack until the roof is mended.",
            "The boat house needs a new roof before the winter, and Lund & Sons want 9,000 for it. "
            "See Minutes 2025-05 and E = mc^2.",
            "ask the town for a loan",
            "vote on the fee",
            "Who | Pays",
            "Town | 4,500",
            "Club | 4,500",
            "More about the money",
            "The town lends half of it without interest, and the members pay twelve crowns a month more for two years.",
            "Some text with a break and bold HTML, and a footnote.",
        )
    )
    assert [section.title for section in document.sections] == ["Boat house"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("---\ntitle: x\n---\nText", "Text"),
        ("+++\ntitle = 'x'\n+++\nText", "Text"),
        ("> [!tip]- A title\n> Text", "A title\n\nText"),
        ("It costs $5 and then $6.", "It costs $5 and then $6."),
        ("$$\nx^2\n$$\n\nText", "Text"),
        ("see [[Page|the page]] and [[Other#Part]]![[a.png]]", "see the page and Other Part"),
        ("`[[ -f x ]]` and `a:b:`", "[[ -f x ]] and a:b:"),
        ("- [ ] one\n- [X] two", "one\n\ntwo"),
        ("at 10:30:45 :tada:", "at 10:30:45"),
        ("a <!-- hidden --> b<br>c <s>old</s> new", "a b c new"),
        ("in 2019<sup>5</sup> and 10<sup>6</sup> cells", "in 2019 and 10^6 cells"),
        ("<!-- a\n\nb -->\n\nText", "Text"),
        ("<div align='center'>\n<b>Big</b> words\n</div>", "Big words"),
        ("<details><summary>More</summary>\n\nText\n\n</details>", "More\n\nText"),
        ("[![a](a.svg)](b) [![c](c.svg)](d)\n\nText", "Text"),
        ("![a map of it](a.png)", "a map of it"),
        ("Term\n: What it means.", "Term: What it means."),
        ("!!! warning \"Mind\"\n    The ice is thin.", "Mind\n\nThe ice is thin."),
        (":::note\nThe ice is thin.\n:::", "The ice is thin."),
        ("import Tabs from '@theme/Tabs';\n\nexport const a = 1\n\n<Tabs>\n\nText\n\n</Tabs>", "Text"),
        (":::caution The ice\nIt is thin.\n:::", "The ice\n\nIt is thin."),
        (":::tip[The ice]\nIt is thin.\n:::", "The ice\n\nIt is thin."),
        ("in H~2~O and 10^6^ cells", "in H2O and 10^6 cells"),
        ("title:: Ice\ntype:: note\n\n- Ice is cold\n  id:: 65-a\n\t- TODO Buy some\n\t  SCHEDULED: <2025-08-01 Fri>",
         "Ice is cold\n\nBuy some"),
        ("- [/] half done\n- [-] given up", "half done\n\ngiven up"),
        ("![Pasted image 20250512.png](a.png)![image](b)![Screenshot 2025-05-12 at 10.31.02](c)\n\nText", "Text"),
        ("Owner: Kim\nStatus: In progress\n\nWe met:\nus.", "Owner: Kim\n\nStatus: In progress\n\nWe met: us."),
        ("[2025-05-12 10:32] Kim Dahl: The ice is thin\n[2025-05-12 10:33] Me: How thin?\n(- Kim: ! -)\n",
         "Kim Dahl: The ice is thin\n\nMe: How thin?"),
        ("<Tabs\n  values={[\n  {label: 'a'}, {b: '>'}\n]}>\n<Tab>\nText</Tab>\n\n{/* one\n\ntwo */}\n", "Text"),
        ("```\n<Tabs>\n```\n\nText < Tabs", "Text < Tabs"),
        ("<table><tr><th>a</th><th>b</th></tr>\n<tr><td>1</td><td>2</td></tr></table>", "a | b\n\n1 | 2"),
        ("import \"a.css\"\nexport default function () {\n\nText", "Text"),
        ("==marked== %%a comment%% text", "marked text"),
        ("++new++ in C++ and a==b==c", "new in C++ and a==b==c"),
        ("## Title {#title}\n\nText", "Title\n\nText"),
        ("[TOC]\n\nText {{< ref >}}", "Text"),
        ("one[^1] two[^none]\n\n[^1]: The note.", "one two"),
        ("a ~~b~~ c", "a c"),
        ("a^[inline note] b", "a b"),
        ("#boats #todo/now\n\nText #boats\n\n*[HTML]: Hyper Text", "Text #boats"),
    ],
)  # fmt: skip
def test_marks_that_are_not_text(tmp_path: Path, markdown: str, text: str) -> None:
    assert text_of(markdown, tmp_path) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# A title\n\nSee [this](http://example.org/a).", "A title\n\nSee this."),
        ("Some **bold** words\n\n- [x] done\n", "Some bold words\n\ndone"),
        ("---\ntitle: x\n---\n\n## A title\n", "A title"),
        ("# a shell script\nls -l *.txt\n", "# a shell script\nls -l *.txt\n"),
        ("The * and ** of a footnote*\n", "The * and ** of a footnote*\n"),
        ("Minutes\n-------\nOne. # Two\n", "Minutes\n-------\nOne. # Two\n"),
        ("def f(*a, **k): # x\n    return g(**k, **a)\n", "def f(*a, **k): # x\n    return g(**k, **a)\n"),
    ],
)
def test_markdown_without_a_name_is_recognised_by_several_kinds_of_marks(text: str, plain: str) -> None:
    assert texts_of(list(read_documents(["-"], None, io.BytesIO(text.encode())))) == [plain]
