"""Feedback tells a student nothing about the arguments of a hidden check but whether it failed.

Each sender below is a hand-in whose function learns a secret number from a hidden check, and tries
to send it home through one channel of the page. The same hand-ins are graded in courses that differ
only in that number. No sender changes which checks it passes. So whatever differs between its pages
is a leak, and the logarithm of the number of different pages is its size in bits.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from commands import PythonCommand
from exercises.grading import NOTEBOOKS
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.mistakes import bank_of
from grader.student_feedback.page import FeedbackExporter

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = """
c = get_config()
c.GenerateFeedback.exporter_class = "grader.student_feedback.page.FeedbackExporter"
c.GenerateFeedback.preprocessors = ["grader.student_feedback.page.Grades"]
c.Execute.timeout = 8
c.Autograde.exam = True
c.Autograde.modules = ["numpy"]
c.Autograde.limits = {"memory_bytes": "512M", "cpu_seconds": 20}
from grader.nbgrader_hooks import install
install()
"""
SECRETS = range(4)
SHORT_SECRETS = (2, 3)

VISIBLE = '"""Twice 30 is 60."""\nassert double(30) == 60, f"double(30) is {double(30)}"'
HIDDEN = """# Hidden check: it doubles.
### BEGIN HIDDEN TESTS
import numpy as np

secret = np.array({secret})
result = double(secret)
assert np.ndim(result) == 0, f"double of a number gives {{result}}"
np.testing.assert_equal(secret, {secret}, err_msg="double changed its argument")
assert result == {secret} * 2, f"double of a number is {{result}}"
### END HIDDEN TESTS"""
LATER = (
    '"""The triple of {n} is {right}."""\nassert triple({n}) == {right}, f"triple({n}) is wrong"'
)
LAST = """# Hidden check: it triples.
### BEGIN HIDDEN TESTS
assert triple(9) == 27, "triple(9)"
### END HIDDEN TESTS"""


def marked(cell: NotebookNode, grade_id: str, points: int = 0, **mark: object) -> NotebookNode:
    """Give the cell nbgrader's metadata; a cell with points is a check."""
    flags = {"grade": points > 0, "solution": False, "locked": True, "task": False, **mark}
    cell.metadata.nbgrader = {**flags, "schema_version": 3, "grade_id": grade_id, "points": points}
    cell.id = grade_id
    return cell


