"""Honest work is not lost: neither to a scratch cell, nor to a wrong place, nor to a regrade.

One class of small notebooks is graded by the engine. Then the instructor grades by hand, changes a
check, and grades the class again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from cohort import COURSE_ID, Cohort
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader_cells import mark

ASSIGNMENT, NOTEBOOK = "01_small", "small"
ANSWER = "Squares punish one large error most."
COMMENT = "Well explained, Ada."
RIGHT = {
    "double": "def double(x):\n    return factor * x",
    "half": "import time\n\ntime.sleep(0.6)\n\n\ndef half(x):\n    return x / factor",
}
Change = Callable[[NotebookNode], None]
POINTS = 6  # of the four checks
STUBBORN = """\
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


def instructors(points: int = 1, claim: str = "assert double(4) == 8") -> NotebookNode:
    """Return the exercise; the visible check of `double` asserts `claim` for so many points."""
    cells = [mark(new_code_cell("factor = 2"), "setup")]
    for name, visible, hidden in (
        ("double", claim, "assert double(-1) == -2"),
        ("half", "assert half(4) == 2", "assert half(-1) == -0.5"),
    ):
        head, body = RIGHT[name].rsplit("\n", 1)
        fenced = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        secret = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        cells += [
            mark(new_markdown_cell(f"## {name}"), f"{name}-task"),
            mark(new_code_cell(fenced), name, solution=True),
            mark(new_code_cell(visible), f"{name}-four", points if name == "double" else 1),
            mark(new_code_cell(f'"""Also below zero."""\n{secret}'), f"{name}-negative", 2),
        ]
    cells.append(mark(new_markdown_cell("## Why?"), "why-task"))
    cells.append(mark(new_markdown_cell("Because."), "why", 4, solution=True))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def at(notebook: NotebookNode, grade_id: str) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if cell.id == grade_id)


# The class. Each function changes a right notebook.


def unchanged(notebook: NotebookNode) -> None:
    """Hand in what is right."""


def scratch(*sources: str, before: str = "double-four") -> Change:
    """Insert scratch cells before the cell with this id."""

    def insert(notebook: NotebookNode) -> None:
        index = at(notebook, before)
        notebook.cells[index:index] = [new_code_cell(source) for source in sources]

    return insert


def together(*changes: Change) -> Change:
    """Change a notebook in several ways, one after the other."""

    def change(notebook: NotebookNode) -> None:
        for part in changes:
            part(notebook)

    return change


def helper(notebook: NotebookNode) -> None:
    """Keep a helper of the last function in a scratch cell behind the first function's checks."""
    scratch("def helper(x):\n    return x / factor", before="half")(notebook)
    notebook.cells[at(notebook, "half")].source = "def half(x):\n    return helper(x)"


def without_set_up(notebook: NotebookNode) -> None:
    del notebook.cells[at(notebook, "setup")]


def written(place: str) -> Change:
    """Write the answer into the locked task, a new cell, or a copied one."""

    def write(notebook: NotebookNode) -> None:
        index = at(notebook, "why")
        answer = notebook.cells[index]
        answer.source = "YOUR ANSWER HERE"
        if place == "task":
            notebook.cells[index - 1].source += f"\n\n{ANSWER}"
        elif place == "cell":
            notebook.cells.insert(index + 1, new_markdown_cell(ANSWER))
        elif place == "copy":
            notebook.cells.insert(index, NotebookNode(deepcopy(answer), id="copy", source=ANSWER))

    return write


def without_marks(notebook: NotebookNode) -> None:
    for index, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = NotebookNode(), f"lost-{index}"


def dead_solution(notebook: NotebookNode) -> None:
    notebook.cells[at(notebook, "half")].source += "\n\n\nimport os; os._exit(3)"


def dead_function(notebook: NotebookNode) -> None:
    """Keep a helper in a scratch cell, and let the last function end the kernel."""
    scratch("def helper(x):\n    return factor * x", before="double")(notebook)
    notebook.cells[at(notebook, "double")].source = "def double(x):\n    return helper(x)"
    notebook.cells[at(notebook, "half")].source = "def half(x):\n    import os; os._exit(3)"


