"""From a folder or zip of downloaded notebooks to marks and feedback, in one go."""

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
from grader.notebook import BadSubmissionError, read, read_bytes, sentence

from . import marks, whose_file
from .marks import Row
from .whose_file import UploadedFile

LARGEST = 100_000_000  # bytes of a notebook


class RefusedError(GraderError):
    """Nothing was graded; the message says why and what to do."""


@dataclass
class StudentUpload:
    """What one student handed in: the row for the table, and the notebook if it can be graded."""

    row: Row
    notebook: NotebookNode | None = None


def grade(
    source: Path,
    output: Path,
    assignment: str | None = None,
    options: Config | None = None,
    say: Callable[[str], None] = print,
) -> list[Row]:
    """Grade every notebook in `source` and write `output/marks.csv` and `output/feedback/`.

    `output` appears when all is done, so an interrupted run leaves nothing half done behind.

    Args:
        source: a folder or a zip, laid out as `whose_file` knows it; it stays as it is.
        output: a folder that does not exist yet.
        options: nbgrader's configuration where it differs from the course's.
        assignment: which one; by default the one that most of the notebooks belong to.
        say: is given each line for the terminal, as soon as it is known.

    Returns:
        A row a student, in the order of the table.

    Raises:
        RefusedError: nothing was graded, and nothing written.
    """
    _check_paths(source, output)
    with tempfile.TemporaryDirectory(prefix="grading-") as temporary:
        work, result = Path(temporary), Path(temporary, "result")
        (result / "feedback").mkdir(parents=True)
        exercise, submissions = _collect(source, work / "downloads", assignment)
        _grade_all(exercise, submissions, work / "course", result / "feedback", options, say)
        rows = [submission.row for submission in submissions]
        marks.write(rows, exercise, result / "marks.csv")
        _put_in_place(result, output)
    graded = sum(row.scores is not None for row in rows)
    say(f"{graded} graded, {len(rows) - graded} not. Marks and feedback are in {output}.")
    return rows


def _check_paths(source: Path, output: Path) -> None:
    if not source.exists():
        raise RefusedError(f"There is no {source}.")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise RefusedError(
            f"{output} is there already and nothing was overwritten; "
            "move it away or name another folder with --output."
        )
    if source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        raise RefusedError(
            f"{output} is inside of what is graded; name another folder with --output."
        )


def _collect(
    source: Path, folder: Path, assignment: str | None
) -> tuple[Exercise, list[StudentUpload]]:
    """Sort what was handed in by students; rows without a student hold files of nobody."""
    released = exercises()
    try:
        problems = whose_file.stage(source, folder)
    except whose_file.BadArchiveError as error:
        raise RefusedError(f"{source} {error}.") from None
    files = whose_file.find(folder, [exercise.name for exercise in released.values()])
    exercise = _choose(assignment, released, files, source)
    students = defaultdict(list)
    for hand_in in files:
        if hand_in.student:
            students[hand_in.student].append(hand_in)
        elif hand_in.path.suffix == ".ipynb":
            what = "names no student; put it into a folder with the student's name"
            problems.append((hand_in.name, what))
        else:
            problems.append((hand_in.name, "is no notebook of a student; it was left out"))
    submissions = [
        _submission(student, students[student], exercise, released) for student in sorted(students)
    ]
    nobodys = [StudentUpload(Row("", file, [sentence("", file, what)])) for file, what in problems]
    return exercise, submissions + nobodys


def _choose(
    assignment: str | None,
    released: Mapping[str, Exercise],
    files: list[UploadedFile],
    source: Path,
) -> Exercise:
    """The exercise to grade: the one named, or the one that most of the notebooks belong to."""
    known = ", ".join(released)
    if assignment is not None:
        if assignment not in released:
            raise RefusedError(f"There is no assignment {assignment}; there are: {known}.")
        return released[assignment]
    votes: Counter[str] = Counter()
    for hand_in in files:
        if hand_in.path.suffix == ".ipynb":
            content, _ = read_bytes(hand_in.path, LARGEST)
            votes[_assignment_of(content, released)] += 1
    del votes[""]
    if not votes:
        raise RefusedError(
            f"No notebook in {source} has a graded cell of this course; "
            f"to grade it all the same, name the --assignment: {known}."
        )
    return released[votes.most_common(1)[0][0]]


