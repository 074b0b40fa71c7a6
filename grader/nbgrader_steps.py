"""nbgrader's steps for `python -m grader`: generate, autograde, feedback.

`grade_notebooks` works in a folder of its own with its own gradebook; it does not touch the
course's.
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
from traitlets.config import Config

from grader import GraderError
from grader.course import Exercise, configuration
from grader.engine.autograde import EngineAutograde
from grader.engine.gradebook import read_grades
from grader.student_feedback.page import EngineFeedback

Converter = TypeVar("Converter", bound=BaseConverter)


class EngineError(GraderError):
    """nbgrader could not do a step; the message ends with what it said."""


@dataclass(frozen=True)
class Graded:
    """What became of one student's notebook.

    Attributes:
        student: the student's id.
        scores: points for each check, by grade_id; empty if it could not be run.
        by_hand: the grade_ids whose points a person has to give.
        feedback: the HTML page; None if it could not be run.
        failure: why it could not be run, in one sentence, or "".
        remarks: what a person should know of how it ran, one sentence each.
    """

    student: str
    scores: Mapping[str, float]
    by_hand: tuple[str, ...] = ()
    feedback: Path | None = None
    failure: str = ""
    remarks: tuple[str, ...] = ()


def grade_notebooks(
    exercise: Exercise,
    notebooks: Mapping[str, NotebookNode],
    work: Path,
    options: Config | None = None,
) -> Iterator[Graded]:
    """Grade one notebook a student, all in one run; yield them in the order given.

    Args:
        exercise: what the students were given.
        notebooks: the students' notebooks, as `grader.notebook.read` returns them.
        work: an empty folder that serves as nbgrader's course folder.
        options: what differs from the course's configuration.

    Raises:
        EngineError: nothing could be graded; the message says why.
    """
    config = configuration(work)
    config.merge(options or Config())
    generate(exercise.assignment, config)
    for student, notebook in notebooks.items():
        folder = work / "submitted" / student / exercise.assignment
        folder.mkdir(parents=True)
        file = folder / f"{exercise.name}.ipynb"
        file.write_bytes(json.dumps(notebook).encode())
    if not notebooks:
        return
    autograde = _converter(EngineAutograde, exercise.assignment, config)
    autograde.are_mended = True
    problem = _run(autograde)
    entries = autograde.entries()
    if problem and not entries:
        raise EngineError(problem)
    if any(not entry.failed for entry in entries.values()):
        _must_run(_converter(EngineFeedback, exercise.assignment, config))
    grades = _grades(exercise, config)
    for student in notebooks:
        entry = entries[student, exercise.assignment]
        remarks = tuple(filter(None, (*entry.flags, entry.stopped)))
        if not entry.sandbox:
            remarks += (f"{student}: was executed without walls (--no-sandbox).",)
        if entry.failed:
            yield Graded(student, {}, failure=entry.failed, remarks=remarks)
            continue
        scores, by_hand = grades[student]
        feedback = work / "feedback" / student / exercise.assignment / f"{exercise.name}.html"
        yield Graded(student, scores, by_hand, feedback, remarks=remarks)


def generate(assignment: str, config: Config) -> None:
    """Make the students' version of an assignment and enter it into the gradebook.

    Raises:
        EngineError: the source is not what nbgrader needs.
    """
    _must_run(_converter(GenerateAssignment, assignment, config))


def _converter(kind: type[Converter], assignment: str, config: Config) -> Converter:
    """One of nbgrader's steps, for all students."""
    coursedir = CourseDirectory(config=config, assignment_id=assignment, student_id="*")
    return kind(coursedir=coursedir, config=config)


def _must_run(step: BaseConverter) -> None:
    problem = _run(step)
    if problem:
        raise EngineError(problem)


def _run(step: BaseConverter) -> str:
    """Run a step; return the message of the error that nbgrader logged, or "" if it worked."""
    result = capture_log(step)
    if result["success"]:
        return ""
    # In the log a traceback is indented by four, and its own frames by more.
    logged = re.findall(r"^ {4}[A-Za-z][\w.]*: (.+)$", result.get("log", ""), re.MULTILINE)
    message: str = (logged or result["error"].splitlines())[-1]
    return message.removesuffix(".")


def _grades(
    exercise: Exercise, config: Config
) -> dict[str, tuple[Mapping[str, float], tuple[str, ...]]]:
    """For each student the points of each check, and the checks that a person has to grade."""
    coursedir = CourseDirectory(config=config)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        rows = list(read_grades(gradebook, exercise.assignment))
    scores: defaultdict[str, dict[str, float]] = defaultdict(dict)
    waiting = set()
    for row in rows:
        scores[row.student][row.cell] = row.score
        if row.is_waiting:
            waiting.add((row.student, row.cell))
    return {
        student: (
            {name: found[name] for name in exercise.points},
            tuple(name for name in exercise.points if (student, name) in waiting),
        )
        for student, found in scores.items()
    }
