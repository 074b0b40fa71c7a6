"""One graded submission into `autograded/`, wholly or not at all.

The folder is written aside, the scores are committed, then the folder gets its name. Whoever
finds no folder grades again, so that it does not matter when a run is killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def aside(folder: Path) -> Path:
    """Where a folder is written before it gets its name; no command of nbgrader's looks there."""
    return folder.with_name(f".{folder.name}.part")


def old(folder: Path) -> Path:
    """The name that a graded folder has while another takes its place."""
    return folder.with_name(f".{folder.name}.old")


def write_aside(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a new folder beside `folder`."""
    clear(folder)
    part = aside(folder)
    part.mkdir(parents=True)
    for name, content in files.items():
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # A power cut must not leave a name without its content.
    return part


def put_in_place(folder: Path, only: Sequence[str] | None, commit: Callable[[], None]) -> None:
    """Commit the scores, then let what was written aside take the place of `folder`.

    In between there is no such folder, so that a run that is killed there grades it again.

    Args:
        folder: the folder of the graded submission.
        only: if not None, just these notebooks are new and the others stay.
        commit: commits the scores; if it raises, everything is as before.
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
    """Move files one by one, notebooks last: by them a submission counts as graded."""
    files = [path for path in part.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.suffix == ".ipynb", path)):
        target = folder / path.relative_to(part)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    shutil.rmtree(part)


def discard(folder: Path, only: Sequence[str] | None) -> bool:
    """Delete what there is of a submission that could not be graded; tells if there was any."""
    there = folder.exists()
    if only is not None:
        there = any((folder / name).exists() for name in only)
        for name in only:
            (folder / name).unlink(missing_ok=True)
    elif there:
        folder.rename(old(folder))
    clear(folder)
    return there


def clear(folder: Path) -> bool:
    """Delete what is aside of a folder, as a killed run leaves it; tells if there was any."""
    left = [path for path in (aside(folder), old(folder)) if path.exists()]
    for path in left:
        shutil.rmtree(path)
    return bool(left)