def _assignment_of(content: bytes, released: Mapping[str, Exercise]) -> str:
    """The assignment that a file's ids belong to; "" if there is none. Nothing is parsed twice."""
    ids = {name.decode() for name in re.findall(rb'"(?:grade_)?id": *"([^"\\]{1,200})"', content)}
    counts = {name: len(ids & exercise.cells.keys()) for name, exercise in released.items()}
    best = max(counts, key=lambda name: counts[name], default="")
    return best if best and counts[best] else ""


def _submission(
    student: str, files: list[UploadedFile], exercise: Exercise, released: Mapping[str, Exercise]
) -> StudentUpload:
    """Choose the notebook to grade among a student's files, and say so where it is a choice."""
    notebooks = [hand_in for hand_in in files if hand_in.path.suffix == ".ipynb"]
    if not notebooks:
        file = files[0].name
        what = f"is no notebook; ask for {exercise.name}.ipynb"
        return StudentUpload(Row(student, file, [sentence(student, file, what)]))
    good, remarks = {}, []
    for hand_in in sorted(notebooks, key=_age):
        try:
            good[hand_in] = _read(hand_in.path, exercise, released)
        except BadSubmissionError as error:
            remarks.append(sentence(student, hand_in.name, str(error)))
    if not good:
        return StudentUpload(Row(student, notebooks[-1].name, remarks))
    taken = list(good)[-1]
    notebook, unusual = good[taken]
    if exercise.name not in taken.path.stem:
        unusual.append(f"is {exercise.name}.ipynb under another name, by its graded cells")
    if len(good) > 1:
        unusual.append(_why_taken(list(good)))
    remarks += [sentence(student, taken.name, what) for what in unusual]
    return StudentUpload(Row(student, taken.name, remarks), notebook)


def _read(
    path: Path, exercise: Exercise, released: Mapping[str, Exercise]
) -> tuple[NotebookNode, list[str]]:
    content, why = read_bytes(path, LARGEST)
    if why:
        raise BadSubmissionError(f"{why}; ask for {exercise.name}.ipynb as JupyterLab saves it")
    return read(content, exercise, released)


def _age(hand_in: UploadedFile) -> tuple[float, list[tuple[int, str]]]:
    """Older first; of the same time, `name-2` before `name-10`."""
    words = re.findall(r"\d+|\D+", hand_in.path.stem)
    natural = [(int(word), "") if word.isdigit() else (-1, word) for word in words]
    return hand_in.path.stat().st_mtime, natural


def _why_taken(notebooks: list[UploadedFile]) -> str:
    *left, taken = notebooks
    time = taken.path.stat().st_mtime
    if left[-1].path.stat().st_mtime < time:
        why = f"the newest ({datetime.fromtimestamp(time):%Y-%m-%d %H:%M})"
    else:
        why = "the last by name, as they have the same time"
    others = ", ".join(hand_in.name for hand_in in left)
    return f"was taken: of {len(notebooks)} notebooks it is {why}; left out: {others}"


def _grade_all(
    exercise: Exercise,
    submissions: list[StudentUpload],
    course: Path,
    feedback: Path,
    options: Config | None,
    say: Callable[[str], None],
) -> None:
    """Fill in the rows, one student after the other, and keep each feedback page."""
    course.mkdir()
    notebooks = {
        submission.row.student: submission.notebook
        for submission in submissions
        if submission.notebook is not None
    }
    say(f"{exercise.assignment}: grading {len(notebooks)} notebooks")
    graded_notebooks = grade_notebooks(exercise, notebooks, course, options)
    for submission in submissions:
        row = submission.row
        if submission.notebook is not None:
            graded = next(graded_notebooks)
            row.remarks += graded.remarks
            if graded.failure:
                row.remarks.append(graded.failure)
            else:
                row.scores, row.by_hand = graded.scores, graded.by_hand
                assert graded.feedback is not None
                shutil.copyfile(graded.feedback, feedback / f"{row.student}.html")
        for line in marks.lines(row, exercise):
            say(f"  {line}")


def _put_in_place(result: Path, output: Path) -> None:
    """Let the finished folder appear under its name at once."""
    output.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    shutil.copytree(result, part, dirs_exist_ok=True)
    part.chmod(0o755)
    os.replace(part, output)
