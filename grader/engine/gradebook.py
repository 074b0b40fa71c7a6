"""Writes the scores of one submission into nbgrader's gradebook, in one transaction.

nbgrader's own preprocessors decide on the scores. They work on a gradebook that is open already,
and that commits once, at the end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from sqlalchemy import insert, select, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import joinedload, load_only

from grader import GraderError

from .submission import Submission

Result = TypeVar("Result")


class SaveError(GraderError):
    """The gradebook is unchanged because something could not be saved; the message says why."""


class BusyError(SaveError):
    """Another program uses the gradebook, or its server does not answer."""


SCORES = (Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade)


@dataclass(frozen=True)
class NotebookLayout:
    """The rows that every submission has for one notebook; cells are names by their ids.

    Attributes:
        id: the id of the notebook.
        graded: the cells that have a grade.
        commented: the cells that have a comment.
    """

    id: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """The rows that every submission has for one assignment.

    Attributes:
        assignment: the id of the assignment.
        notebooks: its notebooks, by name.
    """

    assignment: str
    notebooks: Mapping[str, NotebookLayout]


def connect(coursedir: CourseDirectory) -> Gradebook:
    """Open the gradebook of a course.

    Raises:
        GraderError: the address of its database is wrong, or the server does not answer.
    """
    try:
        return Gradebook(coursedir.db_url, coursedir.course_id)
    except (ArgumentError, ImportError) as error:
        raise GraderError(
            f"CourseDirectory.db_url is not the address of a database that works here ({error}); "
            "correct it."
        ) from None
    except OperationalError as error:
        if not is_out_of_reach(error):
            raise
        raise GraderError(
            f"The gradebook's database server cannot be reached ({reason(error)}); "
            "start it, or correct CourseDirectory.db_url."
        ) from None


def read_layout(gradebook: Gradebook, assignment: str) -> Layout:
    """Read the layout of an assignment, once for all its submissions."""
    row = gradebook.find_assignment(assignment)
    notebooks = {}
    for notebook in row.notebooks:
        graded = (*notebook.grade_cells, *notebook.task_cells)
        commented = (*notebook.solution_cells, *notebook.task_cells)
        names = ({cell.id: cell.name for cell in cells} for cells in (graded, commented))
        notebooks[notebook.name] = NotebookLayout(notebook.id, *names)
    return Layout(row.id, notebooks)


@dataclass(frozen=True)
class GradeRow:
    """The grade of one cell of one student.

    Attributes:
        student: the student's id.
        notebook: the name of the notebook.
        cell: the cell's grade_id.
        score: the points so far.
        maximum: the points that the cell is worth.
        is_waiting: whether a person still has to give points.
    """

    student: str
    notebook: str
    cell: str
    score: float
    maximum: float
    is_waiting: bool


def read_grades(gradebook: Gradebook, assignment: str) -> Iterator[GradeRow]:
    """Yield every grade of the graded submissions for an assignment, from one query."""
    rows = (
        gradebook.db.query(
            SubmittedAssignment.student_id,
            Notebook.name,
            BaseCell.name,
            Grade.score,
            Grade.max_score,
            Grade.needs_manual_grade,
            Grade.auto_score,
            Grade.manual_score,
        )
        .select_from(Grade)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment)
        .all()
    )
    graded = {row[0] for row in rows if row[6] is not None or row[7] is not None}
    for student, notebook, cell, score, maximum, needs_look, _, by_hand in rows:
        if student in graded:
            # After a regrade, nbgrader asks for another look at points that a person has given.
            is_waiting = bool(needs_look) and by_hand is None
            yield GradeRow(student, notebook, cell, float(score), float(maximum), is_waiting)


class Transaction(Gradebook):
    """An nbgrader gradebook that uses the connection of an open one, for one transaction.

    If nbgrader's own code commits, nothing happens until `persist` commits everything at once.
    """

    def __init__(self, gradebook: Gradebook) -> None:
        self.engine = gradebook.engine
        self.db = _Uncommitted(gradebook.db)
        self.course_id = gradebook.course_id
        self.authenticator = None
        self._grades: dict[tuple[str, str], Grade] = {}
        self._comments: dict[tuple[str, str], Comment] = {}

    def load(self, layout: Layout, submission: SubmittedAssignment) -> dict[str, SubmittedNotebook]:
        """Read all rows of a submission; `find_grade` and the others then look among them.

        Returns:
            The rows of its notebooks, by name.
        """
        notebooks = {}
        for name, notebook in layout.notebooks.items():
            columns = SubmittedNotebook.flagged, SubmittedNotebook.late_submission_penalty
            query = select(SubmittedNotebook).options(load_only(*columns))
            ids = {"notebook_id": notebook.id, "assignment_id": submission.id}
            notebooks[name] = submitted = self.db.scalars(query.filter_by(**ids)).one()
            for rows, table, cells, values in (
                (self._grades, Grade, notebook.graded, SCORES),
                (self._comments, Comment, notebook.commented, (Comment.auto_comment,)),
            ):
                # The gradebook has an index for cell and notebook.
                is_wanted = table.cell_id.in_(cells), table.notebook_id == submitted.id
                query = select(table).filter(*is_wanted).options(load_only(table.cell_id, *values))
                for row in self.db.scalars(query):
                    rows[name, cells[row.cell_id]] = row
        return notebooks

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """Return the grade of a cell of the loaded submission."""
        return _find(self._grades, notebook, grade_cell)

    def find_comment(
        self, solution_cell: str, notebook: str, assignment: str, student: str
    ) -> Comment:
        """Return the comment on a cell of the loaded submission."""
        return _find(self._comments, notebook, solution_cell)

    def grades(self, notebook: str) -> list[Grade]:
        """Return all grades of a notebook of the loaded submission."""
        return [grade for (name, _), grade in self._grades.items() if name == notebook]


def _find(rows: Mapping[tuple[str, str], Any], notebook: str, cell: str) -> Any:
    if (notebook, cell) not in rows:
        raise MissingEntry(f"No such row: {notebook}/{cell}")
    return rows[notebook, cell]


class _Uncommitted:
    """A database session that ignores `commit`."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def commit(self) -> None:
        """Do nothing, because `persist` commits."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def enter(gradebook: Transaction, layout: Layout, submission: Submission) -> SubmittedAssignment:
    """Add the student and the submission if the gradebook lacks them, and return the row.

    This does what nbgrader's `update_or_create_student` and `update_or_create_submission` do, but
    it does not read the whole assignment for each submission.
    """
    session = gradebook.db
    if session.get(Student, submission.student, options=[load_only(Student.id)]) is None:
        session.add(Student(id=submission.student))
        session.flush()
    query = (
        select(SubmittedAssignment)
        .options(
            load_only(SubmittedAssignment.timestamp, SubmittedAssignment.extension),
            joinedload(SubmittedAssignment.assignment).load_only(Assignment.duedate),
        )
        .filter_by(assignment_id=layout.assignment, student_id=submission.student)
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        values = {"assignment_id": layout.assignment, "student_id": submission.student}
        session.execute(insert(SubmittedAssignment), [values])
        row = session.scalars(query).one()
    if submission.timestamp is not None:
        row.timestamp = submission.timestamp
    for notebook in layout.notebooks.values():
        ids = {"notebook_id": notebook.id, "assignment_id": row.id}
        if session.scalar(select(SubmittedNotebook.id).filter_by(**ids)) is None:
            _add_notebook(session, notebook, ids)
    return row


def _add_notebook(session: Any, notebook: NotebookLayout, ids: dict[str, str]) -> None:
    """Add an empty notebook to a submission, with a grade or a comment for each of its cells."""
    submitted = new_uuid()
    session.execute(insert(SubmittedNotebook), [{"id": submitted, **ids}])
    for table, cells in ((Grade, notebook.graded), (Comment, notebook.commented)):
        if cells:
            rows = [{"notebook_id": submitted, "cell_id": cell} for cell in cells]
            session.execute(insert(table), rows)


def enter_scores(
    gradebook: Transaction,
    layout: Layout,
    submission: Submission,
    notebooks: Mapping[str, NotebookNode],
    steps: Sequence[Preprocessor],
    flagged: bool,
) -> None:
    """Enter a submission and its scores.

    Args:
        gradebook: the transaction in which to write.
        layout: the rows that a submission for this assignment has.
        submission: what was handed in. A notebook that is missing from it scores 0.
        notebooks: the executed notebooks, by name.
        steps: nbgrader's `autograde_preprocessors`, of which those that score are used.
        flagged: whether formgrader shows a flag, so that a person looks at the submission.
    """
    row = enter(gradebook, layout, submission)
    for name, submitted in gradebook.load(layout, row).items():
        if name in notebooks:
            submitted.flagged = submitted.flagged or flagged
            for step in steps:
                if isinstance(step, SaveAutoGrades) and step.enabled:
                    _score(gradebook, step, submission, name, notebooks[name])
                elif isinstance(step, AssignLatePenalties) and step.enabled:
                    _penalize(gradebook, step, row, submission.student, submitted)
        elif not (submission.folder / f"{name}.ipynb").exists():
            for grade in gradebook.grades(name):
                grade.auto_score = 0
                grade.needs_manual_grade = False


def _score(
    gradebook: Transaction,
    step: SaveAutoGrades,
    submission: Submission,
    name: str,
    notebook: NotebookNode,
) -> None:
    """Do what `SaveAutoGrades` does, with a gradebook that is open already."""
    step.gradebook = gradebook
    step.student_id, step.assignment_id = submission.student, submission.assignment
    step.notebook_id = name
    Preprocessor.preprocess(step, notebook, {})


def _penalize(
    gradebook: Transaction,
    step: AssignLatePenalties,
    submission: SubmittedAssignment,
    student: str,
    notebook: SubmittedNotebook,
) -> None:
    """Do what `AssignLatePenalties` does, with a gradebook that is open already."""
    notebook.late_submission_penalty = None
    if submission.total_seconds_late > 0:
        gradebook.db.flush()
        step.init_plugin()
        late = submission.total_seconds_late
        step.log.warning("%s is %s seconds late", submission, late)
        penalty = step.plugin_inst.late_submission_penalty(student, notebook.score, late)
        step.log.warning("Late submission penalty: %s", penalty)
        if penalty is not None:
            notebook.late_submission_penalty = step._check_late_penalty(notebook, penalty)


def persist(gradebook: Gradebook, write: Callable[[Transaction], object]) -> None:
    """Do `write` in one transaction. If it raises an error, nothing is written.

    Raises:
        SaveError: the gradebook refuses what `write` enters.
        OperationalError: the database does not work; `patiently` decides whether to try again.
    """
    session = gradebook.db
    try:
        if gradebook.engine.dialect.name == "sqlite":
            # Wait for other programs here. An error inside nbgrader's code would lose its reason.
            session.execute(text("BEGIN IMMEDIATE"))
        write(Transaction(gradebook))
        session.commit()
    except InvalidEntry as error:
        session.rollback()
        raise SaveError(f"the gradebook cannot be written ({error})") from None
    except BaseException:
        session.rollback()
        raise
    finally:
        session.remove()  # Do not keep the rows of a thousand submissions in memory.


def patiently(action: Callable[[], Result], log: logging.Logger, patience: float) -> Result:
    """Do something with the gradebook. While another program uses it, wait and try again.

    Args:
        action: what to do. If it raises an error, it must leave nothing behind.
        log: gets a warning when the waiting begins.
        patience: the seconds to wait.

    Raises:
        BusyError: the gradebook was in use for longer than `patience`.
        SaveError: the gradebook cannot be used, and waiting does not help.
    """
    end = time.monotonic() + patience
    is_waiting = False
    while True:
        try:
            return action()
        except OperationalError as error:
            state, why = _state(error), reason(error)
            if not state:
                raise SaveError(f"the gradebook cannot be used ({why})") from None
            if time.monotonic() > end:
                raise BusyError(f"the gradebook was {state} for {patience:g} s ({why})") from None
            if not is_waiting:
                log.warning("The gradebook is %s; waiting (%s).", state, why)
                is_waiting = True
            time.sleep(0.5)


def reason(error: OperationalError) -> str:
    """Return the database's own error message on one line."""
    return " ".join(str(error.orig).split())


def is_out_of_reach(error: OperationalError) -> bool:
    """Whether the database's server does not answer. PostgreSQL gives no code for this error."""
    return error.connection_invalidated or getattr(error.orig, "pgcode", "") is None


def _state(error: OperationalError) -> str:
    """Return the state of a gradebook that may work again later; "" if waiting does not help."""
    if is_out_of_reach(error):
        return "out of reach"
    temporary = ("is locked", "deadlock", "could not serialize")
    is_in_use = any(words in str(error.orig) for words in temporary)
    return "in use by another program" if is_in_use else ""
