"""A class with small NumPy notebooks, and all results of grading it, in a form to compare."""

from __future__ import annotations

import ctypes
import difflib
import json
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nbformat
import psutil
from commands import Command, PythonCommand, Run, prepare
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader_cells import mark

ROOT = Path(__file__).resolve().parents[3]
COURSE_ID = "cohort"
ASSIGNMENT, NOTEBOOK = "01_arrays", "arrays"
SECOND = "02_arrays"  # the same exercise in a second assignment
CONFIG = f"""\
import sys
import warnings

sys.path.insert(0, {str(ROOT)!r})
warnings.filterwarnings("ignore", "Object of type <Submitted")
from grader.nbgrader_hooks import install

install()
c = get_config()
c.CourseDirectory.course_id = {COURSE_ID!r}
c.Autograde.exam = True
c.Autograde.modules = ["numpy", "grader.engine.exam.boundary"]
"""

SETUP = "import numpy as np\n\nsample = np.array([1.0, 2.0, 6.0])"
RIGHT = {
    "center": "def center(x):\n    return x - np.mean(x)",
    "scale": "def scale(x):\n    return x / np.max(np.abs(x))",
    "running": "def running(x):\n    return np.cumsum(x) / np.arange(1, len(x) + 1)",
}
OTHER_RIGHT = {
    "center": "def center(x):\n    return x - sum(x) / len(x)",
    "scale": "def scale(x):\n    return np.array([value / max(abs(x)) for value in x])",
    "running": (
        "def running(x):\n    return np.array([x[:n].mean() for n in range(1, len(x) + 1)])"
    ),
}
WRONG = {
    "center": "def center(x):\n    return x - np.median(x)",
    "scale": "def scale(x):\n    return x / np.max(x)",
    "running": "def running(x):\n    return np.cumsum(x) / len(x)",
}
BROKEN = {
    "center": "def center(x):\n    raise ValueError('not yet')",
    "scale": "def scale(x)\n    return x",
    "running": "import os\n\n\ndef running(x):\n    os._exit(3)",
}
CHECKS = {  # for each function, the visible and the hidden check with their points
    "center": (
        ("np.testing.assert_allclose(center(sample), [-2, -1, 3], err_msg='center(sample)')", 1),
        ("np.testing.assert_allclose(np.sum(center(np.arange(9.0) ** 2)), 0, atol=1e-9)", 2),
    ),
    "scale": (
        ("np.testing.assert_allclose(scale(sample), [1 / 6, 1 / 3, 1], err_msg='scale')", 1),
        ("np.testing.assert_allclose(scale(np.array([-4.0, 2.0])), [-1, 0.5])", 3),
    ),
    "running": (
        ("np.testing.assert_allclose(running(sample)[0], 1, err_msg='the first mean')", 1),
        ("np.testing.assert_allclose(running(sample), [1, 1.5, 3], err_msg='running')", 2),
    ),
}


# --------------------------------------------------------------------------------------------------
# The exercise and the students
# --------------------------------------------------------------------------------------------------


def _instructors() -> NotebookNode:
    """Three functions with two checks each, 10 points, and a written answer of 4."""
    cells = [mark(new_code_cell(SETUP), "setup")]
    for name, checks in CHECKS.items():
        head, body = RIGHT[name].split("\n")
        source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells.append(mark(new_code_cell(source), name, solution=True))
        (visible, points), (hidden, more) = checks
        cells.append(mark(new_code_cell(visible), f"{name}-sample", points))
        fenced = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        cells.append(mark(new_code_cell(fenced), f"{name}-fresh", more))
    cells.append(mark(new_markdown_cell("Because."), "why", 4, solution=True))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _answers(number: int) -> dict[str, str]:
    """Return what the student with this number hands in. The first ten cover every kind."""
    answers = dict(OTHER_RIGHT if number % 4 == 1 else RIGHT)
    for position, name in enumerate(RIGHT):
        if number % (position + 3) == 2:
            answers[name] = WRONG[name]
        if number % 10 == 6 + position:  # 6: an error, 7: bad syntax, 8: the kernel ends
            answers[name] = BROKEN[name]
    if number % 3:
        answers["why"] = f"Because the mean moves with the numbers, says student {number}."
    return answers


