"""Decides which of the files that a student's code wrote are kept with the graded notebook."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import PurePosixPath


def accepted_files(printed: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the new files to keep, by their path.

    None of them replaces a file that was handed in, a notebook, or the time of the hand-in. The
    student's kernel prints the list, and may lie. But it can only forge files of its own student.

    Args:
        printed: what `sandbox.new_files.show` printed; any other text counts as an empty list.
        files: the files that were handed in, by their path.
    """
    try:
        listed = json.loads(printed)
        written = {str(name): base64.b64decode(listed[name], validate=True) for name in listed}
    except (ValueError, TypeError, LookupError, RecursionError):
        return {}
    reserved = {*files, "timestamp.txt"}
    folders = {str(parent) for name in reserved for parent in PurePosixPath(name).parents}
    return {
        name: content
        for name, content in written.items()
        if _may_stand_beside_a_notebook(PurePosixPath(name))
        and not {name, *map(str, PurePosixPath(name).parents)} & reserved
        and name not in folders
    }


def _may_stand_beside_a_notebook(path: PurePosixPath) -> bool:
    inside = not path.is_absolute() and ".." not in path.parts and "\0" not in str(path)
    return inside and path.suffix != ".ipynb" and len(os.fsencode(str(path))) < 200
