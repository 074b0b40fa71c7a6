"""Feedback says what failed and why, reveals no hidden check, and contains nothing that acts."""

import json
import re
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from commands import PythonCommand
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import markdown2html_mistune
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import handlers
from playwright.sync_api import Browser, Page, Route
from traitlets.config import Config

from grader.harmless_html import clean, clean_html, clean_markdown
from grader.notebook import parse
from grader.student_feedback import sources
from grader.student_feedback.page import (
    Block,
    FeedbackExporter,
    explanation,
    failed_to_the_end,
    failure,
    page_of,
)

ROOT = Path(__file__).resolve().parents[2]
OWN = "document.title = 'owned'"
SCRIPT = f"<script>{OWN}</script>"
ONERROR = f'<img src=x onerror="{OWN}">'
SVG = f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{OWN}\">{SCRIPT}<circle r='9'/></svg>"
COVER = "<div style='position:fixed;inset:0' class='navbar-fixed-top' id='cover'>cover</div>"
HOSTILE_HTML = [
    SCRIPT,
    ONERROR,
    SVG,
    COVER,
    f'<svg/onload="{OWN}">',
    f'<iframe srcdoc="<script>parent.{OWN}</script>"></iframe>',
    f'<a href="javascript:{OWN}" autofocus onfocus="{OWN}">x</a>',
    f'<a href="JaVa&#10;Script:{OWN}">x</a>',
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=https://evil.example><input name=a><button>go</button></form>",
    "<style>body{display:none}</style><link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/><meta http-equiv=refresh content='0;url=https://evil.example'>",
    f'<math><mi xlink:href="javascript:{OWN}">x</mi></math>',
    "<img src=https://evil.example/pixel.png>",
    f"<!-->{SCRIPT}-->",
    f'<noscript><p title="</noscript>{ONERROR}"></noscript>',
    f'<details open ontoggle="{OWN}">x</details>',
    f'<embed src="data:text/html,{SCRIPT}"><object data=x></object>',
]
HOSTILE_MARKDOWN = [
    *HOSTILE_HTML,
    f"[x](<javascript:{OWN}>)",
    f"[x]: <javascript:{OWN}>\n\n[x]",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    f"```mermaid\n{ONERROR}\n```",
    # Cleaned text that contains a blank line must not become Markdown again.
    "```mermaid\na\n\n[x](javascript:alert(1))\n```",
    f"<b>$$a</b>\n\n$$ {ONERROR}",
    "![x](attachment:not-there.png)",
]
# Tags, attributes and addresses that must not get from a student into a page.
ACTS = re.compile(
    r"<(script|iframe|form|input|button|style|link|base|meta|embed|object|svg|math)\b"
    r"|<[^>]*\s(on\w+|style|class|id|srcdoc)\s*="
    r"|(href|src)=[\"']?\s*(javascript|https://evil|data:text)",
    re.IGNORECASE,
)


# Sanitizing


@pytest.mark.parametrize("html", HOSTILE_HTML)
def test_html_that_acts_is_made_harmless(html: str) -> None:
    assert not ACTS.search(clean_html(f"before {html} after"))


@pytest.mark.parametrize("markdown", HOSTILE_MARKDOWN)
def test_markdown_that_acts_is_made_harmless_where_nbconvert_renders_it(markdown: str) -> None:
    cleaned = clean_markdown(f"before\n\n{markdown}\n\n*after*")
    assert not ACTS.search(markdown2html_mistune(cleaned))
    assert "before" in cleaned and "after" in cleaned
    again = clean_markdown(cleaned)
    assert not ACTS.search(markdown2html_mistune(again))


def test_markdown_with_html_in_it_keeps_its_look() -> None:
    html = markdown2html_mistune(
        clean_markdown(f"**a** <b>b</b>{SCRIPT}\n\n- c\n\n```\n1\n\n2\n```")
    )
    for kept in ("<strong>a</strong>", "<b>b</b>", "<li>c</li>", "1&#10;&#10;2"):
        assert kept in html


