"""Saves one graded submission into `autograded/`, wholly or not at all.

The folder is written aside, the scores are committed, then the folder gets its name. A run may be
killed at any moment, because the next run grades again whatever has no folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Each of a few files is brought to the disk by itself, which takes 8 ms. More of them are brought
# there together with all that the system has to write.
FEW_FILES = 16


def aside(folder: Path) -> Path:
    """Return where a folder is written before it gets its name; nbgrader never looks there."""
    return folder.with_name(f".{folder.name}.part")


def old(folder: Path) -> Path:
    """Return the name of a graded folder while a new one takes its place."""
    return folder.with_name(f".{folder.name}.old")


def write_aside(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a new folder beside `folder`, and return its path."""
    clear(folder)
    part = aside(folder)
    part.mkdir(parents=True)
    for name, content in files.items():
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            # A power cut must not leave a name without its content.
            if len(files) <= FEW_FILES:
                file.flush()
                os.fsync(file.fileno())
    if len(files) > FEW_FILES:
        os.sync()
    return part


def put_in_place(folder: Path, only: Sequence[str] | None, commit: Callable[[], None]) -> None:
    """Commit the scores, then let the folder that was written aside take the place of `folder`.

    Between the two steps `folder` does not exist. If a run is killed there, the next run grades
    the submission again.

    Args:
        folder: the folder of the graded submission.
        only: the file names of the notebooks to replace while the others stay; None for all.
        commit: commits the scores. If it raises an error, the old folder comes back.
    """
    part = aside(folder)
    if only is not None and folder.exists():
        for name in only:
            (folder / name).unlink(missing_ok=True)
        commit()
        _move_into(part, folder)
        return
    if folder.exists():
        folder.rename(old(folder))
    try:
        commit()
    except BaseException:
        if old(folder).exists():
            old(folder).rename(folder)
        raise
    part.rename(folder)
    clear(folder)


def _move_into(part: Path, folder: Path) -> None:
    """Move files one by one, notebooks last, because they make a submission count as graded."""
    files = [path for path in part.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.suffix == ".ipynb", path)):
        target = folder / path.relative_to(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    shutil.rmtree(part)


def discard(folder: Path, only: Sequence[str] | None) -> bool:
    """Delete an earlier grading of a submission that can no longer be graded.

    Returns:
        Whether there was anything to delete.
    """
    existed = folder.exists()
    if only is not None:
        existed = any((folder / name).exists() for name in only)
        for name in only:
            (folder / name).unlink(missing_ok=True)
    elif existed:
        folder.rename(old(folder))
    clear(folder)
    return existed


def clear(folder: Path) -> bool:
    """Delete what a killed run left beside a folder.

    Returns:
        Whether there was anything to delete.
    """
    leftovers = [path for path in (aside(folder), old(folder)) if path.exists()]
    for path in leftovers:
        shutil.rmtree(path)
    return bool(leftovers)
