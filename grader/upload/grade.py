"""Grades a folder or a zip of downloaded notebooks: marks for the class, feedback for each student.

`grade` collects one `StudentUpload` for each student, has their notebooks graded in one run, and
puts the finished folder in place.
"""

import os
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode
from traitlets.config import Config

from grader import GraderError
from grader.course import Exercise, exercises
from grader.nbgrader_steps import grade_notebooks
from grader.notebook import BadSubmissionError, assignment_of, read, read_bytes, sentence

from . import marks, return_tables, whose_file
from .marks import Row
from .whose_file import UploadedFile

LARGEST_NOTEBOOK = 100_000_000  # bytes


class RefusedError(GraderError):
    """Nothing was graded; the message says why and what to do."""


@dataclass
class StudentUpload:
    """A student's row in the table, and the notebook if it can be graded."""

    row: Row
    notebook: NotebookNode | None = None


def grade(
    source: Path,
    output: Path,
    assignment: str | None = None,
    options: Config | None = None,
    print_line: Callable[[str], None] = print,
) -> list[Row]:
    """Grade every notebook in `source` and write `output/marks.csv` and `output/feedback/`.

    If a learning platform gave the names, `output` also gets what `return_tables` writes.
    `output` appears when everything is done, so an interrupted run leaves nothing behind.

    Args:
        source: a folder or a zip, with names that `whose_file` recognizes; it is not changed.
        output: a folder that does not exist yet, or an empty one.
        assignment: the assignment; by default the one that most of the notebooks belong to.
        options: settings of nbgrader that differ from the course's configuration.
        print_line: called with each line for the terminal, as soon as it is known.

    Returns:
        The rows of the table, in its order.

    Raises:
        RefusedError: nothing was graded and nothing was written.
        grader.nbgrader_steps.EngineError: the same, because of nbgrader or the engine.
    """
    _check_paths(source, output)
    with tempfile.TemporaryDirectory(prefix="grading-") as temporary:
        work, result = Path(temporary), Path(temporary, "result")
        (result / "feedback").mkdir(parents=True)
        exercise, uploads = _collect(source, work / "downloads", assignment)
        _grade_all(exercise, uploads, work / "course", result / "feedback", options, print_line)
        rows = [upload.row for upload in uploads]
        marks.write(rows, exercise, result / "marks.csv")
        advice = return_tables.write(rows, exercise, result)
        _put_in_place(result, output)
    graded = sum(row.scores is not None for row in rows)
    print_line(f"{graded} graded, {len(rows) - graded} not. Marks and feedback are in {output}.")
    for line in advice:
        print_line(line)
    return rows


def _check_paths(source: Path, output: Path) -> None:
    if not source.exists():
        raise RefusedError(f"{source} does not exist.")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise RefusedError(
            f"{output} already exists, so nothing was graded; "
            "move it away or name another folder with --output."
        )
    if source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        raise RefusedError(
            f"{output} is inside the folder to grade; name another folder with --output."
        )


def _collect(
    source: Path, folder: Path, assignment: str | None
) -> tuple[Exercise, list[StudentUpload]]:
    """Copy the files into `folder`, choose the exercise, and sort the files by student.

    A file that names no student gets a row of its own.
    """
    released = exercises()
    try:
        problems = whose_file.stage(source, folder)
    except whose_file.BadArchiveError as error:
        raise RefusedError(f"{source} {error}.") from None
    files = whose_file.find(folder, [exercise.name for exercise in released.values()])
    exercise = _choose_exercise(assignment, released, files, source)
    files_of = defaultdict(list)
    for file in files:
        if file.student:
            files_of[file.student].append(file)
        elif file.path.suffix == ".ipynb":
            reason = "names no student; put it into a folder with the student's name"
            problems.append((file.name, reason))
        else:
            problems.append((file.name, "is not a student's notebook; it was left out"))
    uploads = [
        _student_upload(student, files_of[student], exercise, released)
        for student in sorted(files_of)
    ]
    uploads += [
        StudentUpload(Row("", name, [sentence("", name, reason)])) for name, reason in problems
    ]
    return exercise, uploads


def _choose_exercise(
    assignment: str | None,
    released: Mapping[str, Exercise],
    files: list[UploadedFile],
    source: Path,
) -> Exercise:
    """Return the exercise of `assignment`, or the one that most of the notebooks belong to."""
    names = ", ".join(released)
    if assignment is not None:
        if assignment not in released:
            raise RefusedError(f"There is no assignment {assignment}; the course has {names}.")
        return released[assignment]
    votes: Counter[str] = Counter()
    for file in files:
        if file.path.suffix == ".ipynb" and (vote := _assignment_of(file.path, released)):
            votes[vote] += 1
    if not votes:
        raise RefusedError(
            f"No notebook in {source} has a graded cell of this course; "
            f"if you want to grade it nevertheless, choose an --assignment: {names}."
        )
    return released[votes.most_common(1)[0][0]]