@pytest.mark.parametrize(
    "markdown",
    [
        "Accuracy is a step: its slope is 0, so `a < b` **and** _c_ > d & e.",
        "$p < q$ and $$\\frac{a}{b}$$\n\n- one\n- two\n\n1. three",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "```python\nif a < b:\n    pass\n```",
        "See [Keras](https://keras.io/?a=1&b=2), 'quoted' \"text\" and https://keras.io.",
    ],
)
def test_plain_markdown_stays_as_the_student_wrote_it(markdown: str) -> None:
    assert clean_markdown(markdown) == markdown


def test_what_a_person_wants_to_see_of_an_output_stays() -> None:
    table = '<table><tr><th colspan="2">x</th></tr><tr><td>1</td><td>2</td></tr></table>'
    cleaned = clean_html(f"<div class=a>{table}<style>td {{}}</style></div>")
    assert re.sub("</?tbody>", "", cleaned) == f"<div>{table}</div>"
    picture = '<img alt="a" src="data:image/png;base64,AAAA">'
    assert clean_html(picture) == picture
    assert 'href="https://keras.io"' in clean_html("<a href='https://keras.io'>k</a>")


def test_outputs_and_metadata_of_every_kind_are_cleaned() -> None:
    """Some outputs and attributes are dangerous because nbconvert copies them unchanged."""
    data = {
        "application/javascript": OWN,
        "application/vnd.jupyter.widget-view+json": {"model_id": "a"},
        "image/svg+xml": SVG,
        "image/png": f'AAAA" onerror="{OWN}',
        "image/jpeg": "AAAA",
        "text/markdown": SCRIPT,
        "text/plain": "plain",
    }
    width = {"image/jpeg": {"width": f"1 onload={OWN}"}}
    output = new_output("display_data", data, metadata=width)
    code = new_code_cell(
        outputs=[output],
        metadata={"tags": [f'"{ONERROR}'], "course": {"handed_in": [deepcopy(output)]}},
    )
    raw = new_raw_cell(SCRIPT, metadata={"raw_mimetype": "text/html"})
    notebook = new_notebook(
        cells=[code, raw],
        metadata={"widgets": {"a": 1}, "title": SCRIPT, "language_info": {"name": ONERROR}},
    )
    clean(notebook)
    output = code.outputs[0]
    assert set(output.data) == {"image/jpeg", "text/html", "text/markdown", "text/plain"}
    assert output.data["text/html"].startswith('<img alt="figure" src="data:image/svg+xml;base64,')
    assert code.metadata == {"course": {"handed_in": [output]}}
    assert (output.metadata, raw.metadata) == ({}, {})
    assert notebook.metadata == {"language_info": {"name": "python"}}
    assert "script" not in raw.source + output.data["text/markdown"]
    once = deepcopy(notebook)
    clean(notebook)
    assert notebook.cells[0] == once.cells[0]


def test_the_authors_cells_and_the_graders_marks_stay() -> None:
    mark = {"locked": True, "grade": False, "solution": False, "grade_id": "task"}
    task = new_markdown_cell("<div class='hint'>hint</div>", metadata={"nbgrader": mark, "a": 1})
    task.metadata["course"] = {"function": "f"}
    notebook = new_notebook(cells=[task], metadata={"course": {"stopped": "why"}})
    clean(notebook)
    assert task.source == "<div class='hint'>hint</div>"
    assert task.metadata == {"nbgrader": mark, "course": {"function": "f"}}
    assert notebook.metadata.course == {"stopped": "why"}


# The author's words


