"""The engine underneath `python -m grader grade`: stock nbgrader, one notebook at a time.

All of it works in a folder of its own with its own gradebook; the course's are not touched.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets.config import Config

from grader import GraderError
from grader.course import Exercise, configuration


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
    """

    student: str
    scores: Mapping[str, float]
    by_hand: tuple[str, ...] = ()
    feedback: Path | None = None
    failure: str = ""


def grade(
    exercise: Exercise, notebooks: Mapping[str, NotebookNode], work: Path
) -> Iterator[Graded]:
    """Grade one notebook a student, in the order given.

    Args:
        exercise: what the students were given.
        notebooks: the students' notebooks, as `grader.submission.read` returns them.
        work: an empty folder that serves as nbgrader's course folder.
    """
    config = configuration(work)
    generate(exercise.assignment, config)
    for student, notebook in notebooks.items():
        folder = work / "submitted" / student / exercise.assignment
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{exercise.name}.ipynb")
        try:
            _run(Autograde, exercise.assignment, config, student)
            _run(GenerateFeedback, exercise.assignment, config, student)
        except EngineError as error:
            why = f"could not be run to its end ({error}); see what its code does"
            yield Graded(student, {}, failure=why)
            continue
        feedback = work / "feedback" / student / exercise.assignment / f"{exercise.name}.html"
        yield _marks(exercise, student, config, feedback)


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


def _marks(exercise: Exercise, student: str, config: Config, feedback: Path) -> Graded:
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
    )