def _assignment_of(path: Path, released: Mapping[str, Exercise]) -> str | None:
    """Return the assignment that a notebook belongs to, without the time to parse it, or None."""
    content, _ = read_bytes(path, LARGEST_NOTEBOOK)
    ids = re.findall(rb'"(?:grade_)?id": *"([^"\\]{1,200})"', content)
    return assignment_of({name.decode(errors="replace") for name in ids}, released)


def _student_upload(
    student: str, files: list[UploadedFile], exercise: Exercise, released: Mapping[str, Exercise]
) -> StudentUpload:
    """Choose the newest readable notebook of a student, with a remark if there were several."""
    notebooks = [file for file in files if file.path.suffix == ".ipynb"]
    if not notebooks:
        name = files[0].name
        reason = f"is not a notebook; ask for {exercise.name}.ipynb"
        return StudentUpload(Row(student, name, [sentence(student, name, reason)]))
    readable, remarks = {}, []
    for file in sorted(notebooks, key=_age):
        try:
            readable[file] = _read(file.path, exercise, released)
        except BadSubmissionError as error:
            remarks.append(sentence(student, file.name, str(error)))
    if not readable:
        return StudentUpload(Row(student, notebooks[-1].name, remarks))
    *others, chosen = readable
    notebook, unusual = readable[chosen]
    if exercise.name not in chosen.path.stem:
        unusual.append(f"was recognized as {exercise.name}.ipynb by its graded cells")
    if others:
        unusual.append(_choice_remark(chosen, others))
    remarks += [sentence(student, chosen.name, remark) for remark in unusual]
    return StudentUpload(Row(student, chosen.name, remarks), notebook)


def _read(
    path: Path, exercise: Exercise, released: Mapping[str, Exercise]
) -> tuple[NotebookNode, list[str]]:
    content, reason = read_bytes(path, LARGEST_NOTEBOOK)
    if reason:
        raise BadSubmissionError(f"{reason}; ask for {exercise.name}.ipynb as JupyterLab saves it")
    return read(content, exercise, released)


def _age(file: UploadedFile) -> tuple[float, list[tuple[int, str]]]:
    """Return a key that sorts older files first, and equally old ones as `name-2`, `name-10`."""
    words = re.findall(r"\d+|\D+", file.path.stem)
    natural = [(int(word), "") if word.isdigit() else (-1, word) for word in words]
    return file.path.stat().st_mtime, natural


def _choice_remark(chosen: UploadedFile, others: list[UploadedFile]) -> str:
    """Return why `chosen` was graded and not the others, which are sorted by age."""
    number = len(others) + 1
    time = chosen.path.stat().st_mtime
    if others[-1].path.stat().st_mtime < time:
        reason = f"the newest of {number} notebooks ({datetime.fromtimestamp(time):%Y-%m-%d %H:%M})"
    else:
        reason = f"the last of {number} notebooks by time and name"
    names = ", ".join(file.name for file in others)
    return f"was graded because it is {reason}; left out: {names}"


def _grade_all(
    exercise: Exercise,
    uploads: list[StudentUpload],
    course: Path,
    feedback: Path,
    options: Config | None,
    print_line: Callable[[str], None],
) -> None:
    """Grade all notebooks in one run; fill in the rows and copy the pages of feedback."""
    course.mkdir()
    notebooks = {
        upload.row.student: upload.notebook for upload in uploads if upload.notebook is not None
    }
    print_line(f"{exercise.assignment}: grading {len(notebooks)} notebooks")
    results = grade_notebooks(exercise, notebooks, course, options)
    for upload in uploads:
        row = upload.row
        if upload.notebook is not None:
            result = next(results)
            row.remarks += result.remarks
            if result.failure:
                row.remarks.append(result.failure)
            else:
                row.scores, row.by_hand = result.scores, result.by_hand
                assert result.feedback is not None
                shutil.copyfile(result.feedback, feedback / f"{row.student}.html")
        for line in marks.lines(row, exercise):
            print_line(f"  {line}")


def _put_in_place(result: Path, output: Path) -> None:
    """Copy the finished folder, so that it appears under its name in one step."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    shutil.copytree(result, part, dirs_exist_ok=True)
    part.chmod(0o755)
    os.replace(part, output)