@pytest.mark.parametrize("author", ["f(1)", f"f([[1. 2.]\n [3. 4.]]), {'long ' * 20}, doubled"])
@pytest.mark.parametrize(
    "check",
    [
        "assert_allclose(1.0, 2.0, err_msg=words)",
        "assert_allclose(np.ones(3), np.zeros(3), err_msg=words)",
        "assert_allclose(np.ones(3), np.zeros((2, 2)), err_msg=words)",
        "assert_allclose(np.array([np.nan, 1]), np.ones(2), err_msg=words)",
        "assert_allclose(np.array([np.inf, 1]), np.ones(2), err_msg=words)",
        "assert_equal(1, 2, err_msg=words)",
        "assert_equal((2, 3), (2, 4), err_msg=words)",
        "assert_equal(np.ones(3), np.zeros(3), err_msg=words)",
        "assert_equal((np.ones(2), np.ones(2)), (np.ones(2), np.zeros(2)), err_msg=words)",
        "assert_equal({'a': 1}, {'a': 2}, err_msg=words)",
        "assert_equal('a', 'b', err_msg=words)",
        "assert_array_equal(np.ones(2), np.zeros(2), err_msg=words)",
        "assert_almost_equal(1.0, 2.0, err_msg=words)",
        "assert_array_almost_equal(np.ones(2), np.zeros(2), err_msg=words)",
        "assert_array_less(np.ones(2), np.zeros(2), err_msg=words)",
    ],
)
def test_the_authors_words_are_found_in_a_check_of_numpys(check: str, author: str) -> None:
    assert sources.words(f"np.testing.{check.replace('words', repr(author))}") == [author]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("assert f(1) == 2, 'f(1) is doubled'", ["f(1) is doubled"]),
        ("assert f(x) == 2, f'f({x}) is {f(x)}'", ["f(…) is …"]),
        (
            "call = f'f({x})'\nassert f(x), f'{call}, twice'\nassert x, call",
            ["f(…), twice", "f(…)"],
        ),
        ("call = 'f(1)'\nassert f(1), call\nassert 1, call + ' > 0'", ["f(1)", "f(1) > 0"]),
        ("np.testing.assert_equal(f(1), 'right', 'f(1)')", ["f(1)"]),
        ("for name in names:\n    assert f(name), name", []),
        ("text = text + 'a'\nassert f(2), text", ["…a"]),
        ("%time f(1)", []),
    ],
)
def test_only_a_run_of_the_check_could_fill_the_gaps_in_the_authors_words(
    source: str, found: list[str]
) -> None:
    assert sources.words(source) == found


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ('"""The number\ncomes out."""\nimport numpy', "The number comes out."),
        ("# Hidden check: a\n# b.\n### BEGIN HIDDEN TESTS\nx = 1", "Hidden check: a b."),
        ("x = 1  # one", ""),
        ("%time f()", ""),
        ("# Look:\n%time f()", "Look:"),
    ],
)
def test_a_check_says_in_a_sentence_what_it_looks_for(source: str, sentence: str) -> None:
    assert sources.claim(source) == sentence


def error(name: str, text: str, *trace: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=[*trace, f"{name}: {text}"])


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (error("ValueError", "[7. 7.]"), "ValueError: [7. 7.]"),
        (error("Own7", "[7.]"), "Own7: [7.]"),
        (
            error("AssertionError", "[7.]", "In your code:\n  line 2, in f"),
            "In your code:\n  line 2, in f\nAssertionError: [7.]",
        ),
        (error("AssertionError", "f(3) is 7"), "f(3) is 7"),
        (error("NotImplementedError", ""), "This is not written yet."),
        (error("Stopped", "the cell ran longer than 60 s"), "The cell ran longer than 60 s."),
        (new_output("stream", name="stdout", text="[7.]"), ""),
    ],
)
def test_before_any_hidden_check_an_error_is_shown_as_it_is(
    output: NotebookNode, text: str
) -> None:
    assert explanation(output) == text


# What was handed in


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("KeyError", [], "When it was graded, this cell ended with KeyError."),
        ("IndentationError", [], "When it was graded, this cell ended with IndentationError."),
        ("KeyError", ["ValueError"], "When it was graded, this cell ended with KeyError."),
        ("KeyError", ["KeyError"], ""),
        ("Own7", [], "When it was graded, this cell ended with an error."),
        ("int", [], "When it was graded, this cell ended with an error."),
        ("CellTimeoutError", [], "When it was graded, this cell ended with a timeout."),
        ("NameError", [], "When it was graded, this cell ended with NameError: [7.]."),
        ("LeftOut", [], ""),
    ],
)
def test_of_an_error_in_grading_only_its_kind_is_told_and_only_if_it_is_new(
    name: str, known: list[str], sentence: str
) -> None:
    cell = new_code_cell("f()", outputs=[new_output("stream", text="[7.]"), error(name, "[7.]")])
    cell.metadata["course"] = {"handed_in": [error(name, "before") for name in known]}
    assert failure(cell, is_secret=False) == sentence
    assert failure(cell, is_secret=True) == ""
    check = marked(cell, "check", grade=True, locked=True)
    assert failure(check, is_secret=False) == ""