def _filled(released: NotebookNode, number: int) -> str:
    answers = _answers(number)
    notebook = nbformat.from_dict(released)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    text: str = nbformat.writes(notebook)
    return text


# --------------------------------------------------------------------------------------------------
# The class
# --------------------------------------------------------------------------------------------------


class Cohort:
    """A course folder with submissions of one class, graded by the engine."""

    def __init__(self, course: Path, database: str = "") -> None:
        self.course = course
        self.database = database or f"sqlite:///{course / 'gradebook.db'}"

    @classmethod
    def build(cls, course: Path, size: int, *assignments: str) -> Cohort:
        """Make the course with its assignments and let `size` students hand in each of them."""
        cohort = cls(course)
        course.mkdir(parents=True)
        cohort.configure()
        for assignment in assignments or (ASSIGNMENT,):
            source = course / "source" / assignment
            source.mkdir(parents=True)
            nbformat.write(_instructors(), source / f"{NOTEBOOK}.ipynb")
            cohort.generate(assignment)
            path = course / "release" / assignment / f"{NOTEBOOK}.ipynb"
            released = nbformat.read(path, as_version=4)
            for number in range(1, size + 1):
                folder = course / "submitted" / f"student-{number:03}" / assignment
                folder.mkdir(parents=True)
                (folder / f"{NOTEBOOK}.ipynb").write_text(_filled(released, number))
                (folder / "timestamp.txt").write_text(f"2026-11-05 12:{number % 60:02}:00 UTC")
        return cohort

    def copy(self, course: Path) -> Cohort:
        """The same class in another course folder."""
        shutil.copytree(self.course, course)
        return Cohort(course)

    def configure(self, *lines: str) -> None:
        """Write nbgrader's configuration, with these lines at its end."""
        (self.course / "nbgrader_config.py").write_text("\n".join([CONFIG, *lines, ""]))

    def use(self, database: str) -> None:
        """Keep the grades in this empty database from now on."""
        self.database = database
        self.configure(f"c.CourseDirectory.db_url = {database!r}")
        for source in sorted((self.course / "source").iterdir()):
            self.generate(source.name)
        (self.course / "gradebook.db").unlink()

    def generate(self, assignment: str) -> None:
        """Enter an assignment into the gradebook and make the students' notebook."""
        run = self.nbgrader("generate_assignment", assignment, "--force")
        assert run.code == 0, run.log

    def start(self, *arguments: str) -> Command:
        """Start one of nbgrader's commands in the course folder."""
        return PythonCommand(["-m", "nbgrader", *arguments], self.course)

    def nbgrader(self, *arguments: str) -> Run:
        """Run one of nbgrader's commands to its end."""
        return self.start(*arguments).end()

    def grade(self, *options: str, assignment: str = ASSIGNMENT) -> Run:
        """Grade every submission that is not graded yet."""
        return self.nbgrader("autograde", assignment, *options)

    def graded(self) -> int:
        """Return how many submissions are in `autograded/`."""
        return len(list((self.course / "autograded").glob(f"*/*/{NOTEBOOK}.ipynb")))


# --------------------------------------------------------------------------------------------------
# Processes
# --------------------------------------------------------------------------------------------------

PR_SET_CHILD_SUBREAPER = 36


