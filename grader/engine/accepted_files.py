"""Judges the files that a student's code wrote: which of them nbgrader keeps."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import PurePosixPath


def accepted_files(printed: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the new files that are kept, by their path.

    None of them replaces a file that was handed in, a notebook, or the time of the hand-in. The
    student's kernel prints the list and may lie; it can only forge files of its own student.

    Args:
        printed: what `sandbox.new_files.show` printed; anything else counts as no files.
        files: the files that were handed in, by their path.
    """
    try:
        shown = json.loads(printed)
        written = {str(name): base64.b64decode(shown[name], validate=True) for name in shown}
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
