"""Honest submissions get the same scores from stock nbgrader and from the engine, check by check.

nbgrader's example course is graded three times: by stock nbgrader, by the engine with the checks in
the student's kernel, where stock nbgrader runs them, and by the engine with the exam boundary.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import nbgrader.docs
import pytest
from commands import Command, PythonCommand
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from tools import bench_grading as bench

ROOT = Path(__file__).resolve().parents[3]
Scores = dict[tuple[str, ...], Any]


def everything(course: Path, assignment: str) -> Scores:
    """Return the gradebook's entries about an assignment, and the names of the graded files."""
    found: Scores = dict(bench.scores(course, assignment))
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            student = submission.student_id
            found[student, "seconds late"] = submission.total_seconds_late
            for notebook in submission.notebooks:
                found[student, notebook.name, "penalty"] = notebook.late_submission_penalty
                for comment in notebook.comments:
                    found[student, notebook.name, comment.name, "comment"] = comment.auto_comment
            folder = course / "autograded" / student / assignment
            found[student, "files"] = sorted(path.name for path in folder.rglob("*"))
    return found


def differences(one: Scores, other: Scores) -> Scores:
    """Return the keys under which two gradebooks differ, with both values."""
    return {
        key: (one.get(key), other.get(key))
        for key in sorted(one.keys() | other.keys())
        if one.get(key) != other.get(key)
    }


def start(course: Path, *arguments: str) -> Command:
    """Start one of nbgrader's commands in a course folder, without the user's own settings."""
    return PythonCommand(
        ["-m", "nbgrader", *arguments],
        course,
        JUPYTER_CONFIG_DIR=str(course / "jupyter"),
        TF_CPP_MIN_LOG_LEVEL="3",
    )


def run_nbgrader(course: Path, *arguments: str) -> None:
    """Run one of nbgrader's commands in a course folder."""
    run = start(course, *arguments).end()
    assert run.code == 0, run.log


def grade_all(courses: Mapping[str, Path], assignment: str, *options: str) -> None:
    """Grade all these courses at the same time."""
    commands = [start(course, "autograde", assignment, *options) for course in courses.values()]
    for command in commands:
        run = command.end(600)
        assert run.code == 0, run.log


# nbgrader's example course

QUICKSTART = Path(nbgrader.docs.__path__[0]) / "source" / "user_guide" / "source"
EXAMPLE = """\
c = get_config()
c.CourseDirectory.course_id = "example"
c.IncludeHeaderFooter.header = "source/header.ipynb"
c.AssignLatePenalties.plugin_class = "penalty.ByTheHour"
c.Execute.timeout = 8
"""
WITH_ENGINE = f"""\
import sys
sys.path.append({str(ROOT)!r})
from grader.nbgrader_hooks import install
install()
{EXAMPLE}
c.Autograde.exam = """
PENALTY = """\
from nbgrader.plugins import BasePlugin

class ByTheHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.1 * score * total_seconds_late / 3600
"""


def cell(name: str, source: str, points: float | None = None, solution: bool = False) -> Any:
    """Return a code cell with nbgrader's metadata."""
    made = new_code_cell(source, id=name)
    made.metadata.nbgrader = {
        "schema_version": 3,
        "grade_id": name,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "cell_type": "code",
    }
    if points is not None:
        made.metadata.nbgrader["points"] = points
    return made


# The cells of a third notebook, whose kinds of checks the two of the example lack.
ODDITIES = [
    cell("set-up", "import sys\nimport warnings\n\nlimits = [1, 10]"),
    cell(
        "clip",
        "def clip(x, low, high):\n    ### BEGIN SOLUTION\n"
        "    return min(max(x, low), high)\n    ### END SOLUTION",
        solution=True,
    ),
    cell("partial-credit", "sum(clip(x, 2, 4) == min(max(x, 2), 4) for x in (1, 3, 5)) / 2", 1.5),
    cell("ends-with-a-text", "clip(3, *limits)\n'done'", 2),
    cell("ends-with-a-truth", "assert clip(0, *limits) == 1\nclip(3, *limits) == 3", 2),
    cell("prints", "print(clip(11, *limits))\nassert clip(11, *limits) == 10", 1),
    cell("hidden", "### BEGIN HIDDEN TESTS\nassert clip(5, -4, 4) == 4\n### END HIDDEN TESTS", 3),
    cell("worth-nothing", "assert clip(1, *limits) == 1", 0),
    cell("by-hand", "def use():\n    return clip(5, *limits)", 4, solution=True),
]

