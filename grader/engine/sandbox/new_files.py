"""Lists the files that a student's code wrote. It runs in the student's own kernel.

`accepted_files` on the trusted side judges the list.
"""

import base64
import json
import os
import stat
from collections.abc import Collection, Iterator


def show(known: Collection[str], most: int) -> None:
    """Print the files below the working folder as a JSON object of paths and contents.

    Args:
        known: paths to leave out, because these files were handed in.
        most: characters to print; the list ends before the file that would exceed this number.
    """
    contents = {}
    room = most - 2
    for path, content in _files(known, most):
        text = base64.b64encode(content).decode()
        room -= len(json.dumps({path: text}))
        if room >= 0:
            contents[path] = text
    print(json.dumps(contents))


def _files(known: Collection[str], largest: int) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of each regular file that is neither known nor too large."""
    for folder, _, names in os.walk("."):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ".")
            status = os.lstat(path)
            if path in known or not stat.S_ISREG(status.st_mode) or status.st_size > largest:
                continue
            with open(path, "rb") as file:
                yield path, file.read()