HOARD = "hoard = []\nwhile True:\n    hoard.append('x' * 10_000_000)"
EXIT = "import os; os._exit(3)"
STOP_LATER = """\
import os, signal, time

if os.fork() == 0:
    time.sleep(0.2)
    os.kill(os.getppid(), signal.SIGSTOP)
    os._exit(0)
"""
PLACES = ("double", "double-four", "double-negative", "half-four", "half-negative", "why-task")
PUT_BACK = "has a cell that deleted names; they were put back"
LEFT_OUT = "was graded without a scratch cell after double, because "
UNHARMED: dict[str, tuple[Change, str]] = {
    "ada": (unchanged, ""),
    "hoards_memory": (scratch(HOARD), f"{LEFT_OUT}it used more than"),
    "quits": (scratch("quit()\nseen = 1", "assert seen"), ""),
    "exits": (scratch("exit()", "exit", "quit"), ""),
    "exits_python": (scratch("import sys; sys.exit(1)"), ""),
    "ends_the_kernel": (scratch("import os; os._exit(3)"), f"{LEFT_OUT}the kernel ended itself"),
    "kills_the_kernel": (
        scratch("import os; os.kill(os.getpid(), 9)"),
        f"{LEFT_OUT}the kernel was killed",
    ),
    "aborts": (scratch("import os; os.abort()"), LEFT_OUT),
    "crashes": (scratch("import ctypes; ctypes.string_at(0)"), LEFT_OUT),
    "ends_it_twice": (
        scratch("import os; os._exit(3)", "import os; os._exit(4)"),
        "because the kernel ended itself with exit code 4",
    ),
    "ends_it_in_many_places": (
        together(*(scratch(EXIT, before=place) for place in PLACES)),
        "because scratch cells before ended the kernel or hung",
    ),
    "ends_it_in_three_places_before_a_helper": (
        together(helper, *(scratch(EXIT, before=place) for place in PLACES[:3])),
        "scratch cells after double-task, double, double-four, because the kernel ended itself",
    ),
    "exceeds_a_limit_and_ends_it": (
        together(scratch(HOARD), scratch(EXIT, before="half-four")),
        "after half, because the kernel ended itself",
    ),
    "resets": (scratch("%reset -f", before="half-four"), PUT_BACK),
    "resets_with_a_question": (scratch("%reset", before="double-negative"), PUT_BACK),
    "resets_and_imports": (
        together(scratch("%reset -f\nimport math"), scratch("math.pi, factor", before="half")),
        PUT_BACK,
    ),
    "resets_by_another_name": (
        scratch("get_ipython().run_line_magic('reset', '-sf')", before="double-negative"),
        PUT_BACK,
    ),
    "resets_first": (scratch("%reset -f", before="setup"), ""),
    "clears_its_names": (scratch("globals().clear()"), PUT_BACK),
    "deletes_a_function": (scratch("del double"), PUT_BACK),
    "resets_before_the_kernel_ends": (
        together(scratch("%reset -f"), scratch(EXIT, before="half-four")),
        "after half, because the kernel ended itself",
    ),
    "ends_it_at_the_end": (scratch("import os; os._exit(3)", before="why-task"), "negative"),
    "ends_it_first": (scratch("import os; os._exit(3)", before="setup"), "after its start"),
    "hangs": (scratch("while True:\n    pass"), ""),
    "hangs_in_many_places": (
        together(*(scratch("while True:\n    pass", before=place) for place in PLACES)),
        "because scratch cells before ended the kernel or hung",
    ),
    "hangs_stubbornly": (scratch(STUBBORN), f"{LEFT_OUT}the cell ran longer than 2 s"),
    "ends_it_later": (
        scratch("import os, threading\n\nthreading.Timer(0.2, os._exit, [3]).start()"),
        "because with it the kernel did not last",
    ),
    "stops_it_later": (scratch(STOP_LATER), "because with it the kernel did not last"),
    "without_set_up": (without_set_up, "lacked setup and was completed"),
    "without_marks": (without_marks, "had lost nbgrader's marks in "),
}
MOVED: dict[str, tuple[Change, str]] = {
    "in_the_task": (written("task"), "had the answer why in the cell with the task"),
    "in_a_new_cell": (written("cell"), "had the answer why in a new cell"),
    "in_a_copy": (written("copy"), "has why more than once; the one that is filled in counts"),
}
HARMED: dict[
    str, tuple[Change, float, str]
] = {  # by their own solutions: what is left, and what is said
    "dead_solution": (dead_solution, 3, "ended early: the kernel ended itself"),
    "dead_function": (dead_function, 3, "ended early: the kernel ended itself"),
}
EMPTY = "no_answer"
BUSY = "ran out of time while the machine was busy"  # which another test on it can cause


