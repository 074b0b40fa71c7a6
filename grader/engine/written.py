"""The files that a student's code writes: `show` reads them in its kernel, `taken` judges them.

Nothing that the kernel says is believed; what it can forge is files of its own student.
"""

import base64
import json
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath


def show(known: Collection[str], most: int) -> None:
    """Print the files below the working folder as JSON, path and content, as far as there is room.

    Args:
        known: paths that are left out, for they were handed in.
        most: characters to print at most.
    """
    shown = {}
    room = most - 2
    for path, content in _files(known, most):
        text = base64.b64encode(content).decode()
        room -= len(json.dumps({path: text}))
        if room >= 0:
            shown[path] = text
    print(json.dumps(shown))


def _files(known: Collection[str], largest: int) -> Iterator[tuple[str, bytes]]:
    """The plain files that are not known and not too large; links lead nowhere."""
    for folder, _, names in os.walk("."):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ".")
            status = os.lstat(path)
            if path in known or not stat.S_ISREG(status.st_mode) or status.st_size > largest:
                continue
            with open(path, "rb") as file:
                yield path, file.read()


def taken(said: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Of the files that `show` printed, those that go with the graded notebook.

    None replaces a file that was handed in, nor a notebook, nor the time of the hand-in.

    Args:
        said: what was printed; anything but files counts as none.
        files: those that were handed in, by their path.
    """
    try:
        shown = json.loads(said)
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
