"""nbgrader's steps, called from Python: generate an assignment, autograde, generate feedback.

`generate` serves the release. `grade_notebooks` takes all three steps for an upload, in a course
folder and a gradebook of its own, so the course's gradebook does not change.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import BaseConverter, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets import TraitError
from traitlets.config import Config

from grader import GraderError
from grader.course import Exercise, configuration
from grader.engine.autograde import EngineAutograde
from grader.engine.gradebook import read_grades
from grader.engine.journal import Entry
from grader.student_feedback.page import EngineFeedback

Converter = TypeVar("Converter", bound=BaseConverter)

# nbgrader's reason has no way out if an assignment with submissions gets other graded cells.
CELLS_DIFFER = "Cannot add or remove cells"
WAY_OUT = "docs/changes_after_grading.md says how to do it without losing points."


class EngineError(GraderError):
    """A step of nbgrader failed; the message is the one that nbgrader logged."""


@dataclass(frozen=True)
class GradingResult:
    """The result of grading one student's notebook.

    Attributes:
        student: the student's id.
        scores: the points of each graded cell, by its grade_id; empty after a failure.
        by_hand: the grade_ids of the cells that a person has to grade.
        feedback: the HTML page; None after a failure.
        failure: the sentence that says why the notebook could not be graded, or "".
        remarks: sentences for the instructor.
        walls: the kind of walls around the student's code; "none", or "" if it did not run.
    """

    student: str
    scores: Mapping[str, float]
    by_hand: tuple[str, ...] = ()
    feedback: Path | None = None
    failure: str = ""
    remarks: tuple[str, ...] = ()
    walls: str = ""


def grade_notebooks(
    exercise: Exercise,
    notebooks: Mapping[str, NotebookNode],
    work: Path,
    options: Config | None = None,
) -> Iterator[GradingResult]:
    """Grade one notebook for each student, all in one run; yield the results in the same order.

    Args:
        exercise: the exercise as it was released.
        notebooks: the students' notebooks, as `grader.notebook.read` returns them.
        work: an empty folder that serves as nbgrader's course folder.
        options: settings of nbgrader that differ from the course's configuration.

    Raises:
        EngineError: nothing could be graded; the message says why.
    """
    config = configuration(work)
    config.merge(options or Config())
    if not notebooks:
        generate(exercise.assignment, config)
        return
    autograde = _converter(EngineAutograde, exercise.assignment, config)
    autograde.are_mended = True
    with autograde.early_zygote(exercise.notebook):  # imports Keras while nbgrader works
        generate(exercise.assignment, config)
        _hand_in(exercise, notebooks, work)
        entries = _autograde(autograde)
    if any(not entry.failed for entry in entries.values()):
        _must_run(_converter(EngineFeedback, exercise.assignment, config))
    grades = _grades(exercise, config)
    for student in notebooks:
        entry = entries[student]
        if entry.failed:
            yield GradingResult(student, {}, failure=entry.failed, remarks=_remarks(entry))
            continue
        scores, by_hand = grades[student]
        feedback = work / "feedback" / student / exercise.assignment / f"{exercise.name}.html"
        walls = entry.walls if entry.sandbox else "none"
        yield GradingResult(student, scores, by_hand, feedback, "", _remarks(entry), walls)


def _hand_in(exercise: Exercise, notebooks: Mapping[str, NotebookNode], work: Path) -> None:
    """Put the notebooks where nbgrader collects them."""
    for student, notebook in notebooks.items():
        folder = work / "submitted" / student / exercise.assignment
        folder.mkdir(parents=True)
        (folder / f"{exercise.name}.ipynb").write_bytes(json.dumps(notebook).encode())


def _autograde(autograde: EngineAutograde) -> dict[str, Entry]:
    """Autograde all notebooks; return the journal's entry of each student."""
    error = _run(autograde)
    entries = autograde.entries()
    if error and not entries:  # with entries, each says what failed
        raise EngineError(error)
    return {student: entry for (student, _), entry in entries.items()}


def _remarks(entry: Entry) -> tuple[str, ...]:
    """Return what an instructor should know about the run of a submission, in sentences."""
    remarks = tuple(filter(None, (*entry.remarks, *entry.flags, entry.stopped)))
    if not entry.sandbox:
        remarks += (f"{entry.student}: was executed without walls (--no-sandbox).",)
    return remarks


def generate(assignment: str, config: Config) -> None:
    """Make the students' version of an assignment and enter it into the gradebook.

    Raises:
        EngineError: nbgrader cannot use the source; the message says why.
    """
    error = _run(_converter(GenerateAssignment, assignment, config))
    if error:
        raise EngineError(f"{error} {WAY_OUT}" if CELLS_DIFFER in error else error)


def _converter(kind: type[Converter], assignment: str, config: Config) -> Converter:
    """Return one of nbgrader's steps, for all students.

    Raises:
        EngineError: a setting has a wrong value.
    """
    coursedir = CourseDirectory(config=config, assignment_id=assignment, student_id="*")
    try:
        return kind(coursedir=coursedir, config=config)
    except TraitError as error:
        raise EngineError(_as_sentence(str(error))) from None


def _must_run(step: BaseConverter) -> None:
    error = _run(step)
    if error:
        raise EngineError(error)


def _run(step: BaseConverter) -> str:
    """Run a step; return the error message that nbgrader logged, or "" if it succeeded."""
    result = capture_log(step)
    if result["success"]:
        return ""
    # The log indents a traceback by four spaces, and the frames in it by more.
    messages = re.findall(r"^ {4}[A-Za-z][\w.]*: (.+)$", result.get("log", ""), re.MULTILINE)
    return _as_sentence((messages or result["error"].splitlines())[-1])


def _as_sentence(message: str) -> str:
    return f"{message.removesuffix('.')}."


def _grades(
    exercise: Exercise, config: Config
) -> dict[str, tuple[Mapping[str, float], tuple[str, ...]]]:
    """Return each student's points by grade_id, and the grade_ids that a person has to grade."""
    coursedir = CourseDirectory(config=config)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        rows = list(read_grades(gradebook, exercise.assignment))
    scores_of: defaultdict[str, dict[str, float]] = defaultdict(dict)
    by_hand = set()
    for row in rows:
        scores_of[row.student][row.cell] = row.score
        if row.is_waiting:
            by_hand.add((row.student, row.cell))
    return {
        student: (
            # A check that is no longer in the source gives no points.
            {name: scores.get(name, 0.0) for name in exercise.points},
            tuple(name for name in exercise.points if (student, name) in by_hand),
        )
        for student, scores in scores_of.items()
    }