def test_a_cell_that_python_cannot_read_is_named_even_behind_a_hidden_check() -> None:
    cell = new_code_cell("x = 1\ny = = 2", outputs=[error("SyntaxError", "secret")])
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    sentence = f"{version}, with which it was graded, cannot read line 2 of this cell: "
    for is_secret in (False, True):
        assert failure(cell, is_secret) == f"{sentence}invalid syntax."
    cell.metadata["course"] = {"handed_in": [error("SyntaxError", "before")]}
    assert failure(cell, is_secret=True) == ""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python can read it")
@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("text = f'{data['a']}'", "F-strings with nested quotes need Python 3.12."),
        ("type Vector = list", "Type statements need Python 3.12."),
        ("def first[T](x: T): ...", "Type parameters need Python 3.12."),
        ("print 'a'", "Did you mean print(...)?"),
    ],
)
def test_syntax_of_a_newer_or_older_python_is_named(source: str, sentence: str) -> None:
    _, problem = sources.parse(source)
    assert problem.startswith("Python 3.11, with which it was graded, cannot read line 1 of this")
    assert problem.endswith(sentence)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def g(x):\n    return np.sum(x) + total(x)", "defines total (line 2)."),
        ("import nosuchmodule.part", "does not have nosuchmodule (line 1), which this cell"),
        ("from nosuchmodule import part", "hand it in as a file if it is yours."),
        ("try:\n    import nosuchmodule\nexcept ImportError:\n    pass", ""),
        ("import json, os.path\n[x for x in range(3)]", ""),
        ("%timeit total(1)", ""),
        ("lambda *a, **k: (a, k)", ""),
        ("x = = 1", ""),
    ],
)
def test_a_name_or_module_that_a_cell_lacks_is_named_with_its_line(
    source: str, sentence: str
) -> None:
    hand_in = sources.HandIn(["import numpy as np", source])
    missing = hand_in.missing_in(source)
    assert sentence in missing and bool(missing) == bool(sentence)


@pytest.mark.parametrize(
    ("function", "is_asked"),
    [
        ("def f(x):\n    print(2 * x)", True),
        ("def f(x):\n    y = 2 * x", True),
        ("def f(x):\n    return print(2 * x)", True),
        ("def f(x):\n    return", True),
        ("def f(x):\n    def g(y):\n        return y\n    g(x)", True),
        ("def f(x):\n    if x:\n        return 2 * x\n    print(x)", False),
        ("def f(x):\n    yield x", False),
        ("def f(x):\n    raise NotImplementedError()", False),
        ("def f(x):\n    print(x)\n\n\ndef f(x):\n    return x", False),
    ],
)
def test_a_function_that_never_returns_a_value_is_asked_whether_it_printed(
    function: str, is_asked: bool
) -> None:
    check = marked(new_code_cell("assert f(1) == 2"), "check", grade=True, points=1, locked=True)
    check.metadata.nbgrader["score"] = 0
    notebook = new_notebook(cells=[new_code_cell(function), check])
    advice = page_of(notebook)[-1].blocks[-1].advice
    assert ("<code>f</code> returns nothing" in advice) == is_asked
    check.metadata.nbgrader["score"] = 1
    assert page_of(notebook)[-1].blocks[-1].advice == ""


@pytest.mark.parametrize(
    "source", ["%time x = = 1", "!ls -la", "f?", "files = !ls", "%%bash\nls *"]
)
def test_a_magic_command_is_no_syntax_error(source: str) -> None:
    assert sources.parse(source) == (None, "")


@pytest.mark.parametrize(
    ("cells", "lacks", "undefined"),
    [
        (["def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"], True, []),
        (["def f(x):\n    if x < 0:\n        raise NotImplementedError\n    return x"], False, []),
        (["def f(x):\n    raise NotImplementedError", "def f(x):\n    return x"], False, []),
        (["def g(x):\n    return x"], False, ["f"]),
        (["def f(x)\n    return x"], False, ["f"]),
        (["%time f = 1"], False, []),
        (["from mine import *"], False, []),
        (["class f: pass"], False, []),
    ],
)
def test_the_cells_tell_whether_an_answer_is_there(
    cells: list[str], lacks: bool, undefined: list[str]
) -> None:
    hand_in = sources.HandIn(cells)
    check = "import numpy as np\nx = np.ones(3)\nassert all(f(y) for y in x)"
    assert (hand_in.lacks_answer(check), hand_in.undefined(check)) == (lacks, undefined)