SQUARES = """\
def squares(n):
    if n < 1:
        raise ValueError(n)
    return [i * i for i in range(1, n + 1)]"""
SUM = "def sum_of_squares(n):\n    return sum(squares(n))"
CLIP = "def clip(x, low, high):\n    return min(max(x, low), high)"
ALL = {"squares": SQUARES, "sum_of_squares": SUM, "clip": CLIP}
# The answers of each student, by cell. The other cells stay as they were handed out.
HONEST = {
    "untouched": {},
    "solved": {**ALL, "sum_of_squares_equation": "$\\sum i^2$", "by-hand": "use = clip"},
    "late": ALL,
    "half": {"squares": SQUARES, "part-b": "n < 0"},
    "wrong": {
        "squares": SQUARES.replace("i * i", "i + i"),
        "sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6",
        "clip": CLIP.replace("low), high", "low), low"),
    },
    "broken": {"squares": "def squares(n):\n    return [", "sum_of_squares": SUM, "clip": "1 / 0"},
    "warns": {**ALL, "clip": CLIP.replace("return", "warnings.warn(str(x)); return")},
    "endless": {**ALL, "clip": "while True:\n    pass"},
    "stuck": {**ALL, "clip": CLIP.replace("return", "while x == 1: pass\n    return")},
    "mutters": {**ALL, "clip": CLIP.replace("return", "print(x, file=sys.stderr); return")},
}


