"""Decides which of the files that a student's code wrote are kept with the graded notebook."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from .messages import LEFT_OUT, MOST_NEW_FILES

LONGEST_PATH = 200  # bytes


def accepted_files(printed: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the new files to keep, by their path.

    None of them replaces a file that was handed in, a notebook, or the time of the hand-in. The
    student's kernel prints the list, and may lie. But it can only forge files of its own student.

    Args:
        printed: what `sandbox.new_files.show` printed; any other text counts as an empty list.
        files: the files that were handed in, by their path.
    """
    try:
        listed = _listed(printed)
        listed.pop(LEFT_OUT, None)
        written = {name: base64.b64decode(listed[name], validate=True) for name in listed}
    except (ValueError, TypeError):
        return {}
    reserved = {*files, "timestamp.txt"}
    folders = {str(parent) for name in reserved for parent in PurePosixPath(name).parents}
    accepted = {
        name: content
        for name, content in written.items()
        if _may_stand_beside_a_notebook(PurePosixPath(name))
        and not {name, *map(str, PurePosixPath(name).parents)} & reserved
        and name not in folders
    }
    return dict(list(accepted.items())[:MOST_NEW_FILES])


def left_out(printed: str, accepted: Mapping[str, bytes]) -> str:
    """Say in a remark how many files are not among those that are kept; "" if all are.

    Args:
        printed: what `sandbox.new_files.show` printed.
        accepted: the result of `accepted_files`.
    """
    try:
        listed = _listed(printed)
    except ValueError:
        return ""
    count = listed.pop(LEFT_OUT, 0)
    missing = len(listed) + (count if type(count) is int else 0) - len(accepted)
    if missing <= 0:
        return ""
    return (
        f"left {missing} files behind that the grader does not keep; it keeps at most "
        f"{MOST_NEW_FILES} with ordinary names, and not more bytes than of a cell's output"
    )


def _listed(printed: str) -> dict[str, Any]:
    """Return the printed object.

    Raises:
        ValueError: it is no object.
    """
    try:
        listed = json.loads(printed)
    except RecursionError:
        raise ValueError from None
    if not isinstance(listed, dict):
        raise ValueError
    return listed


def _may_stand_beside_a_notebook(path: PurePosixPath) -> bool:
    inside = not path.is_absolute() and ".." not in path.parts and path.name != ""
    is_ordinary = str(path).isprintable() and len(os.fsencode(str(path))) < LONGEST_PATH
    return inside and is_ordinary and path.suffix != ".ipynb"