def instructors(secret: int) -> NotebookNode:
    """The notebook of a course with this secret number."""

    def solution(name: str, factor: int) -> NotebookNode:
        body = f"    ### BEGIN SOLUTION\n    return {factor} * x\n    ### END SOLUTION"
        cell = new_code_cell(f"def {name}(x):\n{body}")
        return marked(cell, name, solution=True, locked=False)

    later = [
        marked(new_code_cell(LATER.format(n=n, right=3 * n)), f"triple-of-{n}", 1) for n in range(4)
    ]
    cells = [
        marked(new_markdown_cell("## Double it"), "task"),
        solution("double", 2),
        marked(new_code_cell(VISIBLE), "double-thirty", 1),
        marked(new_code_cell(HIDDEN.format(secret=secret)), "double-doubles", 2),
        marked(new_markdown_cell("## Triple it"), "triple-task"),
        solution("triple", 3),
        *later,
        marked(new_code_cell(LAST), "triple-triples", 2),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


# --- senders --------------------------------------------------------------------------------------

# `double` is right for 30, so the check before the hidden one passes, and wrong for the secret.
# `triple` is always wrong, so that which check it dies in makes no difference to the points.
START = """
import os, signal, sys, time, warnings
import numpy as np

KINDS = [ValueError, KeyError, TypeError, IndexError]
KINDS += [OSError, EOFError, ArithmeticError, ImportError]
seen = []
"""
DOUBLE = """
def double(x):
    if np.all(np.asarray(x) == 30):
        return 60
    seen.append(int(x))
    {act}
    return -1
"""
TRIPLE = """
asked = []
def triple(x):
    asked.append(x)
    n = seen[0]
    {act}
    return -1
"""


class Sender:
    """A hand-in that sends the secret number `n`.

    Attributes:
        double: what its function does when it meets the number, in Python.
        triple: what its other function does in later checks.
        cells: its own cells behind the last check.
        first: its own cells before the first check.
        is_slow: whether it waits or kills, so that grading it takes seconds.
    """

    def __init__(
        self,
        double: str = "pass",
        triple: str = "pass",
        cells: Iterable[str] = (),
        first: Iterable[str] = (),
        is_slow: bool = False,
    ) -> None:
        self.double, self.triple = double, triple
        self.cells, self.first, self.is_slow = cells, first, is_slow

    def fill(self, released: NotebookNode) -> NotebookNode:
        """Return the released notebook with this hand-in in it."""
        notebook = nbformat.from_dict(released)
        for cell in notebook.cells:
            if cell.id == "double":
                act = f"n = int(x)\n{dedent(self.double).strip()}".replace("\n", "\n    ")
                cell.source = START + DOUBLE.format(act=act)
            elif cell.id == "triple":
                act = dedent(self.triple).strip().replace("\n", "\n    ")
                cell.source = TRIPLE.format(act=act)
        notebook.cells[1:1] = [new_code_cell(dedent(source).strip()) for source in self.first]
        notebook.cells += [new_code_cell(dedent(source).strip()) for source in self.cells]
        return notebook


PICTURE = base64.b64encode(b"\x89PNG\r\n").decode()
SENDERS = {
    # Errors
    "kind_of_error": Sender("raise KINDS[n]('x')"),
    "message_of_error": Sender("raise ValueError(f'it was {n}')"),
    "name_of_its_own_type": Sender("raise type(f'Saw{n}', (Exception,), {})()"),
    "name_of_an_engine_error": Sender("raise type('NotRun', (Exception,), {})(f'it was {n}')"),
    "forged_assertion": Sender("raise AssertionError(f'it was {n}')"),
    "not_implemented": Sender("if n % 2: raise NotImplementedError"),
    "deleted_function": Sender("if n % 2: globals().pop('triple')"),
    "deep_recursion": Sender("double(x) if n % 2 else None"),
    "kind_of_a_later_error": Sender(triple="raise KINDS[n]('x')"),
    "which_later_check_raises": Sender(triple="if len(asked) == n % 4 + 1: raise ValueError"),
    # Values
    "returned_value": Sender("return -float(n) - 1"),
    "which_assertion_fails": Sender(
        """
        if n % 3 == 0:
            return np.zeros(2)
        if n % 3 == 1:
            x[...] = 0
        """
    ),
    "value_without_a_form": Sender("return object() if n % 2 else None"),
    # What it writes
    "warning": Sender("warnings.warn(f'it was {n}')"),
    "standard_error": Sender(
        "print(n, file=sys.stderr)\nos.write(2, str(n).encode())",
        cells=["print(seen, file=sys.stderr)"],
    ),
    "printed_text": Sender(cells=["print(seen)"]),
    "shown_value": Sender(cells=["seen"]),
    "figure": Sender(
        cells=[
            f"from IPython.display import display\n"
            f"display({{'image/png': {PICTURE!r} * (seen[0] + 1)}}, raw=True)"
        ]
    ),
    "markup": Sender(
        cells=[
            "from IPython.display import HTML, Markdown, display\n"
            "display(HTML('<b>x</b>' * seen[0]), Markdown('*x* ' * seen[0]))"
        ]
    ),
    "update_of_an_earlier_output": Sender(
        first=["from IPython.display import display\nshown = display(0, display_id='one')"],
        cells=["display(seen[0], display_id='one', update=True)"],
    ),
    "kind_of_error_in_a_later_cell": Sender(cells=["raise KINDS[seen[0]]"]),
    "which_later_cell_fails": Sender(cells=[f"assert seen[0] != {n}" for n in SECRETS]),
    "files": Sender(
        cells=[
            """
            for name in ("timestamp.txt", "submission_secret.txt", "work.html", f"{seen[0]}.txt"):
                with open(name, "w") as file:
                    file.write(f"2030-01-0{seen[0] + 1} 00:00:00 UTC")
            """
        ]
    ),
    # How the kernel ends
    "exit_code": Sender("os._exit(100 + n)", is_slow=True),
    "exit_code_of_a_later_cell": Sender(cells=["os._exit(100 + seen[0])"], is_slow=True),
    "signal": Sender("os.kill(os.getpid(), [10, 12, 6, 11, 4, 8, 5, 7][n])", is_slow=True),
    "whether_it_is_killed": Sender("os.kill(os.getpid(), 9 if n % 2 else 10)", is_slow=True),
    "which_later_check_does_not_run": Sender(
        triple="if len(asked) == n % 4 + 1: os._exit(1)", is_slow=True
    ),
    "whether_it_ends": Sender("if n % 2: os._exit(1)", is_slow=True),
    "memory": Sender("hoard = bytearray((n % 2) * 10**9 + 1)", is_slow=True),
    "processes": Sender("if n % 2:\n    while True: os.fork()", is_slow=True),
    "time_limit": Sender("time.sleep(n % 2 * 20)", is_slow=True),
    "time_limit_of_a_later_cell": Sender(cells=["time.sleep(seen[0] % 2 * 20)"], is_slow=True),
    "processor_time": Sender("while n % 2: pass", is_slow=True),
    "exit_code_that_leaves_a_cell_out": Sender(
        "if 'deadly' in globals(): os._exit(100 + n)", first=["deadly = True"], is_slow=True
    ),
    "whether_a_cell_is_left_out": Sender(
        "if n % 2 and 'deadly' in globals(): os._exit(1)",
        first=["deadly = True\n1 / 0"],
        is_slow=True,
    ),
    "broken_line": Sender("if n % 2: os.closerange(3, 200)", is_slow=True),
}


# --- grading --------------------------------------------------------------------------------------


class Course:
    """A course with a secret number, in which every sender hands in."""

    def __init__(self, root: Path, secret: int, senders: Iterable[str]) -> None:
        self.root = root
        (root / "source/one").mkdir(parents=True)
        (root / "nbgrader_config.py").write_text(CONFIGURATION)
        nbformat.write(instructors(secret), root / "source/one/work.ipynb")
        self._run("generate_assignment")
        released = nbformat.read(root / "release/one/work.ipynb", as_version=4)
        for name in senders:
            path = root / "submitted" / name / "one/work.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(SENDERS[name].fill(released), path)
        self._run("autograde")
        self._run("generate_feedback")

    def _run(self, command: str) -> None:
        words = ["-m", "nbgrader", command, "one"]
        run = PythonCommand(words, self.root, PYTHONPATH=str(ROOT)).end()
        assert run.code == 0, run.log

    def graded(self, sender: str) -> str:
        """What the instructor gets: outputs, why it ended early, flags, and the files."""
        folder = self.root / "autograded" / sender / "one"
        notebook = nbformat.read(folder / "work.ipynb", as_version=4)
        outputs = [cell.get("outputs") for cell in notebook.cells]
        entries = map(json.loads, (self.root / "grading.jsonl").read_text().splitlines())
        (flags,) = (entry["flags"] for entry in entries if entry["student"] == sender)
        return repr([outputs, notebook.metadata.course, flags, _files(folder, "work.ipynb")])

    def feedback(self, sender: str) -> str:
        """What the student gets: the page, and every other file."""
        return repr(_files(self.root / "feedback" / sender / "one"))

    def verdict(self, sender: str) -> list[tuple[str, str]]:
        """The points of each check, as the page shows them."""
        page = (self.root / "feedback" / sender / "one/work.html").read_text()
        return re.findall(r'<span class="mark">(.+?)</span><a href="#(.+?)">', page)


def _files(folder: Path, besides: str = "") -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in paths if p.name != besides}


