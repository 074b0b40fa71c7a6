"""The students' notebooks, made from `solutions/`."""

import shutil
import tempfile
from pathlib import Path

from grader.course import RELEASE, SOLUTIONS, Exercise, configuration, exercises
from grader.nbgrader_steps import generate


def release(target: Path = RELEASE, db_url: str | None = None) -> dict[str, Exercise]:
    """Make every assignment anew and put it in place of the one in `target`.

    A release replaces the former one only when it is complete. The same sources give the same
    bytes. The course's gradebook learns the assignments, as from `nbgrader generate_assignment`.

    Args:
        target: the folder of released assignments.
        db_url: another gradebook than the course's.

    Returns:
        What was released, by the name of the assignment.

    Raises:
        grader.nbgrader_steps.EngineError: a source is not what nbgrader needs.
    """
    config = configuration()
    if db_url:
        config.CourseDirectory.db_url = db_url
    with tempfile.TemporaryDirectory() as fresh:
        config.CourseDirectory.release_directory = fresh
        for assignment in exercises(SOLUTIONS):
            generate(assignment, config)
        for assignment in exercises(Path(fresh)):
            shutil.rmtree(target / assignment, ignore_errors=True)
            shutil.copytree(Path(fresh) / assignment, target / assignment)
    return exercises(target)
