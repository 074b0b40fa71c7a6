"""The scores of one submission into nbgrader's gradebook, in one transaction.

The rules are nbgrader's own: its preprocessors decide, over a gradebook that is open already
and that commits when all is done.
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
    """Nothing was saved and all is as it was before; the message says why."""


class BusyError(SaveError):
    """Another program keeps the gradebook, or its server is away: it is no submission's fault."""


SCORES = (Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade)


@dataclass(frozen=True)
class Page:
    """A notebook in the gradebook: its id, and the names of its cells by their ids.

    Attributes:
        id: of the notebook.
        graded: the cells of which every submission has a grade.
        commented: the cells of which every submission has a comment.
    """

    id: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """What the gradebook keeps rows for in every submission for an assignment.

    Attributes:
        assignment: its id.
        pages: its notebooks, by name.
    """

    assignment: str
    pages: Mapping[str, Page]


def connect(coursedir: CourseDirectory) -> Gradebook:
    """Open the gradebook of a course.

    Raises:
        GraderError: its address does not work, or its server does not answer.
    """
    try:
        return Gradebook(coursedir.db_url, coursedir.course_id)
    except (ArgumentError, ImportError) as error:
        raise GraderError(
            f"CourseDirectory.db_url is no address of a database that works here ({error})."
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
    found = gradebook.find_assignment(assignment)
    pages = {}
    for notebook in found.notebooks:
        graded = {cell.id: cell.name for cell in (*notebook.grade_cells, *notebook.task_cells)}
        commented = (*notebook.solution_cells, *notebook.task_cells)
        names = {cell.id: cell.name for cell in commented}
        pages[notebook.name] = Page(notebook.id, graded, names)
    return Layout(found.id, pages)


@dataclass(frozen=True)
class GradeRow:
    """The grade of one cell of one student.

    Attributes:
        student: the student's id.
        notebook: the name of the notebook.
        cell: the cell's grade_id.
        score: points so far.
        maximum: points that the cell is worth.
        is_waiting: a person still has to give the points.
    """

    student: str
    notebook: str
    cell: str
    score: float
    maximum: float
    is_waiting: bool


def read_grades(gradebook: Gradebook, assignment: str) -> Iterator[GradeRow]:
    """Yield every grade of an assignment, from one query, without submissions not yet graded."""
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
    for student, notebook, cell, score, maximum, is_waiting, *_ in rows:
        if student in graded:
            yield GradeRow(student, notebook, cell, float(score), float(maximum), bool(is_waiting))


class Transaction(Gradebook):
    """A gradebook of nbgrader's over the connection of one that is open, all in one transaction.

    What nbgrader's own code commits is held back until `persist` commits it all.
    """

    def __init__(self, gradebook: Gradebook) -> None:
        self.engine = gradebook.engine
        self.db = _Uncommitted(gradebook.db)
        self.course_id = gradebook.course_id
        self.authenticator = None
        self._grades: dict[tuple[str, str], Grade] = {}
        self._comments: dict[tuple[str, str], Comment] = {}

    def take(self, layout: Layout, submission: SubmittedAssignment) -> dict[str, SubmittedNotebook]:
        """Read all rows of a submission; grades and comments are then found among them.

        Returns:
            The rows of its notebooks, by name.
        """
        found = {}
        for name, page in layout.pages.items():
            columns = SubmittedNotebook.flagged, SubmittedNotebook.late_submission_penalty
            find = select(SubmittedNotebook).options(load_only(*columns))
            ids = {"notebook_id": page.id, "assignment_id": submission.id}
            found[name] = row = self.db.scalars(find.filter_by(**ids)).one()
            for rows, table, cells, shown in (
                (self._grades, Grade, page.graded, SCORES),
                (self._comments, Comment, page.commented, (Comment.auto_comment,)),
            ):
                # By cell and notebook: that is what the gradebook has an index for.
                mine = select(table).filter(table.cell_id.in_(cells), table.notebook_id == row.id)
                for part in self.db.scalars(mine.options(load_only(table.cell_id, *shown))):
                    rows[name, cells[part.cell_id]] = part
        return found

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """The grade of a cell of the submission that was taken."""
        return _found(self._grades, notebook, grade_cell)

    def find_comment(
        self, solution_cell: str, notebook: str, assignment: str, student: str
    ) -> Comment:
        """The comment on a cell of the submission that was taken."""
        return _found(self._comments, notebook, solution_cell)

    def grades(self, notebook: str) -> list[Grade]:
        """All grades of a notebook of the submission that was taken."""
        return [grade for (name, _), grade in self._grades.items() if name == notebook]


def _found(rows: Mapping[tuple[str, str], Any], notebook: str, cell: str) -> Any:
    if (notebook, cell) not in rows:
        raise MissingEntry(f"No such row: {notebook}/{cell}")
    return rows[notebook, cell]


class _Uncommitted:
    """A session that keeps back what it is told to commit."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def commit(self) -> None:
        """Do nothing yet."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def enter(gradebook: Transaction, layout: Layout, submission: Submission) -> SubmittedAssignment:
    """Enter the student and the submission, if they are not there yet.

    It does what nbgrader's `update_or_create_student` and `update_or_create_submission` do,
    without reading the whole assignment for each submission.
    """
    session = gradebook.db
    if session.get(Student, submission.student, options=[load_only(Student.id)]) is None:
        session.add(Student(id=submission.student))
        session.flush()
    find = (
        select(SubmittedAssignment)
        .options(
            load_only(SubmittedAssignment.timestamp, SubmittedAssignment.extension),
            joinedload(SubmittedAssignment.assignment).load_only(Assignment.duedate),
        )
        .filter_by(assignment_id=layout.assignment, student_id=submission.student)
    )
    entered = session.scalars(find).one_or_none()
    if entered is None:
        row = {"assignment_id": layout.assignment, "student_id": submission.student}
        session.execute(insert(SubmittedAssignment), [row])
        entered = session.scalars(find).one()
    if submission.timestamp is not None:
        entered.timestamp = submission.timestamp
    for page in layout.pages.values():
        ids = {"notebook_id": page.id, "assignment_id": entered.id}
        if session.scalar(select(SubmittedNotebook.id).filter_by(**ids)) is None:
            _add(session, page, ids)
    return entered


def _add(session: Any, page: Page, ids: dict[str, str]) -> None:
    """Add an empty notebook to a submission, with a grade or comment for each of its cells."""
    notebook = new_uuid()
    session.execute(insert(SubmittedNotebook), [{"id": notebook, **ids}])
    for table, cells in ((Grade, page.graded), (Comment, page.commented)):
        if cells:
            rows = [{"notebook_id": notebook, "cell_id": cell} for cell in cells]
            session.execute(insert(table), rows)


def enter_scores(
    gradebook: Transaction,
    layout: Layout,
    submission: Submission,
    notebooks: Mapping[str, NotebookNode],
    steps: Sequence[Preprocessor],
    flagged: bool,
) -> None:
    """Enter a submission with its scores, by nbgrader's `autograde_preprocessors`.

    Args:
        gradebook: in whose transaction it is done.
        layout: of the assignment.
        submission: whose it is.
        notebooks: the executed notebooks, by name; one that was not handed in scores 0.
        steps: nbgrader's `autograde_preprocessors`; those that score are used.
        flagged: a person should look at it; formgrader shows a flag.
    """
    entered = enter(gradebook, layout, submission)
    for name, row in gradebook.take(layout, entered).items():
        if name in notebooks:
            row.flagged = row.flagged or flagged
            for step in steps:
                if isinstance(step, SaveAutoGrades) and step.enabled:
                    _score(gradebook, step, submission, name, notebooks[name])
                elif isinstance(step, AssignLatePenalties) and step.enabled:
                    _penalize(gradebook, step, entered, submission.student, row)
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
    """What `SaveAutoGrades` does, on a gradebook that is open already."""
    step.gradebook = gradebook
    step.student_id, step.assignment_id = submission.student, submission.assignment
    step.notebook_id = name
    Preprocessor.preprocess(step, notebook, {})


def _penalize(
    gradebook: Transaction,
    step: AssignLatePenalties,
    submission: SubmittedAssignment,
    student: str,
    row: SubmittedNotebook,
) -> None:
    """What `AssignLatePenalties` does, on a gradebook that is open already."""
    row.late_submission_penalty = None
    if submission.total_seconds_late > 0:
        gradebook.db.flush()
        step.init_plugin()
        late = submission.total_seconds_late
        step.log.warning("%s is %s seconds late", submission, late)
        penalty = step.plugin_inst.late_submission_penalty(student, row.score, late)
        step.log.warning("Late submission penalty: %s", penalty)
        if penalty is not None:
            row.late_submission_penalty = step._check_late_penalty(row, penalty)


def persist(gradebook: Gradebook, write: Callable[[Transaction], object]) -> None:
    """Do `write` in one transaction.

    Raises:
        SaveError: nothing was written; the message says why.
        OperationalError: neither, and `patiently` may try again.
    """
    session = gradebook.db
    try:
        if gradebook.engine.dialect.name == "sqlite":
            # Wait for others here, not in the middle, where nbgrader would lose the reason.
            session.execute(text("BEGIN IMMEDIATE"))
        write(Transaction(gradebook))
        session.commit()
    except InvalidEntry as error:
        session.rollback()
        raise SaveError(f"the gradebook can not be written ({error})") from None
    except BaseException:
        session.rollback()
        raise
    finally:
        session.remove()  # The rows of a thousand submissions are not kept in memory.


def patiently(action: Callable[[], Result], log: logging.Logger, patience: float) -> Result:
    """Do something with the gradebook; while another program holds it, wait and try again.

    Args:
        action: what to do; it leaves nothing behind when it raises.
        log: says that it waits, and why.
        patience: seconds after which it gives up.

    Raises:
        BusyError: that took longer than `patience`.
        SaveError: the gradebook can not be used; the message says why.
    """
    end = time.monotonic() + patience
    waits = False
    while True:
        try:
            return action()
        except OperationalError as error:
            state, why = _state(error), reason(error)
            if not state:
                raise SaveError(f"the gradebook can not be used ({why})") from None
            if time.monotonic() > end:
                raise BusyError(f"the gradebook was {state} for {patience:g} s ({why})") from None
            if not waits:
                log.warning("The gradebook is %s; waiting (%s).", state, why)
                waits = True
            time.sleep(0.5)


def reason(error: OperationalError) -> str:
    """What the database said, on one line."""
    return " ".join(str(error.orig).split())


def is_out_of_reach(error: OperationalError) -> bool:
    """Whether the database's server does not answer; PostgreSQL gives no code for that."""
    return error.connection_invalidated or getattr(error.orig, "pgcode", "") is None


def _state(error: OperationalError) -> str:
    """What is wrong with the gradebook, if it is worth another try; else nothing."""
    if is_out_of_reach(error):
        return "out of reach"
    passing = ("is locked", "deadlock", "could not serialize")
    return "in use by another program" if any(word in str(error.orig) for word in passing) else ""
