"""What an autograde run has to do: the course as the gradebook knows it, and what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.api import Assignment as AssignmentRow
from nbgrader.api import Gradebook, Student

from grader import GraderError
from grader.course import Exercise
from grader.notebook import BadSubmissionError

from . import graded_folder
from .autograde_base import AutogradeBase
from .gradebook import Layout, read_layout
from .sanitize import Assignment, read_assignment
from .submission import Failed, Submission


@dataclass(frozen=True)
class Course:
    """What all submissions share; each mapping is by the name of the assignment.

    Attributes:
        students: the ids of the students whom the gradebook knows.
        assignments: the instructor's notebooks and files, of the assignments that are graded.
        layouts: what the gradebook keeps for each submission of them.
        exercises: of all assignments, what students were given, to say where a wrong file belongs.
    """

    students: frozenset[str]
    assignments: Mapping[str, Assignment]
    layouts: Mapping[str, Layout]
    exercises: Mapping[str, Exercise]

    def words(self) -> set[str]:
        """All names in the instructor's code."""
        return {word for assignment in self.assignments.values() for word in assignment.words()}


class Released(Mapping[str, Exercise]):
    """The released notebooks, read when a hand-in belongs to none of the graded assignments."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _all(self) -> dict[str, Exercise]:
        cells: defaultdict[str, list[NotebookNode]] = defaultdict(list)
        for path in sorted(self._folder.glob("[!.]*/[!.]*.ipynb")):
            cells[path.parent.name] += nbformat.read(path, as_version=4).cells
        return {name: Exercise(name, name, new_notebook(cells=cells[name])) for name in cells}

    def __getitem__(self, name: str) -> Exercise:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


@dataclass(frozen=True)
class Plan:
    """What is due, and what cannot be graded, as is clear without reading it."""

    due: tuple[Submission, ...]
    failed: tuple[Failed, ...]

    @property
    def size(self) -> int:
        """How many results there will be."""
        return len(self.due) + len(self.failed)


def read_course(gradebook: Gradebook, app: AutogradeBase) -> Course:
    """Read what all submissions share, once for the whole run.

    Raises:
        GraderError: an assignment that was handed in is not in the gradebook.
    """
    session = gradebook.db
    students = frozenset(student for (student,) in session.query(Student.id))
    known = {name for (name,) in session.query(AssignmentRow.name)}
    wanted = sorted({app.ids(path)[0] for path in app.assignments})
    for name in wanted:
        if name not in known:
            raise GraderError(
                f"No assignment with ID '{name}' exists in the database; "
                "did you forget to run 'nbgrader generate_assignment'?"
            )
    kept, coursedir = app.exclude_overwriting, app.coursedir
    assignments = {
        name: read_assignment(gradebook, coursedir, name, kept.get(name, ())) for name in wanted
    }
    layouts = {name: read_layout(gradebook, name) for name in wanted}
    session.remove()
    released = Released(Path(coursedir.format_path(coursedir.release_directory, ".", ".")))
    return Course(students, assignments, layouts, released)


def make_plan(app: AutogradeBase, course: Course) -> Plan:
    """Sort the hand-ins, by nbgrader's rules, into what is due and what cannot be graded."""
    due, failed = [], []
    for path in sorted(app.assignments):
        assignment, student = app.ids(path)
        app.notebooks = sorted(app.assignments[path])  # where nbgrader's hooks look for them
        notebooks = tuple(map(Path, app.notebooks))
        submission = Submission(student, assignment, Path(path), notebooks)
        try:
            _remove_leftovers(app, submission)
            if app.init_destination(assignment, student):
                due.append(_admit(app, course, submission))
                app.run_pre_convert_hook()
        except BadSubmissionError as error:
            failed.append(Failed(submission, f"{student}: {error}."))
    return Plan(tuple(due), tuple(failed))


def _remove_leftovers(app: AutogradeBase, submission: Submission) -> None:
    """Delete what a killed run left; the lock keeps this from hitting one that still saves."""
    folder = app.destination(submission.assignment, submission.student)
    if graded_folder.aside(folder).exists() or graded_folder.old(folder).exists():
        with app.journal.writing():
            if graded_folder.clear(folder):
                app.log.warning("Removing what an interrupted run left beside %s", folder)


def _admit(app: AutogradeBase, course: Course, submission: Submission) -> Submission:
    """Return the submission with its time and without notebooks that the gradebook does not know.

    Raises:
        BadSubmissionError: the student or all notebooks are unknown, or it is a link.
    """
    student, assignment, folder = submission.student, submission.assignment, submission.folder
    if folder.is_symlink():  # perhaps to somebody else's work
        raise BadSubmissionError(f"{folder.name} is a link; ask for the files")
    timestamp = app.timestamp(str(folder))
    if not app.create_student and student not in course.students:
        raise BadSubmissionError(f"no student with ID '{student}' exists in the database")
    masters = course.assignments[assignment].masters
    known = tuple(path for path in submission.notebooks if path.stem in masters)
    for path in submission.notebooks:
        if path not in known:
            app.log.warning("Skipping unknown notebook: %s", path)
    if not known:
        names = " or ".join(f"{name}.ipynb" for name in masters)
        raise BadSubmissionError(
            f"{submission.notebooks[0].name} is not asked for in {assignment}; it has to be {names}"
        )
    return Submission(student, assignment, folder, known, timestamp)