def hand_in(cohort: Cohort, student: str, change: Change) -> None:
    """Hand in a right notebook after a change."""
    released = cohort.course / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    notebook = nbformat.read(released, as_version=4)
    for name, source in {**RIGHT, "why": ANSWER}.items():
        notebook.cells[at(notebook, name)].source = source
    change(notebook)
    folder = cohort.course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NOTEBOOK}.ipynb")


def set_source(cohort: Cohort, notebook: NotebookNode) -> None:
    source = cohort.course / "source" / ASSIGNMENT
    source.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, source / f"{NOTEBOOK}.ipynb")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cohort, str]:
    """The class after grading, and the log."""
    cohort = Cohort(tmp_path_factory.mktemp("rescue") / "course")
    cohort.course.mkdir()
    cohort.configure(
        "c.Autograde.cell_seconds = 2",
        'c.Autograde.limits = {"memory_bytes": "600M"}',
        'c.GenerateFeedback.exporter_class = "grader.student_feedback.page.FeedbackExporter"',
        'c.GenerateFeedback.preprocessors = ["grader.student_feedback.page.Grades"]',
    )
    set_source(cohort, instructors())
    cohort.generate(ASSIGNMENT)
    changes = {student: change for student, (change, _) in {**UNHARMED, **MOVED}.items()}
    changes |= {student: change for student, (change, *_) in HARMED.items()}
    for student, change in changes.items():
        hand_in(cohort, student, change)
    hand_in(cohort, EMPTY, written("nowhere"))
    run = cohort.grade(assignment=ASSIGNMENT)
    assert run.code == 0, run.log
    return cohort, run.log


def points(cohort: Cohort, student: str) -> tuple[float, bool]:
    """Return the points of the checks, and whether a person is asked to read the answer."""
    with Gradebook(cohort.database, COURSE_ID) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        grades = {grade.cell.name: grade for grade in submission.notebooks[0].grades}
        why = grades.pop("why")
        return sum(grade.score for grade in grades.values()), why.needs_manual_grade


def said(log: str, student: str) -> list[str]:
    """Return what the log says about a student."""
    lines = [line for line in log.splitlines() if f"{student}: " in line and NOTEBOOK in line]
    return [line for line in lines if BUSY not in line]


@pytest.mark.parametrize("student", UNHARMED)
def test_a_notebook_with_right_answers_loses_nothing(
    graded: tuple[Cohort, str], student: str
) -> None:
    cohort, log = graded
    assert points(cohort, student) == (POINTS, True)
    _, sentence = UNHARMED[student]
    assert bool(said(log, student)) == bool(sentence), said(log, student)
    assert any(sentence in line for line in said(log, student)) or not sentence


@pytest.mark.parametrize("student", MOVED)
def test_an_answer_in_a_wrong_place_goes_to_a_person(
    graded: tuple[Cohort, str], student: str
) -> None:
    cohort, log = graded
    assert points(cohort, student) == (POINTS, True)
    (line,) = said(log, student)
    assert MOVED[student][1] in line
    path = cohort.course / "autograded" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (answer,) = (
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "why"
    )
    assert ANSWER in answer.source
    with Gradebook(cohort.database, COURSE_ID) as gradebook:
        comment = gradebook.find_comment("why", NOTEBOOK, ASSIGNMENT, student)
        assert comment.auto_comment is None  # and not "No response."


