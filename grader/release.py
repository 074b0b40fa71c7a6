"""Makes the students' notebooks in `release/` from `solutions/`, and what answers them."""

import shutil
import tempfile
from pathlib import Path

from grader.course import RELEASE, SOLUTIONS, Exercise, configuration, exercises
from grader.nbgrader_steps import generate
from grader.practice.shipping import ship
from grader.practice.student import DATA


def release(target: Path = RELEASE, db_url: str | None = None) -> dict[str, Exercise]:
    """Make every assignment anew, and replace those in `target` when all of them are complete.

    The same sources give the same bytes. The gradebook gets the assignments too, as from
    `nbgrader generate_assignment`.

    Args:
        target: the folder of released assignments.
        db_url: the address of the gradebook; by default the course's.

    Returns:
        The released exercises, by the name of the assignment.

    Raises:
        grader.nbgrader_steps.EngineError: nbgrader cannot use a source.
        grader.practice.shipping.PracticeError: a source of `check` and `hint` is wrong.
    """
    config = configuration()
    if db_url:
        config.CourseDirectory.db_url = db_url
    with tempfile.TemporaryDirectory() as fresh:
        config.CourseDirectory.release_directory = fresh
        for assignment in exercises(SOLUTIONS):
            generate(assignment, config)
        for assignment, exercise in exercises(Path(fresh)).items():
            earlier = target / assignment / DATA.name
            if earlier.exists():
                shutil.copy(earlier, Path(fresh) / assignment)
            ship(SOLUTIONS / assignment / f"{exercise.name}.ipynb", Path(fresh) / assignment)
            shutil.rmtree(target / assignment, ignore_errors=True)
            shutil.copytree(Path(fresh) / assignment, target / assignment)
    return exercises(target)
