"""A student's own copies of the released notebooks."""

import shutil
from pathlib import Path

from grader.course import RELEASE, exercises


def practice(folder: Path, released: Path = RELEASE) -> list[tuple[Path, bool]]:
    """Copy each released assignment into `folder`, for a student to work on.

    Returns:
        Each assignment's folder, and whether it is new; one that was there stays as it is.
    """
    copies = []
    for assignment in exercises(released):
        copy = folder / assignment
        new = not copy.exists()
        if new:
            shutil.copytree(released / assignment, copy)
        copies.append((copy, new))
    return copies
