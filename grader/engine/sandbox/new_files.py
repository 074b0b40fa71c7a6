"""Lists the files that a student's code wrote. It runs in the student's own kernel.

`accepted_files` on the trusted side judges the list.
"""

import base64
import json
import os
import stat
from collections.abc import Collection, Iterator

from ..messages import LEFT_OUT, MOST_NEW_FILES


def show(known: Collection[str], most: int) -> None:
    """Print the files below the working folder as a JSON object of paths and contents.

    The entry `LEFT_OUT` is no file. It says how many files the object leaves out, if any.

    Args:
        known: paths to leave out, because these files were handed in.
        most: characters to print; the files that exceed this number are left out.
    """
    contents: dict[str, str] = {}
    room = most - len(json.dumps({LEFT_OUT: 10**9}))
    count = 0
    for path, size in _files(known):
        count += 1
        if len(contents) == MOST_NEW_FILES or size > room:
            continue
        with open(path, "rb") as file:
            text = base64.b64encode(file.read()).decode()
        length = len(json.dumps({path: text}))
        if length <= room:
            room -= length
            contents[path] = text
    left_out = {LEFT_OUT: count - len(contents)} if count > len(contents) else {}
    print(json.dumps(contents | left_out))


def _files(known: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield the path and the size of each regular file that is not known."""
    for folder, folders, names in os.walk("."):
        folders.sort()
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ".")
            status = os.lstat(path)
            if path not in known and stat.S_ISREG(status.st_mode):
                yield path, status.st_size
