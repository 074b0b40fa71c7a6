"""Grades a folder or a zip of downloaded notebooks: marks for the class, feedback for each student.

`plan` chooses the notebooks. `grade` has all of them graded in one run, and puts the finished
folder in place.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from traitlets.config import Config

from grader.course import Exercise, exercises
from grader.nbgrader_steps import grade_notebooks

from . import marks, return_tables
from .marks import Row
from .plan import RefusedError, StudentUpload, collect


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
        exercise, uploads = collect(source, work / "downloads", assignment)
        if exercise is None:
            raise RefusedError(
                f"No notebook in {source} has a graded cell of this course; if you want to grade "
                f"it nevertheless, choose an --assignment: {', '.join(exercises())}."
            )
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
    """Raise an error if there is nothing to grade or no place for the marks."""
    if not source.exists():
        raise RefusedError(f"{source} does not exist.")
    try:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise RefusedError(
                f"{output} already exists, so nothing was graded; "
                "move it away or name another folder with --output."
            )
        if source.is_dir() and output.resolve().is_relative_to(source.resolve()):
            raise RefusedError(
                f"{output} is inside the folder to grade; name another folder with --output."
            )
        _try_to_write(output)
    except OSError as error:
        raise RefusedError(
            f"{output} cannot be written ({error.strerror}), so nothing was graded; "
            "name another folder with --output."
        ) from None


def _try_to_write(output: Path) -> None:
    """Make and remove a file where the output will be; raises OSError if that is not possible."""
    missing = [folder for folder in (output, *output.parents) if not folder.exists()]
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    finally:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()


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
            row.walls = result.walls
            if result.failure:
                row.remarks.append(result.failure)
            else:
                row.scores, row.by_hand = result.scores, result.by_hand
                assert result.feedback is not None
                shutil.copyfile(result.feedback, feedback / f"{row.student}.html")
        for line in marks.lines(row, exercise):
            print_line(f"  {line}")
    graded = exercises(course / "release")[exercise.assignment]
    if changed := exercise.differs_in(graded):
        print_line(
            f"{exercise.assignment}: release/ and solutions/ differ in {', '.join(changed)}; "
            "the checks of solutions/ were used, so release it again."
        )


def _put_in_place(result: Path, output: Path) -> None:
    """Copy the finished folder, so that it appears under its name in one step.

    An empty folder that was there before stays and is filled, because it may be a mounted disk.
    """
    if output.exists():
        shutil.copytree(result, output, dirs_exist_ok=True, copy_function=shutil.copyfile)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".graded-", dir=output.parent))
    shutil.copytree(result, part, dirs_exist_ok=True)
    part.chmod(0o755)
    os.replace(part, output)