def handed_in(path: Path, *cells: list[NotebookNode]) -> tuple[list[int], list[str]]:
    """Return how many of these outputs of each cell are kept, and the remarks."""
    notebook = new_notebook(cells=[new_code_cell("f()") for _ in cells])
    for cell, outputs in zip(notebook.cells, cells, strict=True):
        cell.outputs = outputs
    path.write_text(json.dumps(notebook))
    kept, remarks = parse(path.read_bytes(), "work")
    return [len(cell.outputs) for cell in kept.cells], remarks


def test_of_the_outputs_that_are_handed_in_so_many_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "work.ipynb"
    small, large = (new_output("stream", text="a" * size) for size in (1, 1_500_000))
    assert handed_in(path, [small] * 600, [small]) == ([600, 1], [])
    left_out = "had more outputs than the grader keeps; {} were left out".format
    assert handed_in(path, [small] * 600, [small] * 700) == ([600, 400], [left_out("300 of 1,300")])
    assert handed_in(path, [large], [large, small]) == ([1, 1], [left_out("1 of 3")])


def test_an_output_that_is_none_does_not_cost_the_submission(tmp_path: Path) -> None:
    none = NotebookNode(output_type="stream", name=5)
    remark = "had invalid outputs; all its outputs were left out"
    assert handed_in(tmp_path / "work.ipynb", [none], []) == ([0, 0], [remark])


# The page, through nbgrader


def marked(cell: NotebookNode, grade_id: str, **mark: object) -> NotebookNode:
    known = {"grade": False, "solution": False, "locked": False, "task": False, "points": 0}
    cell.metadata.nbgrader = {**known, "schema_version": 3, "grade_id": grade_id, **mark}
    cell.id = grade_id
    return cell


SECRET = "secret_numbers"
HIDDEN = (
    "# Hidden check: it doubles.\n### BEGIN HIDDEN TESTS\nimport numpy as np\n"
    f"{SECRET} = np.array([3.25, 7.75])\n"
    f"np.testing.assert_allclose(double({SECRET}), 2 * {SECRET}, err_msg='double(two numbers)')\n"
    "### END HIDDEN TESTS"
)
VISIBLE = '"""Twice 3 is 6."""\nassert double(3) == 6, f"double(3) returns {double(3)}"'


FAILED = "This failed, or your code raised an error."
ANSWER = new_code_cell("def double(x):\n    return x\n\nf = double")


@pytest.mark.parametrize(
    ("found", "before", "first", "later"),
    [
        (("ValueError", "[3.25]"), [], "ValueError: [3.25]", f"f(3)\n{FAILED}"),
        (
            ("ValueError", "[1]"),
            [("ValueError", "[1]")],
            "ValueError: [1]",
            f"f(3)\n{FAILED}\nWhen you handed it in, this check said:\nValueError: [1]",
        ),
        (
            ("ValueError", "[3.25]"),
            [("ValueError", "[1]")],
            "ValueError: [3.25]",
            f"f(3)\n{FAILED}\nWhen you handed it in, this check said:\nValueError: [1]",
        ),
        (
            (
                "AssertionError",
                "\nNot equal to tolerance rtol=1e-07, atol=0\nf(3)\n ACTUAL: [3.25]",
            ),
            [],
            "Not equal to tolerance rtol=1e-07, atol=0\nf(3)\n ACTUAL: [3.25]",
            f"f(3)\n{FAILED}",
        ),
    ],
)
def test_a_visible_check_behind_a_hidden_one_tells_no_more_than_was_known(
    found: tuple[str, str], before: list[tuple[str, str]], first: str, later: str
) -> None:
    check: dict[str, object] = {"grade": True, "locked": True, "points": 1}
    source = "assert f(3) == 6, 'f(3)'"
    visible = marked(new_code_cell(source, outputs=[error(*found)]), "visible", **check)
    visible.metadata["course"] = {"handed_in": [error(*known) for known in before]}
    hidden = marked(new_code_cell(HIDDEN), "hidden", **check)

    def text(*cells: NotebookNode) -> str:
        blocks = page_of(new_notebook(cells=deepcopy([ANSWER, *cells])))[0].blocks
        return {block.anchor: block.explanation for block in blocks}["visible"]

    assert text(visible, hidden) == first
    assert text(hidden, visible) == later


