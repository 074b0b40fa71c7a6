"""Times stock nbgrader and the grading engine on the same classes: `python -m tools.bench_grading`.

There are two exercises: chapter 1, and chapter 1 without the function and the comparisons that need
Keras. The program draws each student's answers from the solution, the known mistakes, the other
right answers and the untouched stub. Both sides run `nbgrader autograde`, each in a course folder
of its own. Then the program compares the gradebooks, check by check.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import psutil
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grader.course import COURSE, SOLUTIONS, Exercise, exercises
from grader.engine.walls import KINDS
from grader.mistakes import bank_of

ASSIGNMENT = "01_loss_functions"
SPEEDUP_GOAL = 8  # times as fast as stock nbgrader
OVERHEAD_GOAL = 60  # milliseconds per NumPy notebook beyond the students' code
SAMPLING_SECONDS = 0.5  # between two measurements of the memory
MOST_TIMED = 10  # notebooks whose code is also timed without a grader
STOCK = """\
c = get_config()
c.CourseDirectory.course_id = "class"
c.Execute.timeout = 120
"""
ENGINE = f"""\
load_subconfig("nbgrader_config.py", path={str(COURSE)!r})
c = get_config()
c.CourseDirectory.root = {{root!r}}
c.CourseDirectory.source_directory = "source"
"""


# The class


def instructors() -> Exercise:
    """Return chapter 1 as the instructor wrote it."""
    return exercises(SOLUTIONS)[ASSIGNMENT]


def without_keras(exercise: Exercise) -> Exercise:
    """Return an exercise without what needs Keras: NumPy functions, as in many courses."""
    notebook = copy.deepcopy(exercise.notebook)
    cells = exercise.cells.items()
    left_out = tuple(
        name for name, c in cells if c.metadata.nbgrader.solution and "keras" in c.source
    )
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith(left_out)]
    for cell in notebook.cells:
        if cell.cell_type == "code" and "keras" in cell.source:
            tree = ast.parse(cell.source)
            if cell.metadata.nbgrader.grade:
                source = ast.unparse(_WithoutKeras().visit(tree))
                cell.source = f"### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS"
            else:  # the setup cell
                kept = (
                    n for n in tree.body if type(n) is ast.Import or "practice" in ast.unparse(n)
                )
                cell.source = "\n".join(map(ast.unparse, kept))
    return Exercise(exercise.assignment, exercise.name, notebook)


class _WithoutKeras(ast.NodeTransformer):
    """Removes every statement that mentions Keras and contains no other statements."""

    def generic_visit(self, node: ast.AST) -> Any:  # None removes the node
        super().generic_visit(node)
        simple = isinstance(node, ast.stmt) and not hasattr(node, "body")
        return None if simple and "keras" in ast.unparse(node) else node


def answers(exercise: Exercise) -> dict[str, dict[str, list[str]]]:
    """Return the sources of possible answers, by the name of the solution cell and by kind.

    The kinds are "solution", "right" and "mistake".
    """
    bank = bank_of(exercise.name).answers
    sources = {}
    for name, cell in exercise.cells.items():
        if cell.metadata.nbgrader.solution and cell.cell_type == "code":
            known = [answer for answer in bank if answer.exercise == name.replace("-", "_")]
            sources[name] = {
                "solution": [
                    re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.M)
                ],
                "right": [answer.source for answer in known if answer.is_right],
                "mistake": [answer.source for answer in known if not answer.is_right],
            }
    return sources


def filled(notebook: NotebookNode, sources: Mapping[str, str]) -> NotebookNode:
    """Return a copy of a released notebook with new sources, by the `grade_id` of their cells."""
    handed_in = copy.deepcopy(notebook)
    for cell in handed_in.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(name, cell.source)
    return handed_in


def write_class(course: Path, exercise: Exercise, students: int) -> None:
    """Hand in a notebook for each student; a student gives the same answers in every class."""
    released = read_released(course, exercise.assignment, exercise.name)
    choices = answers(exercise)
    for number in range(students):
        rng = random.Random(number)
        sources = {"train-on-one-report-the-other": "Accuracy has no slope."}
        for name, kinds in choices.items():
            kind = rng.choices(["solution", "right", "mistake", ""], [60, 15, 15, 10])[0]
            if kind:
                sources[name] = rng.choice(kinds[kind])
        notebook = filled(released, sources)
        hand_in(course, f"student-{number:04}", exercise.assignment, exercise.name, notebook)


# A course folder, and nbgrader's commands in it


def make_course(folder: Path, exercise: Exercise, config: str) -> None:
    """Make a course folder with one assignment, and generate the assignment."""
    source = folder / "source" / exercise.assignment
    source.mkdir(parents=True)
    nbformat.write(exercise.notebook, source / f"{exercise.name}.ipynb")
    configure(folder, config)
    nbgrader(folder, "generate_assignment", exercise.assignment)


def configure(folder: Path, config: str) -> None:
    """Write the course's configuration, such as `STOCK` or `ENGINE`."""
    (folder / "nbgrader_config.py").write_text(config.replace("{root!r}", repr(str(folder))))


