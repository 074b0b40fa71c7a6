"""Decides what is done with each file of a download, before anything is graded.

`collect` copies the download, finds the student of each file, recognizes the assignment and chooses
each student's notebook. No error in a file ends it: the file gets a remark, and the others go on.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode

from grader import GraderError
from grader.course import Exercise, exercises
from grader.notebook import BadSubmissionError, assignment_in, read, read_bytes, sentence
from grader.plain_text import one_line

from . import archives, whose_file
from .marks import Row
from .whose_file import UploadedFile

MOST_READ = 5  # notebooks of a student; the newest that can be graded is one of these
MOST_NAMES = 5  # files in a remark; the rest are counted

GRADED = "will be graded"
OLDER = "left out, because a newer one is graded"
NOT_READ = f"left out, because {MOST_READ} newer ones cannot be graded"
BAD = "cannot be graded"
OTHER = "left out, because it is not a notebook"
NOBODYS = "left out, because it names no student"
UNUSED = "left out"


class RefusedError(GraderError):
    """Nothing was graded; the message says why and what to do."""


@dataclass
class PlannedFile:
    """A file, what will be done with it, and what an instructor should know about it."""

    file: UploadedFile
    action: str
    remarks: list[str] = field(default_factory=list)


@dataclass
class StudentUpload:
    """A student's row in the table, all files, and the notebook if one can be graded.

    A file that names no student has a row of its own.
    """

    row: Row
    files: list[PlannedFile]
    notebook: NotebookNode | None = None


def collect(
    source: Path, folder: Path, assignment: str | None = None
) -> tuple[Exercise | None, list[StudentUpload]]:
    """Copy a download into the new `folder`, choose the exercise, and sort the files by student.

    Args:
        source: a folder, a zip or a notebook, with names that `whose_file` recognizes.
        folder: where the copy goes.
        assignment: the assignment; by default the one that most students handed in.

    Returns:
        The exercise, or None if no notebook has a graded cell of the course, and the uploads.

    Raises:
        RefusedError: `source` cannot be read, or there is no such assignment.
    """
    if not source.exists():
        raise RefusedError(f"{source} does not exist.")
    released = exercises()
    remarks = defaultdict(list)
    try:
        left_out = whose_file.stage(
            source, folder, lambda name, remark: remarks[name].append(remark)
        )
    except whose_file.BadArchiveError as error:
        raise RefusedError(f"{source} {error}.") from None
    names = [exercise.name for exercise in released.values()]
    files_of = defaultdict(list)
    for file in whose_file.find(folder, names, left_out):
        files_of[file.student].append(file)
    exercise = _choose_exercise(assignment, released, files_of)
    nobodys = files_of.pop("", [])
    uploads = [
        _student_upload(files_of[student], exercise, released, remarks)
        for student in sorted(files_of)
    ]
    return exercise, uploads + [_nobodys(file) for file in nobodys]


def _choose_exercise(
    assignment: str | None,
    released: Mapping[str, Exercise],
    files_of: Mapping[str, list[UploadedFile]],
) -> Exercise | None:
    """Return the exercise of `assignment`, or the one that most students handed in, or None."""
    if assignment is not None:
        if assignment not in released:
            names = ", ".join(released)
            raise RefusedError(f"There is no assignment {assignment}; the course has {names}.")
        return released[assignment]
    votes: Counter[str] = Counter()
    for files in files_of.values():
        # Each student has one vote for an assignment, however many files there are.
        notebooks = sorted(filter(_can_be_read, files), key=lambda file: file.age, reverse=True)
        found = {assignment_of(file, released) for file in notebooks[:MOST_READ]}
        votes.update(found - {""})
    return released[max(released, key=lambda name: votes[name])] if votes else None


def assignment_of(file: UploadedFile, released: Mapping[str, Exercise]) -> str:
    """Return the assignment that a notebook belongs to, without the time to parse it, or ""."""
    content, _ = read_bytes(file.path, archives.LARGEST_NOTEBOOK)
    with suppress(Exception):  # To read it later meets the same error, which is told then.
        return assignment_in(content, released) or ""
    return ""


def _can_be_read(file: UploadedFile) -> bool:
    return file.is_notebook and not file.reason


def _nobodys(file: UploadedFile) -> StudentUpload:
    """Return a row for a file that names no student."""
    action, reason = UNUSED, file.reason
    if not reason and file.is_notebook:
        action = NOBODYS
        reason = "names no student; put it into a folder with the student's name"
    if not reason:
        action, reason = OTHER, "is not a student's notebook; it was left out"
    name = one_line(file.name)
    row = Row("", name, [sentence("", name, reason)])
    return StudentUpload(row, [PlannedFile(file, action, [reason])])


def _student_upload(
    files: list[UploadedFile],
    exercise: Exercise | None,
    released: Mapping[str, Exercise],
    remarks: Mapping[str, list[str]],
) -> StudentUpload:
    """Choose the newest readable notebook of a student, with a remark if there were several.

    Args:
        files: all files of the student.
        exercise: the exercise that is graded, or None if it is not known.
        released: all exercises of the course.
        remarks: remarks on files from unpacking them, by name.
    """
    planned = [
        PlannedFile(
            file,
            UNUSED if file.reason else OTHER,
            [*filter(None, [file.reason]), *remarks.get(file.name, ())],
        )
        for file in files
    ]
    candidates = [plan for plan in planned if _can_be_read(plan.file)]
    candidates.sort(key=lambda plan: plan.file.age, reverse=True)
    notebook = _choose(candidates, exercise, released)
    chosen = next((plan for plan in candidates if plan.action == GRADED), None)
    shown = chosen or next(iter(candidates), planned[0])
    if not candidates and not any(file.reason for file in files):
        advice = f"; ask for {exercise.name}.ipynb" if exercise else ""
        shown.remarks.append(f"is not a notebook{advice}")
    shown.remarks += filter(None, [shown.file.remark])
    student = shown.file.student
    sentences = [
        sentence(student, one_line(plan.file.name), remark)
        for plan in planned
        for remark in plan.remarks
    ]
    row = Row(
        student,
        one_line(shown.file.name),
        sentences,
        is_late=shown.file.is_late,
        origin=shown.file.origin,
    )
    return StudentUpload(row, planned, notebook)


def _choose(
    candidates: list[PlannedFile], exercise: Exercise | None, released: Mapping[str, Exercise]
) -> NotebookNode | None:
    """Read the notebooks of a student, the newest first, up to the first that can be graded.

    Returns:
        The notebook, or None. The plans get their actions and remarks.
    """
    if exercise is None:
        for plan in candidates:
            plan.action = BAD
            plan.remarks.append("has no graded cell of this course")
        return None
    for index, plan in enumerate(candidates):
        older = candidates[index + 1 :]
        if index == MOST_READ:
            for rest in candidates[index:]:
                rest.action = NOT_READ
            return None
        try:
            notebook, unusual = _read(plan.file.path, exercise, released)
        except BadSubmissionError as error:
            plan.action = BAD
            plan.remarks.append(str(error))
            continue
        except Exception as error:  # It must not end the work on the others.
            plan.action = BAD
            plan.remarks.append(f"cannot be read ({type(error).__name__})")
            continue
        plan.action = GRADED
        for other in older:
            other.action = OLDER
        plan.remarks += [*unusual, *_name_remarks(plan.file, exercise)]
        if older:
            plan.remarks.append(_choice_remark(plan.file, [other.file for other in older]))
        return notebook
    return None


def _read(
    path: Path, exercise: Exercise, released: Mapping[str, Exercise]
) -> tuple[NotebookNode, list[str]]:
    content, reason = read_bytes(path, archives.LARGEST_NOTEBOOK)
    if reason:
        raise BadSubmissionError(f"{reason}; ask for {exercise.name}.ipynb as JupyterLab saves it")
    return read(content, exercise, released)


def _name_remarks(file: UploadedFile, exercise: Exercise) -> list[str]:
    """Return remarks on the name of a file that is graded."""
    remarks = []
    if exercise.name not in file.path.name:
        remarks.append(f"was recognized as {exercise.name}.ipynb by its graded cells")
    if ending := archives.added_ending(file.path.name):
        remarks.append(f"was read as a notebook although its name ends in {ending}")
    return remarks


def _choice_remark(chosen: UploadedFile, others: list[UploadedFile]) -> str:
    """Return why `chosen` was graded and not the others, which begin with the newest."""
    number = len(others) + 1
    if (others[0].version, others[0].time) < (chosen.version, chosen.time):
        time = f"{datetime.fromtimestamp(chosen.time):%Y-%m-%d %H:%M}"
        reason = f"the newest of {number} notebooks ({time})"
    else:
        reason = f"the last of {number} notebooks by time and name"
    names = ", ".join(one_line(file.name) for file in others[:MOST_NAMES])
    more = f" and {number - 1 - MOST_NAMES} more" if number - 1 > MOST_NAMES else ""
    return f"was graded because it is {reason}; left out: {names}{more}"