def page_without_a_gradebook(*cells: NotebookNode, stopped: str = "") -> str:
    """Return the page of these cells. Checks get points if they end without an error."""
    notebook = new_notebook(
        cells=deepcopy([ANSWER, *cells]), metadata={"course": {"stopped": stopped}}
    )
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader["score"] = 0 if cell.outputs else 1
    names = {"notebook": "work", "student": "eve", "assignment": "one", "late_penalty": 0}
    resources = {"nbgrader": {**names, "score": 0, "max_score": 4}}
    return FeedbackExporter().from_notebook_node(notebook, resources)[0]


def test_the_reason_why_grading_ended_is_told_only_if_no_hidden_check_has_run() -> None:
    why = "the kernel ended itself with exit code 116"
    check: dict[str, object] = {"grade": True, "locked": True, "points": 1}
    not_run = [error("NotRun", why)]
    stopped = marked(new_code_cell(VISIBLE, outputs=[error("Stopped", why)]), "visible", **check)
    hidden = marked(new_code_cell(HIDDEN, outputs=not_run), "hidden", **check)
    last = [marked(new_code_cell(VISIBLE, outputs=not_run), f"last-{i}", **check) for i in range(2)]
    html = page_without_a_gradebook(stopped, hidden, *last, stopped=why)
    assert f"Grading ended early: {why}." in html
    assert html.count("The kernel ended itself with exit code 116.") == 4
    assert "Every check from" not in html

    hidden.outputs = [error("Stopped", why)]
    stopped.outputs = []
    html = page_without_a_gradebook(stopped, hidden, *last, stopped=why)
    assert "116" not in html
    assert 'Every check from <a href="#hidden">hidden</a> on failed.' in html
    hidden.outputs = []
    html = page_without_a_gradebook(stopped, hidden, *last, stopped=why)
    assert "116" not in html
    assert "Every check from" not in html


def test_checks_of_answers_that_are_not_written_are_no_sign_of_a_dead_kernel() -> None:
    blocks = [Block("check", anchor=f"check-{i}", points=1) for i in range(4)]
    assert failed_to_the_end(blocks) == "check-0"
    blocks[1].score = 1
    assert failed_to_the_end(blocks) == ""
    blocks[1].score, blocks[2].explanation = 0, "This is not written yet."
    assert failed_to_the_end(blocks) == ""


