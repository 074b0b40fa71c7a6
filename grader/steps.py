"""nbgrader's steps for `python -m grader grade`: generate, autograde, feedback, marks.

All of it works in a folder of its own with its own gradebook; the course's are not touched.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets.config import Config

from grader import GraderError
from grader.course import Exercise, configuration
from grader.engine.autograde import EngineAutograde
from grader.engine.journal import Journal


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


def grade(
    exercise: Exercise,
    notebooks: Mapping[str, NotebookNode],
    work: Path,
    options: Config | None = None,
) -> Iterator[Graded]:
    """Grade one notebook a student, all in one run; yield them in the order given.

    Args:
        exercise: what the students were given.
        notebooks: the students' notebooks, as `grader.submission.read` returns them.
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
        nbformat.write(notebook, folder / f"{exercise.name}.ipynb")
    journal = Journal(work)
    try:
        if notebooks:
            _run(EngineAutograde, exercise.assignment, config)
    except EngineError:
        if not journal.path.exists():
            raise
    entries = journal.latest(exercise.assignment)
    if any(not entry.failed for entry in entries.values()):
        _run(GenerateFeedback, exercise.assignment, config)
    for student in notebooks:
        entry = entries[student]
        remarks = tuple(filter(None, (*entry.flags, entry.stopped)))
        if not entry.sandbox:
            remarks += (f"{student}: was executed without walls (--no-sandbox).",)
        if entry.failed:
            yield Graded(student, {}, failure=entry.failed, remarks=remarks)
            continue
        feedback = work / "feedback" / student / exercise.assignment / f"{exercise.name}.html"
        yield _marks(exercise, student, config, feedback, remarks)


def generate(assignment: str, config: Config) -> None:
    """Make the students' version of an assignment and enter it into the gradebook.

    Raises:
        EngineError: the source is not what nbgrader needs.
    """
    _run(GenerateAssignment, assignment, config)


def _run(step: type[BaseConverter], assignment: str, config: Config, student: str = "*") -> None:
    coursedir = CourseDirectory(config=config, assignment_id=assignment, student_id=student)
    result = capture_log(step(coursedir=coursedir, config=config))
    if not result["success"]:
        raise EngineError(_last_words(result))


def _last_words(result: Mapping[str, str]) -> str:
    """The message of the error that nbgrader logged, without its traceback."""
    # In the log a traceback stands indented by four, its own frames by more.
    logged = re.findall(r"^ {4}[A-Za-z][\w.]*: (.+)$", result.get("log", ""), re.MULTILINE)
    return (logged or result["error"].splitlines())[-1].removesuffix(".")


def _marks(
    exercise: Exercise, student: str, config: Config, feedback: Path, remarks: tuple[str, ...]
) -> Graded:
    coursedir = CourseDirectory(config=config)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        notebook = gradebook.find_submission_notebook(exercise.name, exercise.assignment, student)
        scores = {grade.name: grade.score for grade in notebook.grades}
        waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
    return Graded(
        student,
        {name: scores[name] for name in exercise.points},
        tuple(name for name in exercise.points if name in waiting),
        feedback,
        remarks=remarks,
    )
