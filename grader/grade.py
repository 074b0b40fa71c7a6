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

from grader import GraderError, hand_ins, marks, steps
from grader.course import Exercise, exercises
from grader.hand_ins import HandIn
from grader.marks import Row, sentence
from grader.submission import BadSubmissionError, belongs_to, parse, read


class RefusedError(GraderError):
    """Nothing was graded; the message says why and what to do."""


@dataclass
class Submission:
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
        source: a folder or a zip, laid out as `grader.hand_ins` knows it; it stays as it is.
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
) -> tuple[Exercise, list[Submission]]:
    """Sort what was handed in by students; rows without a student hold files of nobody."""
    released = exercises()
    try:
        problems = hand_ins.stage(source, folder)
    except hand_ins.BadArchiveError as error:
        raise RefusedError(f"{source} {error}.") from None
    files = hand_ins.find(folder, [exercise.name for exercise in released.values()])
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
    nobodys = [Submission(Row("", file, [sentence("", file, what)])) for file, what in problems]
    return exercise, submissions + nobodys


def _choose(
    assignment: str | None, released: Mapping[str, Exercise], files: list[HandIn], source: Path
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
            try:
                votes[belongs_to(parse(hand_in.path, "")[0], released) or ""] += 1
            except BadSubmissionError:
                continue  # It gets its sentence when its student's turn comes.
    del votes[""]
    if not votes:
        raise RefusedError(
            f"No notebook in {source} has a graded cell of this course; "
            f"to grade it all the same, name the --assignment: {known}."
        )
    return released[votes.most_common(1)[0][0]]


def _submission(
    student: str, files: list[HandIn], exercise: Exercise, released: Mapping[str, Exercise]
) -> Submission:
    """Choose the notebook to grade among a student's files, and say so where it is a choice."""
    notebooks = [hand_in for hand_in in files if hand_in.path.suffix == ".ipynb"]
    if not notebooks:
        file = files[0].name
        what = f"is no notebook; ask for {exercise.name}.ipynb"
        return Submission(Row(student, file, [sentence(student, file, what)]))
    good, remarks = {}, []
    for hand_in in sorted(notebooks, key=_age):
        try:
            good[hand_in] = read(hand_in.path, exercise, released)
        except BadSubmissionError as error:
            remarks.append(sentence(student, hand_in.name, str(error)))
    if not good:
        return Submission(Row(student, notebooks[-1].name, remarks))
    taken = list(good)[-1]
    notebook, unusual = good[taken]
    if exercise.name not in taken.path.stem:
        unusual.append(f"is {exercise.name}.ipynb under another name, by its graded cells")
    if len(good) > 1:
        unusual.append(_why_taken(list(good)))
    remarks += [sentence(student, taken.name, what) for what in unusual]
    return Submission(Row(student, taken.name, remarks), notebook)


def _age(hand_in: HandIn) -> tuple[float, list[tuple[int, str]]]:
    """Older first; of the same time, `name-2` before `name-10`."""
    words = re.findall(r"\d+|\D+", hand_in.path.stem)
    natural = [(int(word), "") if word.isdigit() else (-1, word) for word in words]
    return hand_in.path.stat().st_mtime, natural


def _why_taken(notebooks: list[HandIn]) -> str:
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
    submissions: list[Submission],
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
    graded_notebooks = steps.grade(exercise, notebooks, course, options)
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