def instructors() -> NotebookNode:
    check = {"grade": True, "locked": True}
    stub = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    cells = [
        marked(new_markdown_cell("## Double it · 3 points"), "task", locked=True),
        marked(new_code_cell(stub), "double", solution=True),
        marked(new_code_cell(VISIBLE), "double-three", points=1, **check),
        marked(new_code_cell(HIDDEN), "double-doubles", points=2, **check),
        marked(new_markdown_cell("Why?"), "why", points=4, grade=True, solution=True),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


CONFIGURATION = """
c = get_config()
c.GenerateFeedback.exporter_class = "grader.student_feedback.page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["grader.student_feedback.page.Grades"]
"""


ENGINE = """
from grader.nbgrader_hooks import install
install()
c.Autograde.exam = True
"""


class Course:
    """A course folder with one student, who hands in the released notebook after `change`."""

    def __init__(
        self, root: Path, change: Callable[[NotebookNode], None], configuration: str
    ) -> None:
        self.root = root
        for folder in ("source/one", "submitted/eve/one"):
            (root / folder).mkdir(parents=True)
        (root / "nbgrader_config.py").write_text(configuration)
        nbformat.write(instructors(), root / "source/one/work.ipynb")
        self.run("generate_assignment")
        notebook = nbformat.read(root / "release/one/work.ipynb", as_version=4)
        change(notebook)
        nbformat.write(notebook, root / "submitted/eve/one/work.ipynb")
        self.run("autograde")
        self.graded = root / "autograded/eve/one/work.ipynb"
        self.graded.chmod(0o644)

    def run(self, command: str, *options: str) -> None:
        """Run one of nbgrader's own commands."""
        words = ["-m", "nbgrader", command, "one", *options]
        run = PythonCommand(words, self.root, PYTHONPATH=str(ROOT)).end()
        assert run.code == 0, run.log

    def clean(self) -> None:
        """Name a mistake and remove what acts, as the engine does before it saves."""
        notebook = nbformat.read(self.graded, as_version=4)
        clean(notebook)
        mistake = {"function": "double", "mistake": "add", "sentence": "You add `3`; times 2."}
        notebook.cells[4].metadata["course"] = mistake
        nbformat.write(notebook, self.graded)

    def feedback(self) -> Path:
        """Make the page that the student gets, and return its path."""
        self.run("generate_feedback", "--force")
        return self.root / "feedback/eve/one/work.html"

    def formgrader(self) -> str:
        """Return the page on which the instructor reads the submission."""
        config = Config()
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
        names = ("assignment_id", "notebook_id", "submission_id", "student")
        resources = dict.fromkeys(names, "one") | {"index": 0, "total": 1, "base_url": ""}
        resources |= {"last_name": "", "first_name": "", "notebook_path": ""}
        return str(HTMLExporter(config=config).from_filename(str(self.graded), resources)[0])


def hostile(notebook: NotebookNode) -> None:
    """Give a wrong answer, and write and display all that could act in a page."""
    mine, why = notebook.cells[1], notebook.cells[-1]
    mine.source = f"def double(x):\n    print(x)\n    return x + 3  # {SCRIPT}"
    why.source = f"Because **2**. {SCRIPT}{ONERROR}{COVER}"
    # A refresh would leave the page before the other scripts act.
    shown = "".join(html for html in HOSTILE_HTML if "refresh" not in html)
    show = (
        "from IPython.display import HTML, SVG, Javascript, Markdown, display\n"
        f"for kind in (HTML, SVG, Markdown):\n    display(kind({SVG!r}))\n"
        f"display(HTML({shown + '<b>my table</b>'!r}))\n"
        f"display(Javascript({OWN!r}))\nprint({SCRIPT!r})\nraise ValueError({ONERROR!r})"
    )
    notebook.cells.insert(2, new_code_cell(show))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course that stock nbgrader has graded. Its student handed in the outputs that act."""
    course = Course(tmp_path_factory.mktemp("feedback") / "course", hostile, CONFIGURATION)
    notebook = nbformat.read(course.graded, as_version=4)
    for cell in notebook.cells:
        if "outputs" in cell:
            cell.metadata["course"] = {"handed_in": cell.outputs}
    nbformat.write(notebook, course.graded)
    return course


def opened(browser: Browser, html: str) -> tuple[Page, list[str]]:
    """Open a page with formgrader's own scripts; return it and its requests to other hosts."""
    page, others = browser.new_page(), []

    def answer(route: Route) -> None:
        url = route.request.url
        _, is_static, name = url.partition("/formgrader/static/")
        if url == "http://course.test/":
            route.fulfill(body=html, content_type="text/html")
        elif is_static:
            route.fulfill(path=Path(handlers.static_path, name))
        else:
            others.append(url)
            route.abort()

    page.route("**/*", answer)
    page.goto("http://course.test/", wait_until="load")
    page.evaluate("document.querySelectorAll('#notebook a, main a[rel]').forEach(a => a.click?.())")
    page.wait_for_timeout(300)
    return page, [url for url in others if "mathjax" not in url and "/api/" not in url]


def test_scripts_of_a_student_run_in_formgrader_until_the_notebook_is_cleaned(
    course: Course, browser: Browser
) -> None:
    page, others = opened(browser, course.formgrader())
    assert page.title() == "owned"
    assert any("evil.example" in url for url in others)
    page.close()

    course.clean()
    page, others = opened(browser, course.formgrader())
    assert page.title() == "one"
    assert [url for url in others if "evil" in url] == []
    assert page.evaluate("typeof jQuery") == "function"  # The scripts of formgrader do run.
    body = page.locator("#notebook").first
    for text in ("Because", "my table", "return x + 3", SCRIPT):
        assert text in body.inner_text()
    assert body.locator("script, iframe, form, style, svg").count() == 0
    assert page.locator("#cover").count() == 0
    page.close()


def test_nothing_of_a_student_acts_in_feedback(course: Course, browser: Browser) -> None:
    html = course.feedback().read_text()
    page, others = opened(browser, html)
    assert (page.title(), others) == ("work: 1 of 7 points", [])
    assert page.locator("script, iframe, form, svg, [onerror], [onload]").count() == 0
    assert page.locator("[style], #cover").count() == 0
    # The page's policy would not even run a script that is there.
    page.set_content(html.replace("</main>", f"{SCRIPT}{ONERROR}</main>"))
    page.wait_for_timeout(200)
    assert page.title() == "work: 1 of 7 points"
    page.close()


def test_feedback_says_what_failed_and_why(course: Course, browser: Browser) -> None:
    course.clean()
    page, _ = opened(browser, course.feedback().read_text())
    text = page.inner_text("body")
    for words in (
        "Work: 1 of 7 points",
        "Double it",
        "Twice 3 is 6.",
        "Hidden check: it doubles.",
        "double(two numbers)",
        "You add 3; times 2.",
        "Because 2.",
        "return x + 3",
        "my table",
        "a person still has to read it",
    ):
        assert words in text, words
    assert text.count("You add 3; times 2.") == 1
    assert page.locator(".advice code").inner_text() == "3"
    assert page.locator("#double-doubles").count() == 1
    page.close()


def test_points_and_a_comment_that_a_person_gave_are_shown_after_a_regrade(tmp_path: Path) -> None:
    course = Course(tmp_path / "course", hostile, CONFIGURATION)
    assert "A person still has to read it." in course.feedback().read_text()
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        answer = "why", "work", "one", "eve"
        gradebook.find_grade(*answer).manual_score = 3
        gradebook.find_comment(*answer).manual_comment = "Well **argued**."
        gradebook.db.commit()
    course.run("autograde", "--force")
    html = course.feedback().read_text()
    assert "A person still has to read it." not in html
    for shown in ("work: 4 of 7 points", "3 of 4", "Well <strong>argued</strong>."):
        assert shown in html.replace("Work", "work"), shown


def curious(notebook: NotebookNode) -> None:
    """Reveal the hidden check's arguments in many ways, and forge notes of the engine."""
    mine, why = notebook.cells[1], notebook.cells[-1]
    mine.source = "seen = []\n\ndef double(x):\n    seen.append(str(x))\n    return 0"
    mine.outputs = [new_output("stream", text="handed in with the answer")]
    known = new_code_cell("1 / 0", outputs=[error("ZeroDivisionError", "handed in as an error")])
    tell = new_code_cell("print(seen)\nopen('seen.html', 'w').write(str(seen))\n{}[str(seen)]")
    tell.outputs = [new_output("stream", text="handed in below")]
    notebook.cells[2:2] = [known]
    notebook.cells += [tell, new_code_cell("raise ValueError(seen)")]
    why.metadata["course"] = {"function": "double", "mistake": "a", "sentence": "FORGED"}
    notebook.metadata["course"] = {"stopped": "FORGED"}


def test_feedback_shows_what_was_handed_in_and_nothing_that_was_learned_in_grading(
    tmp_path: Path, browser: Browser
) -> None:
    course = Course(tmp_path / "course", curious, CONFIGURATION + ENGINE)
    *_, tell, _ = nbformat.read(course.graded, as_version=4).cells
    assert "[3.25 7.75]" in tell.outputs[0].text  # The instructor may see them.
    assert "[3.25 7.75]" in course.graded.with_name("seen.html").read_text()
    assert "FORGED" not in course.graded.read_text()
    html = course.feedback().read_text()
    for secret in ("3.25", "7.75"):
        assert secret not in html, secret
    assert [path.name for path in (course.root / "feedback/eve/one").iterdir()] == ["work.html"]
    page, _ = opened(browser, html)
    for words in ("with the answer", "as an error", "below"):
        assert f"handed in {words}" in page.inner_text("main")
    assert page.get_by_text("When it was graded, this cell ended with").count() == 0
    page.close()
    course.run("autograde", "--force", "--no-execute")  # This writes no notes.
    assert "FORGED" not in course.graded.read_text()


def test_feedback_gives_no_hidden_check_away(course: Course) -> None:
    html = course.feedback().read_text()
    for secret in (SECRET, "3.25", "7.75", "10.75", "HIDDEN TESTS"):
        assert secret not in html, secret