@contextmanager
def adopting() -> Iterator[Callable[[float], list[str]]]:
    """Become the parent of the processes that a killed command leaves behind.

    Yields:
        A function that waits for the end of these processes, for at most so many seconds, and
        returns the command lines of those that still run.
    """
    prepare()  # The process that is forked for each command must not count as left behind.
    libc, me = ctypes.CDLL(None), psutil.Process()
    before = set(me.children())

    def new() -> list[psutil.Process]:
        ours = set(me.children()) - before
        return [process for child in ours for process in (child, *_below(child))]

    def left(seconds: float) -> list[str]:
        end = time.monotonic() + seconds
        while (lines := [line for line in map(_line, new()) if line]) and time.monotonic() < end:
            time.sleep(0.05)
        return lines

    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield left
    finally:
        for process in new():
            with suppress(
                psutil.Error
            ):  # What a failed test leaves behind must not disturb the next test.
                process.kill()
        left(1)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _below(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        found: list[psutil.Process] = process.children(recursive=True)
        return found
    return []


def _line(process: psutil.Process) -> str:
    """Return the command line of a process, or "" if it has ended."""
    with suppress(psutil.Error):
        if process.status() != psutil.STATUS_ZOMBIE:
            return " ".join(process.cmdline())
    return ""


# --------------------------------------------------------------------------------------------------
# The results
# --------------------------------------------------------------------------------------------------


def marks(cohort: Cohort) -> dict[str, list[Any]]:
    """Return every row of the gradebook's tables about students, with names instead of ids.

    The rows are in lists instead of mappings, so that a comparison also finds duplicate rows.
    """
    with Gradebook(cohort.database, COURSE_ID) as gradebook:
        rows = gradebook.db.query

        def notebook(row: SubmittedNotebook) -> list[str]:
            submission = row.assignment
            return [submission.student_id, submission.assignment.name, row.notebook.name]

        def scores(row: Grade) -> list[object]:
            return [row.auto_score, row.manual_score, row.extra_credit, row.needs_manual_grade]

        found: dict[str, list[Any]] = {
            "students": [[s.id, s.first_name, s.last_name, s.email] for s in rows(Student)],
            "submissions": [
                [s.student_id, s.assignment.name, str(s.timestamp), str(s.extension)]
                for s in rows(SubmittedAssignment)
            ],
            "notebooks": [
                [*notebook(n), n.flagged, n.late_submission_penalty]
                for n in rows(SubmittedNotebook)
            ],
            "grades": [[*notebook(g.notebook), g.cell.name, *scores(g)] for g in rows(Grade)],
            "comments": [
                [*notebook(c.notebook), c.cell.name, c.auto_comment, c.manual_comment]
                for c in rows(Comment)
            ],
        }
    return {table: sorted(lines, key=str) for table, lines in found.items()}


def files(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Return the content and the permissions of every file below a folder, and empty folders."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_file():
            found[name] = (path.read_bytes(), stat.filemode(path.stat().st_mode))
        elif not any(path.iterdir()):
            found[f"{name}/"] = (b"", "")
    return found


def names(cohort: Cohort) -> set[str]:
    """Return the names of all files and folders of the course, except Python's own caches."""
    found = {str(path.relative_to(cohort.course)) for path in cohort.course.rglob("*")}
    return {name for name in found if "__pycache__" not in name}


def journal(cohort: Cohort) -> dict[str, tuple[object, ...]]:
    """Return the last entry of each submission in grading.jsonl. Every line must be whole."""
    entries = {}
    for line in (cohort.course / "grading.jsonl").read_text().splitlines():
        entry = json.loads(line)
        fields = (entry[name] for name in ("remarks", "flags", "stopped", "failed", "sandbox"))
        entries[f"{entry['student']} {entry['assignment']}"] = tuple(fields)
    return entries


DUMPS: dict[str, Callable[[Cohort], Any]] = {
    "the gradebook": marks,
    "autograded/": lambda cohort: files(cohort.course / "autograded"),
    "the names of the files": names,
    "grading.jsonl": journal,
}


def differences(cohort: Cohort, undisturbed: Cohort, *but: str) -> list[str]:
    """Return in which lines a class differs from one that was graded undisturbed.

    `but` names the entries of `DUMPS` that may differ.
    """
    found = []
    for name, dump in DUMPS.items():
        if name not in but:
            found += [f"{name}: {line}" for line in _differ(dump(cohort), dump(undisturbed))]
    return found[:20]


def _differ(got: Any, expected: Any) -> list[str]:
    """Return a line for each difference between two dumps."""
    if got == expected:
        return []
    if isinstance(expected, dict):
        keys = sorted({*got, *expected})
        return [
            f"{key}: {line}"
            for key in keys
            for line in _differ(got.get(key, "nothing"), expected.get(key, "nothing"))
        ]
    if isinstance(got, list | set) and isinstance(expected, list | set):
        more = [f"too much: {item}" for item in got if item not in expected]
        less = [f"missing: {item}" for item in expected if item not in got]
        return more + less or [f"{len(got)} rows and not {len(expected)}"]
    lines = difflib.unified_diff(*(str(side).split("\\n") for side in (expected, got)), "", "", n=0)
    return [line[:300] for line in lines if not line.startswith(("---", "+++", "@@"))]