def graded(root: Path, hand_ins: Mapping[str, Iterable[str]], **exam: bool) -> dict[str, Path]:
    """Grade the example course by stock nbgrader, and by the engine with each value of `exam`.

    `hand_ins` has the names of the notebooks that each student hands in.
    """
    stock = root / "stock"
    shutil.copytree(QUICKSTART, stock / "source", ignore=shutil.ignore_patterns("ps1_autotest"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    third = new_notebook(cells=ODDITIES, metadata={"kernelspec": kernel})
    nbformat.write(third, stock / "source" / "ps1" / "problem3.ipynb")
    (stock / "penalty.py").write_text(PENALTY)
    bench.configure(stock, EXAMPLE)
    run_nbgrader(stock, "generate_assignment", "ps1")
    with Gradebook(f"sqlite:///{stock / 'gradebook.db'}", "example") as gradebook:
        gradebook.update_or_create_assignment("ps1", duedate="2026-03-02 12:00")
    for student, names in hand_ins.items():
        for name in names:
            notebook = bench.filled(bench.read_released(stock, "ps1", name), HONEST[student])
            bench.hand_in(stock, student, "ps1", name, notebook)
    (stock / "submitted" / "late" / "ps1" / "timestamp.txt").write_text("2026-03-02 15:30")
    courses = {"stock": stock}
    for side, boundary in exam.items():
        courses[side] = Path(shutil.copytree(stock, root / side))
        bench.configure(courses[side], WITH_ENGINE + str(boundary))
    grade_all(courses, "ps1")
    return courses


def test_example_course_in_short(tmp_path: Path) -> None:
    hand_ins = {"late": ["problem1"], "half": ["problem1", "problem2"], "wrong": ["problem3"]}
    courses = graded(tmp_path, hand_ins, exam=True)
    stock, exam = (everything(course, "ps1") for course in courses.values())
    got = {key[2]: score for key, score in stock.items() if key[:2] == ("wrong", "problem3")}
    assert (got["partial-credit"].auto_score, got["hidden"].auto_score) == (0.5, 0)
    assert stock["late", "problem1", "penalty"] == pytest.approx(0.35 * 3)
    assert differences(stock, exam) == {}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The example course with all students, graded by stock nbgrader and in both ways."""
    hand_ins = dict.fromkeys(HONEST, ("problem1", "problem2", "problem3"))
    hand_ins["half"] = ("problem1", "problem2")
    return graded(tmp_path_factory.mktemp("example"), hand_ins, one_kernel=False, exam=True)


@pytest.mark.slow
def test_the_example_course_tells_answers_apart(example: dict[str, Path]) -> None:
    found = everything(example["stock"], "ps1")
    scores = {(key[0], key[2]): score for key, score in found.items() if type(score) is bench.Score}
    got = {key: score.auto_score for key, score in scores.items()}
    assert len(scores) == len(HONEST) * 16
    assert got["solved", "partial-credit"] == 1.5
    assert got["wrong", "partial-credit"] == 0.5
    assert got["half", "correct_squares"] == 1
    assert got["half", "correct_sum_of_squares"] == got["untouched", "correct_squares"] == 0
    assert got["solved", "hidden"] == 3 > got["wrong", "hidden"]
    assert scores["solved", "by-hand"].needs_manual_grade
    assert not scores["untouched", "by-hand"].needs_manual_grade
    # A warning on stderr costs the check its points.
    assert got["warns", "prints"] == 0 < got["solved", "prints"]
    # A check that takes too long does not keep the next checks from running.
    assert (got["stuck", "partial-credit"], got["stuck", "ends-with-a-text"]) == (0, 2)
    assert found["late", "problem1", "penalty"] == pytest.approx(0.35 * 3)


@pytest.mark.slow
def test_example_course_with_checks_in_the_students_kernel(example: dict[str, Path]) -> None:
    stock, engine = (everything(example[side], "ps1") for side in ("stock", "one_kernel"))
    assert differences(stock, engine) == {}


@pytest.mark.slow
def test_example_course_with_the_exam_boundary(example: dict[str, Path]) -> None:
    stock, exam = (everything(example[side], "ps1") for side in ("stock", "exam"))
    differing = differences(stock, exam)
    # There is one difference. What a function writes to stderr during a check costs points if it
    # runs in the check's kernel. With the exam boundary, the check's kernel does not see it.
    assert {student for student, *_ in differing} == {"mutters"}
    for before, after in differing.values():
        assert (before.auto_score, after.auto_score) == (0, after.max_score)


@pytest.mark.slow
def test_grading_again_keeps_what_a_person_gave(example: dict[str, Path]) -> None:
    courses = {side: example[side] for side in ("stock", "exam")}
    for course in courses.values():
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "example") as gradebook:
            for name, points in (("by-hand", 2.5), ("partial-credit", 1)):
                grade = gradebook.find_grade(name, "problem3", "ps1", "solved")
                grade.manual_score, grade.extra_credit = points, 0.5
            gradebook.db.commit()
        # The next run grades only the newer hand-in of `late` again.
        (course / "submitted" / "late" / "ps1" / "timestamp.txt").write_text("2026-03-02 16:30")
        better = bench.filled(bench.read_released(course, "ps1", "problem3"), HONEST["solved"])
        bench.hand_in(course, "untouched", "ps1", "problem3", better)
    grade_all(courses, "ps1")
    grade_all(courses, "ps1", "--force", "--student=solved")
    stock, exam = (everything(course, "ps1") for course in courses.values())
    again = exam["solved", "problem3", "by-hand"]
    assert (again.manual_score, again.extra_credit, again.needs_manual_grade) == (2.5, 0.5, True)
    assert exam["late", "problem1", "penalty"] == pytest.approx(0.45 * 3)
    assert exam["untouched", "problem3", "hidden"].auto_score == 0
    assert {student for student, *_ in differences(stock, exam)} == {"mutters"}


@pytest.mark.slow
def test_the_example_is_what_quickstart_makes(tmp_path: Path) -> None:
    run_nbgrader(tmp_path, "quickstart", "course")
    made = tmp_path / "course" / "source"
    files = {path.relative_to(made): path.read_bytes() for path in made.rglob("*.*")}
    assert {QUICKSTART / path for path in files} <= set(QUICKSTART.rglob("*"))
    assert all((QUICKSTART / path).read_bytes() == content for path, content in files.items())
    assert Path("ps1/problem1.ipynb") in files


# This course


def answered(kind: str, number: int) -> dict[str, str]:
    """Return for each function of chapter 1 its known answer of this kind and number."""
    choices = bench.answers(bench.instructors()).items()
    return {name: kinds[kind][number % len(kinds[kind])] for name, kinds in choices}


@pytest.mark.slow
def test_chapter_with_every_known_answer(tmp_path: Path) -> None:
    exercise = bench.instructors()
    ids = exercise.assignment, exercise.name
    choices = bench.answers(exercise)
    solved = answered("solution", 0)
    students = {
        "untouched": {},
        "solved": solved,
        "half": {name: solved[name] for name in list(solved)[: len(solved) // 2]},
    } | {
        f"{kind}-{number}": answered(kind, number)
        for kind in ("mistake", "right")
        for number in range(max(len(kinds[kind]) for kinds in choices.values()))
    }
    stock = tmp_path / "stock"
    bench.make_course(stock, exercise, bench.STOCK)
    released = bench.read_released(stock, *ids)
    for student, sources in students.items():
        bench.hand_in(stock, student, *ids, bench.filled(released, sources))
    engine = Path(shutil.copytree(stock, tmp_path / "engine"))
    bench.configure(engine, bench.ENGINE)
    grade_all({"stock": stock, "engine": engine}, exercise.assignment)
    assert (engine / "grading.jsonl").is_file()
    found = bench.scores(stock, exercise.assignment)
    assert len(found) == len(students) * len(exercise.points)
    totals = dict.fromkeys(students, 0.0)
    for (student, *_), score in found.items():
        totals[student] += score.auto_score or 0
    full = totals["solved"]
    assert full == sum(exercise.points.values()) - exercise.points["train-on-one-report-the-other"]
    assert 0 == totals["untouched"] < totals["half"] < full
    assert all(totals[name] == full for name in students if name.startswith("right"))
    assert all(totals[name] < full for name in students if name.startswith("mistake"))
    assert differences(everything(stock, ids[0]), everything(engine, ids[0])) == {}


# nbgrader's own tests of `nbgrader autograde`

OWN_TESTS = "nbgrader.tests.apps.test_nbgrader_autograde"
SKIPPED_BY_NBGRADER = {"test_many_students", "test_infinite_loop_with_output"}


def run_own_tests(folder: Path) -> dict[str, str]:
    """Run nbgrader's own tests with the engine, and return the outcome of each by its name."""
    (folder / "engine_in_place.py").write_text(
        "from grader.nbgrader_hooks import install\ninstall()\n"
    )
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "engine_in_place", "--pyargs", OWN_TESTS]
    plain = ["-c", os.devnull, f"--rootdir={folder}", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, *plain, f"--junitxml={report}"],
        cwd=folder,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        },
        capture_output=True,
        text=True,
    )
    print(run.stdout)  # Shown where the test below fails.
    outcome_of = {}
    for case in ElementTree.parse(report).iter("testcase"):
        outcomes = [part.tag for part in case if part.tag in ("failure", "error", "skipped")]
        outcome_of[case.attrib["name"]] = outcomes[0] if outcomes else "passed"
    return outcome_of


@pytest.mark.slow
def test_nbgraders_own_tests(tmp_path: Path) -> None:
    outcome_of = run_own_tests(tmp_path)
    assert len(outcome_of) >= 42
    assert {
        name for name, outcome in outcome_of.items() if outcome == "skipped"
    } == SKIPPED_BY_NBGRADER
    failed = {name for name, outcome in outcome_of.items() if outcome in ("failure", "error")}
    assert failed == set()