@pytest.mark.parametrize("student", HARMED)
def test_a_solution_that_ends_the_kernel_loses_what_comes_after_it(
    graded: tuple[Cohort, str], student: str
) -> None:
    cohort, log = graded
    _, left, sentence = HARMED[student]
    assert points(cohort, student) == (left, True)
    (line,) = said(log, student)
    assert sentence in line


def test_nobody_is_asked_to_read_an_untouched_answer(graded: tuple[Cohort, str]) -> None:
    assert points(graded[0], EMPTY) == (POINTS, False)


@pytest.fixture(scope="module")
def second_run(graded: tuple[Cohort, str], tmp_path_factory: pytest.TempPathFactory) -> SecondRun:
    """The class after a person has graded, a check has changed, and everything ran again."""
    cohort = graded[0].copy(tmp_path_factory.mktemp("again") / "course")
    students = ["ada", *MOVED]
    for path in (cohort.course / "submitted").iterdir():
        if path.name not in students:
            with Gradebook(cohort.database, COURSE_ID) as gradebook:
                gradebook.remove_submission(ASSIGNMENT, path.name)
            shutil.rmtree(path)
            shutil.rmtree(cohort.course / "autograded" / path.name)
    with Gradebook(cohort.database, COURSE_ID) as gradebook:
        for student in students:
            grade = gradebook.find_grade("why", NOTEBOOK, ASSIGNMENT, student)
            grade.manual_score, grade.needs_manual_grade = 3, False
            comment = gradebook.find_comment("why", NOTEBOOK, ASSIGNMENT, student)
            comment.manual_comment = COMMENT
        gradebook.db.commit()
    set_source(cohort, instructors(points=3, claim="assert double(8) == 16"))
    stale = cohort.grade("--force", assignment=ASSIGNMENT)
    cohort.generate(ASSIGNMENT)
    again = cohort.grade("--force", assignment=ASSIGNMENT)
    feedback = cohort.nbgrader("generate_feedback", ASSIGNMENT, "--force")
    assert (stale.code, again.code, feedback.code) == (0, 0, 0), again.log + feedback.log
    return SecondRun(cohort, stale.log, again.log)


class SecondRun:
    """A class that was graded again.

    Attributes:
        stale: the log of a regrade before the changed check was released.
        log: the log of the regrade after that.
    """

    def __init__(self, cohort: Cohort, stale: str, log: str) -> None:
        self.cohort = cohort
        self.stale = stale
        self.log = log

    def page(self, student: str) -> str:
        """Return a student's page."""
        path = self.cohort.course / "feedback" / student / ASSIGNMENT / f"{NOTEBOOK}.html"
        return Path(path).read_text(encoding="utf-8")


def test_nobody_is_accused_of_the_changes_of_the_instructor(second_run: SecondRun) -> None:
    assert "had changes in" not in second_run.log
    assert "other points" not in second_run.log
    assert said(second_run.log, "ada") == []
    assert points(second_run.cohort, "ada")[0] == POINTS + 2


@pytest.mark.parametrize("student", ["ada", *MOVED])
def test_points_and_comments_of_a_person_survive(second_run: SecondRun, student: str) -> None:
    with Gradebook(second_run.cohort.database, COURSE_ID) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        assert submission.score == POINTS + 2 + 3
        comment = gradebook.find_comment("why", NOTEBOOK, ASSIGNMENT, student)
        assert comment.comment == COMMENT
    page = second_run.page(student)
    assert ANSWER in page and COMMENT in page
    assert "3 of 4" in page
    assert "A person still has to read it" not in page


def test_grading_says_that_a_changed_exercise_was_not_released(second_run: SecondRun) -> None:
    sentence = f"{ASSIGNMENT}: the source of {NOTEBOOK} has changed in double-four since"
    assert sentence in second_run.stale
    assert sentence not in second_run.log