def read_released(course: Path, assignment: str, name: str) -> NotebookNode:
    """Read a notebook as students get it."""
    return nbformat.read(course / "release" / assignment / f"{name}.ipynb", as_version=4)


def hand_in(course: Path, student: str, assignment: str, name: str, notebook: NotebookNode) -> None:
    """Write a notebook into the folder into which nbgrader collects hand-ins."""
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


class CommandError(Exception):
    """A command of nbgrader's failed; the message is the end of its log."""


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start one of nbgrader's commands in a course folder, without the user's own settings."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "NBGRADER_EXCHANGE": str(folder / "exchange"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-m", "nbgrader", *arguments]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def finish(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a command ends that `start` started in this folder.

    Raises:
        CommandError: the command failed.
    """
    if process.wait() != 0:
        raise CommandError((folder / "log").read_text(errors="replace")[-4000:])


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run one of nbgrader's commands in a course folder."""
    finish(start(folder, *arguments), folder)


class Score(NamedTuple):
    """The gradebook's scores for one check, or one written answer, of one student."""

    auto_score: float | None
    manual_score: float | None
    extra_credit: float | None
    max_score: float
    needs_manual_grade: bool


def scores(course: Path, assignment: str) -> dict[tuple[str, str, str], Score]:
    """Return the scores in a gradebook, by student, notebook and check."""
    result = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    row = (grade.auto_score, grade.manual_score, grade.extra_credit)
                    result[submission.student_id, notebook.name, grade.name] = Score(
                        *row, grade.max_score, grade.needs_manual_grade
                    )
    return result


# Measuring


@dataclass(frozen=True)
class Run:
    """One run of `nbgrader autograde`: seconds of wall-clock time, and bytes of peak memory."""

    seconds: float
    peak: int


def timed(course: Path) -> Run:
    """Grade a class; measure the time, and the memory of all processes together."""
    started = time.perf_counter()
    process = start(course, "autograde", ASSIGNMENT)
    peak = 0
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SAMPLING_SECONDS)
        peak = max(peak, _memory(process.pid))
    seconds = time.perf_counter() - started
    finish(process, course)
    return Run(seconds, peak)


def _memory(pid: int) -> int:
    """Return the bytes of a process and its descendants; shared memory counts once."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total


def code_seconds(notebooks: Iterable[Path]) -> float:
    """Return the mean seconds of a notebook's code without any grading: answers and checks."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as new_process:
        return new_process.submit(_code_seconds, list(notebooks)).result()