def bits(messages: Iterable[str]) -> float:
    """How much is known of the number if one knows which of these messages it was."""
    return math.log2(len(set(messages)))


def leaks(root: Path, secrets: Iterable[int], names: list[str]) -> dict[str, float]:
    """Let the senders hand in, and return the bits that their pages tell, where there are any."""
    courses = [Course(root / f"course-{secret}", secret, names) for secret in secrets]
    received = {name: bits(course.graded(name) for course in courses) for name in names}
    assert [name for name in names if not received[name]] == [], "they send nothing to the grader"
    verdicts = {name: [course.verdict(name) for course in courses] for name in names}
    talkative = [name for name, points in verdicts.items() if points != points[:1] * len(points)]
    assert talkative == [], "their points tell more than they should"
    told = {name: bits(course.feedback(name) for course in courses) for name in names}
    return {name: size for name, size in told.items() if size}


def test_no_page_tells_a_bit_of_a_hidden_checks_arguments(tmp_path: Path) -> None:
    names = [name for name, sender in SENDERS.items() if not sender.is_slow]
    assert leaks(tmp_path, SHORT_SECRETS, [*names, "exit_code"]) == {}


@pytest.mark.slow
def test_no_page_tells_a_bit_however_the_kernel_ends(tmp_path: Path) -> None:
    assert leaks(tmp_path, SECRETS, [*SENDERS]) == {}


