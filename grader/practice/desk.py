"""Copies of the released notebooks, for a student to work on."""

import shutil
from pathlib import Path

from grader.course import RELEASE, exercises


def practice(folder: Path, released: Path = RELEASE) -> list[tuple[Path, bool]]:
    """Copy each released assignment into `folder`, except those that are there already.

    Returns:
        The folder of each assignment, and whether it is new.
    """
    copies = []
    for assignment in exercises(released):
        copy = folder / assignment
        new = not copy.exists()
        if new:
            shutil.copytree(released / assignment, copy)
        copies.append((copy, new))
    return copies