def _code_seconds(notebooks: list[Path]) -> float:
    os.environ |= {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    seconds = []
    for path in (notebooks[0], *notebooks):
        cells = nbformat.read(path, as_version=4).cells
        namespace: dict[str, object] = {"__name__": "__main__"}
        started = time.perf_counter()
        for cell in cells:
            if cell.cell_type == "code":
                with contextlib.suppress(Exception), _silence():
                    exec(cell.source, namespace)
                _draw()
        seconds.append(time.perf_counter() - started)
    # The first run contains the imports, which the engine does once for the whole class.
    return sum(seconds[1:]) / len(notebooks)


def _draw() -> None:
    """Draw the open figures, as a notebook does at the end of a cell."""
    from matplotlib import pyplot  # after MPLBACKEND is set

    for number in pyplot.get_fignums():
        pyplot.figure(number).savefig(io.BytesIO(), bbox_inches="tight")
    pyplot.close("all")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def phases(course: Path) -> dict[str, float]:
    """Return the mean milliseconds per notebook of each phase, from the engine's journal."""
    lines = (course / "grading.jsonl").read_text().splitlines()
    entries = [json.loads(line)["seconds"] for line in lines]
    names = dict.fromkeys(name for entry in entries for name in entry)
    return {n: 1000 * sum(entry.get(n, 0) for entry in entries) / len(entries) for n in names}


# The report


@dataclass(frozen=True)
class Floor:
    """The time that no grader can save: answers and checks, on so many processors.

    Attributes:
        seconds: the time that a notebook's code takes on one processor.
        processors: the processors that the grader uses.
    """

    seconds: float
    processors: int

    def share(self, run: Run, students: int) -> float:
        """Return the share of a run's time that the students' code takes."""
        return self.seconds / self.processors * students / run.seconds

    def overhead(self, run: Run, students: int) -> float:
        """Return the milliseconds per notebook beyond the students' code."""
        return 1000 * (run.seconds / students - self.seconds / self.processors)


def compare(name: str, exercise: Exercise, students: int, work: Path) -> bool:
    """Grade a class with stock nbgrader and with the engine; return whether the scores agree."""
    stock, engine = work / "stock", work / "engine"
    make_course(stock, exercise, STOCK)
    write_class(stock, exercise, students)
    shutil.copytree(stock, engine)
    configure(engine, ENGINE)
    processors = len(os.sched_getaffinity(0))
    functions = len(answers(exercise))
    checks = sum(
        c.metadata.nbgrader.grade and c.cell_type == "code" for c in exercise.cells.values()
    )
    print(f"{students} {name} notebooks: {functions} functions, {checks} checks", flush=True)
    runs = {"stock": timed(stock)}
    runs["engine"] = timed(engine)
    graded = sorted(engine.glob("autograded/*/*/*.ipynb"))
    seconds = code_seconds(graded[:MOST_TIMED])
    for side, run in runs.items():
        # Stock nbgrader uses one processor, no matter how many there are.
        share = Floor(seconds, 1 if side == "stock" else processors).share(run, students)
        print(
            f"  {side:6}  {run.seconds:7.1f} s   {run.seconds / students:6.3f} s per notebook   "
            f"{share:4.0%} of it students' code   {run.peak / 1e6:6,.0f} MB at the peak"
        )
    ratio = runs["stock"].seconds / runs["engine"].seconds
    overhead = Floor(seconds, processors).overhead(runs["engine"], students)
    print(f"  {ratio:.1f} times as fast as stock (goal: {SPEEDUP_GOAL})")
    print(
        f"  {overhead:.0f} ms per notebook beyond the students' code "
        f"(goal for NumPy: {OVERHEAD_GOAL})"
    )
    print("  per notebook:", ", ".join(f"{n} {ms:.0f} ms" for n, ms in phases(engine).items()))
    return _agree(stock, engine, students)


def _agree(one: Path, other: Path, students: int) -> bool:
    """Return whether both sides graded every student and gave the same scores."""
    scores_of = {course.name: scores(course, ASSIGNMENT) for course in (one, other)}
    complete = [len(list(c.glob("autograded/*/*/*.ipynb"))) == students for c in (one, other)]
    first, second = scores_of.values()
    differing = [key for key in first.keys() | second.keys() if first.get(key) != second.get(key)]
    for key in sorted(differing):
        sides = (f"{side} {found.get(key)}" for side, found in scores_of.items())
        print("  differs:", *key, *sides)
    if all(complete) and not differing:
        print(f"  all {len(first)} scores are the same", flush=True)
    return all(complete) and not differing


def compare_walls(exercise: Exercise, students: int, work: Path) -> bool:
    """Grade a class behind each kind of walls; return whether the scores agree."""
    first, second = (work / kind for kind in KINDS)
    print(f"{students} NumPy notebooks behind each kind of walls, engine", flush=True)
    make_course(first, exercise, ENGINE)
    write_class(first, exercise, students)
    shutil.copytree(first, second)
    for kind, course in zip(KINDS, (first, second), strict=True):
        configure(course, f"{ENGINE}c.Autograde.walls = {kind!r}\n")
        run = timed(course)
        each = 1000 * run.seconds / students
        print(
            f"  {kind:10}  {run.seconds:7.1f} s   {each:4.0f} ms per notebook   "
            f"{run.peak / 1e6:6,.0f} MB at the peak"
        )
        print("  per notebook:", ", ".join(f"{n} {ms:.0f} ms" for n, ms in phases(course).items()))
    return _agree(first, second, students)


def grade_larger_classes(exercise: Exercise, sizes: Iterable[int], work: Path) -> None:
    """Grade classes of these sizes with the engine, and print time and memory."""
    print(
        "Larger classes of NumPy notebooks, engine\n"
        "  students   seconds   ms each   overhead   peak"
    )
    for students in sizes:
        course = work / str(students)
        make_course(course, exercise, ENGINE)
        write_class(course, exercise, students)
        run = timed(course)
        graded = sorted(course.glob("autograded/*/*/*.ipynb"))
        assert len(graded) == students
        floor = Floor(code_seconds(graded[:MOST_TIMED]), len(os.sched_getaffinity(0)))
        print(
            f"  {students:8,}  {run.seconds:8.1f}  {1000 * run.seconds / students:8.0f}  "
            f"{floor.overhead(run, students):9.0f}   {run.peak / 1e6:,.0f} MB",
            flush=True,
        )
        shutil.rmtree(course)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if the two sides disagree on a score, and otherwise 0."""
    parser = argparse.ArgumentParser("python -m tools.bench_grading", description=__doc__)
    parser.add_argument("--numpy", type=int, default=60, help="students (default: %(default)s)")
    parser.add_argument("--keras", type=int, default=20, help="students (default: %(default)s)")
    parser.add_argument("--walls", type=int, default=60, help="students (default: %(default)s)")
    parser.add_argument("--grow", default="10,100,1000", help="classes (default: %(default)s)")
    options = parser.parse_args(arguments)
    keras = instructors()
    numpy = without_keras(keras)
    agree = True
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        if options.numpy:
            agree &= compare("NumPy", numpy, options.numpy, work / "numpy")
        if options.keras:
            agree &= compare("Keras", keras, options.keras, work / "keras")
        if options.walls:
            agree &= compare_walls(numpy, options.walls, work / "walls")
        if options.grow:
            grade_larger_classes(numpy, map(int, options.grow.split(",")), work / "grow")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