# --- what a page could say ------------------------------------------------------------------------

BUILTIN = [*(kind.__name__ for kind in (ValueError, KeyError, OSError, TimeoutError))]


def outcomes() -> list[list[NotebookNode]]:
    """Ways in which a check can fail, as its outputs."""
    kinds = [*BUILTIN, "NotImplementedError", "NameError", "AssertionError", "Saw7", "StudentError"]
    engine = ["CellTimeoutError", "LostStudentError", "NoScore", "NotRun", "Stopped", "LeftOut"]
    names = [*kinds, *engine, "TamperedKernel"]
    failed = [
        [new_output("error", ename=name, evalue=words, traceback=[trace, words])]
        for name in names
        for words in ("", "it was 7", "triple(1) is wrong")
        for trace in ("In your code:\n  line 7, in triple", f"{name}: {words}")
    ]
    streams = [[new_output("stream", name="stderr", text=text)] for text in ("7", "8")]
    return [*failed, *streams, failed[0] + failed[-1], streams[0] + failed[0]]


def page(change: Callable[[list[NotebookNode]], str]) -> str:
    """The page of a hand-in whose every check fails, after `change` of its cells' outputs.

    `change` gets all code cells behind the first hidden check, and that one, and returns why the
    notebook ended early.
    """
    notebook = SENDERS["printed_text"].fill(instructors(7))
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader["score"] = 0
    first = [cell.id for cell in notebook.cells].index("double-doubles")
    secret = [cell for cell in notebook.cells[first:] if cell.cell_type == "code"]
    notebook.metadata["course"] = {"stopped": change(secret)}
    about = {"notebook": "work", "student": "eve", "assignment": "one", "late_penalty": 0}
    resources = {"nbgrader": {**about, "score": 0, "max_score": 9}}
    return str(FeedbackExporter().from_notebook_node(notebook, resources)[0])


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
def test_a_page_is_the_same_however_a_cell_fails_behind_a_hidden_check(step: int) -> None:
    def fail(place: int, outputs: list[NotebookNode], stopped: str) -> Callable[..., str]:
        def change(cells: list[NotebookNode]) -> str:
            cells[place].outputs = [nbformat.from_dict(output) for output in outputs]
            return stopped

        return change

    reasons = ["", "the kernel ended itself with exit code 107", "it died of SIGUSR2"]
    cases = list(product(range(7), outcomes(), reasons))
    assert len(cases) > 2000
    assert bits(page(fail(*case)) for case in cases[::step]) == 0


def test_the_name_of_a_mistake_tells_few_bits_and_only_where_points_are_lost() -> None:
    """A function can choose which known mistake it behaves like when it is recognized."""
    for path in NOTEBOOKS:
        mistakes: dict[str, int] = {}
        for answer in bank_of(path.stem).answers:
            mistakes[answer.exercise] = mistakes.get(answer.exercise, 0) + (not answer.is_right)
        sizes = {name: math.log2(1 + count) for name, count in mistakes.items()}
        assert max(sizes.values()) < 4.2, sizes
        assert sum(sizes.values()) < 46, path.stem

    def advise(score: int) -> str:
        def change(cells: list[NotebookNode]) -> str:
            cells[0].metadata.nbgrader["score"] = score
            mistake = {"function": "double", "mistake": "add", "sentence": "You add 7."}
            cells[0].metadata["course"] = mistake
            return ""

        return page(change)

    assert "You add 7." in advise(1)
    assert "You add 7." not in advise(2)
