"""The engine in another nbgrader course: the documented configuration, on nbgrader's example."""

import linecache
import re
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from commands import PythonCommand
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "grading_another_course.md").read_text(encoding="utf-8")
CONFIGURATION, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@dataclass(frozen=True)
class Pair:
    """What a check may not do, and what it can do instead, with an answer that is right."""

    title: str
    answer: str
    wrong: str
    right: str


def pairs() -> list[Pair]:
    """Read the pairs from the page."""
    found = []
    for section in re.split(r"^### (?=[A-Z][a-z])", PAGE, flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        blocks = re.findall(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
        answer, wrong, right = blocks
        assert wrong.startswith("# not like this\n"), title
        assert right.startswith("# like this\n"), title
        found.append(Pair(title, answer, wrong, right))
    return found


PAIRS = pairs()


class OtherCourse:
    """nbgrader's example course, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Make the course, and add the documented lines to its configuration."""
        self.root = folder / "course101"
        self.run("quickstart", "course101", folder=folder)
        with (self.root / "nbgrader_config.py").open("a") as file:
            file.write(CONFIGURATION.replace("/path/to/this/repository", str(ROOT)))

    def run(self, *words: str, folder: Path | None = None) -> str:
        """Run one of nbgrader's commands in the course; return what it printed."""
        environment = {"JUPYTER_DATA_DIR": str(self.root.parent / "jupyter")}
        run = PythonCommand(["-m", "nbgrader", *words], folder or self.root, **environment).end()
        assert run.code == 0, run.log
        return run.log

    def scores(self, student: str) -> dict[str, float | None]:
        """Return the automatic points of each cell."""
        query = """
            SELECT b.name, g.auto_score FROM grade g
            JOIN base_cell b ON b.id = g.cell_id
            JOIN submitted_notebook n ON n.id = g.notebook_id
            JOIN submitted_assignment s ON s.id = n.assignment_id
            WHERE s.student_id = ?"""
        with sqlite3.connect(self.root / "gradebook.db") as database:
            return dict(database.execute(query, (student,)).fetchall())


def cell(source: str, grade_id: str, points: int | None) -> nbformat.NotebookNode:
    """Return a check, or a cell for the student's answer if there are no points."""
    made = new_code_cell(source, id=grade_id)
    made.metadata.nbgrader = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": points is None,
        "locked": points is not None,
        "task": False,
    }
    if points is not None:
        made.metadata.nbgrader["points"] = points
    return made


def notebook_of_pairs() -> nbformat.NotebookNode:
    """Return a notebook in which a right answer comes before each pair of checks."""
    cells = []
    for number, pair in enumerate(PAIRS):
        cells.append(cell(pair.answer, f"answer-{number}", None))
        cells.append(cell(pair.wrong, f"wrong-{number}", 1))
        cells.append(cell(pair.right, f"right-{number}", 1))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> OtherCourse:
    """The example course after grading, with the pairs as another notebook of its assignment."""
    course = OtherCourse(tmp_path_factory.mktemp("other"))
    nbformat.write(notebook_of_pairs(), course.root / "source/ps1/pairs.ipynb")
    course.run("generate_assignment", "ps1")
    for student, folder in (("solver", "source"), ("idler", "release")):
        shutil.copytree(course.root / folder / "ps1", course.root / "submitted" / student / "ps1")
    course.run("autograde", "ps1")
    course.run("generate_feedback", "ps1")
    return course


def test_the_configuration_is_about_seven_lines() -> None:
    assert len([line for line in CONFIGURATION.splitlines() if line]) <= 8


def test_the_example_course_gets_its_points_behind_walls(graded: OtherCourse) -> None:
    checks = {
        "correct_squares": 1,
        "squares_invalid_input": 1,
        "correct_sum_of_squares": 0.5,
        "sum_of_squares_uses_squares": 0.5,
    }
    for student, share in (("solver", 1), ("idler", 0)):
        scores = graded.scores(student)
        assert {name: scores[name] for name in checks} == {
            name: share * points for name, points in checks.items()
        }
    journal = (graded.root / "grading.jsonl").read_text(encoding="utf-8")
    assert journal.count('"sandbox": true') == 2
    assert '"sandbox": false' not in journal


def test_its_feedback_names_checks_and_shows_no_source(graded: OtherCourse) -> None:
    page = (graded.root / "feedback/solver/ps1/problem1.html").read_text(encoding="utf-8")
    assert "squares_invalid_input" in page
    assert "raise AssertionError" not in page


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.title for pair in PAIRS])
def test_both_checks_of_a_pair_pass_in_one_process(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for check in (pair.wrong, pair.right):
        namespace: dict[str, object] = {"__name__": "__main__"}
        for name, source in (("<answer>", pair.answer), ("<check>", check)):
            # `inspect.getsource` looks here.
            lines = source.splitlines(keepends=True)
            monkeypatch.setitem(linecache.cache, name, (len(source), None, lines, name))
            exec(compile(source, name, "exec"), namespace)


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[pair.title for pair in PAIRS])
def test_what_a_check_may_not_do_fails_and_the_way_around_passes(
    graded: OtherCourse, number: int
) -> None:
    scores = graded.scores("solver")
    assert (scores[f"wrong-{number}"], scores[f"right-{number}"]) == (0, 1)
